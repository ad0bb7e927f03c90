"""Detect what a new revision changes, by comparing both contents.

Not changes: keywords, cited words, owner, the day of the last check, white space, punctuation, case, the spelling of a
word, and anything about a fact that is current neither before nor after. A new `corrected` makes a correction. All else
that readers can see is an update.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from bot.changes.word_diff import compare, says_the_same, words_of
from bot.store.revision import Change, ChangeKind
from bot.text import Markdown, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bot.changes.word_diff import Piece
    from bot.content.models import Content, Fact

_ORDER = tuple(ChangeKind)


def detect_changes(before: Content, after: Content) -> tuple[Change, ...]:
    """Return the changes from `before` to `after`, corrections first, each kind in the order of the files.

    A briefing makes no change: it only says in which areas a fact is shown.
    """
    seen_before, seen_after = areas_showing(before), areas_showing(after)
    known = _known_words(before, after)
    found: list[tuple[ChangeKind, str]] = []
    for fact_id in (*after.facts, *(each for each in before.facts if each not in after.facts)):
        old, new = before.facts.get(fact_id), after.facts.get(fact_id)
        kind = None if old is new else _kind(old, new, known)
        if kind is not None:
            found.append((kind, fact_id))
    found.sort(key=lambda each: _ORDER.index(each[0]))
    order = {area.key: area.number for area in (*before.areas, *after.areas)}
    return tuple(
        Change(
            fact_id,
            kind,
            _areas(fact_id, (after, before), (*seen_after.get(fact_id, ()), *seen_before.get(fact_id, ())), order),
            before.facts.get(fact_id),
            after.facts.get(fact_id),
            position,
        )
        for position, (kind, fact_id) in enumerate(found)
    )


def merged(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Merge the changes of several revisions (oldest first), one per fact; changes that were undone are left out."""
    by_fact: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_fact[change.fact_id].append(change)
    return in_order(each for steps in by_fact.values() if (each := _merged(steps)) is not None)


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return changes in the order in which they are told: corrections first, each kind in the order of the files."""
    return tuple(sorted(changes, key=lambda each: (_ORDER.index(each.kind), each.position)))


def _merged(steps: Sequence[Change]) -> Change | None:
    first, last = steps[0], steps[-1]
    if len(steps) == 1:
        return last
    was_current = first.before is not None and first.before.is_current
    is_current = last.after is not None and last.after.is_current
    if not was_current and not is_current:
        return None
    if was_current and is_current and first.before and seen(first.before) == seen(last.fact):
        return None
    kind = last.kind
    if not was_current:
        kind = ChangeKind.ADDED
    elif is_current and any(each.kind is ChangeKind.CORRECTED for each in steps):
        kind = ChangeKind.CORRECTED
    elif kind is ChangeKind.ADDED:
        kind = ChangeKind.UPDATED
    areas = tuple(dict.fromkeys(area for each in reversed(steps) for area in each.areas))
    return replace(last, kind=kind, before=first.before, areas=areas)


def seen(fact: Fact) -> tuple[str, ...]:
    """Return what readers see of a fact: equal for facts that read alike."""
    return fact.statement, fact.short or "", fact.label, str(fact.is_current)


def withdrawn_share(before: Content, found: tuple[Change, ...]) -> float:
    """Return the share of current facts that these changes withdraw: 0.0 to 1.0."""
    served = sum(1 for _ in before.current_facts())
    withdrawn = sum(change.kind is ChangeKind.WITHDRAWN for change in found)
    return withdrawn / served if served else 0.0


def areas_showing(content: Content) -> Mapping[str, tuple[str, ...]]:
    """Return the areas whose briefing prints a fact, by the fact's id."""
    found: dict[str, tuple[str, ...]] = {}
    for area in content.areas:
        for fact in content.printed_facts(area.key, long=True):
            found[fact.id] = (*found.get(fact.id, ()), area.key)
    return found


def marked(pieces: tuple[Piece, ...]) -> Markdown:
    """Return one side of a comparison as Markdown, with the words that differ in bold."""
    return Markdown(" ".join(f"**{escape(each.text)}**" if each.is_changed else escape(each.text) for each in pieces))


def old_and_new(change: Change) -> tuple[Markdown, Markdown] | None:
    """Return the old and the new wording as Markdown, differing words in bold; None where there are not two.

    It is the statement's, or the briefing's line where only that changed.
    """
    before, after = change.before, change.after
    if before is None or after is None:
        return None
    if before.statement != after.statement:
        pair = before.statement, after.statement
    elif before.short and after.short and before.short != after.short:
        pair = before.short, after.short
    else:
        return None
    old, new = compare(*pair)
    return marked(old), marked(new)


def _kind(old: Fact | None, new: Fact | None, known: Callable[[str], set[str]]) -> ChangeKind | None:
    """Return the kind of a change; None where readers see no difference."""
    was_current, is_current = old is not None and old.is_current, new is not None and new.is_current
    if not was_current:
        return ChangeKind.ADDED if is_current else None
    if old is None or new is None or new.withdrawn:
        return ChangeKind.WITHDRAWN
    if new.superseded_by:
        return ChangeKind.SUPERSEDED
    if new.corrected and new.corrected != old.corrected:
        return ChangeKind.CORRECTED
    if _reads_differently(old, new, known):
        return ChangeKind.UPDATED
    return ChangeKind.MOVED if old.area != new.area else None


def _reads_differently(old: Fact, new: Fact, known: Callable[[str], set[str]]) -> bool:
    if (old.certainty, old.said_by, old.as_of) != (new.certainty, new.said_by, new.as_of):
        return True
    if {each.source.id for each in old.citations} != {each.source.id for each in new.citations}:
        return True
    pairs = [(old.statement, new.statement)]
    if old.short and new.short:  # a short form that is new or gone says what the statement says
        pairs.append((old.short, new.short))
    return not all(says_the_same(one, other, lambda: known(new.id)) for one, other in pairs)


def _known_words(*contents: Content) -> Callable[[str], set[str]]:
    """Return a function from a fact's id to the words of all other facts; the words are collected once."""

    @cache
    def holders() -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = {}
        for content in contents:
            for fact in content.facts.values():
                for word in words_of(" ".join((fact.statement, fact.short or "", *fact.keywords))):
                    found.setdefault(word, set()).add(fact.id)
        return found

    return lambda fact_id: {word for word, ids in holders().items() if ids - {fact_id}}


def _areas(
    fact_id: str, contents: tuple[Content, ...], shown: tuple[str, ...], order: Mapping[str, int]
) -> tuple[str, ...]:
    """Return the folder first, where it was before next, then every area that prints the fact, in their order."""
    folders = [content.facts[fact_id].area for content in contents if fact_id in content.facts]
    return tuple(dict.fromkeys((*folders, *sorted(shown, key=lambda key: order.get(key, 0)))))
