"""The content folder of whoever adds to it: the names that it has, tidy answers, and writing all or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import typer

from bot.content.areas import plain_name
from bot.content.certainty import Certainty
from bot.content.checks.briefings import BRIEFING_FILE, read_briefing
from bot.content.checks.layout import is_fact_file
from bot.content.fact_files import read_fact_file
from bot.content.faults import Severity
from bot.content.files import FINGERPRINTS, TextFile, decode, list_folder
from bot.content.memorandum import MEMORANDUM_FILE, SOURCES_FILE, read_memorandum, read_sources
from bot.content.models import OVERVIEW
from bot.errors import BriefingBotError
from bot.publishing.applying.candidate import candidate_with
from bot.publishing.applying.folder import write
from bot.text import did_you_mean, shown, visible
from cli import report
from cli.folder_check import check_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from pathlib import Path

    from bot.content.faults import Fault
    from bot.publishing.applying.candidate import Candidate

_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ADDRESS: Final = re.compile(r"https://[^\s<>|]+")
_FORM: Final = "Use small letters, digits and hyphens."


@dataclass(frozen=True)
class ContentNames:
    """What a content folder has by name; faulty files give what can be read of them. `sources` go by id."""

    files: Mapping[str, bytes]
    areas: tuple[str, ...]
    sources: Mapping[str, str]
    facts: frozenset[str]

    @classmethod
    def read(cls, folder: Path) -> ContentNames:
        """Read a folder. Raises BriefingBotError where memorandum.yaml cannot be read."""
        files = list_folder(folder).files
        memorandum = read_memorandum(text_of(files, MEMORANDUM_FILE)).memorandum
        if memorandum is None:
            raise BriefingBotError(
                f"{MEMORANDUM_FILE} has a fault.", "Run briefing-bot check, and put that right first."
            )
        read = read_sources(text_of(files, SOURCES_FILE))
        sources = {key: read.sources[key].name if key in read.sources else "" for key in read.declared}
        facts = (read_fact_file(text_of(files, name)).declared for name in files if is_fact_file(name))
        areas = (OVERVIEW, *(area.key for area in memorandum.areas))
        return cls(files, areas, sources, frozenset(fact_id for each in facts for fact_id in each))

    @property
    def fact_files(self) -> list[str]:
        """The fact files, by area."""
        return [
            name for area in self.areas for name in sorted(self.files) if is_fact_file(name) and _area(name) == area
        ]

    @property
    def listed_sources(self) -> str:
        """The ids of the sources, each with what it is called."""
        width = max(map(len, self.sources), default=0)
        return "\n".join(visible(f"{key:{width}}  {name}") for key, name in sorted(self.sources.items()))

    def headings(self, path: str) -> list[str]:
        """Return the headings of the briefing of a fact file's area."""
        briefing = read_briefing(text_of(self.files, f"{_area(path)}/{BRIEFING_FILE}")).briefing
        return [section.heading for section in briefing.sections] if briefing else []

    def fact_file(self, words: str) -> str:
        """Return the path of a fact file, there or new, in an area that is there."""
        area, _, subject = words.strip("/").removesuffix(".yaml").partition("/")
        path = f"{area}/{subject}.yaml"
        if area not in self.areas:
            hint = did_you_mean(area, self.areas, f"The areas are {', '.join(self.areas)}.")
            raise BriefingBotError(f"There is no area {shown(area)}.", hint)
        if path not in self.files and (not _ID.fullmatch(subject) or not is_fact_file(path)):
            raise BriefingBotError(f"{shown(words)} is no fact file.", f"Write {area}/ and a subject. {_FORM}")
        return path

    def heading(self, path: str, words: str) -> str:
        """Return a heading of the area's briefing, given as it is or by its number."""
        headings = self.headings(path)
        if words.isdecimal() and len(words) < len(str(len(headings))) + 1 and 0 < int(words) <= len(headings):
            return headings[int(words) - 1]
        found = next((each for each in headings if plain_name(each) == plain_name(words)), None)
        if found is None:
            hint = did_you_mean(words, headings, f"The headings are: {'; '.join(headings)}.")
            raise BriefingBotError(f"{_area(path)}/{BRIEFING_FILE} has no heading {shown(words)}.", hint)
        return found

    def source(self, words: str) -> str:
        """Return the id of a source that is there."""
        if words not in self.sources:
            hint = did_you_mean(words, self.sources, "Add it first: briefing-bot new source")
            raise BriefingBotError(f"There is no source {shown(words)}.", hint)
        return words

    def new_fact(self, words: str) -> str:
        """Return an id that no fact has."""
        return _free(words, self.facts, "fact")

    def new_source(self, words: str) -> str:
        """Return an id that no source has."""
        return _free(words, self.sources, "source")

    def new_area(self, words: str) -> str:
        """Return a key that no area and no folder has."""
        taken = {*self.areas, *(name.partition("/")[0] for name in self.files), FINGERPRINTS}
        if words[:1].isdigit():
            raise BriefingBotError(f"{shown(words)} begins with a digit.", "Begin an area's key with a letter.")
        return _free(words, taken, "area or folder")


