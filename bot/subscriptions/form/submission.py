"""Validate a submitted schedule form: the request that it makes, or a problem for each field at fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Final

from bot.alerts.subscriptions import ALL
from bot.errors import BriefingBotError
from bot.recurrence.phrase import default_on_holiday, rule_of
from bot.recurrence.phrase_holidays import ParsedHolidays
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
from bot.recurrence.zones import zone_meant, zone_named
from bot.subscriptions.form.fields import (
    DAILY,
    DATES,
    DIGEST,
    DIGEST_ALONE,
    EVERY_WEEKDAY,
    MONTHLY_WEEKDAYS,
    NO_SCHEDULE,
    ORDINALS,
    WEEKDAYS,
    WORKING_DAY,
    FormField,
    filters_of,
)
from bot.subscriptions.request import SubscriptionRequest
from bot.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.recurrence.rule import Rule
    from bot.subscriptions.form.fields import FormInput, FormOption

_EVERY_WEEK: Final = {EVERY_WEEKDAY: MONDAY_TO_FRIDAY, DAILY: EVERY_DAY}
_LONGEST_WAIT: Final = timedelta(days=366)


class FormError(BriefingBotError):
    """A form with faults; `problems` has a sentence for each field at fault."""

    def __init__(self, problems: Mapping[FormField, str]) -> None:
        """Take the problems; together they are the message."""
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def read_form(
    filled: FormInput, areas: Sequence[FormOption], today: date, calendar: Calendar | None = None
) -> SubscriptionRequest:
    """Return the request of a form; `areas` are the options of its areas field, `calendar` is the workspace's.

    Raises FormError.
    """
    problems: dict[FormField, str] = {}
    _check_areas(filled, areas, problems)
    is_digest = DIGEST in filled.areas
    rule = _rule(filled, today, calendar, problems) if filled.days != NO_SCHEDULE else None
    if rule is None and not problems and is_digest:
        problems[FormField.DAYS] = "Choose how often: a digest is posted by a schedule."
    corrections_only, certainty = _filters(filled.only, problems)
    if problems:
        raise FormError(problems)
    chosen = (ALL,) if is_digest or ALL in filled.areas else filled.areas
    return SubscriptionRequest(
        chosen,
        corrections_only=corrections_only,
        certainty=certainty,
        alerts=filled.alerts or rule is None,
        is_digest=is_digest,
        rule=rule,
    )


def _check_areas(filled: FormInput, areas: Sequence[FormOption], problems: dict[FormField, str]) -> None:
    known = {each.value for each in areas}
    strange = [each for each in filled.areas if each not in known]
    if not filled.areas:
        problems[FormField.AREAS] = "Choose at least one."
    elif strange:
        problems[FormField.AREAS] = f"{shown(strange[0])} is no longer an area. Choose again."
    elif DIGEST in filled.areas and len(filled.areas) > 1:
        problems[FormField.AREAS] = DIGEST_ALONE


def _filters(only: str, problems: dict[FormField, str]) -> tuple[bool, str]:
    try:
        return filters_of(only)
    except ValueError:
        problems[FormField.ONLY] = "Choose which changes."
        return False, ""


def _rule(filled: FormInput, today: date, calendar: Calendar | None, problems: dict[FormField, str]) -> Rule | None:
    """Return the rule that the fields give, or None with a problem for each that is at fault."""
    days = _days(filled, today, problems)
    try:
        at = time.fromisoformat(filled.at)
    except ValueError:
        problems[FormField.AT] = "Choose a time."
        at = time.min
    tz = zone_named(filled.tz)
    if tz is None:
        near = zone_meant(filled.tz)
        hint = f" Did you mean {near}?" if near else ""
        problems[FormField.TZ] = f"There is no time zone {shown(filled.tz)}.{hint}"
    if days is None or tz is None or problems:
        return None
    usual = rule_of(days, at.replace(second=0, microsecond=0, tzinfo=None), tz, ParsedHolidays(calendar))
    return _with_more(usual, filled, problems) if filled.more else usual


def _with_more(usual: Rule, filled: FormInput, problems: dict[FormField, str]) -> Rule | None:
    """Return a rule with what the fields say that are seldom changed; what they do not say stays usual."""
    try:
        calendar = Calendar(filled.calendar) if filled.calendar else usual.calendar
        on_holiday = OnHoliday(filled.on_holiday) if filled.on_holiday else default_on_holiday(usual.days, calendar)
        when_unchanged = WhenUnchanged(filled.when_unchanged) if filled.when_unchanged else usual.when_unchanged
    except ValueError:
        problems[FormField.CALENDAR] = "Choose again: this form is from another version of the bot."
        return None
    if calendar is Calendar.NONE:
        on_holiday = OnHoliday.POST
    return replace(usual, calendar=calendar, on_holiday=on_holiday, when_unchanged=when_unchanged)


def _days(filled: FormInput, today: date, problems: dict[FormField, str]) -> Days | None:
    """Return the days that the fields give; fields that this choice does not need are left out of account."""
    if filled.days in _EVERY_WEEK:
        return Days(Repeat.WEEKLY, _EVERY_WEEK[filled.days])
    if filled.days in {Repeat.WEEKLY, Repeat.FORTNIGHTLY}:
        return _of_week(filled, today, problems)
    if filled.days in {Repeat.MONTHLY_ON_DAY, Repeat.MONTHLY_ON_WEEKDAY}:
        return _of_month(filled, problems)
    problems[FormField.DAYS] = "Choose how often."
    return None


def _of_week(filled: FormInput, today: date, problems: dict[FormField, str]) -> Days:
    """Return the ticked days of every week or of every second one."""
    ticked = tuple(number for number, day in enumerate(WEEKDAYS) if day.value in filled.weekdays)
    if not ticked:
        problems[FormField.WEEKDAYS] = "Tick a day."
    if filled.days == Repeat.WEEKLY:
        return Days(Repeat.WEEKLY, ticked)
    return Days(Repeat.FORTNIGHTLY, ticked, anchor=_begins(filled.begins, ticked, today, problems))


def _of_month(filled: FormInput, problems: dict[FormField, str]) -> Days | None:
    """Return the date, weekday or working day of each month."""
    if filled.days == Repeat.MONTHLY_ON_DAY:
        if _is_option(filled.day, DATES):
            return Days(Repeat.MONTHLY_ON_DAY, day=int(filled.day))
        problems[FormField.DAY] = "Choose a day of the month."
        return None
    if not _is_option(filled.ordinal, ORDINALS):
        problems[FormField.ORDINAL] = "Choose first to fourth, or last."
    if not _is_option(filled.weekday, MONTHLY_WEEKDAYS):
        problems[FormField.WEEKDAY] = "Choose a day."
    if problems.keys() & {FormField.ORDINAL, FormField.WEEKDAY}:
        return None
    ordinal = int(filled.ordinal)
    if filled.weekday != WORKING_DAY:
        return Days(Repeat.MONTHLY_ON_WEEKDAY, (int(filled.weekday),), ordinal=ordinal)
    if ordinal not in {1, LAST}:
        problems[FormField.ORDINAL] = "Of working days, choose the first or the last."
    return Days(Repeat.MONTHLY_ON_WORKING_DAY, ordinal=ordinal)


def _is_option(value: str, options: Sequence[FormOption]) -> bool:
    return any(value == each.value for each in options)


def _begins(typed: str, ticked: Sequence[int], today: date, problems: dict[FormField, str]) -> date:
    """Return a day of the first week: the one given, or the next one that is ticked."""
    if not typed:
        return next((day for day in _coming(today) if day.weekday() in ticked), today)
    try:
        begins = date.fromisoformat(typed)
    except ValueError:
        problems[FormField.BEGINS] = "Choose a date."
        return today
    if begins < today:
        problems[FormField.BEGINS] = "That day has passed."
    elif begins - today > _LONGEST_WAIT:
        problems[FormField.BEGINS] = "Choose a day within a year."
    return begins


def _coming(today: date) -> list[date]:
    return [today + timedelta(days=number) for number in range(7)]
