"""Turns YAML nodes into plain dicts, lists and texts, with a fault for each word that YAML would drop in silence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import yaml

from bot.content.faults import Code, Fault
from bot.content.yaml.characters import CONTROL
from bot.content.yaml.quoting import CURLY_HINT, CURLY_MESSAGE, comma_in_braces, in_curly_quotes
from bot.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.faults import Spot
    from bot.content.files import TextFile

Plain = str | list["Plain"] | dict[str, "Plain"]
Path = tuple[str | int, ...]
"""Keys and list indexes that lead to a value in an entry."""

_HASH = re.compile(r"[ \t]*#")
_COMMENT_HINT = "Put the text in double quotes; put a comment on a line of its own."
_CLOSED_FIELDS = {"certainty", "as_of", "checked_on", "on", "superseded_by", "bottom_line", "facts", "details"} | {
    "published",
    "position_on",
    "review_every",
    "review_by",
    "url",
    "key",
}
"""Fields whose whole value is checked against a form: a comment behind them loses nothing."""


@dataclass(frozen=True)
class RawEntry:
    """One entry of a file (a fact, a source, a field of memorandum.yaml) and the places of its parts.

    `fact_id` is its key in a fact file, else None. `faulted` has the paths that already have a fault; with
    `is_cut`, a syntax fault has taken the end of the entry away.
    """

    key: str
    fact_id: str | None
    key_spot: Spot
    value: Plain
    node: yaml.Node
    faulted: frozenset[Path]
    is_cut: bool = False

    def spot(self, path: Path) -> Spot:
        """Return where the value at `path` is; where it is missing, its nearest parent."""
        return self._find(path)[1]

    def key_spot_of(self, path: Path) -> Spot:
        """Return where the key at the end of `path` is."""
        return self._find(path)[0]

    def spot_of_words(self, path: Path, lines: list[str], words: str, number: int) -> Spot:
        """Return where `words` are for the number-th time (from 0) in the text at `path` of a file's `lines`.

        Where they cannot be found as they are, the beginning of the text.
        """
        node = self._find(path)[2]
        start, end = node.start_mark, node.end_mark
        is_block = isinstance(node, yaml.ScalarNode) and node.style in {">", "|"}
        for line in range(start.line + is_block, min(end.line + 1, len(lines))):
            column = lines[line].find(words, start.column if line == start.line else 0)
            while column >= 0:
                if number == 0:
                    return line + 1, column + 1
                number -= 1
                column = lines[line].find(words, column + len(words))
        return _spot(node)

    def _find(self, path: Path) -> tuple[Spot, Spot, yaml.Node]:
        """Return the places of key and value at `path`, and the value's node."""
        key, node = self.key_spot, self.node
        for step in path:
            if isinstance(node, yaml.MappingNode):
                pair = next(((k, v) for k, v in node.value if k.value == step), None)
                if pair is None:
                    return key, key, node
                key, node = _spot(pair[0]), pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                key = _spot(node)
        return key, _spot(node), node


def _spot(node: yaml.Node) -> Spot:
    return node.start_mark.line + 1, node.start_mark.column + 1


