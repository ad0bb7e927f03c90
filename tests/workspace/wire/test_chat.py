"""chat.*: what is posted, and each refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.workspace.apps import ALL_SCOPES, Api, manifest
from workspace.server import Workspace

if TYPE_CHECKING:
    import aiohttp

DIVIDER = {"type": "divider"}


async def test_a_post_is_seen_by_every_member(workspace: Workspace, api: Api) -> None:
    answer = await api("chat.postMessage", channel="C0POLICY", text="hello", blocks=[DIVIDER])
    assert answer["ok"]
    assert answer["message"]["bot_id"] == "B0BOT"
    for user in ("U0ADA", "U0GRACE"):
        (seen,) = workspace.seen_by(user, "C0POLICY")
        assert seen["text"] == "hello"
        assert seen["ts"] == answer["ts"]
        assert seen["blocks"][0]["block_id"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0POLICY"}, "no_text"),
        ({"text": "x"}, "invalid_arguments"),
        ({"channel": "C0NONE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0RANDOM", "text": "x"}, "not_in_channel"),
        ({"channel": "C0POLICY", "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": "C0POLICY", "blocks": "{"}, "invalid_blocks_format"),
        ({"channel": "C0POLICY", "blocks": {}}, "invalid_blocks_format"),
        ({"channel": "C0POLICY", "blocks": [{"type": "poem"}]}, "invalid_blocks"),
        ({"channel": "C0POLICY", "text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
        ({"channel": "C0POLICY", "markdown_text": "x" * 12_001}, "msg_too_long"),
        (
            {"channel": "C0POLICY", "blocks": [{"type": "markdown", "text": "x" * 6000}] * 2 + [DIVIDER] * 10},
            "msg_blocks_too_long",
        ),
        ({"channel": "C0POLICY", "text": "x", "metadata": "none"}, "invalid_metadata_format"),
        ({"channel": "C0POLICY", "text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_schema"),
        ({"channel": "C0POLICY", "text": "x", "username": "King"}, "missing_scope"),
        ({"channel": "C0POLICY", "text": ["x"]}, "invalid_arguments"),
        ({"channel": "C0POLICY", "attachments": "x"}, "invalid_attachments"),
        ({"channel": "C0POLICY", "attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
    ],
)
async def test_a_post_is_refused(workspace: Workspace, api: Api, arguments: dict[str, Any], error: str) -> None:
    answer = await api("chat.postMessage", **arguments)
    assert (answer["ok"], answer["error"]) == (False, error)
    assert workspace.seen_by("U0ADA", "C0POLICY") == []


async def test_a_missing_argument_is_named_as_slack_names_it(api: Api) -> None:
    answer = await api("chat.postMessage", text="x")
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


@pytest.mark.parametrize("reference", ["#policy", "policy", "C0POLICY"])
async def test_a_channel_can_be_named(api: Api, reference: str) -> None:
    assert (await api("chat.postMessage", channel=reference, text="x"))["channel"] == "C0POLICY"


async def test_a_post_to_a_user_goes_to_the_direct_message(workspace: Workspace, api: Api) -> None:
    assert (await api("chat.postMessage", channel="U0ADA", text="psst"))["channel"] == "D0ADA"
    assert workspace.seen_by("U0GRACE", "D0ADA") == []


async def test_text_is_cut_at_40_000_characters(workspace: Workspace, api: Api) -> None:
    await api("chat.postMessage", channel="C0POLICY", text="x" * 40_001)
    assert len(workspace.seen_by("U0ADA", "C0POLICY")[0]["text"]) == 40_000


async def test_live_mentions_are_recorded(workspace: Workspace, api: Api) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "<@U0ADA>"}}]
    await api("chat.postMessage", channel="C0POLICY", text="<!channel>", blocks=blocks)
    assert workspace.seen_by("U0ADA", "C0POLICY")[0]["pings"] == ["<!channel>", "<@U0ADA>"]


async def test_a_reply_to_a_reply_lands_in_the_parents_thread(workspace: Workspace, api: Api) -> None:
    parent = await api("chat.postMessage", channel="C0POLICY", text="parent")
    reply = await api("chat.postMessage", channel="C0POLICY", text="one", thread_ts=parent["ts"])
    await api("chat.postMessage", channel="C0POLICY", text="two", thread_ts=reply["ts"])
    assert [seen["text"] for seen in workspace.seen_by("U0ADA", "C0POLICY", parent["ts"])] == ["parent", "one", "two"]
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert seen["reply_count"] == 2


async def test_an_ephemeral_message_is_seen_by_one(workspace: Workspace, api: Api) -> None:
    answer = await api("chat.postEphemeral", channel="C0POLICY", user="U0ADA", text="for Ada")
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert (seen["ts"], seen["is_ephemeral"]) == (answer["message_ts"], True)
    assert workspace.seen_by("U0GRACE", "C0POLICY") == []
    workspace.state.dismiss("U0GRACE", "C0POLICY", seen["ts"])
    assert workspace.seen_by("U0ADA", "C0POLICY")
    workspace.state.dismiss("U0ADA", "C0POLICY", seen["ts"])
    assert workspace.seen_by("U0ADA", "C0POLICY") == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0RANDOM", "user": "U0ADA", "text": "x"}, "not_in_channel"),
        ({"channel": "C0POLICY", "user": "U0NONE", "text": "x"}, "user_not_in_channel"),
        ({"channel": "D0ADA", "user": "U0GRACE", "text": "x"}, "user_not_in_channel"),
        ({"channel": "C0POLICY", "text": "x"}, "invalid_arguments"),
        ({"channel": "C0POLICY", "user": "U0ADA"}, "no_text"),
    ],
)
async def test_an_ephemeral_post_is_refused(api: Api, arguments: dict[str, Any], error: str) -> None:
    assert (await api("chat.postEphemeral", **arguments))["error"] == error


async def test_update_keeps_blocks_and_metadata_that_are_left_out(workspace: Workspace, api: Api) -> None:
    metadata = {"event_type": "post", "event_payload": {"n": 1}}
    posted = await api("chat.postMessage", channel="C0POLICY", text="a", blocks=[DIVIDER], metadata=metadata)
    place = {"channel": "C0POLICY", "ts": posted["ts"]}
    assert (await api("chat.update", **place, text="b"))["text"] == "b"
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert (seen["text"], len(seen["blocks"]), seen["metadata"]) == ("b", 1, metadata)
    assert seen["edited"]["user"] == "U0BOT"
    assert (await api("chat.update", **place, text="c", blocks=[], metadata={}))["ok"]
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert "blocks" not in seen
    assert "metadata" not in seen


async def test_update_and_delete_reach_only_own_public_messages(workspace: Workspace, api: Api) -> None:
    typed = await workspace.type("U0ADA", "C0POLICY", "mine")
    assert typed.message is not None
    ephemeral = await api("chat.postEphemeral", channel="C0POLICY", user="U0ADA", text="x")
    others, hidden = typed.message.ts, ephemeral["message_ts"]
    for method, refusal in (("chat.update", "cant_update_message"), ("chat.delete", "cant_delete_message")):
        assert (await api(method, channel="C0POLICY", ts=others, text="x"))["error"] == refusal
        assert (await api(method, channel="C0POLICY", ts=hidden, text="x"))["error"] == "message_not_found"
        assert (await api(method, channel="C0POLICY", ts="1.0", text="x"))["error"] == "message_not_found"


@pytest.mark.parametrize(("text", "error"), [("x" * 4001, "msg_too_long"), ("", "no_text")])
async def test_an_update_is_refused(workspace: Workspace, api: Api, text: str, error: str) -> None:
    posted = await api("chat.postMessage", channel="C0POLICY", text="a")
    assert (await api("chat.update", channel="C0POLICY", ts=posted["ts"], text=text))["error"] == error
    assert workspace.seen_by("U0ADA", "C0POLICY")[0]["text"] == "a"


async def test_nothing_is_posted_in_an_archived_channel(workspace: Workspace, api: Api) -> None:
    workspace.state.archive("C0POLICY")
    assert (await api("chat.postMessage", channel="C0POLICY", text="x"))["error"] == "is_archived"
    workspace.state.archive("C0RANDOM")
    assert (await api("conversations.join", channel="C0RANDOM"))["error"] == "is_archived"
    assert (await api.form("conversations.info", channel="C0RANDOM"))["channel"]["is_archived"] is True


async def test_a_deleted_message_is_gone_but_a_parent_leaves_a_tombstone(workspace: Workspace, api: Api) -> None:
    parent = await api("chat.postMessage", channel="C0POLICY", text="parent")
    reply = await api("chat.postMessage", channel="C0POLICY", text="reply", thread_ts=parent["ts"])
    await api("chat.delete", channel="C0POLICY", ts=parent["ts"])
    assert workspace.seen_by("U0ADA", "C0POLICY")[0]["text"] == "This message was deleted."
    assert (await api("chat.delete", channel="C0POLICY", ts=reply["ts"]))["ok"]
    assert len(workspace.seen_by("U0ADA", "C0POLICY", parent["ts"])) == 1


async def test_a_permalink_names_channel_and_message(api: Api) -> None:
    posted = await api("chat.postMessage", channel="C0POLICY", text="a")
    link = await api.form("chat.getPermalink", channel="C0POLICY", message_ts=posted["ts"])
    assert link["permalink"].endswith(f"archives/C0POLICY/p{posted['ts'].replace('.', '')}")
    assert (await api.form("chat.getPermalink", channel="C0POLICY", message_ts="1.0"))["error"] == "message_not_found"


async def test_chat_write_public_posts_where_the_bot_is_no_member(session: aiohttp.ClientSession) -> None:
    async with Workspace(manifest(scopes=[*ALL_SCOPES, "chat:write.public"])).serve() as workspace:
        assert (await Api(workspace, session)("chat.postMessage", channel="C0RANDOM", text="x"))["ok"]


async def test_nothing_is_edited_in_an_archived_channel(workspace: Workspace, api: Api) -> None:
    """Slack: chat.update, `is_inactive`."""
    posted = await api("chat.postMessage", channel="C0POLICY", text="one")
    workspace.archive("C0POLICY")
    assert (await api("chat.update", channel="C0POLICY", ts=posted["ts"], text="two"))["error"] == "is_inactive"
    workspace.unarchive("C0POLICY")
    assert (await api("chat.update", channel="C0POLICY", ts=posted["ts"], text="two"))["ok"]


async def test_the_address_of_a_reply_names_its_thread(workspace: Workspace, api: Api) -> None:
    """Slack: chat.getPermalink, "success_with_thread"."""
    parent = (await api("chat.postMessage", channel="C0POLICY", text="one"))["ts"]
    reply = (await api("chat.postMessage", channel="C0POLICY", text="two", thread_ts=parent))["ts"]
    for ts, end in ((parent, ""), (reply, f"?thread_ts={parent}&cid=C0POLICY")):
        link = (await api.form("chat.getPermalink", channel="C0POLICY", message_ts=ts))["permalink"]
        assert link == f"{workspace.url}archives/C0POLICY/p{ts.replace('.', '')}{end}"
