"""Pydantic models of the YAML files, as maintainers write them.

The JSON Schemas and the field tables in briefings/README.md are made from their descriptions.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bot.content.certainty import Certainty  # noqa: TC001 — pydantic resolves it
from bot.content.models import DatedReason, Day, Entry, Text

STATEMENT_LIMIT = 300
SHORT_WORDS = 15
WHERE_WORDS = 7
SOURCE_LABEL = 60
_MOST_REVIEW_DAYS = 3650

ReviewDays = Annotated[int, Field(gt=0, le=_MOST_REVIEW_DAYS)]
SlackId = Annotated[str, Field(pattern=r"^[UWCG][A-Z0-9]{2,20}$")]


class FactEntry(Entry):
    """One fact of a fact file; its key is its id, unique and never reused."""

    statement: Annotated[str, Field(min_length=1, max_length=STATEMENT_LIMIT)] = Field(
        description="The fact in one or two plain sentences, our own words, hedges exact.",
    )
    certainty: Certainty = Field(description="How firm the source is: one of the six words of the certainty table.")
    sources: dict[str, str] | list[str] = Field(
        min_length=1,
        description=(
            "Source id → up to seven words exactly as they are there, so that the link opens at the sentence. "
            "An unstated fact lists the ids of the sources that do not say: [one, other]."
        ),
    )
    derived: dict[str, Text] = Field(
        default_factory=dict,
        description=(
            "A number, date or name of the statement that no source has but that follows from them → how it follows."
        ),
    )
    said_by: Text | None = Field(
        default=None, description="Whose forecast or words these are. Needed for forecast and said, only there."
    )
    short: Annotated[Text, Field(max_length=STATEMENT_LIMIT)] | None = Field(
        default=None, description="The briefing's line: at most 15 words, hedge included. Without it, the statement."
    )
    keywords: list[str] = Field(
        default_factory=list, description="Words that askers type and the statement does not have: acronyms, old names."
    )
    asked: list[str] = Field(
        default_factory=list,
        description=(
            "Other wordings in which people ask for this, a few words each. They help to find it as the closest fact, "
            "and never make it an answer."
        ),
    )
    as_of: Day | None = Field(
        default=None, description="The day the fact speaks of. Without it, the newest source's date."
    )
    checked_on: Day | None = Field(
        default=None, description="The day it was last compared with its sources, if not memorandum.yaml's day."
    )
    review_every: ReviewDays | None = Field(
        default=None, description="Days after `checked_on` by which it is due for a review, if not memorandum.yaml's."
    )
    review_by: Day | None = Field(
        default=None, description="The day by which it is due for its next review, whatever `review_every` says."
    )
    owner: Text | None = Field(
        default=None,
        description="Who answers for it: a team or a person, as plain text. memorandum.yaml says where, in `owners`.",
    )
    corrected: DatedReason | None = Field(
        default=None, description="When a wrong fact was put right, and why. Shown to readers."
    )
    withdrawn: DatedReason | None = Field(
        default=None, description="When the fact stopped being served, and why. The entry stays in the file."
    )
    superseded_by: Text | None = Field(default=None, description="The id of the fact that replaces this one.")
    since: list[str] = Field(
        default_factory=list,
        description="The ids of later facts that qualify this one: its answer ends with them, as “Since then: …”.",
    )


class SourceEntry(Entry):
    """One source of sources.yaml; its key is its id."""

    title: Text = Field(description="The title as published.")
    publisher: Text = Field(description="Who published it.")
    published: Day = Field(description="The day it was published.")
    day_known: bool = Field(
        default=True,
        description="Write `false` where only month and year are known: then `published` is that month's first day.",
    )
    url: Annotated[str, Field(pattern=r"^https://[^\s<>|]+$")] = Field(description="Its address, https only.")
    label: Annotated[str, Field(min_length=1, max_length=SOURCE_LABEL)] | None = Field(
        default=None, description="A few words for the button that opens it. Without them, the publisher."
    )


class AreaEntry(Entry):
    """One area of memorandum.yaml, in the memorandum's order."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")] = Field(description="The folder's name.")
    title: Text = Field(description="The official title.")
    aliases: list[str] = Field(default_factory=list, description="Other names people type for this area.")


class OverviewEntry(Entry):
    """The cross-cutting facts of the folder `agreement`."""

    title: Text = Field(description="The overview's title.")
    aliases: list[str] = Field(default_factory=list, description="Other names people type for the overview.")


class BankHolidayEntry(Entry):
    """A bank holiday of memorandum.yaml to add to the calendars, or to remove from them."""

    calendar: Literal["england-and-wales", "scotland", "northern-ireland"] = Field(description="Whose it is.")
    add: Day | None = Field(default=None, description="The day that is a bank holiday too. Needs a name.")
    remove: Day | None = Field(default=None, description="Or the day that is not a bank holiday after all.")
    name: Text | None = Field(default=None, description="What the day is called, as readers see it.")


class MemorandumEntry(Entry):
    """memorandum.yaml: the subject of the fact store."""

    title: Text = Field(description="The memorandum's full title.")
    short_title: Text = Field(description="The name used in headings and replies.")
    parties: list[str] = Field(min_length=1, description="Who signed, as organisations.")
    position_on: Day = Field(description="The day the briefings describe: the readers are in a later year.")
    contact: Text = Field(
        description="Whom to ask when no fact answers, and how: the AI policy team, #ai-policy. Plain text."
    )
    scope: Text = Field(description="What the fact store covers, in a few words; shown when no fact answers.")
    checked_on: Day = Field(description="The day all facts were last checked; a fact may give its own.")
    review_every: ReviewDays = Field(description="Days after `checked_on` by which a fact is due for a review.")
    owners: dict[str, SlackId] = Field(
        default_factory=dict,
        description="A fact's `owner`, as written there → the Slack id of the person or channel to ask for reviews.",
    )
    agreement: OverviewEntry = Field(description="The overview: title and other names.")
    areas: list[AreaEntry] = Field(min_length=1, description="The areas, in the memorandum's order.")
    other_names: dict[str, list[str]] = Field(
        default_factory=dict,
        description="A party's name or words of the facts → what askers type for them: abbreviations, other names.",
    )
    bank_holidays: list[BankHolidayEntry] = Field(
        default_factory=list, description="Bank holidays to add to those that the bot knows, or to remove."
    )
