"""Workspaces install the app by OAuth, use it, remove it, and install it again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select

from bot.errors import ConfigError
from bot.store.errors import StoreError
from bot.store.installation_tables import installed_workspaces, slack_bots, slack_installations
from handlers.slack.installations import oauth_installations
from tests.scenarios.installed import (
    DEPARTMENTS,
    KEY,
    ONE,
    OTHER,
    Shared,
    bot_of,
    manifest,
    settings_for,
    shared,
)
from tests.scenarios.scene import ADA, GENERAL, ScenarioClock
from tests.support.installing import parts, press
from tests.support.up_to_date import copy_up_to_date
from tests.support.waiting import PATIENCE_S
from workspace.slack import Slack

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Row, Table

    from workspace.server import Workspace

SUBSCRIBE = "/briefing subscribe infrastructure alerts"
ALERTS = "Infrastructure alerts: every change, since"


async def rows(play: Shared, table: Table) -> list[Row[Any]]:
    async with play.app.database.reading() as connection:
        return list(await connection.execute(select(table)))


async def removed(play: Shared, count: int) -> list[Row[Any]]:
    """Wait until so many have removed the app."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = [each for each in await rows(play, installed_workspaces) if each.removed_at]
            if len(found) == count:
                return found
            await asyncio.sleep(0.02)


async def says(workspace: Workspace, words: str, wanted: str) -> None:
    """Type, and wait until a text is seen that has what is wanted."""
    before = len(workspace.seen_by(ADA, GENERAL))
    await workspace.type(ADA, GENERAL, words)
    await workspace.wait_until(lambda: wanted in str(workspace.seen_by(ADA, GENERAL)[before:]), PATIENCE_S)


def _is_away() -> None:
    raise StoreError("The database is away.")


