"""Content and facts as the JSON that the database keeps.

A revision keeps each source once and a fact's place without its line: moving a fact within its file, or a comment above
it, changes nothing that readers see, and so it makes no new revision. A change keeps its facts whole, sources included.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from bot.content.models import (
    Briefing,
    Certainty,
    Citation,
    Content,
    DatedReason,
    Fact,
    Memorandum,
    Source,
    SourceLocation,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_FACT = TypeAdapter(Fact)
_MEMORANDUM = TypeAdapter(Memorandum)
_SOURCES = TypeAdapter(dict[str, Source])
_BRIEFINGS = TypeAdapter(dict[str, Briefing])
_PLAIN = ("said_by", "short", "owner", "superseded_by")
_DATED = ("corrected", "withdrawn")


class Encoder:
    """Writes content as JSON; facts that are the same objects as last time are not written anew."""

    def __init__(self) -> None:
        """Begin with nothing written."""
        self._facts: dict[str, tuple[Fact, str]] = {}

    def encode(self, content: Content) -> str:
        """Return all of the content as JSON text; the same content always gives the same text."""
        written: dict[str, tuple[Fact, str]] = {}
        for fact in content.facts.values():
            kept = self._facts.get(fact.id)
            written[fact.id] = kept if kept and kept[0] is fact else (fact, f"{_json(fact.id)}:{_json(_packed(fact))}")
        self._facts = written
        told = {
            "memorandum": _MEMORANDUM.dump_python(content.memorandum, mode="json"),
            "sources": _SOURCES.dump_python(dict(content.sources), mode="json"),
            "templates": dict(content.templates),
            "briefings": _BRIEFINGS.dump_python(dict(content.briefings), mode="json", exclude_defaults=True),
        }
        return f'{_json(told)[:-1]},"facts":{{{",".join(text for _, text in written.values())}}}}}'


def content_to_json(content: Content) -> str:
    """Return all of the content as JSON text, once."""
    return Encoder().encode(content)


def content_from_json(text: str) -> Content:
    """Return the content that `content_to_json` wrote. Raises ValueError when it is of another form."""
    try:
        told = json.loads(text)
        sources = _SOURCES.validate_python(told["sources"])
        return Content(
            memorandum=_MEMORANDUM.validate_python(told["memorandum"]),
            sources=sources,
            facts={fact_id: _unpacked(fact_id, each, sources) for fact_id, each in told["facts"].items()},
            templates=told["templates"],
            briefings=_BRIEFINGS.validate_python(told["briefings"]),
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"not content as this version keeps it: {error!r}") from error


def content_hash(text: str) -> str:
    """Return what stands for content as `content_to_json` wrote it."""
    return hashlib.sha256(text.encode()).hexdigest()


def fact_to_json(fact: Fact) -> dict[str, Any]:
    """Return a fact, sources and all, as JSON values."""
    told: dict[str, Any] = _FACT.dump_python(fact, mode="json")
    return told


def fact_from_json(told: Mapping[str, Any]) -> Fact:
    """Return the fact that `fact_to_json` wrote. Raises ValueError when it is of another form."""
    return _FACT.validate_python(told)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _packed(fact: Fact) -> dict[str, Any]:
    told: dict[str, Any] = {
        "area": fact.area,
        "statement": fact.statement,
        "certainty": fact.certainty.value,
        "citations": [[citation.source.id, citation.where] for citation in fact.citations],
        "as_of": fact.as_of.isoformat(),
        "checked_on": fact.checked_on.isoformat(),
        "file": fact.place.file,
    }
    if fact.keywords:
        told["keywords"] = list(fact.keywords)
    told |= {name: value for name in _PLAIN if (value := getattr(fact, name)) is not None}
    for name in _DATED:
        if reason := getattr(fact, name):
            told[name] = [reason.on.isoformat(), reason.why]
    return told


def _unpacked(fact_id: str, told: Mapping[str, Any], sources: Mapping[str, Source]) -> Fact:
    return Fact(
        id=fact_id,
        area=told["area"],
        statement=told["statement"],
        certainty=Certainty(told["certainty"]),
        citations=tuple(Citation(sources[source], where) for source, where in told["citations"]),
        as_of=date.fromisoformat(told["as_of"]),
        checked_on=date.fromisoformat(told["checked_on"]),
        place=SourceLocation(told["file"], 1, 1),
        keywords=tuple(told.get("keywords", ())),
        said_by=told.get("said_by"),
        short=told.get("short"),
        owner=told.get("owner"),
        superseded_by=told.get("superseded_by"),
        corrected=_reason(told.get("corrected")),
        withdrawn=_reason(told.get("withdrawn")),
    )


def _reason(told: tuple[str, str] | None) -> DatedReason | None:
    return DatedReason(on=date.fromisoformat(told[0]), why=told[1]) if told else None
