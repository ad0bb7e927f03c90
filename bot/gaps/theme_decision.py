"""One decision on a theme: what it needs within its transaction, and who was first where two decide at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.audit.audit import BOT, AuditEntry, record
from bot.errors import BriefingBotError
from bot.gaps import themes
from bot.gaps.theme_words import GONE, name_of, what_happened
from bot.gaps.themes import MOST_EXAMPLES, StoredTheme, ThemeState
from bot.outbox.delivery import new_id
from bot.text import storable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.gaps.theme_list import ThemeEntry
    from bot.gaps.themes import ThemeRef
    from bot.messages import Author


@dataclass(frozen=True, slots=True)
class ThemeDecision:
    """A decision under way: what it needs within its transaction. Its methods raise where somebody else was first."""

    connection: AsyncConnection
    expert: Author
    now: datetime

    async def as_seen(self, ref: ThemeRef) -> StoredTheme:
        """Return a theme as its expert saw it."""
        theme = await themes.theme_with(self.connection, self.expert.team, storable(ref.key))
        if theme is None or theme.version != ref.version:
            raise BriefingBotError(what_happened(theme) if theme else GONE)
        return theme

    async def stored(self, ref: ThemeRef, entry: ThemeEntry, *, is_draft: bool = False) -> StoredTheme:
        """Return a theme as it is stored; a new one is added, with its questions as examples."""
        if entry.theme:
            return await self.as_seen(replace(ref, key=entry.theme.id))
        theme = StoredTheme(new_id(), self.expert.team, name_of(entry.name, cut=True), self.expert.name, self.now)
        questions = first_of(entry.questions)
        if not await themes.add_theme(self.connection, theme, questions):
            raise await self._taken(theme, questions, is_draft=is_draft)
        return theme

    async def confirm(self, theme: StoredTheme, questions: Mapping[str, str]) -> None:
        """Confirm questions in a theme."""
        if not await themes.confirm(self.connection, theme.id, questions):
            raise await self._taken(theme, questions)

    async def move(self, questions: Mapping[str, str], into: StoredTheme) -> None:
        """Confirm questions in a theme, wherever they were."""
        if not await themes.move(self.connection, questions, into.id):
            raise await self._taken(into, questions)

    async def require_free(self, questions: Mapping[str, str]) -> None:
        """Raise where one of these is confirmed already."""
        if theme := await themes.theme_of(self.connection, self.expert.team, questions):
            raise BriefingBotError(what_happened(theme))

    async def store(
        self,
        theme: StoredTheme,
        step: tuple[str, str, str] | None = None,
        **values: Any,  # noqa: ANN401 — fields of StoredTheme
    ) -> StoredTheme:
        """Change a theme, and record the step: its action, before and after."""
        changed = replace(theme, changed_by=self.expert.name, changed_at=self.now, **values)
        stored = await themes.change(self.connection, theme, changed)
        if stored is None:
            raise await self._taken(theme)
        if step:
            await self.record(theme, step)
        return stored

    async def record(self, theme: StoredTheme, step: tuple[str, str, str]) -> None:
        """Record a step: its action, before and after."""
        entry = AuditEntry(self.expert.team, self.expert.user, step[0], theme.id, step[1], step[2])
        await record(self.connection, entry, self.now)

    async def _taken(
        self, theme: StoredTheme, questions: Collection[str] = (), *, is_draft: bool = False
    ) -> BriefingBotError:
        """Return the error that says what another expert did meanwhile."""
        other = await themes.theme_of(self.connection, theme.team, questions, but=theme.id) if questions else None
        other = other or await themes.theme_with(self.connection, theme.team, theme.id)
        return BriefingBotError(what_happened(other, is_draft=is_draft) if other else GONE)


async def close_answered(
    connection: AsyncConnection, theme_id: str, fact_id: str, approver: Author, now: datetime
) -> None:
    """Close a theme that a published fact answers; it is the bot that does it, once `approver` has approved the fact.

    One that is not for us by now, or part of another, stays as it is.
    """
    theme = await themes.theme_with(connection, approver.team, theme_id)
    if theme is None or theme.state in {ThemeState.NOT_FOR_US, ThemeState.ANSWERED}:
        return
    answered = replace(theme, state=ThemeState.ANSWERED, fact_id=fact_id, changed_by=approver.name, changed_at=now)
    if await themes.change(connection, theme, answered):
        entry = AuditEntry(theme.team, BOT, "theme.answered", theme.id, "", fact_id)
        await record(connection, entry, now)


async def reopen_unanswered(
    connection: AsyncConnection, theme_id: str, fact_id: str, decider: Author, now: datetime
) -> None:
    """Open a theme again that a fact was to answer, as the keywords that were to say so came to nothing."""
    theme = await themes.theme_with(connection, decider.team, theme_id)
    if theme is None or theme.state is not ThemeState.HELD or theme.fact_id != fact_id:
        return
    opened = replace(theme, state=ThemeState.OPEN, fact_id="", changed_by=decider.name, changed_at=now)
    if await themes.change(connection, theme, opened):
        await record(connection, AuditEntry(theme.team, BOT, "theme.reopened", theme.id, fact_id, ""), now)


def first_of(questions: Mapping[str, str]) -> dict[str, str]:
    """Return as many questions as a decision confirms at once."""
    return dict(list(questions.items())[:MOST_EXAMPLES])
