"""Adds an area to the content's files: complete with its folder, a first fact and a briefing, so that it loads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.content.checks.briefings import BRIEFING_FILE, REPORTED_WITHIN
from bot.content.editing.changes import EditConflictError, EditError
from bot.content.editing.edit import edited
from bot.content.editing.files import EditableFile
from bot.content.editing.scalars import inline
from bot.content.editing.yaml_text import YamlText
from bot.content.files import TextFile
from bot.content.memorandum import MEMORANDUM_FILE, SOURCES_FILE, read_memorandum, read_sources
from bot.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.content.editing.changes import ContentChange, FieldValue

_HEADER: Final = "# yaml-language-server: $schema=../briefing.schema.json\n"


@dataclass(frozen=True, slots=True)
class NewArea:
    """An area to add behind the others, with its first fact and the heading below which its briefing shows that."""

    key: str
    title: str
    aliases: tuple[str, ...]
    fact: ContentChange
    heading: str


def with_area(files: Mapping[str, bytes | str], area: NewArea) -> dict[str, str]:
    """Return the files that a new area touches, by path, its line in memorandum.yaml last. Raises EditError."""
    if area.fact.file.partition("/")[0] != area.key:
        raise EditError(
            f"{shown(area.fact.file)} is not in the area's folder.", f"Name one as {area.key}/subject.yaml."
        )
    there = next((name for name in files if name.startswith(f"{area.key}/")), None)
    if there is not None:
        raise EditConflictError(f"There is a folder {shown(area.key)} already: it has {there}.", "Choose another key.")
    file = EditableFile.read(MEMORANDUM_FILE, files.get(MEMORANDUM_FILE, b""))
    fields: dict[str, FieldValue] = {"key": area.key, "title": area.title, "aliases": area.aliases}
    given = {name: value for name, value in fields.items() if value}
    text = YamlText.read(MEMORANDUM_FILE, file.text).with_mapping(("areas",), given).text
    briefing = {
        f"{area.key}/{BRIEFING_FILE}": "\n".join(
            (
                f"{_HEADER}sections:",
                f"  - heading: {inline(area.heading, flow=False)}",
                *(["    later: true"] if _is_later(files, area.fact) else []),
                "    facts:",
                f"      - {area.fact.fact_id}\n",
            )
        )
    }
    return edited(files, area.fact) | briefing | {MEMORANDUM_FILE: file.written(text)}


def _is_later(files: Mapping[str, bytes | str], fact: ContentChange) -> bool:
    """Whether a new fact is of a later day than the header of briefings says."""
    memorandum = read_memorandum(_text(files, MEMORANDUM_FILE)).memorandum
    sources = read_sources(_text(files, SOURCES_FILE)).sources
    cited = fact.fields.get("sources", ())
    days = [sources[each].published for each in cited if each in sources]
    return bool(memorandum and days and max(days) > memorandum.position_on + REPORTED_WITHIN)


def _text(files: Mapping[str, bytes | str], name: str) -> TextFile:
    return TextFile(name, EditableFile.read(name, files.get(name, b"")).text)
