"""The preview's pages as HTML. They are built as a tree, so that every text and address in them is escaped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from bot.content.faults import Severity
from bot.text import visible
from handlers.rendering.blocks import MarkdownKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.content.faults import Fault
    from bot.content.files import TextFile
    from bot.content.models import Area, SourceLocation
    from cli.maintainers.preview.lines import Line

FILES: Final = "/files/"
STATIC: Final = "/static/"
_HEADINGS: Final = {MarkdownKind.HEADER: "h2", MarkdownKind.HEADING: "h3"}
_LISTS: Final = {MarkdownKind.BULLET: "ul", MarkdownKind.ORDERED: "ol"}


@dataclass(frozen=True)
class BriefingPage:
    """What the page of a briefing shows. `is_old`: its lines are from before the newest edit, which has errors."""

    areas: Sequence[Area]
    area: Area | None
    lines: Sequence[Line]
    faults: Sequence[Fault]
    edition: int
    is_long: bool
    is_old: bool


def briefing_page(shown: BriefingPage) -> str:
    """Return the page of a briefing."""
    title = shown.area.title if shown.area else "No briefing"
    document, main = _document(f"{title} – preview", shown.edition)
    _navigation(main, shown)
    if shown.faults:
        _faults(main, shown.faults)
    if shown.is_old and shown.area:
        _add(main, "p", "The briefing below is from before the newest edit.", **{"class": "old"})
    if shown.area:
        _briefing(SubElement(main, "article"), shown.lines)
    elif not shown.faults:
        _add(main, "p", "There is nothing to show.")
    return _written(document)


def file_page(file: TextFile, edition: int) -> str:
    """Return the page of a content file, with an anchor for each line."""
    document, main = _document(f"{file.name} – preview", edition)
    _add(SubElement(main, "nav", {"aria-label": "Preview"}), "a", "Back to the briefing", href="/")
    _add(main, "h2", visible(file.name))
    lines = SubElement(main, "ol", {"class": "file"})
    for number, text in enumerate(file.lines, start=1):
        _add(SubElement(lines, "li", {"id": f"L{number}"}), "code", visible(text) or " ")
    return _written(document)


def _document(title: str, edition: int) -> tuple[Element, Element]:
    document = Element("html", {"lang": "en-GB"})
    head = SubElement(document, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"})
    _add(head, "title", visible(title))
    SubElement(head, "link", {"rel": "stylesheet", "href": f"{STATIC}preview.css"})
    SubElement(head, "link", {"rel": "icon", "href": f"{STATIC}icon.svg"})
    SubElement(head, "script", {"src": f"{STATIC}preview.js", "defer": "defer"})
    body = SubElement(document, "body")
    header = SubElement(body, "header")
    _add(header, "h1", "Preview of the briefings")
    SubElement(header, "p", {"role": "status", "id": "status"})
    return document, SubElement(body, "main", {"data-edition": str(edition)})


def _navigation(main: Element, shown: BriefingPage) -> None:
    areas = SubElement(SubElement(main, "nav", {"aria-label": "Areas"}), "ul")
    query = "?details=1" if shown.is_long else ""
    for area in shown.areas:
        here = {"aria-current": "page"} if shown.area and area.key == shown.area.key else {}
        _add(SubElement(areas, "li"), "a", visible(area.title), href=f"/{quote(area.key)}{query}", **here)
    if shown.area:
        words, query = ("Hide the details", "") if shown.is_long else ("Show the details too", "?details=1")
        _add(SubElement(main, "p"), "a", words, href=f"/{quote(shown.area.key)}{query}")


def _faults(main: Element, faults: Sequence[Fault]) -> None:
    section = SubElement(main, "section", {"aria-labelledby": "faults"})
    has_errors = any(fault.severity is Severity.ERROR for fault in faults)
    _add(section, "h2", "To put right" if has_errors else "To look at", id="faults")
    found = SubElement(section, "ul", {"class": "faults"})
    for fault in faults:
        item = SubElement(found, "li", {"class": fault.severity.value})
        place = f"{visible(fault.file)}:{fault.line}:{fault.column}"
        _add(item, "a", place, href=_address(fault.file, fault.line))
        _add(item, "strong", f" {fault.severity.value} {fault.code.value}")
        if fault.source_line.strip():
            _add(SubElement(item, "pre"), "code", visible(fault.source_line))
        _add(item, "p", visible(f"{fault.message} {fault.hint}".strip()))
        if fault.paste:
            _add(SubElement(item, "pre"), "code", "\n".join(map(visible, fault.paste.splitlines())))


def _briefing(article: Element, lines: Sequence[Line]) -> None:
    within: Element | None = None
    kind = None
    for line in lines:
        unit = line.unit
        if unit.kind is MarkdownKind.DIVIDER:
            within, kind = None, None
            SubElement(article, "hr")
            continue
        if unit.kind in _LISTS:
            if within is None or kind is not unit.kind:
                within, kind = SubElement(article, _LISTS[unit.kind]), unit.kind
            item = SubElement(within, "li")
        else:
            within, kind = None, None
            item = SubElement(article, _HEADINGS.get(unit.kind, "p"))
        for element in unit.elements:
            _element(item, element)
        _place(item, line.place)


def _element(parent: Element, element: dict[str, Any]) -> None:
    """Add a rich text element: text or a link, bold or italic."""
    style = element.get("style", {})
    for name, tag in (("bold", "strong"), ("italic", "em")):
        if style.get(name) and not (name == "bold" and parent.tag in _HEADINGS.values()):
            parent = SubElement(parent, tag)
    words = visible(element["text"].replace("\n", " "))
    if "url" in element:
        _add(parent, "a", words, href=element["url"], rel="noreferrer")
    else:
        _add(parent, "span", words)


def _place(parent: Element, place: SourceLocation) -> None:
    text = f"{visible(place.file)}:{place.line}"
    _add(parent, "a", text, href=_address(place.file, place.line), **{"class": "place"})


def _address(file: str, line: int) -> str:
    return f"{FILES}{quote(file, errors='replace')}#L{line}"


def _add(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    element = SubElement(parent, tag, attributes)
    element.text = text
    return element


def _written(document: Element) -> str:
    return f"<!doctype html>\n{tostring(document, encoding='unicode', method='html')}\n"
