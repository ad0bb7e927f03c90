"""Content and facts as the JSON that the database keeps.

A revision keeps each source once and a fact's place without its line: moving a fact within its file, or a comment above
it, changes nothing that readers see, and so it makes no new revision. A change keeps its facts whole, sources included.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from bot.content.models import (
    Briefing,
    Citation,
    Content,
    Fact,
    Memorandum,
    Source,
    SourceLocation,
)
from bot.content.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_FACT = TypeAdapter(Fact)
_MEMORANDUM = TypeAdapter(Memorandum)
_SOURCES = TypeAdapter(dict[str, Source])
_BRIEFINGS = TypeAdapter(dict[str, Briefing])
_APART = {"id", "citations", "place"}
_FACTS = ',"facts":{'
"""Stands before the facts, which come last. In a text its quotation marks are escaped."""
_DECODER = json.JSONDecoder()
_BATCH = 20
"""Facts that are read in a millisecond."""
_DATED = ("corrected", "withdrawn")


class Encoder:
    """Writes content as JSON; facts that are the same objects as last time come from a cache."""

    def __init__(self) -> None:
        """Start with an empty cache."""
        self._facts: dict[str, tuple[Fact, str]] = {}

    def encode(self, content: Content) -> str:
        """Return all of the content as JSON text; the same content always gives the same text."""
        written: dict[str, tuple[Fact, str]] = {}
        for fact in content.facts.values():
            kept = self._facts.get(fact.id)
            written[fact.id] = kept if kept and kept[0] is fact else (fact, f"{_json(fact.id)}:{_json(_packed(fact))}")
        self._facts = written
        rest = {
            "memorandum": _MEMORANDUM.dump_python(content.memorandum, mode="json"),
            "sources": _SOURCES.dump_python(dict(content.sources), mode="json"),
            "templates": dict(content.templates),
            "briefings": _BRIEFINGS.dump_python(dict(content.briefings), mode="json", exclude_defaults=True),
        }
        return f"{_json(rest)[:-1]}{_FACTS}{','.join(text for _, text in written.values())}}}}}"


def content_from_json(text: str) -> Content:
    """Return the content that an Encoder wrote: many facts off the event loop. Raises ValueError for another form."""
    try:
        kept, packed = _parsed(text)
        sources = _SOURCES.validate_python(kept["sources"])
        facts = (each for batch in in_turns(packed, _BATCH) for each in batch)
        return Content(
            memorandum=_MEMORANDUM.validate_python(kept["memorandum"]),
            sources=sources,
            facts={fact_id: _unpacked(fact_id, each, sources) for fact_id, each in facts},
            templates=kept["templates"],
            briefings=_BRIEFINGS.validate_python(kept["briefings"]),
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"not content as this version keeps it: {error!r}") from error


def _parsed(text: str) -> tuple[dict[str, Any], Iterable[tuple[str, Any]]]:
    """Return all but the facts, and the facts; they are parsed one by one where the text is as an Encoder writes it."""
    head, _, facts = text.partition(_FACTS)
    try:
        return json.loads(f"{head}}}"), _members(facts)
    except ValueError:  # not written so, or a source or an area goes by that name: the head ends within it
        kept = json.loads(text)
        return kept, kept["facts"].items()


def _members(text: str) -> Iterator[tuple[str, Any]]:
    """Yield the members of a JSON object, behind its bracket, one by one: all at once keep Python's lock too long."""
    at = 0
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at + (text[at] == ","))
        value, at = _DECODER.raw_decode(text, at + 1)
        yield name, value
    if text[at:] != "}}":
        raise ValueError("the text does not end with its facts")


def content_hash(text: str) -> str:
    """Return the SHA-256 of content as an Encoder wrote it."""
    return hashlib.sha256(text.encode()).hexdigest()


def fact_to_json(fact: Fact) -> dict[str, Any]:
    """Return a fact, sources and all, as JSON values."""
    values: dict[str, Any] = _FACT.dump_python(fact, mode="json")
    return values


def fact_from_json(values: Mapping[str, Any]) -> Fact:
    """Return the fact that `fact_to_json` wrote. Raises ValueError for another form."""
    return _FACT.validate_python(values)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _packed(fact: Fact) -> dict[str, Any]:
    packed: dict[str, Any] = _FACT.dump_python(fact, mode="json", exclude=_APART, exclude_defaults=True)
    citations = [[citation.source.id, citation.where] for citation in fact.citations]
    return {**packed, "citations": citations, "file": fact.place.file}


def _unpacked(fact_id: str, packed: Mapping[str, Any], sources: Mapping[str, Source]) -> Fact:
    citations = [Citation(sources[source], where) for source, where in packed["citations"]]
    whole = {**packed, "id": fact_id, "citations": citations, "place": SourceLocation(packed["file"], 1, 1)}
    for name in _DATED:
        if isinstance(packed.get(name), list):  # revisions of earlier versions
            whole[name] = dict(zip(("on", "why"), packed[name], strict=True))
    return _FACT.validate_python(whole)
