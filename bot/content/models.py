"""What the fact store holds: areas, facts and sources, as maintainers write them and as the bot reads them.

`…Entry` models are what stands in a file; the JSON Schema and the field table in briefings/README.md are made from
their descriptions. The frozen dataclasses are what the rest of the bot uses: checked, complete, immutable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import quote

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from bot.recurrence.bank_holidays import BankHoliday  # noqa: TC001 — pydantic resolves it where the store reads a memorandum

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STATEMENT_LIMIT = 300
SHORT_WORDS = 15
WHERE_WORDS = 7
SOURCE_LABEL = 60
OVERVIEW = "agreement"
"""Key and folder of the cross-cutting facts; its briefing is the overview."""


class Certainty(StrEnum):
    """How firm the source is. Nothing in a reply may sound firmer than this."""

    STATED = "stated"
    INTENDED = "intended"
    POSSIBLE = "possible"
    FORECAST = "forecast"
    SAID = "said"
    UNSTATED = "unstated"

    def label(self, said_by: str | None = None) -> str:
        """Return the label shown beside a fact; `said_by` names whose forecast or words it is."""
        return _LABELS[self].format(said_by=said_by)


_LABELS = {
    Certainty.STATED: "Stated",
    Certainty.INTENDED: "Intent, not binding",
    Certainty.POSSIBLE: "Only possible",
    Certainty.FORECAST: "Forecast by {said_by}",
    Certainty.SAID: "Said by {said_by}, in our words",
    Certainty.UNSTATED: "Not stated in the sources",
}


class Entry(BaseModel):
    """Base of everything a maintainer writes: unknown fields are faults, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


Text = Annotated[str, Field(min_length=1)]


def _written_as_day(value: object) -> object:
    """Refuse what pydantic would take for a date without being written as one: seconds, times, `20250721`."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise PydanticCustomError("bad_day", "not written as YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_written_as_day)]


class DatedReason(Entry):
    """A day and why."""

    on: Day = Field(description="The day, as YYYY-MM-DD.", examples=["2026-12-03"])
    why: Text = Field(description="Why, in one short sentence that readers will see.")


class FactEntry(Entry):
    """One fact as it stands in a theme file; its key is its id, unique and never reused."""

    statement: Annotated[str, Field(min_length=1, max_length=STATEMENT_LIMIT)] = Field(
        description="The fact in one or two plain sentences, our own words, hedges exact.",
    )
    certainty: Certainty = Field(description="How firm the source is: one of the six words of the certainty table.")
    sources: dict[str, str] | list[str] = Field(
        min_length=1,
        description=(
            "Source id → up to seven words exactly as they stand there, so that the link opens at the sentence. "
            "An unstated fact lists the ids of the sources that do not say: [one, other]."
        ),
    )
    said_by: Text | None = Field(
        default=None, description="Whose forecast or words these are. Needed for forecast and said, only there."
    )
    short: Text | None = Field(
        default=None, description="The briefing's line: at most 15 words, hedge included. Without it, the statement."
    )
    keywords: list[str] = Field(
        default_factory=list, description="Words that askers type and the statement does not hold: acronyms, old names."
    )
    as_of: Day | None = Field(
        default=None, description="The day the fact speaks of. Without it, the newest source's date."
    )
    checked_on: Day | None = Field(
        default=None, description="The day somebody last compared it with its sources, if not memorandum.yaml's day."
    )
    owner: Text | None = Field(default=None, description="Who answers for it: a team or a person, as plain text.")
    corrected: DatedReason | None = Field(
        default=None, description="When a wrong fact was put right, and why. Shown to readers."
    )
    withdrawn: DatedReason | None = Field(
        default=None, description="When the fact stopped being served, and why. The entry stays in the file."
    )
    superseded_by: Text | None = Field(default=None, description="The id of the fact that replaces this one.")


class SourceEntry(Entry):
    """One source as it stands in sources.yaml; its key is its id."""

    title: Text = Field(description="The title as published.")
    publisher: Text = Field(description="Who published it.")
    published: Day = Field(description="The day it was published.")
    url: Annotated[str, Field(pattern=r"^https://[^\s<>|]+$")] = Field(description="Its address, https only.")
    label: Annotated[str, Field(min_length=1, max_length=SOURCE_LABEL)] | None = Field(
        default=None, description="A few words for the button that opens it. Without them, the publisher."
    )


class AreaEntry(Entry):
    """One area as it stands in memorandum.yaml, in the memorandum's order."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")] = Field(description="The folder's name.")
    title: Text = Field(description="The official title.")
    aliases: list[str] = Field(default_factory=list, description="Other names people type for this area.")


