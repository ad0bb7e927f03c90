"""Errors of the database as sentences for an operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from bot.errors import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

OUTAGE: Final = "outage"
"""What Repeats counts when the database cannot be used: one log line a minute, whatever number of tasks wait for it."""
NOT_SAVED: Final = "I could not save that; nothing changed. Try again in a few minutes."


class StoreError(OperatorError):
    """The database cannot be used at the moment; the transaction was rolled back and can be tried again."""

    for_members = "I cannot read my records at the moment. Try again in a few minutes."
    is_away = False
    """Whether the database's server cannot be reached."""
    is_unwritable = False
    """Whether the database may well be read, and takes no changes."""


FULL: Final = (
    "The database's disk is full.",
    "Make room in DATA_DIR, or on the database's server; a running bot goes on by itself.",
)
READ_ONLY: Final = (
    "The database cannot be written: it is read-only.",
    "Let the bot's user write to DATA_DIR; the file may be immutable (lsattr). PostgreSQL: point to the primary.",
)
_BROKEN: Final = (
    "The database file cannot be used: its disk is full or broken, or it is immutable.",
    "Make room in DATA_DIR; see that nothing there is immutable (lsattr), and what the system's log says (dmesg).",
)
_SENTENCES: Final = (
    (
        ("database is locked", "database table is locked"),
        "The database is locked by another process.",
        "Stop whatever else has the file open; a running bot tries again by itself.",
    ),
    (("disk is full", "no space left", "disk full"), *FULL),
    (("disk i/o error",), *_BROKEN),
    (("readonly", "read-only"), *READ_ONLY),
    (
        ("unable to open database file",),
        "The database file cannot be opened.",
        "See that DATA_DIR exists and that the bot's user may write there.",
    ),
    (
        ('fatal:  database "',),
        "The database server has no database of that name.",
        "Correct the name at the end of DATABASE_URL, or create the database.",
    ),
    (
        ("no pg_hba.conf entry", "pg_hba.conf rejects"),
        "The database server lets nobody of that name in from here, or only by TLS.",
        "Add ?sslmode=require to DATABASE_URL; else whoever runs the server allows it in pg_hba.conf.",
    ),
    (
        ("certificate verify failed", "root certificate file", "server certificate for", "does not support ssl"),
        "The database server does not offer the TLS that DATABASE_URL asks for.",
        "Correct sslmode and sslrootcert in DATABASE_URL, or the server's certificate.",
    ),
    (
        ("invalid connection option", "invalid sslmode", "invalid port", "invalid integer value", "invalid channel_b"),
        "DATABASE_URL has a port or an option (behind its ?) that the database's driver does not know.",
        "Correct it.",
    ),
    (
        ("too many clients", "too many connections", "connection slots are reserved"),
        "The database server takes no more connections.",
        "Raise its max_connections, or stop what holds them; a running bot tries again by itself.",
    ),
    (
        ('fatal:  role "', "password authentication", "authentication failed"),
        "The database refuses the name or the password in DATABASE_URL.",
        "Correct it.",
    ),
    (
        ("statement timeout", "lock timeout"),
        "The database is too slow: a statement was given up.",
        "See what keeps its server busy, or holds its locks; a running bot tries again by itself.",
    ),
    (
        ("no such table", "does not exist"),
        "The database has not all the tables that this version needs.",
        "Run: briefing-bot migrate; if that says the same, restore a backup: docs/operations.md says how.",
    ),
    (
        ("already exists",),
        "The database was changed by halves: what a migration makes is there already.",
        "Restore the backup from before the upgrade: docs/operations.md says how.",
    ),
    (
        ("malformed", "not a database"),
        "The database file is damaged.",
        "Restore a backup: docs/operations.md says how.",
    ),
)


_UNREACHED: Final = "The database cannot be reached."
_AWAY: Final = ("connection to server", "connection failed", "connection timeout", "failed to resolve")
"""What psycopg says when no connection could be made; a connection that broke may be the only one."""


def store_error(error: SQLAlchemyError, file: Path | None = None) -> StoreError:
    """Return the sentence for a database error, with SQLite's file.

    The driver's text is for the log only: it may contain names.
    """
    if not isinstance(error, DBAPIError):
        return StoreError("The database is too slow: no connection became free in time.", "See the log.")
    text = str(error.orig).casefold()
    for signs, message, hint in _SENTENCES:
        if any(sign in text for sign in signs):
            named = message.replace("The database file ", f"The database file {file} ") if file else message
            failure = StoreError(named, hint)
            failure.is_unwritable = hint in {FULL[1], _BROKEN[1], READ_ONLY[1]}
            return failure
    if type(error.orig).__module__.startswith("sqlite3"):
        hint = "See that the bot's user may write to the file and to DATA_DIR, and that neither is immutable (lsattr)."
        return StoreError("The database file cannot be used.", hint)
    if isinstance(error, OperationalError) or error.connection_invalidated:
        hint = "Start its server, or correct DATABASE_URL; a running bot tries again by itself."
        is_unknown = "failed to resolve" in text
        what = "The database cannot be reached: its host has no address (DNS)." if is_unknown else _UNREACHED
        failure = StoreError(what, hint)
        failure.is_away = any(sign in text for sign in _AWAY)
        return failure
    return StoreError("The database refused a change.", "See the log.")
