"""Restores a backup of a SQLite database: checked and made ready beside the old file, then put in its place at once.

What was to be posted when the backup was made may have been posted since, and nobody can tell: it is held for the
operator, unless they say otherwise. Schedules go on with their next time from now. What was published since is not
taken over, as which posts show it and who was told would have to come with it: the start publishes and tells it again.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from bot.audit.audit import AuditEntry, record
from bot.errors import BriefingBotError
from bot.outbox.delivery import REPLIES, DeliveryState
from bot.retention.backup import copy, new_file, sync, sync_folder
from bot.schedules import schedules
from bot.schedules.next_run import newest_holidays, with_next_run
from bot.schedules.runs import RunState
from bot.store.database import Database
from bot.store.engine import ProcessLock
from bot.store.revision import NothingPublishedError
from bot.store.sqlite_file import give_to_owner_of, make_private
from bot.store.tables import deliveries, schedule_runs
from bot.text import visible

if TYPE_CHECKING:
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock

HELD: Final = "unconfirmed: restored from a backup"
"""Why a delivery of a restored database has failed: it may have been posted since, and an operator decides."""
_OPEN: Final = (DeliveryState.PENDING.value, DeliveryState.SENDING.value, DeliveryState.UNCONFIRMED.value)
_LOGS: Final = ("-wal", "-shm")
_SINCE: Final = (
    "SELECT count(*) FROM old.revisions WHERE number > (SELECT coalesce(max(number), 0) FROM main.revisions)"
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: where the old database is now (None: there was none), and how many deliveries it holds.

    `published_since` counts the revisions that were published since the backup, of which channels will be told again;
    None where the old database cannot tell.
    """

    kept_as: Path | None
    held: int
    published_since: int | None


def restore(url: URL, file: Path, clock: Clock, who: str, *, resume: bool = False) -> Restored:
    """Put a backup in the place of a SQLite database that no bot uses; `who` does it, for the audit.

    With `resume`, what was to be posted when the backup was made is posted. Raises ConfigError while a bot runs and for
    a backup of a newer version, BriefingBotError for what is no backup, a full disk and the like; nothing has changed
    then.
    """
    database = Path(str(url.database))
    if not file.is_file():
        raise BriefingBotError(f"There is no file {visible(str(file))}.", "Nothing was changed.")
    lock = ProcessLock(database.parent)
    try:
        if database.exists() and file.samefile(database):
            raise BriefingBotError(f"{visible(str(file))} is the bot’s database itself.", "Nothing was changed.")
        with new_file(database.with_name(f".{database.name}.part")) as part:
            copy(file, part)
            copied = url.set(database=str(part))
            held = asyncio.run(_made_ready(copied, clock, who, file.name, resume=resume))
            with closing(sqlite3.connect(part)) as connection:
                connection.execute("PRAGMA journal_mode = DELETE")  # a log would keep the old name
            _keep_owner(part, database if database.exists() else database.parent)
            sync(part)
            published_since = _published_since(database, part)
            kept_as = _put_aside(database, f"{clock.now():%Y%m%dT%H%M%SZ}")
            part.replace(database)
        sync_folder(database.parent)
    finally:
        lock.release()
    return Restored(kept_as, held, published_since)


def _keep_owner(part: Path, like: Path) -> None:
    """Have the new database belong to who owned the old one: root restores, and the bot runs as somebody else."""
    file = os.open(part, os.O_RDWR | os.O_NOFOLLOW)
    try:
        give_to_owner_of(like, file)
    finally:
        os.close(file)


async def _made_ready(url: URL, clock: Clock, who: str, name: str, *, resume: bool) -> int:
    """Bring the copy up to date, and hold what may have been posted; return how many deliveries are held."""
    copied = Database(url)
    try:
        await copied.migrate()
        with suppress(NothingPublishedError):
            await copied.refresh()
        async with copied.transaction() as connection:
            held = 0 if resume else await _hold(connection, copied, clock)
            said = "what waited goes on" if resume else f"{held} deliveries held"
            entry = AuditEntry("", who, "database.restored", "database", after=f"from {name}: {said}")
            await record(connection, entry, clock.now())
    finally:
        await copied.close()
    return held


async def _hold(connection: AsyncConnection, database: Database, clock: Clock) -> int:
    """Fail what was not settled, with its runs, and have schedules go on from now; replies are given up."""
    now, columns = clock.now(), deliveries.c
    unsettled = columns.state.in_(_OPEN)
    given_up = {"state": DeliveryState.CANCELLED.value, "payload": {}, "error": HELD}
    replies = columns.kind.in_([each.value for each in REPLIES])
    await connection.execute(update(deliveries).where(unsettled, replies).values(given_up))
    failed = {"state": DeliveryState.FAILED.value, "error": HELD, "finished_at": now}
    held = list(await connection.scalars(update(deliveries).where(unsettled).values(failed).returning(columns.id)))
    late = (
        schedule_runs.c.state == RunState.DUE.value,
        schedule_runs.c.delivery_id.in_(select(columns.id).where(columns.error == HELD)),
    )
    await connection.execute(update(schedule_runs).where(*late).values(state=RunState.FAILED.value, reason=HELD))
    holidays = newest_holidays(database)
    for each in await schedules.all_schedules(connection):
        if each.next_at is not None and each.next_at <= now:
            await schedules.change(connection, await with_next_run(connection, each, now, holidays))
    return len(held)


def _published_since(old: Path, restored: Path) -> int | None:
    """Count the revisions of the old database that the restored one lacks."""
    if old.exists():
        with suppress(sqlite3.Error), closing(sqlite3.connect(restored, uri=True)) as connection:
            connection.execute("ATTACH DATABASE ? AS old", (f"{old.resolve().as_uri()}?mode=ro",))
            (number,) = connection.execute(_SINCE).fetchone()
            return int(number)
    return None


def _put_aside(database: Path, when: str) -> Path | None:
    """Keep the old database under another name, with its log if that cannot be written into it."""
    if not database.exists():
        return None
    with suppress(sqlite3.Error), closing(sqlite3.connect(database)) as old:  # a damaged one is kept as it is
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    names = (f"{database.name}.before-{when}{number}" for number in ("", *(f"-{each}" for each in range(2, 100))))
    kept_as = next(path for path in map(database.with_name, names) if not path.exists())
    make_private(database)
    os.link(database, kept_as)
    for log in _LOGS:
        with suppress(FileNotFoundError):
            moved = database.with_name(f"{database.name}{log}").rename(kept_as.with_name(f"{kept_as.name}{log}"))
            make_private(moved)
    return kept_as
