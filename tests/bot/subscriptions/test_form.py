"""The form for a schedule: filled in from words or from a rule, and read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.subscriptions import ALL
from bot.messages import ChannelRef
from bot.recurrence.phrase import read_rule
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
from bot.subscriptions.form.fields import FormField, FormInput, asked, which_changes
from bot.subscriptions.form.form import area_options, blank, completed, filled_with, with_words, zone_options
from bot.subscriptions.form.submission import FormError, read_form
from bot.subscriptions.request import SubscriptionRequest, read_request
from tests.support.newsroom import shipped

CONTENT = shipped()
AREAS = area_options(CONTENT)
PLACE = ChannelRef("T1", "C1")
TODAY = date(2026, 12, 3)  # a Thursday
GOOD = FormInput(areas=("infrastructure",), days="weekdays")


def read(**fields: Any) -> SubscriptionRequest:  # noqa: ANN401 — a form's fields
    return read_form(replace(GOOD, **fields), AREAS, TODAY)


def faults(**fields: Any) -> dict[FormField, str]:  # noqa: ANN401 — a form's fields
    with pytest.raises(FormError) as caught:
        read(**fields)
    return dict(caught.value.problems)


DAYS = [
    Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY),
    Days(Repeat.WEEKLY, EVERY_DAY),
    Days(Repeat.WEEKLY, (0, 3)),
    Days(Repeat.FORTNIGHTLY, (1,), anchor=TODAY),
    Days(Repeat.MONTHLY_ON_DAY, day=31),
    Days(Repeat.MONTHLY_ON_WEEKDAY, (4,), ordinal=LAST),
    Days(Repeat.MONTHLY_ON_WEEKDAY, (0,), ordinal=1),
    Days(Repeat.MONTHLY_ON_WORKING_DAY, ordinal=1),
    Days(Repeat.MONTHLY_ON_WORKING_DAY, ordinal=LAST),
]


@pytest.mark.parametrize("days", DAYS)
@pytest.mark.parametrize("when_unchanged", WhenUnchanged)
def test_a_rule_comes_back_from_the_form_as_it_was(days: Days, when_unchanged: WhenUnchanged) -> None:
    rule = Rule(days, time(16, 45), "Asia/Kolkata", Calendar.SCOTLAND, OnHoliday.SKIP, when_unchanged=when_unchanged)
    wish = read_form(replace(filled_with(rule, TODAY), areas=("adoption",)), AREAS, TODAY)
    assert wish.rule == rule


@given(st.integers(-200, 200), st.integers(0, 500))
def test_a_fortnights_weeks_stay_the_same_weeks(anchored: int, later: int) -> None:
    anchor, today = TODAY + timedelta(days=anchored), TODAY + timedelta(days=later)
    rule = Rule(Days(Repeat.FORTNIGHTLY, (1,), anchor=anchor), time(9), "Europe/London")
    wish = read_form(replace(filled_with(rule, today), areas=("adoption",)), AREAS, today)
    assert wish.rule is not None
    assert wish.rule.days.anchor is not None
    monday = anchor - timedelta(days=anchor.weekday())
    again = wish.rule.days.anchor - timedelta(days=wish.rule.days.anchor.weekday())
    assert (again - monday).days % 14 == 0
    assert wish.rule.days.anchor >= today


def test_a_first_week_that_is_to_come_stays_the_first() -> None:
    rule = Rule(Days(Repeat.FORTNIGHTLY, (1,), anchor=date(2026, 12, 23)), time(9), "Europe/London")
    assert filled_with(rule, TODAY).begins == "2026-12-23"


def test_a_digest_with_areas_beside_it_is_asked_about() -> None:
    for words in ("infrastructure weekly digest monday 09:00", "infrastructure digest"):
        filled, problems = filled_from(words)
        assert filled.areas == ("digest", "infrastructure")
        assert problems[FormField.AREAS] == "The digest covers all areas: choose it alone."
    assert FormField.AREAS not in filled_from("all digest monday 09:00")[1]


def test_a_fortnight_begins_on_the_next_day_that_is_ticked() -> None:
    wish = read(days="fortnightly", weekdays=("1",))
    assert wish.rule is not None
    assert wish.rule.days.anchor == date(2026, 12, 8)


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({"areas": ()}, {FormField.AREAS: "Choose at least one."}),
        ({"areas": ("gone",)}, {FormField.AREAS: "“gone” is no longer an area. Choose again."}),
        ({"areas": ("digest", "adoption")}, {FormField.AREAS: "The digest covers all areas: choose it alone."}),
        ({"days": ""}, {FormField.DAYS: "Choose how often."}),
        ({"days": "day 32"}, {FormField.DAYS: "Choose how often."}),
        ({"days": "monthly_on_day"}, {FormField.DAY: "Choose a day of the month."}),
        ({"days": "monthly_on_day", "day": "32"}, {FormField.DAY: "Choose a day of the month."}),
        ({"days": "monthly_on_day", "day": "²"}, {FormField.DAY: "Choose a day of the month."}),
        (
            {"days": "monthly_on_weekday", "ordinal": "5", "weekday": "7"},
            {FormField.ORDINAL: "Choose first to fourth, or last.", FormField.WEEKDAY: "Choose a day."},
        ),
        (
            {"days": "monthly_on_weekday", "ordinal": "2", "weekday": "working"},
            {FormField.ORDINAL: "Of working days, choose the first or the last."},
        ),
        ({"days": "weekly"}, {FormField.WEEKDAYS: "Tick a day."}),
        ({"days": "weekly", "weekdays": ("9", "x")}, {FormField.WEEKDAYS: "Tick a day."}),
        ({"at": ""}, {FormField.AT: "Choose a time."}),
        ({"at": "25:00"}, {FormField.AT: "Choose a time."}),
        ({"tz": "Europe/Lodnon"}, {FormField.TZ: "There is no time zone “Europe/Lodnon”. Did you mean Europe/London?"}),
        ({"tz": "../../etc/passwd"}, {FormField.TZ: "There is no time zone “../../etc/passwd”."}),
        (
            {"days": "fortnightly", "weekdays": ("0",), "begins": "2020-01-06"},
            {FormField.BEGINS: "That day has passed."},
        ),
        ({"days": "fortnightly", "weekdays": ("0",), "begins": "soon"}, {FormField.BEGINS: "Choose a date."}),
        (
            {"days": "fortnightly", "weekdays": ("0",), "begins": "9999-12-31"},
            {FormField.BEGINS: "Choose a day within a year."},
        ),
        (
            {"more": True, "calendar": "mars"},
            {FormField.CALENDAR: "Choose again: this form is from another version of the bot."},
        ),
        (
            {"days": "none", "alerts": True, "areas": ("digest",)},
            {FormField.DAYS: "Choose how often: a digest is posted by a schedule."},
        ),
    ],
)
def test_what_is_wrong_is_said_of_its_field(fields: dict[str, Any], problems: dict[FormField, str]) -> None:
    assert faults(**fields) == problems


def test_several_faults_are_told_at_once() -> None:
    assert set(faults(areas=(), days="weekly", at="", tz="")) == {
        FormField.AREAS,
        FormField.WEEKDAYS,
        FormField.AT,
        FormField.TZ,
    }


def test_what_the_form_asks_for() -> None:
    assert read(areas=("digest",)).is_digest
    assert read(areas=("adoption", ALL)).areas == (ALL,)
    assert read(alerts=True).alerts
    assert read(days="none", alerts=True).rule is None
    assert read(days="none", weekdays=("1",), at="").rule is None, "what is not asked is left out of account"
    rule = read(more=True, calendar="none", on_holiday="skip").rule
    assert rule is not None
    assert rule.on_holiday is OnHoliday.POST, "without bank holidays there is nothing to leave out"


def test_fields_that_appear_have_the_usual_values() -> None:
    unasked = FormInput(areas=("adoption",), days="daily", at="", tz="")
    wish = read_form(completed(unasked, "Europe/London"), AREAS, TODAY)
    assert wish.rule == read_rule("daily 9", default_tz="Europe/London", today=TODAY).rule
    for days in ("fortnightly", "monthly_on_day", "monthly_on_weekday"):
        filled = completed(replace(unasked, days=days, weekdays=("1",)), "Europe/London")
        rule = read_form(filled, AREAS, TODAY).rule
        assert rule is not None
        assert rule.on_holiday is OnHoliday.NEXT_WORKING_DAY
    abroad = completed(replace(unasked, days="weekdays"), "Asia/Kolkata")
    assert (abroad.tz, abroad.calendar, abroad.on_holiday) == ("Asia/Kolkata", "none", "post")
    scottish = completed(replace(unasked, days="weekdays", calendar="scotland"), "Asia/Kolkata")
    assert scottish.on_holiday == "skip"


def test_what_is_seldom_changed_is_asked_when_it_was_changed() -> None:
    for words, more in {
        "weekdays 9": False,
        "mon 9 America/New_York": False,
        "weekdays 9 UK not on bank holidays": False,
        "weekdays 9 UK Scotland": True,
        "mon 9 UK on bank holidays too": True,
        "weekdays 9 bank holidays of France": True,
    }.items():
        assert filled_from(f"{words} adoption")[0].more is more, words
    unasked = read(calendar="scotland", on_holiday="post", when_unchanged="full").rule
    assert unasked == read_rule("weekdays 9", default_tz="Europe/London", today=TODAY).rule


def filled_from(words: str) -> tuple[FormInput, dict[FormField, str]]:
    said = read_rule(words, default_tz="America/New_York", today=TODAY)
    form = with_words(
        blank(CONTENT, PLACE, "America/New_York"), read_request(CONTENT.memorandum, said.rest), said, TODAY
    )
    return form.filled, dict(form.problems)


def test_an_area_alone_is_for_alerts_until_days_are_chosen() -> None:
    filled, problems = filled_from("infrastructure")
    assert (filled.areas, filled.days, filled.alerts, filled.tz) == (
        ("infrastructure",),
        "none",
        False,
        "America/New_York",
    )
    assert problems == {}
    assert read_form(filled, AREAS, TODAY) == SubscriptionRequest(("infrastructure",), alerts=True)


def test_what_was_read_request_is_filled_in_and_what_was_not_is_said_on_its_field() -> None:
    filled, problems = filled_from("infrastructure mon,thu UK")
    assert (filled.days, filled.weekdays, filled.tz, filled.alerts) == ("weekly", ("0", "3"), "Europe/London", False)
    assert list(problems) == [FormField.AT]
    filled, problems = filled_from("infrastrukture 9am")
    assert filled.at == "09:00"
    assert list(problems) == [FormField.DAYS, FormField.AREAS]
    assert filled.areas == ("infrastructure",), "what it is near to is ticked"
    filled, problems = filled_from("7 wekdays")
    assert (filled.areas, filled.days) == ((), "weekdays")
    assert problems[FormField.DAYS] == "I don’t recognise “wekdays”. Did you mean weekdays?"
    filled, problems = filled_from("adoption weekdays 17:30 Erope/Paris")
    assert (filled.days, filled.at) == ("weekdays", "17:30")
    assert list(problems) == [FormField.TZ]
    _, problems = filled_from("adoption mon 25:00 Erope/Paris")
    assert list(problems) == [FormField.AT, FormField.TZ], "each fault on its own field"
    filled, _ = filled_from("weekly digest")
    assert filled.areas == ("digest",)
    assert filled.days != "none"


def test_zones_are_offered_by_what_is_typed_ones_own_first() -> None:
    assert zone_options("", "Asia/Kolkata") == ("Asia/Kolkata", "Europe/London", "UTC")
    assert zone_options(" ", "Europe/London") == ("Europe/London", "UTC")
    assert zone_options("new yo", "Asia/Kolkata")[0] == "America/New_York"
    assert zone_options("LONDN", "Asia/Kolkata")[0] == "Europe/London"
    assert zone_options("xqxqxq", "Asia/Kolkata") == ()
    assert len(zone_options("a", "Asia/Kolkata")) == 100


@given(
    st.builds(
        FormInput,
        areas=st.lists(st.sampled_from(["digest", "all", "adoption", "<!here>"]), max_size=3).map(tuple),
        days=st.sampled_from(["none", "weekdays", *map(str, Repeat)]) | st.text(max_size=9),
        day=st.sampled_from(["1", "31", "²"]) | st.text(max_size=3),
        ordinal=st.sampled_from(["1", "2", "-1"]) | st.text(max_size=3),
        weekday=st.sampled_from(["0", "6", "working"]) | st.text(max_size=3),
        weekdays=st.lists(st.sampled_from("0123456789x"), max_size=3).map(tuple),
        begins=st.text(max_size=12),
        at=st.text(max_size=6),
        tz=st.text(max_size=12) | st.sampled_from(["Europe/London", "UTC"]),
        calendar=st.text(max_size=9),
        on_holiday=st.text(max_size=9),
        when_unchanged=st.text(max_size=9),
        alerts=st.booleans(),
        more=st.booleans(),
    )
)
def test_nothing_that_comes_back_breaks_the_reading(filled: FormInput) -> None:
    try:
        assert read_form(filled, AREAS, TODAY).areas
    except FormError as error:
        problems = error.problems
    else:
        return
    assert problems
    assert all(problems.values())


@pytest.mark.parametrize(
    ("only", "filters"),
    [("", (False, "")), ("every", (False, "")), ("corrections", (True, "")), ("certainty", (False, "any"))],
)
def test_which_changes_are_alerted_can_be_chosen_for_alerts_alone(only: str, filters: tuple[bool, str]) -> None:
    asked_for = read(areas=("infrastructure",), days="none", only=only)
    assert (asked_for.corrections_only, asked_for.certainty) == filters
    assert FormField.ONLY in asked(FormInput(), is_edit=False)
    assert FormField.ONLY not in asked(FormInput(days="daily"), is_edit=False)


@pytest.mark.parametrize(
    ("words", "filters"),
    [
        ("corrections only weekdays", (True, "")),
        ("when certainty changes weekdays", (False, "any")),
        ("when possible becomes intended weekdays", (False, "possible>intended")),
        ("when possible becomes intended, corrections only 9am", (True, "possible>intended")),
        ("alerts weekdays", (False, "")),
    ],
)
def test_a_filter_that_was_typed_is_asked_and_stays_beside_a_schedule(words: str, filters: tuple[bool, str]) -> None:
    filled, _ = filled_from(f"infrastructure {words}")
    fields = asked(completed(filled, "Europe/London"), is_edit=False)
    assert (FormField.ONLY in fields) is (filters != (False, ""))
    wish = read_form(completed(replace(filled, at="09:00", days="weekdays"), "Europe/London"), AREAS, TODAY)
    assert (wish.alerts, wish.corrections_only, wish.certainty) == (True, *filters)
    options = which_changes(filled.only)
    assert not filled.only or filled.only in {each.value for each in options}
    assert all(len(each.label) <= 75 for each in options)


def test_the_form_says_that_it_takes_no_fact() -> None:
    filled, problems = filled_from("infrastructure fact growth-zones-bids weekdays")
    assert (filled.areas, filled.alerts) == (("infrastructure",), False), "nobody asked for alerts on the area"
    told = "Alerts on a fact are not chosen here. Type: /briefing subscribe fact growth-zones-bids."
    assert problems[FormField.AREAS] == told


@pytest.mark.parametrize("only", ["possible>sure", "any certainty", "<!here>"])
def test_changes_that_nobody_offered_are_asked_about(only: str) -> None:
    assert faults(only=only) == {FormField.ONLY: "Choose which changes."}
    assert len(which_changes(only)) == 3
