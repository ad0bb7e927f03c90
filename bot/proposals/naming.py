"""Ids for what is proposed: of a new fact and of a new source, made from their words, and free in the content."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Final

from bot.proposals.suggestion import SuggestionKind

if TYPE_CHECKING:
    from collections.abc import Collection, Container

    from bot.content.models import Content
    from bot.proposals.suggestion import SuggestedSource, Suggestion

_MOST_WORDS: Final = 4
_LONGEST: Final = 60
_SMALL: Final = frozenset(
    "a an the of in on at to for and or by with from is are was were be been has have had it its that this will".split()  # noqa: SIM905 — a column of quoted words is no list to read
)


def with_ids(suggestion: Suggestion, content: Content, proposed: Collection[str]) -> Suggestion:
    """Return a suggestion whose new fact and new source have ids that are free; `proposed` are those of other facts."""
    if suggestion.kind is SuggestionKind.NEW:
        own = suggestion.fact_id
        if not own or own in content.facts or own in proposed:
            taken = {*content.facts, *proposed}
            suggestion = replace(suggestion, fact_id=fact_id(suggestion.statement or "", taken))
    if source := suggestion.new_source:
        held = next((each.id for each in content.sources.values() if each.url == source.url), None)
        if held:
            return replace(suggestion, source_id=held, new_source=None)
        suggestion = replace(suggestion, source_id=source_id(source, content.sources))
    return suggestion


def fact_id(statement: str, taken: Container[str]) -> str:
    """Return an id for a new fact: its first four words of weight."""
    return _free(statement, "fact", taken)


def source_id(source: SuggestedSource, taken: Container[str]) -> str:
    """Return an id for a new source: its publisher, and its title's first words."""
    return _free(f"{source.publisher} {source.title}", "source", taken)


def _free(text: str, otherwise: str, taken: Container[str]) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = [each for each in re.findall(r"[a-z0-9]+", plain.replace("'", "")) if each not in _SMALL]
    name = "-".join(words[:_MOST_WORDS])[:_LONGEST].strip("-").lstrip("0123456789-") or otherwise
    return next(each for n in count(1) if (each := name if n == 1 else f"{name}-{n}") not in taken)
