"""Messages about a schedule that was created, changed or removed, with its next times and an Undo button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.alerts import filters
from bot.messages import Outcome, Reply
from bot.recurrence.occurrences import clock_change, next_at, skipped
from bot.recurrence.phrase import knows_holidays, say_day, say_rule, say_when
from bot.recurrence.rule import Calendar, OnHoliday, Rule, WhenUnchanged
from bot.subscriptions.alert_messages import alerts_on
from bot.subscriptions.schedule_rows import IF_CHANGED, choices, lower_first, named
from bot.text import day, escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.alerts.subscriptions import SubscriptionPlan
    from bot.content.models import Content
    from bot.messages import ChannelRef
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.schedules.schedules import Schedule

NEXT_POSTS: Final = 5

_A_MOMENT: Final = timedelta(minutes=1)
_UNCHANGED: Final = {
    WhenUnchanged.SKIP: "When nothing changed since the last post, nothing is posted.",
    WhenUnchanged.SHORT: "When nothing changed since the last post, one line says so.",
    WhenUnchanged.FULL: "When nothing changed since the last post, the whole briefing is posted again.",
}


@dataclass(frozen=True, slots=True)
class UpcomingPost:
    """A future post: its time in UTC, and notes on bank holidays and clock changes."""

    at: datetime
    notes: tuple[str, ...] = ()


def upcoming(schedule: Schedule, now: datetime, holidays: BankHolidays) -> Iterator[UpcomingPost]:
    """Yield the next posts, each with the clock change or the bank holidays that lie before it."""
    before, at = now, schedule.next_at
    for _ in range(NEXT_POSTS):
        if at is None:
            return
        yield UpcomingPost(at, tuple(_notes(schedule.rule, before, at, holidays)))
        following = next_at(schedule.rule, at, holidays)
        before, at = at, following.starts_at if following else None


def created_message(  # noqa: PLR0913 — a schedule, and what else the message says
    content: Content,
    schedule: Schedule,
    now: datetime,
    holidays: BankHolidays,
    *,
    is_new: bool = True,
    alerts: SubscriptionPlan | None = None,
    others: Sequence[Schedule] = (),
) -> Reply:
    """Return the confirmation of a schedule, with its alerts and with the channel's `others` that overlap with it.

    `is_new` is False where a schedule alike existed before.
    """
    begin = _now_gets(schedule.place) if is_new else _already_gets(schedule.place, schedule)
    also = " ".join(filter(None, (_alerts_included(content, alerts), _overlap(content, schedule, others))))
    return _confirmation(content, schedule, upcoming(schedule, now, holidays), begin=begin, also=also)


def changed_message(content: Content, schedule: Schedule, now: datetime, holidays: BankHolidays) -> Reply:
    """Return the confirmation of a schedule's change."""
    begin = f"Changed: {lower_first(_now_gets(schedule.place))}"
    return _confirmation(content, schedule, upcoming(schedule, now, holidays), begin=begin)


def _confirmation(
    content: Content, schedule: Schedule, coming: Iterable[UpcomingPost], *, begin: str, also: str = ""
) -> Reply:
    tz = schedule.rule.tz
    paragraphs = [f"**{escape(begin)} {escape(named(content, schedule))}.**"]
    paragraphs.append(escape(f"{say_rule(schedule.rule)}.{_no_holidays(schedule.rule)} {_unchanged(schedule)}"))
    paragraphs += [escape(also)] if also else []
    if posts := [" – ".join((say_when(each.at, tz), *each.notes)) for each in coming]:
        paragraphs.append(f"{_head(schedule)}:\n\n" + "\n".join(f"- {escape(post)}" for post in posts))
    return Reply(Outcome.SUBSCRIPTIONS, "\n\n".join(paragraphs) + "\n", choices=choices(schedule))


def announced(content: Content, schedule: Schedule) -> str:
    """Return a schedule as an audit line names it: its areas and its rule."""
    when = lower_first(say_rule(schedule.rule)) if schedule.is_readable else "at times that cannot be read"
    return f"{named(content, schedule)} {when}"


