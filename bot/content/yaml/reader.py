"""Reads a YAML file's entries with the C parser, and finds every syntax fault, not only the first.

Everything stays text (`no`, `007`, `1e3`, dates): types come later, from the models.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from bot.content.faults import Code, Fault
from bot.content.files import TextFile
from bot.content.yaml import characters, plain_text, syntax
from bot.content.yaml.nodes import NodeReader, RawEntry

if TYPE_CHECKING:
    from bot.content.faults import Spot
    from bot.content.yaml.nodes import Path

DEEPEST = 12
_BROKEN_ENTRIES = 20
"""After so many broken entries, the rest of a file is not read: it is not YAML."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's entries by key, the keys of entries too broken to read, and the faults found on the way.

    `whole` is the file as one entry, whose fields are the entries; None when it has none.
    """

    entries: dict[str, RawEntry]
    broken: dict[str, Spot]
    whole: RawEntry | None
    faults: tuple[Fault, ...]

    def spot(self, path: Path) -> Spot:
        """Return where the value at `path` is; the file's beginning where its entry is missing."""
        return self.whole.spot(path) if self.whole else (1, 1)


def parse(file: TextFile, *, holds_facts: bool) -> Parsed:
    """Read a YAML file whose top is `key: …`. Raises nothing: whatever is wrong is a fault.

    `holds_facts` says whether its keys are fact ids, which faults then name.
    """
    tree = _compose(file, holds_facts=holds_facts)
    if tree.root is None:
        return Parsed({}, tree.broken, None, tuple(tree.faults))
    reader = NodeReader(file, tree.text, holds_facts)
    entries = {key: replace(raw, is_cut=key in tree.cut) for key, raw in reader.entries(tree.root).items()}
    faulted = frozenset((key, *path) for key, raw in entries.items() for path in raw.faulted)
    faulted |= {(key,) for key in tree.broken}
    values = {key: raw.value for key, raw in entries.items()}
    whole = RawEntry("", None, (1, 1), values, tree.root, faulted, is_cut=bool(tree.cut))
    faults = (*tree.faults, *reader.faults, *plain_text.text_faults(file, entries))
    return Parsed(entries, tree.broken, whole if entries else None, faults)


def parse_list(file: TextFile) -> tuple[list[RawEntry], tuple[Fault, ...]]:
    """Read a YAML file whose top is a list of entries: `- …`. Raises nothing: whatever is wrong is a fault."""
    tree = _compose(file, holds_facts=False)
    if tree.root is None:
        return [], tuple(tree.faults)
    reader = NodeReader(file, tree.text, holds_facts=False)
    return reader.items(tree.root), (*tree.faults, *reader.faults)


def compose(file: TextFile) -> tuple[yaml.Node | None, tuple[Fault, ...]]:
    """Return the root node of a file, with the marks of its text, and the faults of its syntax."""
    tree = _compose(file, holds_facts=False)
    return tree.root, tuple(tree.faults)


@dataclass(frozen=True, slots=True)
class _Tree:
    """A file's nodes, without what is not YAML; `text` is what they were read from.

    `broken` has the entries left out, `cut` the keys of those of which the end is left out.
    """

    root: yaml.Node | None
    text: str
    broken: dict[str, Spot]
    cut: frozenset[str]
    faults: list[Fault]


def _compose(file: TextFile, *, holds_facts: bool) -> _Tree:
    if (foreign := characters.word_processor_fault(file)) is not None:
        return _Tree(None, file.text, {}, frozenset(), [foreign])
    if conflicts := plain_text.conflict_faults(file):
        return _Tree(None, file.text, {}, frozenset(), list(conflicts))
    faults, lines, broken = characters.clean(file, holds_facts=holds_facts)
    cut: set[str] = set()
    root = None
    for _ in range(_BROKEN_ENTRIES):
        try:
            root = yaml.compose("\n".join(lines), Loader=_Loader)
            break
        except yaml.MarkedYAMLError as error:
            complaint = syntax.explain(error, TextFile(file.name, "\n".join(lines)))
            first, after, key = syntax.entry_around(lines, complaint.entry_line)
            if holds_facts and syntax.field_at_margin(lines[first]):
                key = None
            if complaint.problem[0] is Code.SEVERAL_DOCUMENTS:
                first, after, key = complaint.line, complaint.line + 1, None
            elif key is None and first > 0:
                cut.add(syntax.entry_around(lines, first - 1)[2] or "")
            lines[first:after] = [""] * (after - first)
            spot = complaint.line + 1, complaint.column + 1
            if key:
                broken[key] = (spot[0], 1)
            faults.append(file.fault(*complaint.problem, spot, key if holds_facts else None))
    if root is None and not faults:
        faults.append(file.fault(Code.EMPTY_FILE, "This file is empty.", "Write an entry, or remove the file."))
    return _Tree(root, "\n".join(lines), broken, frozenset(cut), faults)


class _Loader(yaml.CBaseLoader):
    """The C parser, refusing to go deep: it recurses on the machine's own stack and would crash the process."""

    depth = 0

    def descend_resolver(self, current_node: yaml.Node | None, current_index: int | yaml.Node | None) -> None:
        del current_index
        self.depth += 1
        if self.depth > DEEPEST and current_node is not None:
            _refuse_depth(current_node)

    def ascend_resolver(self) -> None:
        self.depth -= 1


def _refuse_depth(node: yaml.Node) -> NoReturn:
    raise yaml.composer.ComposerError(None, None, "nested too deep", node.start_mark)


def read_document(text: str) -> dict[str, Any]:
    """Return a YAML file of our own, such as the Slack app's manifest, as a mapping. Raises yaml.YAMLError."""
    document: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return document


def write_document(document: dict[str, Any]) -> str:
    """Return a mapping as YAML, in its order; a text is not broken over lines however long it is."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)
