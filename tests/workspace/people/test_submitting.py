"""Modals as people use them: filling in, submitting, what the app answers, closing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.workspace.apps import Api, RawApp, field, manifest, modal, option, row, text
from workspace.server import Workspace
from workspace.state.forms import ViewPlace

if TYPE_CHECKING:
    import aiohttp

    from tests.workspace.apps import ManualClock

INPUT = {"type": "plain_text_input"}
Json = dict[str, Any]

GO = {"type": "button", "text": text("Go"), "action_id": "go", "value": "7"}
MENU = {"type": "static_select", "action_id": "menu", "options": [option("a"), option("b")]}


async def opened(workspace: Workspace, api: Api, app: RawApp, view: dict[str, Any]) -> str:
    """Open a modal for Ada and return its id."""
    payload, _ = await app.take(workspace.type("U0ADA", "C0POLICY", "/echo"))
    answer = await api("views.open", trigger_id=payload["trigger_id"], view=view)
    assert answer["ok"], answer
    view_id: str = answer["view"]["id"]
    return view_id


async def test_a_submission_carries_what_was_filled_in(workspace: Workspace, api: Api, app: RawApp) -> None:
    view = modal(field("name", INPUT), field("more", INPUT, optional=True), row("r", MENU), private_metadata="p")
    view_id = await opened(workspace, api, app, view)
    payload, result = await app.take(workspace.submit("U0ADA", view_id, {"name": {"it": {"value": "R&D <b>"}}}))
    assert result.acked
    assert (payload["type"], payload["user"]["id"], payload["view"]["id"]) == ("view_submission", "U0ADA", view_id)
    assert payload["view"]["state"]["values"] == {
        "name": {"it": {"type": "plain_text_input", "value": "R&D <b>"}},
        "more": {"it": {"type": "plain_text_input", "value": None}},
        "r": {"menu": {"type": "static_select", "selected_option": None}},
    }
    assert payload["view"]["private_metadata"] == "p"
    assert payload["response_urls"] == []
    assert payload["trigger_id"]
    assert workspace.modals("U0ADA") == ()


async def test_the_ack_of_a_submission_may_carry_an_answer(workspace: Workspace, api: Api, app: RawApp) -> None:
    view_id = await opened(workspace, api, app, modal())
    submitted = asyncio.create_task(workspace.submit("U0ADA", view_id, {}))
    frame = await app.receive()
    assert (frame["type"], frame["accepts_response_payload"]) == ("interactive", True)
    await app.ack(frame)
    await submitted


async def test_errors_are_shown_at_their_fields_and_what_was_typed_is_kept(
    workspace: Workspace, api: Api, app: RawApp
) -> None:
    view_id = await opened(workspace, api, app, modal(field("time", INPUT), field("zone", INPUT)))
    values = {"time": {"it": {"value": "25:00"}}, "zone": {"it": {"value": "Europe/Londn"}}}
    refusal = {"response_action": "errors", "errors": {"zone": "Did you mean Europe/London?"}}
    _, result = await app.take(workspace.submit("U0ADA", view_id, values), refusal)
    assert (result.acked, result.problem) == (True, "")
    (shown,) = workspace.modals("U0ADA")
    assert shown.errors == {"zone": "Did you mean Europe/London?"}
    assert shown.values["time"]["it"]["value"] == "25:00"
    mended, _ = await app.take(workspace.submit("U0ADA", view_id, {"zone": {"it": {"value": "Europe/London"}}}))
    assert mended["view"]["state"]["values"]["time"]["it"]["value"] == "25:00"
    assert workspace.modals("U0ADA") == ()


async def test_an_answer_may_update_push_or_clear(workspace: Workspace, api: Api, app: RawApp) -> None:
    view_id = await opened(workspace, api, app, modal(title=text("One")))
    update = {"response_action": "update", "view": modal(title=text("Two"))}
    await app.take(workspace.submit("U0ADA", view_id, {}), update)
    assert [shown.view["title"]["text"] for shown in workspace.modals("U0ADA")] == ["Two"]
    push = {"response_action": "push", "view": modal(title=text("Three"))}
    await app.take(workspace.submit("U0ADA", view_id, {}), push)
    assert [shown.view["title"]["text"] for shown in workspace.modals("U0ADA")] == ["Two", "Three"]
    top = workspace.modals("U0ADA")[-1].view["id"]
    await app.take(workspace.submit("U0ADA", top, {}))
    assert [shown.view["title"]["text"] for shown in workspace.modals("U0ADA")] == ["Two"]
    await app.take(workspace.submit("U0ADA", view_id, {}), push)
    top = workspace.modals("U0ADA")[-1].view["id"]
    await app.take(workspace.submit("U0ADA", top, {}), {"response_action": "clear"})
    assert workspace.modals("U0ADA") == ()


@pytest.mark.parametrize(
    "answer",
    [
        {"text": "hello"},
        "hello",
        {"response_action": "dance"},
        {"response_action": "errors"},
        {"response_action": "errors", "errors": {}},
        {"response_action": "errors", "errors": {"other": "x"}},
        {"response_action": "errors", "errors": {"name": 3}},
        {"response_action": "update"},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "push", "view": {"type": "home", "blocks": []}},
    ],
)
async def test_an_answer_that_is_none_leaves_the_modal_and_is_reported(
    workspace: Workspace, api: Api, app: RawApp, answer: object
) -> None:
    view_id = await opened(workspace, api, app, modal(field("name", INPUT, optional=True)))
    _, result = await app.take(workspace.submit("U0ADA", view_id, {}), answer)
    assert result.problem.startswith("We had some trouble connecting. Try again?")
    (shown,) = workspace.modals("U0ADA")
    assert (shown.view["id"], shown.errors) == (view_id, {})


async def test_no_answer_within_three_seconds_leaves_the_modal(
    workspace: Workspace, api: Api, app: RawApp, clock: ManualClock
) -> None:
    view_id = await opened(workspace, api, app, modal())
    submitted = asyncio.create_task(workspace.submit("U0ADA", view_id, {}))
    await app.receive()
    await clock.jump(3.0)
    assert (await submitted).problem == "The app did not answer within 3 seconds."
    assert len(workspace.modals("U0ADA")) == 1


async def test_a_modal_that_is_closed_while_the_app_thinks_stays_closed(
    workspace: Workspace, api: Api, app: RawApp
) -> None:
    view_id = await opened(workspace, api, app, modal(field("name", INPUT, optional=True)))
    submitted = asyncio.create_task(workspace.submit("U0ADA", view_id, {}))
    frame = await app.receive()
    await workspace.close_modal("U0ADA", view_id)
    await app.ack(frame, {"response_action": "errors", "errors": {"name": "x"}})
    assert (await submitted).problem == ""
    assert workspace.modals("U0ADA") == ()


WRONG: list[tuple[Json, str | None, str]] = [
    (INPUT, None, "Please complete this required field."),
    (INPUT, "", "Please complete this required field."),
    ({**INPUT, "min_length": 3}, "xy", "Please enter at least 3 characters."),
    ({**INPUT, "max_length": 3}, "wxyz", "Please enter at most 3 characters."),
    (INPUT, "x" * 3001, "Please enter at most 3000 characters."),
    ({"type": "email_text_input"}, "ada at home", "Please enter an email address."),
    ({"type": "url_text_input"}, "example", "Please enter an address that begins with http:// or https://."),
    ({"type": "url_text_input"}, "http://[", "Please enter an address that begins with http:// or https://."),
    ({"type": "number_input", "is_decimal_allowed": True}, "one", "Please enter a number."),
    ({"type": "number_input", "is_decimal_allowed": True}, "inf", "Please enter a number."),
    ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Please enter a whole number."),
    ({"type": "number_input", "is_decimal_allowed": True, "min_value": "2"}, "1", "Please enter 2 or more."),
    ({"type": "number_input", "is_decimal_allowed": True, "max_value": "2"}, "3", "Please enter 2 or less."),
]


@pytest.mark.parametrize("case", WRONG)
async def test_slack_itself_refuses_what_is_filled_in_wrongly(
    workspace: Workspace, api: Api, app: RawApp, case: tuple[Json, str | None, str]
) -> None:
    element, value, sentence = case
    view_id = await opened(workspace, api, app, modal(field("a", element)))
    sent = len(workspace.dispatches)
    result = await workspace.submit("U0ADA", view_id, {"a": {"it": {"value": value}}})
    assert not result.acked
    assert workspace.modals("U0ADA")[0].errors == {"a": sentence}
    assert len(workspace.dispatches) == sent


async def test_only_the_modal_on_top_can_be_submitted_or_closed_and_only_by_its_user(
    workspace: Workspace, api: Api, app: RawApp
) -> None:
    view_id = await opened(workspace, api, app, modal())
    await app.take(workspace.submit("U0ADA", view_id, {}), {"response_action": "push", "view": modal()})
    for user in ("U0ADA", "U0GRACE", "U0NONE"):
        with pytest.raises(LookupError):
            await workspace.submit(user, view_id, {})
        with pytest.raises(LookupError):
            await workspace.close_modal(user, view_id)


async def test_a_modal_without_inputs_need_not_be_one_to_submit(workspace: Workspace, api: Api, app: RawApp) -> None:
    view_id = await opened(workspace, api, app, {"type": "modal", "title": text("Read this"), "blocks": []})
    with pytest.raises(LookupError):
        await workspace.submit("U0ADA", view_id, {})


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"none": {"it": {"value": "x"}}}, LookupError),
        ({"r": {"go": {"value": "x"}}}, LookupError),
        ({"r": {"menu": {"selected_option": option("c")}}}, LookupError),
        ({"r": {"menu": {"selected_option": "a"}}}, LookupError),
        ({"r": {"menu": {"value": "a"}}}, ValueError),
        ({"name": {"it": {"value": ["x"]}}}, ValueError),
    ],
)
async def test_a_form_of_another_modal_is_refused(
    workspace: Workspace, api: Api, app: RawApp, values: dict[str, dict[str, Json]], error: type[Exception]
) -> None:
    view_id = await opened(workspace, api, app, modal(field("name", INPUT), row("r", MENU, GO)))
    with pytest.raises(error):
        await workspace.submit("U0ADA", view_id, values)
    assert workspace.modals("U0ADA")[0].view["id"] == view_id


async def test_closing_is_sent_to_an_app_that_asks(workspace: Workspace, api: Api, app: RawApp) -> None:
    view_id = await opened(workspace, api, app, modal(notify_on_close=True, callback_id="form"))
    payload, _ = await app.take(workspace.close_modal("U0ADA", view_id))
    assert (payload["type"], payload["view"]["callback_id"], payload["is_cleared"]) == ("view_closed", "form", False)
    assert "trigger_id" not in payload
    quiet = await opened(workspace, api, app, modal())
    assert (await workspace.close_modal("U0ADA", quiet)).dispatches == ()
    assert workspace.modals("U0ADA") == ()


async def test_closing_goes_back_one_and_the_cross_closes_all(workspace: Workspace, api: Api, app: RawApp) -> None:
    root = await opened(workspace, api, app, modal())
    push = {"response_action": "push", "view": modal(notify_on_close=True)}
    await app.take(workspace.submit("U0ADA", root, {}), push)
    top = workspace.modals("U0ADA")[-1].view["id"]
    await app.take(workspace.close_modal("U0ADA", top))
    assert [shown.view["id"] for shown in workspace.modals("U0ADA")] == [root]
    await app.take(workspace.submit("U0ADA", root, {}), push)
    top = workspace.modals("U0ADA")[-1].view["id"]
    payload, _ = await app.take(workspace.close_modal("U0ADA", top, all=True))
    assert payload["is_cleared"] is True
    assert workspace.modals("U0ADA") == ()


async def test_a_modal_may_ask_that_closing_it_closes_all(workspace: Workspace, api: Api, app: RawApp) -> None:
    root = await opened(workspace, api, app, modal())
    push = {"response_action": "push", "view": modal(clear_on_close=True)}
    await app.take(workspace.submit("U0ADA", root, {}), push)
    await workspace.close_modal("U0ADA", workspace.modals("U0ADA")[-1].view["id"])
    assert workspace.modals("U0ADA") == ()


async def test_what_was_typed_outlives_an_update_of_the_same_field_and_no_other(
    workspace: Workspace, api: Api, app: RawApp
) -> None:
    view_id = await opened(workspace, api, app, modal(field("a", {**INPUT, "initial_value": "one"}), field("b", INPUT)))
    place = ViewPlace(view_id)
    assert workspace.modals("U0ADA")[0].values["a"]["it"]["value"] == "one"
    for block_id in ("a", "b"):
        assert (await workspace.act("U0ADA", place, block_id, "it", {"value": "typed"})).dispatches == ()
    changed = modal(field("a", {**INPUT, "initial_value": "two"}), field("c", {**INPUT, "initial_value": "three"}))
    await api("views.update", view_id=view_id, view=changed)
    (shown,) = workspace.modals("U0ADA")
    assert {block: values["it"]["value"] for block, values in shown.values.items()} == {"a": "typed", "c": "three"}
    assert shown.view["state"]["values"] == shown.values


async def test_a_menu_can_ask_for_a_place_to_answer_and_begin_where_the_person_is(
    workspace: Workspace, api: Api, app: RawApp
) -> None:
    menu = {"type": "conversations_select", "default_to_current_conversation": True, "response_url_enabled": True}
    view_id = await opened(workspace, api, app, modal(field("where", menu)))
    payload, _ = await app.take(workspace.submit("U0ADA", view_id, {}))
    (place,) = payload["response_urls"]
    assert (place["block_id"], place["action_id"], place["channel_id"]) == ("where", "it", "C0POLICY")
    async with api.session.post(place["response_url"], json={"text": "here", "response_type": "in_channel"}) as answer:
        assert answer.status == 200
    assert workspace.seen_by("U0GRACE", "C0POLICY")[-1]["text"] == "here"


async def test_without_interactivity_nothing_is_sent(session: aiohttp.ClientSession) -> None:
    source = manifest()
    source["settings"]["interactivity"]["is_enabled"] = False
    source["features"]["shortcuts"] = []
    async with Workspace(source).serve() as workspace:
        app, api = RawApp(workspace, session), Api(workspace, session)
        await app.connect()
        view_id = await opened(workspace, api, app, modal(row("r", GO), notify_on_close=True))
        problem = "This app is not configured to handle interactive responses."
        assert (await workspace.submit("U0ADA", view_id, {})).problem == problem
        assert (await workspace.act("U0ADA", ViewPlace(view_id), "r", "go", {})).problem == problem
        assert (await workspace.close_modal("U0ADA", view_id)).dispatches == ()
