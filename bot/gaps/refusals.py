"""Reasons for what is not for us: whoever asks a question of such a theme gets the reason that an expert gave.

A question is of a theme when it has the normal form of a confirmed one, or the same words but for question words and
their order. What is only alike gets no reason: a wrong one would be worse than none.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from bot.gaps.normal_form import NormalForm, normal_form
from bot.gaps.themes import ThemeState
from bot.lookup.language.lexicon import QUESTION_WORDS
from bot.store.errors import StoreError
from bot.store.maintainer_tables import theme_questions, themes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.lookup.answer import Lookup
    from bot.store.database import Database

LOOK_S: Final = 0.5
"""Seconds that the database is waited for: the answer itself needs none."""
LEAST_WORDS: Final = 2
"""Words that must be the same in a question that was not confirmed."""
_ASKING: Final = QUESTION_WORDS | {"much", "many"}


class Refusals:
    """Finds the reason for a question. Read anew when a decision was made, on any process."""

    def __init__(self, database: Database) -> None:
        """Without the database there are no reasons."""
        self._database = database
        self._seen: tuple[object, ...] = ()
        self._reasons: dict[tuple[str, str], str] = {}

    async def reason_for(self, words: str, lookup: Lookup, team: str) -> str:
        """Return why a question is not for us; nothing where nobody in this workspace has said so."""
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(LOOK_S), self._database.reading() as connection:
                await self._refresh(connection, lookup)
        keys = refusal_keys(words, lookup) if self._reasons else ()
        return next((self._reasons[team, key] for key in keys if (team, key) in self._reasons), "")

    async def _refresh(self, connection: AsyncConnection, lookup: Lookup) -> None:
        """Read the reasons where one has changed, or the facts have."""
        refused = themes.c.state == ThemeState.NOT_FOR_US.value
        state = select(func.count(), func.coalesce(func.sum(themes.c.version), 0), func.max(themes.c.changed_at))
        seen = (*(await connection.execute(state.where(refused))).one(), id(lookup))
        if seen == self._seen:
            return
        confirmed = theme_questions.c.theme_id == themes.c.id
        query = select(themes.c.team, theme_questions.c.words, themes.c.reason).join(themes, confirmed).where(refused)
        rows = (await connection.execute(query.order_by(themes.c.changed_at, theme_questions.c.id))).all()
        self._reasons, self._seen = await asyncio.to_thread(_reasons, rows, lookup), seen


def _reasons(rows: Sequence[Sequence[str]], lookup: Lookup) -> dict[tuple[str, str], str]:
    """Return the reason of each key in a workspace: of two decisions on the same words the last one."""
    found: dict[tuple[str, str], str] = {}
    for team, words, reason in rows:
        found |= dict.fromkeys(((team, key) for key in refusal_keys(words, lookup)), reason)
    return found


def refusal_keys(words: str, lookup: Lookup) -> tuple[str, ...]:
    """Return the keys of a question: its normal form, and its words without question words, in one order."""
    if not isinstance(form := normal_form(words, lookup), NormalForm):
        return ()
    told = sorted(each for each in form.key.split() if each not in _ASKING)
    return (form.key, f"+ {' '.join(told)}") if len(told) >= LEAST_WORDS else (form.key,)
