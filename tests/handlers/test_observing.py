"""What is wrong with a process is found, each thing by its name, and only some of it stops the work."""

from __future__ import annotations

import asyncio
import math
import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from bot.clock import REFUSED_S, ClockSkew, SystemClock
from bot.config import Settings
from bot.content.load import load
from bot.store.database import Database
from bot.store.errors import StoreError
from bot.store.revision import Revision
from bot.store.sqlite_file import LAST_BACKUP
from handlers.metrics.health import Health, Reason
from handlers.metrics.metrics import Metrics
from handlers.observing import observing
from tests.support.small_content import write_small_content
from tests.support.up_to_date import copy_up_to_date

NO_CLIENTS: Any = None
"""Slack is not asked here."""


def told(health: Health) -> dict[Reason, bool]:
    """Return what is wrong, and whether it stops the work."""
    return {each.reason: each.stops_work for each in health.findings()}


async def test_each_thing_that_is_wrong_is_told_until_it_is_mended(tmp_path: Path) -> None:
    database, clock = Database(copy_up_to_date(tmp_path)), SystemClock()
    installations: Any = SimpleNamespace(is_removed=True)
    process = SimpleNamespace(is_connected=False)
    settings = Settings.model_construct()
    parts = (settings, database, clock, Metrics(), (skew := ClockSkew(clock)), installations, NO_CLIENTS)
    health, port, _ = observing(*parts, lambda: process.is_connected)
    assert told(health) == {Reason.NOT_CONNECTED: True, Reason.REMOVED: True, Reason.NO_CONTENT: True}
    assert all(each.sentence.endswith(".") for each in health.findings())
    installations.is_removed, process.is_connected = False, True
    assert told(health) == {Reason.NO_CONTENT: True}
    database.adopt(Revision(1, load(write_small_content(tmp_path / "content")), clock.now()))
    assert (told(health), health.is_ready) == ({}, True)
    async with database.reading():
        await asyncio.to_thread(Path(str(database.url.database)).unlink)
    with pytest.raises(StoreError):
        async with database.reading():
            pass
    assert told(health) == {Reason.DATABASE_FILE_LOST: True}
    skew.measure(clock.now() - timedelta(seconds=REFUSED_S + 100))
    assert told(health)[Reason.CLOCK], "every request over HTTP is refused"
    async with port.listening():
        assert port.port == 0, "there is none without ADMIN_PORT"
    await database.close()


async def test_a_wrong_clock_stops_no_work_over_socket_mode(tmp_path: Path) -> None:
    database, clock = Database(copy_up_to_date(tmp_path)), SystemClock()
    database.adopt(Revision(1, load(write_small_content(tmp_path / "content")), clock.now()))
    installations: Any = SimpleNamespace(is_removed=False)
    settings = Settings.model_construct(slack_app_token=SecretStr("xapp-1"))
    skew = ClockSkew(clock)
    health, *_ = observing(settings, database, clock, Metrics(), skew, installations, NO_CLIENTS, lambda: True)
    skew.measure(clock.now() - timedelta(seconds=REFUSED_S + 100))
    assert (told(health), health.is_ready) == ({Reason.CLOCK: False}, True)
    await database.close()


async def test_the_time_of_a_backup_is_that_of_the_sqlite_database_and_none_is_told_after_a_move_to_postgresql(
    tmp_path: Path,
) -> None:
    (mark := tmp_path / LAST_BACKUP).touch()
    os.utime(mark, (1_700_000_000, 1_700_000_000))
    settings, skew = Settings.model_construct(data_dir=tmp_path), ClockSkew(clock := SystemClock())
    installations: Any = SimpleNamespace()
    told_at = []
    for url in (copy_up_to_date(tmp_path), make_url("postgresql+psycopg://bot@127.0.0.1:1/bot")):
        database, metrics = Database(url), Metrics()
        observing(settings, database, clock, metrics, skew, installations, NO_CLIENTS, lambda: True)
        told_at.append(metrics.registry.get_sample_value("briefing_bot_backup_timestamp_seconds"))
        await database.close()
    assert told_at == [1_700_000_000, pytest.approx(math.nan, nan_ok=True)]
