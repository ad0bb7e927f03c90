"""Rules in words: what is understood, what is told when it is not, and how a rule is told back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.recurrence.phrase import ParsedRule, read_rule, rule_of, say_rule, say_when
from bot.recurrence.phrase_holidays import ParsedHolidays
from bot.recurrence.rule import EVERY_DAY, LAST, MONDAY_TO_FRIDAY, Calendar, Days, OnHoliday, Repeat, Rule

SUNDAY = date(2026, 11, 22)
WEEKLY, ORDINAL, MONTH_DAY = Repeat.WEEKLY, Repeat.MONTHLY_ON_WEEKDAY, Repeat.MONTHLY_ON_DAY
WORKING_DAY = Repeat.MONTHLY_ON_WORKING_DAY
EVERY_WEEKDAY = Days(WEEKLY, MONDAY_TO_FRIDAY)
TUESDAY = Days(Repeat.FORTNIGHTLY, (1,), anchor=date(2026, 11, 24))


def read(words: str) -> ParsedRule:
    return read_rule(words, default_tz="Europe/London", today=SUNDAY)


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("daily", Days(WEEKLY, EVERY_DAY)),
        ("every day", Days(WEEKLY, EVERY_DAY)),
        ("Weekdays", EVERY_WEEKDAY),
        ("on weekdays", EVERY_WEEKDAY),
        ("every working day", EVERY_WEEKDAY),
        ("mon-fri", EVERY_WEEKDAY),
        ("mon – fri", EVERY_WEEKDAY),
        ("weekends", Days(WEEKLY, (5, 6))),
        ("mon,thu", Days(WEEKLY, (0, 3))),
        ("thu, mon", Days(WEEKLY, (0, 3))),
        ("every Monday and Thursday", Days(WEEKLY, (0, 3))),
        ("tues thurs", Days(WEEKLY, (1, 3))),
        ("mon-wed & fri", Days(WEEKLY, (0, 1, 2, 4))),
        ("sat to mon", Days(WEEKLY, (0, 5, 6))),
        ("weekly monday", Days(WEEKLY, (0,))),
        ("every week on mondays", Days(WEEKLY, (0,))),
        ("first monday", Days(ORDINAL, (0,), ordinal=1)),
        ("the 2nd Tue of each month", Days(ORDINAL, (1,), ordinal=2)),
        ("monthly last friday", Days(ORDINAL, (4,), ordinal=LAST)),
        ("every second tuesday of the month", Days(ORDINAL, (1,), ordinal=2)),
        ("3rd wednesday", Days(ORDINAL, (2,), ordinal=3)),
        ("1st Monday", Days(ORDINAL, (0,), ordinal=1)),
        ("4th thu", Days(ORDINAL, (3,), ordinal=4)),
        ("last weekday", Days(WORKING_DAY, ordinal=LAST)),
        ("on the last working day of the month", Days(WORKING_DAY, ordinal=LAST)),
        ("1st business day of each month", Days(WORKING_DAY, ordinal=1)),
        ("monthly first workday", Days(WORKING_DAY, ordinal=1)),
        ("monthly 1", Days(MONTH_DAY, day=1)),
        ("monthly on the 15th", Days(MONTH_DAY, day=15)),
        ("1st of the month", Days(MONTH_DAY, day=1)),
        ("the first of the month", Days(MONTH_DAY, day=1)),
        ("the 31st of every month", Days(MONTH_DAY, day=31)),
        ("last day of the month", Days(MONTH_DAY, day=31)),
        ("monthly last", Days(MONTH_DAY, day=31)),
        ("fortnightly tue", TUESDAY),
        ("every other Tuesday", TUESDAY),
        ("every second tuesday", TUESDAY),
        ("every two weeks on tuesdays", TUESDAY),
        ("fortnightly sun,mon", Days(Repeat.FORTNIGHTLY, (0, 6), anchor=SUNDAY)),
    ],
)
def test_days(words: str, days: Days) -> None:
    for said in (f"{words} 09:00", f"09:00 {words}", f"adoption {words} at 9am"):
        understood = read(said)
        assert (understood.problem, understood.days, understood.at) == ("", days, time(9))
        assert understood.rest == ("adoption" if said.startswith("adoption") else "")


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("09:00", time(9)),
        ("9:00", time(9)),
        ("09.30", time(9, 30)),
        ("9am", time(9)),
        ("9 AM", time(9)),
        ("9.15 a.m.", time(9, 15)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("5 pm", time(17)),
        ("17h30", time(17, 30)),
        ("0930", time(9, 30)),
        ("1745hrs", time(17, 45)),
        ("at 9", time(9)),
        ("9 o'clock", time(9)),
        ("at 9 o’clock", time(9)),
        ("09:00:00", time(9)),
        ("noon", time(12)),
        ("12 noon", time(12)),
        ("midday", time(12)),
        ("midnight", time(0)),
        ("23:59", time(23, 59)),
        ("０９：００", time(9)),
    ],
)
def test_times(words: str, at: time) -> None:
    for said in (f"adoption weekdays {words}", f"adoption {words}, weekdays", f"{words} weekdays adoption"):
        understood = read(said)
        assert (understood.problem, understood.at, understood.rest) == ("", at, "adoption")


@pytest.mark.parametrize(
    ("words", "tz"),
    [
        ("", "Europe/London"),
        ("UK", "Europe/London"),
        ("uk time", "Europe/London"),
        ("europe/LONDON", "Europe/London"),
        ("(Europe/London)", "Europe/London"),
        ("America/new_york", "America/New_York"),
        ("New York", "America/New_York"),
        ("in New York time", "America/New_York"),
        ("Asia/Kolkata", "Asia/Kolkata"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("utc", "UTC"),
        ("Etc/GMT+1", "Etc/GMT+1"),
    ],
)
def test_zones(words: str, tz: str) -> None:
    for said in (f"weekdays 09:00 {words} infrastructure", f"infrastructure 09:00 weekdays {words}"):
        understood = read(said)
        assert understood.problem == ""
        assert understood.rule is not None
        assert (understood.rule.tz, understood.rest) == (tz, "infrastructure")
        assert understood.tz == (tz if words else "")


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ("infrastructure weekdays 09:00", "infrastructure"),
        ("infrastructure, adoption alerts weekdays 09:00", "infrastructure, adoption alerts"),
        ("3 weekdays 09:00", "3"),
        ("UK AI infrastructure weekdays 09:00", "UK AI infrastructure"),
        ("weekly digest monday 09:00", "digest"),
        ("please subscribe me to adoption at 9am on weekdays", "please subscribe me to adoption"),
        ("adoption/infrastructure weekdays 09:00", "adoption/infrastructure"),
        ("infrastructure on weekdays at 9am in UK time and adoption", "infrastructure adoption"),
        ("adoption, weekdays, 09:00, corrections only", "adoption corrections only"),
        ("R&D weekdays 9am", "R&D"),
    ],
)
def test_the_rest_is_left(words: str, rest: str) -> None:
    understood = read(words)
    assert understood.rule is not None
    assert understood.rest == rest


@pytest.mark.parametrize(
    "words", ["", "infrastructure", "adoption, infrastructure alerts", "3", "UK AI infrastructure", "R&D"]
)
def test_words_that_say_nothing_of_when(words: str) -> None:
    assert read(words) == ParsedRule(None, words)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("weekdays 25:00", "“25:00” is not a time of day. Write it as 09:00, 9am or 17:30."),
        ("weekdays 9:60", "“9:60” is not a time of day. Write it as 09:00, 9am or 17:30."),
        ("weekdays 24:00", "“24:00” is not a time of day."),
        ("weekdays 13pm", "“13pm” is not a time of day."),
        ("weekdays 0am", "“0am” is not a time of day."),
        ("weekdays 9:5", "“9:5” is not a time of day."),
        ("weekdays 09:00:30", "“09:00:30” is not a time of day."),
        ("weekdays ٠٩:٠٠", "“٠٩:٠٠” is not a time of day."),
        ("weekdays 9²:00", "“92:00” is not a time of day."),
        ("weekdays 09:00 17:00", "A schedule can’t have both “09:00” and “17:00”. Subscribe twice to get both."),
        ("weekdays 09:00 Mars/Phobos", "I don’t recognise the time zone “Mars/Phobos”. Write it as Europe/London"),
        ("weekdays 09:00 Eurpe/London", "I don’t recognise the time zone “Eurpe/London”. Did you mean Europe/London?"),
        (
            "Europe/Lodnon weekdays 09:00",
            "I don’t recognise the time zone “Europe/Lodnon”. Did you mean Europe/London?",
        ),
        ("weekdays 09:00 Lodnon", "I don’t recognise the time zone “Lodnon”. Did you mean Europe/London?"),
        ("weekdays 09:00 BST", "I don’t recognise the time zone “BST”. Did you mean Europe/London?"),
        ("weekdays 09:00 est", "I don’t recognise the time zone “est”. Did you mean America/New_York?"),
        ("weekdays 09:00 UTC+1", "“UTC+1” does not say when the clocks change."),
        ("weekdays 09:00+01:00", "“+01:00” does not say when the clocks change."),
        ("weekdays 09:00 ../../etc/passwd", "I don’t recognise the time zone “../../etc/passwd”."),
        (
            "weekdays 09:00 Europe/London America/New_York",
            "A schedule can’t have both Europe/London and America/New_York. Subscribe twice to get both.",
        ),
        ("weekdays 09:00 UK New York", "A schedule can’t have both Europe/London and America/New_York."),
        ("2020-01-01 09:00", "1 January 2020 is in the past. A schedule repeats: choose days such as weekdays"),
        ("01/02/2020 09:00", "1 February 2020 is in the past."),
        ("2027-01-01 09:00", "“2027-01-01” is a single day. A schedule repeats"),
        ("2027-02-30 09:00", "The date “2027-02-30” does not exist."),
        ("tomorrow 9am", "“tomorrow” is a single day."),
        ("1 december 9am", "“1 december” is a single day."),
        ("daily weekdays 9am", "A schedule can’t have both “daily” and “weekdays”."),
        ("mon 9am monthly 1", "A schedule can’t have both “monthly 1” and “mon”."),
        ("fifth monday 9am", "Not every month has a fifth monday. Try last monday."),
        ("second working day 9am", "I can’t post “second working day”. Try first working day or last working day."),
        ("fifth weekday 9am", "I can’t post “fifth weekday”."),
        ("last weekday first monday 9am", "A schedule can’t have both “last weekday” and “first monday”."),
        ("monthly 32 9am", "No month has a day “32”. Use 1 to 31, or last."),
        ("monthly 0 9am", "No month has a day “0”."),
        ("monthly monday 9am", "“monthly” and “monday” can’t be combined."),
        ("weekly first monday 9am", "“weekly” and “first monday” can’t be combined."),
        ("weekly fortnightly tue 9am", "can’t be combined."),
        ("monthly weekly 3rd 9am", "can’t be combined."),
        ("weekly 9am", "“weekly” needs a day."),
        ("biweekly tue 9am", "I can’t post “biweekly”."),
        ("every 3 hours", "I can’t post “every 3 hours”."),
        ("weekdays", "At what time? For example: weekdays 09:00."),
        ("09:00", "On which days?"),
        ("infrastructure Europe/London", "On which days?"),
    ],
)
def test_what_cannot_be_is_said_plainly(words: str, problem: str) -> None:
    understood = read(words)
    assert understood.rule is None
    assert problem in understood.problem


def test_what_was_understood_is_kept_beside_a_problem() -> None:
    understood = read("infrastructure first monday 25:00 America/New_York")
    assert understood.days == Days(ORDINAL, (0,), ordinal=1)
    assert (understood.at, understood.tz, understood.rest) == (None, "America/New_York", "infrastructure")
    understood = read("weekly digest 9am")
    assert (understood.days, understood.at, understood.rest) == (None, time(9), "digest")
    assert read("biweekly tue 9am adoption").rest == "adoption"


def test_the_usual_holidays() -> None:
    usual = {
        "weekdays 9am": (Calendar.ENGLAND_AND_WALES, OnHoliday.SKIP),
        "daily 9am UK": (Calendar.ENGLAND_AND_WALES, OnHoliday.SKIP),
        "weekends 9am": (Calendar.ENGLAND_AND_WALES, OnHoliday.SKIP),
        "mon,thu 9am": (Calendar.ENGLAND_AND_WALES, OnHoliday.NEXT_WORKING_DAY),
        "mon-thu 9am": (Calendar.ENGLAND_AND_WALES, OnHoliday.NEXT_WORKING_DAY),
        "sat 9am": (Calendar.ENGLAND_AND_WALES, OnHoliday.SKIP),
        "fortnightly mon-fri 9am": (Calendar.ENGLAND_AND_WALES, OnHoliday.NEXT_WORKING_DAY),
        "monthly 1 9am GB": (Calendar.ENGLAND_AND_WALES, OnHoliday.NEXT_WORKING_DAY),
        "weekdays 9am Belfast": (Calendar.NORTHERN_IRELAND, OnHoliday.SKIP),
        "weekdays 9am Europe/Dublin": (Calendar.NONE, OnHoliday.POST),
    }
    for words, expected in usual.items():
        rule = read(words).rule
        assert rule is not None
        assert (rule.calendar, rule.on_holiday) == expected, words


def test_rules_are_told() -> None:
    told = {
        "weekdays 9am": "Every weekday at 09:00 (Europe/London), not on bank holidays in England and Wales",
        "mon,wed,thu 17:30 Asia/Kolkata": "Every Monday, Wednesday and Thursday at 17:30 (Asia/Kolkata)",
        "daily noon UTC": "Every day at 12:00 (UTC)",
        "fortnightly tue 9am UTC": "Every other week on Tuesday at 09:00 (UTC)",
        "first monday 9am UTC": "On the first Monday of each month at 09:00 (UTC)",
        "last working day 5pm UTC": "On the last working day of each month at 17:00 (UTC)",
        "first weekday 9am": (
            "On the first working day of each month at 09:00 (Europe/London), by the bank holidays in England and Wales"
        ),
        "weekends 9am UTC": "Every Saturday and Sunday at 09:00 (UTC)",
        "monthly 1 9am UTC": "On the 1st of each month at 09:00 (UTC)",
        "monthly 3 9am UTC": "On the 3rd of each month at 09:00 (UTC)",
        "monthly 28 9am UTC": "On the 28th of each month at 09:00 (UTC)",
        "monthly 29 9am UTC": "On the 29th of each month (or its last day) at 09:00 (UTC)",
        "monthly 22 9am UTC": "On the 22nd of each month at 09:00 (UTC)",
        "monthly 13 9am UTC": "On the 13th of each month at 09:00 (UTC)",
        "monthly 30 9am UTC": "On the 30th of each month (or its last day) at 09:00 (UTC)",
        "monthly last 9am Belfast": (
            "On the last day of each month at 09:00 (Europe/Belfast), "
            "or on the next working day if that is a bank holiday in Northern Ireland"
        ),
    }
    for words, expected in told.items():
        rule = read(words).rule
        assert rule is not None
        assert say_rule(rule) == expected


def test_moments_are_told_by_the_clocks_of_a_zone() -> None:
    moment = datetime(2026, 11, 30, 9, tzinfo=UTC)
    assert say_when(moment, "Europe/London") == "Mon 30 Nov 09:00"
    assert say_when(moment, "Pacific/Apia") == "Mon 30 Nov 22:00"
    assert say_when(moment, "America/New_York") == "Mon 30 Nov 04:00"


WEEKDAYS = st.sets(st.integers(0, 6), min_size=1).map(lambda found: tuple(sorted(found)))
ALL_DAYS = st.one_of(
    st.builds(Days, st.just(WEEKLY), WEEKDAYS),
    st.builds(Days, st.just(MONTH_DAY), day=st.integers(1, 31)),
    st.builds(Days, st.just(WORKING_DAY), ordinal=st.sampled_from([1, LAST])),
    st.builds(Days, st.just(ORDINAL), st.tuples(st.integers(0, 6)), ordinal=st.sampled_from([1, 2, 3, 4, LAST])),
)


@given(
    ALL_DAYS,
    st.times(),
    st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]),
    st.sampled_from([None, *list(Calendar)[:-1]]),
    st.sampled_from([None, *OnHoliday]),
)
def test_what_is_told_can_be_said(
    days: Days, at: time, tz: str, calendar: Calendar | None, on_holiday: OnHoliday | None
) -> None:
    rule: Rule = rule_of(days, at.replace(second=0, microsecond=0), tz, ParsedHolidays(calendar, on_holiday))
    if rule.days.repeat is WORKING_DAY and rule.on_holiday is OnHoliday.SKIP:
        rule = replace(rule, on_holiday=OnHoliday.NEXT_WORKING_DAY)  # they are no working days: nothing is told of it
    if rule.calendar is Calendar.NONE or rule.on_holiday is OnHoliday.POST:
        rule = rule_of(days, rule.at, tz, ParsedHolidays(on_holiday=OnHoliday.POST))
    understood = read(say_rule(rule).replace(" (or its last day)", ""))
    assert (understood.rule, understood.rest, understood.problem) == (rule, "", "")


PIECES = [
    "mon",
    "frı",
    "fırst",
    "ſat",
    "thu-",
    "09:00",
    "9",
    ":",
    "am",
    "monthly",
    "mondy",
    "not on bank holidays",
    "holidays of",
    "morning",
    "last",
    "of the month",
    "32nd",
    "every",
    "(",
    ",",
    "/",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from([*PIECES, "UK", "Etc/", "\n", "\0", "ﷺ", "İ"])).map(" ".join)))
@example("9" * 100_000)
@example("mon," * 10_000)
@example("(" * 10_000)
@example("at " * 10_000)
@example("ﷺ" * 500)
@example("mondy " * 100)
@example("or the next working day if " * 100)
def test_whatever_is_typed_is_read(words: str) -> None:
    understood: Any = read(words)
    assert (understood.rule is None) or not understood.problem
    assert len(understood.problem) < 300
    assert "\n" not in understood.rest
    assert len(understood.rest) <= 500


@pytest.mark.parametrize(
    ("words", "at", "rest"),
    [
        ("adoption weekdays 9", time(9), "adoption"),
        ("mon 17 UK", time(17), ""),
        ("3 weekdays 8 adoption", time(8), "3 adoption"),
        ("adoption 9 weekdays", time(9), "adoption"),
        ("first weekday 9", time(9), ""),
        ("monthly 1 9", time(9), ""),
        ("weekdays 9 30", time(9, 30), ""),
        ("weekdays 5", time(5), ""),
        ("weekdays 23", time(23), ""),
        ("weekdays 8 9", time(8), "9"),
        ("5 weekdays 8", time(8), "5"),
        ("area 5 weekdays 8", time(8), "area 5"),
        ("adoption every morning at 9", time(9), "adoption"),
        ("monday evening 21", time(21), ""),
    ],
)
def test_a_bare_number_beside_the_days_is_an_hour(words: str, at: time, rest: str) -> None:
    understood = read(words)
    assert understood.rule is not None
    assert (understood.rule.at, understood.rest) == (at, rest)
    assert f" at {at:%H:%M} " in say_rule(understood.rule)


@pytest.mark.parametrize("words", ["weekdays 3", "7", "area 9 weekdays"])
def test_a_number_that_is_no_hour_stays_what_it_is(words: str) -> None:
    understood = read(words)
    assert (understood.at, understood.rest) == (None, words.replace("weekdays", "").strip())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("mon 24", "“24” is not a time of day."),
        ("weekdays 9, 17", "A schedule can’t have both “9” and “17”. Subscribe twice to get both."),
        ("weekdays 9 and 17 adoption", "A schedule can’t have both “9” and “17”."),
        ("mon 99", "“99” is not a time of day."),
        ("mon 9ish", "“9ish” is not a time of day."),
        ("adoption mon morning", "“morning” is not a time of day."),
        ("weekdays half past nine", "“half past nine” is not a time of day."),
        ("weekdays nine", "“nine” is not a time of day."),
        ("weekdays 9 in the evening", "“evening” and 09:00 do not fit. Did you mean 21:00?"),
        ("every night at 9", "“night” and 09:00 do not fit. Did you mean 21:00?"),
        ("mon afternoon 9am", "“afternoon” and 09:00 do not fit. Did you mean 21:00?"),
    ],
)
def test_the_words_for_a_time_that_are_not_understood_are_named(words: str, told: str) -> None:
    understood = read(words)
    assert understood.rule is None
    assert told in understood.wrong["at"]
    assert understood.rest in {"", "adoption"}


SCOTLAND, ENGLAND = Calendar.SCOTLAND, Calendar.ENGLAND_AND_WALES
SKIP, NEXT, POST = OnHoliday.SKIP, OnHoliday.NEXT_WORKING_DAY, OnHoliday.POST


@pytest.mark.parametrize(
    ("words", "calendar", "on_holiday"),
    [
        ("weekdays 9 not on bank holidays", ENGLAND, SKIP),
        ("mon 9 except public holidays", ENGLAND, SKIP),
        ("weekdays 9 scottish holidays", SCOTLAND, SKIP),
        ("mon 9 Scotland", SCOTLAND, NEXT),
        ("mon 9 bank holidays of Northern Ireland", Calendar.NORTHERN_IRELAND, NEXT),
        ("weekdays 9 UTC not on bank holidays in Wales", ENGLAND, SKIP),
        ("weekdays 9 or the next working day", ENGLAND, NEXT),
        ("weekdays 9 on bank holidays too", ENGLAND, POST),
        ("including bank holidays weekdays 9", ENGLAND, POST),
    ],
)
def test_bank_holidays(words: str, calendar: Calendar, on_holiday: OnHoliday) -> None:
    understood = read(f"{words} adoption")
    assert understood.rule is not None
    assert (understood.rule.calendar, understood.rule.on_holiday) == (calendar, on_holiday)
    assert understood.rest == "adoption"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("weekdays 9 bank holidays of France", "I don’t know the bank holidays of “France”, only those of England and"),
        ("weekdays 9 UTC not on bank holidays", "Whose bank holidays? For example: not on bank holidays in Scotland."),
        ("mon 9 bank holidays of Wales, bank holidays of Scotland", "one place’s bank holidays"),
        ("mon 9 not on bank holidays, on bank holidays too", "Say one thing about bank holidays"),
    ],
)
def test_bank_holidays_that_cannot_be_are_named(words: str, told: str) -> None:
    understood = read(words)
    assert understood.rule is None
    assert told in understood.wrong["calendar"]
    assert understood.problem == understood.wrong["calendar"]


@pytest.mark.parametrize(
    ("words", "meant", "weekdays"),
    [
        ("wekdays 09:00", "weekdays", MONDAY_TO_FRIDAY),
        ("adoption tuseday 9am", "Tuesday", (1,)),
        ("THRUSDAY 9am", "Thursday", (3,)),
        ("weekly tuseday 9am", "Tuesday", (1,)),
        ("mon and tuseday 9am", "Tuesday", (0, 1)),
        ("monday-fryday 9am", "Friday", MONDAY_TO_FRIDAY),
    ],
)
def test_days_that_are_misspelt_are_asked_about(words: str, meant: str, weekdays: tuple[int, ...]) -> None:
    understood = read(words)
    assert understood.rule is None
    assert understood.days == Days(Repeat.WEEKLY, weekdays)
    assert understood.wrong["days"].endswith(f"Did you mean {meant}?")


@pytest.mark.parametrize(
    ("words", "told", "days"),
    [
        ("last mondy 17:00", "I don’t recognise “mondy”. Did you mean Monday?", Days(ORDINAL, (0,), ordinal=LAST)),
        ("fisrt monday 9", "I don’t recognise “fisrt”. Did you mean first?", Days(ORDINAL, (0,), ordinal=1)),
        ("fortnightly tuseday 9", "I don’t recognise “tuseday”. Did you mean Tuesday?", TUESDAY),
        ("fortnighly tue 9", "I don’t recognise “fortnighly”. Did you mean fortnightly?", TUESDAY),
        ("last 17:00", "“last” needs a day: last Monday, for example, or last working day.", None),
        ("first 9", "“first” needs a day: first Monday, for example, or first working day.", None),
    ],
)
def test_the_word_among_the_days_that_is_not_understood_is_named(words: str, told: str, days: Days | None) -> None:
    understood = read(f"adoption {words}")
    assert (understood.rule, understood.days, understood.rest) == (None, days, "adoption")
    assert understood.wrong == {"days": told}


@pytest.mark.parametrize("words", ["money", "holidays", "adoption", "infrastructure", "overview", "wednesdaywednesday"])
def test_words_that_are_no_days_stay_what_they_are(words: str) -> None:
    assert (read(words).days, read(words).rest) == (None, words)
