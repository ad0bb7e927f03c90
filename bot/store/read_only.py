"""A connection that changes nothing: beside a running bot, and before a database is brought up to date."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bot.errors import BriefingBotError
from bot.store.engine import create_async_engine, create_engine
from bot.store.errors import StoreError, store_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_BUSY_S: Final = 2.0


class NoDatabaseError(BriefingBotError):
    """There is no SQLite file yet."""


@asynccontextmanager
async def read_only(url: URL) -> AsyncIterator[AsyncConnection]:
    """Connect to a database as it is: no file is made, no mode, lock or table changed.

    Raises NoDatabaseError, StoreError for a database that cannot be used.
    """
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = _sqlite_engine(Path(url.database or "")) if is_sqlite else create_engine(url)
    try:
        async with engine.connect() as connection:
            if not is_sqlite:
                await connection.execution_options(postgresql_readonly=True)
            yield connection
    except DBAPIError as error:
        raise store_error(error, Path(url.database) if is_sqlite and url.database else None) from error
    finally:
        await engine.dispose()


def _sqlite_engine(path: Path) -> AsyncEngine:
    """Return an engine for a SQLite file that is only read (SQLite: "Uniform Resource Identifiers").

    Without a write-ahead log nobody has it open, and it holds everything: read as immutable, no file is made beside it.
    """
    try:
        path.open("rb").close()  # the driver's thread outlives an open that fails
    except FileNotFoundError:
        raise NoDatabaseError(f"There is no database at {path} yet.", "`briefing-bot run` makes it.") from None
    except OSError as error:
        to_do = "Let the bot's user read it, and the folders above it."
        raise StoreError(f"The database file {path} cannot be read: {error.strerror}.", to_do) from None
    query = {"mode": "ro", "uri": "true"}
    if not path.with_name(f"{path.name}-wal").exists():
        query["immutable"] = "1"
    url = URL.create("sqlite+aiosqlite", database=f"file:{quote(str(path.absolute()))}", query=query)
    return create_async_engine(url, hide_parameters=True, connect_args={"timeout": _BUSY_S})
