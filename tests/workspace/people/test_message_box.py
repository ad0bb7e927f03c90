"""Messages and commands: what people see, and what the app receives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.workspace.apps import Api, ManualClock, RawApp
    from workspace.server import Workspace


async def run(workspace: Workspace, app: RawApp, text: str, reply: object) -> dict[str, Any]:
    """Let Ada type a slash command in #policy and the app reply in its ack; return the frame."""
    typed = asyncio.create_task(workspace.type("U0ADA", "C0POLICY", text))
    frame = await app.receive()
    await app.ack(frame, reply)
    await typed
    return frame


async def test_a_slash_command_carries_escaped_words(workspace: Workspace, app: RawApp) -> None:
    frame = await run(workspace, app, "/echo  R&D <b>  @Echo Bot", None)
    assert (frame["type"], frame["accepts_response_payload"]) == ("slash_commands", True)
    assert "retry_attempt" not in frame
    payload = frame["payload"]
    assert (payload["command"], payload["text"]) == ("/echo", "R&amp;D &lt;b&gt;  @Echo Bot")
    assert (payload["user_id"], payload["channel_id"], payload["channel_name"]) == ("U0ADA", "C0POLICY", "policy")
    assert payload["response_url"].startswith(workspace.url)
    assert workspace.seen_by("U0ADA", "C0POLICY") == []


@pytest.mark.parametrize(
    ("reply", "grace_sees"),
    [({"text": "hi"}, 0), ({"text": "hi", "response_type": "in_channel"}, 1), ("hi", 0)],
)
async def test_the_acks_body_is_the_reply(workspace: Workspace, app: RawApp, reply: object, grace_sees: int) -> None:
    await run(workspace, app, "/echo", reply)
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert (seen["text"], seen["bot_id"], seen["is_ephemeral"]) == ("hi", "B0BOT", not grace_sees)
    assert len(workspace.seen_by("U0GRACE", "C0POLICY")) == grace_sees


async def test_a_reply_that_slack_would_refuse_is_reported(workspace: Workspace, app: RawApp) -> None:
    await run(workspace, app, "/echo", {"text": "hi", "blocks": [{"type": "poem"}]})
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert seen["text"] == '/echo failed with the error "invalid_command_response"'


async def test_a_slash_command_times_out_after_three_seconds(
    workspace: Workspace, app: RawApp, clock: ManualClock
) -> None:
    typed = asyncio.create_task(workspace.type("U0ADA", "C0POLICY", "/echo hello"))
    await app.receive()
    await clock.jump(3.0)
    result = await typed
    assert not result.acked
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert (seen["user"], seen["text"]) == ("USLACKBOT", '/echo failed with the error "operation_timeout"')
    assert seen["is_ephemeral"]
    assert len(workspace.dispatches) == 1


async def test_without_an_app_a_slash_command_fails_and_an_event_waits(workspace: Workspace) -> None:
    await workspace.type("U0ADA", "C0POLICY", "/echo hello")
    assert workspace.seen_by("U0ADA", "C0POLICY")[0]["text"] == '/echo failed with the error "dispatch_failed"'
    result = await workspace.type("U0ADA", "D0ADA", "anyone?")
    assert [dispatch.failure for dispatch in result.dispatches] == ["not_connected"]
    assert workspace.seen_by("U0ADA", "D0ADA")[0]["text"] == "anyone?"


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("/nope", "/nope is not a valid command."),
        ("/", "/ is not a valid command."),
        ("/invite @Grace", "Type `/invite @Echo Bot` in a channel."),
        ("/invite @Echo Bot", "Echo Bot is in this channel already."),
    ],
)
async def test_slackbot_answers_privately(workspace: Workspace, text: str, notice: str) -> None:
    result = await workspace.type("U0ADA", "C0POLICY", text)
    assert result.message is not None
    assert (result.message.text, result.message.ephemeral_to) == (notice, "U0ADA")
    assert workspace.dispatches == []


