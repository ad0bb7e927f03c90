"""views.*: trigger ids, the stack, hashes, external ids, and what Slack refuses in a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.workspace.apps import Api, RawApp, field, modal, option, row, text
from workspace.state.forms import ViewPlace

if TYPE_CHECKING:
    from tests.workspace.apps import ManualClock
    from workspace.server import Workspace

INPUT = {"type": "plain_text_input"}
GO = {"type": "button", "text": text("Go"), "action_id": "go"}


async def trigger(workspace: Workspace, app: RawApp) -> str:
    """Let Ada type the command in #policy; return the trigger id that came with it."""
    payload, _ = await app.take(workspace.type("U0ADA", "C0POLICY", "/echo"))
    trigger_id: str = payload["trigger_id"]
    return trigger_id


async def opened(workspace: Workspace, api: Api, app: RawApp, view: dict[str, Any]) -> dict[str, Any]:
    """Open a modal for Ada and return Slack's view."""
    answer = await api("views.open", trigger_id=await trigger(workspace, app), view=view)
    assert answer["ok"], answer
    shown: dict[str, Any] = answer["view"]
    return shown


async def inner_trigger(workspace: Workspace, app: RawApp) -> str:
    """Let Ada press Go in her topmost modal; return the trigger id that came with it."""
    view = workspace.modals("U0ADA")[-1].view
    payload, _ = await app.take(workspace.act("U0ADA", ViewPlace(view["id"]), "", "go", {}))
    trigger_id: str = payload["trigger_id"]
    return trigger_id


async def test_a_trigger_opens_one_modal_for_the_one_who_gave_it(workspace: Workspace, api: Api, app: RawApp) -> None:
    trigger_id = await trigger(workspace, app)
    first = await api("views.open", trigger_id=trigger_id, view=modal(callback_id="form"))
    (shown,) = workspace.modals("U0ADA")
    assert shown.view["id"] == first["view"]["id"]
    assert (shown.view["callback_id"], shown.view["root_view_id"]) == ("form", first["view"]["id"])
    assert (shown.errors, shown.values) == ({}, {})
    assert workspace.modals("U0GRACE") == ()
    again = await api("views.open", trigger_id=trigger_id, view=modal())
    assert again["error"] == "exchanged_trigger_id"


async def test_a_trigger_lives_for_three_seconds_of_the_workspaces_clock(
    workspace: Workspace, api: Api, app: RawApp, clock: ManualClock
) -> None:
    in_time, late, skipped = [await trigger(workspace, app) for _ in range(3)]
    clock.pass_time(2.9)
    assert (await api("views.open", trigger_id=in_time, view=modal()))["ok"]
    clock.pass_time(0.1)
    assert (await api("views.open", trigger_id=late, view=modal()))["error"] == "expired_trigger_id"
    fresh = await trigger(workspace, app)
    workspace.clock.jump_by(3600)
    assert (await api("views.open", trigger_id=fresh, view=modal()))["error"] == "expired_trigger_id"
    assert (await api("views.open", trigger_id=skipped, view=modal()))["error"] == "expired_trigger_id"


@pytest.mark.parametrize("trigger_id", ["nonsense", "1.2.abc", "1.2", "é.ü.ß"])
async def test_a_trigger_must_be_one_of_slacks(api: Api, trigger_id: str) -> None:
    assert (await api("views.open", trigger_id=trigger_id, view=modal()))["error"] == "invalid_trigger_id"


async def test_a_view_that_is_refused_costs_no_trigger(workspace: Workspace, api: Api, app: RawApp) -> None:
    trigger_id = await trigger(workspace, app)
    assert (await api("views.open", trigger_id=trigger_id, view={"type": "modal"}))["error"] == "invalid_arguments"
    assert (await api("views.open", trigger_id=trigger_id, view=modal()))["ok"]


