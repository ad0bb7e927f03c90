"""Questions without an answer over the wire: what is kept of them, and who is told when there is one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import app as wiring
from bot.gaps.gaps import dropped_of, gaps_of
from bot.store.maintainer_tables import awaited_answers
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, POLICY, ScenarioClock, Scene, labels, playing
from tests.scenarios.test_feedback import opens, sends, votes
from tests.scenarios.test_home import opens as opens_home
from tests.scenarios.test_shortcuts import chooses, searches, suggested
from tests.scenarios.views import presses, shows, words_in
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TELL_ME = "Tell me if answered"
DRONES = "police drones"


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Play with maintainers in #policy."""
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace, maintainers_channel=POLICY) as scene:
        yield scene


async def kept(scene: Scene) -> dict[str, int]:
    async with scene.database.reading() as connection:
        return {each.words: each.count for each in await gaps_of(connection)}


async def until_kept(scene: Scene, wanted: dict[str, int]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await kept(scene) != wanted:  # noqa: ASYNC110 — the database tells nobody
            await asyncio.sleep(0.05)


async def publish_drones(scene: Scene) -> None:
    content = scene.content
    fact = replace(
        next(iter(content.current_facts("adoption"))),
        id="police-drones",
        statement="The police may use drones in a pilot.",
        short=None,
        keywords=("police drones",),
    )
    await scene.publisher.publish(replace(content, facts={**content.facts, fact.id: fact}))


async def test_what_is_asked_anywhere_and_not_answered_is_kept_without_who_asked(scene: Scene) -> None:
    opened = await searches(scene)
    (nothing,) = await suggested(scene, opened, "facial scans")
    await chooses(scene, opened, nothing["options"][0])
    await shows(scene, "facial scans")
    await scene.workspace.close_modal(ADA, opened.view["id"])
    noted = await votes(scene, await scene.asks("/fact bids"), "negative")
    view_id = await opens(scene, noted, "report")
    await sends(scene, view_id, said="Jane Smith knows better.")
    await scene.asks("/fact police drones")
    await scene.asks("/fact Police drone?", user=GRACE)
    await scene.asks("/fact growth zones")
    await scene.asks("/fact call Priya Okonkwo on 020 7946 0958")
    await scene.types("@Briefing bot zebra crossings")
    await scene.types("how many zebra bids", channel=ADAS_DM)
    wanted = {"police drones": 2, "zebra crossings": 1, "how many zebra bids": 1, "bids": 1, "facial scans": 1}
    await until_kept(scene, wanted)
    async with scene.database.reading() as connection:
        everything = str([await gaps_of(connection), await dropped_of(connection)])
    for private in (ADA, GRACE, GENERAL, ADAS_DM, "Okonkwo", "7946", "Jane"):
        assert private not in everything
    assert "telephone" in everything


async def test_who_asked_is_told_once_when_a_published_fact_answers(scene: Scene) -> None:
    reply = await scene.asks("/fact police drones")
    noted = await scene.presses(reply, TELL_ME)
    assert noted["text"].startswith("I will write to you, once, if a published fact answers “police drones” before ")
    assert noted["is_ephemeral"]
    home = await opens_home(scene)
    assert "I write to you when these have an answer" in words_in(home)
    assert "not who asked" in words_in(home)
    before = len(scene.sees(ADA, ADAS_DM))
    await publish_drones(scene)
    await scene.until(lambda: len(scene.sees(ADA, ADAS_DM)) > before)
    told = scene.last(ADA, ADAS_DM)
    assert told["text"].startswith("You asked “police drones” on 25 November 2026. There is an answer now:")
    assert "The police may use drones in a pilot." in told["text"]
    assert "Copy citation" in labels(told)
    async with scene.database.reading() as connection:
        assert (await connection.execute(awaited_answers.select())).all() == []


async def test_a_wait_is_forgotten_where_it_began_and_in_home(scene: Scene) -> None:
    noted = await scene.presses(await scene.asks("/fact police drones"), TELL_ME)
    forgotten = await scene.presses(noted, "Forget it")
    assert forgotten["text"] == "I have forgotten it: I will not write to you about that question."
    async with scene.database.reading() as connection:
        assert (await connection.execute(awaited_answers.select())).all() == []
    await scene.presses(await scene.asks("/fact police drones"), TELL_ME)
    await presses(scene, await opens_home(scene), "Forget it")
    waits = "I write to you when these have an answer"  # what was asked is by then listed without who asked
    await scene.until(lambda: waits not in words_in(scene.workspace.home(ADA)))


async def test_private_words_offer_no_wait(scene: Scene) -> None:
    assert TELL_ME in labels(await scene.asks("/fact zebra crossings"))
    assert TELL_ME not in labels(await scene.asks("/fact Priya Okonkwo’s zebra"))


async def test_with_zero_days_nothing_is_kept_and_no_wait_is_offered() -> None:
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace, gaps_keep_days=0) as scene:
        assert TELL_ME not in labels(await scene.asks("/fact zebra crossings"))
        assert "not who asked" not in words_in(await opens_home(scene))
