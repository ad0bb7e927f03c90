"""What an edit changes beside facts, as far as readers see it: sources, memorandum.yaml and the templates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Final

from bot.content.models import Citation, DatedReason
from bot.publishing.comparing.differing_lines import line_pairs
from bot.recurrence.bank_holidays import BankHoliday
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.content.models import Content, Memorandum, Source

SOURCES: Final = "sources.yaml"
MEMORANDUM: Final = "memorandum.yaml"
ADDRESS: Final = "address"
_BY_NAME: Final = frozenset({"overview", "areas", "other_names", "owners"})
"""Fields of the memorandum whose parts are compared one by one."""


@dataclass(frozen=True, slots=True)
class EntryEdit:
    """A source, memorandum.yaml or a template that differs. `name` is a source's id; empty for a whole file.

    `fields` are those that differ: name, text before, text after; a source that is new or gone has one side empty.
    `cited_by` counts the facts that cite the source, before or after.
    """

    file: str
    name: str
    fields: tuple[tuple[str, str, str], ...]
    cited_by: int = 0

    @property
    def address(self) -> tuple[str, str] | None:
        """The old and the new address of a source that was there before and has another one now."""
        found = ((old, new) for name, old, new in self.fields if name == ADDRESS and self.file == SOURCES)
        return next((pair for pair in found if all(pair)), None)


def entry_edits(before: Content, after: Content) -> Iterator[EntryEdit]:
    """Yield the sources that differ in the order of the file, then memorandum.yaml, then templates."""
    cited = Counter(source for cites in _citing(before, after).values() for source in cites)
    for source_id in dict.fromkeys((*after.sources, *before.sources)):
        old, new = (_source(each.sources.get(source_id)) for each in (before, after))
        if differing := _differing(old, new):
            yield EntryEdit(SOURCES, source_id, differing, cited[source_id])
    if differing := _differing(_memorandum(before.memorandum), _memorandum(after.memorandum)):
        yield EntryEdit(MEMORANDUM, "", differing)
    for name in dict.fromkeys((*after.templates, *before.templates)):
        lines = line_pairs(*(each.templates.get(name, "") for each in (before, after)))
        if differing := tuple(("line", old, new) for old, new in lines):
            yield EntryEdit(name, "", differing)


def as_text(value: object) -> str:
    """Return the value of a field as a reader of the comparison sees it; empty for none."""
    match value:
        case None:
            text = ""
        case tuple():
            text = "; ".join(as_text(each) for each in value)
        case DatedReason():
            text = f"{day(value.on)}: {value.why}"
        case Citation():
            text = f"{value.source.id}: {value.where}" if value.where else value.source.id
        case BankHoliday():
            removed = ", removed" if value.is_removed else ""
            text = f"{value.calendar.value} {day(value.on)}: {value.name}{removed}"
        case date():
            text = day(value)
        case _:
            text = str(value)
    return text


def _citing(*contents: Content) -> Mapping[str, set[str]]:
    """Return the ids of the sources that each fact cites."""
    found: dict[str, set[str]] = {}
    for content in contents:
        for fact in content.facts.values():
            found.setdefault(fact.id, set()).update(each.source.id for each in fact.citations)
    return found


def _source(source: Source | None) -> dict[str, str]:
    if source is None:
        return {}
    return {
        ADDRESS: source.url,
        "title": source.title,
        "publisher": source.publisher,
        "published": source.published_on,
        "label": source.label,
    }


def _memorandum(memorandum: Memorandum) -> dict[str, str]:
    """Return every field of memorandum.yaml as text: those of areas, names and owners one by one."""
    names = (each.name for each in fields(memorandum) if each.name not in _BY_NAME)
    found = {name: as_text(getattr(memorandum, name)) for name in names}
    found["areas"] = as_text(tuple(area.key for area in memorandum.areas))
    for area in (memorandum.overview, *memorandum.areas):
        found |= {f"{area.key}: title": area.title, f"{area.key}: aliases": as_text(area.aliases)}
    found |= {f"other_names: {name}": as_text(others) for name, others in memorandum.other_names}
    return found | {f"owners: {name}": owner for name, owner in memorandum.owners}


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    names = dict.fromkeys((*new, *old))
    pairs = ((name, old.get(name, ""), new.get(name, "")) for name in names)
    return tuple((name, one, other) for name, one, other in pairs if one != other)
