"""Ask inactive channels, once, whether they still want their schedules.

A click on any of the bot's messages in a channel counts as activity (`schedules.last_activity_at`). A channel that does
not answer is not asked again before somebody there has clicked, and the same time has passed once more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import and_, delete, func, insert, or_, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.actions import Action, Button
from bot.messages import ChannelRef
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage, Priority
from bot.outbox.enqueuing import enqueue
from bot.schedules import schedules
from bot.store.errors import StoreError
from bot.store.periodic import repeat
from bot.store.tables import inactivity_prompts
from bot.store.tables import schedules as schedules_table
from bot.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.content.models import Content
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

CHECK_EVERY_S: Final = 3600.0

_BUTTONS: Final = (
    Button(Action.KEEP, "Keep", "schedules"),
    Button(Action.WEEKLY, "Weekly", "schedules"),
    Button(Action.STOP, "Stop", "schedules"),
)
_MAX_LISTED: Final = 5

_log = structlog.stdlib.get_logger(__name__)


class InactivityCheck:
    """Asks channels without activity. Safe to run in several processes: only one of them asks a channel."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        weeks: int,
        describe: Callable[[Content, Schedule], str],
        *,
        check_every_s: float = CHECK_EVERY_S,
    ) -> None:
        """`weeks` without a click make a channel inactive (ASK_AFTER_WEEKS); `describe` returns a schedule's label."""
        self._database = database
        self._clock = clock
        self._weeks = weeks
        self._describe = describe
        self._check_every_s = check_every_s

    async def run(self) -> None:
        """Check regularly, until cancelled. Errors are logged."""
        await repeat(self._try_to_check, self._check_every_s, self._database, "inactivity")

    async def _try_to_check(self) -> None:
        try:
            await self.check()
        except (StoreError, SQLAlchemyError, OSError):
            raise
        except Exception:  # noqa: BLE001 — a fault in one check must not end all that follow
            _log.exception("inactivity.check_failed")

    async def check(self) -> int:
        """Ask the channels that have become inactive; return how many there were."""
        now = self._clock.now()
        content = (await self._database.latest()).content
        async with self._database.reading() as connection:
            channels = await _inactive(connection, now - timedelta(weeks=self._weeks))
        asked = 0
        for place, last_activity_at in channels:
            try:
                async with self._database.transaction() as connection:
                    await _record_prompt(connection, place, last_activity_at, now)
                    await self._ask(connection, content, place, now)
            except IntegrityError:
                continue  # another process has asked it meanwhile
            asked += 1
        return asked

    async def _ask(self, connection: AsyncConnection, content: Content, place: ChannelRef, now: datetime) -> None:
        running = [each for each in await schedules.for_channel(connection, place) if each.paused_at is None]
        names = [escape(self._describe(content, each)) for each in running[:_MAX_LISTED]]
        more = [f"and {len(running) - _MAX_LISTED} more"] if len(running) > _MAX_LISTED else []
        listed = "\n".join(f"- {each}" for each in (*names, *more))
        question = "Keep these schedules, make them weekly, or stop?"
        asking = f"Nobody here has clicked on my posts for {self._weeks} weeks. {question}"
        message = OutboxMessage(f"{asking}\n\n{listed}\n", buttons=_BUTTONS)
        await enqueue(
            connection, [Delivery(place.team, place.channel, DeliveryKind.NOTE, message, Priority.SCHEDULE)], now
        )


async def _inactive(connection: AsyncConnection, before: datetime) -> list[tuple[ChannelRef, datetime]]:
    """Return the channels with a running schedule where nobody has clicked since `before`, nor since they were asked.

    Each comes with the moment of its last click.
    """
    columns, prompts = schedules_table.c, inactivity_prompts.c
    here = and_(prompts.team == columns.team, prompts.channel == columns.channel)
    newest = func.max(columns.last_activity_at)
    query = (
        select(columns.team, columns.channel, newest.label("last_activity_at"))
        .outerjoin(inactivity_prompts, here)
        .group_by(columns.team, columns.channel, prompts.asked_at)
        .having(newest <= before, func.count(columns.next_at) > 0)
        .having(or_(prompts.asked_at.is_(None), prompts.asked_at < newest))
    )
    return [(ChannelRef(row.team, row.channel), row.last_activity_at) for row in await connection.execute(query)]


async def _record_prompt(
    connection: AsyncConnection, place: ChannelRef, last_activity_at: datetime, now: datetime
) -> None:
    """Record that a channel is asked. Raises IntegrityError when another process has just asked it."""
    columns = inactivity_prompts.c
    answered = columns.team == place.team, columns.channel == place.channel, columns.asked_at < last_activity_at
    await connection.execute(delete(inactivity_prompts).where(*answered))
    await connection.execute(insert(inactivity_prompts).values(team=place.team, channel=place.channel, asked_at=now))