async def test_two_workspaces_install_it_share_it_and_one_removes_it(
    unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shared(unused_tcp_port) as play:
        status, page = await play.install(ONE.id)
        assert (status, "installed in One &amp; Co." in page, "<script" in page) == (200, True, False)
        await play.install(OTHER.id)
        for workspace in (play.one, play.other):
            await says(workspace, SUBSCRIBE, "subscribed this channel")
        assert len(await rows(play, slack_bots)) == len(await rows(play, slack_installations)) == 2
        stored = b"".join(each.read_bytes() for each in play.folder.iterdir() if each.is_file())
        asked = [call.method for workspace in (play.one, play.other) for call in workspace.calls]
        assert asked.count("auth.test") == 2, "once for each installation, and for no request"
        with monkeypatch.context() as away:
            away.setattr(play.app.database, "reading", _is_away)
            await says(play.one, "/fact growth zones", "AI Growth Zones")
        tokens = [each.bot_token for each in play.slack.workspaces.values()]
        assert b"T0ONE" in stored
        assert not any(token.encode() in stored for token in tokens), "tokens are encrypted"

        play.one.uninstall()
        (gone,) = await removed(play, 1)
        assert (gone.workspace, (gone.erase_after - gone.removed_at).days) == (ONE.id, 30)
        assert [each.team_id for each in await rows(play, slack_bots)] == [OTHER.id]
        await says(play.other, "/briefing subscriptions", ALERTS)

        await play.install(ONE.id)
        await says(play.one, "/briefing subscriptions", ALERTS)
        assert not any(each.removed_at or each.erase_after for each in await rows(play, installed_workspaces))


async def test_a_workspace_that_has_not_installed_it_is_refused(
    unused_tcp_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async with shared(unused_tcp_port) as play:
        await play.install(ONE.id)
        body = {
            "type": "block_actions",
            "team": {"id": "T0ELSE"},
            "user": {"id": ADA},
            "actions": [{"action_id": "post"}],
            "trigger_id": "1",
        }
        answer = await play.app.server._take_payload(body)  # noqa: SLF001 — Slack would not send it
        assert (answer.status, answer.body) == (403, "")
    assert "another workspace" in capsys.readouterr().out


async def test_an_organisation_installs_it_for_all_and_removes_it_from_all(
    unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth_installations, "POLL_S", 0.05)
    teams = [replace(each, organisation=DEPARTMENTS) for each in (ONE, OTHER)]
    async with shared(unused_tcp_port, *teams, rotates=True) as play:
        await play.install(DEPARTMENTS.id)
        await says(play.other, SUBSCRIBE, "subscribed this channel")
        await play.other.global_shortcut(ADA, "find_fact")
        play.other.open_home(ADA)
        await play.until(lambda: play.other.modals(ADA) and play.other.home(ADA))
        token = play.one.bot_token
        play.slack.app.clock.jump_by(11 * 3600)
        await play.until(lambda: play.one.bot_token != token)
        await says(play.other, "/briefing subscriptions", ALERTS)
        for workspace in (play.other, play.one):
            workspace.uninstall()
        assert sorted(each.workspace for each in await removed(play, 3)) == [DEPARTMENTS.id, ONE.id, OTHER.id]
        assert not await rows(play, slack_bots)


async def test_what_is_wrong_with_an_installation_is_said_and_nothing_is_stored(
    unused_tcp_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async with shared(unused_tcp_port) as play, aiohttp.ClientSession() as elsewhere:
        back = f"{play.url}/slack/oauth_redirect"

        async def tried(address: str, browser: aiohttp.ClientSession | None = None) -> tuple[int, str]:
            status, page = await play.open(address, browser)
            assert "<script" not in page
            assert not await rows(play, slack_bots)
            found = capsys.readouterr().out.rpartition("installation.failed")[2]
            return status, found.split("reason=")[1].split()[0]

        script, long = "<script>alert(1)</script>", "x" * 2_000
        assert await tried(f"{back}?{urlencode({'error': 'access_denied'})}") == (200, "access_denied")
        assert await tried(f"{back}?{urlencode({'error': script})}") == (400, "refused")
        for query in ({}, {"state": "", "code": ""}, {"state": script, "code": script}, {"state": long, "code": long}):
            assert await tried(f"{back}?{urlencode(query)}") == (400, "other_browser")

        allowed = await press(play.browser, await play.begin(), ONE.id)
        assert await tried(allowed, elsewhere) == (400, "other_browser")
        state = parts(allowed)["state"]
        assert await tried(f"{back}?{urlencode({'state': state, 'code': script})}") == (400, "code")
        again = await press(play.browser, await play.begin(), ONE.id)
        play.slack.app.clock.jump_by(601)
        assert await tried(again) == (400, "state")
        cancelled = await press(play.browser, await play.begin(), ONE.id, "cancel")
        assert await tried(cancelled) == (200, "access_denied")

        async with play.browser.get(f"{play.url}/slack/install?team={script}", allow_redirects=False) as response:
            cookie = response.headers["Set-Cookie"]
            assert "script" not in response.headers["Location"]
            assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/slack/oauth_redirect"))
        async with play.browser.post(f"{play.url}/slack/install") as response:
            assert response.status == 405
        finished = await press(play.browser, await play.begin(), ONE.id)
        status, page = await play.open(finished)
        assert (status, "Installed" in page) == (200, True)
        status, page = await play.open(finished)
        assert (status, "in another browser" in page) == (400, True), "its cookie is gone"


async def test_only_those_named_may_install_it(unused_tcp_port: int) -> None:
    async with shared(unused_tcp_port, slack_workspaces=f"{OTHER.id}, E0ELSE") as play:
        status, page = await play.install(ONE.id)
        assert (status, "not one of those for which the bot is run" in page) == (403, True)
        assert (await play.install(OTHER.id))[0] == 200


async def test_keys_that_read_nothing_stop_the_start_and_one_lost_token_stops_nobody_else(
    unused_tcp_port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy_up_to_date(tmp_path)
    new = Fernet.generate_key().decode()
    source = manifest(unused_tcp_port)
    async with Slack(source, (ONE, OTHER), clock=ScenarioClock(), is_installed=False).serve() as slack:
        jar = aiohttp.CookieJar(unsafe=True)
        for workspace, key in ((ONE.id, KEY), (OTHER.id, f"{new},{KEY}")):
            settings = settings_for(slack, unused_tcp_port, tmp_path, token_keys=SecretStr(key))
            async with bot_of(slack, settings) as app, aiohttp.ClientSession(cookie_jar=jar) as browser:
                play = Shared(slack, app, browser, settings.public_url, tmp_path)
                assert (await play.install(workspace))[0] == 200
        capsys.readouterr()
        settings = settings_for(slack, unused_tcp_port, tmp_path, token_keys=SecretStr(new))
        async with bot_of(slack, settings):
            told = capsys.readouterr().out
            assert "installation.unreadable" in told
            assert f"workspace={ONE.id}" in told
            await says(slack.workspaces[OTHER.id], SUBSCRIBE, "subscribed this channel")
            await says(slack.workspaces[ONE.id], "/fact growth zones", "AI Growth Zones")
        settings = settings_for(slack, unused_tcp_port, tmp_path, token_keys=SecretStr(Fernet.generate_key().decode()))
        with pytest.raises(ConfigError, match="No key of TOKEN_KEYS decrypts"):
            async with bot_of(slack, settings):
                pass
        stranger = SecretStr("xapp-1-A0STRANGER-1-00")
        settings = settings_for(slack, unused_tcp_port, tmp_path, slack_app_token=stranger)
        with pytest.raises(ConfigError, match="SLACK_APP_TOKEN is of the app A0STRANGER"):
            async with bot_of(slack, settings):
                pass
