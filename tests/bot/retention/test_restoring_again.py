"""After a restore the start publishes and tells again what came since: nothing told by halves is taken as told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest

from bot.alerts import posts
from bot.alerts.alerts import Alerts
from bot.alerts.corrections import Corrections
from bot.alerts.posts import PublicPost
from bot.config.maintainers import Maintainers
from bot.outbox.delivery import DeliveryKind, DeliveryState
from bot.outbox.operators import Operators
from bot.publishing.publisher import Publisher
from bot.retention.backup import back_up
from bot.retention.restoring import restore
from bot.store.database import Database
from bot.store.engine import SQLITE_FILE, database_url
from tests.support.newsroom import POLICY, HandClock, Newsroom, shipped
from tests.support.up_to_date import copy_up_to_date

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.publishing.publisher import RevisionListener

AREA: Final = "infrastructure"
FIRST, SECOND = list(shipped().current_facts(AREA))[:2]


class Restoring:
    """A newsroom whose database is backed up and restored between what it does."""

    def __init__(self, folder: Path) -> None:
        """`folder` gets the database and the backups."""
        self._folder = folder
        self._url = database_url("", folder)
        self._content = shipped()
        self._clock = HandClock()
        copy_up_to_date(folder)

    def run(self, act: Callable[[Newsroom], Awaitable[None]]) -> None:
        """Start with the content as it stands, which publishes what is not published, and act."""

        async def started() -> None:
            database = Database(self._url)
            await Newsroom.opened(database) if self._content is shipped() else await database.refresh()
            corrections = Corrections(self._clock)
            witnesses: list[RevisionListener] = [Alerts(self._clock), corrections]
            publisher = Publisher(database, self._clock, Operators(Maintainers(), self._clock), witnesses)
            newsroom = Newsroom(database, self._clock, publisher, corrections, self._content)
            await publisher.publish(self._content)
            await act(newsroom)
            self._content = newsroom.content
            await database.close()

        asyncio.run(started())

    def back_up(self, name: str) -> None:
        """Back the database up."""
        back_up(self._folder / SQLITE_FILE, self._folder / name)

    def restore(self, name: str) -> int | None:
        """Restore, an hour later; return how many revisions were published since."""
        self._clock.pass_by(hours=1)
        return restore(self._url, self._folder / name, self._clock, "cli:op").published_since


@pytest.fixture
def bot(tmp_path: Path) -> Restoring:
    return Restoring(tmp_path)


async def subscribe(newsroom: Newsroom) -> None:
    await newsroom.subscribe(AREA)


async def told(newsroom: Newsroom) -> str:
    return "".join(row.payload.get("markdown", "") for row in await newsroom.deliveries())


def test_a_correction_after_a_restore_leaves_the_one_before_it_in_the_post(bot: Restoring) -> None:
    async def post(newsroom: Newsroom) -> None:
        shown = [FIRST, SECOND]
        text = "\n".join(f"- {each.short or each.statement}" for each in shown)
        made = PublicPost(POLICY, "1.1", "briefing", text, posts.fact_digests(shown), newsroom.clock.now())
        async with newsroom.database.transaction() as connection:
            await posts.record(connection, made)

    async def correct_first(newsroom: Newsroom) -> None:
        await newsroom.correct(FIRST.id, "AAA")
        await newsroom.post_all()

    async def correct_second(newsroom: Newsroom) -> None:
        await newsroom.post_all()
        newsroom.reasons = 1
        await newsroom.correct(SECOND.id, "BBB")
        edit = (await newsroom.deliveries(DeliveryKind.EDIT))[-1].payload["markdown"]
        assert ("AAA" in edit, "BBB" in edit) == (True, True)

    bot.run(post)
    bot.back_up("backup.db")
    bot.run(correct_first)
    assert bot.restore("backup.db") == 1
    bot.run(correct_second)


def test_both_halves_of_an_alert_that_two_revisions_merged_into_are_told(bot: Restoring) -> None:
    async def reword(newsroom: Newsroom) -> None:
        await newsroom.reword(FIRST.id, "AAA")
        await newsroom.reword(SECOND.id, "BBB")

    async def look(newsroom: Newsroom) -> None:
        text = await told(newsroom)
        assert ("AAA" in text, "BBB" in text) == (True, True)

    bot.run(subscribe)
    bot.back_up("backup.db")
    bot.run(reword)
    assert bot.restore("backup.db") == 2
    bot.run(look)


def test_an_alert_that_failed_is_told_after_a_restore(bot: Restoring) -> None:
    async def fail(newsroom: Newsroom) -> None:
        await newsroom.reword(FIRST.id, "AAA")
        for row in await newsroom.deliveries():
            await newsroom.settle(row, DeliveryState.FAILED, error="expired")

    async def look(newsroom: Newsroom) -> None:
        assert "AAA" in await told(newsroom)

    bot.run(subscribe)
    bot.back_up("backup.db")
    bot.run(fail)
    bot.restore("backup.db")
    bot.run(look)


def test_what_a_first_restore_held_is_told_after_a_second(bot: Restoring) -> None:
    async def correct(newsroom: Newsroom) -> None:
        await newsroom.correct(FIRST.id, "AAA")

    async def look(newsroom: Newsroom) -> None:
        assert "AAA" in await told(newsroom)

    bot.run(subscribe)
    bot.back_up("monday.db")
    bot.run(correct)
    bot.back_up("tuesday.db")
    assert bot.restore("tuesday.db") == 0
    assert bot.restore("monday.db") == 1
    bot.run(look)
