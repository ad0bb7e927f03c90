"""Shortcuts, the app's tabs, and the pane of an app made before: what people open, and what the app receives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.workspace.apps import ALL_SCOPES, EVENTS, Api, RawApp, legacy_manifest, manifest, modal
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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


async def test_an_app_without_tabs_has_none_to_open(session: aiohttp.ClientSession) -> None:
    source = manifest(events=("app_mention",))
    source["features"]["app_home"] = {}
    async with Workspace(source).serve() as workspace:
        for opened in (workspace.open_home, workspace.open_messages):
            with pytest.raises(LookupError):
                opened("U0ADA")
        view = {"type": "home", "blocks": []}
        answer = await Api(workspace, session)("views.publish", user_id="U0ADA", view=view)
        assert answer["error"] == "not_enabled"


async def test_only_a_known_user_can_open_a_surface(workspace: Workspace) -> None:
    for user in ("U0NONE", "U0BOT"):
        with pytest.raises(LookupError):
            workspace.open_home(user)
        with pytest.raises(LookupError):
            workspace.open_messages(user)


async def test_an_app_that_did_not_subscribe_hears_nothing() -> None:
    async with Workspace(manifest(events=("message.im",))).serve() as workspace:
        workspace.open_home("U0ADA")
        workspace.open_messages("U0ADA")
        workspace.look_at("U0ADA", "C0POLICY")
        assert (await workspace.type("U0ADA", "C0POLICY", "hello")).dispatches == ()
        assert workspace.dispatches == []


# The agent.


async def heard(app: RawApp) -> dict[str, Any]:
    """Ack the next envelope and return its event."""
    frame = await app.receive()
    await app.ack(frame)
    event: dict[str, Any] = frame["payload"]["event"]
    return event


def entity(channel: str) -> dict[str, Any]:
    """Return the context of who looks at a channel."""
    return {"entities": [{"type": "slack#/types/channel_id", "value": channel, "team_id": "T0TRY"}]}


async def test_an_agent_hears_which_tab_is_opened_and_what_is_looked_at(session: aiohttp.ClientSession) -> None:
    async with Workspace(manifest(events=(*EVENTS, "app_context_changed"))).serve() as workspace:
        app = RawApp(workspace, session)
        await app.connect()
        workspace.look_at("U0ADA", "C0POLICY")  # before the agent was opened
        workspace.open_messages("U0ADA", "C0POLICY")
        event = await heard(app)
        assert (event["type"], event["user"], event["channel"], event["tab"]) == (
            "app_home_opened",
            "U0ADA",
            "D0ADA",
            "messages",
        )
        assert event["context"] == entity("C0POLICY")
        assert "view" not in event
        workspace.look_at("U0ADA", "C0POLICY")
        workspace.look_at("U0ADA", "C0GENERAL")
        event = await heard(app)
        assert (event["type"], event["user"], event["channel"]) == ("app_context_changed", "U0ADA", "D0ADA")
        assert event["context"] == entity("C0GENERAL")
        workspace.open_messages("U0ADA")
        assert (await heard(app))["context"] == {}
        await app.socket.close()


async def test_an_agent_suggests_above_its_conversations(workspace: Workspace, api: Api) -> None:
    assert [prompt.message for prompt in workspace.suggestions("D0ADA").prompts] == ["Say hello"]
    place: dict[str, Any] = {"channel_id": "D0ADA", "prompts": [PROMPT]}
    assert (await api("assistant.threads.setSuggestedPrompts", **place, title="Try"))["ok"]
    shown = workspace.suggestions("D0ADA")
    assert (shown.title, shown.prompts[0].title) == ("Try", "Growth zones")
    assert workspace.suggestions("D0GRACE").title == ""


async def test_a_thread_in_an_agents_suggestions_is_ignored_without_a_word(workspace: Workspace, api: Api) -> None:
    place: dict[str, Any] = {"channel_id": "D0ADA", "thread_ts": "1.0", "prompts": [PROMPT]}
    assert (await api("assistant.threads.setSuggestedPrompts", **place))["ok"]
    assert [prompt.message for prompt in workspace.suggestions("D0ADA").prompts] == ["Say hello"]


async def test_an_agent_says_in_a_conversation_what_it_does_and_names_it(workspace: Workspace, api: Api) -> None:
    root = (await workspace.type("U0ADA", "D0ADA", "What are they?")).message
    assert root is not None
    place = {"channel_id": "D0ADA", "thread_ts": root.ts}
    assert (await api("assistant.threads.setStatus", **place, status="is looking"))["ok"]
    assert (await api("assistant.threads.setTitle", **place, title="Growth zones"))["ok"]
    thread = workspace.agent_thread("D0ADA", root.ts)
    assert thread is not None
    assert (thread.user_id, thread.status, thread.title) == ("U0ADA", "is looking", "Growth zones")
    assert workspace.seen_by("U0ADA", "D0ADA")[0]["text"] == "What are they?"
    reply = await api("chat.postMessage", channel="D0ADA", thread_ts=root.ts, text="They are…")
    thread = workspace.agent_thread("D0ADA", root.ts)
    assert thread is not None
    assert thread.status == ""
    place["thread_ts"] = reply["ts"]
    assert (await api("assistant.threads.setStatus", **place, status="x"))["error"] == "invalid_thread_ts"


@pytest.mark.parametrize(
    "case",
    [
        ("setStatus", {"status": "x", "thread_ts": "1.0"}, "invalid_thread_ts"),
        ("setStatus", {"status": "x", "channel_id": "C0NONE", "thread_ts": "1.0"}, "channel_not_found"),
        ("setStatus", {}, "invalid_arguments"),
        ("setTitle", {"title": ""}, "invalid_arguments"),
        ("setSuggestedPrompts", {"prompts": [PROMPT], "channel_id": "C0NONE"}, "channel_not_found"),
        ("setSuggestedPrompts", {"prompts": [PROMPT], "channel_id": "C0POLICY"}, "channel_not_found"),
        ("setSuggestedPrompts", {"prompts": [PROMPT] * 5}, "invalid_arguments"),
        ("setSuggestedPrompts", {"prompts": []}, "invalid_arguments"),
        ("setSuggestedPrompts", {"prompts": "nonsense"}, "invalid_arguments"),
        ("setSuggestedPrompts", {"prompts": [{"title": "x"}]}, "invalid_arguments"),
        ("setSuggestedPrompts", {"prompts": ["x"]}, "invalid_arguments"),
    ],
)
async def test_what_an_agent_may_not_say(api: Api, case: tuple[str, dict[str, Any], str]) -> None:
    method, arguments, error = case
    assert (await api(f"assistant.threads.{method}", **{"channel_id": "D0ADA", **arguments}))["error"] == error


async def test_an_app_that_is_no_agent(session: aiohttp.ClientSession) -> None:
    source = manifest(scopes=[scope for scope in ALL_SCOPES if scope != "assistant:write"], events=())
    async with Workspace(source).serve() as workspace:
        assert workspace.suggestions("D0ADA").prompts == ()
        api = Api(workspace, session)
        place = {"channel_id": "D0ADA", "thread_ts": "1.0"}
        assert (await api("assistant.threads.setTitle", **place, title="x"))["needed"] == "assistant:write"
        assert (await api("assistant.threads.setStatus", **place, status="x"))["error"] == "invalid_thread_ts"


# The pane of an app made before agent_view.


@pytest.fixture
async def before(session: aiohttp.ClientSession) -> AsyncIterator[tuple[Workspace, RawApp, Api]]:
    events = ("assistant_thread_started", "assistant_thread_context_changed", "message.im")
    async with Workspace(legacy_manifest(events), is_legacy_app=True).serve() as workspace:
        app = RawApp(workspace, session)
        await app.connect()
        yield workspace, app, Api(workspace, session)
        await app.socket.close()


async def test_a_new_app_has_no_pane(workspace: Workspace) -> None:
    with pytest.raises(LookupError, match="no assistant pane"):
        workspace.open_assistant("U0ADA")


async def test_an_empty_conversation_is_opened_again_and_follows_to_another_channel(
    before: tuple[Workspace, RawApp, Api],
) -> None:
    workspace, app, _ = before
    first = workspace.open_assistant("U0ADA", "C0POLICY")
    event = await heard(app)
    assert (event["type"], event["assistant_thread"]["user_id"]) == ("assistant_thread_started", "U0ADA")
    assert event["assistant_thread"]["context"]["channel_id"] == "C0POLICY"
    assert workspace.open_assistant("U0ADA", "C0POLICY") == first
    assert workspace.open_assistant("U0ADA", "C0GENERAL").thread_ts == first.thread_ts
    event = await heard(app)
    assert event["type"] == "assistant_thread_context_changed"
    assert event["assistant_thread"]["context"]["channel_id"] == "C0GENERAL"
    payload, _ = await app.take(workspace.type("U0ADA", "D0ADA", "hello", first.thread_ts))
    assert (payload["event"]["thread_ts"], payload["event"]["text"]) == (first.thread_ts, "hello")
    assert workspace.open_assistant("U0ADA", "C0POLICY").thread_ts != first.thread_ts


async def test_in_the_pane_each_thread_has_its_prompts_and_its_title(before: tuple[Workspace, RawApp, Api]) -> None:
    workspace, app, api = before
    place: dict[str, Any] = {"channel_id": "D0ADA", "prompts": [PROMPT]}
    assert (await api("assistant.threads.setSuggestedPrompts", **place))["error"] == "message_not_found"
    thread = workspace.open_assistant("U0ADA")
    await heard(app)
    assert [prompt.message for prompt in thread.suggestions.prompts] == ["Say hello"]
    for where in ({"thread_ts": thread.thread_ts, "title": "There"}, {"title": "In the newest"}):
        assert (await api("assistant.threads.setSuggestedPrompts", **place, **where))["ok"]
        shown = workspace.assistant("U0ADA")
        assert shown is not None
        assert (shown.suggestions.title, shown.suggestions.prompts[0].title) == (where["title"], "Growth zones")
    titled = await api("assistant.threads.setTitle", channel_id="D0ADA", thread_ts=thread.thread_ts, title="Zones")
    assert titled["ok"]
    assert workspace.seen_by("U0ADA", "D0ADA")[0]["text"] == "Zones"
    root = await api("chat.postMessage", channel="D0ADA", text="no thread of the pane")
    place = {"channel_id": "D0ADA", "thread_ts": root["ts"]}
    assert (await api("assistant.threads.setStatus", **place, status="x"))["error"] == "invalid_thread_ts"
