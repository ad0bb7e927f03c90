"""Reviews: by which day each fact is to be compared with its sources again. The one rule for all who say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.content.faults import Code
from bot.content.turns import in_turns
from bot.recurrence.zones import DEFAULT_ZONE
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from bot.content.checks.references import ParsedFacts
    from bot.content.faults import Fault
    from bot.content.models import Content, Fact, Memorandum

_BATCH = 100
"""Facts that are looked at before others get their turn."""
_ZONE = ZoneInfo(DEFAULT_ZONE)


class ReviewRule(StrEnum):
    """Where the day of a review comes from."""

    REVIEW_BY = "review_by"
    REVIEW_EVERY = "review_every"
    MEMORANDUM = "memorandum"


@dataclass(frozen=True, slots=True)
class DueReview:
    """A fact that is past the day by which it was due for a review."""

    fact: Fact
    due_on: date
    rule: ReviewRule

    @property
    def line(self) -> str:
        """The sentence that readers see."""
        return f"Review was due on {day(self.due_on)}."


def due(content: Content, today: date) -> list[DueReview]:
    """Return the facts that are past their review, the longest overdue first, then in file order.

    A fact that is due today is not past it. Withdrawn and superseded facts never are.
    """
    facts = (fact for batch in in_turns(content.current_facts(), _BATCH) for fact in batch)
    found = (_review(fact, content.memorandum) for fact in facts)
    return sorted((each for each in found if each.due_on < today), key=lambda each: each.due_on)


def review_day(now: datetime) -> date:
    """Return the day that counts for reviews at a moment (aware): the one in London."""
    return now.astimezone(_ZONE).date()


def check_reviews(facts: ParsedFacts, content: Content, today: date | None) -> Iterator[Fault]:
    """Find reviews whose day counts no more; with `today`, the facts that are past their review too."""
    for fact in content.current_facts():
        if fact.review_by is not None and fact.review_by < fact.checked_on:
            message = f"The fact was compared later than this, on {day(fact.checked_on)}: the day counts no more."
            hint = "Write the day of the next review, or remove the line."
            yield facts.by_id[fact.id][1].fault(Code.REVIEW_PASSED, message, hint, field="review_by")
    for each in due(content, today) if today else ():
        _, parsed = facts.by_id[each.fact.id]
        hint = "Compare the fact with its sources, then set checked_on to that day."
        yield parsed.fault(Code.REVIEW_OVERDUE, each.line, hint)


def _review(fact: Fact, memorandum: Memorandum) -> DueReview:
    """Return a fact's next review: `review_by`, unless it was compared on that day or since; else days since that."""
    if fact.review_by is not None and fact.checked_on < fact.review_by:
        return DueReview(fact, fact.review_by, ReviewRule.REVIEW_BY)
    rule = ReviewRule.MEMORANDUM if fact.review_every is None else ReviewRule.REVIEW_EVERY
    days = memorandum.review_every if fact.review_every is None else fact.review_every
    return DueReview(fact, fact.checked_on + timedelta(days=days), rule)
