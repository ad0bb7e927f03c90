"""Failure notices: a delivery that failed is logged, and told to operators; for a reply, to the person who asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import select, true

from bot.outbox.delivery import REPLIES, Delivery, DeliveryKind, DeliveryState, ErrorClass, OutboxMessage, Priority
from bot.outbox.enqueuing import id_of
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.config.maintainers import Maintainers
    from bot.outbox.delivery import Attempt, NotDeliveredError

REPORT_AGAIN_AFTER: Final = timedelta(hours=24)
TOLD_WITHIN_S: Final = 3600.0
"""Seconds within which who asked is told that no answer came, or never: they have gone on."""
_SHARED = frozenset({"expired"})
"""Reasons with one cause for all channels."""
_LATE = "I could not answer you in time: Slack did not take my answer. Please ask again."
_UNSURE = "Slack did not confirm my answer to you. If you cannot see it, please ask again."
_NOT_ANSWERED = "I could not answer you where you asked. {reason}"

_log = structlog.stdlib.get_logger(__name__)


async def failure_notices(
    connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError, maintainers: Maintainers, now: datetime
) -> list[Delivery]:
    """Log the failure of a delivery; return the notices of it.

    Operators get one at most once a day for a channel and reason, whatever number of bots there are; of what came too
    late in many channels one in all, because they have one cause. Who waits for a reply, once an hour for a reason.
    What failed in another workspace than that of the maintainers is only logged: its channels are nothing to them.
    """
    if error.error_class is ErrorClass.NOT_FOUND:
        return []
    about = {"delivery": attempt.id, "team": attempt.team, "channel": attempt.channel, "reason": error.code}
    _log.error("delivery.failed", **about)
    if attempt.kind in REPLIES:
        return [_to_asker(attempt, error, now)] if attempt.message.asker else []
    is_theirs = maintainers.read(attempt.team, attempt.channel)
    if not maintainers.listen_to(attempt.team) or is_theirs or attempt.kind is DeliveryKind.POST:
        return []
    if await _was_reported(connection, attempt, error, maintainers.channel, now):
        return []
    channel = "" if error.code in _SHARED else attempt.channel
    return [
        Delivery(
            attempt.team,
            maintainers.channel,
            DeliveryKind.NOTE,
            OutboxMessage(failure_message(attempt, error)),
            id=id_of("notice", "operators", attempt.team, channel, error.code, f"{now:%Y-%m-%d %H}"),
        )
    ]


async def _was_reported(
    connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError, maintainers_channel: str, now: datetime
) -> bool:
    """Whether another failure in that channel for that reason was reported within a day."""
    alike = select(deliveries.c.id).where(
        deliveries.c.team == attempt.team,
        true() if error.code in _SHARED else deliveries.c.channel == attempt.channel,
        deliveries.c.channel != maintainers_channel,
        deliveries.c.state == DeliveryState.FAILED,
        deliveries.c.error == error.code,
        deliveries.c.finished_at > now - REPORT_AGAIN_AFTER,
        deliveries.c.id != attempt.id,
        deliveries.c.kind.not_in({DeliveryKind.POST, *REPLIES}),
    )
    return (await connection.execute(alike.limit(1))).first() is not None


def _to_asker(attempt: Attempt, error: NotDeliveredError, now: datetime) -> Delivery:
    """Return the direct message to the person whose answer failed: one within an hour for a reason."""
    words = _LATE if error.code == "expired" else _NOT_ANSWERED.format(reason=error.message)
    if may_have_arrived(error.code):
        words = _UNSURE
    user = attempt.message.asker
    return Delivery(
        attempt.team,
        user,
        DeliveryKind.REPLY,
        OutboxMessage(words),
        Priority.REQUESTED,
        expires_after_s=TOLD_WITHIN_S,
        id=id_of("notice", attempt.team, user, error.code, f"{now:%Y-%m-%d %H}"),
    )


def failure_message(attempt: Attempt, error: NotDeliveredError) -> str:
    """Return the notice of a failed delivery, in Markdown: what happened, why, and what to do."""
    paused = " The channel’s subscriptions are paused until then." if error.error_class is ErrorClass.CHANNEL else ""
    others = " briefing-bot deliveries --state failed lists all of them." if error.code in _SHARED else ""
    return (
        f"**A post did not reach its channel.** {attempt.kind.capitalize()} {attempt.id} for {attempt.channel} failed "
        f"({error.code}). {error.message} Once that is fixed, run "
        f"**briefing-bot deliveries retry {attempt.id}**.{paused}{others}"
    )


def may_have_arrived(code: str) -> bool:
    """Whether a delivery that failed for this reason may have been posted: Slack's answer was lost."""
    return code.startswith("unconfirmed")


def erased(attempt: Attempt, *, is_sent: bool = False) -> dict[str, Any]:
    """Return what is stored of a settled delivery in place of its words: of replies nothing, they quote people.

    A post that quotes questions can be tried again until it is sent.
    """
    return {"payload": {}} if attempt.kind in REPLIES or (is_sent and attempt.message.quotes_questions) else {}
