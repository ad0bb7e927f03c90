"""The form for a schedule as a modal, and forms that come back in shapes that nobody drew."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import InputBlock
from slack_sdk.models.views import View

from bot.errors import BriefingBotError, DeliveryError
from bot.messages import ChannelRef
from bot.subscriptions.form.fields import FormField, FormInput
from bot.subscriptions.form.form import ScheduleForm, area_options, completed
from bot.subscriptions.form.submission import FormError
from handlers.listeners.schedule_form import Submissions
from handlers.rendering.schedule_modal import filled_in, form_view
from handlers.tasks import Tasks
from tests.support.newsroom import shipped
from tests.support.slack_clients import only

if TYPE_CHECKING:
    from bot.messages import Reply
    from bot.subscriptions.permissions import Actor

CONTENT = shipped()
FILLED = FormInput(areas=("infrastructure",), days="fortnightly", weekdays=("0", "3"), begins="2026-12-03", alerts=True)
PLAIN = FormInput(areas=("infrastructure",), days="weekdays", alerts=True)
FORM = ScheduleForm(ChannelRef("T1", "C1"), area_options(CONTENT), FILLED, "Asia/Kolkata")
METADATA = json.dumps({"channel": "C1", "schedule": "", "zone": "UTC", "asked_there": True})
FROM_A_MODAL = json.dumps({"channel": "C1", "schedule": "", "zone": "UTC", "asked_there": False})
EVERY_CHOICE = ["none", "weekdays", "daily", "weekly", "fortnightly", "monthly_on_day", "monthly_on_weekday"]


def state_of(view: dict[str, Any]) -> dict[str, Any]:
    """Return what Slack says of a view's fields when nobody has changed any."""
    state: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        held = {key.replace("initial", "selected"): value for key, value in element.items() if "initial" in key}
        state[block["block_id"]] = {element["action_id"]: {"type": element["type"], **held}}
    return state


@pytest.mark.parametrize(
    "filled",
    [
        FILLED,
        FormInput(areas=("all",), at="", tz="", only="every"),
        replace(PLAIN, days="monthly_on_weekday", ordinal="-1", weekday="4", tz="Pacific/Apia"),
        replace(PLAIN, days="weekly", weekdays=("0",), more=True, calendar="none", when_unchanged="full"),
        replace(PLAIN, more=True, calendar="scotland", on_holiday="skip", when_unchanged="short"),
        replace(PLAIN, areas=("digest",), days="monthly_on_day", day="31"),
        replace(PLAIN, only="corrections possible>intended"),
    ],
)
def test_what_is_filled_in_comes_back_as_it_was(filled: FormInput) -> None:
    assert filled_in(state_of(form_view(replace(FORM, filled=filled)))) == filled


def test_the_modal_keeps_slacks_limits() -> None:
    form = replace(FORM, problems={FormField.TZ: "There is no time zone “x”.", FormField.AREAS: "y" * 200})
    view = form_view(form)
    View(**view).validate_json()
    for block in view["blocks"][1:]:
        InputBlock(**{key: value for key, value in block.items() if key != "type"}).validate_json()
        for option in block["element"].get("options", ()):
            assert len(option["text"]["text"]) <= 75
    assert len(view["private_metadata"]) < 3000
    assert (
        view["blocks"][0]["text"]["text"] == "I did not understand all of it: see below “What to post” and “Time zone”."
    )
    zone = next(each for each in view["blocks"] if each.get("block_id") == "tz")
    assert zone["hint"]["text"] == "There is no time zone “x”."
    focused = [block["block_id"] for block in view["blocks"][1:] if block["element"].get("focus_on_load")]
    assert focused == ["areas"], "the first with a problem, and only one: Slack takes no more"


@pytest.mark.parametrize("days", EVERY_CHOICE)
def test_the_form_asks_only_what_the_choice_needs(days: str) -> None:
    view = form_view(replace(FORM, filled=replace(completed(PLAIN, "Europe/London"), days=days)))
    View(**view).validate_json()
    asked = [block["block_id"] for block in view["blocks"]]
    own = {
        "weekly": ["weekdays"],
        "fortnightly": ["weekdays", "begins"],
        "monthly_on_day": ["day"],
        "monthly_on_weekday": ["ordinal", "weekday"],
    }.get(days, [])
    usual = ["at", "tz", "alerts", "more"]
    assert asked == ["areas", "days", *(own + usual if days != "none" else ["only"])]
    assert len(asked) <= 8, "on a phone, one screen and a half"
    how_often = view["blocks"][1]
    assert how_often["dispatch_action"] is True
    assert [option["value"] for option in how_often["element"]["options"]] == EVERY_CHOICE