class OverviewEntry(Entry):
    """The cross-cutting facts of the folder `agreement`."""

    title: Text = Field(description="The overview's title.")
    aliases: list[str] = Field(default_factory=list, description="Other names people type for the overview.")


class BankHolidayEntry(Entry):
    """A bank holiday that the calendars lack, or one that they should not have, as it stands in memorandum.yaml."""

    calendar: Literal["england-and-wales", "scotland", "northern-ireland"] = Field(description="Whose it is.")
    add: Day | None = Field(default=None, description="The day that is a bank holiday too. Needs a name.")
    remove: Day | None = Field(default=None, description="Or the day that is none after all.")
    name: Text | None = Field(default=None, description="What the day is called, as readers see it.")


class MemorandumEntry(Entry):
    """memorandum.yaml: what this fact store is about."""

    title: Text = Field(description="The memorandum's full title.")
    short_title: Text = Field(description="The name used in headings and replies.")
    parties: list[str] = Field(min_length=1, description="Who signed, as organisations.")
    position_on: Day = Field(description="The day the briefings describe: the readers are in a later year.")
    contact: Text = Field(description="Whom to ask when nothing is held, as plain text.")
    scope: Text = Field(description="What the fact store covers, in a few words, told when nothing is held.")
    checked_on: Day = Field(description="The day all facts were last checked; a fact may give its own.")
    review_every: Annotated[int, Field(gt=0)] = Field(description="Days after which a fact is due for a new check.")
    agreement: OverviewEntry = Field(description="The overview: title and other names.")
    areas: list[AreaEntry] = Field(min_length=1, description="The areas, in the memorandum's order.")
    bank_holidays: list[BankHolidayEntry] = Field(
        default_factory=list, description="Bank holidays to add to those that the bot knows, or to remove."
    )


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """Where something stands: a path relative to the content folder, line and column from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """A published text that facts cite. `label` is what a button calls it; empty means the publisher."""

    id: str
    title: str
    publisher: str
    published: date
    url: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A source and the words in it that carry the fact; `where` is empty when the source does not say."""

    source: Source
    where: str

    @property
    def link(self) -> str:
        """The source's address, opening at the cited words (URL Fragment Text Directives, WICG)."""
        if not self.where:
            return self.source.url
        return f"{self.source.url}#:~:text={quote(self.where, safe='').replace('-', '%2D')}"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the store, complete: dates are filled in, sources are resolved, `area` is its folder's key."""

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
    owner: str | None = None
    corrected: DatedReason | None = None
    withdrawn: DatedReason | None = None
    superseded_by: str | None = None

    @property
    def label(self) -> str:
        """The certainty as readers see it."""
        return self.certainty.label(self.said_by)

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
    """What the fact store is about; `areas` in the memorandum's order, without the overview."""

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


@dataclass(frozen=True, slots=True)
class Content:
    """All that the bot knows at one moment. `facts` holds every fact by id, in file order, withdrawn ones too.

    `templates` maps a name (`infrastructure/briefing.md.j2`, `templates/answer.md.j2`) to its text.
    """

    memorandum: Memorandum
    sources: Mapping[str, Source]
    facts: Mapping[str, Fact]
    templates: Mapping[str, str]

    def __post_init__(self) -> None:
        """Freeze the mappings."""
        for name in ("sources", "facts", "templates"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def areas(self) -> tuple[Area, ...]:
        """The overview first, then the areas in the memorandum's order."""
        return (self.memorandum.overview, *self.memorandum.areas)

    def current_facts(self, area: str | None = None) -> Iterator[Fact]:
        """Yield the facts that are served, in file order; of one area if its key is given."""
        return (fact for fact in self.facts.values() if fact.is_current and area in (None, fact.area))
