"""The Jinja2 sandbox that templates run in."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import DictLoader, StrictUndefined, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.text import Markdown, day, escape, link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import CodeType

    from jinja2 import Template
    from jinja2.runtime import Context

TEMPLATE_SUFFIX = ".md.j2"
OUTPUT_LIMIT = 200_000
"""The most characters that a template may print, and that `join` may make."""

TEXTS_KEPT = 256
"""Compiled templates kept: several times what one content has."""

_FILTERS = ("default", "first", "last", "length", "list", "lower", "sort", "trim", "upper")
_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Concat: "~",
    nodes.List: "[…]",
    nodes.Tuple: "(…)",
    nodes.Dict: "{…}",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.AssignBlock: "set … endset",
    nodes.Import: "import",
    nodes.FromImport: "from … import",
}
"""Syntax that builds text or lists before OUTPUT_LIMIT applies: a few lines of it could fill any memory."""


class TooMuchOutputError(Exception):
    """A template printed more than OUTPUT_LIMIT characters."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 without anything that could grow large or leave the template.

    Memory is bounded: by OUTPUT_LIMIT for the output, and because nothing can make a long text out of short ones. Time
    is not: nested loops that print nothing may run long. A text is parsed and compiled once in a process, for all
    sandboxes: content is loaded again after every edit, and most edits are not in templates.
    """

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Templates by name, for `include` among them."""
        super().__init__(
            loader=DictLoader(dict(texts)),
            undefined=StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        self.globals = {}
        self.filters = {name: self.filters[name] for name in _FILTERS} | {"join": _join}

    def is_safe_callable(self, obj: object) -> bool:
        """Whether a template may call it: only `link`."""
        return obj is link

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Refuse operators that make long texts and large numbers out of short ones."""
        del context, left, right
        raise SecurityError(f"{operator} cannot be used in a template")

    def parse(self, source: str, *_names: str | None) -> nodes.Template:
        """Return the syntax tree of a text; it is shared, and only to be read. Raises TemplateSyntaxError."""
        return _tree(source)

    def compile(self, source: Any, *_how: Any, **_more: Any) -> Any:  # noqa: ANN401 — Jinja2 has several signatures
        """Return the code of a text, whatever its name. Raises TemplateSyntaxError."""
        return _code(source)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Refuse syntax that could grow large, with its line."""
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(tuple(_REFUSED)):
            if getattr(node, "ctx", "load") == "load":  # a tuple may come before `in`, as the names of a loop
                raise TemplateSyntaxError(f"{_REFUSED[type(node)]} cannot be used in a template", node.lineno, name)
        return tree


def _finalize(value: object) -> str:
    """Return a value as Markdown that shows it literally."""
    if isinstance(value, Markdown):
        return value
    return escape(day(value) if isinstance(value, date) else str(value))


def _join(values: Iterable[object], between: str = "") -> str:
    """Join texts and dates as the filter `join` does. Raises TooMuchOutputError for what could not be printed."""
    parts: list[str] = []
    left = OUTPUT_LIMIT
    for value in values:
        parts.append(day(value) if isinstance(value, date) else str(value))
        left -= len(parts[-1]) + len(between)
        if left < 0:
            raise TooMuchOutputError
    return between.join(parts)


_COMPILER = Sandbox({})
"""Compiles for all sandboxes: they differ only in the templates that they can include, which are looked up when run."""


@lru_cache(maxsize=TEXTS_KEPT)
def _tree(source: str) -> nodes.Template:
    return ImmutableSandboxedEnvironment.parse(_COMPILER, source)


@lru_cache(maxsize=TEXTS_KEPT)
def _code(source: str) -> CodeType:
    code: CodeType = ImmutableSandboxedEnvironment.compile(_COMPILER, _tree(source))
    return code


def run(template: Template, context: Mapping[str, object]) -> str:
    """Render a template. Raises TooMuchOutputError, and Jinja2's errors."""
    parts: list[str] = []
    left = OUTPUT_LIMIT
    for part in template.generate(context):
        left -= len(part)
        if left < 0:
            raise TooMuchOutputError
        parts.append(part)
    return "".join(parts)
