"""Themes: what experts say of questions that no fact answers, and the questions that they confirmed as its examples.

Functions take a connection and belong to the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime  # noqa: TC003 — a dataclass's field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update

from bot.actions import TOO_OLD
from bot.errors import BriefingBotError
from bot.store.engine import insert_into
from bot.store.maintainer_tables import proposals, theme_questions, themes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

LONGEST_NUMBER: Final = 9
"""Digits of a theme's version: more do not fit a database's number."""
MOST_EXAMPLES: Final = 100
"""Questions that a decision confirms at once, the most asked: they are enough to find others like them."""


class ThemeState(StrEnum):
    """What experts decided. `held`: a fact answers it, whose keywords are to say so; `answered`: by a fact since."""

    OPEN = "open"
    HELD = "held"
    NOT_FOR_US = "not for us"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class ThemeRef:
    """A theme as an expert saw it: its key in the list, and its version."""

    key: str
    version: int

    def pack(self) -> str:
        """Return it as the value of a button, and the private_metadata of a form."""
        return f"{self.key} {self.version}"

    @classmethod
    def unpack(cls, value: str) -> ThemeRef:
        """Read what `pack` made. Raises BriefingBotError for anything else."""
        key, _, version = value.rpartition(" ")
        if not (version.isascii() and version.isdecimal()) or len(version) > LONGEST_NUMBER:
            raise BriefingBotError(TOO_OLD, "Ask again: /briefing gaps")
        return cls(key, int(version))


@dataclass(frozen=True, slots=True)
class StoredTheme:
    """A theme that an expert named or decided on. `version` rises with each decision; `changed_at` is aware UTC."""

    id: str
    team: str
    name: str
    changed_by: str
    changed_at: datetime
    state: ThemeState = ThemeState.OPEN
    fact_id: str = ""
    reason: str = ""
    version: int = 1

    @property
    def ref(self) -> ThemeRef:
        """What names it as it is now."""
        return ThemeRef(self.id, self.version)


_SETTLED: Final = ("published", "declined", "withdrawn")
"""States of a proposal that is waited for no more."""
_WAITS: Final = {"waiting": "waits for approval", "failed": "could not be applied"}
_FIELDS: Final = tuple(StoredTheme.__slots__)


async def themes_of(connection: AsyncConnection, team: str) -> tuple[StoredTheme, ...]:
    """Return the themes of a workspace, the one that was changed last first."""
    columns = [themes.c[name] for name in _FIELDS]
    ordered = select(*columns).where(themes.c.team == team).order_by(themes.c.changed_at.desc(), themes.c.id)
    return tuple(_read(row) for row in await connection.execute(ordered))


async def teams_of(connection: AsyncConnection) -> tuple[str, ...]:
    """Return the workspaces that have themes."""
    return tuple(await connection.scalars(select(themes.c.team).distinct()))


async def theme_with(connection: AsyncConnection, team: str, theme_id: str) -> StoredTheme | None:
    """Return a theme of a workspace by its id."""
    columns = [themes.c[name] for name in _FIELDS]
    query = select(*columns).where(themes.c.id == theme_id, themes.c.team == team)
    row = (await connection.execute(query)).first()
    return _read(row) if row else None


async def theme_of(
    connection: AsyncConnection, team: str, questions: Collection[str], but: str = ""
) -> StoredTheme | None:
    """Return the theme, but for one, in which one of these questions (ids) is confirmed: the last changed one."""
    columns = [themes.c[name] for name in _FIELDS]
    confirmed = theme_questions.c.theme_id == themes.c.id
    query = select(*columns).join(theme_questions, confirmed).where(themes.c.team == team, themes.c.id != but)
    here = query.where(theme_questions.c.id.in_(questions)).order_by(themes.c.changed_at.desc()).limit(1)
    row = (await connection.execute(here)).first()
    return _read(row) if row else None


async def examples_of(connection: AsyncConnection, team: str) -> Mapping[str, Mapping[str, str]]:
    """Return the confirmed questions of each theme of a workspace: id → words, in the order of the words."""
    columns = (theme_questions.c.theme_id, theme_questions.c.id, theme_questions.c.words)
    here = select(*columns).join(themes, themes.c.id == theme_questions.c.theme_id).where(themes.c.team == team)
    found: dict[str, dict[str, str]] = {}
    for theme_id, question_id, words in await connection.execute(here.order_by(columns[2], columns[1])):
        found.setdefault(theme_id, {})[question_id] = words
    return found


async def drafts_of(connection: AsyncConnection, team: str) -> Mapping[str, str]:
    """Return what is said of the themes (by id) for which a proposed fact is not published yet."""
    columns = (proposals.c.suggestion, proposals.c.name, proposals.c.state)
    here = select(*columns).where(proposals.c.team == team, proposals.c.state.not_in(_SETTLED))
    found = await connection.execute(here.order_by(proposals.c.created_at.desc(), proposals.c.id))
    return {
        theme_id: f"Drafted by {name}, {_WAITS.get(state, 'approved, and not published yet')}."
        for suggestion, name, state in found
        if (theme_id := suggestion.get("theme_id"))
    }


async def questions_of(connection: AsyncConnection, theme_id: str) -> tuple[str, ...]:
    """Return the confirmed questions of a theme, in the order of their words."""
    columns = theme_questions.c
    here = select(columns.words).where(columns.theme_id == theme_id)
    return tuple(await connection.scalars(here.order_by(columns.words, columns.id)))


async def add_theme(connection: AsyncConnection, theme: StoredTheme, questions: Mapping[str, str]) -> bool:
    """Add a theme with its questions; False where one of them is confirmed in another: nothing may be kept then."""
    await connection.execute(insert(themes).values({name: getattr(theme, name) for name in _FIELDS}))
    return await confirm(connection, theme.id, questions)


async def confirm(connection: AsyncConnection, theme_id: str, questions: Mapping[str, str]) -> bool:
    """Confirm questions (id → words) in a theme; False where one is confirmed in another theme."""
    if not questions:
        return True
    rows = [{"id": each, "theme_id": theme_id, "words": words} for each, words in sorted(questions.items())]
    statement = insert_into(connection, theme_questions)
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["id"]), rows)
    here = select(theme_questions.c.theme_id).where(theme_questions.c.id.in_(questions)).distinct()
    return list(await connection.scalars(here)) == [theme_id]


async def move(connection: AsyncConnection, questions: Mapping[str, str], into: str) -> bool:
    """Confirm questions (id → words) in a theme, wherever they were; False where somebody else moves one now."""
    await connection.execute(delete(theme_questions).where(theme_questions.c.id.in_(questions)))
    return await confirm(connection, into, questions)


async def change(connection: AsyncConnection, before: StoredTheme, after: StoredTheme) -> StoredTheme | None:
    """Store `after` in place of `before`, one version on; None where somebody else was first."""
    stored = replace(after, version=before.version + 1)
    here = (themes.c.id == before.id, themes.c.version == before.version)
    values = {name: getattr(stored, name) for name in _FIELDS if name not in {"id", "team"}}
    done = await connection.scalar(update(themes).where(*here).values(values).returning(themes.c.id))
    return stored if done else None


async def remove(connection: AsyncConnection, theme: StoredTheme) -> bool:
    """Remove a theme with its examples; False where somebody else has changed it."""
    await connection.execute(delete(theme_questions).where(theme_questions.c.theme_id == theme.id))
    here = delete(themes).where(themes.c.id == theme.id, themes.c.version == theme.version)
    return await connection.scalar(here.returning(themes.c.id)) is not None


def _read(row: object) -> StoredTheme:
    values = {name: getattr(row, name) for name in _FIELDS}
    return StoredTheme(**{**values, "state": ThemeState(values["state"])})
