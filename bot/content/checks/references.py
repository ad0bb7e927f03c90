"""Checks across files: ids, sources, facts that replace one another, dates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bot.content.faults import Code, Fault
from bot.text import day, did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import date

    from bot.content.fact_files import FactFile, ParsedFact
    from bot.content.faults import Problem
    from bot.content.memorandum import MemorandumFile, SourcesFile
    from bot.content.models import Content, Fact


@dataclass(frozen=True)
class ParsedFacts:
    """The facts of the folder's fact files; `files` has each file with its area (folder), in file order.

    `complete` is false when a file could not be read at all: then an id that is not found may well be there.
    """

    files: tuple[tuple[str, FactFile], ...]
    complete: bool = True

    @cached_property
    def by_id(self) -> Mapping[str, tuple[str, ParsedFact]]:
        """The facts without faults by id, each with its area; of two with the same id, the first."""
        found: dict[str, tuple[str, ParsedFact]] = {}
        for area, fact_file in self.files:
            for fact in fact_file.facts:
                found.setdefault(fact.id, (area, fact))
        return found

    @cached_property
    def ids(self) -> AbstractSet[str]:
        """Every id that a file declares, whether its fact has faults or not."""
        return frozenset(fact_id for _, fact_file in self.files for fact_id in fact_file.declared)


def check_ids(facts: ParsedFacts) -> Iterator[Fault]:
    """Find ids that two files declare."""
    first: dict[str, str] = {}
    for _, fact_file in facts.files:
        for fact_id, spot in fact_file.declared.items():
            if fact_id in first:
                message = f"{shown(fact_id)} is already the id of a fact in {first[fact_id]}."
                hint = "Give one of the two a new id; ids are never reused."
                yield fact_file.file.fault(Code.DUPLICATE_ID, message, hint, spot, fact_id)
            else:
                first[fact_id] = f"{fact_file.file.name}, line {spot[0]}"


def check_sources(facts: ParsedFacts, sources: SourcesFile) -> Iterator[Fault]:
    """Find sources that are cited and unknown, or known and never cited."""
    used: set[str] = set()
    for _, fact in facts.by_id.values():
        for source in fact.where():
            used.add(source)
            if source not in sources.declared:
                hint = did_you_mean(source, sources.declared, f"Add it to {sources.file.name}.")
                message = f"There is no source {shown(source)}."
                yield fact.fault(Code.UNKNOWN_SOURCE, message, hint, field=f"sources.{source}")
    whole = facts.complete and used <= sources.declared.keys() and len(facts.by_id) == len(facts.ids)
    for source, spot in sources.declared.items():
        if whole and source not in used:
            message = f"No fact cites {shown(source)}."
            yield sources.file.fault(Code.UNUSED_SOURCE, message, "Remove it, or cite it.", spot)


def check_superseded(facts: ParsedFacts) -> Iterator[Fault]:
    """Find facts that are replaced by nothing, by a withdrawn fact, or in a circle."""
    by_id = {fact_id: fact for fact_id, (_, fact) in facts.by_id.items()}
    for fact in by_id.values():
        target = fact.entry.superseded_by
        if target is None:
            continue
        problem: Problem | None = None
        if target not in facts.ids:
            hint = did_you_mean(target, facts.ids - {fact.id}, "Write the id of the fact that replaces this one.")
            if facts.complete:
                problem = Code.UNKNOWN_FACT, f"There is no fact {shown(target)}.", hint
        elif target in by_id and by_id[target].entry.withdrawn:
            problem = Code.WITHDRAWN_FACT, f"{shown(target)} is withdrawn itself.", "Name a fact that is served."
        elif _comes_back(fact.id, by_id):
            is_itself = target == fact.id
            message = "This fact replaces itself." if is_itself else "These facts replace one another in a circle."
            problem = Code.SUPERSEDED_CYCLE, message, "Let the newest one have no superseded_by."
        if problem:
            yield fact.fault(*problem, field="superseded_by")


def check_since(facts: ParsedFacts) -> Iterator[Fault]:
    """Find facts that name as later what is not there, is not served, or is the fact itself."""
    for _, fact in facts.by_id.values():
        for later in fact.entry.since:
            at = f"since.{later}"
            if later not in facts.ids:
                if facts.complete:
                    hint = did_you_mean(later, facts.ids - {fact.id}, "Write the id of the later fact.")
                    yield fact.fault(Code.UNKNOWN_FACT, f"There is no fact {shown(later)}.", hint, field=at)
            elif later == fact.id:
                yield fact.fault(Code.BAD_VALUE, "This fact is later than itself.", "Remove it.", field=at)
            elif later in facts.by_id and not _is_served(facts.by_id[later][1]):
                message = f"{shown(later)} is not served any more."
                yield fact.fault(Code.WITHDRAWN_FACT, message, "Name a fact that is served.", field=at)


def _is_served(fact: ParsedFact) -> bool:
    return fact.entry.withdrawn is None and fact.entry.superseded_by is None


def _comes_back(fact_id: str, facts: Mapping[str, ParsedFact]) -> bool:
    """Whether following superseded_by from a fact leads to it again."""
    seen: set[str] = set()
    at: str | None = fact_id
    while at is not None and at in facts and at not in seen:
        seen.add(at)
        at = facts[at].entry.superseded_by
    return at == fact_id


def check_dates(facts: ParsedFacts, today: date) -> Iterator[Fault]:
    """Find dates in the future."""
    for _, fact in facts.by_id.values():
        entry = fact.entry
        dates = {"as_of": entry.as_of, "checked_on": entry.checked_on}
        dates |= {name: getattr(entry, name).on for name in ("corrected", "withdrawn") if getattr(entry, name)}
        for name, value in dates.items():
            if value is not None and value > today:
                code = Code.FUTURE_CORRECTION if name in {"corrected", "withdrawn"} else Code.FUTURE_DATE
                yield fact.fault(code, f"{day(value)} is still to come.", "Check the year.", field=name)


def check_dates_of(part: SourcesFile | MemorandumFile, today: date) -> Iterator[Fault]:
    """Find dates in the future in sources.yaml or memorandum.yaml."""
    for value, spot in part.dates:
        if value > today:
            yield part.file.fault(Code.FUTURE_DATE, f"{day(value)} is still to come.", "Check the year.", spot)


def check_vanished(published: Iterable[Fact], content: Content) -> Iterator[Fault]:
    """Find published, served facts that no file has any more: readers would not learn why they are gone."""
    here = {fact.statement: fact.id for fact in content.facts.values()}
    for fact in published:
        if fact.id in content.facts or not fact.is_current:
            continue
        hint = "Put it back, and say why with `withdrawn:`."
        if new := here.get(fact.statement):
            hint = f"It is {shown(new)} now: put the old one back, with `superseded_by: {new}`."
        message = f"{shown(fact.id)} is published and in no file any more: publishing withdraws it without a reason."
        yield Fault(fact.place.file, 1, 1, Code.VANISHED_FACT, message, hint, fact_id=fact.id)
