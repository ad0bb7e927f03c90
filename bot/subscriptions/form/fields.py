"""The fields of the schedule form as data: their options, the values they hold, and which of them a choice needs.

A new field has a name in FormField, a value in FormInput, a place in `asked`, and its label and element in
handlers/rendering/schedule_modal.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.alerts.filters import ANY, is_certainty, said
from bot.recurrence.phrase import CALENDAR_NAMES
from bot.recurrence.rule import LAST, Calendar, OnHoliday, Repeat, WhenUnchanged
from bot.recurrence.zones import DEFAULT_ZONE
from bot.text import WEEKDAYS as WEEKDAY_NAMES


class FormField(StrEnum):
    """A field of the form."""

    AREAS = "areas"
    DAYS = "days"
    WEEKDAYS = "weekdays"
    BEGINS = "begins"
    DAY = "day"
    ORDINAL = "ordinal"
    WEEKDAY = "weekday"
    AT = "at"
    TZ = "tz"
    CALENDAR = "calendar"
    ON_HOLIDAY = "on_holiday"
    WHEN_UNCHANGED = "when_unchanged"
    ALERTS = "alerts"
    ONLY = "only"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class FormOption:
    """An option of a field: its value and its label."""

    value: str
    label: str


DIGEST: Final = "digest"
"""The areas field's value for a digest."""
DIGEST_ALONE: Final = "The digest covers all areas: choose it alone."
NO_SCHEDULE: Final = "none"
"""The days field's value for alerts alone."""

WEEKDAYS: Final = tuple(FormOption(str(number), name) for number, name in enumerate(WEEKDAY_NAMES))
CALENDARS: Final = (
    *(FormOption(calendar, name) for calendar, name in CALENDAR_NAMES.items() if calendar is not Calendar.NONE),
    FormOption(Calendar.NONE, "None: post on bank holidays too"),
)
ON_HOLIDAY: Final = (
    FormOption(OnHoliday.NEXT_WORKING_DAY, "Post on the next working day"),
    FormOption(OnHoliday.SKIP, "Skip that post"),
    FormOption(OnHoliday.POST, "Post anyway"),
)
WHEN_UNCHANGED: Final = (
    FormOption(WhenUnchanged.SKIP, "Post nothing"),
    FormOption(WhenUnchanged.SHORT, "Post one line that says so"),
    FormOption(WhenUnchanged.FULL, "Post the whole briefing"),
)
EVERY_CHANGE: Final = "every"
CORRECTIONS: Final = "corrections"
CERTAINTY: Final = "certainty"
WHICH_CHANGES: Final = (
    FormOption(EVERY_CHANGE, "Every change"),
    FormOption(CORRECTIONS, "Corrections and withdrawals only"),
    FormOption(CERTAINTY, "Changes of certainty only, as when a possible becomes intended"),
)
"""A form that was filled in from words may have a further one: only_of says which."""
EVERY_WEEKDAY: Final = "weekdays"
DAILY: Final = "daily"
HOW_OFTEN: Final = (
    FormOption(EVERY_WEEKDAY, "Every weekday, Monday to Friday"),
    FormOption(DAILY, "Every day"),
    FormOption(Repeat.WEEKLY, "Every week"),
    FormOption(Repeat.FORTNIGHTLY, "Every second week"),
    FormOption(Repeat.MONTHLY_ON_DAY, "Every month, on a date"),
    FormOption(Repeat.MONTHLY_ON_WEEKDAY, "Every month, on a weekday"),
)
LONGEST_MONTH: Final = 31
_SHORTEST_MONTH: Final = 28
DATES: Final = (
    *(FormOption(str(day), str(day)) for day in range(1, _SHORTEST_MONTH + 1)),
    *(FormOption(str(day), f"{day}, or the last day") for day in range(_SHORTEST_MONTH + 1, LONGEST_MONTH)),
    FormOption(str(LONGEST_MONTH), "The last day"),
)
ORDINALS: Final = (
    *(FormOption(str(number), name) for number, name in enumerate(("First", "Second", "Third", "Fourth"), 1)),
    FormOption(str(LAST), "Last"),
)
WORKING_DAY: Final = "working"
MONTHLY_WEEKDAYS: Final = (*WEEKDAYS, FormOption(WORKING_DAY, "Working day"))
_OF_DAYS: Final = {
    Repeat.WEEKLY.value: (FormField.WEEKDAYS,),
    Repeat.FORTNIGHTLY.value: (FormField.WEEKDAYS, FormField.BEGINS),
    Repeat.MONTHLY_ON_DAY.value: (FormField.DAY,),
    Repeat.MONTHLY_ON_WEEKDAY.value: (FormField.ORDINAL, FormField.WEEKDAY),
}
"""The fields that a choice of days needs beside itself."""
DECIDES: Final = frozenset({FormField.DAYS, FormField.CALENDAR, FormField.MORE})
"""The fields whose choice decides which others are asked."""


