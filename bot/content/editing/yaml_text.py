"""A YAML file as text that is edited in place: an edit replaces, adds or removes the text of one node, and no other.

A round trip through ruamel.yaml 0.19 keeps what a file says and lays its lists in brackets out anew: most fact files
came back with a third of their lines changed. So the parser says where a node is, and all text around it stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import yaml

from bot.content.editing import scalars, values
from bot.content.editing.changes import EditError
from bot.content.editing.fields import STEP, field_lines, inline_value
from bot.content.files import TextFile
from bot.content.yaml.quoting import quoted
from bot.content.yaml.reader import compose
from bot.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.content.editing.changes import FieldValue
    from bot.content.yaml.nodes import Path, Plain


@dataclass(frozen=True, slots=True)
class YamlText:
    """The text of a file, with line feeds for line breaks, and its root node."""

    name: str
    text: str
    root: yaml.Node

    @classmethod
    def read(cls, name: str, text: str) -> YamlText:
        """Parse a text. Raises EditError, with file and line, where it is not YAML."""
        root, faults = compose(TextFile(name, text))
        if faults:
            raise EditError(f"{name}:{faults[0].line}: {faults[0].message}", "Put that right in the file first.")
        if root is None:
            raise EditError(f"{name} is empty.")
        return cls(name, text, root)

    @classmethod
    def of_entry(cls, name: str, header: str, key: str, fields: dict[str, FieldValue]) -> YamlText:
        """Return a new file with one entry below a header of comments. Raises EditError."""
        lines = (line for field, value in fields.items() for line in field_lines(field, value, STEP))
        text = cls.read(name, "\n".join((header, f"{key}:", *lines, "")))
        if text.value != {key: {field: values.as_plain(value) for field, value in fields.items()}}:
            raise EditError(f"{name}: this text cannot be written into a file.", "Write it in plain words.")
        return text

    @property
    def value(self) -> Plain:
        """What the file says; each text is one paragraph."""
        return values.plain(self.root)

    def get(self, path: Path) -> Plain | None:
        """Return the value at a path; None where there is none."""
        node = self._node(path)
        return None if node is None else values.plain(node)

    def line_of(self, path: Path) -> int:
        """Return the line of the key or item at a path, from 1; that of its nearest parent where it is missing."""
        while path and self._node(path) is None:
            path = path[:-1]
        return self._first_line(path) + 1 if path else 1

    def with_value(self, path: Path, value: FieldValue, after: Sequence[str] = ()) -> YamlText:
        """Return the file with a field's value set; a new field follows the last of `after` that is there.

        Where both values are collections, only the items that differ are touched. Raises EditError.
        """
        old = self.get(path)
        if isinstance(value, str):
            value = scalars.one_paragraph(value)
        if old is None:
            return self.with_field(path, value, after)
        if isinstance(old, str) and isinstance(value, str):
            return self if old == value else self._with_scalar(path, value)
        if isinstance(old, dict) and isinstance(value, dict):
            text = self
            for key, words in value.items():
                text = text.with_value((*path, key), words)
            for key in (each for each in old if each not in value):
                text = text.without((*path, key))
            return text
        if isinstance(old, list) and isinstance(value, tuple) and list(value[: len(old)]) == old:
            text = self
            for item in value[len(old) :]:
                text = text.with_item(path, item)
            return text
        keys = list(self._parent(path))
        before = keys[: keys.index(str(path[-1]))]
        return self.without(path).with_field(path, value, before)

    def with_field(self, path: Path, value: FieldValue, after: Sequence[str]) -> YamlText:
        """Return the file with a field that it does not have, behind the last of `after` that is there."""
        parent = self._node(path[:-1])
        if not isinstance(parent, yaml.MappingNode):
            raise EditError(f"{self.name}:{self.line_of(path)}: {shown(str(path[-1]))} has no place here.")
        name = str(path[-1])
        wanted = {**values.mapping(values.plain(parent)), name: values.as_plain(value)}
        if not parent.value:
            written = f"{{{scalars.inline(name, flow=True)}: {inline_value(value, flow=True)}}}"
            return self._spliced(parent.start_mark.index, parent.end_mark.index, [written], path[:-1], wanted)
        found = [pair for pair in parent.value if pair[0].value in after]
        last = found[-1][1] if found else parent.value[-1][1]
        if parent.flow_style:
            written = f", {scalars.inline(name, flow=True)}: {inline_value(value, flow=True)}"
            return self._spliced(last.end_mark.index, last.end_mark.index, [written], path[:-1], wanted)
        lines = field_lines(name, value, parent.value[0][0].start_mark.column)
        return self._with_lines(self._last_line(last) + 1, "\n".join(lines) + "\n", path[:-1], wanted)

    def with_item(self, path: Path, item: str) -> YamlText:
        """Return the file with an item at the end of the list at a path. Raises EditError."""
        node = self._node(path)
        assert isinstance(node, yaml.SequenceNode)  # noqa: S101 — callers have read the list
        words = scalars.one_paragraph(item)
        wanted = [*(values.plain(each) for each in node.value), words]
        if not node.flow_style:
            written = f"{' ' * node.start_mark.column}- {scalars.inline(words, flow=False)}\n"
            return self._with_lines(self._last_line(node) + 1, written, path, wanted)
        if not node.value:
            written = f"[{scalars.inline(words, flow=True)}]"
            return self._spliced(node.start_mark.index, node.end_mark.index, [written], path, wanted)
        last = node.value[-1]
        written = f", {scalars.inline(words, flow=True)}"
        if node.end_mark.line > node.start_mark.line and last.end_mark.column + len(written) > scalars.WIDTH:
            indentation = node.value[-1].start_mark.column if len(node.value) == 1 else self._indentation(last)
            written = f",\n{' ' * indentation}{written[2:]}"
        return self._spliced(last.end_mark.index, last.end_mark.index, [written], path, wanted)

    def with_mapping(self, path: Path, fields: dict[str, FieldValue]) -> YamlText:
        """Return the file with a mapping at the end of the list at a path, each field in a line. Raises EditError."""
        node = self._node(path)
        if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
            message = f"{self.name}:{self.line_of(path)}: {shown(str(path[-1]))} is no list with an item a line."
            raise EditError(message, "Write it so, or add yours by hand.")
        wanted = [
            *(values.plain(each) for each in node.value),
            {key: values.as_plain(each) for key, each in fields.items()},
        ]
        margin = " " * node.start_mark.column
        lines = [f"{margin}  {name}: {inline_value(value)}\n" for name, value in fields.items()]
        lines[0] = f"{margin}- {lines[0].lstrip()}"
        above = self.text.split("\n")[node.value[-1].start_mark.line - 1]
        gap = "" if above.strip() or not node.value[1:] else "\n"
        return self._with_lines(self._last_line(node) + 1, gap + "".join(lines), path, wanted)

    def without(self, path: Path) -> YamlText:
        """Return the file without the field or item at a path. Raises EditError."""
        parent = self._node(path[:-1])
        assert isinstance(parent, yaml.CollectionNode)  # noqa: S101 — callers have read the value
        spans = values.spans(parent)
        position = [key for key, _ in values.children(parent)].index(path[-1])
        wanted = values.without(values.plain(parent), path[-1])
        start, end = spans[position]
        if not parent.flow_style:
            first, after = start.start_mark.line, self._last_line(end) + 1
            lines = self.text.split("\n")
            if first > 0 and after < len(lines) and not lines[first - 1].strip() and not lines[after].strip():
                after += 1
            left = [""] if spans[1:] else _emptied(parent)
            return self._spliced(self._index(first), self._index(after), left, path[:-1], wanted)
        begin, stop = start.start_mark.index, end.end_mark.index
        if position:
            begin = spans[position - 1][1].end_mark.index
        elif spans[1:]:
            stop = spans[1][0].start_mark.index
        return self._spliced(begin, stop, [""], path[:-1], wanted)

    def with_entry(self, key: str, fields: dict[str, FieldValue]) -> YamlText:
        """Return the file with an entry at its end, below an empty line. Raises EditError."""
        lines = [f"{key}:", *(line for name, value in fields.items() for line in field_lines(name, value, STEP))]
        gap = "" if self.text.endswith("\n\n") else "\n" if self.text.endswith("\n") else "\n\n"
        wanted = {**values.mapping(self.value), key: {name: values.as_plain(value) for name, value in fields.items()}}
        end = len(self.text)
        return self._spliced(end, end, [f"{gap}{chr(10).join(lines)}\n"], (), wanted)

    def _with_scalar(self, path: Path, value: str) -> YamlText:
        node = self._node(path)
        assert isinstance(node, yaml.ScalarNode)  # noqa: S101 — callers have read a text
        start, end = node.start_mark.index, node.end_mark.index
        if node.style in {">", "|"}:
            first, last = node.start_mark.line + 1, self._last_line(node)
            lines = self.text.split("\n")[first : last + 1]
            indentation = " " * (len(lines[0]) - len(lines[0].lstrip(" ")))
            old = [line.removeprefix(indentation) for line in lines]
            width = scalars.WIDTH - len(indentation)
            folds = [value.split("\n")] if node.style == "|" else []
            folds = folds or [scalars.refolded(old, value, width), scalars.wrapped(value, width)]
            written = ["\n".join(indentation + line for line in each) for each in folds]
            return self._spliced(self._index(first), self._index(last) + len(lines[-1]), written, path, value)
        flow = self._is_in_brackets(path)
        line = scalars.in_style(value, node.style, flow=flow)
        candidates = [line, quoted(value)]
        if node.end_mark.line > node.start_mark.line:
            first_line, *rest = self.text[start:end].split("\n")
            folded = scalars.refolded([first_line.rstrip(), *(each.strip() for each in rest)], line)
            indentation = " " * (len(rest[0]) - len(rest[0].lstrip(" ")))
            candidates.insert(0, f"\n{indentation}".join(folded))
        return self._spliced(start, end, candidates, path, value)

    def _with_lines(self, line: int, written: str, path: Path, wanted: Plain) -> YamlText:
        """Insert whole lines before a line."""
        at = self._index(line)
        gap = "" if at == 0 or self.text[at - 1] == "\n" else "\n"
        return self._spliced(at, at, [gap + written], path, wanted)

    def _spliced(self, start: int, end: int, candidates: Iterable[str], path: Path, wanted: Plain) -> YamlText:
        """Put the first candidate in place that reads as is wanted at `path`, and leaves all else as it is."""
        whole = values.replaced(self.value, path, wanted)
        for written in candidates:
            root, faults = compose(TextFile(self.name, self.text[:start] + written + self.text[end:]))
            if root is not None and not faults and values.plain(root) == whole:
                return YamlText(self.name, self.text[:start] + written + self.text[end:], root)
        where = f"{self.name}:{self.line_of(path)}"
        raise EditError(f"{where}: this text cannot be written into the file.", "Write it in plain words.")

    def _node(self, path: Path) -> yaml.Node | None:
        node: yaml.Node | None = self.root
        for step in path:
            node = next((child for key, child in values.children(node) if key == step), None)
        return node

    def _parent(self, path: Path) -> Iterable[str]:
        return (str(key) for key, _ in values.children(self._node(path[:-1])))

    def _first_line(self, path: Path) -> int:
        parent = self._node(path[:-1])
        position = [key for key, _ in values.children(parent)].index(path[-1])
        line: int = values.spans(parent)[position][0].start_mark.line
        return line

    def _is_in_brackets(self, path: Path) -> bool:
        nodes = (self._node(path[:length]) for length in range(len(path)))
        return any(isinstance(node, yaml.CollectionNode) and node.flow_style for node in nodes)

    def _last_line(self, node: yaml.Node) -> int:
        """Return the last line of a node's text, from 0, without the blank lines below it."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style:
            return self._last_line(values.spans(node)[-1][1])
        if not isinstance(node, yaml.ScalarNode) or node.style not in {">", "|"}:
            last: int = node.end_mark.line
            return last
        lines = self.text.split("\n")
        first = node.start_mark.line
        filled = [number for number in range(first, min(node.end_mark.line + 1, len(lines))) if lines[number].strip()]
        column = len(lines[first + 1]) - len(lines[first + 1].lstrip(" "))
        own = [number for number in filled if number == first or lines[number].startswith(" " * max(1, column))]
        return own[-1]

    def _indentation(self, node: yaml.Node) -> int:
        line = self.text.split("\n")[node.start_mark.line]
        return len(line) - len(line.lstrip(" "))

    def _index(self, line: int) -> int:
        """Return the index at which a line begins; the text's end behind the last."""
        starts = [0, *accumulate(len(each) + 1 for each in self.text.split("\n"))]
        return min(starts[min(line, len(starts) - 1)], len(self.text))


def _emptied(node: yaml.CollectionNode) -> list[str]:
    """Return lines that an emptied collection may leave; a list may stand as far left as its field does."""
    brackets = "[]" if isinstance(node, yaml.SequenceNode) else "{}"
    return [f"{' ' * (node.start_mark.column + more)}{brackets}\n" for more in (0, STEP)]
