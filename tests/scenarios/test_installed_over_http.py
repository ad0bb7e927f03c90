"""Several workspaces over HTTP, and two processes on one database behind a balancer: what one does, the other knows."""

from __future__ import annotations

import asyncio
import json
from itertools import product
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from pydantic import SecretStr

import app as wiring
from bot.outbox.delivery import NotDeliveredError
from handlers.slack.installations import oauth_installations
from handlers.slack.manifests import over_http
from tests.scenarios.installed import ONE, OTHER, Shared, bot_of, settings_for
from tests.scenarios.scene import ADA, GENERAL
from tests.support.proxy import Proxy
from tests.support.waiting import PATIENCE_S
from workspace.slack import Slack

if TYPE_CHECKING:
    from pathlib import Path

    from app import App
    from bot.store.database import Database
    from workspace.server import Workspace


def manifest(address: str) -> dict[str, Any]:
    """Return the app's manifest for HTTP, with tokens that expire; the balancer, whose address it is, has no TLS."""
    found = over_http(wiring.read_manifest(), address.replace("http://", "https://"))
    found["settings"]["token_rotation_enabled"] = True
    text = json.dumps(found).replace(address.replace("http://", "https://"), address)
    return dict[str, Any](json.loads(text))


def lead(balancer: Proxy, *ports: int) -> None:
    """Lead every request to these ports from now on, alternately."""
    balancer.lead(*ports)
    balancer.reset()


async def asks(workspace: Workspace) -> str:
    """Look up by a signed command, and return the ts of the answer."""
    result = await workspace.type(ADA, GENERAL, "/fact growth zones")
    assert result.acked, result
    shown = workspace.seen_by(ADA, GENERAL)[-1]
    assert "Growth Zone" in shown["text"]
    return str(shown["ts"])


async def posts(workspace: Workspace) -> None:
    """Look up, and post the answer to the channel by its button."""
    await workspace.press(ADA, GENERAL, await asks(workspace), "post")
    await workspace.wait_until(lambda: "Posted by Ada." in str(workspace.seen_by(ADA, GENERAL)), PATIENCE_S)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_two_processes_share_what_is_installed_refreshed_and_removed(
    database: Database,
    unused_tcp_port: int,
    another_tcp_port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oauth_installations, "POLL_S", 0.05)
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        (balancer := Proxy()).serve(),
        Slack(manifest(balancer.url), (ONE, OTHER), is_installed=False).serve() as slack,
        aiohttp.ClientSession(cookie_jar=jar) as browser,
    ):
        more = {
            "slack_app_token": None,
            "slack_signing_secret": SecretStr(slack.app.credentials.signing_secret),
            "public_url": balancer.url,
            "database_url": SecretStr(database.url.render_as_string(hide_password=False)),
        }
        ports = (unused_tcp_port, another_tcp_port)
        first, second = (settings_for(slack, port, tmp_path / str(port), **more) for port in ports)
        async with bot_of(slack, first) as one, bot_of(slack, second) as other:
            play = Shared(slack, one, browser, balancer.url, tmp_path)
            lead(balancer, ports[0])
            for team in (ONE, OTHER):
                assert (await play.install(team.id))[0] == 200
            lead(balancer, ports[1])
            for workspace in (play.one, play.other):
                await posts(workspace)
            await other.tasks.finish(PATIENCE_S)
            lead(balancer, *ports)
            await require_refreshed_once(play, one, other)
            await require_removed_from_both(play, one, other)


async def require_refreshed_once(play: Shared, *apps: App) -> None:
    """Let the tokens become old, and fail unless one process refreshes each, and all use the new one."""
    before = {workspace: workspace.bot_token for workspace in (play.one, play.other)}
    play.slack.app.clock.jump_by(11 * 3600)
    await play.until(lambda: all(workspace.bot_token != token for workspace, token in before.items()))
    for workspace, app in product(before, apps):
        await until_token(app, workspace.state.team.id, workspace.bot_token)
    asked = [call.method for workspace in before for call in workspace.calls]
    assert asked.count("oauth.v2.access") == 4, "two were installed, and each was refreshed once"
    for workspace in (*before, *before):
        await asks(workspace)


async def require_removed_from_both(play: Shared, *apps: App) -> None:
    """Remove the app from one workspace, and fail unless neither process serves it, and both serve the other."""
    play.one.uninstall()
    for app in apps:
        async with asyncio.timeout(PATIENCE_S):
            while await app.installations.serves(ONE.id, None):  # noqa: ASYNC110 — only the database tells
                await asyncio.sleep(0.02)
        assert not await token_in(app, ONE.id)
        await until_token(app, OTHER.id, play.other.bot_token)
    for _ in apps:
        await asks(play.other)


async def until_token(app: App, team: str, token: str) -> None:
    """Wait until a process uses a token in a workspace."""
    async with asyncio.timeout(PATIENCE_S):
        while await token_in(app, team) != token:  # noqa: ASYNC110 — the same
            await asyncio.sleep(0.02)


async def token_in(app: App, team: str) -> str:
    """Return the token that a process uses in a workspace; nothing for none."""
    try:
        return await app.installations.token_of(team)
    except NotDeliveredError:
        return ""
