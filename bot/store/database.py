"""The database: transactions on it, its migrations, and the revisions in it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import structlog
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import ConfigError
from bot.store import revisions
from bot.store.engine import BUSY_S, READING, ProcessLock, create_engine, database_url, sqlite_folder
from bot.store.errors import NOT_SAVED, StoreError, store_error
from bot.store.migrate import migrate, migration_of, newest_migration
from bot.store.revision import NothingPublishedError
from bot.store.turnstile import Turnstile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.config import Settings
    from bot.store.revision import Recorded, Revision

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
        self._writing = asyncio.Lock() if self.is_sqlite else None
        self._turnstile = Turnstile()
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
    def known(self) -> Revision | None:
        """The newest revision that this process has read or published."""
        return self._latest

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction that may write: committed when the block ends, rolled back when it raises.

        Never begin one inside another: on SQLite the inner one would wait for the outer one for ever. IntegrityError
        goes through as it is.
        """
        with _in_words(NOT_SAVED):
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(self._turnstile.passed())
                if self._writing is not None:  # SQLite has one writer: those of this process queue here, in order
                    await stack.enter_async_context(self._writing)
                yield await stack.enter_async_context(self._engine.begin())

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Begin a read-only transaction, which waits for no writer."""
        with _in_words():
            async with self._turnstile.reading(), self._engine.connect() as connection:
                await connection.execution_options(**{READING: True})
                yield connection

    async def migrate(self) -> None:
        """Bring the tables up to date. Raises ConfigError for a database that a newer version has used."""
        async with self.transaction() as connection:
            try:
                await connection.run_sync(migrate)
            except CommandError:
                raise _too_new() from None

    async def require_migrated(self) -> None:
        """Raise ConfigError, with the command to run, when the tables are not those of this version."""
        async with self.reading() as connection:
            found = await connection.run_sync(migration_of)
        needed = newest_migration()
        if found is None or found < needed:
            at = f"at migration {found}" if found else "empty"
            raise ConfigError(
                f"The database is {at}; this version needs migration {needed}.", "Run: briefing-bot migrate"
            )
        if found > needed:
            raise _too_new()

    async def latest(self) -> Revision:
        """Return the newest revision that this process knows of: `refresh` looks for a newer one."""
        return self._latest or await self.refresh()

    async def refresh(self) -> Revision:
        """Look for a newer revision and return the newest. Raises NothingPublishedError."""
        async with self.reading() as connection:
            number = await revisions.newest_number(connection)
            if number == 0:
                raise NothingPublishedError
            if self._latest is None or self._latest.number != number:
                self._latest = await _read(connection, number)
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

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


@contextmanager
def _in_words(for_members: str = StoreError.for_members) -> Iterator[None]:
    """Raise StoreError for the database's errors; the log gets the driver's own text."""
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, PoolTimeoutError) as error:
        failure = store_error(error)
        failure.for_members = for_members
        _log.warning("db.error", reason=str(error).partition("\n")[0], message=failure.message)
        raise failure from error


async def _read(connection: AsyncConnection, number: int) -> Revision | None:
    try:
        return await revisions.read_revision(connection, number)
    except ValueError as error:
        raise StoreError(
            f"Revision {number} was written by another version of the bot and cannot be read.",
            "Publish the content again: briefing-bot publish",
        ) from error


def _too_new() -> ConfigError:
    return ConfigError(
        "A newer version of the bot has changed the database.",
        "Install that version again, or restore a backup: docs/operations.md says how.",
    )