def test_without_bank_holidays_it_is_not_asked_what_becomes_of_them() -> None:
    for calendar, fields in {"none": [], "scotland": ["on_holiday"]}.items():
        view = form_view(replace(FORM, filled=replace(PLAIN, more=True, calendar=calendar)))
        asked = [block["block_id"] for block in view["blocks"]]
        assert asked[asked.index("more") + 1 :] == ["calendar", *fields, "when_unchanged"]


def test_an_edit_does_not_ask_for_alerts_nor_offers_to_be_none() -> None:
    view = form_view(replace(FORM, schedule="s1"))
    assert all(block.get("block_id") != "alerts" for block in view["blocks"])
    days = next(each for each in view["blocks"] if each.get("block_id") == "days")
    values = [option["value"] for option in days["element"]["options"]]
    assert "none" not in values
    assert (view["title"]["text"], view["submit"]["text"]) == ("Edit the schedule", "Save")


@given(
    st.dictionaries(
        st.sampled_from([*FormField, "x"]),
        st.dictionaries(
            st.sampled_from([f"schedule_{field}" for field in FormField]),
            st.fixed_dictionaries(
                {},
                optional={
                    "selected_option": st.none() | st.fixed_dictionaries({"value": st.text(max_size=5)}),
                    "selected_options": st.none() | st.lists(st.fixed_dictionaries({"value": st.text(max_size=5)})),
                    "selected_time": st.none() | st.text(max_size=5),
                    "selected_date": st.none() | st.text(max_size=5),
                },
            ),
        ),
    )
)
def test_any_state_is_read(state: dict[str, Any]) -> None:
    assert isinstance(filled_in(state), FormInput)


