"""Channels, members and the app under administration: what the app is told, and what it may see from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from tests.workspace.apps import ALL_SCOPES, Api, RawApp, manifest
from workspace.server import Workspace
from workspace.state.records import BOT_USER_ID, TEAM_ID, User
from workspace.wire.remote import ADMINISTRATION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.workspace.apps import ManualClock

ABOUT_CHANNELS = ("archive", "deleted", "left", "rename", "unarchive")
EVENTS = (
    "app_mention",
    "app_uninstalled",
    "channel_created",
    *(f"{kind}_{what}" for kind in ("channel", "group") for what in ABOUT_CHANNELS),
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "tokens_revoked",
)
ELSEWHERE = "T0ELSEWHERE"
SAM = User("U0SAM", "sam", "Sam", team_id=ELSEWHERE)


@pytest.fixture
async def workspace(clock: ManualClock) -> AsyncIterator[Workspace]:
    async with Workspace(
        manifest(scopes=[*ALL_SCOPES, "groups:history"], events=EVENTS), clock=clock
    ).serve() as served:
        yield served


async def told(app: RawApp) -> dict[str, Any]:
    """Return the next event that the app is sent, without what every event has."""
    frame = await app.receive()
    await app.ack(frame)
    event = frame["payload"]["event"]
    return {key: value for key, value in event.items() if key != "event_ts"}


async def asked(workspace: Workspace, session: aiohttp.ClientSession, method: str, **form: str) -> dict[str, Any]:
    """Call a method that takes a form."""
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    async with session.post(f"{workspace.api_url}{method}", data=form, headers=headers) as response:
        answer: dict[str, Any] = await response.json()
        return answer


@pytest.mark.parametrize("is_private", [False, True])
async def test_each_change_of_a_channel_is_an_event_of_its_kind(
    workspace: Workspace, app: RawApp, *, is_private: bool
) -> None:
    kind = "group" if is_private else "channel"
    here = workspace.create_channel("plans", ["U0ADA"], is_private=is_private).id
    if not is_private:
        made = await told(app)
        assert (made["type"], made["channel"]["id"], made["channel"]["name"]) == ("channel_created", here, "plans")
    workspace.invite_bot(here)
    joined = {"type": "member_joined_channel", "user": BOT_USER_ID, "channel": here, "team": TEAM_ID}
    assert await told(app) == joined | {"channel_type": kind[0].upper(), "inviter": "U0ADA"}
    workspace.archive(here)
    about = {"channel": here, "team": TEAM_ID}
    assert await told(app) == {"type": f"{kind}_archive", "user": "U0ADA", "is_moved": 0, **about}
    workspace.unarchive(here)
    who = {"actor_id" if is_private else "user": "U0ADA"}
    assert await told(app) == {"type": f"{kind}_unarchive", **who, **about}
    workspace.rename(here, "plans-2")
    renamed = await told(app)
    assert (renamed["type"], renamed["channel"]["id"]) == (f"{kind}_rename", here)
    assert renamed["channel"]["name"] == renamed["channel"]["name_normalized"] == "plans-2"
    workspace.invite(here, "U0GRACE")
    assert (await told(app))["user"] == "U0GRACE"
    workspace.remove(here, "U0GRACE")
    assert (await told(app))["type"] == "member_left_channel"
    workspace.remove_bot(here)
    assert await told(app) == {"type": f"{kind}_left", "actor_id": "U0ADA", **about}
    workspace.invite_bot(here)
    await told(app)
    workspace.delete_channel(here)
    gone = await told(app)
    assert (gone["type"], gone["channel"], gone["actor_id"]) == (f"{kind}_deleted", here, "U0ADA")
    assert ("date_deleted" in gone) is is_private


async def test_an_app_hears_of_public_channels_it_is_not_in_and_of_no_such_private_ones(
    workspace: Workspace, app: RawApp
) -> None:
    hidden = workspace.create_channel("hidden", ["U0ADA"], is_private=True).id
    workspace.archive(hidden)
    workspace.invite(hidden, "U0GRACE")
    workspace.delete_channel(hidden)
    workspace.invite("C0RANDOM", "U0GUEST")
    workspace.archive("C0RANDOM")
    assert (await told(app))["type"] == "channel_archive"


async def test_a_private_channel_is_seen_by_its_members_alone(workspace: Workspace, api: Api) -> None:
    here = workspace.create_channel("plans", ["U0ADA", "U0GRACE"], is_private=True).id
    for method in ("conversations.info", "conversations.members", "conversations.history", "conversations.join"):
        assert (await asked(workspace, api.session, method, channel=here))["error"] == "channel_not_found", method
    for place in (here, "plans", "#plans"):
        assert (await api("chat.postMessage", channel=place, text="x"))["error"] == "channel_not_found"
    shown = await api("chat.postEphemeral", channel=here, user="U0ADA", text="x")
    assert shown["error"] == "channel_not_found"
    workspace.invite_bot(here)
    about = (await asked(workspace, api.session, "conversations.info", channel=here))["channel"]
    assert (about["is_private"], about["is_channel"], about["is_group"]) == (True, True, False)
    assert (await api("conversations.join", channel=here))["error"] == "method_not_supported_for_channel_type"
    assert (await api("chat.postMessage", channel="#plans", text="x"))["ok"]
    assert (await api("conversations.history", channel=here))["messages"][0]["text"] == "x"
    workspace.remove_bot(here)
    assert (await api("chat.postMessage", channel=here, text="x"))["error"] == "channel_not_found"


async def test_lists_have_private_channels_only_where_the_app_is_and_with_their_scope(
    workspace: Workspace, session: aiohttp.ClientSession, clock: ManualClock
) -> None:
    async def listed(served: Workspace, method: str, **more: str) -> list[str]:
        answer = await asked(served, session, method, **more)
        return [each["id"] for each in answer["channels"]] if answer["ok"] else [answer["error"]]

    seen = workspace.create_channel("plans", ["U0ADA", BOT_USER_ID], is_private=True).id
    workspace.create_channel("hidden", ["U0ADA"], is_private=True)
    for method, more in (("conversations.list", {}), ("users.conversations", {"user": "U0ADA"})):
        assert await listed(workspace, method, types="private_channel", **more) == [seen]
        assert seen not in await listed(workspace, method, **more)
    few = [scope for scope in ALL_SCOPES if not scope.startswith("groups:")]
    async with Workspace(manifest(scopes=few), clock=clock).serve() as other:
        assert await listed(other, "conversations.list", types="private_channel") == ["missing_scope"]


async def test_messages_and_commands_in_a_private_channel_are_of_its_type(workspace: Workspace, app: RawApp) -> None:
    here = workspace.create_channel("plans", ["U0ADA", BOT_USER_ID], is_private=True).id
    payload, _ = await app.take(workspace.type("U0ADA", here, "hello"))
    event = payload["event"]
    assert (event["type"], event["channel"], event["channel_type"]) == ("message", here, "group")
    payload, _ = await app.take(workspace.type("U0ADA", here, "/echo hello"))
    assert (payload["channel_id"], payload["channel_name"]) == (here, "privategroup")


async def test_somebody_of_another_organisation_is_told_by_their_team(
    workspace: Workspace, app: RawApp, api: Api
) -> None:
    workspace.add_person(SAM)
    assert (await asked(workspace, api.session, "users.info", user="U0SAM"))["user"]["is_stranger"] is True
    workspace.invite("C0POLICY", "U0SAM")
    joined = await told(app)
    assert (joined["user"], joined["team"]) == ("U0SAM", ELSEWHERE)
    about = (await asked(workspace, api.session, "users.info", user="U0SAM"))["user"]
    assert (about["team_id"], about["profile"]["team"], about["is_stranger"]) == (ELSEWHERE, ELSEWHERE, False)
    assert "is_stranger" not in (await asked(workspace, api.session, "users.info", user="U0ADA"))["user"]
    assert "U0SAM" not in str(await asked(workspace, api.session, "users.list"))
    assert (await asked(workspace, api.session, "conversations.info", channel="C0POLICY"))["channel"][
        "is_ext_shared"
    ] is True
    assert (await asked(workspace, api.session, "conversations.info", channel="C0GENERAL"))["channel"][
        "is_ext_shared"
    ] is False
    assert "not a valid command" in str((await workspace.type("U0SAM", "C0POLICY", "/echo hello")).message)


async def test_a_shared_channels_messages_name_the_team_of_their_author(workspace: Workspace, app: RawApp) -> None:
    workspace.add_person(SAM)
    payload, _ = await app.take(workspace.type("U0ADA", "C0POLICY", "hello"))
    assert (payload["is_ext_shared_channel"], "user_team" in payload["event"]) == (False, False)
    workspace.invite("C0POLICY", "U0SAM")
    await told(app)
    for user, team in (("U0SAM", ELSEWHERE), ("U0ADA", TEAM_ID)):
        payload, _ = await app.take(workspace.type(user, "C0POLICY", "hello"))
        assert (payload["team_id"], payload["is_ext_shared_channel"]) == (TEAM_ID, True)
        assert [payload["event"][key] for key in ("team", "user_team", "source_team")] == [team] * 3


async def test_a_removed_apps_token_is_of_an_inactive_account(workspace: Workspace, app: RawApp, api: Api) -> None:
    workspace.uninstall()
    kinds = {(await told(app))["type"] for _ in range(2)}
    assert kinds == {"tokens_revoked", "app_uninstalled"}
    assert (await api("auth.test"))["error"] == "account_inactive"
    assert (await api("auth.test", token="xoxb-wrong"))["error"] == "invalid_auth"


@pytest.mark.parametrize(
    ("answer", "is_verified"), [("challenge", True), ("json", True), ("other", False), ("500", False)]
)
async def test_an_address_is_verified_by_its_answer_to_a_signed_challenge(
    clock: ManualClock, unused_tcp_port: int, answer: str, *, is_verified: bool
) -> None:
    signed: list[str] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        signed.append(request.headers["X-Slack-Signature"])
        assert (body["type"], body["token"] != "") == ("url_verification", True)
        if answer == "json":
            return web.json_response({"challenge": body["challenge"]})
        return web.Response(
            text=body["challenge"] if answer == "challenge" else "x", status=500 if answer == "500" else 200
        )

    application = web.Application()
    application.router.add_post("/", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    url = f"http://127.0.0.1:{unused_tcp_port}/"
    async with Workspace(manifest(url=url), clock=clock).serve() as served, aiohttp.ClientSession() as session:
        assert await served.verify_url() is is_verified
        async with session.put(f"{served.url.rstrip('/')}{ADMINISTRATION}", json={"do": "verify"}) as response:
            assert await response.json() == {"verified": is_verified}
    await runner.cleanup()
    assert all(each.startswith("v0=") for each in signed)


async def test_everything_is_done_from_outside_too(workspace: Workspace, session: aiohttp.ClientSession) -> None:
    async def put(**body: object) -> tuple[int, dict[str, Any]]:
        async with session.put(f"{workspace.url.rstrip('/')}{ADMINISTRATION}", json=body) as answer:
            return answer.status, await answer.json()

    status, made = await put(do="create", name="plans", private=True)
    here = made["id"]
    assert (status, made["name"], made["is_private"]) == (200, "plans", True)
    for body in (
        {"do": "invite", "channel": here, "user": BOT_USER_ID},
        {"do": "rename", "channel": here, "name": "plans-2"},
        {"do": "archive", "channel": here},
        {"do": "unarchive", "channel": here},
        {"do": "remove", "channel": here, "user": "U0ADA"},
    ):
        assert await put(**body) == (200, {})
    channel = workspace.state.channel(here)
    assert channel is not None
    assert (channel.name, channel.members, channel.is_archived) == ("plans-2", frozenset({BOT_USER_ID}), False)
    assert await put(do="delete", channel=here) == (200, {})
    assert workspace.state.channel(here) is None
    assert await put(do="uninstall") == (200, {})


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"do": "administer"},
        {"do": "delete_channel", "channel": "C0POLICY"},
        {"do": "archive", "channel": "C0NOWHERE"},
        {"do": "archive", "channel": "D0ADA"},
        {"do": "archive", "channel": ["C0POLICY"]},
        {"do": "invite", "channel": "C0POLICY", "user": "U0NOBODY"},
        {"do": "create", "name": "policy", "private": False},
        {"do": "create", "name": "Plans", "private": False},
        {"do": "create", "name": "a b", "private": True},
        {"do": "create", "name": "", "private": True},
        {"do": "create", "name": "x" * 81, "private": True},
        {"do": "create", "name": "<b>", "private": True},
        {"do": "rename", "channel": "C0POLICY", "name": "general"},
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_sentence(
    workspace: Workspace, session: aiohttp.ClientSession, body: object
) -> None:
    before = workspace.state.channels
    async with session.put(f"{workspace.url.rstrip('/')}{ADMINISTRATION}", json=body) as answer:
        assert (answer.status, (await answer.text()).endswith(".\n")) == (400, True)
    assert workspace.state.channels == before
