"""Suggestions: a new fact, or a change of one, as a person proposes it. They name only the fields that change."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date  # noqa: TC003 — pydantic resolves it
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from bot.content.editing.changes import new_keywords
from bot.logging import redacted
from bot.text import digest, storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.content.models import Content, Fact


class SuggestionKind(StrEnum):
    """What is suggested. `keywords` adds words that askers type, `checked_on` says that a fact is still right."""

    NEW = "new fact"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    KEYWORDS = "keywords"
    CHECKED_ON = "checked_on"


@dataclass(frozen=True, slots=True)
class SuggestedSource:
    """A source that sources.yaml does not have yet."""

    title: str
    publisher: str
    published: date
    url: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggestion. Fields that are None stay as they are; `fact_id` is empty for a new fact.

    `source_id` is cited with `source_words`, up to seven words as they stand there, beside what the fact cites already;
    `new_source` stands in its place for one that is to be added. `reason` is why, in the author's words: readers see
    that of a correction or withdrawal. `was_right`: the fact was right in its time, so that nothing that was posted is
    corrected. `checked_on` is the day of the check, `keywords` are all of them, not only new ones; of the kind
    KEYWORDS, none is taken away. `permalink` leads to the message that led to it, `theme_id` is the theme's that it
    answers.
    """

    kind: SuggestionKind
    area: str
    fact_id: str = ""
    statement: str | None = None
    certainty: str | None = None
    said_by: str | None = None
    short: str | None = None
    source_id: str | None = None
    source_words: str | None = None
    new_source: SuggestedSource | None = None
    keywords: tuple[str, ...] | None = None
    checked_on: date | None = None
    was_right: bool = False
    reason: str = ""
    permalink: str = ""
    theme_id: str = ""


_SUGGESTION = TypeAdapter(Suggestion)


def suggestion_to_json(suggestion: Suggestion) -> dict[str, Any]:
    """Return a suggestion as it is stored, without what is empty."""
    stored: dict[str, Any] = _SUGGESTION.dump_python(suggestion, mode="json", exclude_defaults=True)
    return stored


def suggestion_from_json(stored: Mapping[str, Any]) -> Suggestion:
    """Return a stored suggestion. Raises ValueError for another form."""
    return _SUGGESTION.validate_python(stored)


def cleaned(suggestion: Suggestion) -> Suggestion:
    """Return a suggestion as it may be stored and shown: on one line each, without what has the shape of a secret."""
    texts: dict[str, Any] = {
        each.name: _clean(value) for each in fields(Suggestion) if type(value := getattr(suggestion, each.name)) is str
    }
    source, keywords = suggestion.new_source, suggestion.keywords
    if source:
        title, publisher, url = map(_clean, (source.title, source.publisher, source.url))
        source = SuggestedSource(title, publisher, source.published, url)
    if keywords is not None:
        keywords = tuple(dict.fromkeys(filter(None, map(_clean, keywords))))
    return replace(suggestion, new_source=source, keywords=keywords, **texts)


def _clean(text: str) -> str:
    return storable(redacted(" ".join(text.split())))


@dataclass(frozen=True, slots=True)
class FactFields:
    """What a suggestion can change of a fact. `sources` are pairs of a source's id and the words cited."""

    statement: str = ""
    certainty: str = ""
    said_by: str = ""
    short: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    keywords: tuple[str, ...] = ()
    checked_on: str = ""
    is_current: bool = True

    @property
    def digest(self) -> str:
        """What stands for these values."""
        return digest(_FIELDS.dump_json(replace(self, sources=tuple(sorted(self.sources)))).decode())

    @classmethod
    def of(cls, fact: Fact) -> FactFields:
        """Return those of a fact."""
        return cls(
            statement=fact.statement,
            certainty=fact.certainty.value,
            said_by=fact.said_by or "",
            short=fact.short or "",
            sources=tuple((each.source.id, each.where) for each in fact.citations),
            keywords=fact.keywords,
            checked_on=fact.checked_on.isoformat(),
            is_current=fact.is_current,
        )


NOTHING: Final = FactFields()
"""Stands for a fact that is not held."""
_FIELDS = TypeAdapter(FactFields)


def fields_to_json(values: FactFields) -> dict[str, Any]:
    """Return a fact's fields as they are stored."""
    stored: dict[str, Any] = _FIELDS.dump_python(values, mode="json")
    return stored


def fields_from_json(stored: Mapping[str, Any]) -> FactFields:
    """Return stored fields. Raises ValueError for another form."""
    return _FIELDS.validate_python(stored)


def fields_of(content: Content, fact_id: str) -> FactFields:
    """Return the fields of a fact as it is held now; NOTHING for one that is not."""
    fact = content.facts.get(fact_id)
    return FactFields.of(fact) if fact else NOTHING


def proposed(before: FactFields, suggestion: Suggestion) -> FactFields:
    """Return the fields as a suggestion wants them."""
    named = {each.name for each in fields(FactFields)} - {"sources", "checked_on", "is_current"}
    changed = {name: value for name in named if (value := getattr(suggestion, name)) is not None}
    after = replace(before, **changed)
    if suggestion.kind is SuggestionKind.KEYWORDS:
        added = new_keywords(before.keywords, suggestion.keywords or ())
        after = replace(after, keywords=(*before.keywords, *added))
    if suggestion.source_id:
        sources = dict(before.sources) | {suggestion.source_id: suggestion.source_words or ""}
        after = replace(after, sources=tuple(sources.items()))
    if suggestion.checked_on:
        after = replace(after, checked_on=suggestion.checked_on.isoformat())
    return replace(after, is_current=before.is_current and suggestion.kind is not SuggestionKind.WITHDRAWAL)
