"""What schedules post over a period: a year against the clock itself, and what changed or was told."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.alerts.subscriptions import ALL
from bot.messages import ChannelRef
from bot.recurrence.bank_holidays import BankHolidays
from bot.recurrence.rule import (
    EVERY_DAY,
    LAST,
    MONDAY_TO_FRIDAY,
    Calendar,
    Days,
    OnHoliday,
    Repeat,
    Rule,
    WhenUnchanged,
)
from bot.schedules.schedules import INVALID, Schedule
from bot.schedules.simulate import Period, SimulatedOutcome, SimulatedPost, simulate
from bot.store.revision import Change, ChangeKind, Recorded
from tests.support import noisy_month

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)
HOLIDAYS = BankHolidays()
LONDON = "Europe/London"
WEEKDAYS = Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY)
ENGLAND, SCOTLAND, ULSTER = Calendar.ENGLAND_AND_WALES, Calendar.SCOTLAND, Calendar.NORTHERN_IRELAND
SKIP, NEXT, POST = OnHoliday.SKIP, OnHoliday.NEXT_WORKING_DAY, OnHoliday.POST
GOV_UK = {
    ENGLAND: "12-25 12-26 12-28 01-01 03-26 03-29 05-03 05-31 08-30",
    SCOTLAND: "11-30 12-25 12-26 12-28 01-01 01-02 01-04 03-26 05-03 05-31 08-02",
    ULSTER: "12-25 12-26 12-28 01-01 03-17 03-26 03-29 05-03 05-31 07-12 08-30",
}
"""GOV.UK's bank holidays of the year below, and the weekend days for which the 28th of December and the 4th of January
stand in."""
FIRST, FINAL = date(2026, 11, 23), date(2027, 11, 22)
STEP = timedelta(minutes=15)
"""In the zones and years below the clocks change at a full quarter of an hour, and by hours."""


def schedule(
    rule: Rule,
    *,
    told: int = 1,
    areas: tuple[str, ...] = ("adoption",),
    name: str = "1",
    made_at: datetime = LONG_AGO,
) -> Schedule:
    return Schedule(
        id=name,
        place=ChannelRef("T1", "C1"),
        areas=areas,
        is_digest=areas == (ALL,),
        rule=rule,
        created_at=made_at,
        created_by="U1",
        next_on=None,
        next_at=None,
        last_activity_at=NOW,
        last_posted_revision=told,
    )


def simulated(*schedules: Schedule, first: date, last: date, changes: tuple[Recorded, ...] = ()) -> list[SimulatedPost]:
    return list(simulate(schedules, Period(first, last, NOW), HOLIDAYS, changes))


# A year, against the clock itself.


@lru_cache
def walls(tz: str, first: date, last: date) -> list[tuple[datetime, datetime]]:
    """Return every STEP of a period, in UTC and as the clocks on the wall show it; both without a zone."""
    zone = ZoneInfo(tz)
    moment = datetime.combine(first, time()) - timedelta(days=1)
    found = []
    while moment.date() < last + timedelta(days=2):
        found.append((moment, moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)))
        moment += STEP
    return found


def read_off(rule: Rule, wanted: set[date], first: date, last: date) -> list[tuple[date, str]]:
    """Return when each wanted day first shows the rule's time, quarter by quarter; in a gap, as much later."""
    found: dict[date, datetime] = {}
    for (_, before), (moment, timetable) in pairwise(walls(rule.tz, first, last)):
        if timetable.time() == rule.at and timetable.date() in wanted:
            found.setdefault(timetable.date(), moment)
        left_out = before + STEP
        while left_out < timetable:
            if left_out.time() == rule.at and left_out.date() in wanted & {before.date(), timetable.date()}:
                found.setdefault(left_out.date(), moment + (left_out - before - STEP))
            left_out += STEP
    return [(day, f"{moment:%Y-%m-%d %H:%M}") for day, moment in sorted(found.items())]


