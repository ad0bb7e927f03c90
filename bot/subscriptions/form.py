"""The schedule form: its fields and options, and how they are filled in from words or from a schedule.

Data only; handlers/listeners/schedule_form.py draws it as a modal. Each field has an option's value, as text.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.alerts.subscriptions import ALL
from bot.recurrence.phrase import CALENDAR_NAMES, rule_of
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
from bot.recurrence.zones import DEFAULT_ZONE, zones_like
from bot.text import WEEKDAYS as WEEKDAY_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.content.models import Content
    from bot.messages import ChannelRef
    from bot.recurrence.phrase import ParsedRule
    from bot.subscriptions.request import SubscriptionRequest


class FormField(StrEnum):
    """A field of the form."""

    AREAS = "areas"
    DAYS = "days"
    WEEKDAYS = "weekdays"
    BEGINS = "begins"
    AT = "at"
    TZ = "tz"
    CALENDAR = "calendar"
    ON_HOLIDAY = "on_holiday"
    WHEN_UNCHANGED = "when_unchanged"
    ALERTS = "alerts"


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
MOST_ZONES: Final = 100
"""Slack takes no more options (Slack: "Select menu element")."""

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
_USUAL_TIME: Final = time(9)
_NOT_UNDERSTOOD: Final = "I don’t recognise {}: it is neither an area nor a day, a time or a time zone. Choose below."
_USUAL: Final = (
    FormOption("weekdays", "Every weekday, Monday to Friday"),
    FormOption("daily", "Every day"),
    FormOption(Repeat.WEEKLY, "Every week, on the days ticked below"),
    FormOption(Repeat.FORTNIGHTLY, "Every second week, on the days ticked below"),
)
ORDINALS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": LAST}
WORKING_DAYS: Final = {"first working day": 1, "last working day": LAST}
LONGEST_MONTH: Final = 31
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class FormInput:
    """Values of the fields. `weekdays` are numbers as text, Monday is 0; `begins` is a date, `at` is HH:MM."""

    areas: tuple[str, ...] = ()
    days: str = NO_SCHEDULE
    weekdays: tuple[str, ...] = ()
    begins: str = ""
    at: str = "09:00"
    tz: str = DEFAULT_ZONE
    calendar: str = Calendar.ENGLAND_AND_WALES.value
    on_holiday: str = OnHoliday.NEXT_WORKING_DAY.value
    when_unchanged: str = WhenUnchanged.SKIP.value
    alerts: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleForm:
    """A form for one person and channel. `schedule` is the id of the schedule that it edits, if any.

    `zone` is the person's own. `problems` has a sentence for each field that was not understood.
    """

    place: ChannelRef
    areas: tuple[FormOption, ...]
    filled: FormInput
    zone: str
    schedule: str = ""
    problems: Mapping[FormField, str] = field(default_factory=dict)

    @property
    def instead(self) -> str:
        """The message where no form can be shown: what was not understood, and what to type."""
        said = [*self.problems.values(), "Slack could not open the form."]
        if self.schedule:
            return " ".join((*said, "Open it again: /briefing subscriptions."))
        example = "/briefing subscribe infrastructure weekdays 09:00"
        return " ".join((*said, f"Type areas, days and a time: {example}; or areas and the word alerts."))

    @property
    def days(self) -> tuple[tuple[str, tuple[FormOption, ...]], ...]:
        """The options of the days field, in groups: the group's name and its options."""
        alone = () if self.schedule else (("Only alerts", (FormOption(NO_SCHEDULE, "No schedule: alerts only"),)),)
        ordinals = tuple(FormOption(name, f"On the {name} … of the month, the day ticked below") for name in ORDINALS)
        working = tuple(FormOption(name, f"On the {name} of the month") for name in WORKING_DAYS)
        dates = tuple(FormOption(f"day {day}", f"On day {day} of the month") for day in range(1, LONGEST_MONTH + 1))
        return (
            *alone,
            ("By the week", _USUAL),
            ("By the month", (*ordinals, *working)),
            ("By the month, on a date", dates),
        )


