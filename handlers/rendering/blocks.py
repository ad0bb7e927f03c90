"""Rendered Markdown → Block Kit and plain text.

The Markdown in use is small: headings, paragraphs, bullet and numbered lists, links, bold, italics and `---`; all else
is literal text. Words of facts and users only ever become text elements of `rich_text` and `plain_text` objects. Slack
parses neither, so nothing in them can ping anybody (Slack's reference: "Rich text block", "Text object").

Blocks are plain dicts, because building them through slack_sdk's models costs forty times as much; tests hold them to
the models. Slack's limits are kept by handlers/rendering/splitting.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from markdown_it.token import Token

Block: TypeAlias = "dict[str, Any]"
"""A Block Kit block, or an element of one, as Slack reads it."""

HEADER_LIMIT: Final = 150
URL_LIMIT: Final = 3000
INDENT_LIMIT: Final = 8
PARTS_KEPT: Final = 1024
"""Parts of texts, and lines, that are kept as read: those of a few hundred facts, about a KiB each."""

_INLINE_RULES = ("text", "newline", "escape", "emphasis", "link", "entity", "balance_pairs", "fragments_join")
_BLOCK_RULES = ("hr", "list", "heading", "paragraph")
_PARSER = MarkdownIt("zero", {"html": False, "linkify": False}).enable([*_BLOCK_RULES, *_INLINE_RULES])
_BLOCK_PARSER = MarkdownIt("zero", {"html": False}).enable(_BLOCK_RULES).disable("inline")
_APART = re.compile(r"(?<!\n)\n{2,}+(?=[^\s\d*+-]|[*+-]\S)")
"""Stands between two parts that are read alike by themselves: what follows a blank line and continues no list."""
_REFERENCE = re.compile(r"\[\d+\]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class MarkdownKind(Enum):
    """The kind of a TextUnit."""

    HEADER = "header"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    BULLET = "bullet"
    ORDERED = "ordered"
    DIVIDER = "divider"


@dataclass(frozen=True, slots=True)
class TextUnit:
    """A heading, paragraph, list item or rule: the smallest part that blocks and plain text are built from.

    `elements` are rich text elements (text and links). `indent` and `number` (from 1) belong to list items.
    """

    kind: MarkdownKind
    elements: tuple[Block, ...] = ()
    indent: int = 0
    number: int = 0

    @property
    def size(self) -> int:
        """Characters of its texts and addresses, as Slack may count them."""
        return sum(map(size_of, self.elements))

    @property
    def starts_block(self) -> bool:
        """Whether it opens a block of its own after any other unit."""
        return self.kind in _OPENERS

    @property
    def fills_block(self) -> bool:
        """Whether nothing can follow it in its block."""
        return self.kind in (MarkdownKind.HEADER, MarkdownKind.DIVIDER)


_OPENERS = frozenset({MarkdownKind.HEADER, MarkdownKind.HEADING, MarkdownKind.DIVIDER})
_LISTS = frozenset({MarkdownKind.BULLET, MarkdownKind.ORDERED})
_LIST_OPENERS = {"bullet_list_open": MarkdownKind.BULLET, "ordered_list_open": MarkdownKind.ORDERED}
_STYLES = {"strong_open": "bold", "em_open": "italic"}


def size_of(element: Block) -> int:
    """Return the characters of a rich text element's text and address."""
    return len(element["text"]) + len(element.get("url", ""))


def opens_block(unit: TextUnit, previous: TextUnit | None) -> bool:
    """Whether a unit has a new block behind another one; None: it is the first."""
    return unit.fills_block or unit.starts_block or previous is None or previous.fills_block


def to_blocks(markdown: str) -> list[Block]:
    """Return the whole of it as blocks, however many."""
    return blocks_of(parse(markdown))


def to_text(markdown: str) -> str:
    """Return it as plain text that can be read aloud: no markup, addresses of links in brackets behind their words."""
    return text_of(parse(markdown))


