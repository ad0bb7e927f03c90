"""Elements as people use them, in messages, modals and Home tabs: clicks, choices, searches."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.workspace.apps import Api, RawApp, field, modal, option, row, text
from workspace.people.acting import SuggestionError
from workspace.state.forms import MessagePlace, ViewPlace

if TYPE_CHECKING:
    from tests.workspace.apps import ManualClock
    from workspace.server import Workspace

GO = {"type": "button", "text": text("Go"), "action_id": "go", "value": "7", "url": "https://example.org"}
GROUPS = [{"label": text("One"), "options": [option("a")]}, {"label": text("Two"), "options": [option("b")]}]
RICH = {"type": "rich_text", "elements": []}

CHOICES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "static_select", "options": [option("a"), option("b")]}, {"selected_option": option("b")}),
    ({"type": "static_select", "option_groups": GROUPS}, {"selected_option": option("b")}),
    ({"type": "multi_static_select", "options": [option("a"), option("b")]}, {"selected_options": [option("b")]}),
    ({"type": "radio_buttons", "options": [option("a")]}, {"selected_option": option("a")}),
    ({"type": "checkboxes", "options": [option("a"), option("b")]}, {"selected_options": [option("b"), option("a")]}),
    ({"type": "external_select", "initial_option": option("x")}, {"selected_option": option("x")}),
    ({"type": "users_select"}, {"selected_user": "U0GRACE"}),
    ({"type": "multi_users_select"}, {"selected_users": ["U0GRACE", "U0ADA"]}),
    ({"type": "channels_select"}, {"selected_channel": "C0POLICY"}),
    ({"type": "multi_channels_select"}, {"selected_channels": ["C0POLICY"]}),
    ({"type": "conversations_select"}, {"selected_conversation": "D0ADA"}),
    ({"type": "multi_conversations_select"}, {"selected_conversations": []}),
    ({"type": "datepicker"}, {"selected_date": "2026-11-30"}),
    ({"type": "timepicker"}, {"selected_time": "09:00"}),
    ({"type": "datetimepicker"}, {"selected_date_time": 1795424400}),
    ({"type": "rich_text_input"}, {"rich_text_value": RICH}),
    ({"type": "overflow", "options": [option("a")]}, {"selected_option": option("a")}),
]

TYPED: list[tuple[dict[str, Any], str]] = [
    ({"type": "plain_text_input", "multiline": True}, "one\ntwo"),
    ({"type": "email_text_input"}, "ada@example.org"),
    ({"type": "url_text_input"}, "https://example.org"),
    ({"type": "number_input", "is_decimal_allowed": False}, "7"),
]


async def home_place(api: Api, *blocks: dict[str, Any]) -> ViewPlace:
    """Publish a Home tab for Ada and return it as a place."""
    answer = await api("views.publish", user_id="U0ADA", view={"type": "home", "blocks": list(blocks)})
    assert answer["ok"], answer
    return ViewPlace(answer["view"]["id"])


@pytest.mark.parametrize(("element", "value"), CHOICES, ids=[element["type"] for element, _ in CHOICES])
async def test_a_choice_in_a_home_tab_is_sent_and_kept(
    workspace: Workspace, api: Api, app: RawApp, element: dict[str, Any], value: dict[str, Any]
) -> None:
    place = await home_place(api, row("r", {**element, "action_id": "it"}))
    payload, result = await app.take(workspace.act("U0ADA", place, "r", "it", value))
    assert result.acked
    (action,) = payload["actions"]
    named = {"type": element["type"], "block_id": "r", "action_id": "it", "action_ts": action["action_ts"]}
    assert action == {**value, **named}
    assert (payload["type"], payload["container"]) == ("block_actions", {"type": "view", "view_id": place.view_id})
    assert payload["view"]["id"] == place.view_id
    assert payload["trigger_id"]
    assert "response_url" not in payload
    assert "channel" not in payload
    kept = {} if element["type"] == "overflow" else {"r": {"it": {"type": element["type"], **value}}}
    assert payload["view"]["state"]["values"] == kept
    shown = workspace.home("U0ADA")
    assert shown is not None
    assert shown["state"]["values"] == kept


@pytest.mark.parametrize(("element", "value"), TYPED, ids=[element["type"] for element, _ in TYPED])
async def test_an_input_is_sent_only_when_it_asks_to_be(
    workspace: Workspace, api: Api, app: RawApp, element: dict[str, Any], value: str
) -> None:
    quiet, eager = field("quiet", element), field("eager", element, dispatch_action=True)
    place = await home_place(api, quiet, eager)
    result = await workspace.act("U0ADA", place, "quiet", "it", {"value": value})
    assert (result.dispatches, result.problem) == ((), "")
    payload, _ = await app.take(workspace.act("U0ADA", place, "eager", "it", {"value": value}))
    assert payload["actions"][0]["value"] == value
    values = payload["view"]["state"]["values"]
    assert values["quiet"]["it"]["value"] == values["eager"]["it"]["value"] == value


async def test_an_input_begins_with_its_initial_value(workspace: Workspace, api: Api) -> None:
    await home_place(
        api,
        field("time", {"type": "timepicker", "initial_time": "09:00"}),
        field("days", {"type": "checkboxes", "options": [option("a"), option("b")], "initial_options": [option("b")]}),
        field("zone", {"type": "external_select", "initial_option": option("x")}),
        field("none", {"type": "multi_users_select"}),
    )
    shown = workspace.home("U0ADA")
    assert shown is not None
    assert shown["state"]["values"] == {
        "time": {"it": {"type": "timepicker", "selected_time": "09:00"}},
        "days": {"it": {"type": "checkboxes", "selected_options": [option("b")]}},
        "zone": {"it": {"type": "external_select", "selected_option": option("x")}},
        "none": {"it": {"type": "multi_users_select", "selected_users": []}},
    }


async def test_a_choice_in_a_message_is_its_users_own(workspace: Workspace, api: Api, app: RawApp) -> None:
    menu = {"type": "static_select", "action_id": "it", "options": [option("a"), option("b")]}
    posted = await api("chat.postMessage", channel="C0POLICY", text="x", blocks=[row("r", menu, GO)])
    place = MessagePlace("C0POLICY", posted["ts"])
    payload, _ = await app.take(workspace.act("U0ADA", place, "r", "it", {"selected_option": option("b")}))
    held = {"r": {"it": {"type": "static_select", "selected_option": option("b")}}}
    assert payload["state"]["values"] == held
    assert (payload["container"]["type"], payload["channel"]["id"]) == ("message", "C0POLICY")
    assert payload["response_url"]
    assert workspace.message_values("U0ADA", "C0POLICY", posted["ts"]) == held
    assert workspace.message_values("U0GRACE", "C0POLICY", posted["ts"])["r"]["it"]["selected_option"] is None


async def test_a_button_that_leads_elsewhere_is_sent_too(workspace: Workspace, api: Api, app: RawApp) -> None:
    place = await home_place(api, row("r", GO))
    payload, _ = await app.take(workspace.act("U0ADA", place, "", "go", {}))
    (action,) = payload["actions"]
    assert (action["block_id"], action["value"], action["url"]) == ("r", "7", "https://example.org")


@pytest.mark.parametrize(
    ("element", "value", "error"),
    [
        ({"type": "static_select", "options": [option("a")]}, {"selected_option": option("z")}, LookupError),
        ({"type": "static_select", "options": [option("a")]}, {"selected_option": "a"}, LookupError),
        ({"type": "overflow", "options": [option("a")]}, {"selected_option": option("z")}, LookupError),
        ({"type": "overflow", "options": [option("a")]}, {}, LookupError),
        ({"type": "external_select"}, {"selected_option": option("never suggested")}, LookupError),
        ({"type": "users_select"}, {"selected_user": "U0NONE"}, LookupError),
        ({"type": "multi_users_select"}, {"selected_users": ["U0ADA", "U0NONE"]}, LookupError),
        ({"type": "channels_select"}, {"selected_channel": "C0NONE"}, LookupError),
        ({"type": "channels_select"}, {"selected_channel": "D0ADA"}, LookupError),
        ({"type": "conversations_select"}, {"selected_conversation": "D0GRACE"}, LookupError),
        ({"type": "users_select"}, {"selected_user": 3}, ValueError),
        ({"type": "multi_users_select"}, {"selected_users": "U0ADA"}, ValueError),
        ({"type": "multi_users_select", "max_selected_items": 1}, {"selected_users": ["U0ADA", "U0GRACE"]}, ValueError),
        ({"type": "datepicker"}, {"selected_date": "tomorrow"}, ValueError),
        ({"type": "datepicker"}, {"selected_date": "2026-02-30"}, ValueError),
        ({"type": "timepicker"}, {"selected_time": "25:00"}, ValueError),
        ({"type": "datetimepicker"}, {"selected_date_time": "now"}, ValueError),
        ({"type": "rich_text_input"}, {"rich_text_value": "x"}, ValueError),
        ({"type": "timepicker"}, {}, ValueError),
    ],
)
async def test_nothing_else_can_be_chosen(
    workspace: Workspace, api: Api, element: dict[str, Any], value: dict[str, Any], error: type[Exception]
) -> None:
    place = await home_place(api, row("r", {**element, "action_id": "it"}))
    with pytest.raises(error):
        await workspace.act("U0ADA", place, "r", "it", value)
    assert workspace.dispatches == []


@pytest.mark.parametrize("user", ["U0GRACE", "U0NONE"])
async def test_only_its_user_can_act_in_a_home_tab(workspace: Workspace, api: Api, user: str) -> None:
    place = await home_place(api, row("r", GO))
    with pytest.raises(LookupError):
        await workspace.act(user, place, "r", "go", {})
    with pytest.raises(LookupError):
        await workspace.act("U0ADA", place, "r", "stop", {})
    with pytest.raises(LookupError):
        await workspace.act(user, MessagePlace("D0ADA", "1.0"), "r", "go", {})


# Searching.

SEARCH = {"type": "external_select", "action_id": "zone", "min_query_length": 1}


async def test_an_external_select_asks_the_app_and_offers_what_it_suggests(
    workspace: Workspace, api: Api, app: RawApp
) -> None:
    place = await home_place(api, field("z", SEARCH))
    searched = asyncio.create_task(workspace.suggest("U0ADA", place, "z", "zone", "lon"))
    frame = await app.receive()
    assert (frame["type"], frame["accepts_response_payload"]) == ("interactive", True)
    payload = frame["payload"]
    assert (payload["type"], payload["value"]) == ("block_suggestion", "lon")
    assert (payload["block_id"], payload["action_id"], payload["view"]["id"]) == ("z", "zone", place.view_id)
    assert "trigger_id" not in payload
    await app.ack(frame, {"options": [option("london")]})
    assert await searched == [option("london")]
    await workspace.act("U0ADA", place, "z", "zone", {"selected_option": option("london")})
    shown = workspace.home("U0ADA")
    assert shown is not None
    assert shown["state"]["values"]["z"]["zone"]["selected_option"] == option("london")


async def test_suggestions_may_come_in_groups(workspace: Workspace, api: Api, app: RawApp) -> None:
    place = await home_place(api, field("z", {**SEARCH, "type": "multi_external_select"}))
    _, found = await app.take(workspace.suggest("U0ADA", place, "z", "zone", "x"), {"option_groups": GROUPS})
    assert found == GROUPS
    await workspace.act("U0ADA", place, "z", "zone", {"selected_options": [option("b")]})


async def test_a_search_in_a_message_names_it(workspace: Workspace, api: Api, app: RawApp) -> None:
    posted = await api("chat.postMessage", channel="C0POLICY", text="x", blocks=[row("r", SEARCH)])
    place = MessagePlace("C0POLICY", posted["ts"])
    payload, found = await app.take(workspace.suggest("U0ADA", place, "r", "zone", "x"), {"options": []})
    assert (payload["container"]["message_ts"], payload["channel"]["id"]) == (posted["ts"], "C0POLICY")
    assert found == []


async def test_the_app_is_not_asked_before_enough_is_typed(workspace: Workspace, api: Api, app: RawApp) -> None:
    by_default = {"type": "external_select", "action_id": "zone"}
    place = await home_place(api, field("z", by_default), field("y", {**SEARCH, "min_query_length": 0}))
    assert await workspace.suggest("U0ADA", place, "z", "zone", "lo") == []
    assert workspace.dispatches == []
    await app.take(workspace.suggest("U0ADA", place, "z", "zone", "lon"), {"options": []})
    await app.take(workspace.suggest("U0ADA", place, "y", "zone", ""), {"options": []})


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        "london",
        {"options": [{"text": "x", "value": "x"}]},
        {"options": [option("a")], "option_groups": GROUPS},
        {"options": [option("a")] * 101},
        {"options": [{"text": text("x" * 76), "value": "x"}]},
        {"options": [{"text": text("x"), "value": "x" * 151}]},
    ],
)
async def test_suggestions_that_slack_would_not_show_are_reported(
    workspace: Workspace, api: Api, app: RawApp, answer: object
) -> None:
    place = await home_place(api, field("z", SEARCH))
    with pytest.raises(SuggestionError, match="The app's options cannot be shown"):
        await app.take(workspace.suggest("U0ADA", place, "z", "zone", "x"), answer)


async def test_a_search_can_fail(workspace: Workspace, api: Api, app: RawApp, clock: ManualClock) -> None:
    place = await home_place(api, field("z", SEARCH), row("r", GO))
    searched = asyncio.create_task(workspace.suggest("U0ADA", place, "z", "zone", "x"))
    await app.receive()
    await clock.jump(3.0)
    with pytest.raises(SuggestionError, match="did not answer"):
        await searched
    with pytest.raises(LookupError):
        await workspace.suggest("U0ADA", place, "r", "go", "x")


async def test_a_click_in_a_modal_may_open_the_next(workspace: Workspace, api: Api, app: RawApp) -> None:
    command, _ = await app.take(workspace.type("U0ADA", "C0POLICY", "/echo"))
    first = await api("views.open", trigger_id=command["trigger_id"], view=modal(row("r", GO)))
    click, _ = await app.take(workspace.act("U0ADA", ViewPlace(first["view"]["id"]), "r", "go", {}))
    assert (await api("views.push", trigger_id=click["trigger_id"], view=modal()))["ok"]
    assert len(workspace.modals("U0ADA")) == 2