def area_options(content: Content) -> tuple[FormOption, ...]:
    """Return the options of the areas field."""
    areas = tuple(FormOption(area.key, area.title) for area in content.areas)
    return (*areas, FormOption(ALL, "All areas"), FormOption(DIGEST, "Digest: only what changed, in all areas"))


def blank(content: Content, place: ChannelRef, zone: str) -> ScheduleForm:
    """Return an empty form; `zone` is the actor's own."""
    return ScheduleForm(place, area_options(content), FormInput(tz=zone), zone)


def with_words(form: ScheduleForm, request: SubscriptionRequest, said: ParsedRule, today: date) -> ScheduleForm:
    """Return a form filled in from words: a request, and its rule.

    Without a rule, it is for alerts only until days are chosen.
    """
    days = said.days or Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY)
    when = rule_of(days, said.at or _USUAL_TIME, said.tz or form.zone, said.holidays)
    filled = filled_with(said.rule or when, today)
    is_scheduled = request.is_digest or bool(said.rule or said.problem)
    if not is_scheduled:
        filled = replace(filled, days=NO_SCHEDULE, on_holiday=OnHoliday.NEXT_WORKING_DAY.value)
    others = tuple(each for each in request.areas if each != ALL)
    areas = (DIGEST, *others) if request.is_digest else request.areas
    problems = {FormField(name): sentence for name, sentence in said.wrong.items()}
    if request.is_digest and others:
        problems[FormField.AREAS] = DIGEST_ALONE
    if request.unknown:
        is_schedule = bool(said.days or said.at) and not request.unknown.suggestions
        problems[FormField.AREAS] = (
            _NOT_UNDERSTOOD.format(request.unknown.said) if is_schedule else str(request.unknown)
        )
        meant = tuple(each.value for each in form.areas if each.label in request.unknown.suggestions)
        areas = tuple(dict.fromkeys((*areas, *meant))) if len(meant) == 1 else areas
    filled = replace(filled, areas=areas, alerts=request.alerts)
    return replace(form, filled=filled, problems=problems)


def zone_options(typed: str, zone: str) -> tuple[str, ...]:
    """Return the zones that match what was typed, best first; without text, the person's own and the defaults."""
    if typed.strip():
        return zones_like(typed, MOST_ZONES)
    return tuple(dict.fromkeys((zone, DEFAULT_ZONE, "UTC")))


def filled_with(rule: Rule, today: date) -> FormInput:
    """Return the fields filled in from a rule, without areas."""
    days = rule.days
    weekdays = tuple(map(str, days.weekdays))
    name, begins = days.repeat.value, ""
    if days.repeat is Repeat.MONTHLY_ON_DAY:
        name, weekdays = f"day {days.day}", ()
    elif days.repeat is Repeat.MONTHLY_ON_WEEKDAY:
        name = next(word for word, ordinal in ORDINALS.items() if ordinal == days.ordinal)
    elif days.repeat is Repeat.MONTHLY_ON_WORKING_DAY:
        name = next(words for words, ordinal in WORKING_DAYS.items() if ordinal == days.ordinal)
    elif days.repeat is Repeat.FORTNIGHTLY:
        begins = _next_week_of(days.anchor or today, today).isoformat()
    elif days.weekdays in (MONDAY_TO_FRIDAY, EVERY_DAY):
        name, weekdays = "weekdays" if days.weekdays == MONDAY_TO_FRIDAY else "daily", ()
    return FormInput(
        days=name,
        weekdays=weekdays,
        begins=begins,
        at=rule.at.isoformat("minutes"),
        tz=rule.tz,
        calendar=rule.calendar.value,
        on_holiday=rule.on_holiday.value,
        when_unchanged=rule.when_unchanged.value,
    )


def _next_week_of(anchor: date, today: date) -> date:
    """Return the anchor while its week is to come; then today in every second week, and the next Monday in others."""
    monday = today - timedelta(days=today.weekday())
    weeks = (monday - (anchor - timedelta(days=anchor.weekday()))) // _WEEK
    if weeks < 0:
        return anchor
    return today if weeks % 2 == 0 else monday + _WEEK
