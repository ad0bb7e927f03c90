"""A fact is corrected while a workspace has removed the app: nothing is tried there, and all is put right on return."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from bot.alerts import watches
from bot.content.models import DatedReason
from bot.store.tables import deliveries
from handlers.metrics.stored import StoredMetrics
from tests.scenarios.installed import ONE, OTHER, Shared, shared
from tests.scenarios.scene import ADA, GENERAL
from tests.scenarios.test_installing import removed, rows
from tests.support.newsroom import shipped
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    import pytest

BIDS = "growth-zones-bids"
QUIET = {"late_deliveries": 0, "queue_age_seconds": 0, "failed_deliveries": 0}
CORRECTED, UPDATED = "About 250 bids came in.", "About 300 bids came in."


async def reword(play: Shared, statement: str) -> None:
    """Publish a new wording: the first is a correction, later ones are updates, which edit nothing."""
    content = shipped()
    wrong = DatedReason(on=date(2026, 11, 25), why="Counted anew.")
    fact = replace(content.facts[BIDS], statement=statement, short=None, corrected=wrong)
    await play.app.publisher.publish(replace(content, facts={**content.facts, BIDS: fact}))
    play.app.worker.wake()


async def states(play: Shared, team: str) -> list[str]:
    """Return the states of a workspace's deliveries."""
    return [row.state for row in await rows(play, deliveries) if row.team == team]


async def settled(play: Shared, team: str, *, posted: int) -> None:
    """Wait until so many deliveries of a workspace are posted, and none of it waits."""
    async with asyncio.timeout(PATIENCE_S):
        while await states(play, team) != ["sent"] * posted:  # noqa: ASYNC110 — it is in the database
            await asyncio.sleep(0.02)


async def numbers(play: Shared) -> dict[str, float]:
    """Return what the alerts of the deliveries look at."""
    state = StoredMetrics(play.app.database, play.slack.app.clock, ())
    await state.refresh()
    read = {each.name.removeprefix("briefing_bot_"): each.samples[0].value for each in state.collect()}
    return {name: read[name] for name in QUIET}


async def test_what_was_corrected_while_the_app_was_removed_is_put_right_when_it_is_back(
    unused_tcp_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async with shared(unused_tcp_port) as play:
        for team, workspace in ((ONE.id, play.one), (OTHER.id, play.other)):
            await play.install(team)
            await workspace.type(ADA, GENERAL, f"@{workspace.manifest.bot_name} growth zones bids")
            await settled(play, team, posted=1)
        async with play.app.database.transaction() as connection:
            await watches.watch(connection, ONE.id, ADA, shipped().facts[BIDS], play.slack.app.clock.now())
        play.slack.app.clock.jump_by(60)
        play.one.uninstall()
        await removed(play, 1)
        called = len(play.one.calls)
        for statement in (CORRECTED, UPDATED):
            await reword(play, statement)
        await settled(play, OTHER.id, posted=3)
        play.slack.app.clock.jump_by(26 * 3600)
        assert await numbers(play) == QUIET
        assert set(await states(play, ONE.id)) == {"sent", "pending"}
        assert len(play.one.calls) == called, "nothing is tried"
        assert "not_installed" not in capsys.readouterr().out

        await play.install(ONE.id)

        await settled(play, ONE.id, posted=4)
        made = [(each.method, str(each.args)) for each in play.one.calls[called:]]
        (edit,) = (text for method, text in made if method == "chat.update")
        (watched,) = (text for _, text in made if "that you asked about changed" in text)
        (_,) = (text for _, text in made if "The top of the post says" in text)
        assert (CORRECTED in edit, UPDATED in watched) == (True, True), "watchers read the newest words"
        assert await numbers(play) == QUIET
