"""The form for a schedule as a Slack modal: drawn, and read again.

Slack takes an initial option only when it is one of the options (Slack: "Select menu element", `initial_option`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bot.recurrence.phrase import joined
from bot.subscriptions.form import CALENDARS, ON_HOLIDAY, WEEKDAYS, WHEN_UNCHANGED, FormField, FormInput, FormOption
from handlers.rendering.elements import label, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.subscriptions.form import ScheduleForm
    from handlers.rendering.blocks import Block
    from handlers.rendering.replies import View

SCHEDULE: Final = "schedule"
"""callback_id of the modal, and the beginning of its elements' action_ids; a field's block_id is its own name."""

_ALERTS: Final = (FormOption("yes", "Post an alert too, at once, whenever facts of these areas change"),)
_LABELS: Final = {
    FormField.AREAS: "What to post",
    FormField.DAYS: "How often",
    FormField.WEEKDAYS: "On these days",
    FormField.BEGINS: "First week",
    FormField.AT: "Time",
    FormField.TZ: "Time zone",
    FormField.CALENDAR: "Bank holidays of",
    FormField.ON_HOLIDAY: "On a bank holiday",
    FormField.WHEN_UNCHANGED: "When nothing changed since the last post",
    FormField.ALERTS: "Alerts",
}
_HINTS: Final = {
    FormField.WEEKDAYS: "Only where “How often” goes by the days ticked.",
    FormField.TZ: "Type a city, or a zone’s name.",
    FormField.BEGINS: "Only for every second week: any day of the first one.",
}
_OPTIONAL: Final = frozenset({FormField.WEEKDAYS, FormField.BEGINS, FormField.ALERTS})


def form_view(form: ScheduleForm, *, asked_there: bool = False) -> View:
    """Return the modal for a form; an error is shown below its field, and the field is named at the top.

    `asked_there`: it was asked for in the channel that it is about, which proves that its actor is there.
    """
    kept = {"channel": form.place.channel, "schedule": form.schedule, "zone": form.zone, "asked_there": asked_there}
    blocks = [_input(form, field, element) for field, element in _elements(form).items()]
    if form.problems:
        asked = joined([f"“{_LABELS[field]}”" for field in form.problems])
        blocks.insert(0, {"type": "section", "text": words(f"I did not understand all of it: see below {asked}.")})
    return {
        "type": "modal",
        "callback_id": SCHEDULE,
        "title": words("Edit the schedule" if form.schedule else "Subscribe"),
        "submit": words("Save" if form.schedule else "Subscribe"),
        "close": words("Cancel"),
        "private_metadata": json.dumps(kept, separators=(",", ":")),
        "blocks": blocks,
    }


def action_id(field: FormField) -> str:
    """Return the action_id of a field's element."""
    return f"{SCHEDULE}_{field}"


def zone_option(zone: str) -> Block:
    """Return a time zone as an option."""
    return _option(FormOption(zone, zone))


def filled_in(state: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> FormInput:
    """Read what Slack says of the fields (`view.state.values`); what is missing is empty."""

    def element(field: FormField) -> Mapping[str, Any]:
        return state.get(field, {}).get(action_id(field), {})

    def one(field: FormField) -> str:
        return str((element(field).get("selected_option") or {}).get("value", ""))

    def several(field: FormField) -> tuple[str, ...]:
        return tuple(str(each["value"]) for each in element(field).get("selected_options") or ())

    return FormInput(
        areas=several(FormField.AREAS),
        days=one(FormField.DAYS),
        weekdays=several(FormField.WEEKDAYS),
        begins=str(element(FormField.BEGINS).get("selected_date") or ""),
        at=str(element(FormField.AT).get("selected_time") or ""),
        tz=one(FormField.TZ),
        calendar=one(FormField.CALENDAR),
        on_holiday=one(FormField.ON_HOLIDAY),
        when_unchanged=one(FormField.WHEN_UNCHANGED),
        alerts=bool(several(FormField.ALERTS)),
    )


def _elements(form: ScheduleForm) -> Mapping[FormField, Block]:
    """Return the fields' elements in order, first those that everybody looks at; alerts belong to a new form."""
    filled = form.filled
    elements: dict[FormField, Block] = {
        FormField.AREAS: _several("multi_static_select", form.areas, filled.areas),
        FormField.DAYS: _grouped(form.days, filled.days),
        FormField.WEEKDAYS: _several("checkboxes", WEEKDAYS, filled.weekdays),
        FormField.AT: {"type": "timepicker", "initial_time": filled.at},
        FormField.TZ: {"type": "external_select", "min_query_length": 0, "initial_option": zone_option(filled.tz)},
        FormField.CALENDAR: _one(CALENDARS, filled.calendar),
        FormField.ON_HOLIDAY: _one(ON_HOLIDAY, filled.on_holiday),
        FormField.WHEN_UNCHANGED: _one(WHEN_UNCHANGED, filled.when_unchanged),
        FormField.BEGINS: {"type": "datepicker"} | ({"initial_date": filled.begins} if filled.begins else {}),
    }
    if not form.schedule:
        elements[FormField.ALERTS] = _several("checkboxes", _ALERTS, ("yes",) if filled.alerts else ())
    return elements


def _input(form: ScheduleForm, field: FormField, element: Block) -> Block:
    below = form.problems.get(field) or _HINTS.get(field)
    return {
        "type": "input",
        "block_id": field.value,
        "label": words(_LABELS[field]),
        "element": {**element, "action_id": action_id(field)},
        "optional": field in _OPTIONAL,
        **({"hint": words(below)} if below else {}),
    }


def _option(option: FormOption) -> Block:
    return {"text": words(label(option.label)), "value": option.value}


def _one(options: Iterable[FormOption], chosen: str) -> Block:
    shown = [_option(each) for each in options]
    return {"type": "static_select", "options": shown, **_initial(shown, chosen)}


def _grouped(groups: Iterable[tuple[str, tuple[FormOption, ...]]], chosen: str) -> Block:
    shown: list[Block] = [
        {"label": words(name), "options": [_option(each) for each in options]} for name, options in groups
    ]
    every = [option for group in shown for option in group["options"]]
    return {"type": "static_select", "option_groups": shown, **_initial(every, chosen)}


def _initial(shown: Iterable[Block], chosen: str) -> Block:
    initial = next((each for each in shown if each["value"] == chosen), None)
    return {"initial_option": initial} if initial else {}


def _several(kind: str, options: Iterable[FormOption], chosen: Iterable[str]) -> Block:
    shown = [_option(each) for each in options]
    initial = [each for each in shown if each["value"] in set(chosen)]
    return {"type": kind, "options": shown, **({"initial_options": initial} if initial else {})}
