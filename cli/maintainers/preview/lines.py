"""A briefing's lines as readers get them, each with the file and line where its text is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from bot.content.checks.briefings import BRIEFING_FILE, read_briefing
from bot.content.memorandum import MEMORANDUM_FILE, TEMPLATES_FOLDER
from bot.content.models import OVERVIEW, SourceLocation
from bot.content.render import Renderer
from bot.content.yaml.reader import parse as parse_yaml
from cli.maintainers.content_folder import text_of
from handlers.rendering.blocks import MarkdownKind, TextUnit, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from bot.content.models import Content, Fact

_FIRST_MARK: Final = 0xF0000
"""Characters from here on are for private use (Unicode, plane 15). One before a fact's text says which fact it is."""
_LAST_MARK: Final = 0xFFFFD
_TEMPLATE: Final = SourceLocation(f"{TEMPLATES_FOLDER}/briefing.md.j2", 1, 1)


@dataclass(frozen=True)
class Line:
    """A heading, paragraph or list item; `fact_id` is empty for what is no fact's text."""

    unit: TextUnit
    place: SourceLocation
    fact_id: str = ""


def briefing_lines(
    content: Content, files: Mapping[str, bytes], area: str, *, long: bool, last: AbstractSet[str]
) -> list[Line]:
    """Return an area's briefing. `files` are those that the content was read from; `last`: facts that come last."""
    listed = list(content.facts.values())
    marked = {fact.id: _marked(fact, number) for number, fact in enumerate(listed)}
    markdown = Renderer(replace(content, facts=marked)).briefing(area, long=long, last=last)
    headings = list(_headings(files, area, long=long))
    lines = []
    for unit in parse(markdown):
        found, number = _unmarked(unit)
        words = "".join(element["text"] for element in found.elements)
        if number is not None and number < len(listed):
            lines.append(Line(found, listed[number].place, listed[number].id))
        elif found.kind is MarkdownKind.HEADER:
            lines.append(Line(found, _title(content, files, area)))
        else:
            at = next((n for n, (heading, _) in enumerate(headings) if heading == words), None)
            lines.append(Line(found, _TEMPLATE if at is None else headings.pop(at)[1]))
    return lines


def _marked(fact: Fact, number: int) -> Fact:
    mark = chr(min(_FIRST_MARK + number, _LAST_MARK))
    return replace(fact, short=mark + (fact.short or fact.statement))


def _unmarked(unit: TextUnit) -> tuple[TextUnit, int | None]:
    """Return a unit without the mark of its fact, and the fact's number."""
    number = None
    elements: list[dict[str, Any]] = []
    for element in unit.elements:
        words = element["text"]
        marks = [char for char in words if _FIRST_MARK <= ord(char) <= _LAST_MARK]
        if marks and number is None:
            number = ord(marks[0]) - _FIRST_MARK
        elements.append({**element, "text": "".join(char for char in words if char not in marks)})
    return replace(unit, elements=tuple(elements)), number


def _headings(files: Mapping[str, bytes], area: str, *, long: bool) -> Iterator[tuple[str, SourceLocation]]:
    """Yield the headings of an area's briefing.yaml that are shown, and where they are."""
    read = read_briefing(text_of(files, f"{area}/{BRIEFING_FILE}"))
    for number, section in enumerate(read.briefing.sections if read.briefing else ()):
        if long or not section.details:
            yield section.heading, SourceLocation(read.file.name, *read.parsed.spot(("sections", number, "heading")))


def _title(content: Content, files: Mapping[str, bytes], area: str) -> SourceLocation:
    """Return where an area's title is in memorandum.yaml."""
    number = next(each.number for each in content.areas if each.key == area)
    path = ("agreement", "title") if area == OVERVIEW else ("areas", number - 1, "title")
    parsed = parse_yaml(text_of(files, MEMORANDUM_FILE), holds_facts=False)
    return SourceLocation(MEMORANDUM_FILE, *parsed.spot(path))
