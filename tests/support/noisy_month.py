"""A noisy month: a channel with schedules that overlap, and facts that are edited, put back and corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from bot.messages import ChannelRef
from bot.recurrence.rule import MONDAY_TO_FRIDAY, Days, Repeat, Rule
from bot.schedules.schedules import Schedule
from bot.store.revision import Change, ChangeKind, Recorded
from tests.support.newsroom import shipped

if TYPE_CHECKING:
    from bot.content.models import Fact

FIRST, LAST = date(2026, 11, 2), date(2026, 11, 29)
NOW = datetime(2026, 11, 30, tzinfo=UTC)
_MADE: Final = datetime(2026, 10, 30, 12, tzinfo=UTC)
_ZONE: Final = "Europe/London"
_WEEKDAYS: Final = Rule(Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY), time(9), _ZONE)
_TUESDAYS: Final = replace(_WEEKDAYS, at=time(9, 30), days=Days(Repeat.WEEKLY, (1,)))
_MONDAYS: Final = replace(_WEEKDAYS, days=Days(Repeat.WEEKLY, (0,)))
_BIDS, _CHAT = "growth-zones-bids", "govuk-chat-model"


def schedules() -> list[Schedule]:
    """Return what people of one channel have asked for, one after another."""
    every = tuple(area.key for area in shipped().areas)
    wishes = (
        (_WEEKDAYS, every, False),
        (_WEEKDAYS, ("infrastructure",), False),
        (_TUESDAYS, ("infrastructure", "adoption"), False),
        (_MONDAYS, ("all",), True),
        (replace(_MONDAYS, days=Days(Repeat.WEEKLY, (0, 1))), ("adoption",), False),
    )
    place = ChannelRef("T1", "C1")
    return [
        Schedule(f"s{n}", place, areas, is_digest, rule, _MADE, "U1", None, None, _MADE)
        for n, (rule, areas, is_digest) in enumerate(wishes)
    ]


def changes() -> list[Recorded]:
    """Return what was published: each weekday a fact is edited, on most days it is put back before the next morning."""
    facts, found = dict(shipped().facts), []
    revision, day = 1, FIRST
    while day <= LAST:
        fact_id = _BIDS if day.day % 2 else _CHAT
        if day.weekday() in MONDAY_TO_FRIDAY:
            before = facts[fact_id]
            after = replace(before, statement=f"{before.statement} Read again on day {day.day}.", short=None)
            revision += 1
            found.append(_recorded(before, after, revision, datetime.combine(day, time(14), UTC)))
            if day.weekday() in {0, 1, 3}:
                revision += 1
                found.append(_recorded(after, before, revision, datetime.combine(day, time(16), UTC)))
            else:
                facts[fact_id] = after
        day += timedelta(days=1)
    return found


def _recorded(before: Fact, after: Fact, revision: int, at: datetime) -> Recorded:
    return Recorded(Change(after.id, ChangeKind.UPDATED, (after.area,), before, after, 0), revision, at)
