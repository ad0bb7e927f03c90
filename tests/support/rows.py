"""A row of any table, made from its columns: what is new in a table needs no change of a test."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Integer

from bot.store.tables import UtcTime

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Column, Table

_STATES = {"deliveries": "sent", "proposals": "published", "schedule_runs": "posted", "themes": "open"}
_FIXED = {"team": "T1", "team_id": "T1", "name": "ada"}
_AHEAD = frozenset({"due_at", "expires_at", "next_at", "paused_at", "paused_until", "until"})
"""Empty where they may be, and else a minute later."""


def row_of(table: Table, number: int, at: datetime, **values: object) -> dict[str, Any]:
    """Return a row, different for each number, as it is written at a moment; nothing of it is pending."""
    row = {column.name: _value(table, column, number, at) for column in table.columns if not _is_given(table, column)}
    return row | values


def _is_given(table: Table, column: Column[Any]) -> bool:
    """Whether the database numbers it."""
    return column.name == "id" and isinstance(column.type, Integer) and table.name in {"audit", "changes"}


def _value(table: Table, column: Column[Any], number: int, at: datetime) -> object:
    """Return a value that fits a column."""
    if column.name == "state":
        return _STATES.get(table.name, "")
    if column.name in _FIXED:
        return _FIXED[column.name]
    if column.primary_key and isinstance(column.type, Integer):
        return number + 1
    plain: dict[type, object] = {
        Date: at.date(),
        DateTime: at.replace(tzinfo=None),
        Boolean: False,
        Integer: 1,
        JSON: {} if column.name == "payload" else [],
    }
    plain[UtcTime] = at + timedelta(minutes=1) if column.name in _AHEAD else at
    if type(column.type) in plain:
        return plain[type(column.type)]
    is_key = column.primary_key or column.unique
    return f"{column.name[0].upper()}{number}" if is_key or column.name == "channel" else ""
