"""Reports and questions to the maintainers: posted in their channel, and answered once, by direct message.

Each is written with its delivery in one transaction, and so is what follows from it. The words are on record until
bot/retention/ erases them; who sent them, until it is dealt with.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select, update

from bot.config.maintainers import ONE_WORKSPACE, Maintainers
from bot.errors import BriefingBotError
from bot.feedback.report_messages import Dealt, Report, not_given, to_maintainers, to_sender
from bot.logging import redacted
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, Priority
from bot.outbox.enqueuing import enqueue_new, enqueue_once, id_of
from bot.outbox.failures import may_have_arrived
from bot.outbox.operators import Operators
from bot.outbox.progress import progress_within
from bot.store.engine import insert_into
from bot.store.maintainer_tables import reports as table
from bot.store.tables import deliveries
from bot.text import storable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.outbox.delivery import Attempt, OutboxMessage
    from bot.store.database import Database

AWAITED_S: Final = 1.5
"""Seconds for which who sent a report waits to be told that it is posted: Slack waits 3 s for a form's answer."""
TOLD_AFTER: Final = timedelta(seconds=10)
"""When a failure is told by direct message: by then it was told in the form, if that was still open."""
AGAIN_AFTER: Final = timedelta(minutes=1)
MOST_AN_HOUR: Final = 20
"""Reports of one person."""

_AGAIN = "You sent this a moment ago. Wait a minute before you send more on the same message."
_MANY = "You have sent many of these within an hour. Send the next one later."
_NOT_TAKEN = "The team’s channel takes no posts at the moment, so nothing was sent. Copy your words, and ask {contact}."
NOBODY: Final = "There is nobody to send it to: whoever runs me has named no channel for it in this workspace."
_DEALT = "This is already dealt with."
_UNKNOWN = "This is too old: I no longer know who sent it."
_HEADING = "Reports do not reach the maintainers"
_LINE = (
    "MAINTAINERS_CHANNEL takes no posts: invite me there, unarchive it, or name another channel. Who reports is told."
)


@dataclass(frozen=True, slots=True)
class Reports:
    """Sends reports to the maintainers, and says when they are dealt with. Methods raise StoreError.

    `wake` lets the outbox's worker look at once.
    """

    database: Database
    clock: Clock
    wake: Callable[[], None]
    maintainers: Maintainers
    _: KW_ONLY
    awaited_s: float = AWAITED_S

    async def send(self, key: str, report: Report) -> bool:
        """Enqueue a report, once for each key; return whether it is posted already.

        Raises BriefingBotError for one too many, from a workspace that is not the maintainers', and where their channel
        refuses it.
        """
        if not self.maintainers.listen_to(report.team):
            raise BriefingBotError(NOBODY)
        report_id, now = id_of("report", report.team, key), self.clock.now()
        content = (await self.database.latest()).content
        async with self.database.transaction() as connection:
            await _require_few(connection, report, report_id, now)
            kept = {each.name: getattr(report, each.name) for each in fields(report)}
            kept |= {name: storable(redacted(kept[name])) for name in ("name", "words", "said")}
            row = insert_into(connection, table).values(id=report_id, created_at=now, **kept)
            await connection.execute(row.on_conflict_do_nothing(index_elements=["id"]))
            message = to_maintainers(Report(**kept), report_id, content)
            await enqueue_once(
                connection, self._delivery(report.team, self.maintainers.channel, message, report_id), now
            )
        self.wake()
        state = (await progress_within(self.awaited_s, self.database, report_id)).state
        if state is DeliveryState.FAILED:
            await self._told(report_id)
            raise BriefingBotError(_NOT_TAKEN.format(contact=content.memorandum.contact))
        return state is DeliveryState.SENT

    async def deal(self, team: str, report_id: str, by: str, answer: str) -> None:
        """Mark a report as dealt with, write to who sent it, and say so in its post; `by` is a name.

        Raises BriefingBotError for one that is dealt with already, or not known any more.
        """
        now, content, answer = self.clock.now(), (await self.database.latest()).content, storable(redacted(answer))
        here = (table.c.id == report_id, table.c.team == team)
        async with self.database.transaction() as connection:
            dealt = update(table).where(*here, table.c.dealt_at.is_(None)).values(dealt_at=now).returning(table)
            row = (await connection.execute(dealt)).first()
            if row is None:
                is_known = await connection.scalar(select(table.c.id).where(*here))
                raise BriefingBotError(_DEALT if is_known else _UNKNOWN)
            await connection.execute(update(table).where(*here).values(user="", name=""))
            report = _read(row)
            told = to_sender(report, row.created_at, content, answer)
            await enqueue_new(connection, self._delivery(team, report.user, told, id_of("dealt", report_id)), now)
            ts = await connection.scalar(select(deliveries.c.ts).where(deliveries.c.id == report_id))
            if ts:
                edit = to_maintainers(report, report_id, content, Dealt(by, now, answer))
                await enqueue_new(
                    connection, _edit(team, self.maintainers.channel, edit, ts, edit_id(report_id)), now, 1
                )
        self.wake()

    @staticmethod
    def _delivery(team: str, channel: str, message: OutboxMessage, delivery_id: str) -> Delivery:
        """Return a delivery whose words are erased once it is settled, and whose failure pauses nothing."""
        return Delivery(team, channel, DeliveryKind.REPLY, message, Priority.REQUESTED, id=delivery_id)

    async def _told(self, report_id: str) -> None:
        """Cancel the direct message about a failure that its form tells."""
        waiting = (deliveries.c.id == id_of("failed", report_id), deliveries.c.state == DeliveryState.PENDING)
        cancelled = {"state": DeliveryState.CANCELLED.value, "payload": {}, "error": "told in the form"}
        async with self.database.transaction() as connection:
            await connection.execute(update(deliveries).where(*waiting).values(**cancelled))