async def test_slash_commands_do_not_work_in_threads(workspace: Workspace) -> None:
    parent = await workspace.type("U0ADA", "C0POLICY", "parent")
    assert parent.message is not None
    await workspace.type("U0ADA", "C0POLICY", "/echo x", parent.message.ts)
    seen = workspace.seen_by("U0ADA", "C0POLICY", parent.message.ts)
    assert seen[-1]["text"] == "/echo is not supported in threads. Sorry!"


async def test_a_mention_is_an_event_only_where_the_bot_is_a_member(workspace: Workspace, app: RawApp) -> None:
    typed = asyncio.create_task(workspace.type("U0ADA", "C0POLICY", "@echo bot, hello #general"))
    frame = await app.receive()
    await app.ack(frame)
    await typed
    event = frame["payload"]["event"]
    assert (event["type"], event["text"]) == ("app_mention", "<@U0BOT>, hello <#C0GENERAL|general>")
    elsewhere = await workspace.type("U0ADA", "C0RANDOM", "@Echo Bot hello")
    assert elsewhere.dispatches == ()
    assert workspace.seen_by("U0ADA", "C0RANDOM")[-1]["text"] == (
        "Echo Bot is not in this channel. Type `/invite @Echo Bot` to add it."
    )
    assert len(workspace.seen_by("U0GRACE", "C0RANDOM")) == 1


async def test_invite_adds_the_bot(workspace: Workspace) -> None:
    await workspace.type("U0ADA", "C0RANDOM", "/invite @Echo Bot")
    assert workspace.seen_by("U0GRACE", "C0RANDOM")[0]["text"] == "was added to #random by <@U0ADA>."
    assert "C0RANDOM" in {channel.id for channel in workspace.state.channels_of("U0BOT")}


async def test_control_syntax_typed_by_hand_is_literal(workspace: Workspace) -> None:
    result = await workspace.type("U0ADA", "C0POLICY", "<@U0BOT> <!channel>")
    assert result.dispatches == ()
    seen = workspace.seen_by("U0ADA", "C0POLICY")[0]
    assert (seen["text"], seen["pings"]) == ("&lt;@U0BOT&gt; &lt;!channel&gt;", [])
    await workspace.type("U0ADA", "C0POLICY", "@channel")
    assert workspace.seen_by("U0ADA", "C0POLICY")[1]["pings"] == ["<!channel>"]


async def test_the_app_hears_its_own_direct_messages_and_their_changes(
    workspace: Workspace, api: Api, app: RawApp
) -> None:
    posted = await api("chat.postMessage", channel="D0ADA", text="hi")
    frame = await app.receive()
    assert frame["payload"]["event"]["bot_id"] == "B0BOT"
    await app.ack(frame)
    await api("chat.update", channel="D0ADA", ts=posted["ts"], text="ho")
    changed = await app.receive()
    assert changed["payload"]["event"]["subtype"] == "message_changed"
    assert changed["payload"]["event"]["message"]["text"] == "ho"
    await app.ack(changed)
    await api("chat.delete", channel="D0ADA", ts=posted["ts"])
    deleted = await app.receive()
    assert deleted["payload"]["event"]["deleted_ts"] == posted["ts"]
    await app.ack(deleted)
    await workspace.wait_until(lambda: len(workspace.dispatches) == 3)


@pytest.mark.parametrize(("user", "channel"), [("U0NONE", "C0POLICY"), ("U0ADA", "C0NONE"), ("U0ADA", "D0GRACE")])
async def test_only_members_can_type_in_a_channel(workspace: Workspace, user: str, channel: str) -> None:
    with pytest.raises(LookupError):
        await workspace.type(user, channel, "x")
    assert workspace.seen_by(user, channel) == []


async def test_an_unknown_thread_is_refused_and_nothing_typed_does_nothing(workspace: Workspace) -> None:
    with pytest.raises(LookupError):
        await workspace.type("U0ADA", "C0POLICY", "x", "1.0")
    assert (await workspace.type("U0ADA", "C0POLICY", "  \n")).problem == "Nothing was typed."
    assert workspace.seen_by("U0ADA", "C0POLICY") == []
