"""Shortcuts, the Home tab and the assistant pane: what people open, and what the app receives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.workspace.apps import ALL_SCOPES, Api, RawApp, manifest, modal
from workspace.server import Workspace

if TYPE_CHECKING:
    import aiohttp

PROMPT = {"title": "Growth zones", "message": "What are AI Growth Zones?"}


async def test_a_message_shortcut_carries_the_message(workspace: Workspace, api: Api, app: RawApp) -> None:
    posted = await api("chat.postMessage", channel="C0POLICY", text="Is it so?")
    payload, result = await app.take(workspace.message_shortcut("U0GRACE", "C0POLICY", posted["ts"], "echo_this"))
    assert result.acked
    assert (payload["type"], payload["callback_id"], payload["user"]["id"]) == (
        "message_action",
        "echo_this",
        "U0GRACE",
    )
    assert (payload["message"]["text"], payload["message_ts"]) == ("Is it so?", posted["ts"])
    assert payload["channel"] == {"id": "C0POLICY", "name": "policy"}
    async with api.session.post(payload["response_url"], json={"text": "It is."}) as answer:
        assert answer.status == 200
    assert workspace.seen_by("U0GRACE", "C0POLICY")[-1]["text"] == "It is."
    assert len(workspace.seen_by("U0ADA", "C0POLICY")) == 1
    assert (await api("views.open", trigger_id=payload["trigger_id"], view=modal()))["ok"]
    assert len(workspace.modals("U0GRACE")) == 1


async def test_a_global_shortcut_happens_nowhere(workspace: Workspace, api: Api, app: RawApp) -> None:
    payload, result = await app.take(workspace.global_shortcut("U0ADA", "echo_any"))
    assert result.acked
    assert (payload["type"], payload["callback_id"]) == ("shortcut", "echo_any")
    assert not payload.keys() & {"channel", "message", "response_url"}
    assert (await api("views.open", trigger_id=payload["trigger_id"], view=modal()))["ok"]


async def test_a_shortcut_that_fails_is_reported(workspace: Workspace) -> None:
    assert (await workspace.global_shortcut("U0ADA", "echo_any")).problem == "The app is not connected."


async def test_only_shortcuts_of_the_manifest_and_of_their_kind(workspace: Workspace, api: Api) -> None:
    ts = (await api("chat.postMessage", channel="C0POLICY", text="x"))["ts"]
    hidden = (await api("chat.postEphemeral", channel="C0POLICY", user="U0ADA", text="x"))["message_ts"]
    for user, channel, message, callback_id in (
        ("U0ADA", "C0POLICY", ts, "other"),
        ("U0ADA", "C0POLICY", ts, "echo_any"),
        ("U0ADA", "C0POLICY", hidden, "echo_this"),
        ("U0ADA", "C0POLICY", "1.0", "echo_this"),
        ("U0GUEST", "C0POLICY", ts, "echo_this"),
    ):
        with pytest.raises(LookupError):
            await workspace.message_shortcut(user, channel, message, callback_id)
    for user, callback_id in (("U0ADA", "echo_this"), ("U0NONE", "echo_any")):
        with pytest.raises(LookupError):
            await workspace.global_shortcut(user, callback_id)
    assert workspace.dispatches == []


async def test_opening_the_home_tab_tells_the_app_what_stands_there(
    workspace: Workspace, api: Api, app: RawApp
) -> None:
    workspace.open_home("U0ADA")
    frame = await app.receive()
    await app.ack(frame)
    event = frame["payload"]["event"]
    assert (event["type"], event["user"], event["channel"], event["tab"]) == (
        "app_home_opened",
        "U0ADA",
        "D0ADA",
        "home",
    )
    assert "view" not in event
    await api("views.publish", user_id="U0ADA", view={"type": "home", "blocks": [], "private_metadata": "7"})
    workspace.open_home("U0ADA")
    assert (await app.receive())["payload"]["event"]["view"]["private_metadata"] == "7"


async def test_an_app_without_a_home_tab_has_none_to_open(session: aiohttp.ClientSession) -> None:
    source = manifest()
    source["features"]["app_home"]["home_tab_enabled"] = False
    async with Workspace(source).serve() as workspace:
        with pytest.raises(LookupError):
            workspace.open_home("U0ADA")
        view = {"type": "home", "blocks": []}
        answer = await Api(workspace, session)("views.publish", user_id="U0ADA", view=view)
        assert answer["error"] == "not_enabled"


async def test_only_a_known_user_can_open_a_surface(workspace: Workspace) -> None:
    for user in ("U0NONE", "U0BOT"):
        with pytest.raises(LookupError):
            workspace.open_home(user)
        with pytest.raises(LookupError):
            workspace.open_assistant(user)


async def test_an_app_that_did_not_subscribe_hears_nothing() -> None:
    async with Workspace(manifest(events=("message.im",))).serve() as workspace:
        workspace.open_home("U0ADA")
        workspace.open_assistant("U0ADA")
        assert (await workspace.type("U0ADA", "C0POLICY", "hello")).dispatches == ()
        assert workspace.dispatches == []


# The assistant.


async def test_an_empty_conversation_is_opened_again(workspace: Workspace) -> None:
    first = workspace.open_assistant("U0ADA", "C0POLICY")
    assert workspace.open_assistant("U0ADA", "C0POLICY") == first
    assert workspace.open_assistant("U0GRACE").thread_ts != first.thread_ts
    await workspace.type("U0ADA", first.channel_id, "hello", first.thread_ts)
    second = workspace.open_assistant("U0ADA", "C0POLICY")
    assert second.thread_ts != first.thread_ts
    assert workspace.open_assistant("U0ADA", "C0POLICY") == second


async def test_an_empty_conversation_follows_to_another_channel(session: aiohttp.ClientSession) -> None:
    kinds = ("assistant_thread_started", "assistant_thread_context_changed")
    async with Workspace(manifest(events=kinds)).serve() as workspace:
        app = RawApp(workspace, session)
        await app.connect()
        thread = workspace.open_assistant("U0ADA", "C0POLICY")
        assert workspace.open_assistant("U0ADA", "C0GENERAL").thread_ts == thread.thread_ts
        heard = []
        for _ in kinds:
            frame = await app.receive()
            await app.ack(frame)
            event = frame["payload"]["event"]
            heard.append((event["type"], event["assistant_thread"]["context"]["channel_id"]))
        await app.socket.close()
    assert heard == [(kinds[0], "C0POLICY"), (kinds[1], "C0GENERAL")]


async def begun(workspace: Workspace, app: RawApp) -> dict[str, Any]:
    """Let Ada open the assistant while she looks at #policy; return the thread that the app received."""
    workspace.open_assistant("U0ADA", "C0POLICY")
    frame = await app.receive()
    await app.ack(frame)
    assert frame["payload"]["event"]["type"] == "assistant_thread_started"
    thread: dict[str, Any] = frame["payload"]["event"]["assistant_thread"]
    return thread


