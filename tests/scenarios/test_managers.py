"""MANAGERS: who may change what a channel gets, against a workspace that has an admin and a user group."""

from __future__ import annotations

from typing import Any

import pytest

import app as wiring
from handlers.slack.gate import ManagersUnknownError
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, Scene, playing
from workspace.server import Workspace

MAYA, POLICY_TEAM = "U0MAYA", "S0POLICY"
REFUSED = "Only this workspace's managers may change what a channel gets."
SUBSCRIBED = "This channel now gets alerts on all areas"


async def subscribes(scene: Scene, user: str, channel: str = GENERAL) -> str:
    """Ask for all alerts, and return what the asker is told."""
    before = len(scene.sees(user, channel))
    happened = await scene.types("/briefing subscribe all alerts", user=user, channel=channel)
    assert happened.acked, happened
    await scene.until(lambda: len(scene.sees(user, channel)) > before)
    await scene.settled()
    told: str = scene.last(user, channel)["text"]
    return told


def workspace_without(*scopes: str) -> Workspace:
    """Return a workspace whose app was not given these optional scopes."""
    manifest: dict[str, Any] = wiring.read_manifest()
    given = manifest["oauth_config"]["scopes"]
    given["bot_optional"] = [scope for scope in given["bot_optional"] if scope not in scopes]
    return Workspace(manifest)


@pytest.mark.parametrize(
    ("managers", "may", "may_not"),
    [
        ("admins", (ADA,), (GRACE, MAYA)),
        (POLICY_TEAM, (GRACE,), (ADA, MAYA)),
        (f"admins, {POLICY_TEAM}", (ADA, GRACE), (MAYA,)),
        (f"{POLICY_TEAM} {MAYA}", (GRACE, MAYA), (ADA,)),
    ],
)
async def test_admins_and_members_of_a_group_may_where_they_are_named(
    managers: str, may: tuple[str, ...], may_not: tuple[str, ...]
) -> None:
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), playing(workspace, managers=managers, alert_announce="off") as scene:
        for user in may_not:
            assert (await subscribes(scene, user)).startswith(REFUSED)
        first, *others = may
        assert (await subscribes(scene, first)).startswith(SUBSCRIBED)
        for user in others:
            assert (await subscribes(scene, user)).startswith("Nothing changed")
        mine = await subscribes(scene, ADA, ADAS_DM)
        assert mine.startswith("You now get alerts on all areas"), "for oneself, anybody may"


async def test_a_group_that_is_not_there_lets_nobody_change_anything() -> None:
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), playing(workspace, managers="S0GONE", alert_announce="off") as scene:
        told = await subscribes(scene, GRACE)
        assert told == ManagersUnknownError.for_members


@pytest.mark.parametrize(("managers", "scope"), [("admins", "users:read"), (POLICY_TEAM, "usergroups:read")])
async def test_without_the_scope_it_says_what_is_missing(managers: str, scope: str) -> None:
    workspace = workspace_without(scope)
    async with workspace.serve(), playing(workspace, managers=managers, alert_announce="off") as scene:
        told = await subscribes(scene, ADA)
        assert told == ManagersUnknownError.for_members
        assert (await subscribes(scene, ADA, ADAS_DM)).startswith("You now get alerts on all areas")
