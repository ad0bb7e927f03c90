"""What can only be seen with all files at hand: ids, sources, facts that replace one another, dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from bot.content.faults import Code, Fault
from bot.text import day, did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import date

    from bot.content.fact_files import FactFile, ParsedFact
    from bot.content.files import TextFile
    from bot.content.memorandum import SourcesFile
    from bot.content.models import Content, Fact


@dataclass(frozen=True)
class Drafts:
    """Every theme file of the folder, with the area (folder) and text file of each, in file order.

    `complete` is false when a file could not be read at all: then an id that is not found may well stand there.
    """

    themes: tuple[tuple[str, TextFile, FactFile], ...]
    complete: bool = True

    def facts(self) -> Mapping[str, tuple[str, ParsedFact]]:
        """Return the good facts by id, each with its area; of two with the same id, the first."""
        return self._facts

    def ids(self) -> AbstractSet[str]:
        """Return every id that stands in a file, whether its fact is right or not."""
        return self._ids

    @cached_property
    def _facts(self) -> dict[str, tuple[str, ParsedFact]]:
        found: dict[str, tuple[str, ParsedFact]] = {}
        for area, _, theme in self.themes:
            for draft in theme.facts:
                found.setdefault(draft.id, (area, draft))
        return found

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(fact_id for _, _, theme in self.themes for fact_id in theme.declared)


def check_ids(drafts: Drafts) -> Iterator[Fault]:
    """Find ids that stand in two files."""
    first: dict[str, str] = {}
    for _, file, theme in drafts.themes:
        for fact_id, (line, column) in theme.declared.items():
            if fact_id in first:
                message = f"{shown(fact_id)} is already the id of a fact in {first[fact_id]}."
                hint = "Give one of the two a new id; ids are never reused."
                yield file.fault(Code.DUPLICATE_ID, message, hint, line=line, column=column, fact_id=fact_id)
            else:
                first[fact_id] = f"{file.name}, line {line}"


def check_sources(drafts: Drafts, sources: SourcesFile) -> Iterator[Fault]:
    """Find sources that are cited and unknown, or known and never cited."""
    used: set[str] = set()
    for _, draft in drafts.facts().values():
        for source in draft.where():
            used.add(source)
            if source not in sources.declared:
                hint = did_you_mean(source, sources.declared, f"Add it to {sources.file.name}.")
                yield draft.fault(
                    Code.UNKNOWN_SOURCE, f"There is no source {shown(source)}.", hint, at=f"sources.{source}"
                )
    whole = drafts.complete and used <= sources.declared.keys() and len(drafts.facts()) == len(drafts.ids())
    for source, (line, column) in sources.declared.items():
        if whole and source not in used:
            message = f"No fact cites {shown(source)}."
            hint = "Remove it, or cite it."
            yield sources.file.fault(Code.UNUSED_SOURCE, message, hint, line=line, column=column)


def check_superseded(drafts: Drafts) -> Iterator[Fault]:
    """Find facts that are replaced by nothing, by a withdrawn fact, or in a circle."""
    facts = {fact_id: draft for fact_id, (_, draft) in drafts.facts().items()}
    ids = drafts.ids()
    for draft in facts.values():
        target = draft.entry.superseded_by
        if target is None:
            continue
        if target not in ids:
            if not drafts.complete:
                continue
            hint = did_you_mean(target, ids - {draft.id}, "Write the id of the fact that replaces this one.")
            yield draft.fault(Code.UNKNOWN_FACT, f"There is no fact {shown(target)}.", hint, at="superseded_by")
        elif target in facts and facts[target].entry.withdrawn:
            message = f"{shown(target)} is withdrawn itself."
            yield draft.fault(Code.WITHDRAWN_FACT, message, "Name a fact that is served.", at="superseded_by")
        elif _comes_back(draft.id, facts):
            message = (
                "This fact replaces itself." if target == draft.id else "These facts replace one another in a circle."
            )
            yield draft.fault(
                Code.SUPERSEDED_CYCLE, message, "Let the newest one have no superseded_by.", at="superseded_by"
            )


def _comes_back(fact_id: str, facts: Mapping[str, ParsedFact]) -> bool:
    """Whether following superseded_by from a fact leads to it again."""
    seen: set[str] = set()
    at: str | None = fact_id
    while at is not None and at in facts and at not in seen:
        seen.add(at)
        at = facts[at].entry.superseded_by
    return at == fact_id


def check_dates(drafts: Drafts, today: date) -> Iterator[Fault]:
    """Find dates that are still to come."""
    for _, draft in drafts.facts().values():
        entry = draft.entry
        dates = {"as_of": entry.as_of, "checked_on": entry.checked_on}
        dates |= {name: getattr(entry, name).on for name in ("corrected", "withdrawn") if getattr(entry, name)}
        for name, date_ in dates.items():
            if date_ is not None and date_ > today:
                yield draft.fault(Code.FUTURE_DATE, f"{day(date_)} is still to come.", "Check the year.", at=name)


def check_reviews(drafts: Drafts, today: date, checked_on: date, review_every: int) -> Iterator[Fault]:
    """Find facts that nobody compared with their sources for `review_every` days."""
    for _, draft in drafts.facts().values():
        due = (draft.entry.checked_on or checked_on) + timedelta(days=review_every)
        if due < today and not draft.entry.withdrawn and not draft.entry.superseded_by:
            hint = "Compare the fact with its sources, then set checked_on to that day."
            yield draft.fault(Code.REVIEW_OVERDUE, f"A new check was due on {day(due)}.", hint)


def check_vanished(published: Iterable[Fact], content: Content) -> Iterator[Fault]:
    """Find facts that are published and served, and stand in no file any more: nobody would be told why."""
    here = {fact.statement: fact.id for fact in content.facts.values()}
    for fact in published:
        if fact.id in content.facts or not fact.is_current:
            continue
        hint = "Put it back, and say why with `withdrawn:`."
        if new := here.get(fact.statement):
            hint = f"It stands as {shown(new)} now: put the old one back, with `superseded_by: {new}`."
        message = f"{shown(fact.id)} is published and in no file any more: publishing withdraws it without a reason."
        yield Fault(fact.place.file, 1, 1, Code.VANISHED_FACT, message, hint, fact_id=fact.id)
