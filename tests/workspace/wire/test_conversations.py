"""conversations.*: what is read, and each refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workspace.apps import Api, manifest
from workspace.server import Workspace

if TYPE_CHECKING:
    import aiohttp


async def test_info_says_whether_the_bot_is_a_member(api: Api) -> None:
    assert (await api.form("conversations.info", channel="C0POLICY"))["channel"]["is_member"] is True
    random = await api.form("conversations.info", channel="C0RANDOM", include_num_members="true")
    assert (random["channel"]["is_member"], random["channel"]["num_members"]) == (False, 3)
    assert (await api.form("conversations.info", channel="D0ADA"))["channel"]["user"] == "U0ADA"


async def test_methods_that_take_forms_do_not_see_json(api: Api) -> None:
    answer = await api("conversations.info", channel="C0POLICY")
    assert answer["errors"] == ["missing required field: channel"]
    assert (await api("users.info", user="U0ADA"))["error"] == "user_not_found"


async def test_list_by_kind_and_page(api: Api) -> None:
    first = await api.form("conversations.list", limit="2")
    assert [channel["name"] for channel in first["channels"]] == ["general", "policy"]
    cursor = first["response_metadata"]["next_cursor"]
    second = await api.form("conversations.list", limit="2", cursor=cursor)
    assert [channel["name"] for channel in second["channels"]] == ["random"]
    assert second["response_metadata"]["next_cursor"] == ""
    direct = await api.form("conversations.list", types="im")
    assert [channel["id"] for channel in direct["channels"]] == ["D0ADA", "D0GRACE", "D0MAYA", "D0GUEST"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"types": "secret"}, "invalid_types"),
        ({"cursor": "x"}, "invalid_cursor"),
        ({"cursor": "bmV4dDp4"}, "invalid_cursor"),
        ({"limit": "1000"}, "invalid_limit"),
        ({"limit": "many"}, "invalid_arguments"),
    ],
)
async def test_a_list_is_refused(api: Api, arguments: dict[str, str], error: str) -> None:
    assert (await api.form("conversations.list", **arguments))["error"] == error


async def test_the_channels_of_a_user(workspace: Workspace, api: Api) -> None:
    theirs = (await api.form("users.conversations", user="U0GUEST", types="public_channel,im"))["channels"]
    assert [channel["id"] for channel in theirs] == ["C0GENERAL", "D0GUEST"]
    bots = await api.form("users.conversations", limit="1")
    assert [channel["id"] for channel in bots["channels"]] == ["C0GENERAL"]
    assert bots["response_metadata"]["next_cursor"]
    assert (await api.form("users.conversations", user="U0NONE"))["error"] == "user_not_found"
    workspace.state.archive("C0POLICY")
    left = (await api.form("users.conversations", user="U0ADA", exclude_archived="true"))["channels"]
    assert [channel["id"] for channel in left] == ["C0GENERAL", "C0RANDOM"]


async def test_members(api: Api) -> None:
    assert (await api.form("conversations.members", channel="C0RANDOM"))["members"] == ["U0ADA", "U0GRACE", "U0MAYA"]


async def test_history_is_newest_first_without_replies_and_ephemeral_ones(api: Api) -> None:
    one = await api("chat.postMessage", channel="C0POLICY", text="one")
    await api("chat.postMessage", channel="C0POLICY", text="reply", thread_ts=one["ts"])
    await api("chat.postEphemeral", channel="C0POLICY", user="U0ADA", text="hidden")
    two = await api("chat.postMessage", channel="C0POLICY", text="two")
    history = await api("conversations.history", channel="C0POLICY")
    assert [message["text"] for message in history["messages"]] == ["two", "one"]
    assert history["messages"][1]["reply_count"] == 1
    only = await api("conversations.history", channel="C0POLICY", oldest=two["ts"], inclusive=True)
    assert [message["text"] for message in only["messages"]] == ["two"]
    after = await api("conversations.history", channel="C0POLICY", oldest=two["ts"])
    assert after["messages"] == []
    page = await api("conversations.history", channel="C0POLICY", limit=1)
    assert page["has_more"] is True


async def test_metadata_is_whole_only_when_asked_for(api: Api) -> None:
    metadata = {"event_type": "post", "event_payload": {"n": 1}}
    await api("chat.postMessage", channel="C0POLICY", text="x", metadata=metadata)
    short = await api("conversations.history", channel="C0POLICY")
    assert short["messages"][0]["metadata"] == {"event_type": "post"}
    whole = await api("conversations.history", channel="C0POLICY", include_all_metadata=True)
    assert whole["messages"][0]["metadata"] == metadata


async def test_replies_begin_with_the_parent(api: Api) -> None:
    parent = await api("chat.postMessage", channel="C0POLICY", text="parent")
    await api("chat.postMessage", channel="C0POLICY", text="reply", thread_ts=parent["ts"])
    thread = await api.form("conversations.replies", channel="C0POLICY", ts=parent["ts"])
    assert [message["text"] for message in thread["messages"]] == ["parent", "reply"]
    assert (await api.form("conversations.replies", channel="C0POLICY", ts="1.0"))["error"] == "thread_not_found"


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("conversations.history", {"channel": "C0RANDOM"}, "not_in_channel"),
        ("conversations.history", {"channel": "C0NONE"}, "channel_not_found"),
        ("conversations.history", {"channel": "C0GENERAL", "oldest": "x"}, "invalid_ts_oldest"),
        ("conversations.join", {"channel": "D0ADA"}, "method_not_supported_for_channel_type"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": "U0NONE"}, "user_not_found"),
        ("conversations.open", {"users": "U0BOT"}, "cannot_dm_bot"),
        ("conversations.open", {"users": "U0ADA,U0GRACE"}, "method_not_supported_for_channel_type"),
    ],
)
async def test_a_refusal(api: Api, method: str, arguments: dict[str, str], error: str) -> None:
    assert (await api(method, **arguments))["error"] == error


async def test_join_makes_the_bot_a_member(workspace: Workspace, api: Api) -> None:
    assert (await api("conversations.join", channel="C0RANDOM"))["channel"]["is_member"] is True
    again = await api("conversations.join", channel="C0RANDOM")
    assert (again["ok"], again["warning"]) == (True, "already_in_channel")
    assert (await api("chat.postMessage", channel="C0RANDOM", text="x"))["ok"]
    assert workspace.seen_by("U0ADA", "C0RANDOM")


async def test_open_gives_the_direct_message(api: Api) -> None:
    assert (await api("conversations.open", users="U0ADA"))["channel"] == {"id": "D0ADA"}
    assert (await api("conversations.open", users="U0ADA", return_im=True))["channel"]["is_im"] is True
    assert (await api("conversations.open", channel="D0GRACE"))["channel"] == {"id": "D0GRACE"}


async def test_each_kind_of_channel_needs_its_scope(session: aiohttp.ClientSession) -> None:
    async with Workspace(manifest(scopes=["commands", "im:read"], events=())).serve() as workspace:
        api = Api(workspace, session)
        assert (await api.form("conversations.info", channel="D0ADA"))["ok"]
        refused = await api.form("conversations.info", channel="C0POLICY")
        assert refused == {
            "ok": False,
            "error": "missing_scope",
            "needed": "channels:read",
            "provided": "commands,im:read",
        }
        assert (await api.form("users.info", user="U0ADA"))["needed"] == "users:read"


async def test_a_channel_is_not_opened_as_a_direct_message(api: Api) -> None:
    """Slack: conversations.open, `channel` is a direct message's id."""
    assert (await api("conversations.open", channel="C0POLICY"))["error"] == "method_not_supported_for_channel_type"
    assert (await api("conversations.open", channel="D0ADA"))["channel"] == {"id": "D0ADA"}


async def test_a_home_of_nobody_is_an_invalid_argument(api: Api) -> None:
    """Slack: views.publish, the example of an error."""
    answer = await api("views.publish", user_id="U0NOBODY", view={"type": "home", "blocks": []})
    assert (answer["error"], answer["errors"]) == ("invalid_arguments", ["invalid `user_id`"])
