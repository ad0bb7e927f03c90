"""The schedule form, and how it is filled in from words or from a schedule.

Data only; handlers/listeners/schedule_form.py draws it as a modal. Each field has an option's value, as text.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Final

from bot.alerts.filters import FACT, typed
from bot.alerts.subscriptions import ALL
from bot.recurrence.phrase import default_on_holiday, rule_of
from bot.recurrence.phrase_holidays import ParsedHolidays
from bot.recurrence.rule import EVERY_DAY, MONDAY_TO_FRIDAY, Calendar, Days, Repeat, Rule
from bot.recurrence.zones import DEFAULT_ZONE, zones_like
from bot.subscriptions.form.fields import (
    DAILY,
    DATES,
    DIGEST,
    DIGEST_ALONE,
    EVERY_CHANGE,
    EVERY_WEEKDAY,
    HOW_OFTEN,
    NO_SCHEDULE,
    ORDINALS,
    WEEKDAYS,
    WORKING_DAY,
    FormField,
    FormInput,
    FormOption,
    asked,
    only_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.content.models import Content
    from bot.messages import ChannelRef
    from bot.recurrence.phrase import ParsedRule
    from bot.subscriptions.request import SubscriptionRequest

MOST_ZONES: Final = 100
"""Slack takes no more options (Slack: "Select menu element")."""
_USUAL_TIME: Final = time(9)
_NOT_UNDERSTOOD: Final = "I don’t recognise {}: it is neither an area nor a day, a time or a time zone. Choose below."
_FACT_APART: Final = "Alerts on a fact are not chosen here. Type: /briefing subscribe {}."
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ScheduleForm:
    """A form for one person and channel. `schedule` is the id of the schedule that it edits, if any.

    `zone` is the person's own, `calendar` is whose bank holidays are usual in the workspace. `problems` has a
    sentence for each field that was not understood.
    """

    place: ChannelRef
    areas: tuple[FormOption, ...]
    filled: FormInput
    zone: str
    schedule: str = ""
    problems: Mapping[FormField, str] = field(default_factory=dict)
    calendar: Calendar | None = None

    @property
    def instead(self) -> str:
        """The message where no form can be shown: what was not understood, and what to type."""
        said = [*self.problems.values(), "Slack could not open the form."]
        if self.schedule:
            return " ".join((*said, "Open it again: /briefing subscriptions."))
        example = "/briefing subscribe infrastructure weekdays 09:00"
        return " ".join((*said, f"Type areas, days and a time: {example}; or areas and the word alerts."))

    @property
    def how_often(self) -> tuple[FormOption, ...]:
        """The options of the days field: an edited schedule stays one."""
        alone = () if self.schedule else (FormOption(NO_SCHEDULE, "No schedule: alerts only"),)
        return (*alone, *HOW_OFTEN)

    @property
    def asked(self) -> tuple[FormField, ...]:
        """The fields that are asked for what is filled in, in order."""
        return asked(self.filled, is_edit=bool(self.schedule))


def area_options(content: Content) -> tuple[FormOption, ...]:
    """Return the options of the areas field."""
    areas = tuple(FormOption(area.key, area.title) for area in content.areas)
    return (*areas, FormOption(ALL, "All areas"), FormOption(DIGEST, "Digest: only what changed, in all areas"))


def blank(content: Content, place: ChannelRef, zone: str, calendar: Calendar | None = None) -> ScheduleForm:
    """Return an empty form; `zone` is the actor's own, `calendar` the workspace's."""
    return ScheduleForm(place, area_options(content), FormInput(tz=zone), zone, calendar=calendar)


def with_words(form: ScheduleForm, request: SubscriptionRequest, said: ParsedRule, today: date) -> ScheduleForm:
    """Return a form filled in from words: a request, and its rule.

    Without a rule, it is for alerts only until days are chosen.
    """
    days = said.days or Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY)
    when = rule_of(days, said.at or _USUAL_TIME, said.tz or form.zone, said.holidays)
    filled = filled_with(said.rule or when, today, form.calendar)
    is_scheduled = request.is_digest or bool(said.rule or said.problem)
    if not is_scheduled:
        filled = replace(filled, days=NO_SCHEDULE)
    facts = tuple(each for each in request.areas if each.startswith(FACT))
    named = tuple(each for each in request.areas if each not in facts)
    others = tuple(each for each in named if each != ALL)
    areas = (DIGEST, *others) if request.is_digest else named
    problems = {FormField(name): sentence for name, sentence in said.wrong.items()}
    if request.is_digest and others:
        problems[FormField.AREAS] = DIGEST_ALONE
    if facts:
        problems[FormField.AREAS] = _FACT_APART.format(typed(facts[0]))
    if request.unknown:
        is_schedule = bool(said.days or said.at) and not request.unknown.suggestions
        problems[FormField.AREAS] = (
            _NOT_UNDERSTOOD.format(request.unknown.said) if is_schedule else str(request.unknown)
        )
        meant = tuple(each.value for each in form.areas if each.label in request.unknown.suggestions)
        areas = tuple(dict.fromkeys((*areas, *meant))) if len(meant) == 1 else areas
    more = filled.more or FormField.CALENDAR in problems
    only = only_of(corrections_only=request.corrections_only, certainty=request.certainty)
    filled = replace(filled, areas=areas, alerts=request.alerts and not request.facts_alone, only=only, more=more)
    return replace(form, filled=filled, problems=problems)


def zone_options(typed: str, zone: str) -> tuple[str, ...]:
    """Return the zones that match what was typed, best first; without text, the person's own and the defaults."""
    if typed.strip():
        return zones_like(typed, MOST_ZONES)
    return tuple(dict.fromkeys((zone, DEFAULT_ZONE, "UTC")))


