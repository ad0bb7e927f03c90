"""A change of the content that somebody proposes: of one fact, and of what names it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.errors import BriefingBotError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from bot.content.entries import FactEntry
    from bot.content.models import Fact, Source

FieldValue = str | tuple[str, ...] | dict[str, str]
"""A field's value as it is in a file, where everything is text: days are `2026-11-22`."""


class EditError(BriefingBotError):
    """A change cannot be made in the files as they are."""


class EditConflictError(EditError):
    """The fact is not there any more, or reads differently from the one that the change was made from: ask again."""


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source to add to sources.yaml: its id, and the fields of SourceEntry."""

    id: str
    fields: dict[str, FieldValue]


@dataclass(frozen=True, slots=True)
class ContentChange:
    """A change of one fact.

    `digest` is the `fact_digest` of the fact that the change was made from; empty for a new fact, which goes to the end
    of `file` (a path in the content folder) and, with `heading`, below that heading of its area's briefing. `fields`
    are those of FactEntry with their new values; an empty value removes one. `keywords` are added to those there.
    """

    fact_id: str
    digest: str = ""
    fields: dict[str, FieldValue] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    file: str = ""
    heading: str = ""
    source: NewSource | None = None

    @property
    def is_new(self) -> bool:
        """Whether it adds a fact."""
        return not self.digest


def correction(
    fact: Fact, fields: Mapping[str, FieldValue], *, why: str = "", on: date, source: NewSource | None = None
) -> ContentChange:
    """Return a change of a fact's fields. `why` says that its old words were wrong, and is shown to readers.

    Without it, the fact was right in its time: readers of old posts hear nothing. Raises EditError for a correction
    that cannot be told from the last one.
    """
    changed = dict(fields)
    if why:
        if fact.corrected and (fact.corrected.on, fact.corrected.why) == (on, why):
            raise EditError("This fact was corrected today for the same reason.", "Say in other words why.")
        changed["corrected"] = {"on": on.isoformat(), "why": why}
    return ContentChange(fact.id, fact_digest(fact), changed, source=source)


def withdrawal(fact: Fact, *, why: str, on: date) -> ContentChange:
    """Return the change that withdraws a fact; `why` is shown to readers."""
    return ContentChange(fact.id, fact_digest(fact), {"withdrawn": {"on": on.isoformat(), "why": why}})


def new_keywords(held: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Return those that are not held yet, each once as first written: keywords that differ only in case are one."""
    known = {each.casefold() for each in held}
    found: dict[str, str] = {}
    for each in wanted:
        if each.casefold() not in known:
            found.setdefault(each.casefold(), each)
    return tuple(found.values())


def added_keywords(fact: Fact, keywords: Iterable[str]) -> ContentChange:
    """Return the change that adds words by which a fact is found."""
    return ContentChange(fact.id, fact_digest(fact), keywords=tuple(keywords))


def checked(fact: Fact, on: date) -> ContentChange:
    """Return the change that says that a fact was compared with its sources that day."""
    return ContentChange(fact.id, fact_digest(fact), {"checked_on": on.isoformat()})


def fact_digest(fact: Fact) -> str:
    """Return the digest of what a fact says, to whom it is owed and what became of it.

    Not in it: how the fact is found (keywords, asked), who looks after it, and the day of its last check. Two people
    may change those at once.
    """
    words = {citation.source.id: citation.where for citation in fact.citations}
    return _digest(fact, words, fact.as_of)


def entry_digest(entry: FactEntry, sources: Mapping[str, Source]) -> str:
    """Return the same digest of a fact as it is in a file; `sources` are those of sources.yaml."""
    words = entry.sources if isinstance(entry.sources, dict) else dict.fromkeys(entry.sources, "")
    published = (sources[each].published for each in words if each in sources)
    return _digest(entry, words, entry.as_of or max(published, default=None))


def _digest(fact: Fact | FactEntry, words: Mapping[str, str], as_of: date | None) -> str:
    dated = [(each.on.isoformat(), each.why) if each else None for each in (fact.corrected, fact.withdrawn)]
    parts = (fact.statement, fact.short, fact.certainty.value, fact.said_by, list(words.items()), str(as_of), dated)
    written = json.dumps((*parts, fact.superseded_by, list(fact.since)), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()