def certainty(words: str) -> str:
    """Return one of the six words for how firm a source is."""
    if words.lower() not in set(Certainty):
        hint = did_you_mean(words, list(Certainty), f"Write one of {', '.join(Certainty)}.")
        raise BriefingBotError(f"{shown(words)} is no certainty.", hint)
    return words.lower()


def published_day(words: str) -> str:
    """Return a day as files have it."""
    try:
        return date.fromisoformat(words).isoformat()
    except ValueError:
        raise BriefingBotError(f"{shown(words)} is no day.", "Write it as 2026-11-22.") from None


def address(words: str) -> str:
    """Return the address of a page."""
    if not _ADDRESS.fullmatch(words):
        raise BriefingBotError(f"{shown(words)} is no address of a page.", "It begins with https:// and has no blanks.")
    return words


def save(
    folder: Path, edit: Callable[[Mapping[str, bytes]], dict[str, str]], left: list[str], *, again: str = ""
) -> None:
    """Write an edit, say where, and print what `check` finds and what is left to do.

    All is written or nothing: an error that the folder has only with the edit keeps it out, and the command exits 1.
    `again` is printed then: the command with all answers.
    """
    found: tuple[Fault, ...] = ()

    def made() -> Candidate:
        nonlocal found
        candidate = candidate_with(folder, edit, check_folder)
        found = candidate.faults
        if candidate.content is None:
            known = {_same(fault) for fault in check_folder(folder)[1]}
            new = [each for each in found if each.severity is Severity.ERROR and _same(each) not in known]
            if new:
                typer.echo(report.human(new, folder), err=True)
                typer.echo("Nothing is written. The lines are those that the files would have.", err=True)
                if again:
                    typer.echo(f"To change an answer, edit this command:\n{again}", err=True)
                raise typer.Exit(1)
        return candidate

    names = write(folder, made)
    typer.echo(f"Wrote {' and '.join(report.shown_file(folder, name) for name in names)}.")
    if found:
        typer.echo(f"\n{report.human(found, folder)}")
    if left:
        typer.echo("\nLeft to do:")
        for line in left:
            typer.echo(f"- {line}")


def _same(fault: Fault) -> tuple[str, str, str, str | None]:
    """Return what is the same of a fault when lines move."""
    return fault.file, fault.code, fault.message, fault.fact_id


def _free(words: str, taken: Container[str], kind: str) -> str:
    if not _ID.fullmatch(words):
        raise BriefingBotError(f"{shown(words)} is no key.", _FORM)
    if words in taken:
        raise BriefingBotError(f"There is a {kind} {shown(words)} already.", "Choose another key.")
    return words


def _area(path: str) -> str:
    return path.partition("/")[0]


def text_of(files: Mapping[str, bytes], name: str) -> TextFile:
    """Return a file's text; an empty one where there is none, or where it is not UTF-8."""
    file = decode(name, files.get(name, b""))
    return file if isinstance(file, TextFile) else TextFile(name, "")
