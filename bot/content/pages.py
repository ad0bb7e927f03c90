"""The page templates: the values that each is given, and sample values to try it with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.content.certainty import Certainty
    from bot.content.models import Content, Fact

PAGES: Mapping[str, frozenset[str]] = {
    "alert": frozenset({"title", "note", "lines", "more"}),
    "answer": frozenset({"fact", "area", "related", "above", "review_due"}),
    "briefing": frozenset({"area", "checked_on", "after", "sections", "changes", "sources"}),
    "change": frozenset({"line"}),
    "change-short": frozenset({"line", "on", "area"}),
    "changes": frozenset({"area", "since", "entries", "more"}),
    "check": frozenset({"assertions", "left_out"}),
    "correction": frozenset({"lines", "on"}),
    "digest": frozenset({"since", "late", "groups", "more", "told", "command"}),
    "no-answer": frozenset({"query", "reason", "suggestions"}),
    "greeting": frozenset({"is_thanks"}),
    "help": frozenset(),
    "history": frozenset({"fact", "entries", "first"}),
    "home": frozenset({"revision", "changed", "published", "note"}),
    "more": frozenset({"related", "first", "last", "count"}),
    "scheduled": frozenset({"title", "since", "late", "lines", "more", "told", "command", "briefings"}),
}
"""The values of each page, besides those that all pages have."""

SHARED = frozenset({"memorandum", "areas", "link", "later"})
"""The values that all pages have; `later[fact.id]` has the facts that its `since` names."""


def trials(content: Content) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield pages with sample values, so that each branch of a template runs once; briefings need none."""
    areas = {area.key: area for area in content.areas}
    samples = _samples(content)
    for fact in samples:
        for related, above in (((), "No fact mentions one."), (tuple(samples[:2]), "")):
            told = {"fact": fact, "area": areas[fact.area], "related": related, "above": above}
            yield "answer", {**told, "review_due": fact.checked_on if related else None}
    suggestion = SimpleNamespace(kind="near", text="one", fact_id="one", label="One", source="One")
    for suggestions in ((), (suggestion,)):
        yield "no-answer", {"query": "one", "reason": "No fact mentions one.", "suggestions": suggestions}
    yield "help", {}
    for is_thanks in (False, True):
        yield "greeting", {"is_thanks": is_thanks}
    yield from _change_lists()
    on = content.memorandum.checked_on
    for changed, note in ((None, ""), (on, "One.")):
        yield "home", {"revision": 1, "changed": changed, "published": on, "note": note}
    further = tuple(SimpleNamespace(number=4, fact=fact, area="One") for fact in samples)
    yield "check", {"assertions": tuple(_assertions(samples)), "left_out": 1}
    yield from (("more", {"related": further, "first": 4, "last": last, "count": 9}) for last in (4, 8))
    for number, fact in enumerate(samples):
        lines = tuple(_lines(content, fact))
        for line in lines if number == 0 else lines[:1]:  # every kind of change once, and every kind of fact
            yield "change", {"line": line}
            for area in ("", "One"):
                yield "change-short", {"line": line, "on": content.memorandum.checked_on, "area": area}
            yield "correction", {"lines": (line, line), "on": content.memorandum.checked_on}
        past = tuple(_past(fact))
        yield "changes", {"area": "One", "since": fact.checked_on, "entries": past, "more": 1}
        yield "history", {"fact": fact, "entries": past, "first": fact.checked_on}
        yield "history", {"fact": fact, "entries": (), "first": fact.checked_on}
    for since in (None, content.memorandum.checked_on):
        yield "changes", {"area": "", "since": since, "entries": (), "more": 0}


def _change_lists() -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the pages that list changes: with every value, and with none."""
    line = SimpleNamespace(heading="Updated", markdown="- One", fact_id="one", area="One")
    yield "alert", {"title": "What changed", "note": "One.", "lines": (line, line), "more": 1}
    yield "alert", {"title": "", "note": "", "lines": (line,), "more": 0}
    group = SimpleNamespace(title="One", lines=(line, line))
    for since, late in (("", ""), ("Mon 30 November", "Mon 30 Nov 09:00")):
        for some in (0, 1):
            for told in (0, 1):
                more = {"since": since, "late": late, "more": some, "told": told, "command": "/briefing changes"}
                yield "digest", {**more, "groups": (group,) * some}
                for title in ("", "One"):
                    yield "scheduled", {**more, "title": title, "lines": (line,) * some, "briefings": ("One",) * some}


def _assertions(samples: list[Fact]) -> Iterator[SimpleNamespace]:
    """Yield sentences as bot/answers/claim_check.py gives them: with facts, a near one, none."""
    for fact in samples:
        for facts, is_near in (((fact,), False), ((fact,), True), ((fact, fact), False)):
            yield SimpleNamespace(
                words="One.", facts=facts, fact=fact, is_near=is_near, reason="One.", remarks=("One.",)
            )
    yield SimpleNamespace(words="One.", facts=(), fact=None, is_near=False, reason="One.", remarks=())


def _past(fact: Fact) -> Iterator[SimpleNamespace]:
    """Yield changes of a fact as bot/changes/history.py gives them: with every value, and with none."""
    reason = SimpleNamespace(on=fact.checked_on, why="One.")
    whole: dict[str, object] = {"old": "One", "new": "Two", "labels": ("Stated", fact.label), "reason": reason}
    bare: dict[str, object] = dict.fromkeys(whole)
    for number, more in enumerate((whole, bare)):
        note = "" if number else "One."
        yield SimpleNamespace(
            on=fact.checked_on, revision=number, note=note, heading="One", fact=fact, area="One", **more
        )


def _lines(content: Content, fact: Fact) -> Iterator[SimpleNamespace]:
    """Yield changes of a fact as bot/changes/messages.py gives them: of each kind, with every value, and with none."""
    reason = SimpleNamespace(on=fact.checked_on, why="One.")
    follower = next(iter(content.facts.values()))
    whole = {"old": "One", "new": "Two", "labels": ("Stated", fact.label), "reason": reason, "replaced_by": follower}
    for kind in ("corrected", "withdrawn", "superseded", "updated", "added", "moved"):
        for more in (whole, dict.fromkeys(whole)):
            yield SimpleNamespace(kind=kind, heading=kind, fact=fact, area="One", was="One", now="Two", **more)


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
