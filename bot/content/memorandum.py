"""Reads memorandum.yaml (the subject, the areas, bank holidays) and sources.yaml (the texts that facts cite)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.content.areas import RESERVED_WORDS, plain_name
from bot.content.entries import MemorandumEntry, SourceEntry
from bot.content.faults import Code, Fault
from bot.content.models import OVERVIEW, Area, Memorandum, Source
from bot.content.validation import read_entry
from bot.content.yaml.reader import parse
from bot.recurrence.bank_holidays import BankHoliday
from bot.recurrence.rule import Calendar
from bot.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from bot.content.faults import Problem, Spot
    from bot.content.files import TextFile
    from bot.content.yaml.nodes import Path
    from bot.content.yaml.reader import Parsed

MEMORANDUM_FILE = "memorandum.yaml"
SOURCES_FILE = "sources.yaml"
TEMPLATES_FOLDER = "templates"
_SOURCE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class MemorandumFile:
    """memorandum.yaml as read; `memorandum` is None when it has faults of form. `key_spots` are by area key.

    `dates` are those that lie in the past, each with its place.
    """

    file: TextFile
    memorandum: Memorandum | None
    key_spots: Mapping[str, Spot]
    areas_spot: Spot
    faults: tuple[Fault, ...]
    dates: tuple[tuple[date, Spot], ...] = ()


@dataclass(frozen=True, slots=True)
class SourcesFile:
    """sources.yaml as read: the sources without faults, and the place of every id in it, faulty or not.

    `dates` are those of publication, each with its place; `addresses` are the places of those, by the source's id.
    """

    file: TextFile
    sources: Mapping[str, Source]
    declared: Mapping[str, Spot]
    faults: tuple[Fault, ...]
    dates: tuple[tuple[date, Spot], ...] = ()
    addresses: Mapping[str, Spot] = field(default_factory=dict)


def read_memorandum(file: TextFile) -> MemorandumFile:
    """Read memorandum.yaml. Raises nothing: whatever is wrong is a fault."""
    parsed = parse(file, holds_facts=False)
    areas_spot = parsed.entries["areas"].key_spot if "areas" in parsed.entries else (1, 1)
    read = read_entry(file, parsed.whole, MemorandumEntry)
    if isinstance(read, list):
        return MemorandumFile(file, None, {}, areas_spot, (*parsed.faults, *read))
    spots = {area.key: parsed.spot(("areas", number, "key")) for number, area in enumerate(read.areas)}
    checked = (
        *_check_names(file, parsed, read),
        *_check_bank_holidays(file, parsed, read),
        *_check_owners(file, parsed, read),
    )
    memorandum = Memorandum(
        title=read.title,
        short_title=read.short_title,
        parties=tuple(read.parties),
        position_on=read.position_on,
        contact=read.contact,
        scope=read.scope,
        checked_on=read.checked_on,
        review_every=read.review_every,
        overview=Area(OVERVIEW, 0, read.agreement.title, tuple(read.agreement.aliases)),
        areas=tuple(Area(area.key, n, area.title, tuple(area.aliases)) for n, area in enumerate(read.areas, 1)),
        bank_holidays=tuple(_bank_holidays(read)),
        other_names=tuple((name, tuple(others)) for name, others in read.other_names.items()),
        owners=tuple(read.owners.items()),
    )
    dates = tuple((getattr(read, name), parsed.spot((name,))) for name in ("position_on", "checked_on"))
    return MemorandumFile(file, memorandum, spots, areas_spot, (*parsed.faults, *checked), dates)


def read_sources(file: TextFile) -> SourcesFile:
    """Read sources.yaml. Raises nothing: whatever is wrong is a fault."""
    parsed = parse(file, holds_facts=False)
    sources: dict[str, Source] = {}
    dates: list[tuple[date, Spot]] = []
    addresses: dict[str, Spot] = {}
    faults = list(parsed.faults)
    declared = dict(parsed.broken)
    for key, raw in parsed.entries.items():
        declared[key] = raw.key_spot
        if not _SOURCE_ID.fullmatch(key):
            hint = "Use small letters, digits and hyphens."
            message = f"{shown(key)} cannot be a source's id."
            faults.append(file.fault(Code.ID_FORM, message, hint, raw.key_spot))
        read = read_entry(file, raw, SourceEntry)
        if isinstance(read, list):
            faults.extend(read)
        else:
            dates.append((read.published, raw.spot(("published",))))
            addresses[key] = raw.spot(("url",))
            sources[key] = Source(
                key, read.title, read.publisher, read.published, read.url, read.label or "", read.day_known
            )
    return SourcesFile(file, sources, declared, tuple(faults), tuple(dates), addresses)


def _check_names(file: TextFile, parsed: Parsed, entry: MemorandumEntry) -> Iterator[Fault]:
    """Find names that nobody could type for an area, or that would mean two areas."""
    owner: dict[str, str] = {OVERVIEW: OVERVIEW}
    for area, name, path in _names(entry):
        plain = plain_name(name)
        problem = _problem(area, name, plain, owner, is_key=path[-1] == "key")
        if problem:
            yield file.fault(*problem, parsed.spot(path))
        else:
            owner[plain] = area
    yield from _check_twice(file, parsed, entry.agreement.aliases, ("agreement", "aliases"))
    for number, each in enumerate(entry.areas):
        yield from _check_twice(file, parsed, each.aliases, ("areas", number, "aliases"))


def _names(entry: MemorandumEntry) -> Iterator[tuple[str, str, Path]]:
    """Yield every name: its area (by its index), the name as written, and its path."""
    yield OVERVIEW, entry.agreement.title, ("agreement", "title")
    for n, alias in enumerate(entry.agreement.aliases):
        yield OVERVIEW, alias, ("agreement", "aliases", n)
    for n, area in enumerate(entry.areas):
        yield f"area {n}", area.key, ("areas", n, "key")
        yield f"area {n}", area.title, ("areas", n, "title")
        for m, alias in enumerate(area.aliases):
            yield f"area {n}", alias, ("areas", n, "aliases", m)


def _problem(area: str, name: str, plain: str, owner: Mapping[str, str], *, is_key: bool) -> Problem | None:
    if not plain:
        return Code.BAD_VALUE, f"{shown(name)} has no letters or digits.", "Write a name that people can type."
    if plain in RESERVED_WORDS or (is_key and name == TEMPLATES_FOLDER):
        return Code.NAME_RESERVED, f"{shown(name)} means something else to the bot.", "Choose another name."
    if plain.isdigit():
        return Code.NAME_NUMBER, f"{shown(name)} would be taken for an area's number.", "Add a word to it."
    if owner.get(plain, area) != area:
        return Code.NAME_TAKEN, f"{shown(name)} already names another area.", "Keep it for one of the two."
    return None


def _check_twice(file: TextFile, parsed: Parsed, names: list[str], path: Path) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, name in enumerate(names):
        plain = plain_name(name)
        if plain and plain in seen:
            message = f"{shown(name)} is listed twice."
            yield file.fault(Code.LISTED_TWICE, message, "Remove one.", parsed.spot((*path, number)))
        seen.add(plain)


def _check_owners(file: TextFile, parsed: Parsed, entry: MemorandumEntry) -> Iterator[Fault]:
    """Find owners without a name, or listed twice."""
    seen: set[str] = set()
    for name in entry.owners:
        plain = plain_name(name)
        spot = parsed.spot(("owners", name))
        if not plain:
            yield file.fault(Code.EMPTY_FIELD, "An owner has no name.", "Write it as the facts' `owner` has it.", spot)
        elif plain in seen:
            yield file.fault(Code.LISTED_TWICE, f"{shown(name)} is listed twice.", "Remove one.", spot)
        seen.add(plain)


def _bank_holidays(entry: MemorandumEntry) -> Iterator[BankHoliday]:
    for each in entry.bank_holidays:
        if on := each.add or each.remove:
            yield BankHoliday(Calendar(each.calendar), on, each.name or "", is_removed=each.add is None)


def _check_bank_holidays(file: TextFile, parsed: Parsed, entry: MemorandumEntry) -> Iterator[Fault]:
    """Find bank holidays without a day or a name, with two days, or listed twice."""
    seen: set[tuple[str, date]] = set()
    for number, each in enumerate(entry.bank_holidays):
        on = each.add or each.remove
        problem = None
        if on is None:
            problem = Code.MISSING_FIELD, "The bank holiday has no day.", "Give `add` or `remove` a date."
        elif each.add and each.remove:
            problem = Code.BAD_VALUE, "One entry cannot add and remove.", "Make two entries of it."
        elif each.add and not each.name:
            problem = Code.MISSING_FIELD, "The bank holiday has no name.", "Add `name`: readers see it."
        elif (each.calendar, on) in seen:
            problem = Code.LISTED_TWICE, f"{on.isoformat()} is listed twice for {each.calendar}.", "Remove one."
        if problem:
            yield file.fault(*problem, parsed.spot(("bank_holidays", number)))
        elif on:
            seen.add((each.calendar, on))
