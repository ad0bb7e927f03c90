"""A suggestion as a change of the content's files."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.changes.detect import detect_changes
from bot.content.certainty import Certainty
from bot.content.editing.changes import (
    ContentChange,
    EditConflictError,
    NewSource,
    added_keywords,
    checked,
    correction,
    new_keywords,
    withdrawal,
)
from bot.proposals.suggestion import SuggestionKind, fields_of, proposed

if TYPE_CHECKING:
    from datetime import date

    from bot.content.editing.changes import FieldValue
    from bot.content.models import Content, Fact
    from bot.proposals.suggestion import FactFields, Suggestion

_TEXTS: Final = ("statement", "certainty", "said_by", "short")
_OTHERWISE: Final = "facts.yaml"
"""The file of the first fact of an area."""


def change_of(suggestion: Suggestion, base: FactFields, content: Content, today: date) -> ContentChange:
    """Return the change that a suggestion asks for; `base` are the fact's fields that it was made from.

    A correction that readers can see carries its reason to them. Raises EditConflictError where the fact of `content`
    is another by now, and EditError.
    """
    if fields_of(content, suggestion.fact_id).digest != base.digest:
        raise EditConflictError("The fact was changed meanwhile.", "Look at it as it is now.")
    after, kind = proposed(base, suggestion), suggestion.kind
    if kind is SuggestionKind.NEW:
        fields = _fields(base, after)
        file = _file_for(content, suggestion.area, after)
        return ContentChange(suggestion.fact_id, fields=fields, file=file, source=_source(suggestion))
    fact = content.facts[suggestion.fact_id]
    if kind is SuggestionKind.WITHDRAWAL:
        return withdrawal(fact, why=suggestion.reason, on=today)
    if kind is SuggestionKind.CHECKED_ON:
        return checked(fact, suggestion.checked_on or today)
    if kind is SuggestionKind.KEYWORDS:
        return added_keywords(fact, new_keywords(base.keywords, after.keywords))
    why = suggestion.reason if not suggestion.was_right and _is_seen(content, fact, after) else ""
    return correction(fact, _fields(base, after), why=why, on=today, source=_source(suggestion))


def _fields(base: FactFields, after: FactFields) -> dict[str, FieldValue]:
    fields: dict[str, FieldValue] = {
        name: getattr(after, name) for name in _TEXTS if getattr(after, name) != getattr(base, name)
    }
    if after.sources != base.sources:
        says = any(words for _, words in after.sources)
        fields["sources"] = dict(after.sources) if says else tuple(name for name, _ in after.sources)
    if after.keywords != base.keywords:
        fields["keywords"] = after.keywords
    return fields


def _is_seen(content: Content, fact: Fact, after: FactFields) -> bool:
    """Whether readers see a difference: the spelling of a word and keywords are none, and need no reason."""
    if {name for name, _ in after.sources} != {each.source.id for each in fact.citations}:
        return True
    try:
        certainty = Certainty(after.certainty)
    except ValueError:
        return True
    said_by, short = after.said_by or None, after.short or None
    changed = replace(fact, statement=after.statement, certainty=certainty, said_by=said_by, short=short)
    return bool(detect_changes(content, replace(content, facts={**content.facts, fact.id: changed})))


def _source(suggestion: Suggestion) -> NewSource | None:
    source = suggestion.new_source
    if source is None:
        return None
    published = source.published.isoformat()
    fields: dict[str, FieldValue] = {
        "title": source.title,
        "publisher": source.publisher,
        "published": published,
        "url": source.url,
    }
    return NewSource(suggestion.source_id or "", fields)


def _file_for(content: Content, area: str, after: FactFields) -> str:
    """Return the file of an area in which most facts cite the same source, are as certain, or are at all."""
    cited = {name for name, _ in after.sources}
    files: Counter[str] = Counter()
    for fact in content.facts.values():
        if fact.area == area:
            shares = len(cited & {each.source.id for each in fact.citations}) * 10
            files[fact.place.file] += 1 + shares + 100 * (fact.certainty.value == after.certainty == "unstated")
    return files.most_common(1)[0][0] if files else f"{area}/{_OTHERWISE}"
