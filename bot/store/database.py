"""The database: transactions on it, its migrations, and the revisions in it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import ConfigError
from bot.logging import Repeats
from bot.store import revisions
from bot.store.engine import BUSY_S, READS, READS_ALONE, ProcessLock, create_engine, database_url, sqlite_folder
from bot.store.errors import NOT_SAVED, OUTAGE, StoreError, store_error
from bot.store.limiter import TransactionLimiter, without_timeout
from bot.store.migrate import bring_up_to_date, require_current
from bot.store.revision import NothingPublishedError
from bot.store.sqlite_file import SqliteFile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.config import Settings
    from bot.store.revision import Recorded, Revision

AWAY_S: Final = 2.0
UNWRITABLE_S: Final = 90.0
"""Seconds for which a change that the database refused is told: a restart or a failover is over by then."""
_RETRY_S = 1.0

_log = structlog.stdlib.get_logger(__name__)


class Database:
    """Database for any number of concurrent tasks; implements bot.store.revision.Store. `close()` it at the end.

    Every method raises StoreError when the database cannot be used at the moment.
    """

    def __init__(self, url: URL, *, busy_s: float = BUSY_S) -> None:
        """Take the address that `database_url` gives; it connects when it is first used.

        `busy_s`: seconds that SQLite waits for another process's lock.
        """
        self.url = url
        self._engine = create_engine(url, busy_s=busy_s)
        self.file = SqliteFile(Path(url.database)) if self.is_sqlite and url.database else None
        """The file of a SQLite database."""
        self.outages = Repeats()
        """What keeps all tasks together from logging an outage more than once a minute."""
        self._away: StoreError | None = None
        self._away_until = 0.0
        self._refused: StoreError | None = None
        self._refused_until = 0.0
        self._writing = asyncio.Lock() if self.is_sqlite else None  # it has one writer: ours queue here, in order
        self._limiter = TransactionLimiter()
        self._latest: Revision | None = None

    @classmethod
    def of(cls, settings: Settings) -> Database:
        """Return the database that the settings name. Raises ConfigError."""
        configured = settings.database_url.get_secret_value() if settings.database_url else ""
        return cls(database_url(configured, settings.data_dir))

    @asynccontextmanager
    async def opened(
        self, *, is_shared: bool = False, migrate: bool = False, wait_s: float = 0
    ) -> AsyncIterator[Database]:
        """Open it, and close it with the block; SQLite is brought up to date and locked for this process.

        `is_shared` is for short commands, which may work beside a running bot; `migrate` brings PostgreSQL up to date
        as well. One that does not answer is tried again for `wait_s` seconds. Raises ConfigError.
        """
        async with AsyncExitStack() as stack:
            if (folder := sqlite_folder(self.url)) is not None:
                lock = ProcessLock(folder, is_shared=is_shared)
                stack.callback(lock.release)
                if is_shared and self.file and not self.file.path.exists() and lock.is_held():
                    raise ConfigError(
                        f"The database file {self.file.path} is gone, and a bot still runs on it.",
                        "Stop the bot and restore a backup: docs/operations.md says how.",
                    )
            stack.push_async_callback(self.close)
            await self._prepare(wait_s, self.migrate if self.is_sqlite or migrate else self.require_migrated)
            yield self

    async def _prepare(self, wait_s: float, step: Callable[[], Awaitable[None]]) -> None:
        """Take a first step as soon as the database answers, within `wait_s` seconds."""
        loop = asyncio.get_running_loop()
        deadline, is_told = loop.time() + wait_s, False
        while True:
            try:
                return await step()
            except StoreError as error:
                if loop.time() >= deadline:
                    raise
                if not is_told:
                    _log.error("db.unavailable", task="start", reason=error.message)
                is_told = True
            await asyncio.sleep(_RETRY_S)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a local file, for one process."""
        return self._engine.dialect.name == "sqlite"

    @property
    def is_lost(self) -> bool:
        """Whether its file was deleted or replaced: nothing is saved until the bot is started anew."""
        return self.file is not None and self.file.is_lost

    def write_fault(self) -> StoreError | None:
        """Return why changes are not saved, by what was refused just now and by SQLite's file; None where they are."""
        is_refused = asyncio.get_running_loop().time() < self._refused_until
        return self._refused if is_refused else self.file.write_fault() if self.file else None

    def on_lost(self, tell: Callable[[StoreError], None]) -> None:
        """Have `tell` called once when the file is lost."""
        if self.file:
            self.file.on_lost = tell

    @property
    def known(self) -> Revision | None:
        """The newest revision that this process has read or published."""
        return self._latest

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction that may write: committed when the block ends, rolled back when it raises.

        Never begin one inside another: on SQLite the inner one would wait for the outer one for ever. IntegrityError
        goes through as it is.
        """
        with self._in_words(NOT_SAVED):
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(self._limiter.admitted(self._writing))
                async with self._limiter.in_time():
                    connection = await stack.enter_async_context(self._engine.begin())
                yield connection

    @asynccontextmanager
    async def patient_transaction(self) -> AsyncIterator[AsyncConnection]:
        """As `transaction`, for what may take minutes: no statement of it is given up."""
        with without_timeout():
            async with self.transaction() as connection:
                if not self.is_sqlite:
                    await connection.execute(text("SET LOCAL statement_timeout = 0"))
                    await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Begin a read-only transaction, which waits for no writer; on PostgreSQL each statement is one by itself."""
        with self._in_words():
            async with self._limiter.reading(), self._engine.connect() as connection:
                await connection.execution_options(**(READS if self.is_sqlite else READS_ALONE))
                yield connection

    @contextmanager
    def _in_words(self, for_members: str = StoreError.for_members) -> Iterator[None]:
        """Raise StoreError for the database's errors; the log gets the driver's own text, once a minute.

        A server that cannot be reached is left alone for AWAY_S after each try: a dozen tasks ask for it each second.
        """
        self._require_usable(for_members)
        try:
            yield
        except IntegrityError:
            raise
        except (DBAPIError, PoolTimeoutError) as error:
            failure = store_error(error, self.file.path if self.file else None)
            failure.for_members = for_members
            if failure.is_away:
                self._away, self._away_until = failure, asyncio.get_running_loop().time() + AWAY_S
            if failure.is_unwritable:
                self._refused, self._refused_until = failure, asyncio.get_running_loop().time() + UNWRITABLE_S
            if self.outages.due(OUTAGE):
                reason = str(error).partition("\n")[0]
                _log.error("db.error", reason=reason, message=failure.message, hint=failure.hint)
            raise failure from error

    def _require_usable(self, for_members: str) -> None:
        """Raise StoreError for a server that could not be reached just now, and for a file that is lost."""
        is_away = asyncio.get_running_loop().time() < self._away_until
        failure = self._away if is_away else self.file.loss() if self.file else None
        if failure is not None:
            if self.outages.due(OUTAGE):
                _log.error("db.unavailable", task="all", reason=failure.message)
            refusal = StoreError(failure.message, failure.hint)
            refusal.for_members = for_members
            raise refusal

    async def migrate(self) -> None:
        """Bring the tables up to date; a migration takes as long as it needs.

        Raises ConfigError for a database that a newer version has changed so that this one cannot work on it.
        """
        async with self.patient_transaction() as connection:
            await connection.run_sync(bring_up_to_date)

    async def require_migrated(self) -> None:
        """Raise ConfigError, with the command to run, when this version cannot work on the tables."""
        async with self.reading() as connection:
            await connection.run_sync(require_current)

    async def latest(self) -> Revision:
        """Return the newest revision that this process knows of: `refresh` looks for a newer one."""
        return self._latest or await self.refresh()

    async def refresh(self) -> Revision:
        """Look for a newer revision and return the newest. Raises NothingPublishedError."""
        before = self._latest
        async with self.reading() as connection:
            number = await revisions.newest_number(connection)
            if number == 0:
                raise NothingPublishedError
            if before is None or before.number != number:
                found = await _read(connection, number)
                if self._latest is before:
                    self._latest = found
                elif found is not None:  # what was published meanwhile may be newer
                    self.adopt(found)
        if self._latest is None:
            raise NothingPublishedError
        return self._latest

    def adopt(self, revision: Revision) -> None:
        """Cache a revision that this process has just published, without reading it back."""
        if self._latest is None or self._latest.number < revision.number:
            self._latest = revision

    async def revision(self, number: int) -> Revision | None:
        """Return a revision by its number, if there is one."""
        async with self.reading() as connection:
            return await _read(connection, number)

    async def revision_within(self, connection: AsyncConnection, number: int) -> Revision | None:
        """Return a revision by its number, if there is one, read in a transaction that is under way."""
        is_known = self._latest is not None and self._latest.number == number
        return self._latest if is_known else await _read(connection, number)

    async def changes(self, *, area: str | None = None, since: datetime | None = None) -> Sequence[Recorded]:
        """Return the changes of an area (all without one) since a moment (aware UTC), newest revision first."""
        async with self.reading() as connection:
            return await revisions.read_changes(connection, area=area, since=since)

    async def last_changes(self, number: int) -> Mapping[str, Sequence[Recorded]]:
        """Return, by area, the changes of the newest revision up to `number` that changed facts there."""
        async with self.reading() as connection:
            return await revisions.last_changes(connection, number)

    async def history(self, fact_id: str) -> Sequence[Recorded]:
        """Return every change of a fact, newest first; none for a fact that never changed."""
        async with self.reading() as connection:
            return await revisions.read_changes(connection, fact_id=fact_id)

    async def first_published_at(self) -> datetime:
        """Return when the first revision was published. Raises NothingPublishedError."""
        async with self.reading() as connection:
            first = await revisions.first_published_at(connection)
        if first is None:
            raise NothingPublishedError
        return first

    async def empty_log(self) -> bool:
        """Have nothing of what was erased stand in SQLite's log, where its pages stay until others come over them.

        Return False where it could not be emptied.
        """
        return await asyncio.to_thread(self.file.empty_log) if self.file else True

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


async def _read(connection: AsyncConnection, number: int) -> Revision | None:
    try:
        return await revisions.read_revision(connection, number)
    except ValueError as error:
        raise StoreError(
            f"Revision {number} was written by another version of the bot and cannot be read.",
            "Publish the content again: briefing-bot publish",
        ) from error
