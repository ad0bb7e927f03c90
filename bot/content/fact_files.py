"""Reads fact files, and checks each as far as one file can be checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.content.certainty import Certainty
from bot.content.entries import SHORT_WORDS, WHERE_WORDS, FactEntry
from bot.content.faults import Code, Fault
from bot.content.hedges import check_wording
from bot.content.validation import read_entry
from bot.content.yaml.reader import parse
from bot.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.content.faults import Spot
    from bot.content.files import TextFile
    from bot.content.hedges import CertaintyRemark
    from bot.content.yaml.nodes import RawEntry

ID_PATTERN = "[a-z][a-z0-9]*(-[a-z0-9]+)*"
"""What a fact's id looks like, as a regular expression."""
_ID = re.compile(ID_PATTERN)
_SPEAKERS = frozenset({Certainty.FORECAST, Certainty.SAID})
_LINES_OF_A_TEXT = 12
_DATED = ("as_of", "checked_on", "review_by", "corrected", "withdrawn")


@dataclass(frozen=True, slots=True)
class ParsedFact:
    """A fact without faults of its own; its references are not checked yet.

    `spots` maps what other checks report to its place: `""` (the id), fields, and `sources.ID`.
    """

    id: str
    file: TextFile
    entry: FactEntry
    spots: Mapping[str, Spot]

    def fault(self, code: Code, message: str, hint: str = "", *, field: str = "") -> Fault:
        """Return a fault of this fact at one of its spots."""
        return self.file.fault(code, message, hint, self.spots[field], self.id)

    def fault_at(self, code: Code, message: str, hint: str, field: str, words: str) -> Fault:
        """Return a fault of this fact at the first occurrence of `words` in the text of a field."""
        line, column = self.spots[field]
        for number in range(line - 1, min(line + _LINES_OF_A_TEXT, len(self.file.lines))):
            start = column - 1 if number == line - 1 else 0
            if (found := self.file.lines[number].find(words, start)) >= 0:
                line, column = number + 1, found + 1
                break
        return self.file.fault(code, message, hint, (line, column), self.id)

    def where(self) -> Mapping[str, str]:
        """Return the cited words by source id; empty for a source that does not say."""
        sources = self.entry.sources
        return sources if isinstance(sources, dict) else dict.fromkeys(sources, "")


@dataclass(frozen=True, slots=True)
class FactFile:
    """One fact file: its facts without faults, the place of every id in it (faulty or not), and its faults."""

    file: TextFile
    facts: tuple[ParsedFact, ...]
    declared: Mapping[str, Spot]
    faults: tuple[Fault, ...]


def read_fact_file(file: TextFile) -> FactFile:
    """Read a fact file. Raises nothing: whatever is wrong is a fault."""
    parsed = parse(file, holds_facts=True)
    facts: list[ParsedFact] = []
    faults = list(parsed.faults)
    declared = dict(parsed.broken)
    for key, raw in parsed.entries.items():
        declared[key] = raw.key_spot
        if not _ID.fullmatch(key):
            message = f"{shown(key)} cannot be a fact's id."
            hint = f"Use small letters, digits and hyphens, and begin with a letter{_suggested_id(key)}."
            faults.append(file.fault(Code.ID_FORM, message, hint, raw.key_spot, key))
        read = read_entry(file, raw, FactEntry)
        if isinstance(read, list):
            faults.extend(read)
            continue
        own = list(_check(_FaultReporter(file, raw), read))
        faults.extend(own)
        if not any(fault.severity == "error" for fault in own):
            facts.append(ParsedFact(key, file, read, _spots(raw, read)))
    return FactFile(file, tuple(facts), declared, tuple(faults))


