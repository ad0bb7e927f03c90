"""Values of YAML nodes as plain texts, lists and mappings, and changed copies of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from bot.content.editing.scalars import one_paragraph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.editing.changes import FieldValue
    from bot.content.yaml.nodes import Path, Plain


def plain(node: yaml.Node) -> Plain:
    """Return what a node says; each text is one paragraph."""
    if isinstance(node, yaml.MappingNode):
        return {str(key): plain(child) for key, child in children(node)}
    if isinstance(node, yaml.SequenceNode):
        return [plain(child) for child in node.value]
    return one_paragraph(str(node.value))


def children(node: yaml.Node | None) -> Iterator[tuple[str | int, yaml.Node]]:
    """Yield the keys or numbers of a collection's values, and their nodes."""
    if isinstance(node, yaml.MappingNode):
        yield from ((str(key.value), value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from enumerate(node.value)


def spans(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    """Return the first and the last node of each field or item of a collection."""
    if isinstance(node, yaml.MappingNode):
        return [(key, value) for key, value in node.value]
    return [(each, each) for each in node.value] if isinstance(node, yaml.SequenceNode) else []


def mapping(value: Plain) -> dict[str, Plain]:
    """Return a value that is a mapping; an empty one for any other."""
    return value if isinstance(value, dict) else {}


def as_plain(value: FieldValue) -> Plain:
    """Return a field's value as it reads back from a file."""
    if isinstance(value, str):
        return one_paragraph(value)
    if isinstance(value, dict):
        return {key: one_paragraph(words) for key, words in value.items()}
    return [one_paragraph(each) for each in value]


def without(value: Plain, step: str | int) -> Plain:
    """Return a copy of a mapping or list without one of its values."""
    if isinstance(value, dict):
        return {key: each for key, each in value.items() if key != step}
    return [each for number, each in enumerate(value) if number != step]


def replaced(value: Plain, path: Path, wanted: Plain) -> Plain:
    """Return a copy with another value at a path."""
    if not path:
        return wanted
    first, *rest = path
    if isinstance(value, dict):
        return {key: replaced(each, tuple(rest), wanted) if key == first else each for key, each in value.items()}
    return [replaced(each, tuple(rest), wanted) if number == first else each for number, each in enumerate(value)]