def escape(text: str) -> str:
    """Escape the three characters that Slack's top-level `text` treats specially ("Escaping text")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(text: str) -> str:
    """Return `text` without the characters that cannot or must not be shown: controls, overrides, lone surrogates."""
    return text if text.isprintable() else _UNPRINTABLE.sub("�", text)


def elements_in(markdown: str) -> tuple[Block, ...]:
    """Return the rich text elements of one paragraph, heading or list item: they depend on nothing around it."""
    (token,) = _PARSER.parseInline(markdown)
    return tuple(_elements(token.children or ()))


kept_elements = lru_cache(maxsize=PARTS_KEPT)(elements_in)
"""The elements of a paragraph, heading or list item, kept."""


def parse(markdown: str, units_of: Callable[[str], tuple[TextUnit, ...]] | None = None) -> tuple[TextUnit, ...]:
    """Return the units of a Markdown text, in order, that hold words; `units_of` reads its parts one by one."""
    return tuple(chain.from_iterable(map(units_of or _units_in, _APART.split(markdown))))


@lru_cache(maxsize=PARTS_KEPT)
def kept_units(part: str) -> tuple[TextUnit, ...]:
    """Return the units of a part of a text, and keep them: each answer is another row of them."""
    return _units_in(part, kept_elements)


def _units_in(part: str, elements_of: Callable[[str], tuple[Block, ...]] = elements_in) -> tuple[TextUnit, ...]:
    outline = _Outline()
    for token in _BLOCK_PARSER.parse(part):
        if token.type == "inline":
            outline.add(elements_of(token.content))
        else:
            outline.step(token)
    return tuple(outline.units)


class _Outline:
    """State of a walk over the block tokens: the open lists with their last item's number, and the heading's tag."""

    def __init__(self) -> None:
        self.units: list[TextUnit] = []
        self._lists: list[tuple[MarkdownKind, int]] = []
        self._tag = ""
        self._begins_item = False

    def step(self, token: Token) -> None:
        """Take note of a token that holds no words itself."""
        if token.type in _LIST_OPENERS:
            self._lists.append((_LIST_OPENERS[token.type], int(token.attrGet("start") or 1) - 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif token.type == "list_item_open":
            kind, number = self._lists[-1]
            self._lists[-1] = (kind, number + 1)
            self._begins_item = True
        elif token.type in ("heading_open", "paragraph_open"):
            self._tag = token.tag
        elif token.type == "hr":
            self.units.append(TextUnit(MarkdownKind.DIVIDER))

    def add(self, elements: tuple[Block, ...]) -> None:
        """Add words at this point of the walk; a second paragraph of a list item joins the first."""
        if not elements:
            return
        if not self._lists:
            self.units.append(_titled(self._tag, elements))
        elif self._begins_item:
            kind, number = self._lists[-1]
            indent = min(len(self._lists) - 1, INDENT_LIMIT)
            self.units.append(TextUnit(kind, elements, indent=indent, number=number))
            self._begins_item = False
        else:
            self.units[-1] = replace(self.units[-1], elements=(*self.units[-1].elements, _text("\n"), *elements))


def _titled(tag: str, elements: tuple[Block, ...]) -> TextUnit:
    """Return a heading's or a paragraph's unit; a first-level heading too long for a header block is a plain one."""
    if tag == "p":
        return TextUnit(MarkdownKind.PARAGRAPH, elements)
    if tag == "h1" and sum(len(element["text"]) for element in elements) <= HEADER_LIMIT:
        return TextUnit(MarkdownKind.HEADER, elements)
    return TextUnit(MarkdownKind.HEADING, tuple({**e, "style": {**e.get("style", {}), "bold": True}} for e in elements))


def _elements(tokens: Iterable[Token]) -> Iterator[Block]:
    """Yield rich text elements of an inline token's children."""
    style: Block = {}
    address = ""
    for token in tokens:
        if token.type in _STYLES:
            style = {**style, _STYLES[token.type]: True}
        elif token.type in ("strong_close", "em_close"):
            name = "bold" if token.type == "strong_close" else "italic"
            style = {key: value for key, value in style.items() if key != name}
        elif token.type == "link_open":
            address = str(token.attrGet("href") or "")
        elif token.type == "link_close":
            address = ""
        else:
            words = "\n" if token.type == "hardbreak" else " " if token.type == "softbreak" else literal(token.content)
            if words:
                yield _text(words, style, address)


