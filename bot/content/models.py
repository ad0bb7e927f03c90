"""Content of the fact store: areas, facts, sources and briefings, checked, complete and immutable."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from bot.content.certainty import Certainty
from bot.recurrence.bank_holidays import BankHoliday  # noqa: TC001 — pydantic resolves it where the store reads a memorandum
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OVERVIEW = "agreement"
"""Key and folder of the facts that concern all areas; its briefing is the overview."""


class Entry(BaseModel):
    """Base of the models of files: unknown fields are faults, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, defer_build=True)


Text = Annotated[str, Field(min_length=1)]


def _written_as_day(value: object) -> object:
    """Refuse what pydantic would accept as a date though it is not written as one: seconds, times, `20250721`."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise PydanticCustomError("bad_day", "not written as YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_written_as_day)]


class DatedReason(Entry):
    """A day and why."""

    on: Day = Field(description="The day, as YYYY-MM-DD.", examples=["2026-12-03"])
    why: Text = Field(description="Why, in one short sentence that readers will see.")


class Section(Entry):
    """A heading of a briefing and the facts below it."""

    heading: Text = Field(description="The heading, as plain text.")
    facts: tuple[Text, ...] = Field(min_length=1, description="The ids of the facts below it, in this order.")
    details: bool = Field(default=False, description="Write `true` for what only Details shows.")
    later: bool = Field(default=False, description="Write `true` for facts that are later than `position_on`.")


class Briefing(Entry):
    """An area's briefing as its briefing.yaml lists it; templates/briefing.md.j2 adds title, changes and sources."""

    bottom_line: Text | None = Field(
        default=None, description="The id of the fact that sums the area up; it comes above all headings."
    )
    sections: tuple[Section, ...] = Field(min_length=1, description="The headings, in this order.")

    def shown_sections(self, *, long: bool) -> tuple[Section, ...]:
        """Return the sections of the short form, or all."""
        return tuple(section for section in self.sections if long or not section.details)

    @property
    def later_sections(self) -> tuple[Section, ...]:
        """Return the sections on what came after the position date."""
        return tuple(section for section in self.sections if section.later)


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """A place in a file: a path relative to the content folder, line and column from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """A published text that facts cite. `label` is the text of its button; empty means the publisher."""

    id: str
    title: str
    publisher: str
    published: date
    url: str
    label: str = ""
    day_known: bool = True

    @property
    def name(self) -> str:
        """What readers see it called everywhere but in citations."""
        return self.label or self.publisher

    @property
    def published_on(self) -> str:
        """When it was published, as readers see it: 21 July 2025, or the month where the day is not known."""
        written = day(self.published)
        return written if self.day_known else written.partition(" ")[2]


@dataclass(frozen=True, slots=True)
class Citation:
    """A source and the words in it that say so; `where` is empty when the source does not say."""

    source: Source
    where: str

    @property
    def link(self) -> str:
        """The source's address, opening at the cited words (URL Fragment Text Directives, WICG)."""
        if not self.where:
            return self.source.url
        return f"{self.source.url}#:~:text={_in_address(self.where)}"

    @property
    def cited(self) -> str:
        """The source as it is pasted into a document: title, publisher, date and address."""
        return f"{self.source.title}, {self.source.publisher}, {self.source.published_on}, {self.link}"