async def test_three_modals_stand_on_one_another_and_no_fourth(workspace: Workspace, api: Api, app: RawApp) -> None:
    root = await opened(workspace, api, app, modal(row("r", GO)))
    second = (await api("views.push", trigger_id=await inner_trigger(workspace, app), view=modal(row("r", GO))))["view"]
    third = (await api("views.push", trigger_id=await inner_trigger(workspace, app), view=modal(row("r", GO))))["view"]
    assert (second["previous_view_id"], third["previous_view_id"]) == (root["id"], second["id"])
    assert third["root_view_id"] == root["id"]
    fourth = await api("views.push", trigger_id=await inner_trigger(workspace, app), view=modal())
    assert fourth["error"] == "push_limit_reached"
    assert [shown.view["id"] for shown in workspace.modals("U0ADA")] == [root["id"], second["id"], third["id"]]


async def test_there_must_be_a_modal_to_push_onto(workspace: Workspace, api: Api, app: RawApp) -> None:
    answer = await api("views.push", trigger_id=await trigger(workspace, app), view=modal())
    assert answer["error"] == "not_found"


async def test_an_opened_modal_takes_the_place_of_the_last_one(workspace: Workspace, api: Api, app: RawApp) -> None:
    await opened(workspace, api, app, modal(title=text("First")))
    second = await opened(workspace, api, app, modal(title=text("Second")))
    assert [shown.view["id"] for shown in workspace.modals("U0ADA")] == [second["id"]]


async def test_an_update_keeps_the_id_and_changes_the_hash(workspace: Workspace, api: Api, app: RawApp) -> None:
    before = await opened(workspace, api, app, modal())
    after = (await api("views.update", view_id=before["id"], hash=before["hash"], view=modal(title=text("New"))))[
        "view"
    ]
    assert (after["id"], after["title"]["text"]) == (before["id"], "New")
    assert workspace.modals("U0ADA")[0].view["title"]["text"] == "New"
    late = await api("views.update", view_id=before["id"], hash=before["hash"], view=modal())
    assert late["error"] == "hash_conflict"
    assert (await api("views.update", view_id="V0NONE", view=modal()))["error"] == "not_found"
    assert (await api("views.update", view=modal()))["error"] == "invalid_arguments"


async def test_an_external_id_names_one_view(workspace: Workspace, api: Api, app: RawApp) -> None:
    await opened(workspace, api, app, modal(external_id="mine"))
    updated = await api("views.update", external_id="mine", view=modal(external_id="mine", title=text("New")))
    assert updated["view"]["title"]["text"] == "New"
    home = {"type": "home", "blocks": [], "external_id": "mine"}
    assert (await api("views.publish", user_id="U0ADA", view=home))["error"] == "duplicate_external_id"
    assert (await api("views.update", external_id="other", view=modal()))["error"] == "not_found"


async def test_a_home_tab_can_be_updated_but_not_become_a_modal(workspace: Workspace, api: Api) -> None:
    home = (await api("views.publish", user_id="U0ADA", view={"type": "home", "blocks": []}))["view"]
    divider = {"type": "home", "blocks": [{"type": "divider"}]}
    assert (await api("views.update", view_id=home["id"], view=divider))["ok"]
    shown = workspace.home("U0ADA")
    assert shown is not None
    assert shown["blocks"][0]["type"] == "divider"
    assert (await api("views.update", view_id=home["id"], view=modal()))["error"] == "invalid_arguments"
    assert workspace.home("U0GRACE") is None


