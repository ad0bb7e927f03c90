"""Audit: an append-only record of who changed what and when, written in the transaction that makes the change."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, or_, select

from bot.logging import redacted
from bot.store.maintainer_tables import audit as table
from bot.text import storable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

BOT: Final = "bot"
"""Who, where the bot acted by itself."""
CLI: Final = "cli:"
"""Begins who, where a command was run; the login name follows."""
FORMER: Final = "former:"
"""Begins who, where that person was forgotten; some digits follow, the same in all that they did.

It is the one change of an entry that the database's trigger lets through: an id may become this.
"""
MOST_CHARACTERS: Final = {"team": 32, "who": 100, "action": 60, "subject": 200, "before": 4000, "after": 4000}
"""Longer texts are cut, and end with an ellipsis."""
PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. `who` is a Slack user id, CLI and a login name, or BOT; `action` is dotted (`proposal.approved`).

    `subject` is the id of what was changed: a channel, a fact, a proposal. `before` and `after` are for people to read,
    empty where there was nothing. Secrets are redacted when it is recorded.
    """

    team: str
    who: str
    action: str
    subject: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An entry as it was recorded: `id` rises in the order of recording, `at` is aware UTC."""

    id: int
    at: datetime
    entry: AuditEntry


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to read: all that agree with each field that is set.

    `since` is included. `action` also stands for the actions below it: `proposal` for `proposal.approved`.
    """

    since: datetime | None = None
    subject: str = ""
    who: str = ""
    action: str = ""


_FIELDS: Final = tuple(each.name for each in fields(AuditEntry))


async def record(connection: AsyncConnection, entry: AuditEntry, now: datetime) -> None:
    """Record a change, in the caller's transaction."""
    await record_all(connection, [entry], now)


async def record_all(connection: AsyncConnection, entries: Sequence[AuditEntry], now: datetime) -> None:
    """Record changes of one moment, in this order, in the caller's transaction."""
    if entries:
        rows = [{"at": now} | {name: _kept(name, getattr(each, name)) for name in _FIELDS} for each in entries]
        await connection.execute(insert(table), rows)


async def read_audit(
    connection: AsyncConnection, wanted: AuditFilter, *, after: int = 0, limit: int = PAGE
) -> tuple[AuditRecord, ...]:
    """Return a page of entries in their order: those that follow the one with the id `after`."""
    query = select(table).where(table.c.id > after, *_conditions(wanted)).order_by(table.c.id).limit(limit)
    return tuple(map(_read, await connection.execute(query)))


async def newest_audit(connection: AsyncConnection, wanted: AuditFilter, limit: int) -> tuple[AuditRecord, ...]:
    """Return the newest entries, in their order."""
    query = select(table).where(*_conditions(wanted)).order_by(table.c.id.desc()).limit(limit)
    return tuple(map(_read, reversed((await connection.execute(query)).all())))


def _kept(name: str, text: str) -> str:
    """Return a field as it is stored: a secret that is cut in two would not be recognised, so it is redacted first."""
    whole, most = storable(redacted(text)), MOST_CHARACTERS[name]
    return whole if len(whole) <= most else f"{whole[: most - 1]}…"


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.since:
        found.append(table.c.at >= wanted.since)
    if wanted.subject:
        found.append(table.c.subject == wanted.subject)
    if wanted.who:
        found.append(table.c.who == wanted.who)
    if wanted.action:
        below = table.c.action.startswith(f"{wanted.action}.", autoescape=True)
        found.append(or_(table.c.action == wanted.action, below))
    return found


def _read(row: Row[Any]) -> AuditRecord:
    return AuditRecord(row.id, row.at, AuditEntry(**{name: getattr(row, name) for name in _FIELDS}))
