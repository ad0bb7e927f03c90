"""Workspaces that have the app: installed, covered by an organisation, removed, back again; one refresh at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.installations import workspaces
from tests.support.newsroom import HandClock

if TYPE_CHECKING:
    from bot.store.database import Database

CLOCK = HandClock()
NOW = CLOCK.now()
LATER = NOW + timedelta(hours=1)


async def known(database: Database) -> dict[str, workspaces.InstalledWorkspace]:
    async with database.reading() as connection:
        return {each.workspace: each for each in await workspaces.all_workspaces(connection)}


async def test_what_removes_the_app_is_erased_after_some_days_unless_it_comes_back(database: Database) -> None:
    async with database.transaction() as connection:
        await workspaces.install(connection, "T1", NOW, name="One" * 100)
        assert await workspaces.remove(connection, "T1", LATER, LATER, 30) == ("T1",)
        assert await workspaces.remove(connection, "T1", LATER, LATER, 30) == (), "Slack repeats events"
    gone = (await known(database))["T1"]
    assert (gone.removed_at, gone.erase_after, len(gone.name)) == (LATER, LATER + timedelta(days=30), 200)
    async with database.transaction() as connection:
        await workspaces.install(connection, "T1", LATER + timedelta(hours=1))
        assert await workspaces.remove(connection, "T1", LATER, LATER, 30) == (), "it was removed before it came back"
    back = (await known(database))["T1"]
    assert (back.removed_at, back.erase_after, back.revision) == (None, None, gone.revision + 1)


async def test_a_workspace_that_is_not_known_can_be_erased_too_and_none_is_where_days_are_zero(
    database: Database,
) -> None:
    async with database.transaction() as connection:
        assert await workspaces.remove(connection, "T1", NOW, NOW, 30) == ("T1",)
        assert await workspaces.remove(connection, "T2", NOW, NOW, 0) == ("T2",)
    found = await known(database)
    assert (found["T1"].erase_after, found["T2"].erase_after) == (NOW + timedelta(days=30), None)


async def test_an_organisation_takes_its_workspaces_with_it_and_brings_them_back(database: Database) -> None:
    async with database.transaction() as connection:
        await workspaces.install(connection, "E1", NOW, enterprise="E1")
        await workspaces.install(connection, "T1", NOW, enterprise="E1", is_covered=True)
        await workspaces.install(connection, "T2", NOW, enterprise="E1")
        assert await workspaces.remove(connection, "E1", LATER, LATER, 30) == ("E1", "T1")
    assert [name for name, each in (await known(database)).items() if each.removed_at] == ["E1", "T1"]
    async with database.transaction() as connection:
        await workspaces.install(connection, "E1", LATER, enterprise="E1")
        assert await workspaces.bring_back(connection, "E1", LATER) == ["T1"]
    assert not any(each.removed_at or each.erase_after for each in (await known(database)).values())


async def test_a_workspace_that_removed_its_organisations_app_is_covered_again_only_by_what_happened_later(
    database: Database,
) -> None:
    async with database.transaction() as connection:
        assert await workspaces.cover(connection, "T1", "E1", NOW, None)
        await workspaces.remove(connection, "T1", LATER, LATER, 30)
        for earlier in (None, NOW, LATER):
            assert not await workspaces.cover(connection, "T1", "E1", NOW, earlier)
    assert (await known(database))["T1"].erase_after
    later = LATER + timedelta(seconds=1)
    async with database.transaction() as connection:
        assert await workspaces.cover(connection, "T1", "E1", later, later)
    back = (await known(database))["T1"]
    assert (back.removed_at, back.erase_after, back.is_covered, back.installed_at) == (None, None, True, later)


async def test_one_process_refreshes_until_its_lease_is_over(database: Database) -> None:
    async with database.transaction() as connection:
        await workspaces.install(connection, "T1", NOW)
        assert await workspaces.lease(connection, "T1", 1, NOW)
        assert not await workspaces.lease(connection, "T1", 1, NOW + timedelta(seconds=59))
        assert await workspaces.lease(connection, "T1", 1, NOW + timedelta(seconds=61))
        assert await workspaces.refreshed(connection, "T1", 1)
        assert not await workspaces.lease(connection, "T1", 1, LATER), "these tokens were refreshed"
        assert await workspaces.lease(connection, "T1", 2, LATER)
        await workspaces.remove(connection, "T1", LATER, LATER, 30)
        assert not await workspaces.refreshed(connection, "T1", 2)
        assert not await workspaces.refreshed(connection, "T1", 3)
