"""What a schedule's times until now come to, and its post: what it is to say, and when exactly. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2s
from typing import TYPE_CHECKING, Final

from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage, Priority, ScheduledPostRequest
from bot.recurrence.occurrences import next_at
from bot.recurrence.rule import CATCH_UP_S

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.occurrences import Occurrence
    from bot.recurrence.rule import Rule
    from bot.schedules.schedules import Schedule

POSTS_PER_MINUTE: Final = 300
"""Scheduled posts that begin in a workspace within a minute (Slack: "Rate limits", chat.postMessage: about one a second
and channel, and several hundred a minute in a workspace)."""
GRACE_S: Final = 120.0
"""Seconds by which a post may be late without being called so."""
MISSED_FOR: Final = timedelta(days=62)
"""How far back times that were missed are noted, one by one."""

_GOLDEN = 0.6180339887498949  # steps of this part of a circle come nowhere near one another for a long time


@dataclass(frozen=True, slots=True)
class DueDecision:
    """What a rule's times until now come to: those missed, the one that is posted now if any, and the next."""

    missed: tuple[Occurrence, ...]
    now: Occurrence | None
    next: Occurrence | None


def decide(rule: Rule, first: Occurrence, now: datetime, holidays: BankHolidays) -> DueDecision:
    """Return what follows from a time that has come.

    At most the newest is posted, while it is not older than the rule's `catch_up_s`, or than GRACE_S.
    """
    passed = [first]
    following = _next_day(rule, first, max(first.starts_at, now - MISSED_FOR), holidays)
    while following is not None and following.starts_at <= now:
        passed.append(following)
        following = _next_day(rule, following, following.starts_at, holidays)
    if is_in_time(rule, passed[-1].starts_at, now):
        return DueDecision(tuple(passed[:-1]), passed[-1], following)
    return DueDecision(tuple(passed), None, following)


def _next_day(rule: Rule, last: Occurrence, after: datetime, holidays: BankHolidays) -> Occurrence | None:
    """Return the next time on a later day: the rule or its zone may have changed since the last was worked out."""
    found = next_at(rule, after, holidays)
    while found is not None and found.local_date <= last.local_date:
        found = next_at(rule, found.starts_at, holidays)
    return found


def is_in_time(rule: Rule, at: datetime, now: datetime) -> bool:
    """Whether a time that has come is still made up for."""
    return now - at <= timedelta(seconds=max(rule.catch_up_s, GRACE_S))


def is_late(at: datetime, now: datetime) -> bool:
    """Whether a post made now says that it should have come before."""
    return now - at > timedelta(seconds=GRACE_S)


def jitter(schedule_id: str, on: date, crowd: int) -> timedelta:
    """Return how long after its time a post goes, when `crowd` schedules of a workspace have the same time.

    Their order is always the same, but begins elsewhere each day, so that no channel is always the last.
    """
    place = int.from_bytes(blake2s(schedule_id.encode(), digest_size=6).digest()) / 2**48
    return timedelta(minutes=(place + on.toordinal() * _GOLDEN) % 1.0 * (crowd - 1) / POSTS_PER_MINUTE)


def delivery_of(
    schedule: Schedule,
    on: date,
    *,
    due_at: datetime | None = None,
    is_late: bool = False,
    only_line: bool = False,
) -> Delivery:
    """Return a post of a schedule, to be enqueued; without `due_at` it goes at once."""
    due = ScheduledPostRequest(
        schedule.id,
        on,
        schedule.areas,
        schedule.is_digest,
        schedule.last_posted_revision,
        is_late=is_late,
        only_line=only_line,
    )
    return Delivery(
        schedule.place.team,
        schedule.place.channel,
        DeliveryKind.SCHEDULED,
        OutboxMessage(request=due),
        Priority.SCHEDULE,
        due_at=due_at,
        expires_after_s=max(schedule.rule.catch_up_s, CATCH_UP_S),
    )
