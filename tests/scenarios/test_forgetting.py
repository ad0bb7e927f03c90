"""Who is forgotten while the bot runs is nowhere in its database, and what others have goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr
from sqlalchemy import select

from bot.clock import SystemClock
from bot.feedback.votes import Votes
from bot.retention.erasure import forget_person, forget_workspace, found_on
from bot.retention.personal_data import Person
from bot.retention.retention import Retention
from bot.retention.rules import Keep
from bot.store.tables import metadata
from tests.scenarios.private_replies import says
from tests.scenarios.scene import ADA, GENERAL, GRACE, Scene
from tests.scenarios.test_alerts import WRONG, publishes, until_posted
from tests.scenarios.test_posting import posts
from workspace.state.records import TEAM_ID

if TYPE_CHECKING:
    from bot.store.database import Database


async def held(database: Database) -> str:
    found = []
    async with database.reading() as connection:
        for table in metadata.sorted_tables:
            found += [f"{table}: {dict(row)}" for row in (await connection.execute(select(table))).mappings()]
    return "\n".join(found)


def those_of(scene: Scene) -> Votes:
    return Votes(scene.database, SystemClock(), SecretStr(scene.workspace.bot_token))


async def test_a_person_who_is_forgotten_leaves_no_trace_and_the_channel_keeps_its_posts(scene: Scene) -> None:
    await says(scene, "/briefing subscribe infrastructure alerts", user=GRACE)
    await says(scene, "/briefing pause")
    _, post = await posts(scene, "/fact growth zones bids")
    await scene.until(lambda: "Posted to this channel." in scene.sees(ADA))
    await scene.clicks(await scene.asks("/fact data centre"), "Tell me if this changes")
    await scene.settled()
    person, votes = Person(ADA, TEAM_ID), those_of(scene)
    _, rows = await found_on(scene.database, person, votes)
    assert {row.table.name for row in rows} >= {"audit", "deliveries", "posts", "subscriptions", "watches"}
    await forget_person(scene.database, scene.workspace.clock, person, votes, "cli:op")
    left = await held(scene.database)
    assert ADA not in left
    assert "Posted by Ada" not in left
    assert GRACE in left, "she subscribed the channel"
    listed = await says(scene, "/briefing subscriptions", user=GRACE)
    assert "paused by somebody in this channel" in listed["text"]
    await publishes(scene, statement="There were over 201 bids for AI Growth Zones.", corrected=WRONG)
    corrected = await until_posted(scene, "was “")
    assert corrected["ts"] == post["ts"]
    assert "Posted by a former member." in corrected["text"]
    again = await scene.asks("/fact data centre")
    await scene.clicks(again, "Tell me if this changes")
    await scene.settled()
    assert "watches" in await held(scene.database), "who comes back begins anew"


async def test_a_running_bot_goes_on_when_its_workspace_is_forgotten_and_after_a_sweep_years_ahead(
    scene: Scene,
) -> None:
    await says(scene, "/briefing subscribe infrastructure alerts")
    await posts(scene, "/fact growth zones bids")
    await scene.until(lambda: "Posted to this channel." in scene.sees(ADA))
    async with scene.database.transaction() as connection:
        counts = await forget_workspace(connection, TEAM_ID)
    assert counts.keys() >= {"audit", "deliveries", "posts", "subscriptions"}
    assert f"'{TEAM_ID}'" not in await held(scene.database)
    _, post = await posts(scene, "/fact growth zones money")
    assert "Posted by Ada." in str(post["text"])
    ahead = SystemClock()
    await Retention(scene.database, ahead, dict.fromkeys(Keep, 90)).sweep()
    assert (await scene.asks("/fact growth zones bids"))["text"]
    assert scene.sees(GRACE, GENERAL)
