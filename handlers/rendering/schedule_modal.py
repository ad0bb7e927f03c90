"""The form for a schedule as a Slack modal: drawn, and read again.

Slack takes an initial option only when it is one of the options (Slack: "Select menu element", `initial_option`).
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 — pydantic resolves it
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from bot.actions import TOO_OLD_FORM
from bot.errors import BriefingBotError
from bot.recurrence.phrase import joined
from bot.recurrence.zones import DEFAULT_ZONE
from bot.subscriptions.form.fields import (
    CALENDARS,
    DATES,
    DECIDES,
    EVERY_CHANGE,
    MONTHLY_WEEKDAYS,
    ON_HOLIDAY,
    ORDINALS,
    WEEKDAYS,
    WHEN_UNCHANGED,
    FormField,
    FormInput,
    FormOption,
    which_changes,
)
from handlers.rendering.elements import label, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.subscriptions.form.form import ScheduleForm
    from handlers.rendering.blocks import Block
    from handlers.rendering.replies import View

SCHEDULE: Final = "schedule"
"""callback_id of the modal, and the beginning of its elements' action_ids; a field's block_id is its own name."""

_SEVERAL: Final = frozenset({FormField.AREAS, FormField.WEEKDAYS})
_TICKED: Final = frozenset({FormField.ALERTS, FormField.MORE})
_ALERTS: Final = FormOption("yes", "Also alert at once when facts change")
_MORE: Final = FormOption("yes", "Bank holidays, days without news")


@dataclass(frozen=True, slots=True)
class _Look:
    """How a field looks: its label, and its element for a form."""

    label: str
    element: Callable[[ScheduleForm], Block]
    is_optional: bool = False


_LOOKS: Final[Mapping[FormField, _Look]] = {
    FormField.AREAS: _Look("What to post", lambda form: _several("multi_static_select", form.areas, form.filled.areas)),
    FormField.DAYS: _Look("How often", lambda form: _one(form.how_often, form.filled.days)),
    FormField.WEEKDAYS: _Look(
        "On these days", lambda form: _several("multi_static_select", WEEKDAYS, form.filled.weekdays)
    ),
    FormField.BEGINS: _Look(
        "From the week of",
        lambda form: _date(form.filled.begins),
        is_optional=True,
    ),
    FormField.DAY: _Look("Day of the month", lambda form: _one(DATES, form.filled.day)),
    FormField.ORDINAL: _Look("Which one of the month", lambda form: _one(ORDINALS, form.filled.ordinal)),
    FormField.WEEKDAY: _Look("Day", lambda form: _one(MONTHLY_WEEKDAYS, form.filled.weekday)),
    FormField.AT: _Look("Time", lambda form: {"type": "timepicker", "initial_time": form.filled.at}),
    FormField.TZ: _Look("Time zone", lambda form: _zone(form.filled.tz)),
    FormField.CALENDAR: _Look("Bank holidays of", lambda form: _one(CALENDARS, form.filled.calendar)),
    FormField.ON_HOLIDAY: _Look("On a bank holiday", lambda form: _one(ON_HOLIDAY, form.filled.on_holiday)),
    FormField.WHEN_UNCHANGED: _Look(
        "When nothing changed since the last post", lambda form: _one(WHEN_UNCHANGED, form.filled.when_unchanged)
    ),
    FormField.ALERTS: _Look(
        "Alerts",
        lambda form: _tick(_ALERTS, is_ticked=form.filled.alerts),
        is_optional=True,
    ),
    FormField.ONLY: _Look(
        "Which changes", lambda form: _one(which_changes(form.filled.only), form.filled.only or EVERY_CHANGE)
    ),
    FormField.MORE: _Look(
        "More",
        lambda form: _tick(_MORE, is_ticked=form.filled.more),
        is_optional=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What a form's modal keeps between Slack's requests (`private_metadata`): what it is about, and its problems.

    `asked_there`: it was asked for in the channel that it is about, which proves that its actor is there.
    """

    channel: str
    schedule: str = ""
    zone: str = DEFAULT_ZONE
    asked_there: bool = False
    problems: Mapping[FormField, str] = field(default_factory=dict)

    @classmethod
    def of(cls, view: Mapping[str, Any]) -> Kept:
        """Read it from a view. Raises BriefingBotError for one that another version drew, or nobody."""
        try:
            return _KEPT.validate_json(view.get("private_metadata") or "", strict=True)
        except ValueError:
            raise BriefingBotError(TOO_OLD_FORM, "Close it, and ask again.") from None