def days_of(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def plain_days(kind: str, first: date, last: date) -> set[date]:
    """Return a kind's days by counting: how many such days the month has seen, or how many weeks went by."""
    found = set()
    for day in days_of(first, last):
        month = [each for each in days_of(day.replace(day=1), day + timedelta(days=31)) if each.month == day.month]
        mondays = [each for each in month if each.isoweekday() == 1]
        fridays = [each for each in month if each.isoweekday() == 5]
        matches = {
            "daily": True,
            "weekdays": day.isoweekday() <= 5,
            "mon,thu": day.isoweekday() in {1, 4},
            "first monday": day == mondays[0],
            "last friday": day == fridays[-1],
            "31st": day == month[-1],
            "fortnightly": day.isoweekday() == 5 and (day - FIRST).days // 7 % 2 == 0,
        }
        found |= {day} if matches[kind] else set()
    return found


KINDS = {
    "daily": Days(Repeat.WEEKLY, EVERY_DAY),
    "weekdays": WEEKDAYS,
    "mon,thu": Days(Repeat.WEEKLY, (0, 3)),
    "first monday": Days(Repeat.MONTHLY_ON_WEEKDAY, (0,), ordinal=1),
    "last friday": Days(Repeat.MONTHLY_ON_WEEKDAY, (4,), ordinal=LAST),
    "31st": Days(Repeat.MONTHLY_ON_DAY, day=31),
    "fortnightly": Days(Repeat.FORTNIGHTLY, (4,), anchor=FIRST),
}


def with_holidays(days: set[date], calendar: Calendar, on_holiday: OnHoliday) -> set[date]:
    off = {day for day in days_of(FIRST, FINAL) if f"{day:%m-%d}" in GOV_UK.get(calendar, "").split()}
    if on_holiday is POST:
        return days
    found = days - off
    for day in days & off if on_holiday is NEXT else set():
        following = day
        while following in off or following.isoweekday() > 5:
            following += timedelta(days=1)
        found.add(following)
    return found


@pytest.mark.parametrize(
    ("kind", "at", "tz", "calendar", "on_holiday"),
    [
        ("weekdays", "09:00", LONDON, ENGLAND, SKIP),
        ("daily", "01:30", LONDON, SCOTLAND, SKIP),
        ("mon,thu", "09:00", LONDON, SCOTLAND, NEXT),
        ("31st", "23:45", LONDON, ULSTER, NEXT),
        ("daily", "02:30", "America/New_York", Calendar.NONE, POST),
        ("daily", "01:15", "America/New_York", ENGLAND, POST),
        ("last friday", "17:30", "America/New_York", ENGLAND, NEXT),
        ("first monday", "09:15", "Asia/Kolkata", ULSTER, NEXT),
        ("weekdays", "00:00", "Asia/Kolkata", ULSTER, SKIP),
        ("fortnightly", "09:00", "Pacific/Apia", ENGLAND, NEXT),
        ("weekdays", "23:30", "Pacific/Apia", SCOTLAND, SKIP),
    ],
)
def test_a_year_is_what_the_clock_and_the_calendar_say(
    kind: str, at: str, tz: str, calendar: Calendar, on_holiday: OnHoliday
) -> None:
    rule = Rule(KINDS[kind], time.fromisoformat(at), tz, calendar, on_holiday, when_unchanged=WhenUnchanged.FULL)
    lines = simulated(schedule(rule), first=FIRST, last=FINAL)
    posted = [
        (line.local_date, f"{line.starts_at:%Y-%m-%d %H:%M}")
        for line in lines
        if line.outcome is SimulatedOutcome.POSTED
    ]
    wanted = with_holidays(plain_days(kind, FIRST, FINAL), calendar, on_holiday)
    assert posted == read_off(rule, wanted, FIRST, FINAL)
    assert len(posted) == len(wanted)


def test_a_year_with_a_day_that_does_not_exist() -> None:
    first, last = date(2011, 7, 1), date(2012, 6, 30)
    for at in ("00:30", "03:30", "23:30"):
        rule = Rule(KINDS["daily"], time.fromisoformat(at), "Pacific/Apia", when_unchanged=WhenUnchanged.FULL)
        lines = simulated(schedule(rule), first=first, last=last)
        expected = read_off(rule, set(days_of(first, last)), first, last)
        assert [(line.local_date, f"{line.starts_at:%Y-%m-%d %H:%M}") for line in lines] == expected
        assert len(lines) == 365
        assert date(2011, 12, 30) not in {line.local_date for line in lines}


def test_each_day_without_a_post_has_its_reason() -> None:
    skipping = Rule(WEEKDAYS, time(9), LONDON, ENGLAND, SKIP, when_unchanged=WhenUnchanged.FULL)
    moving = Rule(Days(Repeat.WEEKLY, (0,)), time(9), LONDON, SCOTLAND, NEXT, when_unchanged=WhenUnchanged.FULL)
    others = schedule(skipping), schedule(moving, name="2", areas=("infrastructure",))
    lines = simulated(*others, first=date(2026, 12, 24), last=date(2026, 12, 29))
    assert [(line.local_date.day, line.schedule.id, line.outcome, line.reason) for line in lines] == [
        (24, "1", SimulatedOutcome.POSTED, ""),
        (25, "1", SimulatedOutcome.SKIPPED, "Christmas Day, a bank holiday in England and Wales"),
        (28, "1", SimulatedOutcome.SKIPPED, "Boxing Day (substitute day), a bank holiday in England and Wales"),
        (
            28,
            "2",
            SimulatedOutcome.SKIPPED,
            "Boxing Day (substitute day), a bank holiday in Scotland: the next working day instead",
        ),
        (29, "1", SimulatedOutcome.POSTED, ""),
        (29, "2", SimulatedOutcome.POSTED, "moved from a bank holiday"),
    ]


def test_clock_changes_are_told() -> None:
    rule = Rule(KINDS["daily"], time(1, 30), LONDON, when_unchanged=WhenUnchanged.FULL)
    spring = simulated(schedule(rule), first=date(2027, 3, 27), last=date(2027, 3, 29))
    assert [line.reason for line in spring] == ["", "the clocks went forward; 01:30 does not exist that day", ""]
    autumn = simulated(schedule(rule), first=date(2027, 10, 30), last=date(2027, 11, 1))
    assert [line.reason for line in autumn] == ["", "", "the clocks went back"]


def test_a_post_that_a_gap_moves_past_midnight_belongs_to_its_own_day() -> None:
    """In Nuuk the clocks go from Saturday 23:00 to Sunday 00:00."""
    saturday, sunday = date(2027, 3, 27), date(2027, 3, 28)
    late = schedule(Rule(KINDS["daily"], time(23, 30), "America/Nuuk", when_unchanged=WhenUnchanged.FULL))
    (line,) = simulated(late, first=saturday, last=saturday)
    assert (line.local_date, line.starts_at) == (saturday, datetime(2027, 3, 28, 1, tzinfo=UTC))
    assert line.reason == "the clocks went forward; 23:30 does not exist that day"
    assert [each.local_date for each in simulated(late, first=sunday, last=sunday)] == [sunday]


# What changed, and what was told.


def change(number: int, at: datetime, *areas: str) -> Recorded:
    return Recorded(Change(f"fact-{number}", ChangeKind.UPDATED, areas, None, None, 0), number, at)


def daily(when_unchanged: WhenUnchanged) -> Rule:
    return Rule(KINDS["daily"], time(9), "UTC", when_unchanged=when_unchanged)


CHANGES = (
    change(3, datetime(2026, 11, 10, 8, tzinfo=UTC), "adoption"),
    change(2, datetime(2026, 11, 8, 10, tzinfo=UTC), "adoption", "infrastructure"),
    change(4, datetime(2026, 11, 12, 9, tzinfo=UTC), "infrastructure"),
)


@pytest.mark.parametrize(
    ("wish", "areas", "told"),
    [
        (WhenUnchanged.SKIP, ("adoption",), "s s p p s s s"),
        (WhenUnchanged.SKIP, ("infrastructure",), "s s p s s p s"),
        (WhenUnchanged.SKIP, ("technical", "infrastructure"), "s s p s s p s"),
        (WhenUnchanged.SKIP, (ALL,), "s s p p s p s"),
        (WhenUnchanged.SKIP, ("technical",), "s s s s s s s"),
        (WhenUnchanged.FULL, ("technical",), "p p p p p p p"),
    ],
)
def test_up_to_now_recorded_changes_decide(wish: WhenUnchanged, areas: tuple[str, ...], told: str) -> None:
    subject = schedule(daily(wish), areas=areas)
    lines = simulated(subject, first=date(2026, 11, 7), last=date(2026, 11, 13), changes=CHANGES)
    assert " ".join("p" if line.outcome is SimulatedOutcome.POSTED else "s" for line in lines) == told
    assert {line.reason for line in lines if line.outcome is SimulatedOutcome.SKIPPED} <= {"nothing new"}


@pytest.mark.parametrize(
    ("wish", "told", "what", "why"),
    [
        (WhenUnchanged.SKIP, 0, SimulatedOutcome.POSTED, "the first post"),
        (WhenUnchanged.SKIP, 2, SimulatedOutcome.POSTED, "something changed since the last post"),
        (WhenUnchanged.SKIP, 3, SimulatedOutcome.IF_CHANGED, "only if something changes by then"),
        (WhenUnchanged.SHORT, 3, SimulatedOutcome.POSTED, "one line if nothing changes by then"),
        (WhenUnchanged.FULL, 3, SimulatedOutcome.POSTED, ""),
    ],
)
def test_of_the_future_nothing_is_known(wish: WhenUnchanged, told: int, what: SimulatedOutcome, why: str) -> None:
    first = simulated(
        schedule(daily(wish), told=told), first=date(2026, 11, 23), last=date(2026, 11, 24), changes=CHANGES
    )
    assert (first[0].outcome, first[0].reason) == (what, why)
    later = simulated(schedule(daily(wish), told=4), first=date(2026, 11, 23), last=date(2026, 11, 24), changes=CHANGES)
    assert (first[1].outcome, first[1].reason) == (later[1].outcome, later[1].reason)


def test_a_period_over_now_goes_from_what_is_known_to_what_is_not() -> None:
    lines = simulated(schedule(daily(WhenUnchanged.SKIP)), first=date(2026, 11, 21), last=date(2026, 11, 24))
    assert [line.outcome for line in lines] == [
        SimulatedOutcome.SKIPPED,
        SimulatedOutcome.SKIPPED,
        SimulatedOutcome.IF_CHANGED,
        SimulatedOutcome.IF_CHANGED,
    ]


def test_a_schedule_begins_when_it_was_made() -> None:
    fresh = schedule(daily(WhenUnchanged.SKIP), told=0, made_at=NOW - timedelta(days=2))
    lines = simulated(fresh, first=date(2026, 11, 18), last=date(2026, 11, 24))
    assert [(line.local_date.day, line.outcome, line.reason) for line in lines] == [
        (21, SimulatedOutcome.POSTED, "the first post"),
        (22, SimulatedOutcome.SKIPPED, "nothing new"),
        (23, SimulatedOutcome.POSTED, "the first post"),
        (24, SimulatedOutcome.IF_CHANGED, "only if something changes by then"),
    ]
    closed = BankHolidays({SCOTLAND: {date(2026, 11, day): "Gala" for day in range(18, 23)}})
    rule = replace(daily(WhenUnchanged.SKIP), calendar=SCOTLAND, on_holiday=SKIP)
    found = simulate([replace(fresh, rule=rule)], Period(date(2026, 11, 18), date(2026, 11, 23), NOW), closed, ())
    assert [line.local_date.day for line in found] == [21, 22, 23]


def test_from_now_on_it_counts_what_the_channel_was_told_in_fact() -> None:
    untold = schedule(daily(WhenUnchanged.SKIP), told=2)
    lines = simulated(untold, first=date(2026, 11, 22), last=date(2026, 11, 23), changes=CHANGES)
    assert [(line.outcome, line.reason) for line in lines] == [
        (SimulatedOutcome.SKIPPED, "nothing new"),
        (SimulatedOutcome.POSTED, "something changed since the last post"),
    ]


def test_a_rule_that_cannot_be_read_posts_nothing_and_says_so() -> None:
    (line,) = simulated(schedule(INVALID), first=date(2026, 11, 23), last=date(2026, 12, 23))
    assert (line.outcome, line.reason) == (SimulatedOutcome.SKIPPED, "its rule cannot be read")


def test_a_paused_schedule_posts_nothing_and_says_why() -> None:
    paused = replace(schedule(daily(WhenUnchanged.FULL)), paused_at=NOW, pause_reason="is_archived")
    (line,) = simulated(paused, first=date(2026, 11, 23), last=date(2026, 12, 23))
    assert (line.outcome, line.reason) == (SimulatedOutcome.SKIPPED, "paused: is_archived")


def test_a_noisy_month_brings_each_change_once() -> None:
    """Three schedules name the infrastructure and the digest all areas; on most days an edit is put back."""
    posts = list(
        simulate(
            noisy_month.schedules(),
            Period(noisy_month.FIRST, noisy_month.LAST, noisy_month.NOW),
            HOLIDAYS,
            noisy_month.changes(),
        )
    )
    made = [post for post in posts if post.outcome is SimulatedOutcome.POSTED]
    assert (len(posts), len(made)) == (56, 10), "40 posts, when each schedule was by itself"
    at_once = Counter((post.starts_at, area) for post in made for area in post.schedule.areas)
    assert max(at_once.values()) == 1
