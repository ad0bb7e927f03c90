"""When rules post: each kind of days, holidays, the clocks going forward and back, days that do not exist."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.recurrence.bank_holidays import BankHolidays
from bot.recurrence.occurrences import (
    LONGEST_WAIT_DAYS,
    Occurrence,
    begun_after,
    clock_change,
    next_at,
    occurrences,
    same_cadence,
    skipped,
)
from bot.recurrence.rule import EVERY_DAY, LAST, MONDAY_TO_FRIDAY, Calendar, Days, OnHoliday, Repeat, Rule

HOLIDAYS = BankHolidays()
DAILY = Days(Repeat.WEEKLY, EVERY_DAY)
WEEKDAYS = Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY)
ENGLAND = Calendar.ENGLAND_AND_WALES
SKIP, NEXT, POST = OnHoliday.SKIP, OnHoliday.NEXT_WORKING_DAY, OnHoliday.POST
LONDON = "Europe/London"


def rule(
    days: Days, at: str = "09:00", tz: str = LONDON, calendar: Calendar = Calendar.NONE, on_holiday: OnHoliday = SKIP
) -> Rule:
    return Rule(days, time.fromisoformat(at), tz, calendar, on_holiday)


def local(given_rule: Rule, first: str, last: str) -> list[str]:
    """Return what a rule posts from one local day to another, both included, by the clocks there."""
    zone = ZoneInfo(given_rule.tz)
    begin = datetime.fromisoformat(first).replace(tzinfo=zone)
    end = datetime.fromisoformat(last).replace(tzinfo=zone) + timedelta(days=1)
    found = occurrences(given_rule, begin, end, HOLIDAYS)
    return [f"{each.starts_at.astimezone(zone):%m-%d %H:%M}" for each in found]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (WEEKDAYS, "12-01 12-02 12-03 12-04 12-07 12-08 12-09 12-10 12-11 12-14"),
        (Days(Repeat.WEEKLY, (0, 3)), "12-03 12-07 12-10 12-14"),
        (Days(Repeat.FORTNIGHTLY, (1,), anchor=date(2026, 12, 1)), "12-01"),
        (Days(Repeat.FORTNIGHTLY, (0, 4), anchor=date(2026, 12, 11)), "12-07 12-11"),
        (Days(Repeat.FORTNIGHTLY, (0, 2), anchor=date(2026, 12, 10)), "12-07 12-09"),
        (Days(Repeat.FORTNIGHTLY, (1,), anchor=date(2030, 1, 1)), ""),
        (Days(Repeat.MONTHLY_ON_DAY, day=14), "12-14"),
        (Days(Repeat.MONTHLY_ON_DAY, day=28), ""),
        (Days(Repeat.MONTHLY_ON_WEEKDAY, (0,), ordinal=1), "12-07"),
        (Days(Repeat.MONTHLY_ON_WEEKDAY, (1,), ordinal=1), "12-01"),
        (Days(Repeat.MONTHLY_ON_WEEKDAY, (1,), ordinal=2), "12-08"),
        (Days(Repeat.MONTHLY_ON_WEEKDAY, (0,), ordinal=2), "12-14"),
        (Days(Repeat.WEEKLY, ()), ""),
    ],
)
def test_days(days: Days, expected: str) -> None:
    posts = [post[:5] for post in local(rule(days), "2026-12-01", "2026-12-14")]
    assert " ".join(posts) == expected


def test_a_fortnight_begins_in_the_week_that_was_chosen() -> None:
    days = rule(Days(Repeat.FORTNIGHTLY, (0,), anchor=date(2026, 12, 23)))
    first = next_at(days, datetime(2026, 11, 23, 8, tzinfo=UTC), HOLIDAYS)
    assert first is not None
    assert first.local_date == date(2026, 12, 21)
    assert [post[:5] for post in local(days, "2026-12-01", "2027-01-20")] == ["12-21", "01-04", "01-18"]


@pytest.mark.parametrize(("anchor", "is_same"), [("2026-11-30", True), ("2026-12-20", True), ("2026-12-07", False)])
def test_two_fortnights_of_one_rhythm_post_together(anchor: str, *, is_same: bool) -> None:
    one, other = (
        rule(Days(Repeat.FORTNIGHTLY, (0, 3), anchor=date.fromisoformat(each))) for each in ("2026-12-03", anchor)
    )
    assert (same_cadence(one) == same_cadence(other)) is is_same
    later = [local(each, "2027-01-01", "2027-03-01") for each in (one, other)]
    assert (later[0] == later[1]) is is_same
    assert same_cadence(rule(WEEKDAYS)) == rule(WEEKDAYS)


def test_the_last_days_of_months() -> None:
    posts = local(rule(Days(Repeat.MONTHLY_ON_DAY, day=31)), "2027-12-01", "2028-04-30")
    assert [post[:5] for post in posts] == ["12-31", "01-31", "02-29", "03-31", "04-30"]
    posts = local(rule(Days(Repeat.MONTHLY_ON_WEEKDAY, (4,), ordinal=LAST)), "2026-10-01", "2027-02-28")
    assert [post[:5] for post in posts] == ["10-30", "11-27", "12-25", "01-29", "02-26"]


@pytest.mark.parametrize(
    ("ordinal", "on_holiday", "expected"),
    [
        (1, NEXT, "01-04 02-01 03-01 04-01 05-04"),  # 1 January is a Friday and a holiday, 3 May a bank holiday
        (1, POST, "01-01 02-01 03-01 04-01 05-03"),
        (LAST, NEXT, "01-29 02-26 03-31 04-30 05-28"),  # 31 May is a bank holiday
        (LAST, SKIP, "01-29 02-26 03-31 04-30 05-28"),
        (LAST, POST, "01-29 02-26 03-31 04-30 05-31"),
    ],
)
def test_the_first_and_last_working_day_of_a_month(ordinal: int, on_holiday: OnHoliday, expected: str) -> None:
    monthly = rule(Days(Repeat.MONTHLY_ON_WORKING_DAY, ordinal=ordinal), calendar=ENGLAND, on_holiday=on_holiday)
    assert " ".join(post[:5] for post in local(monthly, "2027-01-01", "2027-05-31")) == expected
    begin, end = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)
    assert list(skipped(monthly, begin, end, HOLIDAYS)) == []


@pytest.mark.parametrize(
    ("days", "on_holiday", "expected"),
    [
        (WEEKDAYS, SKIP, "12-23 12-24 12-29 12-30"),
        (WEEKDAYS, NEXT, "12-23 12-24 12-29 12-30"),
        (WEEKDAYS, POST, "12-23 12-24 12-25 12-28 12-29 12-30"),
        (DAILY, SKIP, "12-23 12-24 12-27 12-29 12-30"),
        (Days(Repeat.WEEKLY, (0,)), SKIP, ""),
        (Days(Repeat.WEEKLY, (0,)), NEXT, "12-29"),
        (Days(Repeat.WEEKLY, (0, 4)), NEXT, "12-29"),
        (Days(Repeat.MONTHLY_ON_DAY, day=25), NEXT, "12-29"),
        (Days(Repeat.MONTHLY_ON_DAY, day=27), NEXT, "12-27"),
    ],
)
def test_christmas(days: Days, on_holiday: OnHoliday, expected: str) -> None:
    posts = local(rule(days, calendar=ENGLAND, on_holiday=on_holiday), "2026-12-23", "2026-12-30")
    assert " ".join(post[:5] for post in posts) == expected


def test_a_post_that_was_moved_is_marked_and_the_days_left_out_are_told() -> None:
    mondays = rule(Days(Repeat.WEEKLY, (0,)), calendar=ENGLAND, on_holiday=NEXT)
    begin, end = datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 1, 5, tzinfo=UTC)
    found = list(occurrences(mondays, begin, end, HOLIDAYS))
    assert found == [
        Occurrence(date(2026, 12, 21), datetime(2026, 12, 21, 9, tzinfo=UTC)),
        Occurrence(date(2026, 12, 29), datetime(2026, 12, 29, 9, tzinfo=UTC), is_moved=True),
        Occurrence(date(2027, 1, 4), datetime(2027, 1, 4, 9, tzinfo=UTC)),
    ]
    assert list(skipped(mondays, begin, end, HOLIDAYS)) == [(date(2026, 12, 28), "Boxing Day (substitute day)")]
    assert list(skipped(rule(WEEKDAYS), begin, end, HOLIDAYS)) == []
    assert list(skipped(rule(WEEKDAYS, calendar=ENGLAND, on_holiday=POST), begin, end, HOLIDAYS)) == []


def test_a_holiday_at_the_edge_of_a_period_is_told_once() -> None:
    daily = rule(DAILY, calendar=ENGLAND)
    at = datetime(2026, 12, 25, 9, tzinfo=UTC)
    assert list(skipped(daily, at - timedelta(hours=1), at, HOLIDAYS)) == []
    assert list(skipped(daily, at, at + timedelta(hours=1), HOLIDAYS)) == [(date(2026, 12, 25), "Christmas Day")]


def test_the_clocks_go_forward_and_back() -> None:
    spring = local(rule(DAILY, "01:30"), "2027-03-27", "2027-03-29")
    assert spring == ["03-27 01:30", "03-28 02:30", "03-29 01:30"]
    autumn = rule(DAILY, "01:30")
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert local(autumn, "2026-10-24", "2026-10-26") == ["10-24 01:30", "10-25 01:30", "10-26 01:30"]
    assert next_at(autumn, first - timedelta(seconds=1), HOLIDAYS) == Occurrence(date(2026, 10, 25), first)
    for after in (first, first + timedelta(minutes=10), first + timedelta(hours=1)):
        assert next_at(autumn, after, HOLIDAYS) == Occurrence(
            date(2026, 10, 26), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
        )


def test_a_day_that_does_not_exist_has_no_post() -> None:
    apia = rule(DAILY, "00:30", "Pacific/Apia")
    assert local(apia, "2011-12-28", "2012-01-01") == ["12-28 00:30", "12-29 00:30", "12-31 00:30", "01-01 00:30"]
    assert local(rule(DAILY, "23:30", "Pacific/Kwajalein"), "1993-08-20", "1993-08-22") == [
        "08-20 23:30",
        "08-22 23:30",
    ]


def test_a_time_in_a_gap_at_midnight_is_the_first_after_it() -> None:
    """In Nuuk the clocks go from Saturday 23:00 to Sunday 00:00; in Toronto in 1919 they went from 23:30 to 00:30."""
    assert local(rule(DAILY, "23:30", "America/Nuuk"), "2027-03-26", "2027-03-28") == [
        "03-26 23:30",
        "03-28 00:00",
        "03-28 23:30",
    ]
    late = local(rule(DAILY, "23:45", "America/Toronto"), "1919-03-29", "1919-03-31")
    assert late == ["03-29 23:45", "03-31 00:30", "03-31 23:45"]
    early = local(rule(DAILY, "00:10", "America/Toronto"), "1919-03-29", "1919-03-31")
    assert early == ["03-29 00:10", "03-30 00:10", "03-31 01:10"]


def test_the_clocks_of_a_zone_are_compared() -> None:
    winter, summer = datetime(2027, 3, 27, 9, tzinfo=UTC), datetime(2027, 3, 29, 8, tzinfo=UTC)
    assert clock_change(winter, summer, LONDON) == timedelta(hours=1)
    assert clock_change(summer, winter, LONDON) == timedelta(hours=-1)
    assert clock_change(winter, summer, "Asia/Kolkata") == timedelta()


def test_what_never_comes_is_none_and_so_is_the_end_of_the_calendar() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert next_at(rule(Days(Repeat.WEEKLY, ())), now, HOLIDAYS) is None
    every = {now.date() + timedelta(days=n): "Long holiday" for n in range(-10, LONGEST_WAIT_DAYS + 10)}
    always = BankHolidays({ENGLAND: every})
    for on_holiday in (SKIP, NEXT):
        assert next_at(rule(DAILY, calendar=ENGLAND, on_holiday=on_holiday), now, always) is None
    assert next_at(rule(DAILY), datetime.max.replace(tzinfo=UTC), HOLIDAYS) is None
    first = next_at(rule(DAILY), datetime.min.replace(tzinfo=UTC), HOLIDAYS)
    assert first is not None


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        next_at(rule(DAILY, tz="Mars/Phobos"), datetime(2026, 11, 22, tzinfo=UTC), HOLIDAYS)


ZONES = ["Africa/Casablanca", "America/New_York", "America/Nuuk", "America/Sao_Paulo", "Antarctica/Troll"]
ZONES += ["Asia/Gaza", "Asia/Kolkata", "Asia/Tehran", "Australia/Lord_Howe", "Europe/Dublin", LONDON, "Pacific/Apia"]
ZONES += ["Africa/Monrovia", "Asia/Manila", "Atlantic/Azores", "Pacific/Chatham", "Pacific/Kiritimati", "UTC"]
WEEKDAY_SETS = st.sets(st.integers(0, 6), min_size=1).map(lambda found: tuple(sorted(found)))
ALL_DAYS = st.one_of(
    st.builds(Days, st.just(Repeat.WEEKLY), WEEKDAY_SETS),
    st.builds(Days, st.just(Repeat.FORTNIGHTLY), WEEKDAY_SETS, anchor=st.dates(date(2000, 1, 1), date(2030, 1, 1))),
    st.builds(Days, st.just(Repeat.MONTHLY_ON_DAY), day=st.integers(1, 31)),
    st.builds(
        Days,
        st.just(Repeat.MONTHLY_ON_WEEKDAY),
        st.tuples(st.integers(0, 6)),
        ordinal=st.sampled_from([1, 2, 3, 4, LAST]),
    ),
)
ALL_RULES = st.builds(
    Rule,
    ALL_DAYS,
    st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    st.sampled_from(ZONES),
    st.sampled_from(Calendar),
    st.sampled_from(OnHoliday),
)
MOMENTS = st.datetimes(datetime(1970, 1, 3), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 — made aware


@settings(max_examples=300)
@given(ALL_RULES, MOMENTS)
def test_each_day_once_and_never_backwards(any_rule: Rule, begin: datetime) -> None:
    end = begin + timedelta(days=70)
    found = list(occurrences(any_rule, begin, end, HOLIDAYS))
    assert all(
        earlier.local_date < later.local_date and earlier.starts_at < later.starts_at
        for earlier, later in pairwise(found)
    )
    chain = []
    after = begin - timedelta(microseconds=1)
    while (occurrence := next_at(any_rule, after, HOLIDAYS)) and occurrence.starts_at < end:
        chain.append(occurrence)
        after = occurrence.starts_at
    assert chain == found


@settings(max_examples=150)
@given(st.sampled_from(ZONES), MOMENTS, st.builds(time, st.integers(0, 23), st.integers(0, 59)))
def test_every_day_that_exists_has_its_post_on_that_day(tz: str, begin: datetime, at: time) -> None:
    """Which days exist is found by looking at the clock each quarter of an hour."""
    zone, end = ZoneInfo(tz), begin + timedelta(days=20)
    days = {(begin + timedelta(minutes=15) * n).astimezone(zone).date() for n in range(20 * 96)}
    complete = days - {min(days), max(days)}
    found = list(occurrences(Rule(DAILY, at, tz), begin, end, HOLIDAYS))
    assert {each.local_date for each in found} >= complete
    for each in found:
        clock = each.starts_at.astimezone(zone)
        assert clock.time() == at or clock - timedelta(days=1) < datetime.combine(each.local_date, at, zone) < clock


@pytest.mark.parametrize(
    ("weekdays", "at", "first"),
    [
        ((1,), "10:00", "2026-12-29"),
        ((1,), "12:30", "2026-12-22"),
        ((1, 3), "10:00", "2026-12-24"),
        ((0,), "10:00", ""),
    ],
)
def test_a_fortnight_begins_with_the_next_time_to_come(weekdays: tuple[int, ...], at: str, first: str) -> None:
    noon = datetime(2026, 12, 22, 12, tzinfo=UTC)  # a Tuesday
    new = rule(Days(Repeat.FORTNIGHTLY, weekdays, anchor=date(2026, 12, 28 if not first else 22)), at)
    found = next_at(begun_after(new, noon), noon, HOLIDAYS)
    assert found is not None
    assert found.local_date.isoformat() == (first or "2026-12-28")
    assert begun_after(rule(WEEKDAYS), noon) == rule(WEEKDAYS)


@pytest.mark.parametrize(
    ("days", "on_holiday", "expected"),
    [
        (WEEKDAYS, SKIP, "12-31 01-05"),
        (WEEKDAYS, POST, "12-31 01-05"),
        (Days(Repeat.WEEKLY, (4,)), NEXT, "01-05"),
        (Days(Repeat.MONTHLY_ON_WORKING_DAY, ordinal=1), SKIP, "01-05"),
        (Days(Repeat.MONTHLY_ON_DAY, day=2), NEXT, "01-05"),
    ],
)
def test_on_days_off_nothing_is_posted_and_what_moves_moves_beyond_them(
    days: Days, on_holiday: OnHoliday, expected: str
) -> None:
    off = ((date(2027, 1, 1), date(2027, 1, 4)),)
    given_rule = replace(rule(days, calendar=ENGLAND, on_holiday=on_holiday), days_off=off)
    assert " ".join(each.partition(" ")[0] for each in local(given_rule, "2026-12-31", "2027-01-05")) == expected
