"""The pages that the bot renders besides the briefings: what each is given, and a trial of it with sample values."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.content.models import Certainty, Content, Fact

PAGES: Mapping[str, frozenset[str]] = {
    "answer": frozenset({"fact", "area", "related"}),
    "gap": frozenset({"query", "reason", "suggestions"}),
    "help": frozenset(),
}
"""Every page by name, with the names that it is given besides those that all pages have."""

SHARED = frozenset({"memorandum", "areas", "link"})
"""What all pages have."""


def trials(content: Content) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield pages with values as they may come, so that each branch of a page's template runs once."""
    areas = {area.key: area for area in content.areas}
    samples = _samples(content)
    for fact in samples:
        for related in ((), tuple(samples[:2])):
            yield "answer", {"fact": fact, "area": areas[fact.area], "related": related}
    suggestion = SimpleNamespace(kind="near", text="one", fact_id="one")
    for suggestions in ((), (suggestion,)):
        yield "gap", {"query": "one", "reason": "No fact mentions one.", "suggestions": suggestions}
    yield "help", {}


def _samples(content: Content) -> list[Fact]:
    """Return a fact of each certainty, and one each that is corrected, withdrawn and superseded, if there are such."""
    facts = content.facts.values()
    found: dict[Certainty | str, Fact] = {}
    for fact in facts:
        found.setdefault(fact.certainty, fact)
        for state in ("corrected", "withdrawn", "superseded_by"):
            if getattr(fact, state):
                found.setdefault(state, fact)
    return list(found.values())
