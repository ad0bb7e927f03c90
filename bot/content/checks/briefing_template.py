"""Checks templates without running them: a briefing is a table of contents, its words stand in the facts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2 import TemplateSyntaxError, meta, nodes

from bot.content.checks.details_markers import check_markers
from bot.content.checks.typos import find_typos
from bot.content.faults import Code
from bot.content.files import TextFile
from bot.content.models import OVERVIEW
from bot.content.templates import FACT_FUNCTIONS, FUNCTIONS, Sandbox, printed_facts, short_form
from bot.content.yaml.characters import word_processor_fault
from bot.text import did_you_mean, is_it_a_typo, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.checks.references import Drafts
    from bot.content.faults import Fault

_ALLOWED_LINE = re.compile(r"\s*\Z|#{1,6} \S|\s*(?:\0\s*)+\Z")
"""Blank, a heading, or nothing but expressions (each stands as NUL)."""


def check_page(file: TextFile, sandbox: Sandbox, names: frozenset[str]) -> Iterator[Fault]:
    """Find what a page's template must not hold; `names` is what it may use."""
    if (foreign := word_processor_fault(file)) is not None:
        yield foreign
        return
    broken = list(_check_syntax(file, sandbox))
    if broken:
        broken = list(find_typos(file, only_calls=False)) or broken
    yield from broken
    for name in () if broken else sorted(meta.find_undeclared_variables(sandbox.parse(file.text)) - names):
        line = next((number for number, text in enumerate(file.lines, 1) if re.search(rf"\b{name}\b", text)), 1)
        hint = did_you_mean(name, sorted(names), f"Use one of: {', '.join(sorted(names))}.")
        message = f"There is no {shown(name)} in this page."
        column = _column(file, line, name)
        yield file.fault(Code.TEMPLATE_UNDEFINED, message, hint, line=line, column=column)


def _check_syntax(file: TextFile, sandbox: Sandbox) -> Iterator[Fault]:
    """Find what keeps a template from compiling."""
    try:
        sandbox.compile(file.text)
    except TemplateSyntaxError as error:
        yield _syntax_fault(file, error)
    except (RecursionError, SyntaxError, MemoryError):
        yield file.fault(Code.TEMPLATE_SYNTAX, "This template is nested too deep.", "Make it flat.")


def check_briefing(file: TextFile, area: str, sandbox: Sandbox, drafts: Drafts) -> Iterator[Fault]:
    """Find what a briefing's template must not hold, in either form; `area` is the key of its folder.

    A fault that both forms have comes twice.
    """
    if (foreign := word_processor_fault(file)) is not None:
        yield foreign
        return
    unreadable = list(find_typos(file, only_calls=True)) or list(_check_syntax(file, sandbox))
    yield from unreadable
    unpaired = [] if unreadable else list(check_markers(file))
    yield from unpaired
    if unreadable:
        return
    yield from _check_form(file, area, sandbox, drafts)
    if not unpaired:
        short = TextFile(file.name, short_form(file.text))
        broken = list(_check_syntax(short, sandbox))
        yield from broken or _check_form(short, area, sandbox, drafts)
        if not broken:
            yield from _check_sources(file, sandbox)


def _check_form(form: TextFile, area: str, sandbox: Sandbox, drafts: Drafts) -> Iterator[Fault]:
    tree = sandbox.parse(form.text)
    yield from _check_text(form, tree)
    yield from _check_facts(form, area, tree, drafts)


def _check_sources(file: TextFile, sandbox: Sandbox) -> Iterator[Fault]:
    """Find a short form that prints no sources."""
    in_short, in_long = (_calls_of("sources", sandbox.parse(text)) for text in (short_form(file.text), file.text))
    if in_short:
        return
    if in_long:
        line = in_long[0].lineno
        message = "The short form has no sources: they stand before {# end more #}."
        hint = "Move {# end more #} above their heading."
        yield file.fault(Code.SOURCES_MISSING, message, hint, line=line, column=_column(file, line, "sources"))
    else:
        last = max((number for number, text in enumerate(file.lines, 1) if text.strip()), default=1)
        message = "This briefing prints facts without their sources."
        yield file.fault(Code.SOURCES_MISSING, message, "Write {{ sources() }} at its end.", line=last)


def _calls_of(name: str, tree: nodes.Template) -> list[nodes.Call]:
    return [call for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name) and call.node.name == name]


def _syntax_fault(file: TextFile, error: TemplateSyntaxError) -> Fault:
    message = f"The template cannot be read: {(error.message or 'syntax').rstrip('.')}."
    hint = "Compare the braces, quotes and brackets with those of another template."
    line = min(max(error.lineno, 1), len(file.lines))
    column = max(file.lines[line - 1].find("{"), 0) + 1
    return file.fault(Code.TEMPLATE_SYNTAX, message, hint, line=line, column=column)


