"""Installing by OAuth, as Slack's client does it: consent, codes, tokens that rotate, and removal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from tests.support.installing import asking, consent, parts, press
from tests.workspace.apps import ManualClock, manifest
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

    from tests.workspace.apps import RawApp

BACK = "https://bot.example/slack/oauth_redirect"
SCOPES = "chat:write,commands"
EVENTS = ("app_home_opened", "app_mention", "message.im", "app_uninstalled", "tokens_revoked")


def installable(*, rotates: bool = False) -> dict[str, Any]:
    source = manifest(events=EVENTS)
    source["oauth_config"]["redirect_urls"] = [BACK]
    source["settings"]["token_rotation_enabled"] = rotates
    return source


@pytest.fixture(params=[False, True])
def rotates(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
async def workspace(clock: ManualClock, rotates: bool) -> AsyncIterator[Workspace]:  # noqa: FBT001 — a fixture
    async with Workspace(installable(rotates=rotates), clock=clock, is_installed=False).serve() as served:
        yield served


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(base_url=workspace.api_url)


async def code_for(workspace: Workspace, session: aiohttp.ClientSession, **more: str) -> str:
    address = asking(workspace.authorize_url, workspace.client_id, SCOPES, **more)
    return parts(await press(session, address, "T0TRY"))["code"]


async def exchange(workspace: Workspace, client: AsyncWebClient, **more: Any) -> Any:  # noqa: ANN401 — the client's own answer
    identity = {"client_id": workspace.client_id, "client_secret": workspace.client_secret}
    return await client.oauth_v2_access(**{**identity, **more})


async def refused(call: Any) -> str:  # noqa: ANN401 — a coroutine of any answer
    with pytest.raises(SlackApiError) as error:
        await call
    return str(error.value.response["error"])


async def test_allow_sends_a_code_back_with_the_state_and_cancel_an_error(
    workspace: Workspace, session: aiohttp.ClientSession
) -> None:
    address = asking(workspace.authorize_url, workspace.client_id, SCOPES, state="s&t", redirect_uri=f"{BACK}/below")
    status, form, places = await consent(session, address)
    assert (status, form["state"], places) == (200, "s&t", ["T0TRY"])
    allowed = await press(session, address, "T0TRY")
    assert allowed.startswith(f"{BACK}/below?code=")
    assert parts(allowed)["state"] == "s&t"
    assert parts(await press(session, address, "T0TRY", "cancel")) == {"error": "access_denied", "state": "s&t"}
    assert "cannot be installed in T0ELSE" in await press(session, address, "T0ELSE")


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"scope": ""}, "no_scopes"),
        ({"scope": "commands,admin"}, "invalid_scope"),
        ({"redirect_uri": "https://evil.example/slack/oauth_redirect"}, "bad_redirect_uri"),
        ({"redirect_uri": f"{BACK}-evil"}, "bad_redirect_uri"),
        ({"redirect_uri": f"{BACK}/../evil"}, "bad_redirect_uri"),
        ({"redirect_uri": "//bot.example/slack/oauth_redirect"}, "bad_redirect_uri"),
    ],
)
async def test_what_may_not_be_asked_for_gets_a_page_and_no_redirect(
    workspace: Workspace, session: aiohttp.ClientSession, asked: dict[str, str], word: str
) -> None:
    query = {"client_id": workspace.client_id, "scope": SCOPES, "redirect_uri": BACK, **asked}
    async with session.get(workspace.authorize_url, params=query, allow_redirects=False) as response:
        assert (response.status, word in await response.text()) == (400, True)


async def test_a_code_installs_once_and_the_token_works(
    workspace: Workspace,
    client: AsyncWebClient,
    session: aiohttp.ClientSession,
    rotates: bool,  # noqa: FBT001 — a fixture
) -> None:
    assert await refused(client.auth_test(token="xoxb-none")) == "invalid_auth"
    code = await code_for(workspace, session)
    answer = await exchange(workspace, client, code=code)
    assert answer["team"] == {"id": "T0TRY", "name": "Try-out workspace"}
    assert (answer["enterprise"], answer["is_enterprise_install"]) == (None, False)
    assert (answer["scope"], answer["token_type"], answer["bot_user_id"]) == (SCOPES, "bot", "U0BOT")
    assert answer["authed_user"] == {"id": "U0ADA"}
    assert answer.get("expires_in") == (43_200 if rotates else None)
    assert (await client.auth_test(token=answer["access_token"]))["team_id"] == "T0TRY"
    assert await refused(client.users_list(token=answer["access_token"])) == "missing_scope"
    assert await refused(exchange(workspace, client, code=code)) == "code_already_used"
    again = await exchange(workspace, client, code=await code_for(workspace, session))
    assert (again["access_token"] == answer["access_token"]) is not rotates
    calls = str(workspace.calls)
    assert not any(secret in calls for secret in (code, answer["access_token"], workspace.client_secret))


async def test_a_code_is_refused_late_elsewhere_and_to_others(
    workspace: Workspace, client: AsyncWebClient, session: aiohttp.ClientSession, clock: ManualClock
) -> None:
    code = await code_for(workspace, session, redirect_uri=BACK)
    assert await refused(exchange(workspace, client, code=code, client_id="1.2")) == "invalid_client_id"
    assert await refused(exchange(workspace, client, code=code, client_secret="x")) == "bad_client_secret"
    assert await refused(exchange(workspace, client, code=code)) == "bad_redirect_uri"
    assert await refused(exchange(workspace, client, code=code, redirect_uri=f"{BACK}/x")) == "bad_redirect_uri"
    assert await refused(exchange(workspace, client, code="1.2.3")) == "invalid_code"
    assert await refused(exchange(workspace, client, grant_type="password")) == "invalid_grant_type"
    clock.pass_time(600)
    assert await refused(exchange(workspace, client, code=code, redirect_uri=BACK)) == "invalid_code"


async def test_a_token_expires_after_twelve_hours_and_a_refresh_token_works_once(
    workspace: Workspace,
    client: AsyncWebClient,
    session: aiohttp.ClientSession,
    clock: ManualClock,
    rotates: bool,  # noqa: FBT001
) -> None:
    answer = await exchange(workspace, client, code=await code_for(workspace, session))
    clock.pass_time(43_199)
    assert (await client.auth_test(token=answer["access_token"]))["ok"]
    clock.pass_time(1)
    if not rotates:
        assert (await client.auth_test(token=answer["access_token"]))["ok"]
        return
    assert await refused(client.auth_test(token=answer["access_token"])) == "token_expired"
    refreshing = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
    fresh = await exchange(workspace, client, **refreshing)
    assert (fresh["team"]["id"], fresh["token_type"], fresh["expires_in"]) == ("T0TRY", "bot", 43_200)
    assert (await client.auth_test(token=fresh["access_token"]))["ok"]
    assert await refused(exchange(workspace, client, **refreshing)) == "invalid_refresh_token"
    rotator = AsyncTokenRotator(client_id=workspace.client_id, client_secret=workspace.client_secret, client=client)
    stored = {"bot_token": fresh["access_token"], "bot_refresh_token": fresh["refresh_token"]}
    bot = Bot(**stored, bot_id="B0BOT", bot_user_id="U0BOT", bot_token_expires_at=1, installed_at=1.0)
    rotated = await rotator.perform_bot_token_rotation(bot=bot)
    assert rotated is not None
    assert (await client.auth_test(token=rotated.bot_token))["team_id"] == "T0TRY"


async def test_a_revoked_token_and_a_removed_app_are_told_of(
    workspace: Workspace, client: AsyncWebClient, session: aiohttp.ClientSession, app: RawApp
) -> None:
    answer = await exchange(workspace, client, code=await code_for(workspace, session))
    client.token = answer["access_token"]
    assert (await client.auth_revoke(test=True))["revoked"] is False
    assert (await client.auth_revoke())["revoked"] is True
    assert await refused(client.auth_test()) == "token_revoked"
    told = [(await acked(app))["type"]]
    again = await exchange(workspace, client, code=await code_for(workspace, session))
    client.token = again["access_token"]
    assert client.token != answer["access_token"]
    identity = {"client_id": workspace.client_id, "client_secret": workspace.client_secret}
    assert await refused(client.apps_uninstall(**{**identity, "client_secret": "x"})) == "bad_client_secret"
    assert (await client.apps_uninstall(**identity))["ok"]
    told += [(await acked(app))["type"] for _ in range(2)]
    assert sorted(told) == ["app_uninstalled", "tokens_revoked", "tokens_revoked"]
    assert await refused(client.auth_test()) == "account_inactive"
    await workspace.type("U0ADA", "D0ADA", "hello")  # no event is sent any more
    assert [dispatch.envelope.payload["event"]["type"] for dispatch in workspace.dispatches] == told


async def acked(app: RawApp) -> dict[str, Any]:
    frame = await app.receive()
    await app.ack(frame)
    event: dict[str, Any] = frame["payload"]["event"]
    return event


@pytest.mark.parametrize("rotates", [True])
@pytest.mark.parametrize("words", ["\x00", "é" * 500, "<script>alert(1)</script>", "%f0%28", "1.2.ab' OR 1=1"])
async def test_strange_words_are_refused_and_shown_as_text(
    workspace: Workspace, client: AsyncWebClient, session: aiohttp.ClientSession, words: str
) -> None:
    assert await refused(exchange(workspace, client, code=words)) == "invalid_code"
    refreshing = exchange(workspace, client, grant_type="refresh_token", refresh_token=words)
    assert await refused(refreshing) == "invalid_refresh_token"
    for header in (words.encode().hex(), "Basic", "Basic !!", f"Basic {words.encode().hex()}"):
        async with session.post(f"{workspace.api_url}oauth.v2.access", headers={"Authorization": header}) as answer:
            assert (await answer.json())["error"] == "invalid_client_id"
    query = {"client_id": workspace.client_id, "scope": "commands", "redirect_uri": words, "state": words}
    async with session.get(workspace.authorize_url, params=query) as answer:
        assert answer.status == 400
        assert "<script>" not in await answer.text()
    address = asking(workspace.authorize_url, workspace.client_id, SCOPES, state=words)
    assert parts(await press(session, address, "T0TRY", "cancel"))["state"] == words
    async with session.get(address) as answer:
        assert "<script>" not in await answer.text()
    async with session.post(workspace.authorize_url, data=query, headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403