def filled_with(rule: Rule, today: date, calendar: Calendar | None = None) -> FormInput:
    """Return the fields filled in from a rule, without areas; `calendar` is the workspace's."""
    days, usual = rule.days, rule_of(rule.days, rule.at, rule.tz, ParsedHolidays(calendar))
    name, weekdays = days.repeat.value, tuple(map(str, days.weekdays))
    fields = FormInput(
        at=rule.at.isoformat("minutes"),
        tz=rule.tz,
        calendar=rule.calendar.value,
        on_holiday=rule.on_holiday.value,
        when_unchanged=rule.when_unchanged.value,
        more=rule != replace(usual, catch_up_s=rule.catch_up_s, days_off=rule.days_off),
    )
    if days.repeat is Repeat.MONTHLY_ON_DAY:
        return replace(fields, days=name, day=str(days.day))
    if days.repeat in {Repeat.MONTHLY_ON_WEEKDAY, Repeat.MONTHLY_ON_WORKING_DAY}:
        weekday = weekdays[0] if weekdays else WORKING_DAY
        name = Repeat.MONTHLY_ON_WEEKDAY.value
        return replace(fields, days=name, ordinal=str(days.ordinal), weekday=weekday)
    if days.repeat is Repeat.FORTNIGHTLY:
        begins = _next_week_of(days.anchor or today, today).isoformat()
        return replace(fields, days=name, weekdays=weekdays, begins=begins)
    if days.weekdays in {MONDAY_TO_FRIDAY, EVERY_DAY}:
        return replace(fields, days=EVERY_WEEKDAY if days.weekdays == MONDAY_TO_FRIDAY else DAILY)
    return replace(fields, days=name, weekdays=weekdays)


def completed(filled: FormInput, zone: str, of_workspace: Calendar | None = None) -> FormInput:
    """Return the fields with the usual values of those that were not asked before; `zone` is the person's own."""
    usual = rule_of(_usual_days(filled.days), _USUAL_TIME, filled.tz or zone, ParsedHolidays(of_workspace))
    calendar = Calendar(filled.calendar) if filled.calendar in set(Calendar) else usual.calendar
    return replace(
        filled,
        ordinal=filled.ordinal or ORDINALS[0].value,
        weekday=filled.weekday or WEEKDAYS[0].value,
        day=filled.day or DATES[0].value,
        at=filled.at or f"{_USUAL_TIME:%H:%M}",
        tz=filled.tz or zone,
        calendar=calendar.value,
        on_holiday=filled.on_holiday or default_on_holiday(usual.days, calendar).value,
        when_unchanged=filled.when_unchanged or usual.when_unchanged.value,
        only="" if filled.only == EVERY_CHANGE else filled.only,
    )


def _usual_days(chosen: str) -> Days:
    """Return days for which the same is usual on bank holidays as for a choice of the days field."""
    return Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY if chosen in {EVERY_WEEKDAY, DAILY} else MONDAY_TO_FRIDAY[:1])


def _next_week_of(anchor: date, today: date) -> date:
    """Return the anchor while its week is to come; then today in every second week, and the next Monday in others."""
    monday = today - timedelta(days=today.weekday())
    weeks = (monday - (anchor - timedelta(days=anchor.weekday()))) // _WEEK
    if weeks < 0:
        return anchor
    return today if weeks % 2 == 0 else monday + _WEEK
