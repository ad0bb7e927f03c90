"""Renders checked content as Markdown: the briefings and the pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2.exceptions import TemplateError

from bot.content import pages
from bot.content.memorandum import TEMPLATES_FOLDER
from bot.content.sandbox.templates import TEMPLATE_SUFFIX, Sandbox, link, run
from bot.content.sandbox.work import TooMuchError
from bot.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bot.content.models import Briefing, Content, Fact, Source

_HEADING = re.compile(r"(#{1,6}) ")
_TEXT_LEVEL = 7
"""Deeper than any heading: a line of text keeps the heading above it."""


class RenderError(OperatorError):
    """A template failed, in `file` at `line`. `check` tries every template, so that readers hardly ever see it."""

    for_members = "I cannot show this page: its template is broken. Whoever runs me finds the fault in the log."

    def __init__(self, message: str, hint: str, file: str, line: int = 1) -> None:
        """Add the place."""
        super().__init__(message, hint)
        self.args = (f"{file}:{line}: {self}",)
        self.file = file
        self.line = line


class Renderer:
    """Renders one content. Templates are compiled once, and each briefing is rendered once in each form.

    Once more, where other facts of it come last.
    """

    def __init__(self, content: Content, *, last_changes: Mapping[str, Sequence[str]] | None = None) -> None:
        """`last_changes` are lines of plain text on what changed last, by area."""
        self._content = content
        self._last_changes = last_changes or {}
        environment = Sandbox(content.templates)
        self._pages = {_page_of(name): environment.get_template(name) for name in content.templates}
        shared = {"memorandum": content.memorandum, "areas": content.areas}
        self._shared = {**shared, "link": link, "later": _Later(content)}
        self._rendered: dict[tuple[str, bool, bool], tuple[AbstractSet[str], str]] = {}

    def briefing(self, area_key: str, *, long: bool, last: AbstractSet[str] = frozenset()) -> str:
        """Return an area's briefing as Markdown. `last`: ids of facts that come last below their heading."""
        return self._briefing(area_key, long=long, with_changes=True, last=last)

    def unchanging(self, area_key: str, *, long: bool, last: AbstractSet[str] = frozenset()) -> str:
        """Return an area's briefing without its last changes: the same facts always give the same text."""
        return self._briefing(area_key, long=long, with_changes=False, last=last)

    def page(self, name: str, **context: object) -> str:
        """Return the page templates/NAME.md.j2 as Markdown. Texts in `context` are shown literally.

        `context` holds what bot/content/pages.py lists for the page; the page may also use `memorandum`, `areas` and
        `link(text, address)`. Raises RenderError, and TypeError for a name that the page does not know.
        """
        if unlisted := sorted(context.keys() - pages.PAGES.get(name, context.keys())):
            raise TypeError(f"The page {name} does not show {', '.join(unlisted)}.")
        return self._render(name, **context)

    def _render(self, name: str, **context: object) -> str:
        file = f"{TEMPLATES_FOLDER}/{name}{TEMPLATE_SUFFIX}"
        if name not in self._pages:
            raise RenderError(f"There is no template {file}.", "Add it to the content folder.", file)
        try:
            return tidy(run(self._pages[name], {**self._shared, **context}))
        except TooMuchError as error:
            raise RenderError(error.what, "Shorten it.", error.template or file, error.line) from None
        except (TemplateError, LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
            message = f"The template cannot be rendered: {str(error).rstrip('.')}."
            raise RenderError(message, "Compare it with the others.", file) from error

    def _briefing(self, area_key: str, *, long: bool, with_changes: bool, last: AbstractSet[str]) -> str:
        content, briefing = self._content, self._content.briefings[area_key]
        key = area_key, long, with_changes
        last = {each for section in briefing.sections for each in section.facts if each in last} if last else last
        kept = self._rendered.get(key)
        if kept and kept[0] == last:
            return kept[1]
        sections: list[tuple[str, Sequence[Fact]]] = [("", self._served([briefing.bottom_line or ""]))]
        sections += [
            (section.heading, sorted(self._served(section.facts), key=lambda fact: fact.id in last))
            for section in briefing.shown_sections(long=long)
        ]
        printed = [fact for _, facts in sections for fact in facts]
        cited = dict.fromkeys(citation.source for fact in printed for citation in fact.citations)
        numbers = {source: number for number, source in enumerate(cited, 1)}
        text = self._render(
            "briefing",
            area=next(area for area in content.areas if area.key == area_key),
            checked_on=min((fact.checked_on for fact in printed), default=None),
            sections=[{"heading": head, "lines": [_line(fact, numbers) for fact in facts]} for head, facts in sections],
            after=self._after(briefing),
            changes=self._last_changes.get(area_key, ()) if with_changes else None,
            sources=tuple(numbers),
        )
        self._rendered[key] = last, text
        return text

    def _after(self, briefing: Briefing) -> Mapping[str, object] | None:
        """Return the heading below which later facts stand, and the newest day of those; None for no such facts."""
        found = (
            (section.heading, self._content.facts.get(key))
            for section in briefing.later_sections
            for key in section.facts
        )
        served = [(heading, fact.as_of) for heading, fact in found if fact is not None and fact.is_current]
        return {"heading": served[0][0], "until": max(day for _, day in served)} if served else None

    def _served(self, fact_ids: Iterable[str]) -> list[Fact]:
        """Return the facts that are still served, in order."""
        facts = (self._content.facts.get(fact_id) for fact_id in fact_ids)
        return [fact for fact in facts if fact is not None and fact.is_current]


class _Later(dict[str, "tuple[Fact, ...]"]):
    """By a fact's id, the facts that its `since` names, while they are served."""

    def __init__(self, content: Content) -> None:
        super().__init__()
        self._content = content

    def __missing__(self, fact_id: str) -> tuple[Fact, ...]:
        fact = self._content.facts.get(fact_id)
        return self._content.later_facts(fact) if fact else ()


def _line(fact: Fact, numbers: Mapping[Source, int]) -> Mapping[str, object]:
    numbered = sorted((numbers[citation.source], citation.link) for citation in fact.citations)
    links = [(f"[{number}]", address) for number, address in numbered]
    return {"text": fact.short or fact.statement, "corrected": fact.corrected, "links": links}


def _page_of(template: str) -> str:
    return template.removeprefix(f"{TEMPLATES_FOLDER}/").removesuffix(TEMPLATE_SUFFIX)


def tidy(markdown: str) -> str:
    """Return Markdown without headings that have nothing below them, and without blank lines in a row."""
    kept: list[str] = []
    below = 1
    for line in reversed(markdown.split("\n")):
        heading = _HEADING.match(line)
        if heading and below <= len(heading[1]) and len(heading[1]) > 1:
            continue
        if line.strip():
            below = len(heading[1]) if heading else _TEXT_LEVEL
            kept.append(line.rstrip())
        elif kept and kept[-1]:
            kept.append("")
    return "\n".join(reversed(kept)).strip("\n") + "\n"
