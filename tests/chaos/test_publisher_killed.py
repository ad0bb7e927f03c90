"""A publisher that is killed in the middle of a publication beside running bots: all of it is there, or nothing is."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.alerts.subscriptions import ALL, subscribe, wanted
from bot.clock import SystemClock
from bot.config import Settings
from bot.messages import ChannelRef
from bot.publishing.factory import publisher_for
from bot.publishing.observer import Result
from bot.store.maintainer_tables import audit
from bot.store.tables import changes, deliveries, revisions
from tests.chaos.harness import ROOT
from tests.support.small_content import BREWING, write_small_content
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import URL

    from bot.store.database import Database

PLACES = tuple(ChannelRef("T0TRY", f"C0{number}") for number in range(3))
TABLES = (revisions, changes, deliveries, audit)
_PUBLISHES = """
import asyncio, os, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url
from bot.config import Settings
from bot.publishing.factory import publisher_for
from bot.store.database import Database

@event.listens_for(Engine, "before_cursor_execute")
def kill(_connection, _cursor, statement, *_):
    if sys.argv[2] in statement:
        os.kill(os.getpid(), signal.SIGKILL)

@event.listens_for(Engine, "commit")
def kill_at_commit(_connection):
    if sys.argv[2] == "COMMIT":
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    database = Database(make_url(sys.argv[1]))
    await publisher_for(Settings.model_construct(), database).publish_folder(Path(sys.argv[3]))
    await database.close()

asyncio.run(main())
"""
"""A process that publishes an edit, and dies by its own SIGKILL before the statement or commit that it is told."""


async def counts(database: Database) -> list[int]:
    """Return how many rows a publication's tables have."""
    async with database.reading() as connection:
        return [await connection.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


@pytest.mark.parametrize(
    ("database", "at"),
    [("sqlite", "COMMIT"), ("postgresql", "COMMIT"), ("postgresql", "INSERT INTO deliveries")],
    indirect=["database"],
)
async def test_a_publisher_that_is_killed_has_published_all_or_nothing(
    database: Database, tmp_path: Path, at: str
) -> None:
    publisher, folder = publisher_for(Settings.model_construct(), database), write_small_content(tmp_path / "tea")
    await publisher.publish_folder(folder)
    async with database.transaction() as connection:
        for place in PLACES:
            await subscribe(connection, place, wanted(place, [ALL], by="U0ADA", at=SystemClock().now()))
    before = await counts(database)
    (folder / "brewing/water.yaml").write_text(BREWING.replace("boiling the water", "boiling water"))
    assert await killed(database.url, at, folder) == -signal.SIGKILL
    assert (await counts(database), (await database.refresh()).number) == (before, 1)
    async with asyncio.timeout(PATIENCE_S):  # what the killed one had locked is free again
        assert (await publisher.publish_folder(folder)).result is Result.PUBLISHED
    after = await counts(database)
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, len(PLACES), 1]


async def killed(url: URL, at: str, folder: Path) -> int:
    """Run such a process to its end; return its exit code."""
    arguments = (sys.executable, "-c", _PUBLISHES, url.render_as_string(hide_password=False), at, str(folder))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251 — a child's
    process = await asyncio.create_subprocess_exec(*arguments, env=environment)
    async with asyncio.timeout(PATIENCE_S):
        return await process.wait()