def _check_text(file: TextFile, tree: nodes.Template) -> Iterator[Fault]:
    lines: dict[int, str] = {}
    for node in tree.body:
        if not isinstance(node, nodes.Output):
            yield file.fault(
                Code.TEMPLATE_TEXT,
                "A briefing's template holds headings and {{ … }} only, no {% … %}.",
                "Print facts with {{ facts(…) }}.",
                line=node.lineno,
            )
            continue
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                for number, text in enumerate(part.data.split("\n"), part.lineno):
                    lines[number] = lines.get(number, "") + text
            else:
                lines[part.lineno] = lines.get(part.lineno, "") + "\0"
                yield from _check_call(file, part)
    for number, line in lines.items():
        if not _ALLOWED_LINE.match(line):
            words = line.replace("\0", " ").strip()
            column = file.lines[number - 1].find(words.split()[0]) + 1 if number <= len(file.lines) else 1
            message = f"{shown(words)} is text without a source."
            hint = "Make a fact of it and print that with {{ facts(…) }}, or make it a heading."
            yield file.fault(Code.TEMPLATE_TEXT, message, hint, line=number, column=max(column, 1))


def _check_call(file: TextFile, part: nodes.Expr) -> Iterator[Fault]:
    line = part.lineno
    if isinstance(part, nodes.Const):
        hint = "Make a fact of it and print that with {{ facts(…) }}."
        message = f"{shown(str(part.value))} is text without a source."
        yield file.fault(Code.TEMPLATE_TEXT, message, hint, line=line, column=_column(file, line, str(part.value)))
        return
    name = part.node.name if isinstance(part, nodes.Call) and isinstance(part.node, nodes.Name) else None
    if not isinstance(part, nodes.Call) or name is None:
        bare = part.name if isinstance(part, nodes.Name) else ""
        if bare and bare not in FUNCTIONS:
            yield _undefined(file, line, bare)
            return
        hint = f"Write {bare}()." if bare else f"Use one of: {_calls()}."
        message = "Only a call of one of the functions can stand here."
        yield file.fault(Code.TEMPLATE_CALL, message, hint, line=line, column=_column(file, line, bare or "{{"))
    elif name not in FUNCTIONS:
        yield _undefined(file, line, name)
    else:
        yield from _check_arguments(file, part, name)


def _check_arguments(file: TextFile, call: nodes.Call, name: str) -> Iterator[Fault]:
    literal = all(isinstance(argument, nodes.Const) and isinstance(argument.value, str) for argument in call.args)
    others = bool(call.kwargs or call.dyn_args or call.dyn_kwargs)
    column = _column(file, call.lineno, name)
    if name not in FACT_FUNCTIONS:
        if call.args or others:
            yield file.fault(
                Code.TEMPLATE_CALL,
                f"{name}() takes nothing in brackets.",
                f"Write {name}().",
                line=call.lineno,
                column=column,
            )
    elif not literal or others or not call.args or (name == "line" and len(call.args) != 1):
        hint = 'Write {{ line("fact-id") }}.' if name == "line" else 'Write {{ facts("fact-id", "other-fact-id") }}.'
        message = f"{name}() needs {'one fact id' if name == 'line' else 'fact ids'} in quotation marks."
        yield file.fault(Code.TEMPLATE_CALL, message, hint, line=call.lineno, column=column)


def _undefined(file: TextFile, line: int, name: str) -> Fault:
    hint = did_you_mean(name, sorted(FUNCTIONS), f"Use one of: {_calls()}.")
    message = f"There is no {shown(name)} in a briefing's template."
    return file.fault(Code.TEMPLATE_UNDEFINED, message, hint, line=line, column=_column(file, line, name))


def _check_facts(file: TextFile, area: str, tree: nodes.Template, drafts: Drafts) -> Iterator[Fault]:
    facts, ids = drafts.facts(), drafts.ids()
    for call in printed_facts(tree):
        fact_id = call.fact_id
        problem = None
        if fact_id not in ids and drafts.complete:
            meant = is_it_a_typo(fact_id, ids, "Write the fact into a theme file first.")
            hint = f"{meant} If you deleted it, put it back and add `withdrawn:`."
            problem = Code.UNKNOWN_FACT, f"There is no fact {shown(fact_id)}.", hint
        elif fact_id in facts:
            owner, draft = facts[fact_id]
            if draft.entry.withdrawn:
                problem = Code.WITHDRAWN_FACT, f"{shown(fact_id)} is withdrawn.", "Take it out of the template."
            elif draft.entry.superseded_by:
                hint = f"Print {draft.entry.superseded_by} instead, or take it out."
                problem = Code.SUPERSEDED_FACT, f"{shown(fact_id)} is superseded.", hint
            elif OVERVIEW not in {area, owner} and owner != area:
                hint = f"Move the fact to {OVERVIEW}/ if it belongs to several areas."
                problem = Code.FOREIGN_FACT, f"{shown(fact_id)} belongs to the area {owner}.", hint
        if problem:
            code, message, hint = problem
            column = _column(file, call.line, fact_id)
            yield file.fault(code, message, hint, line=call.line, column=column, fact_id=fact_id)


def _column(file: TextFile, line: int, words: str) -> int:
    """Return the column of `words` in a line; Jinja2 keeps lines only."""
    found = re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", file.lines[line - 1]) if words else None
    return found.start() + 1 if found else 1


def _calls() -> str:
    return ", ".join(f"{name}()" for name in sorted(FUNCTIONS))
