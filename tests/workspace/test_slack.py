"""Several workspaces behind one address: each call, reply and event stays with the workspace that it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from tests.support.installing import asking, consent, parts, press
from tests.support.waiting import PATIENCE_S
from tests.workspace.apps import ManualClock, manifest, modal
from tests.workspace.test_conformance import acking
from workspace.slack import Slack
from workspace.state.forms import MessagePlace
from workspace.state.records import Organisation, Team

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

    from workspace.server import Workspace

pytestmark = pytest.mark.usefixtures("patient_workspace")

BACK = "https://bot.example/back"
ORG = Organisation("E0ORG", "Departments")
ONE, OTHER = Team("T0ONE", "One", "one", ORG), Team("T0OTHER", "Other", "other", ORG)
EVENTS = ("app_mention", "message.im", "app_uninstalled", "tokens_revoked")
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}


def shared() -> dict[str, Any]:
    source = manifest(events=EVENTS)
    source["oauth_config"]["redirect_urls"] = [BACK]
    source["settings"]["org_deploy_enabled"] = True
    return source


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack(shared(), (ONE, OTHER)).serve() as served:
        yield served


def client_of(slack: Slack, workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(token=workspace.bot_token, base_url=slack.api_url)


async def test_a_call_is_of_the_workspace_of_its_token(slack: Slack) -> None:
    one, other = slack.workspaces.values()
    assert (await client_of(slack, one).auth_test())["team_id"] == "T0ONE"
    assert (await client_of(slack, other).auth_test())["team_id"] == "T0OTHER"
    posted = await client_of(slack, other).chat_postMessage(channel="C0POLICY", text="for the other alone")
    assert posted["message"]["team"] == "T0OTHER"
    assert (await client_of(slack, other).users_info(user="U0ADA"))["user"]["team_id"] == "T0OTHER"
    assert "for the other alone" in str(other.seen_by("U0ADA", "C0POLICY"))
    assert "for the other alone" not in str(one.seen_by("U0ADA", "C0POLICY"))
    with pytest.raises(SlackApiError) as refused:
        await AsyncWebClient(token="xoxb-none", base_url=slack.api_url).auth_test()
    assert refused.value.response["error"] == "invalid_auth"


async def test_one_connection_brings_both_and_each_reply_finds_its_own(
    slack: Slack, session: aiohttp.ClientSession
) -> None:
    one, other = slack.workspaces.values()
    listener = SocketModeClient(app_token=one.app_token, web_client=AsyncWebClient(base_url=slack.api_url))
    async with acking(listener) as taken:
        await one.type("U0ADA", "C0POLICY", "/echo one")
        await other.type("U0ADA", "C0POLICY", "/echo other")
        assert [(each["team_id"], each["text"]) for each in taken] == [("T0ONE", "one"), ("T0OTHER", "other")]
        await session.post(taken[1]["response_url"], json={"text": "answered by URL"})
        assert "answered by URL" in str(other.seen_by("U0ADA", "C0POLICY"))
        opened = await client_of(slack, one).views_open(trigger_id=taken[0]["trigger_id"], view=modal())
        assert (opened["view"]["team_id"], len(one.modals("U0ADA")), len(other.modals("U0ADA"))) == ("T0ONE", 1, 0)
        with pytest.raises(SlackApiError) as refused:
            await client_of(slack, one).views_open(trigger_id=taken[1]["trigger_id"], view=modal())
        assert refused.value.response["error"] == "invalid_trigger_id"
    assert "answered by URL" not in str(one.seen_by("U0ADA", "C0POLICY"))


async def test_an_organisation_installs_for_all_its_workspaces(slack: Slack, session: aiohttp.ClientSession) -> None:
    one, other = slack.workspaces.values()
    before = client_of(slack, one)
    address = asking(slack.authorize_url, one.client_id, "chat:write,commands,app_mentions:read")
    assert (await consent(session, address))[2] == ["T0ONE", "T0OTHER", "E0ORG"]
    code = parts(await press(session, address, "E0ORG"))["code"]
    client = AsyncWebClient(base_url=slack.api_url)
    identity = {"client_id": one.client_id, "client_secret": one.client_secret}
    answer = await client.oauth_v2_access(**identity, code=code)
    assert (answer["team"], answer["enterprise"]) == (None, {"id": "E0ORG", "name": "Departments"})
    assert answer["is_enterprise_install"]
    client.token = answer["access_token"]
    assert one.bot_token == other.bot_token == client.token
    me = await client.auth_test()
    assert (me["team_id"], me["enterprise_id"], me["is_enterprise_install"]) == ("E0ORG", "E0ORG", True)
    with pytest.raises(SlackApiError) as refused:
        await before.auth_test()
    assert refused.value.response["error"] == "account_inactive"
    for team, error in ((None, "missing_argument"), ("T0ELSE", "team_access_not_granted")):
        with pytest.raises(SlackApiError) as refused:
            await client.api_call("chat.postMessage", json={"channel": "C0POLICY", "text": "x", "team_id": team})
        assert refused.value.response["error"] == error
    await client.chat_postMessage(channel="C0POLICY", text="for the other", team_id="T0OTHER")
    assert "for the other" in str(other.seen_by("U0ADA", "C0POLICY"))
    assert "for the other" not in str(one.seen_by("U0ADA", "C0POLICY"))
    again = parts(await press(session, address, "T0ONE"))["code"]
    with pytest.raises(SlackApiError) as refused:
        await client.oauth_v2_access(**identity, code=again)
    assert refused.value.response["error"] == "cannot_install_an_org_installed_app"


async def test_payloads_say_which_organisation_installed_the_app(slack: Slack, session: aiohttp.ClientSession) -> None:
    one, other = slack.workspaces.values()
    listener = SocketModeClient(app_token=one.app_token, web_client=AsyncWebClient(base_url=slack.api_url))
    async with acking(listener) as taken:
        await one.type("U0ADA", "C0POLICY", "/echo")
        assert (taken[-1]["enterprise_id"], taken[-1]["is_enterprise_install"]) == ("E0ORG", "false")
        address = asking(slack.authorize_url, one.client_id, "chat:write,commands,app_mentions:read")
        code = parts(await press(session, address, "E0ORG"))["code"]
        identity = {"client_id": one.client_id, "client_secret": one.client_secret}
        client = AsyncWebClient(base_url=slack.api_url)
        client.token = (await client.oauth_v2_access(**identity, code=code))["access_token"]
        await other.type("U0ADA", "C0POLICY", "/echo")
        assert (taken[-1]["team_id"], taken[-1]["is_enterprise_install"]) == ("T0OTHER", "true")
        await other.type("U0ADA", "C0POLICY", "@Echo Bot hello")
        event = taken[-1]
        assert (event["team_id"], event["enterprise_id"]) == ("T0OTHER", "E0ORG")
        (authorization,) = event["authorizations"]
        assert (authorization["team_id"], authorization["is_enterprise_install"]) == ("T0OTHER", True)
        await other.global_shortcut("U0ADA", "echo_any")
        assert (taken[-1]["team"], taken[-1]["user"]["team_id"]) == (None, "T0OTHER")
        assert taken[-1]["enterprise"] == {"id": "E0ORG", "name": "Departments"}
        blocks = [{"type": "actions", "elements": [BUTTON]}]
        posted = await client.chat_postMessage(channel="C0POLICY", text="x", blocks=blocks, team_id="T0OTHER")
        await other.act("U0ADA", MessagePlace("C0POLICY", posted["ts"]), "", "go", {})
        assert taken[-1]["team"] == {
            "id": "T0OTHER",
            "domain": "other",
            "enterprise_id": "E0ORG",
            "enterprise_name": "Departments",
        }
        await client.apps_uninstall(**identity, team_id="T0ONE")
        await one.wait_until(lambda: "app_uninstalled" in str(one.dispatches), PATIENCE_S)
        await other.wait_until(lambda: "app_uninstalled" in str(other.dispatches), PATIENCE_S)
    removals = [each for each in taken if each.get("event", {}).get("type") == "app_uninstalled"]
    assert sorted(each["team_id"] for each in removals) == ["T0ONE", "T0OTHER"]


async def test_both_live_by_one_clock() -> None:
    slack = Slack(shared(), (ONE, OTHER), clock=ManualClock())
    one, other = slack.workspaces.values()
    versions = [each.state.version for each in (one, other)]
    one.clock.jump_by(60)
    assert one.clock.now() == other.clock.now()
    assert all(each.state.version > before for each, before in zip((one, other), versions, strict=True))