def _text(words: str, style: Block | None = None, address: str = "") -> Block:
    """Return a text element, or a link where there is an address that Slack takes."""
    element: Block = {"type": "text", "text": words}
    if address.startswith(("https://", "http://", "mailto:")) and len(address) <= URL_LIMIT:
        element = {"type": "link", "url": address, "text": words}
    if style:
        element["style"] = style
    return element


def blocks_of(units: Iterable[TextUnit]) -> list[Block]:
    """Return the blocks of units. A heading opens a `rich_text` block; the text below it is in the same one."""
    blocks: list[Block] = []
    previous: TextUnit | None = None
    for unit in units:
        if unit.kind is MarkdownKind.HEADER:
            words = "".join(element["text"] for element in unit.elements)
            blocks.append({"type": "header", "text": {"type": "plain_text", "text": words, "emoji": False}})
        elif unit.kind is MarkdownKind.DIVIDER:
            blocks.append({"type": "divider"})
        else:
            if is_first := opens_block(unit, previous):
                blocks.append({"type": "rich_text", "elements": []})
            _append(blocks[-1]["elements"], unit, None if is_first else previous)
        previous = unit
    return blocks


def _append(elements: list[Block], unit: TextUnit, previous: TextUnit | None) -> None:
    """Add a unit to an open `rich_text` block; items of one list and neighbouring paragraphs share an element."""
    if unit.kind in _LISTS:
        continues = previous and (previous.kind, previous.indent, previous.number) == (
            unit.kind,
            unit.indent,
            unit.number - 1,
        )
        if not continues:
            elements.append(_list(unit))
        elements[-1]["elements"].append({"type": "rich_text_section", "elements": list(unit.elements)})
    elif previous is None or previous.kind in _LISTS:
        elements.append({"type": "rich_text_section", "elements": list(unit.elements)})
    else:
        gap = "\n" if previous.kind is MarkdownKind.HEADING else "\n\n"
        elements[-1]["elements"] += [_text(gap), *unit.elements]


def _list(unit: TextUnit) -> Block:
    """Return an empty list that `unit` is the first item of; `offset` is how many numbers are left out before it."""
    style = "bullet" if unit.kind is MarkdownKind.BULLET else "ordered"
    element: Block = {"type": "rich_text_list", "style": style, "indent": unit.indent, "elements": []}
    if unit.kind is MarkdownKind.ORDERED and unit.number > 1:
        element["offset"] = unit.number - 1
    return element


def text_of(units: Iterable[TextUnit]) -> str:
    """Return units as plain text: a line a list item, an empty line between everything else."""
    text = ""
    previous: TextUnit | None = None
    for unit in units:
        if unit.kind is MarkdownKind.DIVIDER:
            continue
        if previous is not None:
            text += "\n" if unit.kind in _LISTS and previous.kind in (*_LISTS, MarkdownKind.HEADING) else "\n\n"
        text += _marker(unit) + "".join(_spoken(element) for element in unit.elements)
        previous = unit
    return text


def _marker(unit: TextUnit) -> str:
    """Return a list item's marker in plain text."""
    if unit.kind is MarkdownKind.BULLET:
        return "  " * unit.indent + "• "
    return "  " * unit.indent + f"{unit.number}. " if unit.kind is MarkdownKind.ORDERED else ""


def _spoken(element: Block) -> str:
    """Return an element as plain text; a reference such as [1] is left as it is."""
    words: str = element["text"]
    address = element.get("url")
    return words if address is None or address == words or _REFERENCE.fullmatch(words) else f"{words} ({address})"