class ReportListener:
    """Tells who sent a report when its channel did not take it, and operators, once (DeliveryListener)."""

    def __init__(self, maintainers: Maintainers, clock: Clock) -> None:
        """Tell a failure of the channel of `maintainers` in the log alone."""
        self._maintainers = maintainers
        self._clock = clock
        self._operators = Operators(ONE_WORKSPACE, clock)

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Take note of a report that was posted or refused; one that may have been posted can still be dealt with."""
        if attempt.kind is not DeliveryKind.REPLY or not self._maintainers.read(attempt.team, attempt.channel):
            return
        if attempt.state is DeliveryState.SENT:
            await self._operators.forget(connection, _LINE)
        if attempt.state is not DeliveryState.FAILED:
            return
        is_unsure = may_have_arrived(attempt.error)
        here = table.c.id == attempt.id
        wanted = select(table).where(here) if is_unsure else delete(table).where(here).returning(table)
        row = (await connection.execute(wanted)).first()
        if row is None or not row.user:  # dealt with already
            return
        if not is_unsure:
            await self._operators.notify(connection, _HEADING, [_LINE])
        now = self._clock.now()
        told = Delivery(
            row.team,
            row.user,
            DeliveryKind.REPLY,
            not_given(_read(row), row.created_at, is_unsure=is_unsure),
            Priority.REQUESTED,
            due_at=now + TOLD_AFTER,
            id=id_of("failed", attempt.id),
        )
        await enqueue_once(connection, told, now)


def edit_id(report_id: str) -> str:
    """Return the id of the delivery that says in a report's post that it is dealt with."""
    return id_of("edit", report_id)


async def _require_few(connection: AsyncConnection, report: Report, report_id: str, now: datetime) -> None:
    """Raise BriefingBotError for a person's second report on a message within a minute, or too many in an hour."""
    mine = (table.c.team == report.team, table.c.user == report.user, table.c.id != report_id)
    recent = select(func.count()).select_from(table)
    same = (table.c.about == report.about, table.c.created_at > now - AGAIN_AFTER)
    if await connection.scalar(recent.where(*mine, *same)):
        raise BriefingBotError(_AGAIN)
    if (
        await connection.scalar(recent.where(*mine, table.c.created_at > now - timedelta(hours=1))) or 0
    ) >= MOST_AN_HOUR:
        raise BriefingBotError(_MANY)


def _edit(team: str, channel: str, message: OutboxMessage, ts: str, delivery_id: str) -> Delivery:
    return Delivery(team, channel, DeliveryKind.EDIT, replace(message, edits=ts), Priority.REQUESTED, id=delivery_id)


def _read(row: Row[Any]) -> Report:
    return Report(**{each.name: getattr(row, each.name) for each in fields(Report)})
