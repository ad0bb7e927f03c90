"""What experts do with themes: name, merge and split them, and say what becomes of them; each step is audited.

A decision names the version of the theme that its expert saw. Of two on one version the first counts, and the other is
told what happened. A question that was confirmed in a theme is moved by an expert only.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from bot.errors import BriefingBotError
from bot.gaps import awaited_answers, themes
from bot.gaps.awaiting import tell_refused
from bot.gaps.gaps import dropped_of, gaps_of
from bot.gaps.sorting.clustering import Clustering, clusters
from bot.gaps.sorting.coverage import Coverage, Sorting, sort_out
from bot.gaps.theme_decision import ThemeDecision, first_of
from bot.gaps.theme_list import ThemeEntry, ThemeList, theme_list
from bot.gaps.theme_messages import theme_reply, theme_rows, weekly_post
from bot.gaps.theme_words import GONE, fact_named, name_of, problem_of, reason_of, told, what_happened
from bot.gaps.themes import StoredTheme, ThemeRef, ThemeState
from bot.lookup.answer import Lookup
from bot.outbox.delivery import new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.messages import Author, Reply, Row
    from bot.outbox.delivery import OutboxMessage
    from bot.store.database import Database
    from bot.store.revision import Revision

AlongWith: TypeAlias = "Callable[[AsyncConnection, StoredTheme], Awaitable[None]]"
"""Writes something in the transaction of a decision on a theme."""
_CHANGED: Final = "Some of these questions are gone, or in another theme now. Look again."
_NONE: Final = "Choose at least one question."
_ALL: Final = "These are all its questions: rename the theme instead."
_SAME: Final = "These are one theme already. Choose another."


class Themes:
    """Lists themes and takes decisions. Methods raise BriefingBotError in words for the expert, and StoreError."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
    ) -> None:
        """`clock` says when a decision was made."""
        self._database = database
        self._clock = clock
        self._sorted: tuple[object, Clustering] = (None, Clustering((), ()))
        self._sorting = asyncio.Lock()
        self._coverage: tuple[int, Coverage] | None = None

    async def listed(self, team: str) -> ThemeList:
        """Return the themes of a workspace as they are now."""
        revision = await self._database.latest()
        async with self._database.reading() as connection:
            gaps = await gaps_of(connection, team)
            known = await themes.themes_of(connection, team)
            examples = await themes.examples_of(connection, team)
            drafts = await themes.drafts_of(connection, team)
        sorting = Sorting(await self._clustering([gap.words for gap in gaps], examples))
        is_held = partial(problem_of, left=(), content=revision.content)
        if decided := [each for each in known if each.state is not ThemeState.OPEN and not is_held(each)]:
            coverage = await self._covering(revision)
            sorting = await asyncio.to_thread(sort_out, gaps, sorting.found, decided, examples, coverage)
        listed = theme_list(gaps, sorting, known, examples, partial(problem_of, content=revision.content))
        return listed.noting(drafts)

    async def reply(self, team: str) -> Reply:
        """Return the themes of a workspace as a list for one maintainer."""
        return theme_reply(await self.listed(team), self._week_ago())

    async def rows(self, team: str, most: int) -> tuple[Row, ...]:
        """Return the most asked themes as lines of Home."""
        return theme_rows(await self.listed(team), self._week_ago(), most)

    async def weekly(self, channel: str, team: str, since: datetime | None) -> tuple[tuple[str, OutboxMessage], ...]:
        """Return the weekly post to a channel, about what came since the one before; nothing without themes."""
        first = since.date() if since else self._week_ago()
        async with self._database.reading() as connection:
            dropped: Counter[str] = Counter()
            for each in await dropped_of(connection, team):
                dropped[each.reason] += each.count if each.day >= first else 0
        message = weekly_post(await self.listed(team), first, +dropped)
        return ((channel, message),) if message else ()

    def _week_ago(self) -> date:
        return (self._clock.now() - timedelta(weeks=1)).date()

    async def entry(self, team: str, key: str) -> ThemeEntry:
        """Return a theme that can be decided on; raises with what became of it otherwise."""
        return (await self.entry_and_others(team, key))[0]

    async def entry_and_others(self, team: str, key: str) -> tuple[ThemeEntry, list[ThemeEntry]]:
        """Return what `entry` does, and the other themes that can be decided on."""
        listed = await self.listed(team)
        found = listed.find(key)
        if found is None:
            raise BriefingBotError(GONE)
        if found.theme and found.theme.state is not ThemeState.OPEN and not found.problem:
            raise BriefingBotError(what_happened(found.theme))
        return found, [each for each in listed.open if each.key != found.key]

    async def store(self, expert: Author, ref: ThemeRef) -> StoredTheme:
        """Store a theme that a fact is drafted for, under the name that it has."""
        entry = await self.entry(expert.team, ref.key)
        if entry.theme:
            return entry.theme
        async with self._deciding(expert) as step:
            theme = await step.stored(ref, entry, is_draft=True)
            await step.record(theme, ("theme.stored", "", ""))
        return theme

    async def rename(self, expert: Author, ref: ThemeRef, name: str) -> StoredTheme:
        """Give it another name."""
        name = name_of(name)
        return await self._decide(expert, ref, ("theme.named", name), name=name)

    async def hold(self, expert: Author, ref: ThemeRef, fact_id: str, along: AlongWith | None = None) -> StoredTheme:
        """Say that a fact answers it: from now on it is no gap. `along` writes what belongs to that."""
        fact = fact_named(fact_id, (await self._database.latest()).content)
        values: dict[str, Any] = {"state": ThemeState.HELD, "fact_id": fact.id, "reason": ""}
        return await self._decide(expert, ref, ("theme.held", fact.id), along, confirms=True, **values)

    async def refuse(self, expert: Author, ref: ThemeRef, reason: str) -> StoredTheme:
        """Say that it is not for us, with the reason that later askers read, and now those who wait for an answer."""
        reason, now = reason_of(reason), self._clock.now()
        entry = await self.entry(expert.team, ref.key)
        coverage = await self._covering(await self._database.latest())
        async with self._database.reading() as connection:
            awaited = await awaited_answers.of_team(connection, expert.team, now)
        waiting = await asyncio.to_thread(coverage.same, awaited, first_of(entry.questions))

        async def tell(connection: AsyncConnection, _: StoredTheme) -> None:
            await tell_refused(connection, waiting, reason, now)

        values: dict[str, Any] = {"state": ThemeState.NOT_FOR_US, "fact_id": "", "reason": reason}
        return await self._decide(expert, ref, ("theme.not_for_us", reason), tell, confirms=True, **values)

    async def reopen(self, expert: Author, ref: ThemeRef) -> StoredTheme:
        """Take back that a fact holds it, or that it is not for us."""
        async with self._deciding(expert) as step:
            theme = await step.as_seen(ref)
            values = {"state": ThemeState.OPEN, "fact_id": "", "reason": ""}
            return await step.store(theme, ("theme.reopened", theme.reason or theme.fact_id, ""), **values)

    async def forget(self, expert: Author, ref: ThemeRef) -> StoredTheme:
        """Erase it with its examples; its questions that are still kept are sorted anew."""
        async with self._deciding(expert) as step:
            theme = await step.as_seen(ref)
            if not await themes.remove(step.connection, theme):
                raise BriefingBotError(GONE)
            await step.record(theme, ("theme.forgotten", "", ""))
        return theme

    async def merge(self, expert: Author, ref: ThemeRef, into: str) -> StoredTheme:
        """Put its questions into another theme, named by its key; it is no theme of its own any more."""
        gone, kept = await self.entry(expert.team, ref.key), await self.entry(expert.team, into)
        if gone.key == kept.key:
            raise BriefingBotError(_SAME)
        async with self._deciding(expert) as step:
            target = await step.stored(kept.ref, kept)
            if gone.theme:
                await themes.remove(step.connection, await step.as_seen(replace(ref, key=gone.key)))
            else:
                await step.require_free(gone.questions)
            await step.move(first_of(gone.questions), target)
            return await step.store(target, ("theme.merged", gone.theme.id if gone.theme else "", target.id))

    async def split(self, expert: Author, ref: ThemeRef, chosen: Collection[str], name: str) -> StoredTheme:
        """Make a theme of its own of some questions; the others are confirmed where they are."""
        entry, name = await self.entry(expert.team, ref.key), name_of(name)
        taken = _chosen(entry, chosen)
        if len(taken) == len(entry.questions):
            raise BriefingBotError(_ALL)
        async with self._deciding(expert) as step:
            before = await step.store(await step.stored(ref, entry))
            await step.confirm(before, {each: entry.questions[each] for each in entry.questions if each not in taken})
            new = StoredTheme(new_id(), expert.team, name, expert.name, step.now)
            await themes.add_theme(step.connection, new, {})
            await step.move(taken, new)
            await step.record(new, ("theme.split", before.id, f"{name}: {told(taken)}"))
        return new

    async def confirm(self, expert: Author, ref: ThemeRef, chosen: Collection[str], into: str = "") -> StoredTheme:
        """Confirm questions in it, or in another theme that is named by its key."""
        entry = await self.entry(expert.team, ref.key)
        taken = _chosen(entry, chosen)
        other = await self.entry(expert.team, into) if into else entry
        async with self._deciding(expert) as step:
            if other.key == entry.key:
                target = await step.stored(ref, replace(entry, gaps=(), examples=taken))
                await step.confirm(target, taken)
            else:
                if entry.theme:
                    await step.as_seen(replace(ref, key=entry.key))
                else:
                    await step.require_free(taken)
                target = await step.stored(other.ref, other)
                await step.move(taken, target)
            return await step.store(target, ("theme.confirmed", entry.theme.id if entry.theme else "", told(taken)))

    async def _decide(
        self,
        expert: Author,
        ref: ThemeRef,
        step: tuple[str, str],
        along: AlongWith | None = None,
        *,
        confirms: bool = False,
        **values: Any,  # noqa: ANN401 — fields of StoredTheme
    ) -> StoredTheme:
        """Change a theme: the step's action and what is so afterwards; with `confirms` its questions are examples."""
        entry = await self.entry(expert.team, ref.key)
        action, after = step
        async with self._deciding(expert) as deciding:
            theme = await deciding.stored(ref, entry)
            if confirms:
                await deciding.confirm(theme, first_of(entry.questions))
            stored = await deciding.store(theme, (action, "", after), **values)
            if along:
                await along(deciding.connection, stored)
            return stored

    @asynccontextmanager
    async def _deciding(self, expert: Author) -> AsyncIterator[ThemeDecision]:
        async with self._database.transaction() as connection:
            yield ThemeDecision(connection, expert, self._clock.now())

    async def _covering(self, revision: Revision) -> Coverage:
        """Return what says which questions a revision answers; made anew for a newer one."""
        async with self._sorting:
            if self._coverage is None or self._coverage[0] != revision.number:
                content, before = revision.content, self._coverage
                make = partial(before[1].lookup.refreshed, content) if before else partial(Lookup, content)
                self._coverage = revision.number, Coverage(await asyncio.to_thread(make))
            return self._coverage[1]

    async def _clustering(self, questions: Sequence[str], examples: Mapping[str, Mapping[str, str]]) -> Clustering:
        """Return the themes of these questions; computed once, in a thread, for the same questions and examples."""
        confirmed = {theme_id: tuple(each.values()) for theme_id, each in sorted(examples.items())}
        key = (tuple(questions), tuple(confirmed.items()))
        async with self._sorting:
            if self._sorted[0] != key:
                self._sorted = (key, await asyncio.to_thread(clusters, questions, confirmed))
            return self._sorted[1]


def _chosen(entry: ThemeEntry, chosen: Collection[str]) -> dict[str, str]:
    """Return the questions of a theme that were chosen, id → words."""
    taken = {each: words for each, words in entry.questions.items() if each in chosen}
    if len(taken) != len(set(chosen)):
        raise BriefingBotError(_CHANGED)
    if not taken:
        raise BriefingBotError(_NONE)
    return taken
