"""Catch-up policy: which missed occurrences are posted, and when. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2s
from typing import TYPE_CHECKING, Final

from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage, Priority, ScheduledPostRequest
from bot.recurrence.occurrences import next_at
from bot.recurrence.rule import CATCH_UP_S, WhenUnchanged

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.occurrences import Occurrence
    from bot.recurrence.rule import Rule
    from bot.schedules.due import DueSchedule
    from bot.schedules.schedules import Schedule

POSTS_PER_MINUTE: Final = 300
"""Scheduled posts that begin in a workspace per minute (Slack: "Rate limits", chat.postMessage: about one a second and
channel, and several hundred a minute in a workspace)."""
GRACE_S: Final = 120.0
"""Seconds by which a post may be late without saying so."""
_GRACE: Final = timedelta(seconds=GRACE_S)
MISSED_LOOKBACK: Final = timedelta(days=62)
"""How far back missed occurrences are recorded."""

_GOLDEN = 0.6180339887498949  # steps of this part of a circle come nowhere near one another for a long time


@dataclass(frozen=True, slots=True)
class DueDecision:
    """Occurrences of a rule that were missed, the one that is posted now if any, and the next one."""

    missed: tuple[Occurrence, ...]
    current: Occurrence | None
    next: Occurrence | None


def decide(rule: Rule, first: Occurrence, now: datetime, holidays: BankHolidays) -> DueDecision:
    """Decide on the occurrences from `first`, which is due, until now.

    The newest is posted unless it is more than `catch_up_s` (at least GRACE_S) late; older ones were missed.
    """
    due = [first]
    coming = _next_day(rule, first, max(first.starts_at, now - MISSED_LOOKBACK), holidays)
    while coming is not None and coming.starts_at <= now:
        due.append(coming)
        coming = _next_day(rule, coming, coming.starts_at, holidays)
    if is_in_time(rule, due[-1].starts_at, now):
        return DueDecision(tuple(due[:-1]), due[-1], coming)
    return DueDecision(tuple(due), None, coming)


def _next_day(rule: Rule, last: Occurrence, after: datetime, holidays: BankHolidays) -> Occurrence | None:
    """Return the next occurrence on a later day: the rule or its zone may have changed since `last` was computed."""
    found = next_at(rule, after, holidays)
    while found is not None and found.local_date <= last.local_date:
        found = next_at(rule, found.starts_at, holidays)
    return found


def is_in_time(rule: Rule, at: datetime, now: datetime) -> bool:
    """Whether the post of an occurrence may still be made."""
    return now - at <= timedelta(seconds=max(rule.catch_up_s, GRACE_S))


def is_overdue(at: datetime, now: datetime) -> bool:
    """Whether a post made now says that it is late."""
    return now - at > _GRACE


def jitter(schedule_id: str, local_date: date, count: int) -> timedelta:
    """Return the delay of a post when `count` schedules of a workspace are due at the same time.

    The order of schedules is fixed, but starts elsewhere each day, so that no channel is always the last.
    """
    position = int.from_bytes(blake2s(schedule_id.encode(), digest_size=6).digest()) / 2**48
    return timedelta(minutes=(position + local_date.toordinal() * _GOLDEN) % 1.0 * (count - 1) / POSTS_PER_MINUTE)


def request_of(
    schedule: Schedule | DueSchedule, local_date: date, areas: tuple[str, ...] | None = None, *, is_late: bool = False
) -> ScheduledPostRequest:
    """Return what a schedule posts on a day by its rule: all of its areas, or some."""
    when_unchanged = schedule.rule.when_unchanged
    return ScheduledPostRequest(
        schedule.id,
        local_date,
        schedule.areas if areas is None else areas,
        schedule.is_digest,
        schedule.last_posted_revision,
        is_late=is_late,
        only_line=when_unchanged is WhenUnchanged.SHORT,
        if_changed=when_unchanged is WhenUnchanged.SKIP,
    )


def delivery_of(
    schedule: Schedule | DueSchedule, request: ScheduledPostRequest, due_at: datetime | None = None
) -> Delivery:
    """Return the delivery for a post of a schedule; without `due_at` it is due at once."""
    return Delivery(
        schedule.place.team,
        schedule.place.channel,
        DeliveryKind.SCHEDULED,
        OutboxMessage(request=request),
        Priority.SCHEDULE,
        due_at=due_at,
        expires_after_s=max(schedule.rule.catch_up_s, CATCH_UP_S),
    )
