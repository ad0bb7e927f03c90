"""Checks the page templates without running them: they must compile, and use only what the page is given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2 import TemplateSyntaxError

from bot.content.faults import Code
from bot.content.sandbox.templates import names_used
from bot.content.yaml.characters import word_processor_fault
from bot.text import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.faults import Fault
    from bot.content.files import TextFile
    from bot.content.sandbox.templates import Sandbox


def check_template(file: TextFile, sandbox: Sandbox, names: frozenset[str], *, needs: str) -> Iterator[Fault]:
    """Find what keeps a template from being rendered; `names` is what it may use, `needs` what it must use."""
    if (foreign := word_processor_fault(file)) is not None:
        yield foreign
        return
    try:
        sandbox.compile(file.text)
    except TemplateSyntaxError as error:
        message = f"The template cannot be read: {(error.message or 'syntax').rstrip('.')}."
        hint = "Compare the braces, quotes and brackets with those of another template."
        line = min(max(error.lineno, 1), len(file.lines))
        spot = line, max(file.lines[line - 1].find("{"), 0) + 1
        yield file.fault(Code.TEMPLATE_SYNTAX, message, hint, spot)
        return
    except (RecursionError, SyntaxError, MemoryError):
        yield file.fault(Code.TEMPLATE_SYNTAX, "This template is nested too deep.", "Make it flat.")
        return
    used = names_used(file.text)
    for name in sorted(used - names):
        places = ((line, re.search(rf"\b{name}\b", text)) for line, text in enumerate(file.lines, 1))
        spot = next(((line, found.start() + 1) for line, found in places if found), (1, 1))
        hint = did_you_mean(name, sorted(names), f"Use one of: {', '.join(sorted(names))}.")
        message = f"There is no {shown(name)} in this template."
        yield file.fault(Code.TEMPLATE_UNDEFINED, message, hint, spot)
    if needs and needs not in used:
        message = "This template shows facts without their sources."
        hint = f"List them at its end: {{% for source in {needs} %}} … {{% endfor %}}."
        yield file.fault(Code.SOURCES_MISSING, message, hint, (len(file.text.rstrip().split("\n")), 1))
