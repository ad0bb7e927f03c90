"""What becomes of scheduled posts: marks their runs, and pauses and resumes schedules with their channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, update

from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryState, ErrorClass
from bot.recurrence.bank_holidays import BankHolidays, bank_holidays_of
from bot.schedules import schedules
from bot.schedules.next_run import resume
from bot.schedules.schedules import RunState
from bot.store.revisions import newest_number, read_revision
from bot.store.tables import schedule_runs
from bot.store.tables import schedules as table

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.outbox.delivery import Attempt

_RUN_STATES = {
    DeliveryState.PENDING: RunState.DUE,
    DeliveryState.SENT: RunState.POSTED,
    DeliveryState.FAILED: RunState.FAILED,
    DeliveryState.CANCELLED: RunState.SKIPPED,
}


class ScheduleDeliveryListener:
    """Keeps schedules and their runs up to date with their deliveries (DeliveryListener, OperatorListener)."""

    def __init__(self, clock: Clock) -> None:
        """`clock` says when a schedule was paused, and from when on it runs again."""
        self._clock = clock

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Mark the run, with the revision that the channel has now; pause the schedules of a refused channel."""
        due = attempt.message.request
        await _mark(connection, attempt, attempt.error)
        if due is not None and attempt.state is DeliveryState.SENT:
            newer = and_(table.c.id == due.schedule_id, table.c.last_posted_revision < (attempt.revision or 0))
            await connection.execute(update(table).where(newer).values(last_posted_revision=attempt.revision))
        if attempt.error_class is ErrorClass.CHANNEL:
            place = ChannelRef(attempt.team, attempt.channel)
            await schedules.pause_channel(connection, place, attempt.error, self._clock.now())

    async def on_operator_change(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Mark the run; a retry resumes the schedules that the same refusal had paused."""
        is_retry = attempt.state is DeliveryState.PENDING
        await _mark(connection, attempt, "" if is_retry else attempt.error)
        if is_retry:
            for each in await schedules.for_channel(connection, ChannelRef(attempt.team, attempt.channel)):
                if each.pause_reason == attempt.error:
                    await resume(connection, each.id, self._clock.now(), await _holidays(connection))


async def _mark(connection: AsyncConnection, attempt: Attempt, why: str) -> None:
    """Record the state of the delivery that a run posts; any other delivery of its schedule marks nothing."""
    if (due := attempt.message.request) is None:
        return
    columns = schedule_runs.c
    day = columns.schedule_id == due.schedule_id, columns.local_date == due.local_date
    values = {"state": _RUN_STATES[attempt.state].value, "reason": why or None, "ts": attempt.ts or None}
    await connection.execute(update(schedule_runs).where(*day, columns.delivery_id == attempt.id).values(**values))


async def _holidays(connection: AsyncConnection) -> BankHolidays:
    """Return the bank holidays of the newest revision; of one that another version wrote, those that all have."""
    try:
        revision = await read_revision(connection, await newest_number(connection))
    except ValueError:
        revision = None
    return bank_holidays_of(revision.content.memorandum.bank_holidays) if revision else BankHolidays()