@lru_cache(maxsize=1024)
def _in_address(words: str) -> str:
    """Return words as a text directive holds them; each answer that shows a fact asks for its own again."""
    return quote(words, safe="").replace("-", "%2D")


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact with its dates filled in and its sources resolved; `area` is its folder's key."""

    id: str
    area: str
    statement: str
    certainty: Certainty
    citations: tuple[Citation, ...]
    as_of: date
    checked_on: date
    place: SourceLocation
    said_by: str | None = None
    short: str | None = None
    keywords: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    owner: str | None = None
    corrected: DatedReason | None = None
    withdrawn: DatedReason | None = None
    superseded_by: str | None = None
    since: tuple[str, ...] = ()
    review_every: int | None = None
    review_by: date | None = None

    @property
    def label(self) -> str:
        """The certainty as readers see it; somebody's own words are quoted, in quotation marks, or reported."""
        if self.certainty is Certainty.SAID and "“" in self.statement:
            return f"Quoted from {self.said_by} (their words)"
        return self.certainty.label(self.said_by)

    def cited(self, note: str = "") -> str:
        """Return the fact as it is pasted into a document: statement, label, its correction, a note, its sources."""
        corrected = f"Corrected {day(self.corrected.on)}: {self.corrected.why}" if self.corrected else ""
        sources = (citation.cited for citation in self.citations)
        lines = (self.statement, f"{self.label}, as of {day(self.as_of)}", corrected, note, *sources)
        return "\n".join(filter(None, lines))

    @property
    def cited_as_later(self) -> str:
        """The fact on one line, as it is pasted below an earlier fact that it qualifies."""
        sources = "; ".join(citation.cited for citation in self.citations)
        return f"Since then (as of {day(self.as_of)}): {self.statement} — {self.label}, {sources}"

    @property
    def is_current(self) -> bool:
        """Whether the fact is served: neither withdrawn nor superseded."""
        return self.withdrawn is None and self.superseded_by is None


@dataclass(frozen=True, slots=True)
class Area:
    """One area of the memorandum; number 0 is the overview, whose key is `agreement`."""

    key: str
    number: int
    title: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Memorandum:
    """The subject of the fact store; `areas` in the memorandum's order, without the overview."""

    title: str
    short_title: str
    parties: tuple[str, ...]
    position_on: date
    contact: str
    scope: str
    checked_on: date
    review_every: int
    overview: Area
    areas: tuple[Area, ...]
    bank_holidays: tuple[BankHoliday, ...] = ()
    other_names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    owners: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)  # half a million characters, for each asyncio task that returns it
class Content:
    """Everything in the content folder at one moment. `facts` has every fact by id, in file order, withdrawn ones too.

    `templates` maps a name (`templates/answer.md.j2`) to its text, `briefings` an area's key to its briefing.
    """

    memorandum: Memorandum
    sources: Mapping[str, Source]
    facts: Mapping[str, Fact]
    templates: Mapping[str, str]
    briefings: Mapping[str, Briefing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Freeze the mappings."""
        for name in ("sources", "facts", "templates", "briefings"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def areas(self) -> tuple[Area, ...]:
        """The overview first, then the areas in the memorandum's order."""
        return (self.memorandum.overview, *self.memorandum.areas)

    def current_facts(self, area: str | None = None) -> Iterator[Fact]:
        """Yield the facts that are served, in file order; of one area if its key is given."""
        return (fact for fact in self.facts.values() if fact.is_current and area in (None, fact.area))

    def later_facts(self, fact: Fact) -> tuple[Fact, ...]:
        """Return the facts that a fact's `since` names, while they are served."""
        found = (self.facts.get(each) for each in fact.since)
        return tuple(each for each in found if each is not None and each.is_current)

    def cited(self, fact: Fact, note: str = "") -> str:
        """Return a fact as it is pasted into a document, with a note and the later facts that qualify it."""
        return "\n".join((fact.cited(note), *(later.cited_as_later for later in self.later_facts(fact))))

    def printed_facts(self, area: str, *, long: bool) -> tuple[Fact, ...]:
        """Return the facts that an area's briefing prints in one of its forms, each once, in order."""
        briefing = self.briefings.get(area)
        if briefing is None:
            return ()
        ids = [fact_id for section in briefing.shown_sections(long=long) for fact_id in section.facts]
        printed = (self.facts.get(fact_id) for fact_id in dict.fromkeys([briefing.bottom_line or "", *ids]))
        return tuple(fact for fact in printed if fact is not None and fact.is_current)
