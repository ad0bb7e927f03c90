"""Answer questions from the newest revision: briefings, facts, changes, history and help."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.answers.facts import show_facts, with_reason
from bot.answers.follow_ups import follow_up, in_context, shown_again
from bot.answers.intents import (
    area_number_asked,
    briefing_asked,
    doubted_words,
    names_help,
    parse_changes_intent,
    small_talk,
    wants_help,
)
from bot.answers.offers import Offers
from bot.answers.replies import answer, brief, briefing_of, doubt, help_page, refused, who_corrects
from bot.answers.snapshot import BriefingKey, ChangesKey, LookupKey, RevisionSnapshot, give_back_memory
from bot.changes.history import SHOWN, entries, last_changes, split_since
from bot.content.areas import find_area
from bot.content.checks.reviews import review_day
from bot.content.fact_files import ID_PATTERN
from bot.content.turns import in_thread
from bot.errors import UnknownAreaError
from bot.lookup.answer import LONGEST_QUERY
from bot.lookup.language.courtesy import bare
from bot.messages import KEPT_OUTCOMES, Outcome, Reply, Subject

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from bot.answers.follow_ups import LastAnswer
    from bot.clock import Clock
    from bot.content.models import Content
    from bot.gaps.refusals import Refusals
    from bot.lookup.answer import Lookup
    from bot.store.revision import Store

CHANGES = "changes"
HISTORY = "history"
_DAY_CHECKED_S: Final = 60.0


class Bot:
    """Answers from the newest published revision. `words` are plain text, as typed."""

    def __init__(  # noqa: PLR0913, PLR0917 — its parts, once
        self,
        store: Store,
        clock: Clock,
        offers: Offers = Offers(),  # noqa: B008 — frozen
        on_answer: Callable[[str], None] = lambda _: None,
        refusals: Refusals | None = None,
        ready: Callable[[Content], Lookup | None] = lambda _: None,
    ) -> None:
        """Take its parts; content is loaded on the first call. `offers` go with what answers a look-up.

        `on_answer` hears the id of each fact that a look-up shows; `refusals` say why what has no answer is not for us.
        `ready` gives the look-up over a content where there is one.
        """
        self._store = store
        self._clock = clock
        self._offers = offers
        self._on_answer = on_answer
        self._refusals = refusals
        self._ready = ready
        self._snapshot: RevisionSnapshot | None = None
        self._refreshing = asyncio.Lock()
        self._on_revision: list[Callable[[], None]] = []
        self._on_replies: list[Callable[[], None]] = []

    async def refresh(self) -> None:
        """Load the newest revision; the one before answers until it is ready. Call after publishing."""
        async with self._refreshing:
            revision = await self._store.latest()
            if self._snapshot is None or self._snapshot.revision.number < revision.number:
                records = await self._store.last_changes(revision.number)
                changes = last_changes(revision.content, records)
                ready = self._ready(revision.content)
                made = partial(RevisionSnapshot.of, revision, self._snapshot, changes, self._today, ready)
                self._answer_from(await in_thread(made))
                for listener in self._on_revision:
                    listener()
                await asyncio.to_thread(give_back_memory)

    def on_new_revision(self, listener: Callable[[], None]) -> None:
        """Call `listener` each time a newer revision is loaded."""
        self._on_revision.append(listener)

    def on_new_replies(self, listener: Callable[[], None]) -> None:
        """Call `listener` each time the replies given are forgotten: with a newer revision, and with another day."""
        self._on_replies.append(listener)

    async def snapshot(self) -> RevisionSnapshot:
        """Return the snapshot that answers now; the first call loads it. Raises NothingPublishedError."""
        while self._snapshot is None:
            await self.refresh()
        if self._snapshot.today != self._today:
            self._answer_from(self._snapshot.on(self._today))
        return self._snapshot

    async def follow_days(self, every_s: float = _DAY_CHECKED_S) -> None:
        """Forget the replies of a day that is over, though nobody asks, until cancelled."""
        while True:
            await asyncio.sleep(every_s)
            await self.snapshot()

    def _answer_from(self, snapshot: RevisionSnapshot) -> None:
        self._snapshot = snapshot
        for listener in self._on_replies:
            listener()

    @property
    def _today(self) -> date:
        return review_day(self._clock.now())

    async def newest(self) -> tuple[int, Lookup]:
        """Return the number of the revision that answers now, and its look-up. Raises NothingPublishedError."""
        snapshot = await self.snapshot()
        return snapshot.revision.number, snapshot.lookup

    async def ask(self, words: str, last: LastAnswer | None = None, *, team: str = "") -> Reply:
        """Answer a mention or a direct message: help, an area's briefing, changes, or a look-up.

        `last` is what was answered there before: a follow-up is about it. `team`: the workspace in which it is asked.
        """
        if last and (reply := await self._follow_up(words, last)):
            return self._offers.in_team(team).added(reply, words, (await self.snapshot()).lookup)
        memorandum = (await self.snapshot()).content.memorandum
        if area := briefing_asked(memorandum, words):
            return briefing_of(await self.snapshot(), area.key, is_long=False)
        if (changed := parse_changes_intent(memorandum, words)) is not None:
            return await self.changes(changed)
        if number := area_number_asked(words):
            return await self.briefing(number)
        return await self.fact(words, team=team)

    async def _follow_up(self, words: str, last: LastAnswer) -> Reply | None:
        """Answer words about the last answer; None for words that stand for themselves."""
        snapshot = await self.snapshot()
        if wants_help(words) or small_talk(words) or briefing_asked(snapshot.content.memorandum, words):
            return None
        doubted = doubted_words(words)
        if doubted == "" and (reply := shown_again(snapshot, last)):
            return replace(reply, note=who_corrects(snapshot))
        return None if doubted is not None else follow_up(snapshot, words, last) or in_context(snapshot, words, last)

    async def briefing(self, words: str) -> Reply:
        """Return an area's briefing, the overview's without words; for unknown areas, a refusal with suggestions."""
        snapshot, key = await self.snapshot(), BriefingKey(words.strip())
        if kept := snapshot.replies.get(key):
            return kept
        asked = bare(words) if len(words) <= LONGEST_QUERY else words
        if _command(asked) == CHANGES:
            return await self.changes(asked.strip()[len(CHANGES) :])
        reply = help_page(snapshot) if names_help(words) else brief(snapshot, asked)
        return snapshot.keep(key, reply) if reply.outcome in KEPT_OUTCOMES else reply

    async def fact(self, words: str, *, team: str = "", corrects: bool = True) -> Reply:
        """Look words up, or show the fact with that id; `corrects=False` corrects no spelling. `team` as in `ask`."""
        snapshot, offers = await self.snapshot(), self._offers.in_team(team)
        key = LookupKey(words.strip(), corrects, offers)
        reply = snapshot.replies.get(key)
        if reply is None:
            if doubted := doubt(snapshot, words, offers):  # asks for no fact, and has no reason to be refused
                return doubted
            if _command(words) == HISTORY and (listed := await self._history(words.strip()[len(HISTORY) :].strip())):
                return listed
            reply = answer(snapshot, words, offers, corrects=corrects)
            if reply.outcome in KEPT_OUTCOMES:
                snapshot.keep(key, reply)
        if reply.subject and reply.subject.facts:
            self._on_answer(reply.subject.facts[0])
        if self._refusals and reply.outcome in (Outcome.NO_ANSWER, Outcome.CLOSEST):
            return with_reason(reply, await self._refusals.reason_for(words, snapshot.lookup, team))
        return reply

    async def changes(self, words: str) -> Reply:
        """List what revisions changed; `words` may name an area, and `since` with a day. Raises BriefingBotError."""
        named, since = split_since(words, self._clock.now().date())
        snapshot = await self.snapshot()
        try:
            area = find_area(snapshot.content.memorandum, named) if named else None
        except UnknownAreaError as error:
            return refused(snapshot, str(error), error.suggestions)
        newest = (await self._store.latest()).number
        key = ChangesKey(newest, area.key if area else "", since.date() if since else None)
        if kept := snapshot.replies.get(key):
            return kept
        records = await self._store.changes(area=area.key if area else None, since=since)
        markdown = snapshot.renderer.page(
            "changes",
            area=area.title if area else "",
            since=since.date() if since else None,
            entries=entries(records, _titles(snapshot.content)),
            more=max(0, len(records) - SHOWN),
        )
        return snapshot.keep(key, Reply(Outcome.CHANGES, markdown))

    async def _history(self, fact_id: str) -> Reply | None:
        """List the changes of one fact; None when the words are not a fact's id, so that they are looked up."""
        snapshot = await self.snapshot()
        fact = snapshot.content.facts.get(fact_id)
        records = await self._store.history(fact_id) if re.fullmatch(ID_PATTERN, fact_id) else ()
        if fact is None and not records:
            return None
        markdown = snapshot.renderer.page(
            "history",
            fact=fact or records[0].change.fact,
            entries=entries(records, _titles(snapshot.content)),
            first=(await self._store.first_published_at()).date(),
        )
        return Reply(Outcome.CHANGES, markdown)

    async def show(self, subject: Subject, *, team: str = "") -> Reply:
        """Render a subject again, as it is now. `team` as in `ask`. Raises BriefingBotError when it is gone."""
        snapshot = await self.snapshot()
        if subject.area:
            if subject.area not in {area.key for area in snapshot.content.areas}:
                return refused(snapshot, "That area is no longer part of this fact store.")
            return briefing_of(snapshot, subject.area, is_long=subject.is_long)
        return self._offers.in_team(team).added(show_facts(snapshot, subject), "", snapshot.lookup)


def _command(words: str) -> str:
    """Return the first word, casefolded."""
    return words.split(maxsplit=1)[0].casefold() if words.strip() else ""


def _titles(content: Content) -> dict[str, str]:
    """Return the areas' titles by key."""
    return {area.key: area.title for area in content.areas}
