"""Audit of what a channel gets: compares its settings before and after a change, and records what differs, in words."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from bot.alerts import days_off, subscriptions
from bot.alerts.filters import said, typed
from bot.alerts.subscriptions import ALL, BY
from bot.audit.audit import AuditEntry, record_all
from bot.recurrence.phrase import joined, say_rule
from bot.recurrence.rule import RULE_ADAPTER, WhenUnchanged
from bot.store.tables import schedules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.messages import ChannelRef

_LOCK: Final = 0x6175_6474  # any number: advisory locks of PostgreSQL, shared out among the channels
_LOCKS: Final = 1024
"""At most as many: a transaction that changes all channels of a workspace holds each, and PostgreSQL has some 6,000."""
_UNCHANGED: Final = {
    WhenUnchanged.SKIP: "if anything changed",
    WhenUnchanged.SHORT: "with one line if nothing changed",
    WhenUnchanged.FULL: "in full even if nothing changed",
}
"""What follows a rule."""


@dataclass(frozen=True, slots=True)
class ChannelSetting:
    """One subscription, schedule or list of days off in words; `pause` is why it is paused, empty while it runs."""

    kind: str
    words: str
    pause: str = ""

    def __str__(self) -> str:
        """Return it as it stands in the audit."""
        return f"{self.words}; paused {self.pause}" if self.pause else self.words


@asynccontextmanager
async def recorded(
    connection: AsyncConnection, place: ChannelRef, who: str, now: datetime, cause: str = ""
) -> AsyncIterator[None]:
    """Record what the block changes in a channel's settings, by whom; nothing where it changes nothing or raises.

    On PostgreSQL other transactions that record changes of the channel wait. `cause` (`Undo`) is said with each change.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer
        key = func.mod(func.hashtext(f"{place.team} {place.channel}"), _LOCKS)
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK, key)))
    before = await settings_of(connection, place)
    yield
    after = await settings_of(connection, place)
    await record_all(
        connection,
        [
            _entry(place, who, before.get(key), after.get(key), cause)
            for key in dict.fromkeys((*before, *after))
            if before.get(key) != after.get(key)
        ],
        now,
    )


async def settings_of(connection: AsyncConnection, place: ChannelRef) -> Mapping[str, ChannelSetting]:
    """Return what a channel gets, by its id in its table."""
    found: dict[str, ChannelSetting] = {}
    for each in await subscriptions.for_channel(connection, place):
        wanted = said(corrections_only=each.corrections_only, certainty=each.certainty)
        words = f"alerts on {'all areas' if each.area == ALL else typed(each.area)}: {wanted}"
        pause = _pause(each.pause_reason, each.paused_until) if each.paused_at else ""
        found[each.id] = ChannelSetting("alerts", words, pause)
    here = schedules.c.team == place.team, schedules.c.channel == place.channel
    query = select(schedules).where(*here).order_by(schedules.c.created_at, schedules.c.id)
    for row in await connection.execute(query):
        what = "digest of all areas" if row.is_digest else joined(list(row.areas))
        pause = _pause(row.pause_reason or "", row.paused_until) if row.paused_at else ""
        found[row.id] = ChannelSetting("schedule", f"{what}: {_times(row.rule)}", pause)
    if off := await days_off.of_channel(connection, place):
        found["days off"] = ChannelSetting("days_off", f"days off: {days_off.said(off)}")
    return found


def _entry(
    place: ChannelRef, who: str, before: ChannelSetting | None, after: ChannelSetting | None, cause: str
) -> AuditEntry:
    """Return the entry for a setting that differs; it is new without `before`, and gone without `after`."""
    left = after or before
    action = f"{left.kind}.{_done(before, after)}" if left else ""
    texts = [str(after)] if after else []
    texts += [f"({cause})"] if cause else []
    return AuditEntry(place.team, who, action, place.channel, str(before or ""), " ".join(texts))


def _done(before: ChannelSetting | None, after: ChannelSetting | None) -> str:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    if before.words != after.words or bool(before.pause) == bool(after.pause):
        return "changed"
    return "paused" if after.pause else "resumed"


def _pause(reason: str, until: datetime | None) -> str:
    """Return by whom or why something is paused, and until when; a reason that names nobody is a sentence or a code."""
    why = reason if BY.fullmatch(reason) else f"({reason.removesuffix('.')})"
    return f"{why} until {until:%Y-%m-%d %H:%M}Z" if until else why


def _times(rule: str) -> str:
    try:
        read = RULE_ADAPTER.validate_json(rule)
    except (LookupError, ValueError, TypeError):  # as bot/schedules/schedules.py
        return "times that cannot be read"
    return f"{say_rule(read)}, {_UNCHANGED[read.when_unchanged]}"
