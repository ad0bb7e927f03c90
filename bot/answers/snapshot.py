"""Per-revision cache: compiled templates, the search index, and the answers rendered on a day."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from bot.answers.cache import SegmentedCache
from bot.content.checks.reviews import DueReview, due
from bot.content.render import Renderer
from bot.lookup.answer import Lookup
from bot.lookup.index import SMALL
from bot.messages import bytes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bot.answers.offers import TeamOffers
    from bot.content.models import Content
    from bot.messages import Reply
    from bot.store.revision import Revision

_REPLIES_BYTES = 6 * 1024 * 1024


class LookupKey(NamedTuple):
    """All that makes a look-up's reply. `words` are as typed, without the blanks around them."""

    words: str
    corrects: bool
    offers: TeamOffers


class BriefingKey(NamedTuple):
    """All that makes a briefing: what was typed, without the blanks around it."""

    words: str


class FactsKey(NamedTuple):
    """All that makes facts as an answer: their ids, of which so many lead. Other words may find the same ones."""

    leading: int
    facts: tuple[str, ...]


class ChangesKey(NamedTuple):
    """All that makes a list of changes: the newest revision that the database has, an area ("" for all) and a day."""

    newest: int
    area: str
    since: date | None


def _replies() -> SegmentedCache[Reply]:
    return SegmentedCache(_REPLIES_BYTES)


@dataclass(frozen=True, slots=True)
class RevisionSnapshot:
    """A revision on one day (London), with its compiled templates and its search index.

    `due` has the facts that are past their review on that day, by id.
    """

    revision: Revision
    renderer: Renderer
    lookup: Lookup
    today: date
    due: Mapping[str, DueReview]
    replies: SegmentedCache[Reply] = field(default_factory=_replies)
    """Replies by all that makes them besides this revision and day. No key of one kind equals one of another."""

    @classmethod
    def of(
        cls,
        revision: Revision,
        before: RevisionSnapshot | None,
        last_changes: Mapping[str, Sequence[str]],
        today: date,
        ready: Lookup | None = None,
    ) -> RevisionSnapshot:
        """Compile and index a revision, unless a look-up is `ready`; of many facts only those changed since `before`.

        `last_changes`: for each area, the lines of plain text on its last change that its briefing shows.
        """
        content = revision.content
        renderer = Renderer(content, last_changes=last_changes)
        if before and (ready is None or len(content.facts) > SMALL):  # to let go of a large index takes long
            ready = before.lookup.refreshed(content)
        return cls(revision, renderer, ready or Lookup(content), today, _due(content, today))

    def on(self, today: date) -> RevisionSnapshot:
        """Return the same revision on a day: answers say of other facts that their review was due."""
        if today == self.today:
            return self
        return replace(self, today=today, due=_due(self.content, today), replies=_replies())

    def keep(self, key: LookupKey | BriefingKey | FactsKey | ChangesKey, reply: Reply) -> Reply:
        """Keep a reply and return it."""
        self.replies.put(key, reply, bytes_of(reply))
        return reply

    @property
    def content(self) -> Content:
        """The revision's content."""
        return self.revision.content


def _due(content: Content, today: date) -> Mapping[str, DueReview]:
    return {each.fact.id: each for each in due(content, today)}


def give_back_memory() -> None:
    """Have the C library give the system what it keeps of earlier revisions: with glibc it only grew with each one."""
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
