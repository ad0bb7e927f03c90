"""A YAML file's text → its entries: one parse by the C parser, and every syntax fault told, not only the first.

Everything stays text (`no`, `007`, `1e3`, dates): types come later, from the models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import yaml

from bot.content import characters, syntax
from bot.content.faults import Code, Fault
from bot.content.files import TextFile
from bot.content.nodes import NodeReader

if TYPE_CHECKING:
    from bot.content.nodes import RawEntry, Spot

DEEPEST = 12
_BROKEN_ENTRIES = 20
"""After so many broken entries the rest of a file is not looked at: it is no YAML."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's entries by key, the keys of entries too broken to read, and the faults found on the way."""

    entries: dict[str, RawEntry]
    broken: dict[str, Spot]
    faults: tuple[Fault, ...]


def parse(file: TextFile, *, holds_facts: bool) -> Parsed:
    """Read a YAML file whose top is `key: …`. Raises nothing: whatever is wrong is a fault.

    `holds_facts` says whether its keys are fact ids, which faults then name.
    """
    faults, lines, broken = characters.clean(file, holds_facts=holds_facts)
    root = None
    for _ in range(_BROKEN_ENTRIES):
        try:
            root = yaml.compose("\n".join(lines), Loader=_Loader)
            break
        except yaml.MarkedYAMLError as error:
            complaint = syntax.explain(error, TextFile(file.name, "\n".join(lines)))
            line, column = complaint.line + 1, complaint.column + 1
            first, after, key = syntax.entry_around(lines, complaint.entry_line)
            if complaint.code is Code.SEVERAL_DOCUMENTS:
                first, after, key = complaint.line, complaint.line + 1, None
            lines[first:after] = [""] * (after - first)
            if key:
                broken[key] = (line, 1)
            faults.append(
                file.fault(
                    complaint.code,
                    complaint.message,
                    complaint.hint,
                    line=line,
                    column=column,
                    fact_id=key if holds_facts else None,
                )
            )
    if root is None:
        if not faults:
            faults.append(
                file.fault(Code.EMPTY_FILE, "This file holds nothing.", "Write an entry, or remove the file.")
            )
        return Parsed({}, broken, tuple(faults))
    reader = NodeReader(file, "\n".join(lines), holds_facts)
    return Parsed(reader.entries(root), broken, (*faults, *reader.faults))


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
