"""Channels where nobody clicks: after some weeks they are asked, once, whether their schedules are still wanted.

Whoever presses anything of ours in a channel is taken as a sign that it is (`touched_at`). A channel that does not
answer is not asked again before somebody there has clicked, and so many weeks have passed once more.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.messages import Action, Button, ChannelRef
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage, Priority
from bot.outbox.outbox import enqueue
from bot.schedules import schedules
from bot.store.errors import StoreError
from bot.store.tables import schedules as table
from bot.store.tables import settings
from bot.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.content.models import Content
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

LOOK_EVERY_S: Final = 3600.0

_ANSWERS: Final = (
    Button(Action.KEEP, "Keep", "schedules"),
    Button(Action.WEEKLY, "Weekly", "schedules"),
    Button(Action.STOP, "Stop", "schedules"),
)
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class _InactiveChannel:
    """A place where nobody has clicked since a moment (aware UTC). Each is asked about once."""

    place: ChannelRef
    since: datetime

    @property
    def key(self) -> str:
        """What stands for it in the table `settings`, once it was asked about."""
        return f"asked {self.place.team} {self.place.channel} {self.since:%Y%m%dT%H%M%S}"


_log = structlog.stdlib.get_logger(__name__)


class InactivityCheck:
    """Looks for channels to ask. Any number of processes may: each channel is asked by one."""

    def __init__(
        self, database: Database, clock: Clock, weeks: int, describe: Callable[[Content, Schedule], str]
    ) -> None:
        """`weeks` without a click are what it takes (ASK_AFTER_WEEKS); `describe` names a schedule to its readers."""
        self._database = database
        self._clock = clock
        self._weeks = weeks
        self._describe = describe

    async def run(self) -> None:
        """Look every hour, until cancelled. A database that fails is asked again an hour later."""
        while True:
            try:
                await self.look()
            except (StoreError, SQLAlchemyError, OSError) as error:
                _log.warning("channels without a click were not looked for", reason=str(error).partition("\n")[0])
            except Exception:  # noqa: BLE001 — a fault in one look must not end all that follow
                _log.exception("channels without a click could not be looked for")
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> int:
        """Ask the channels where nobody has clicked for so long; return how many were asked."""
        now = self._clock.now()
        content = (await self._database.latest()).content
        async with self._database.reading() as connection:
            silences = await _silences(connection, now - timedelta(weeks=self._weeks))
        asked = 0
        for silence in silences:
            try:
                async with self._database.transaction() as connection:
                    await connection.execute(insert(settings).values(key=silence.key, value=now.isoformat()))
                    await self._ask(connection, content, silence.place, now)
            except IntegrityError:
                continue  # another process has asked there meanwhile
            asked += 1
        return asked

    async def _ask(self, connection: AsyncConnection, content: Content, place: ChannelRef, now: datetime) -> None:
        running = [each for each in await schedules.for_channel(connection, place) if each.paused_at is None]
        names = [escape(self._describe(content, each)) for each in running[:_NAMED]]
        more = [f"and {len(running) - _NAMED} more"] if len(running) > _NAMED else []
        listed = "\n".join(f"- {each}" for each in (*names, *more))
        asking = f"Nobody here has clicked on a post of mine for {self._weeks} weeks. Keep these, weekly, or stop?"
        message = OutboxMessage(f"{asking}\n\n{listed}\n", buttons=_ANSWERS)
        await enqueue(
            connection, [Delivery(place.team, place.channel, DeliveryKind.NOTE, message, Priority.SCHEDULE)], now
        )


async def _silences(connection: AsyncConnection, before: datetime) -> Sequence[_InactiveChannel]:
    """Return the silences, begun earlier, of places with a schedule that runs; not those that were asked about."""
    columns = table.c
    newest = func.max(columns.touched_at)
    query = select(columns.team, columns.channel, newest.label("since")).group_by(columns.team, columns.channel)
    rows = await connection.execute(query.having(newest <= before, func.count(columns.next_at) > 0))
    found = [_InactiveChannel(ChannelRef(row.team, row.channel), row.since) for row in rows]
    asked = select(settings.c.key).where(settings.c.key.in_([each.key for each in found]))
    known = set((await connection.scalars(asked)).all())
    return [each for each in found if each.key not in known]