@dataclass(frozen=True, slots=True)
class FormInput:
    """Values of the fields, "" for one that was not asked; `more`: whether those that are seldom changed are asked.

    `weekdays` and `weekday` are numbers as text, Monday is 0; `weekday` may be WORKING_DAY. `day` is a day of the
    month, `ordinal` 1 to 4 or LAST; `begins` is a date, `at` is HH:MM; `only` is EVERY_CHANGE or of only_of.
    """

    areas: tuple[str, ...] = ()
    days: str = NO_SCHEDULE
    weekdays: tuple[str, ...] = ()
    begins: str = ""
    day: str = ""
    ordinal: str = ""
    weekday: str = ""
    at: str = "09:00"
    tz: str = DEFAULT_ZONE
    calendar: str = ""
    on_holiday: str = ""
    when_unchanged: str = ""
    alerts: bool = False
    only: str = ""
    more: bool = False


def asked(filled: FormInput, *, is_edit: bool) -> tuple[FormField, ...]:
    """Return the fields that are asked for what is filled in, in order; with a schedule, a filter once it was given."""
    if filled.days == NO_SCHEDULE:
        return FormField.AREAS, FormField.DAYS, FormField.ONLY
    alerts = () if is_edit else (FormField.ALERTS, *((FormField.ONLY,) if filled.only else ()))
    return (
        *(FormField.AREAS, FormField.DAYS, *_OF_DAYS.get(filled.days, ()), FormField.AT, FormField.TZ),
        *(*alerts, FormField.MORE, *(_more(filled) if filled.more else ())),
    )


def _more(filled: FormInput) -> tuple[FormField, ...]:
    """Return the fields that are seldom changed: what is usual for the days and the zone holds without them."""
    on_holiday = () if filled.calendar == Calendar.NONE else (FormField.ON_HOLIDAY,)
    return (FormField.CALENDAR, *on_holiday, FormField.WHEN_UNCHANGED)


def only_of(*, corrections_only: bool, certainty: str) -> str:
    """Return the value of the field for filters of alerts; empty for none."""
    named = [CORRECTIONS] if corrections_only else []
    return " ".join((*named, *([CERTAINTY if certainty == ANY else certainty] if certainty else [])))


def filters_of(only: str) -> tuple[bool, str]:
    """Return the filters of a value: corrections only, and a certainty. Raises ValueError for one that is none."""
    words = [] if only == EVERY_CHANGE else only.split()
    certainties = [ANY if each == CERTAINTY else each for each in words if each != CORRECTIONS]
    if len(certainties) > 1 or not all(map(is_certainty, certainties)):
        raise ValueError(only)
    return CORRECTIONS in words, "".join(certainties)


def which_changes(only: str) -> tuple[FormOption, ...]:
    """Return the options of the field, and a value that words gave it, short enough for Slack."""
    if not only or any(each.value == only for each in WHICH_CHANGES):
        return WHICH_CHANGES
    try:
        corrections_only, certainty = filters_of(only)
    except ValueError:
        return WHICH_CHANGES
    named = said(corrections_only=corrections_only, certainty=certainty).replace(" and withdrawals", "")
    return (*WHICH_CHANGES, FormOption(only, f"{named[:1].upper()}{named[1:]}"))