async def test_an_assistant_thread_begins_in_the_bots_direct_message(workspace: Workspace, app: RawApp) -> None:
    thread = await begun(workspace, app)
    assert (thread["user_id"], thread["channel_id"]) == ("U0ADA", "D0ADA")
    assert thread["context"]["channel_id"] == "C0POLICY"
    shown = workspace.assistant("U0ADA")
    assert shown is not None
    assert shown.thread_ts == thread["thread_ts"]
    assert [prompt.message for prompt in shown.prompts] == ["Say hello"]
    assert workspace.assistant("U0GRACE") is None
    payload, _ = await app.take(workspace.type("U0ADA", "D0ADA", "hello", thread["thread_ts"]))
    assert (payload["event"]["thread_ts"], payload["event"]["text"]) == (thread["thread_ts"], "hello")


async def test_an_assistant_names_its_thread_suggests_and_says_what_it_does(
    workspace: Workspace, api: Api, app: RawApp
) -> None:
    thread = await begun(workspace, app)
    place = {"channel_id": "D0ADA", "thread_ts": thread["thread_ts"]}
    assert (await api("assistant.threads.setTitle", **place, title="Growth zones"))["ok"]
    assert (await api("assistant.threads.setSuggestedPrompts", **place, title="Try", prompts=[PROMPT]))["ok"]
    assert (await api("assistant.threads.setStatus", **place, status="is looking"))["ok"]
    shown = workspace.assistant("U0ADA")
    assert shown is not None
    assert (shown.title, shown.prompts_title, shown.prompts[0].title) == ("Growth zones", "Try", "Growth zones")
    assert shown.status == "is looking"
    assert workspace.seen_by("U0ADA", "D0ADA")[0]["text"] == "Growth zones"
    await api("chat.postMessage", channel="D0ADA", thread_ts=thread["thread_ts"], text="They are…")
    shown = workspace.assistant("U0ADA")
    assert shown is not None
    assert shown.status == ""


@pytest.mark.parametrize(
    "case",
    [
        ("setStatus", {"status": "x", "thread_ts": "1.0"}, "invalid_thread_ts"),
        ("setStatus", {"status": "x", "channel_id": "C0NONE"}, "channel_not_found"),
        ("setStatus", {}, "invalid_arguments"),
        ("setTitle", {"title": ""}, "invalid_arguments"),
        ("setSuggestedPrompts", {"prompts": [PROMPT] * 5}, "invalid_arguments"),
        ("setSuggestedPrompts", {"prompts": []}, "invalid_arguments"),
        ("setSuggestedPrompts", {"prompts": "nonsense"}, "invalid_arguments"),
        ("setSuggestedPrompts", {"prompts": [{"title": "x"}]}, "invalid_arguments"),
        ("setSuggestedPrompts", {"prompts": ["x"]}, "invalid_arguments"),
    ],
)
async def test_what_an_assistant_may_not_say(
    workspace: Workspace, api: Api, app: RawApp, case: tuple[str, dict[str, Any], str]
) -> None:
    method, arguments, error = case
    thread = await begun(workspace, app)
    place = {"channel_id": "D0ADA", "thread_ts": thread["thread_ts"]}
    assert (await api(f"assistant.threads.{method}", **{**place, **arguments}))["error"] == error


async def test_an_app_that_is_no_assistant(session: aiohttp.ClientSession) -> None:
    source = manifest(scopes=[scope for scope in ALL_SCOPES if scope != "assistant:write"], events=())
    async with Workspace(source).serve() as workspace:
        with pytest.raises(LookupError):
            workspace.open_assistant("U0ADA")
        api = Api(workspace, session)
        place = {"channel_id": "D0ADA", "thread_ts": "1.0"}
        assert (await api("assistant.threads.setTitle", **place, title="x"))["needed"] == "assistant:write"
        assert (await api("assistant.threads.setStatus", **place, status="x"))["error"] == "invalid_thread_ts"
