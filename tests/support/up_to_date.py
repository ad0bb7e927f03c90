"""A database with all its tables, to copy: faster than its migrations, run anew for every test."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import create_engine

from bot.store.engine import database_url
from bot.store.migrate import migrate

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


def copy_up_to_date(folder: Path) -> URL:
    """Make a SQLite database in a folder, with all tables and no rows; return its address."""
    url = database_url("", folder)
    Path(str(url.database)).write_bytes(_sqlite_file())
    return url


def make_tables(url: URL) -> None:
    """Bring a database up to date, without a running event loop."""
    engine = create_engine(url.set(drivername=url.drivername.replace("+aiosqlite", "")))
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()


@cache
def _sqlite_file() -> bytes:
    with TemporaryDirectory() as folder:
        make_tables(url := database_url("", Path(folder)))
        return Path(str(url.database)).read_bytes()
