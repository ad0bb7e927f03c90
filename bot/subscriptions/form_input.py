"""Validate a submitted schedule form: the request that it makes, or a problem for each field at fault."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Final

from bot.alerts.subscriptions import ALL
from bot.errors import BriefingBotError
from bot.recurrence.rule import EVERY_DAY, MONDAY_TO_FRIDAY, Calendar, Days, OnHoliday, Repeat, Rule, WhenUnchanged
from bot.recurrence.zones import zone_meant, zone_named
from bot.subscriptions.form import (
    DIGEST,
    DIGEST_ALONE,
    LONGEST_MONTH,
    NO_SCHEDULE,
    ORDINALS,
    WEEKDAYS,
    WORKING_DAYS,
    FormField,
)
from bot.subscriptions.request import SubscriptionRequest
from bot.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.subscriptions.form import FormInput, FormOption

_EVERY_WEEK: Final = {"weekdays": MONDAY_TO_FRIDAY, "daily": EVERY_DAY, Repeat.WEEKLY.value: ()}
_LONGEST_WAIT: Final = timedelta(days=366)
_TICKED: Final = frozenset({Repeat.WEEKLY.value, Repeat.FORTNIGHTLY.value, *ORDINALS})


class FormError(BriefingBotError):
    """A form with faults; `problems` has a sentence for each field at fault."""

    def __init__(self, problems: Mapping[FormField, str]) -> None:
        """Take the problems; together they are the message."""
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def read_form(filled: FormInput, areas: Sequence[FormOption], today: date) -> SubscriptionRequest:
    """Return the request of a form; `areas` are the options of its areas field. Raises FormError."""
    problems: dict[FormField, str] = {}
    _check_areas(filled, areas, problems)
    is_digest = DIGEST in filled.areas
    rule = _rule(filled, today, problems) if filled.days != NO_SCHEDULE else None
    if rule is None and not problems:
        if filled.weekdays or filled.begins:
            problems[FormField.DAYS] = "Choose how often, or clear the days below."
        elif is_digest:
            problems[FormField.DAYS] = "Choose how often: a digest is posted by a schedule."
    if problems:
        raise FormError(problems)
    chosen = (ALL,) if is_digest or ALL in filled.areas else filled.areas
    return SubscriptionRequest(chosen, alerts=filled.alerts or rule is None, is_digest=is_digest, rule=rule)


def _check_areas(filled: FormInput, areas: Sequence[FormOption], problems: dict[FormField, str]) -> None:
    known = {each.value for each in areas}
    strange = [each for each in filled.areas if each not in known]
    if not filled.areas:
        problems[FormField.AREAS] = "Choose at least one."
    elif strange:
        problems[FormField.AREAS] = f"{shown(strange[0])} is no longer an area. Choose again."
    elif DIGEST in filled.areas and len(filled.areas) > 1:
        problems[FormField.AREAS] = DIGEST_ALONE


def _rule(filled: FormInput, today: date, problems: dict[FormField, str]) -> Rule | None:
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
    try:
        calendar, on_holiday = Calendar(filled.calendar), OnHoliday(filled.on_holiday)
        when_unchanged = WhenUnchanged(filled.when_unchanged)
    except ValueError:
        problems[FormField.CALENDAR] = "Choose again: this form is from another version of the bot."
        return None
    if calendar is Calendar.NONE:
        on_holiday = OnHoliday.POST
    return Rule(
        days,
        at.replace(second=0, microsecond=0, tzinfo=None),
        tz,
        calendar,
        on_holiday,
        when_unchanged=when_unchanged,
    )


def _days(filled: FormInput, today: date, problems: dict[FormField, str]) -> Days | None:
    ticked = tuple(number for number, day in enumerate(WEEKDAYS) if day.value in filled.weekdays)
    _check_ticks(filled, len(ticked), problems)
    word, _, number = filled.days.partition(" ")
    if word in _EVERY_WEEK:
        return Days(Repeat.WEEKLY, _EVERY_WEEK[word] or ticked)
    if word == Repeat.FORTNIGHTLY:
        return Days(Repeat.FORTNIGHTLY, ticked, anchor=_begins(filled.begins, ticked, today, problems))
    if filled.days in WORKING_DAYS:
        return Days(Repeat.MONTHLY_ON_WORKING_DAY, ordinal=WORKING_DAYS[filled.days])
    if word in ORDINALS:
        return Days(Repeat.MONTHLY_ON_WEEKDAY, ticked, ordinal=ORDINALS[word])
    if word == "day" and number.isdecimal() and 1 <= int(number) <= LONGEST_MONTH:
        return Days(Repeat.MONTHLY_ON_DAY, day=int(number))
    problems[FormField.DAYS] = "Choose how often."
    return None


def _check_ticks(filled: FormInput, ticked: int, problems: dict[FormField, str]) -> None:
    """Add problems where the ticked days or the start do not fit the rule."""
    if filled.begins and filled.days != Repeat.FORTNIGHTLY:
        problems[FormField.BEGINS] = "Only a schedule for every second week has a start: clear this."
    if ticked and filled.days not in _TICKED:
        problems[FormField.WEEKDAYS] = "These days are not used: untick them, or choose a rule above that uses them."
    if not ticked and filled.days in _TICKED:
        problems[FormField.WEEKDAYS] = "Tick a day."
    if ticked > 1 and filled.days in ORDINALS:
        problems[FormField.WEEKDAYS] = "Tick one day only. For more days, create a schedule each."


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
