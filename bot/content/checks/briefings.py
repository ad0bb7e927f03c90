"""Checks a briefing.yaml: the facts that it names must exist, be served, and belong to its area."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.content.faults import Code, Fault
from bot.content.models import OVERVIEW, Briefing
from bot.content.validation import read_entry
from bot.content.yaml.reader import parse
from bot.text import day, is_it_a_typo, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.checks.references import ParsedFacts
    from bot.content.faults import Problem
    from bot.content.files import TextFile
    from bot.content.models import Content
    from bot.content.yaml.nodes import Path
    from bot.content.yaml.reader import Parsed

BRIEFING_FILE = "briefing.yaml"
REPORTED_WITHIN: Final = timedelta(days=31)
"""A report may be some weeks younger than what it reports."""


@dataclass(frozen=True, slots=True)
class BriefingFile:
    """A briefing.yaml as read; `briefing` is None when it has faults of form. `area` is the key of its folder."""

    file: TextFile
    area: str
    briefing: Briefing | None
    parsed: Parsed
    faults: tuple[Fault, ...]


def read_briefing(file: TextFile) -> BriefingFile:
    """Read a briefing.yaml. Raises nothing: whatever is wrong is a fault."""
    parsed = parse(file, holds_facts=False)
    read = read_entry(file, parsed.whole, Briefing)
    area = file.name.partition("/")[0]
    if isinstance(read, list):
        return BriefingFile(file, area, None, parsed, (*parsed.faults, *read))
    return BriefingFile(file, area, read, parsed, parsed.faults)


def check_briefing(briefing_file: BriefingFile, facts: ParsedFacts) -> Iterator[Fault]:
    """Find facts that this briefing cannot show or names twice."""
    file, briefing = briefing_file.file, briefing_file.briefing
    if briefing is None:
        return
    lines: dict[str, int] = {}
    for fact_id, path in _named_facts(briefing):
        spot = briefing_file.parsed.spot(path)
        problem = _problem(fact_id, briefing_file.area, facts)
        if problem is None and fact_id in lines:
            message = f"{shown(fact_id)} is already in this briefing, in line {lines[fact_id]}."
            problem = Code.LISTED_TWICE, message, "Remove one."
        lines.setdefault(fact_id, spot[0])
        if problem:
            yield file.fault(*problem, spot, fact_id)


def check_days(briefing_file: BriefingFile, content: Content) -> Iterator[Fault]:
    """Find facts that are later than the day in the briefing's header, outside the sections that say so."""
    briefing, position = briefing_file.briefing, content.memorandum.position_on
    later = {fact_id for section in briefing.later_sections for fact_id in section.facts} if briefing else set()
    named = _named_facts(briefing) if briefing else ()
    found = [(content.facts[fact_id], path) for fact_id, path in named if fact_id not in later]
    late = [(fact, path) for fact, path in found if fact.as_of > position + REPORTED_WITHIN]
    for fact, path in late[:1]:
        others = f" (and {len(late) - 1} more below it)" if late[1:] else ""
        message = f"{shown(fact.id)}{others} is of {day(fact.as_of)}; the briefing's header says {day(position)}."
        hint = "Put it below a heading with `later: true`, such as After the signing; or correct its `as_of`."
        yield briefing_file.file.fault(Code.LATER_FACT, message, hint, briefing_file.parsed.spot(path), fact.id)


def _named_facts(briefing: Briefing) -> Iterator[tuple[str, Path]]:
    if briefing.bottom_line:
        yield briefing.bottom_line, ("bottom_line",)
    for number, section in enumerate(briefing.sections):
        for place, fact_id in enumerate(section.facts):
            yield fact_id, ("sections", number, "facts", place)


def _problem(fact_id: str, area: str, facts: ParsedFacts) -> Problem | None:
    """Return code, message and hint for a fact that a briefing of this area cannot show."""
    if fact_id in facts.by_id:
        owner, fact = facts.by_id[fact_id]
        if fact.entry.withdrawn:
            return Code.WITHDRAWN_FACT, f"{shown(fact_id)} is withdrawn.", "Take it out of the briefing."
        if fact.entry.superseded_by:
            hint = f"Name {fact.entry.superseded_by} instead, or take it out."
            return Code.SUPERSEDED_FACT, f"{shown(fact_id)} is superseded.", hint
        if OVERVIEW not in {area, owner} and owner != area:
            hint = f"Move the fact to {OVERVIEW}/ if it belongs to several areas."
            return Code.FOREIGN_FACT, f"{shown(fact_id)} belongs to the area {owner}.", hint
    elif fact_id not in facts.ids and facts.complete:
        meant = is_it_a_typo(fact_id, facts.ids, "Write the fact into a fact file first.")
        hint = f"{meant} If you deleted it, put it back and add `withdrawn:`."
        return Code.UNKNOWN_FACT, f"There is no fact {shown(fact_id)}.", hint
    return None