_KEPT: Final = TypeAdapter(Kept)


def form_view(form: ScheduleForm, *, asked_there: bool = False) -> View:
    """Return the modal for a form: each problem is shown below its field, and the first such field has the focus."""
    kept = Kept(form.place.channel, form.schedule, form.zone, asked_there, form.problems)
    faulty = [each for each in form.asked if each in form.problems]
    blocks = [_input(form, each, has_focus=each in faulty[:1]) for each in form.asked]
    if faulty:
        named = joined([f"“{_LOOKS[each].label}”" for each in faulty])
        blocks.insert(0, {"type": "section", "text": words(f"I did not understand all of it: see below {named}.")})
    return {
        "type": "modal",
        "callback_id": SCHEDULE,
        "title": words("Edit the schedule" if form.schedule else "Subscribe"),
        "submit": words("Save" if form.schedule else "Subscribe"),
        "close": words("Cancel"),
        "private_metadata": _KEPT.dump_json(kept).decode(),
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

    def value(asked: FormField) -> Any:  # noqa: ANN401 — text, several texts or a truth, as FormInput has them
        element = state.get(asked, {}).get(action_id(asked), {})
        if asked in _SEVERAL | _TICKED:
            chosen = tuple(str(each["value"]) for each in element.get("selected_options") or ())
            return bool(chosen) if asked in _TICKED else chosen
        option = (element.get("selected_option") or {}).get("value")
        return str(option or element.get("selected_time") or element.get("selected_date") or "")

    return FormInput(**{asked.value: value(asked) for asked in FormField})


def _input(form: ScheduleForm, asked: FormField, *, has_focus: bool) -> Block:
    look = _LOOKS[asked]
    below = form.problems.get(asked)
    return {
        "type": "input",
        "block_id": asked.value,
        "label": words(look.label),
        "element": {
            **look.element(form),
            "action_id": action_id(asked),
            **({"focus_on_load": True} if has_focus else {}),
        },
        "optional": look.is_optional,
        **({"dispatch_action": True} if asked in DECIDES else {}),
        **({"hint": words(below)} if below else {}),
    }


def _option(option: FormOption) -> Block:
    return {"text": words(label(option.label)), "value": option.value}


def _one(options: Iterable[FormOption], chosen: str) -> Block:
    shown = [_option(each) for each in options]
    return {"type": "static_select", "options": shown, **_initial(shown, chosen)}


def _tick(option: FormOption, *, is_ticked: bool) -> Block:
    return _several("checkboxes", (option,), (option.value,) if is_ticked else ())


def _date(chosen: str) -> Block:
    return {"type": "datepicker", **({"initial_date": chosen} if chosen else {})}


def _zone(chosen: str) -> Block:
    initial = {"initial_option": zone_option(chosen)} if chosen else {}
    return {"type": "external_select", "min_query_length": 0, "placeholder": words("Type a city"), **initial}


def _initial(shown: Iterable[Block], chosen: str) -> Block:
    initial = next((each for each in shown if each["value"] == chosen), None)
    return {"initial_option": initial} if initial else {}


def _several(kind: str, options: Iterable[FormOption], chosen: Iterable[str]) -> Block:
    shown = [_option(each) for each in options]
    initial = [each for each in shown if each["value"] in set(chosen)]
    return {"type": kind, "options": shown, **({"initial_options": initial} if initial else {})}
