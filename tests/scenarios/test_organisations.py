"""Workspaces of an organisation that has the app: one that removed it, and one that had it before."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.store.errors import StoreError
from bot.store.installation_tables import installed_workspaces, slack_bots
from bot.store.tables import subscriptions
from bot.subscriptions import channel_events
from tests.scenarios.installed import DEPARTMENTS, ONE, OTHER, Shared, shared
from tests.scenarios.scene import ADA, GENERAL
from tests.scenarios.test_installing import ALERTS, SUBSCRIBE, removed, rows, says
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    import pytest

TEAMS = [replace(each, organisation=DEPARTMENTS) for each in (ONE, OTHER)]


async def send(play: Shared, kind: str, at: int, *, team: str | None = ONE.id, **more: object) -> int:
    """Send an event of the first workspace, as it happened at a time; return the status of the answer."""
    by = {"enterprise_id": DEPARTMENTS.id, "team_id": team, "user_id": "U0BOT", "is_bot": True}
    body: dict[str, Any] = {
        "type": "event_callback",
        "team_id": team,
        "enterprise_id": DEPARTMENTS.id,
        "event_time": at,
        "event_id": f"Ev{kind}{at}",
        "authorizations": [by | {"is_enterprise_install": True}],
        "event": {"type": kind, **more},
    }
    return (await play.app.server._take_payload(body)).status  # noqa: SLF001 — Slack would not send it late


async def mention(play: Shared, at: int) -> int:
    asked = {"user": ADA, "text": "<@U0BOT> growth zones", "channel": GENERAL, "ts": f"{at}.0001", "team": ONE.id}
    return await send(play, "app_mention", at, **asked)


async def test_a_workspace_that_removed_it_stays_removed_until_its_organisation_adds_it_again(
    unused_tcp_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async with shared(unused_tcp_port, *TEAMS) as play:
        await play.install(DEPARTMENTS.id)
        await says(play.one, SUBSCRIBE, "subscribed this channel")
        clock = play.slack.app.clock
        clock.jump_by(3600)
        at = int(clock.now().timestamp())
        capsys.readouterr()
        assert await send(play, "tokens_revoked", at, tokens={"oauth": [], "bot": ["U0BOT"]}) == 200
        await send(play, "app_uninstalled", at)
        await removed(play, 1)
        assert capsys.readouterr().out.count("installation.removed ") == 1
        clock.jump_by(60)
        assert await mention(play, at) == 403, "it happened before"
        await play.one.type(ADA, GENERAL, "/briefing subscriptions")
        (gone,) = await removed(play, 1)
        assert (gone.workspace, gone.erase_after is None) == (ONE.id, False)
        assert [each.pause_reason for each in await rows(play, subscriptions)] == ["app_uninstalled"]

        assert await mention(play, at + 60) == 200
        await removed(play, 0)
        await says(play.one, "/briefing subscriptions", ALERTS)


async def test_a_workspace_that_had_it_before_goes_on_with_its_organisations_token(unused_tcp_port: int) -> None:
    async with shared(unused_tcp_port, *TEAMS) as play:
        for each in (ONE, OTHER, DEPARTMENTS):
            await play.install(each.id)
        await says(play.one, SUBSCRIBE, "subscribed this channel")
        async with asyncio.timeout(PATIENCE_S):  # the other was not used since: Slack was asked about its token
            while len(await rows(play, slack_bots)) > 1:  # noqa: ASYNC110 — no event tells of what is stored
                await asyncio.sleep(0.02)
        covered = {each.workspace: each.is_covered for each in await rows(play, installed_workspaces)}
        assert covered == {DEPARTMENTS.id: False, ONE.id: True, OTHER.id: True}


async def test_a_workspace_that_its_organisation_takes_the_app_out_of_is_paused_and_erased_later_unless_added_again(
    unused_tcp_port: int,
) -> None:
    async with shared(unused_tcp_port, *TEAMS) as play:
        await play.install(DEPARTMENTS.id)
        await says(play.one, SUBSCRIBE, "subscribed this channel")
        await says(play.other, SUBSCRIBE, "subscribed this channel")
        play.slack.app.clock.jump_by(3600)
        play.slack.revoke_access(ONE.id)
        (gone,) = await removed(play, 1)
        assert (gone.workspace, gone.erase_after is None) == (ONE.id, False)
        assert {each.team: each.pause_reason for each in await rows(play, subscriptions)} == {
            ONE.id: "app_uninstalled",
            OTHER.id: None,
        }
        await says(play.other, "/briefing subscriptions", ALERTS)

        play.slack.app.clock.jump_by(3600)
        play.slack.grant_access(ONE.id)
        await removed(play, 0)
        assert {each.pause_reason for each in await rows(play, subscriptions)} == {None}
        await says(play.one, "/briefing subscriptions", ALERTS)


async def test_a_process_that_has_not_heard_yet_that_a_workspace_is_of_the_organisation_takes_it_out_too(
    unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shared(unused_tcp_port, *TEAMS) as play:
        await play.install(DEPARTMENTS.id)
        await says(play.one, SUBSCRIBE, "subscribed this channel")
        play.slack.app.clock.jump_by(3600)
        known: Any = play.app.installations
        known._tenancies.pop(ONE.id)  # noqa: SLF001 — as in a process that did not take the first request
        answers, reload = iter([StoreError("The database is away.")]), known.reload

        async def away_once() -> None:
            for error in answers:
                raise error
            await reload()

        monkeypatch.setattr(known, "reload", away_once)
        monkeypatch.setattr(channel_events, "_WAITS_S", (0.0,))
        at = int(play.slack.app.clock.now().timestamp())
        assert await send(play, "team_access_revoked", at, team_ids=[ONE.id]) == 200
        (gone,) = await removed(play, 1)
        assert (gone.workspace, gone.erase_after is None) == (ONE.id, False)
        assert [each.pause_reason for each in await rows(play, subscriptions)] == ["app_uninstalled"]


async def test_of_several_workspaces_each_is_taken_out_whichever_slack_names_beside_them_and_never_one_of_its_own(
    unused_tcp_port: int,
) -> None:
    own = replace(TEAMS[0], id="T0OWN", name="Own", domain="own", organisation=None)
    async with shared(unused_tcp_port, *TEAMS, own) as play:
        await play.install(own.id)
        await play.install(DEPARTMENTS.id)
        for each in play.slack.workspaces.values():
            await says(each, SUBSCRIBE, "subscribed this channel")
        play.slack.app.clock.jump_by(3600)
        at = int(play.slack.app.clock.now().timestamp())
        assert await send(play, "team_access_revoked", at, team_ids=[ONE.id]) == 200
        await removed(play, 1)
        teams = [own.id, "T0NOBODYS", ONE.id, OTHER.id, DEPARTMENTS.id]
        assert await send(play, "team_access_revoked", at, team_ids=teams) == 200
        assert {each.workspace for each in await removed(play, 2)} == {ONE.id, OTHER.id}
        await says(play.slack.workspaces[own.id], "/briefing subscriptions", ALERTS)

        assert await send(play, "team_access_granted", at - 60, team=None, team_ids=[ONE.id, OTHER.id]) == 200
        assert {each.workspace for each in await removed(play, 2)} == {ONE.id, OTHER.id}, "it happened before"
        strange: tuple[object, ...] = (None, ONE.id, [None, 7, [], {}], {"T": 1})
        for odd in strange:
            for kind in ("team_access_revoked", "team_access_granted"):
                assert await send(play, kind, at + 60, team=None, team_ids=odd) == 200
        assert await send(play, "team_access_granted", at + 60, team=None, team_ids=[ONE.id, OTHER.id]) == 200
        await removed(play, 0)
