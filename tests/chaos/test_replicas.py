"""A rolling upgrade under load: two versions on one database, and nothing is lost, doubled or destroyed.

The next version is this one with one migration more, which it brings from a folder of its own, and with a form of
payload that this one cannot read. What a real next version changes besides is not proven here.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from bot.clock import SystemClock
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.store.migrate import newest_migration
from bot.store.tables import deliveries
from tests.support.patient_bot import PROGRAM
from tests.support.replicas import CHANNELS, ROOT, RUN, Replicas
from workspace.state.records import TEAM_ID

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import URL

_SOON = f"{PROGRAM}import bot.outbox.outbox as outbox; outbox.AUTH_RETRY_S = 1.0"
"""What cannot be read is left to others for a minute; here for a second."""
_NEXT = """
from pathlib import Path
import bot.outbox.queries as queries
import bot.store.migrate as migrating
migrating.VERSIONS.append(Path({folder!r}))
_read = queries.message_from_json
def _newer(payload):
    return _read(payload if payload.get("part") != "next" else {{**payload, "part": 0}})
queries.message_from_json = _newer
"""
_MIGRATION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9001", {before!r}, None, None
def upgrade():
    op.create_table("of_the_next_version", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("deliveries", sa.Column("of_the_next_version", sa.Text()))
    op.add_column("schedules", sa.Column("of_the_next_version", sa.Integer(), server_default="0", nullable=False))
"""
NEWER = tuple(f"newer {number}" for number in range(4))


async def migrated(url: URL, code: str) -> None:
    """Run `briefing-bot migrate` of a version."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DATABASE_URL": url.render_as_string(hide_password=False)}  # noqa: TID251 — a child's
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", f"{code}\n{RUN}", "migrate", env=environment)
    assert await process.wait() == 0


async def enqueue_newer(replicas: Replicas) -> None:
    """Enqueue what only the next version can read."""
    posts = [Delivery(TEAM_ID, CHANNELS[0], DeliveryKind.ALERT, OutboxMessage(text)) for text in NEWER]
    async with replicas.database.transaction() as connection:
        await enqueue(connection, posts, SystemClock().now())
        for post in posts:
            payload = {"markdown": post.message.markdown, "part": "next"}
            await connection.execute(update(deliveries).where(deliveries.c.id == post.id).values(payload=payload))


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("new_database_url", ["postgresql"], indirect=True)
async def test_an_upgrade_one_by_one_and_back_loses_nothing(new_database_url: URL, tmp_path: Path) -> None:
    (folder := tmp_path / "versions").mkdir()
    (folder / "9001_next.py").write_text(_MIGRATION.format(before=newest_migration()))
    following = f"{_SOON}\n{_NEXT.format(folder=str(folder))}"
    replicas = Replicas(new_database_url, tmp_path)
    async with replicas.serving(_SOON, _SOON):
        first, second = replicas.replicas
        async with replicas.under_load():
            await migrated(new_database_url, following)
            await replicas.add(following)
            await enqueue_newer(replicas)
            await replicas.stop(first)
            await replicas.start(first, _SOON)  # the version before can be started again
            await replicas.stop(second)
        standing = replicas.standing()
    assert (replicas.result.lost, replicas.result.doubled) == ([], [])
    assert [standing[text] for text in NEWER] == [1] * len(NEWER)
    assert not replicas.result.unanswered
    logs = replicas.logs()
    assert "db.newer" in logs
    assert "Traceback" not in logs