BAD: list[tuple[str, Any, str, str]] = [
    ("no view", None, "missing required field: view", ""),
    ("no object", "[]", "missing required field: view", ""),
    ("home", {"type": "home", "blocks": []}, "unsupported type: home", "/type"),
    ("no title", {"type": "modal", "blocks": []}, "missing required field: title", ""),
    ("no blocks", {"type": "modal", "title": text("x")}, "missing required field: blocks", ""),
    ("long title", modal(title=text("x" * 25)), "must be less than 25 characters", "/title/text"),
    ("long submit", modal(submit=text("x" * 25)), "must be less than 25 characters", "/submit/text"),
    ("long close", modal(close=text("x" * 25)), "must be less than 25 characters", "/close/text"),
    ("long metadata", modal(private_metadata="x" * 3001), "must be less than 3001 characters", "/private_metadata"),
    ("long callback", modal(callback_id="x" * 256), "must be less than 256 characters", "/callback_id"),
    ("long external id", modal(external_id="x" * 256), "must be less than 256 characters", "/external_id"),
    ("unknown key", modal(colour="red"), "invalid additional property: colour", ""),
    ("101 blocks", modal(*[{"type": "divider"}] * 101), "no more than 100 items allowed", "/blocks"),
    ("markdown", modal({"type": "markdown", "text": "x"}), "unsupported type: markdown", "/blocks/0/type"),
    ("bad block", modal({"type": "section"}), "failed to match all allowed schemas", "/blocks/0"),
    (
        "an input that cannot be submitted",
        {"type": "modal", "title": text("x"), "blocks": [field("a", INPUT)]},
        "missing required field: submit",
        "",
    ),
    (
        "two blocks of a name",
        modal(field("a", INPUT), field("a", INPUT)),
        "`block_id` must be unique: a",
        "/blocks/1/block_id",
    ),
    (
        "an option that is not offered",
        modal(field("a", {"type": "static_select", "options": [option("a")], "initial_option": option("b")})),
        "initial options must match one of the options exactly",
        "/blocks/0",
    ),
]


@pytest.mark.parametrize(("view", "words", "pointer"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
async def test_a_view_beyond_the_limits_is_refused(api: Api, view: object, words: str, pointer: str) -> None:
    answer = await api("views.open", trigger_id="1.2.ab", view=view)
    assert answer["error"] == "invalid_arguments"
    sentence = words if words.endswith("view") else f"{words} [json-pointer:/view{pointer}]"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {sentence}"]


async def test_a_view_at_the_limits_is_taken(workspace: Workspace, api: Api, app: RawApp) -> None:
    view = modal(*[{"type": "divider"}] * 100, title=text("x" * 24), close=text("x" * 24), callback_id="x" * 255)
    await opened(workspace, api, app, {**view, "submit": text("x" * 24), "private_metadata": "x" * 3000})


async def test_a_view_has_at_most_250_kilobytes(api: Api) -> None:
    sections = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 90
    assert (await api("views.open", trigger_id="1.2.ab", view=modal(*sections)))["error"] == "view_too_large"


async def test_a_home_tab_is_published_and_guarded_by_its_hash(workspace: Workspace, api: Api) -> None:
    view: dict[str, Any] = {"type": "home", "blocks": [{"type": "divider"}]}
    first = await api("views.publish", user_id="U0ADA", view=view)
    assert workspace.home("U0ADA") == first["view"]
    assert (await api("views.publish", user_id="U0ADA", view=view, hash="stale"))["error"] == "hash_conflict"
    again = await api("views.publish", user_id="U0ADA", view=view, hash=first["view"]["hash"])
    assert again["view"]["id"] == first["view"]["id"]


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (None, "missing required field: view"),
        ({"type": "modal", "blocks": []}, "unsupported type: modal [json-pointer:/view/type]"),
        ({"type": "home"}, "missing required field: blocks [json-pointer:/view]"),
        ({"type": "home", "blocks": [], "title": {}}, "invalid additional property: title [json-pointer:/view]"),
        (
            {"type": "home", "blocks": [{"type": "divider"}] * 101},
            "no more than 100 items allowed [json-pointer:/view/blocks]",
        ),
        (
            {"type": "home", "blocks": [{"type": "markdown", "text": "x"}]},
            "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
        ),
        (
            {"type": "home", "blocks": [], "private_metadata": "x" * 3001},
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
    ],
)
async def test_a_home_tab_is_refused(api: Api, view: object, sentence: str) -> None:
    answer = await api("views.publish", user_id="U0ADA", view=view)
    assert (answer["error"], answer["errors"]) == ("invalid_arguments", [sentence])
