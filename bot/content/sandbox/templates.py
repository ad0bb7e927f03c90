"""The Jinja2 sandbox that templates run in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import DictLoader, StrictUndefined, meta, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.content.sandbox.work import LINK_LIMIT, TooMuchError, counted, counting, counting_work, current, handle
from bot.text import Markdown, day, escape
from bot.text import link as text_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import CodeType

    from jinja2 import Template
    from jinja2.runtime import Context

TEMPLATE_SUFFIX = ".md.j2"
SIZE_LIMIT = 64 * 1024
"""The longest template, in characters: one of ours has two thousand. What stands between two steps is bounded by it."""
MOST_NESTED = 4
"""The most loops within each other: a briefing needs three, for its sections, their lines and the sources of each."""

TEXTS_KEPT = 256
"""Compiled templates kept: several times what one content has."""

_FILTERS = ("default", "first", "last", "length", "lower", "sort", "trim", "upper")
_COUNTED = ("lower", "sort", "trim", "upper")
_LOOP = "for …"
"""The filter through which each loop's values go; no template can write its name."""
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


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 without anything that could grow large or leave the template.

    Memory is bounded: by OUTPUT_LIMIT for the output, and because nothing can make a long text out of short ones. Work
    is bounded by the steps and the time of bot/content/sandbox/work.py. A text is parsed and compiled once in a
    process, for all sandboxes: content is loaded again after every edit, and most edits are not in templates.
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
        self._safe: dict[tuple[type, str], bool] = {}
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.filters |= {name: counting(self.filters[name]) for name in _COUNTED}
        self.filters |= {"join": counting(_join), "list": counting(list), _LOOP: counted}

    def is_safe_callable(self, obj: object) -> bool:
        """Whether a template may call it: only `link`."""
        return obj is link

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401 — as the sandbox's own
        """Return what the sandbox says of an attribute, which it says by the object's type and the name alone."""
        key = type(obj), attr
        if key not in self._safe:
            self._safe[key] = super().is_safe_attribute(obj, attr, value)
        return self._safe[key]

    def get_template(self, name: Any, *more: Any, **named: Any) -> Template:  # noqa: ANN401 — as above
        """Return a template; `include` and `extends` call this, and each is a step. Raises TemplateNotFound."""
        if work := current():
            work.step()
        template = super().get_template(name, *more, **named)
        template.name = str(name)  # its code is shared by all texts that are the same, and has no name
        return template

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
        """Refuse syntax that could grow large, with its line, and have the steps of loops counted."""
        if len(source) > SIZE_LIMIT:
            raise TemplateSyntaxError(f"it is longer than {SIZE_LIMIT // 1024} KiB", 1, name)
        try:
            tree = super()._parse(source, name, filename)
        except ValueError:  # Python reads no whole number of more than 4,300 digits
            raise TemplateSyntaxError("a number is too long", 1, name) from None
        for node in tree.find_all(tuple(_REFUSED)):
            if getattr(node, "ctx", "load") == "load":  # a tuple may come before `in`, as the names of a loop
                raise TemplateSyntaxError(f"{_REFUSED[type(node)]} cannot be used in a template", node.lineno, name)
        _count_loops(tree, name)
        return tree


def _count_loops(node: nodes.Node, name: str | None, depth: int = 0) -> None:
    """Put _LOOP between each loop and its values. Raises TemplateSyntaxError for loops that are nested too deep."""
    if isinstance(node, nodes.For):
        depth += 1
        if depth > MOST_NESTED:
            raise TemplateSyntaxError(f"loops are nested more than {MOST_NESTED} deep", node.lineno, name)
        line = nodes.Const(node.lineno, lineno=node.lineno)
        node.iter = nodes.Filter(node.iter, _LOOP, [line], [], None, None, lineno=node.lineno)
    for child in node.iter_child_nodes():
        _count_loops(child, name, depth)


def link(text: str, address: str) -> Markdown:
    """Return a link as `bot.text.link` does, which templates may call. Raises TooMuchError."""
    handle(text, address)
    if len(text) + len(address) > LINK_LIMIT and (work := current()):
        raise TooMuchError(f"A link has more than {LINK_LIMIT} characters.", work.template, work.line)
    return text_link(text, address)


def _finalize(value: object) -> str:
    """Return a value as Markdown that shows it literally."""
    if isinstance(value, Markdown):
        return value
    return escape(day(value) if isinstance(value, date) else str(value))


def _join(values: Iterable[object], between: str = "") -> str:
    """Join texts and dates as the filter `join` does. Raises TooMuchError for what could not be printed."""
    parts: list[str] = []
    work = current()
    joined = replace(work) if work else None  # what is joined is not printed yet
    for value in values:
        parts.append(day(value) if isinstance(value, date) else str(value))
        if joined:
            joined.print(parts[-1] + between)
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


@lru_cache(maxsize=TEXTS_KEPT)
def names_used(source: str) -> frozenset[str]:
    """Return what a template that compiles uses and does not set itself."""
    return frozenset(meta.find_undeclared_variables(_tree(source)))


def run(template: Template, context: Mapping[str, object]) -> str:
    """Render a template. Raises TooMuchError, and Jinja2's errors."""
    parts: list[str] = []
    with counting_work(template.name or "") as work:
        for part in template.generate(context):
            work.print(part)
            parts.append(part)
    return "".join(parts)
