"""Writes the statements with which a new SQLite file begins: `make docs`. They are what the migrations make of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.store.migrate import NEW_SQLITE, VERSION_TABLE
from bot.store.tables import compatibility
from tests.support.up_to_date import copy_up_to_date

_MADE = """
SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'table' DESC, rowid
"""


def statements_of(file: Path) -> list[str]:
    """Return the statements that make a database's tables, and the rows of those two that say what they are."""
    with closing(sqlite3.connect(file)) as connection:
        made = [sql for (sql,) in connection.execute(_MADE)]
        for table in (VERSION_TABLE, compatibility.name):
            ((value,),) = connection.execute(f"SELECT * FROM {table}")  # noqa: S608 — a constant
            made.append(f"INSERT INTO {table} VALUES ('{value}')")  # noqa: S608 — for a file of ours
    return made


def migrated() -> list[str]:
    """Return the statements that make what all migrations make of an empty file."""
    with TemporaryDirectory() as folder:
        return statements_of(Path(str(copy_up_to_date(Path(folder)).database)))


if __name__ == "__main__":
    NEW_SQLITE.write_text("\n\n".join(migrated()) + "\n", encoding="utf-8")