class RecordingService:
    """Records what is submitted, and raises what it is told to once it may go on."""

    def __init__(self, error: Exception | None = None) -> None:
        """Begin with nothing submitted."""
        self.submitted: list[tuple[Actor, FormInput, str]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self._error = error

    async def submit(self, asker: Actor, filled: FormInput, schedule_id: str) -> None:
        """Record it."""
        self.submitted.append((asker, filled, schedule_id))
        await self.go_on.wait()
        if self._error:
            raise self._error

    async def asked_again(self, place: ChannelRef, filled: FormInput, zone: str, schedule_id: str) -> ScheduleForm:
        """Return the form for what is filled in."""
        return ScheduleForm(place, area_options(CONTENT), completed(filled, zone), zone, schedule_id)


class Recorder:
    """Every other part that submissions use; nobody is seen in any channel."""

    def __init__(self) -> None:
        """Begin with nothing said and drawn."""
        self.tasks = Tasks()
        self.said: list[str] = []
        self.drawn: list[str] = []
        self.shown: list[tuple[str, dict[str, Any]]] = []
        self.fails = False

    def changed(self, actor: Actor) -> None:
        """Record whose Home is drawn anew."""
        self.drawn.append(actor.user)

    async def write(self, _team: str, user: str, reply: Reply) -> None:
        """Record a direct message."""
        self.said.append(f"{user}: {reply.note}")

    async def update_view(self, view_id: str, view: dict[str, Any]) -> None:
        """Record what is shown in a modal."""
        if self.fails:
            raise DeliveryError("Slack did not take it.", code="not_found")
        self.shown.append((view_id, view))


def body_of(view: dict[str, Any], metadata: str = METADATA, **state: Any) -> dict[str, Any]:  # noqa: ANN401 — any
    """Return what Slack sends of a view with other values in some of its fields."""
    values = state_of(view) | {field: {f"schedule_{field}": value} for field, value in state.items()}
    sent = {**view, "id": "V1", "private_metadata": metadata, "state": {"values": values}}
    return {"team": {"id": "T1"}, "user": {"id": "U1", "name": "ada"}, "view": sent}


def submissions(service: RecordingService, recorder: Recorder | None = None, answer_s: float = 2.0) -> Submissions:
    """Return what takes forms, between these parts."""
    submitting: Any = service
    part: Any = recorder or Recorder()
    return Submissions(submitting, only(part), part.write, part, part.tasks, answer_s=answer_s)


async def taken(
    service: RecordingService, metadata: str = METADATA, recorder: Recorder | None = None, answer_s: float = 2.0
) -> dict[str, str]:
    """Submit an unchanged form, and return what is said on its fields."""
    answer = await submissions(service, recorder, answer_s).take(body_of(form_view(FORM), metadata))
    assert answer["response_action"] == ("errors" if "errors" in answer else "clear")
    return dict(answer.get("errors", {}))


async def test_a_form_is_handed_to_the_service() -> None:
    service = RecordingService()
    assert await taken(service) == {}
    ((asker, filled, schedule),) = service.submitted
    assert (asker.place, asker.user, filled, schedule) == (ChannelRef("T1", "C1"), "U1", FILLED, "")


@pytest.mark.parametrize("metadata", ["", "7", "[]", "null", "{}", '{"channel": 7}', "\u202e"])
async def test_a_form_that_another_version_drew_is_told_to_be_too_old(metadata: str) -> None:
    service = RecordingService()
    assert await taken(service, metadata) == {
        "areas": "This form is too old to be understood. Close it, and ask again."
    }
    assert service.submitted == []


async def test_errors_come_in_the_order_of_the_fields_for_slack_moves_the_focus_to_the_first() -> None:
    faults = {FormField.BEGINS: "b", FormField.TZ: "z", FormField.AREAS: "a", FormField.WEEKDAYS: "w"}
    assert list(await taken(RecordingService(FormError(faults)))) == ["areas", "weekdays", "begins", "tz"]


WEEKLY = {"type": "static_select", "selected_option": {"value": "weekly"}}


async def test_a_choice_is_answered_with_the_fields_that_it_needs() -> None:
    recorder = Recorder()
    view = form_view(replace(FORM, filled=PLAIN, problems={FormField.DAYS: "On which days?", FormField.AT: "When?"}))
    body = body_of(view, view["private_metadata"], days=WEEKLY)
    body["actions"] = [{"block_id": "days", "action_id": "schedule_days"}]
    await submissions(RecordingService(), recorder).ask_again(body)
    ((view_id, shown),) = recorder.shown
    assert view_id == "V1"
    assert "weekdays" in [block.get("block_id") for block in shown["blocks"]]
    assert shown["blocks"][0]["text"]["text"] == "I did not understand all of it: see below “Time”."
    assert filled_in(state_of(shown)) == replace(PLAIN, days="weekly")
    recorder.fails = True
    await submissions(RecordingService(), recorder).ask_again(body)
    body["view"]["private_metadata"] = "7"
    await submissions(RecordingService(), recorder).ask_again(body)
    assert len(recorder.shown) == 1, "a modal that was closed, or that nobody drew, is left alone"


async def test_a_form_sent_before_its_fields_had_appeared_is_shown_with_them() -> None:
    service = RecordingService()
    nothing_yet = form_view(replace(FORM, filled=replace(PLAIN, days="none")))
    answer = await submissions(service).take(body_of(nothing_yet, days=WEEKLY))
    assert (answer["response_action"], service.submitted) == ("update", [])
    filled = filled_in(state_of(answer["view"]))
    assert (filled.days, filled.at, filled.tz) == ("weekly", "09:00", "UTC")
    older = form_view(FORM)
    older["blocks"].append({"type": "input", "block_id": "x", "element": {"type": "datepicker", "action_id": "x"}})
    answer = await submissions(service).take(body_of(older))
    assert (answer["response_action"], service.submitted) == ("update", [])


async def test_faults_stand_on_their_fields_and_others_on_the_first() -> None:
    assert await taken(RecordingService(FormError({FormField.AT: "Choose a time."}))) == {"at": "Choose a time."}
    assert await taken(RecordingService(BriefingBotError("No.", "Ask."))) == {"areas": "No. Ask."}
    told = await taken(RecordingService(RuntimeError("secret")))
    assert told["areas"].startswith("Sorry, something went wrong on my side")


@pytest.mark.parametrize(("metadata", "is_there"), [(METADATA, True), (FROM_A_MODAL, False)])
async def test_the_gate_is_told_whether_it_was_asked_for_in_the_channel(metadata: str, *, is_there: bool) -> None:
    service = RecordingService()
    assert await taken(service, metadata) == {}
    ((actor, _, _),) = service.submitted
    assert actor.is_there is is_there


@pytest.mark.parametrize(("error", "said"), [(None, []), (BriefingBotError("No."), ["U1: No."])])
async def test_a_slow_form_is_logged_and_drawn_in_home_when_it_is_done(
    error: Exception | None, said: list[str]
) -> None:
    service = RecordingService(error)
    service.go_on.clear()
    recorder = Recorder()
    with structlog.testing.capture_logs() as lines:
        assert await taken(service, recorder=recorder, answer_s=0.0) == {}
        assert (recorder.drawn, lines) == ([], [])
        service.go_on.set()
        await recorder.tasks.finish(5)
    assert (recorder.drawn, recorder.said) == (["U1"], said)
    assert [(line["event"], line["faults"]) for line in lines] == [("form.submitted", len(said))]