@dataclass
class NodeReader:
    """Walks the nodes of one file, and collects faults."""

    file: TextFile
    text: str
    holds_facts: bool
    faults: list[Fault] = field(default_factory=list)
    _fact_id: str | None = None
    _faulted: set[Path] = field(default_factory=set)

    def entries(self, root: yaml.Node) -> dict[str, RawEntry]:
        """Return the entries of the file's top mapping."""
        if not isinstance(root, yaml.MappingNode):
            message = "This file must be a list of entries: `key:` at the margin, its fields below."
            self._report(root, Code.WRONG_KIND, message)
            return {}
        found: dict[str, RawEntry] = {}
        hint = "Give the second a key of its own." if self.holds_facts else "Keep one of the two."
        for key, node in self._pairs(root, (), hint):
            self._fact_id = key.value if self.holds_facts else None
            self._faulted = set()
            value = "" if self._has_two_facts(node) else self._value(node, (), key.value)
            found[key.value] = RawEntry(key.value, self._fact_id, _spot(key), value, node, frozenset(self._faulted))
        return found

    def items(self, root: yaml.Node) -> list[RawEntry]:
        """Return the entries of the file's top list."""
        if not isinstance(root, yaml.SequenceNode):
            self._report(root, Code.WRONG_KIND, "This file must be a list: `- ` at the margin begins each entry.")
            return []
        found = []
        for number, node in enumerate(root.value, start=1):
            self._faulted = set()
            value = self._value(node, (), "")
            found.append(RawEntry(f"entry {number}", None, _spot(node), value, node, frozenset(self._faulted)))
        return found

    def _has_two_facts(self, node: yaml.Node) -> bool:
        """Whether a second statement shows that a fact was pasted without its key: one fault for the whole entry."""
        if not self.holds_facts or not isinstance(node, yaml.MappingNode):
            return False
        statements = [key for key, _ in node.value if key.value == "statement"]
        if len(statements) > 1:
            message = "A second `statement` begins here: the line with a fact's key is missing above it."
            hint = "Write the new fact's key on a line of its own above it, at the margin, with a colon: `its-key:`."
            self._report(statements[1], Code.DUPLICATE_KEY, message, hint)
        return len(statements) > 1

    def _value(self, node: yaml.Node, path: Path, name: str) -> Plain:
        if self._is_special(node, path):
            return ""
        if isinstance(node, yaml.ScalarNode):
            return self._text(node, path, name)
        if isinstance(node, yaml.SequenceNode):
            if node.flow_style:
                self._check_between(node, node.value, path)
            return [self._value(item, (*path, number), name) for number, item in enumerate(node.value)]
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 — YAML has no other kind of node
        pairs = self._pairs(node, path)
        if node.flow_style:
            self._check_between(node, [part for pair in node.value for part in pair], path)
        return {key.value: self._value(value, (*path, key.value), key.value) for key, value in pairs}

    def _pairs(
        self, node: yaml.MappingNode, path: Path, duplicate_hint: str = "Keep one of the two."
    ) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
        """Return key and value nodes, without keys that are not text or come twice."""
        pairs: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._report(key, Code.WRONG_KIND, "A key must be a word.", path=path)
            elif key.value == "<<":
                self._report(key, Code.ANCHOR, "YAML's merge key << cannot be used here.", "Write the fields out.")
            elif key.value in pairs:
                line = _spot(pairs[key.value][0])[0]
                message = f"{shown(key.value)} is here a second time; the first is in line {line}."
                self._report(key, Code.DUPLICATE_KEY, message, duplicate_hint, (*path, key.value))
            elif not self._is_special(key, (*path, key.value)) and not self._is_loose(node, key, value, path):
                self._check_key(key, path)
                pairs[key.value] = key, value
        return list(pairs.values())

    def _is_loose(self, node: yaml.MappingNode, key: yaml.ScalarNode, value: yaml.Node, path: Path) -> bool:
        """Whether `key` is words in braces without a colon: the end of a text that a comma cut, or `key:value`."""
        if not node.flow_style or not self._lacks_colon(key, value):
            return False
        if ":" in key.value:
            message = f"There is no space after the colon in {shown(key.value)}."
            self._report(key, Code.MISSING_SPACE, message, "Put one space after the colon.", path)
            return True
        number = next(number for number, (each, _) in enumerate(node.value) if each is key)
        if number > 1 and self._lacks_colon(*node.value[number - 1]):
            return True  # another comma of the same text
        if number > 0:
            start = node.start_mark
            line = self.text[start.index - start.column :].partition("\n")[0]
            cut = key.start_mark.column if key.start_mark.line == start.line else len(line)
            self._report(key, Code.COMMA_SPLITS, *comma_in_braces(line, start.column, cut, key.value), path)
        return number > 0

    def _lacks_colon(self, key: yaml.Node, value: yaml.Node) -> bool:
        if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode) or key.style or value.value:
            return False
        return not self.text[key.end_mark.index : value.end_mark.index + 1].lstrip().startswith(":")

    def _check_key(self, key: yaml.ScalarNode, path: Path) -> None:
        if key.style == '"' and CONTROL.search(key.value):
            self._report(key, Code.CONTROL_CHARACTER, "An invisible character is in this key.", "Delete it.", path)
        if not key.style and in_curly_quotes(key.value):
            self._report(key, Code.CURLY_QUOTES, CURLY_MESSAGE, CURLY_HINT, path)

    def _text(self, node: yaml.ScalarNode, path: Path, name: str) -> str:
        value: str = node.value
        if not node.style:
            self._check_behind(node, path, name)
            if in_curly_quotes(value):
                self._report(node, Code.CURLY_QUOTES, CURLY_MESSAGE, CURLY_HINT, path)
        elif node.style == '"' and (CONTROL.search(value) or "\t" in value):
            self._report(node, Code.CONTROL_CHARACTER, "An invisible character is in this text.", "Delete it.", path)
        if "\n" in value and "\n" in (value := value.strip()):
            message = "This text has a line break in it; it must be one paragraph."
            hint = "Write it as one paragraph: `>`, and all lines below it indented alike, with no empty line."
            self._report(node, Code.LINE_BREAK, message, hint, path)
        return value

    def _check_behind(self, node: yaml.ScalarNode, path: Path, name: str) -> None:
        """Find words behind ` #` after an unquoted text."""
        end = node.end_mark.index
        found = _HASH.match(self.text, end)
        if found is None or name in _CLOSED_FIELDS:
            return
        lost = self.text[found.end() - 1 :].split("\n", 1)[0]
        message = f"YAML takes {shown(lost)} for a comment: these words are lost."
        self._faulted.add(path)
        self._report_at(found.end() - 1, Code.TEXT_AFTER_HASH, message, _COMMENT_HINT)

    def _check_between(self, node: yaml.Node, parts: list[yaml.Node], path: Path) -> None:
        """Find numbers in brackets that a comma splits, and a # that drops the rest of its line."""
        for before, after in pairwise(parts):
            gap = self.text[before.end_mark.index : after.start_mark.index]
            whole = self.text[before.start_mark.index : after.end_mark.index]
            first, second = self.text[before.end_mark.index - 1], self.text[after.start_mark.index]
            if isinstance(node, yaml.SequenceNode) and gap == "," and _is_digit(first) and _is_digit(second):
                message = f"The comma in {shown(whole)} splits it in two."
                self._report(after, Code.COMMA_SPLITS, message, f'Put it in double quotes: "{whole[:40]}".', path)
            elif gap.strip() == "," and not getattr(before, "style", '"') and in_curly_quotes(whole):
                self._report(before, Code.CURLY_QUOTES, CURLY_MESSAGE, CURLY_HINT, path)
        for start, gap in self._gaps(node, parts):
            if (place := gap.find("#")) >= 0:
                message = "The words behind # in brackets are lost."
                self._report_at(start + place, Code.TEXT_AFTER_HASH, message, _COMMENT_HINT)

    def _gaps(self, node: yaml.Node, parts: list[yaml.Node]) -> Iterator[tuple[int, str]]:
        """Yield what is between an opening bracket's items on lines of its own, with its index."""
        ends = [node.start_mark.index + 1, *(part.end_mark.index for part in parts if part.end_mark)]
        starts = [*(part.start_mark.index for part in parts), node.end_mark.index]
        for end, start in zip(ends, starts, strict=True):
            gap = self.text[end:start]
            if "#" in gap and not _HASH.match(gap):
                yield end, gap

    def _is_special(self, node: yaml.Node, path: Path) -> bool:
        """Whether an anchor, an alias or a tag begins here; none is allowed, and none is followed."""
        if self.text[node.start_mark.index : node.start_mark.index + 1] not in {"&", "*", "!"}:
            return False
        message = "A value or key that begins with &, * or ! means something else in YAML (anchor, alias, tag)."
        self._report(node, Code.ANCHOR, message, "Put the text in double quotes.", path)
        return True

    def _report(self, node: yaml.Node, code: Code, message: str, hint: str = "", path: Path = ()) -> None:
        self._faulted.add(path)
        self.faults.append(self.file.fault(code, message, hint, _spot(node), self._fact_id))

    def _report_at(self, index: int, code: Code, message: str, hint: str) -> None:
        spot = self.text.count("\n", 0, index) + 1, index - self.text.rfind("\n", 0, index)
        self.faults.append(self.file.fault(code, message, hint, spot, self._fact_id))


def _is_digit(char: str) -> bool:
    return "0" <= char <= "9"