def _now_gets(place: ChannelRef) -> str:
    return "You now get" if place.is_direct else "This channel now gets"


def _already_gets(place: ChannelRef, schedule: Schedule) -> str:
    gets = "you already get" if place.is_direct else "this channel already gets"
    return f"Nothing changed{', but it is paused' if schedule.paused_at else ''}: {gets}"


def _alerts_included(content: Content, alerts: SubscriptionPlan | None) -> str:
    if alerts is None:
        return ""
    if alerts.changes:
        begin = f"Added: {alerts_on(content, alerts.changes)}"
        added = {each.area for each in alerts.changes}
        one = next((each for each in alerts.after if each.area in added), None)  # all of one request have its filters
        if one and one.is_filtered:
            begin += f" ({filters.said(corrections_only=one.corrections_only, certainty=one.certainty)})"
    else:
        begin = f"Already on: {alerts_on(content, alerts.unchanged)}"
    is_paused = any(each.paused_at for each in alerts.after)
    return f"{begin}, {'but paused: /briefing resume' if is_paused else 'posted as soon as facts change'}."


def _overlap(content: Content, schedule: Schedule, others: Sequence[Schedule]) -> str:
    """Return a warning when other schedules of the channel post some of the same areas."""
    overlapping = [
        each for each in others if each.id != schedule.id and set(each.areas) & set(schedule.areas) and each.is_readable
    ]
    if not overlapping:
        return ""
    if len(overlapping) > 1:
        which = f"{len(overlapping)} other schedules here post some of the same areas: /briefing subscriptions."
    else:
        which = f"Another schedule here posts some of the same areas: {announced(content, overlapping[0])}."
    return f"{which} At one time, each area is posted once."


def _no_holidays(rule: Rule) -> str:
    """Return a warning where bank holidays are ignored only because none are known for the time zone."""
    if rule.calendar is not Calendar.NONE or knows_holidays(rule.tz):
        return ""
    return " It is posted on bank holidays too: I know none for this time zone."


def _head(schedule: Schedule) -> str:
    """Return the heading of the next times; some of them may pass without a post."""
    if schedule.rule.when_unchanged is not WhenUnchanged.SKIP:
        return "The next posts"
    is_first = not schedule.last_posted_revision and not schedule.is_digest
    return f"The next times, {f'from the second on only {IF_CHANGED}' if is_first else IF_CHANGED}"


def _unchanged(schedule: Schedule) -> str:
    when_unchanged = schedule.rule.when_unchanged
    if not schedule.is_digest:
        first = "The first post is the whole briefing; each later one begins with what changed."
        return f"{first} {_UNCHANGED[when_unchanged]}"
    if when_unchanged is WhenUnchanged.FULL:  # a digest has no more to say than that
        when_unchanged = WhenUnchanged.SHORT
    return f"Only what changed is posted. {_UNCHANGED[when_unchanged]}"


def _notes(rule: Rule, before: datetime, at: datetime, holidays: BankHolidays) -> Iterator[str]:
    passed = [f"{say_day(on)}, {name}" for on, name in skipped(rule, before, at, holidays)]
    if passed:
        moved = rule.on_holiday is OnHoliday.NEXT_WORKING_DAY
        yield f"{'instead of' if moved else 'not on'} {'; '.join(passed)}"
    local = at.astimezone(ZoneInfo(rule.tz)).date()
    if rule.on_holiday is OnHoliday.POST and (name := holidays.name(rule.calendar, local)):
        yield f"a bank holiday, {name}"
    shift = clock_change(before, at, rule.tz)
    if shift:
        way = "forward" if shift > timedelta(0) else "back"
        yield f"clocks go {way} on {_changed_on(before, at, rule.tz)}"


def _changed_on(before: datetime, at: datetime, tz: str) -> str:
    """Return the local day on which the clocks change between two times, found by bisection."""
    while at - before > _A_MOMENT:
        middle = before + (at - before) / 2
        if clock_change(before, middle, tz):
            at = middle
        else:
            before = middle
    on = at.astimezone(ZoneInfo(tz)).date()
    return day(on).rpartition(" ")[0]