def _suggested_id(key: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
    return f", as in {words}" if _ID.fullmatch(words) and len(words) <= len(key) else ""


def _spots(raw: RawEntry, entry: FactEntry) -> dict[str, Spot]:
    spots = {"": raw.key_spot, **{name: raw.spot((name,)) for name in ("statement", "short", "said_by")}}
    for name in _DATED:
        if getattr(entry, name) is not None:
            spots[name] = raw.spot((name, "on") if name in {"corrected", "withdrawn"} else (name,))
    if entry.superseded_by:
        spots["superseded_by"] = raw.spot(("superseded_by",))
    spots |= {f"since.{key}": raw.spot(("since", number)) for number, key in enumerate(entry.since)}
    if isinstance(entry.sources, dict):
        spots |= {f"sources.{key}": raw.key_spot_of(("sources", key)) for key in entry.sources}
    else:
        spots |= {f"sources.{key}": raw.spot(("sources", n)) for n, key in enumerate(entry.sources)}
    return spots


@dataclass(frozen=True, slots=True)
class _FaultReporter:
    """Makes faults at the parts of one entry."""

    file: TextFile
    raw: RawEntry

    def fault(self, code: Code, message: str, hint: str, *path: str | int, key: bool = False) -> Fault:
        spot = self.raw.key_spot_of(path) if key else self.raw.spot(path)
        return self.file.fault(code, message, hint, spot, self.raw.key)

    def remark(self, remark: CertaintyRemark) -> Fault:
        path, spot = (remark.field,), self.raw.spot((remark.field,))
        if remark.words:
            spot = self.raw.spot_of_words(path, self.file.lines, remark.words, remark.number)
        return self.file.fault(*remark.problem, spot, self.raw.key)


def _check(reporter: _FaultReporter, entry: FactEntry) -> Iterator[Fault]:
    yield from _check_speaker(reporter, entry)
    words = len((entry.short or "").split())
    if words > SHORT_WORDS:
        message = f"`short` has {words} words; at most {SHORT_WORDS} are allowed."
        yield reporter.fault(Code.TOO_LONG, message, "Shorten it, and keep its hedge.", "short")
    for remark in check_wording(entry):
        yield reporter.remark(remark)
    yield from _check_sources(reporter, entry)
    yield from _check_list(reporter, "keywords", entry.keywords)
    yield from _check_list(reporter, "asked", entry.asked)
    yield from _check_list(reporter, "since", entry.since)
    if isinstance(entry.sources, list):
        yield from _check_list(reporter, "sources", entry.sources)


def _check_speaker(reporter: _FaultReporter, entry: FactEntry) -> Iterator[Fault]:
    word = entry.certainty.value
    if entry.certainty in _SPEAKERS and entry.said_by is None:
        message = f"The certainty is {word}, but `said_by` is missing."
        yield reporter.fault(Code.SAID_BY_MISSING, message, "Add whose words or forecast it is.", "certainty")
    elif entry.said_by is not None and entry.certainty not in _SPEAKERS:
        message = f"`said_by` belongs to forecast and said; the certainty is {word}."
        yield reporter.fault(Code.SAID_BY_NEEDLESS, message, "Remove it, or change the certainty.", "said_by", key=True)


def _check_sources(reporter: _FaultReporter, entry: FactEntry) -> Iterator[Fault]:
    unstated = entry.certainty is Certainty.UNSTATED
    if isinstance(entry.sources, list):
        if not unstated:
            message = "The words in the source are missing."
            hint = "Write `sources: {source-id: up to seven words as they are there}`."
            yield reporter.fault(Code.WHERE_MISSING, message, hint, "sources")
        return
    for source, where in entry.sources.items():
        words = len(where.split())
        if not where and not unstated:
            message = f"The words in {shown(source)} that say so are missing."
            hint = "Copy up to seven words as they are there, so that the link opens at them."
            yield reporter.fault(Code.WHERE_MISSING, message, hint, "sources", source, key=True)
        elif where and unstated:
            message = "A fact that is unstated has no words to cite."
            hint = "List the ids of the sources that do not say: [one, other]."
            yield reporter.fault(Code.WHERE_NEEDLESS, message, hint, "sources", source)
        elif words > WHERE_WORDS:
            message = f"{words} words are cited; at most {WHERE_WORDS} are allowed."
            yield reporter.fault(Code.TOO_LONG, message, "Keep the most telling words.", "sources", source)


def _check_list(reporter: _FaultReporter, name: str, items: Iterable[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, item in enumerate(items):
        if not item:
            yield reporter.fault(Code.EMPTY_FIELD, f"An item of `{name}` is empty.", "Remove it.", name, number)
        elif item.casefold() in seen:
            yield reporter.fault(Code.LISTED_TWICE, f"{shown(item)} is listed twice.", "Remove one.", name, number)
        seen.add(item.casefold())
