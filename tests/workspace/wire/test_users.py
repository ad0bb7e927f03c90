"""users.* and usergroups.users.list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.workspace.apps import ALL_SCOPES, Api, manifest
from workspace.server import Workspace

if TYPE_CHECKING:
    import aiohttp


async def test_users(api: Api) -> None:
    assert (await api.form("users.info", user="U0ADA"))["user"]["real_name"] == "Ada"
    assert (await api.form("users.info", user="U0NONE"))["error"] == "user_not_found"
    members = (await api.form("users.list"))["members"]
    assert [member["id"] for member in members if member["is_bot"]] == ["U0BOT", "USLACKBOT"]


async def test_who_is_admin_and_who_is_guest(api: Api) -> None:
    members = (await api.form("users.list"))["members"]
    roles = {member["id"]: (member["is_admin"], member["is_ultra_restricted"]) for member in members}
    assert [user for user, (is_admin, _) in roles.items() if is_admin] == ["U0ADA"]
    assert [user for user, (_, is_guest) in roles.items() if is_guest] == ["U0GUEST"]


async def test_a_persons_time_zone_and_what_it_means_now(workspace: Workspace, api: Api) -> None:
    ada = (await api.form("users.info", user="U0ADA"))["user"]
    assert (ada["tz"], ada["tz_label"], ada["tz_offset"]) == ("Europe/London", "GMT", 0)
    maya = (await api.form("users.info", user="U0MAYA"))["user"]
    assert (maya["tz"], maya["tz_offset"]) == ("America/New_York", -18_000)
    workspace.clock.jump_to(datetime(2027, 7, 1, tzinfo=UTC))
    assert (await api.form("users.info", user="U0ADA"))["user"]["tz_offset"] == 3600


async def test_a_user_group_has_members(session: aiohttp.ClientSession) -> None:
    async with Workspace(manifest(scopes=[*ALL_SCOPES, "usergroups:read"])).serve() as workspace:
        api = Api(workspace, session)
        assert (await api.form("usergroups.users.list", usergroup="S0POLICY"))["users"] == ["U0GRACE"]
        assert (await api.form("usergroups.users.list", usergroup="S0NONE"))["error"] == "no_such_subteam"
        assert (await api.form("usergroups.users.list"))["error"] == "invalid_arguments"


async def test_a_user_group_needs_its_scope(api: Api) -> None:
    refused = await api.form("usergroups.users.list", usergroup="S0POLICY")
    assert (refused["error"], refused["needed"]) == ("missing_scope", "usergroups:read")
