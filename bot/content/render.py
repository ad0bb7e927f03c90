"""Checked content → Markdown: the briefings and the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2.exceptions import TemplateError

from bot.content import pages
from bot.content.markdown import tidy
from bot.content.memorandum import TEMPLATES_FOLDER
from bot.content.templates import (
    BRIEFING,
    TEMPLATE_SUFFIX,
    Sandbox,
    TooMuchOutputError,
    callable_in_templates,
    printed_facts,
    run,
    short_form,
)
from bot.errors import BriefingBotError
from bot.text import Markdown, day, escape, link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from jinja2 import Template, nodes

    from bot.content.models import Area, Content, Fact, Source


class RenderError(BriefingBotError):
    """A template failed; `check` finds this before readers do, unless the template is a page."""


class Renderer:
    """Renders one content. Templates are compiled once, and each briefing is rendered once in each form."""

    def __init__(self, content: Content, *, last_changes: Mapping[str, Sequence[str]] | None = None) -> None:
        """`last_changes` are lines of plain text on what changed last, by area; without them nothing is recorded."""
        self._last_changes = last_changes or {}
        environment = Sandbox(content.templates)
        areas = {area.key: area for area in content.areas}
        self._briefings: dict[tuple[str, bool], _Briefing] = {}
        self._pages: dict[str, Template] = {}
        self._rendered: dict[tuple[str, bool], str] = {}
        self._unchanging: dict[tuple[str, bool], str] = {}
        for name, text in content.templates.items():
            folder, _, file = name.partition("/")
            if file == BRIEFING and folder in areas:
                for long in (False, True):
                    form = text if long else short_form(text)
                    self._briefings[folder, long] = _Briefing(content, areas[folder], environment, form)
            elif folder == TEMPLATES_FOLDER:
                self._pages[file.removesuffix(TEMPLATE_SUFFIX)] = environment.get_template(name)
        shared = {"memorandum": content.memorandum, "areas": content.areas}
        self._shared = {**shared, "link": callable_in_templates(link)}

    def briefing(self, area_key: str, *, long: bool) -> str:
        """Return an area's briefing as Markdown."""
        if (area_key, long) not in self._rendered:
            changes = _changes(self._last_changes.get(area_key, ()))
            self._rendered[area_key, long] = self._briefings[area_key, long].markdown(changes)
        return self._rendered[area_key, long]

    def unchanging(self, area_key: str, *, long: bool) -> str:
        """Return an area's briefing without what `changes()` prints: the same facts always give the same text."""
        if (area_key, long) not in self._unchanging:
            self._unchanging[area_key, long] = self._briefings[area_key, long].markdown(Markdown())
        return self._unchanging[area_key, long]

    def page(self, name: str, **context: object) -> str:
        """Return the page templates/NAME.md.j2 as Markdown. Texts in `context` are shown literally.

        `context` holds what bot/content/pages.py lists for the page; the page may also use `memorandum`, `areas` and
        `link(text, address)`. Raises RenderError, and TypeError for a name that the page does not know.
        """
        if name not in self._pages:
            template = f"{TEMPLATES_FOLDER}/{name}{TEMPLATE_SUFFIX}"
            raise RenderError(f"There is no template {template}.", "Add it to the content folder.")
        if unlisted := sorted(context.keys() - pages.PAGES.get(name, frozenset())):
            raise TypeError(f"The page {name} does not show {', '.join(unlisted)}.")
        return tidy(_run(self._pages[name], {**self._shared, **context}))


def printed(content: Content, area_key: str, *, long: bool) -> tuple[Fact, ...]:
    """Return the facts that an area's briefing prints in one of its forms, each once, in order."""
    text = content.templates[f"{area_key}/{BRIEFING}"]
    return _printed(content, Sandbox(content.templates).parse(text if long else short_form(text)))


def _printed(content: Content, tree: nodes.Template) -> tuple[Fact, ...]:
    ids = dict.fromkeys(call.fact_id for call in printed_facts(tree))
    return tuple(fact for each in ids if (fact := content.facts.get(each)) and fact.is_current)


class _Briefing:
    """One briefing in one form, with all that does not depend on when it is read."""

    def __init__(self, content: Content, area: Area, environment: Sandbox, text: str) -> None:
        self._template = environment.from_string(text)
        self._facts = content.facts
        self._area = area
        facts = _printed(content, environment.parse(text))
        self._sources = _numbered(facts)
        self._position = _position(content.memorandum.position_on, [fact.checked_on for fact in facts])

    def markdown(self, changes: Markdown) -> str:
        functions = {
            "facts": self._list,
            "line": self._line,
            "title": lambda: self._area.title,
            "position": lambda: self._position,
            "changes": lambda: changes,
            "sources": self._source_list,
        }
        return tidy(_run(self._template, {name: callable_in_templates(call) for name, call in functions.items()}))

    def _list(self, *fact_ids: str) -> Markdown:
        """Return the facts as a bulleted list; one that is not served any more is left out."""
        lines = [f"- {self._cited(self._facts[each])}" for each in fact_ids if self._facts[each].is_current]
        return Markdown("\n".join(lines))

    def _line(self, fact_id: str) -> Markdown:
        """Return one fact as a paragraph."""
        fact = self._facts[fact_id]
        return Markdown(self._cited(fact) if fact.is_current else "")

    def _cited(self, fact: Fact) -> str:
        parts: list[str] = [escape(fact.short or fact.statement)]
        if fact.corrected:
            parts.append(f"_Corrected {day(fact.corrected.on)}: {escape(fact.corrected.why)}_")
        numbered = sorted((self._sources[each.source], each.link) for each in fact.citations)
        parts += [link(f"[{number}]", address) for number, address in numbered]
        return " ".join(parts)

    def _source_list(self) -> Markdown:
        return Markdown("\n".join(f"{number}. {_source_line(source)}" for source, number in self._sources.items()))


def _run(template: Template, context: Mapping[str, object]) -> str:
    try:
        return run(template, context)
    except TooMuchOutputError:
        raise RenderError("The template prints too much.", "Shorten it.") from None
    except (TemplateError, LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise RenderError(
            f"The template cannot be rendered: {str(error).rstrip('.')}.", "Compare it with the others."
        ) from error


def _numbered(printed: Sequence[Fact]) -> dict[Source, int]:
    """Return the number of each source of the printed facts, in the order in which readers meet them."""
    sources = dict.fromkeys(citation.source for fact in printed for citation in fact.citations)
    return {source: number for number, source in enumerate(sources, 1)}


def _source_line(source: Source) -> str:
    return f"{link(source.title, source.url)}, {escape(source.publisher)}, {day(source.published)}"


def _position(position_on: date, checked: Sequence[date]) -> str:
    """Return the line under the title; "last checked" is as old as the oldest check of a fact in the briefing."""
    last = f", last checked {day(min(checked))}" if checked else ""
    return f"Position at {day(position_on)}{last}."


def _changes(lines: Sequence[str]) -> Markdown:
    if len(lines) <= 1:
        return escape("".join(lines) or "No change recorded since the position date.")
    return Markdown("\n".join(f"- {escape(line)}" for line in lines))
