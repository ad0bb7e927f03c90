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

from bot.config import BRIEFINGS
from bot.content.load import load
from bot.errors import BriefingBotError
from bot.messages import ChannelRef
from bot.subscriptions.form import FormField, FormInput, ScheduleForm, area_options
from bot.subscriptions.form_input import FormError
from handlers.listeners.schedule_form import Submissions
from handlers.rendering.schedule_modal import filled_in, form_view
from handlers.tasks import Tasks

if TYPE_CHECKING:
    from bot.messages import Reply
    from bot.subscriptions.permissions import Actor

CONTENT = load(BRIEFINGS)
FILLED = FormInput(areas=("infrastructure",), days="weekly", weekdays=("0", "3"), begins="2026-12-03", alerts=True)
FORM = ScheduleForm(ChannelRef("T1", "C1"), area_options(CONTENT), FILLED, "Asia/Kolkata")
METADATA = json.dumps({"channel": "C1", "schedule": "", "zone": "UTC", "asked_there": True})
FROM_A_MODAL = json.dumps({"channel": "C1", "schedule": "", "zone": "UTC", "asked_there": False})


def state_of(view: dict[str, Any]) -> dict[str, Any]:
    """Return what Slack says of a view's fields when nobody has changed any."""
    state: dict[str, Any] = {}
    for block in view["blocks"]:
        element = block["element"]
        held = {key.replace("initial", "selected"): value for key, value in element.items() if "initial" in key}
        state[block["block_id"]] = {element["action_id"]: {"type": element["type"], **held}}
    return state


@pytest.mark.parametrize(
    "filled",
    [
        FILLED,
        FormInput(),
        replace(FILLED, days="last", weekdays=("4",), tz="Pacific/Apia", on_holiday="skip", when_unchanged="full"),
        replace(FILLED, areas=("digest",), days="day 31", weekdays=(), begins=""),
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
        view["blocks"][0]["text"]["text"] == "I did not understand all of it: see below “Time zone” and “What to post”."
    )
    zone = next(each for each in view["blocks"] if each.get("block_id") == "tz")
    assert zone["hint"]["text"] == "There is no time zone “x”."


def test_an_edit_does_not_ask_for_alerts_nor_offers_to_be_none() -> None:
    view = form_view(replace(FORM, schedule="s1"))
    assert all(block.get("block_id") != "alerts" for block in view["blocks"])
    days = next(each for each in view["blocks"] if each.get("block_id") == "days")
    values = [option["value"] for group in days["element"]["option_groups"] for option in group["options"]]
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


class Recorder:
    """Every other part that submissions use; nobody is seen in any channel."""

    def __init__(self) -> None:
        """Begin with nothing said and drawn."""
        self.tasks = Tasks()
        self.said: list[str] = []
        self.drawn: list[str] = []

    def changed(self, user: str) -> None:
        """Record whose Home is drawn anew."""
        self.drawn.append(user)

    async def write(self, user: str, reply: Reply) -> None:
        """Record a direct message."""
        self.said.append(f"{user}: {reply.note}")


async def taken(
    service: RecordingService, metadata: str = METADATA, recorder: Recorder | None = None, answer_s: float = 2.0
) -> dict[str, str]:
    """Submit an unchanged form, and return what is said on its fields."""
    view = {"id": "V1", "private_metadata": metadata, "state": {"values": state_of(form_view(FORM))}}
    body = {"team": {"id": "T1"}, "user": {"id": "U1", "name": "ada"}, "view": view}
    submitting: Any = service
    part: Any = recorder or Recorder()
    return dict(await Submissions(submitting, part.write, part, part.tasks, answer_s=answer_s).take(body))


async def test_a_form_is_handed_to_the_service() -> None:
    service = RecordingService()
    assert await taken(service) == {}
    ((asker, filled, schedule),) = service.submitted
    assert (asker.place, asker.user, asker.name, filled, schedule) == (ChannelRef("T1", "C1"), "U1", "ada", FILLED, "")


@pytest.mark.parametrize("metadata", ["", "7", "[]", "null", "{}", '{"channel": "C1"}', "\u202e"])
async def test_a_form_that_another_version_drew_is_told_to_be_too_old(metadata: str) -> None:
    service = RecordingService()
    assert await taken(service, metadata) == {"areas": "That button is too old to be understood."}
    assert service.submitted == []


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
