"""What stands in the database, as metrics: read by each process when it is scraped, at most once in READ_EVERY_S.

Every process of a deployment tells the same: take `max` over them. While the database is away the values are left out,
not kept: nobody should read an old number as the present one. A database that is only slow is not away: a scrape shows
what was read for the one before, unless that is older than KEPT_S.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import and_, case, func, inspect, or_, select, text

from bot.outbox.admin import LATE_AFTER
from bot.outbox.delivery import DeliveryState
from bot.outbox.removed_workspaces import has_app
from bot.publishing.notices import is_faulty
from bot.schedules.runs import RunState
from bot.store.errors import READ_ONLY, StoreError
from bot.store.installation_tables import installed_workspaces
from bot.store.migrate import newest_migration
from bot.store.tables import deliveries, revisions, schedule_runs, schedules
from handlers.metrics.metrics import PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.store.database import Database

READ_EVERY_S: Final = 15.0
WAIT_S: Final = 1.0
"""Seconds that a scrape waits for the database; what comes later is for the next one."""
KEPT_S: Final = 60.0
"""Seconds for which numbers are shown while newer ones are read."""
GIVE_UP_S: Final = 10.0
"""Seconds after which a read is given up, and the database counts as away: its connection was cut without a word."""
DAY: Final = timedelta(days=1)
"""The time over which posts are counted."""

_NO_ANSWER: Final = "The database does not answer: see that its server runs and can be reached."
_TAKES_NO_CHANGES: Final = text("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'")
_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCONFIRMED)
_NAMES: Final = {
    "open_deliveries": "Deliveries that are not settled, by state.",
    "workspaces": "Workspaces that installed the app by OAuth, by state.",
    "late_deliveries": "Deliveries that were due two minutes ago and are not settled.",
    "failed_deliveries": "Deliveries that failed in the last 24 hours.",
    "queue_age_seconds": "Seconds since the oldest open delivery was due.",
    "scheduled_posts_expected": "Scheduled posts of the last 24 hours that should have been posted by now.",
    "scheduled_posts_posted": "Those of them that were posted.",
    "schedule_lag_seconds": "Seconds since the oldest schedule was due that is not dispatched yet.",
    "content_faulty": "Whether what was to be published last, by whichever process, has faults.",
    "newest_revision": "Number of the newest revision in the database.",
    "revision_published_timestamp_seconds": "When it was published.",
}

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StoredNumbers:
    """What stands in the database: numbers by name, and those that have one for each state."""

    by_state: Mapping[str, Mapping[str, int]]
    values: Mapping[str, float]
    migration: str
    is_read_only: bool
    """Whether PostgreSQL's server takes no changes; of SQLite's file its own path tells."""
    read_at: float
    """Seconds of the monotonic clock."""


class StoredMetrics(Collector):
    """Reads what stands in the database, and gives it to the registry.

    `fault` says why it could not be read, `write_fault` why changes are not saved; both are empty where all is well.
    """

    def __init__(self, database: Database, clock: Clock, refused_codes: Collection[str]) -> None:
        """`refused_codes`: with these Slack refuses a channel; its posts are then expected no more."""
        self.fault = self.write_fault = ""
        self._database = database
        self._clock = clock
        self._refused = tuple(refused_codes)
        self._numbers: StoredNumbers | None = None
        self._reading: asyncio.Task[None] | None = None
        self._read_next_at = 0.0

    @cached_property
    def _needed(self) -> str:
        return newest_migration()

    @property
    def migration_fault(self) -> str:
        """What is wrong with the database's tables, in a sentence; nothing where that is not known."""
        if self._numbers is None or self._numbers.migration == self._needed:
            return ""
        if self._numbers.migration > self._needed:
            return "A newer version of the bot has changed the database: replace this one."
        return f"The database is at migration {self._numbers.migration}, not {self._needed}: run briefing-bot migrate."

    async def refresh(self) -> None:
        """Read anew, unless that was done less than READ_EVERY_S ago; wait for it no longer than WAIT_S."""
        now = time.monotonic()
        if self._reading is None and now >= self._read_next_at:
            self._read_next_at = now + READ_EVERY_S
            self._reading = asyncio.create_task(self._read())
        if self._reading is not None:
            await asyncio.wait({self._reading}, timeout=WAIT_S)

    async def close(self) -> None:
        """End a read that is under way."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Return the names alone, for the registry."""
        yield GaugeMetricFamily(f"{PREFIX}_database_up", "")
        for name in _NAMES:
            yield GaugeMetricFamily(f"{PREFIX}_{name}", "")

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return what was read last; no word of the database before it first answered, or could not."""
        numbers = self._numbers
        if numbers is not None or self.fault:
            is_up = not self.fault
            yield GaugeMetricFamily(f"{PREFIX}_database_up", "Whether the database could be read.", value=is_up)
        if numbers is None or time.monotonic() - numbers.read_at > KEPT_S:
            return
        for name, by_state in numbers.by_state.items():
            family = GaugeMetricFamily(f"{PREFIX}_{name}", _NAMES[name], labels=["state"])
            for each, number in by_state.items():
                family.add_metric([each], number)
            yield family
        for name, value in numbers.values.items():
            yield GaugeMetricFamily(f"{PREFIX}_{name}", _NAMES[name], value=value)

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(GIVE_UP_S), self._database.reading() as connection:
                self._numbers = await _numbers(connection, self._clock.now(), self._refused)
            self.fault = ""
        except StoreError as error:
            self._failed(str(error))
        except TimeoutError:
            self._failed(_NO_ANSWER)
        except Exception:  # noqa: BLE001 — a fault nobody foresaw must not end what tells of faults
            _log.exception("metrics.read_failed")
            self._failed("The database could not be read: see the log.")
        finally:
            told = StoreError(*READ_ONLY) if self._numbers and self._numbers.is_read_only else ""
            self.write_fault = str(self._database.write_fault() or told)
            self._reading = None

    def _failed(self, fault: str) -> None:
        self._numbers, self.fault = None, fault
        self._read_next_at = 0.0  # the next scrape tries again: whether it is back is worth a query


async def _numbers(connection: AsyncConnection, now: datetime, refused: tuple[str, ...]) -> StoredNumbers:
    read_at = time.monotonic()
    if not await connection.run_sync(lambda each: inspect(each).has_table("alembic_version")):
        raise StoreError("The database has no tables yet: the first start makes them.")
    migration = str(await connection.scalar(text("SELECT version_num FROM alembic_version")) or "")
    open_now, values = await _open_deliveries(connection, now)
    values |= await _runs(connection, now, refused)
    failed = deliveries.c.state == DeliveryState.FAILED
    lately = select(func.count()).where(deliveries.c.finished_at > now - DAY, failed)
    values["failed_deliveries"] = await connection.scalar(lately) or 0
    values["content_faulty"] = await is_faulty(connection)
    newest = select(revisions.c.number, revisions.c.published_at).order_by(revisions.c.number.desc()).limit(1)
    for row in await connection.execute(newest):
        values["newest_revision"] = row.number
        values["revision_published_timestamp_seconds"] = row.published_at.timestamp()
    by_state = {"open_deliveries": open_now, "workspaces": await _workspaces(connection)}
    is_read_only = connection.dialect.name == "postgresql" and bool(await connection.scalar(_TAKES_NO_CHANGES))
    return StoredNumbers(by_state, values, migration, is_read_only, read_at)


async def _open_deliveries(connection: AsyncConnection, now: datetime) -> tuple[Mapping[str, int], dict[str, float]]:
    """Return how many there are in each state, how many are late, and how long the oldest has been due."""
    columns = deliveries.c
    due_at = case((has_app(columns.team), columns.due_at))  # where the app was removed, nothing is due
    late = func.sum(case((due_at < now - LATE_AFTER, 1), else_=0)).label("late")
    counted = select(columns.state, func.count().label("number"), late, func.min(due_at).label("oldest"))
    found = (await connection.execute(counted.where(columns.state.in_(_OPEN)).group_by(columns.state))).all()
    ages = [(now - row.oldest).total_seconds() for row in found if row.oldest]
    values = {"late_deliveries": sum(int(row.late) for row in found), "queue_age_seconds": max((0.0, *ages))}
    return dict.fromkeys(_OPEN, 0) | {DeliveryState(row.state): row.number for row in found}, values


async def _workspaces(connection: AsyncConnection) -> dict[str, int]:
    """Return how many have the app, and how many have removed it and are not erased yet."""
    removed = installed_workspaces.c.removed_at.is_not(None)
    counted = select(func.count(), func.coalesce(func.sum(case((removed, 1), else_=0)), 0))
    found = await connection.execute(counted.select_from(installed_workspaces))
    total, gone = found.one()
    return {"installed": total - int(gone), "removed": int(gone)}


async def _runs(connection: AsyncConnection, now: datetime, refused: tuple[str, ...]) -> dict[str, float]:
    """Return expected and posted: a post counts as expected once it is LATE_AFTER its turn, or settled before."""
    runs, late_before = schedule_runs.c, now - LATE_AFTER
    states: dict[str, Any] = {
        "posted": runs.state == RunState.POSTED,
        "lost": or_(
            runs.state == RunState.MISSED,
            and_(runs.state == RunState.FAILED, func.coalesce(runs.reason, "").not_in(refused)),
        ),
        "late": and_(
            runs.state == RunState.DUE,
            func.coalesce(deliveries.c.due_at, runs.scheduled_for) < late_before,
            has_app(func.coalesce(deliveries.c.team, "")),
        ),
    }
    sums = [func.coalesce(func.sum(case((rule, 1), else_=0)), 0).label(name) for name, rule in states.items()]
    counted = select(*sums).select_from(schedule_runs.outerjoin(deliveries, deliveries.c.id == runs.delivery_id))
    row = (await connection.execute(counted.where(runs.scheduled_for > now - DAY, runs.scheduled_for <= now))).one()
    waiting = schedules.c.paused_at.is_(None), schedules.c.next_at <= now
    is_late = func.coalesce(func.sum(case((schedules.c.next_at < late_before, 1), else_=0)), 0)
    overdue = (await connection.execute(select(is_late, func.min(schedules.c.next_at)).where(*waiting))).one()
    return {
        "scheduled_posts_expected": int(row.posted) + int(row.lost) + int(row.late) + int(overdue[0]),
        "scheduled_posts_posted": int(row.posted),
        "schedule_lag_seconds": (now - overdue[1]).total_seconds() if overdue[1] else 0.0,
    }
