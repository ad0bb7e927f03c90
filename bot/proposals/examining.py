"""Examines a suggestion: the faults that `check` would find in it, by field, and what it would change."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.content.fact_files import read_fact_file
from bot.content.faults import Severity
from bot.content.files import TextFile
from bot.content.yaml.quoting import quoted
from bot.proposals.proposals import Examination
from bot.proposals.suggestion import SuggestionKind, fields_of, proposed
from bot.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.content.faults import Fault
    from bot.content.models import Content
    from bot.proposals.suggestion import FactFields, Suggestion

AREA: Final = "area"
STATEMENT: Final = "statement"
SOURCE: Final = "source_id"
"""Names of fields of a Suggestion, as problems name them."""
_FIELD: Final = re.compile(r"  ([a-z_]+):")
_NAMES: Final = {"sources": "source_words"}
_UNKNOWN_AREA: Final = "We hold no such area."
_UNKNOWN_FACT: Final = "We no longer hold that fact."
_NO_SOURCE: Final = "Choose the source that says so."
_UNKNOWN_SOURCE: Final = "That is not one of our sources. Choose one, or add a new one."
_NOTHING: Final = "Nothing is different from the fact as it is."


class ContentExaminer:
    """Examines suggestions against the published content (Examiner)."""

    async def examine(self, suggestion: Suggestion, content: Content) -> Examination:
        """Return the faults of the fact as it would be. Warnings are told on the card."""
        return await asyncio.to_thread(_examined, suggestion, content)


def _examined(suggestion: Suggestion, content: Content) -> Examination:
    problems = dict(_references(suggestion, content))
    if problems:
        return Examination(problems)
    before = fields_of(content, suggestion.fact_id)
    after = proposed(before, suggestion)
    if after == before:
        return Examination({STATEMENT: _NOTHING})
    faults = _faults(suggestion.fact_id, after)
    problems = by_field(each for each in faults if each.severity is Severity.ERROR)
    warnings = [f"- {escape(f'{each.message} {each.hint}')}" for each in faults if each.severity is Severity.WARNING]
    checked = "\n".join(("The check warns:", "", *warnings)) if warnings else "The check finds no fault."
    return Examination(problems, checked)


def by_field(faults: Iterable[Fault]) -> dict[str, str]:
    """Return faults in their own words, by the field that they are about: the nearest above their line."""
    found: dict[str, str] = {}
    for fault in faults:
        name = fault.source_line and _FIELD.match(fault.source_line)
        field = _NAMES.get(name[1], name[1]) if name else STATEMENT
        found[field] = f"{found.get(field, '')} {fault.message} {fault.hint}".strip()
    return found


def _references(suggestion: Suggestion, content: Content) -> Iterator[tuple[str, str]]:
    if suggestion.area not in {each.key for each in content.areas}:
        yield AREA, _UNKNOWN_AREA
    fact = content.facts.get(suggestion.fact_id)
    if suggestion.kind is not SuggestionKind.NEW and (fact is None or not fact.is_current):
        yield STATEMENT, _UNKNOWN_FACT
    if suggestion.kind is SuggestionKind.NEW and not suggestion.source_id:
        yield SOURCE, _NO_SOURCE
    if suggestion.source_id and not suggestion.new_source and suggestion.source_id not in content.sources:
        yield SOURCE, _UNKNOWN_SOURCE


def _faults(fact_id: str, after: FactFields) -> tuple[Fault, ...]:
    """Return the faults of a fact by itself, written as a fact file with a line for each field."""
    sources = ", ".join(f"{name}: {_text(words)}" for name, words in after.sources)
    lines = {
        "statement": _text(after.statement),
        "certainty": _text(after.certainty),
        "said_by": after.said_by and _text(after.said_by),
        "short": after.short and _text(after.short),
        "sources": f"{{{sources}}}" if any(words for _, words in after.sources) else f"[{_ids(after)}]",
        "keywords": f"[{', '.join(map(_text, after.keywords))}]" if after.keywords else "",
    }
    written = "".join(f"  {name}: {value}\n" for name, value in lines.items() if value)
    file = TextFile("proposed.yaml", f"{fact_id}:\n{written}")
    return tuple(replace(each, file="proposed") for each in read_fact_file(file).faults)


def _ids(after: FactFields) -> str:
    return ", ".join(name for name, _ in after.sources)


def _text(value: str) -> str:
    return quoted(" ".join(value.split()))
