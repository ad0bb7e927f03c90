"""Listener of the outbox: marks runs by their deliveries, and pauses and resumes schedules with their channel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, update

from bot.alerts.settings_audit import recorded
from bot.audit.audit import BOT
from bot.errors import BriefingBotError
from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryState, ErrorClass, message_to_json
from bot.recurrence.bank_holidays import BankHolidays, bank_holidays_of
from bot.schedules import schedules
from bot.schedules.next_run import resume
from bot.schedules.runs import RunState, hand_back
from bot.store.revisions import newest_number, read_revision
from bot.store.tables import deliveries, schedule_runs
from bot.store.tables import schedules as table

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.outbox.delivery import Attempt, ScheduledPostRequest

_RUN_STATES = {
    DeliveryState.PENDING: RunState.DUE,
    DeliveryState.SENT: RunState.POSTED,
    DeliveryState.FAILED: RunState.FAILED,
    DeliveryState.CANCELLED: RunState.SKIPPED,
}


class ScheduleDeliveryListener:
    """Keeps schedules and their runs up to date with their deliveries (DeliveryListener, OperatorListener)."""

    def __init__(self, clock: Clock, who: str = BOT) -> None:
        """`clock` gives the moment of pausing and resuming; `who` is the operator in the audit."""
        self._clock = clock
        self._who = who

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Mark the run, set the revision last posted, and pause the schedules of a channel that refuses posts."""
        request = attempt.message.request
        await _mark(connection, attempt, attempt.error)
        if request is not None:
            await _hand_back(connection, attempt, request)
        if request is not None and attempt.state is DeliveryState.SENT:
            newer = and_(table.c.id == request.schedule_id, table.c.last_posted_revision < (attempt.revision or 0))
            await connection.execute(update(table).where(newer).values(last_posted_revision=attempt.revision))
        if attempt.error_class is ErrorClass.CHANNEL:
            place, now = ChannelRef(attempt.team, attempt.channel), self._clock.now()
            async with recorded(connection, place, BOT, now):
                await schedules.pause_channel(connection, place, attempt.error, now)

    async def on_operator_change(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Mark the run; a retry resumes the schedules that the same refusal had paused."""
        is_retry = attempt.state is DeliveryState.PENDING
        request = attempt.message.request
        if is_retry and request is not None and not request.areas:
            raise BriefingBotError("Another schedule of the channel posts this instead.")
        await _mark(connection, attempt, "" if is_retry else attempt.error)
        if request is not None and not is_retry and attempt.fencing_token == 1:  # it was never claimed
            await hand_back(connection, attempt.id)
        if is_retry:
            place, now = ChannelRef(attempt.team, attempt.channel), self._clock.now()
            async with recorded(connection, place, self._who, now):
                for each in await schedules.for_channel(connection, place):
                    if each.pause_reason == attempt.error:
                        await resume(connection, each.id, now, await _holidays(connection))


async def _hand_back(connection: AsyncConnection, attempt: Attempt, request: ScheduledPostRequest) -> None:
    """Let others post what a post that Slack refused, or that had nothing new, does not; a retry posts the rest."""
    is_refused = attempt.error_class is ErrorClass.MESSAGE and attempt.error != "expired"
    if attempt.state is DeliveryState.CANCELLED:
        await hand_back(connection, attempt.id)
    elif is_refused and (taken := await hand_back(connection, attempt.id, may_be_retried=True)):
        rest = () if request.is_digest else tuple(area for area in request.areas if area not in taken)
        message = replace(attempt.message, request=replace(request, areas=rest))
        kept = update(deliveries).where(deliveries.c.id == attempt.id)
        await connection.execute(kept.values(payload=message_to_json(message)))


async def _mark(connection: AsyncConnection, attempt: Attempt, reason: str) -> None:
    """Mark the run of a delivery; a post made by hand has none."""
    if (request := attempt.message.request) is None:
        return
    columns = schedule_runs.c
    day = columns.schedule_id == request.schedule_id, columns.local_date == request.local_date
    values = {"state": _RUN_STATES[attempt.state].value, "reason": reason or None, "ts": attempt.ts or None}
    await connection.execute(update(schedule_runs).where(*day, columns.delivery_id == attempt.id).values(**values))


async def _holidays(connection: AsyncConnection) -> BankHolidays:
    """Return the bank holidays of the newest revision, without overrides when another version wrote it."""
    try:
        revision = await read_revision(connection, await newest_number(connection))
    except ValueError:
        revision = None
    return bank_holidays_of(revision.content.memorandum.bank_holidays) if revision else BankHolidays()
