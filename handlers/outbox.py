"""Builds what delivers messages: the outbox with those that listen to it, its worker, replies and conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.alerts.corrections import Corrections
from bot.alerts.delivery_listener import AlertDeliveryListener
from bot.alerts.replies import Replies
from bot.answers.conversations import Conversations
from bot.audit.audit import BOT
from bot.clock import SharedClock
from bot.feedback.reports import ReportListener
from bot.outbox.admin import Admin
from bot.outbox.outbox import Outbox
from bot.outbox.worker import Worker
from bot.proposals.telling import CardListener
from bot.reviews.post import ReviewListener
from bot.schedules.delivery_listener import ScheduleDeliveryListener
from bot.schedules.render import ScheduledPostRenderer
from handlers.metrics.delivery_listener import CountingListener

if TYPE_CHECKING:
    from bot.clock import Clock, ClockSkew
    from bot.config import Settings
    from bot.store.database import Database
    from handlers.metrics.metrics import Metrics
    from handlers.slack.transport import SlackTransport


class Delivering(NamedTuple):
    """What delivers messages."""

    worker: Worker
    replies: Replies
    conversations: Conversations


def delivering(  # noqa: PLR0913, PLR0917 — the parts that they use
    settings: Settings, database: Database, clock: Clock, skew: ClockSkew, transport: SlackTransport, metrics: Metrics
) -> Delivering:
    """Build what delivers messages by a transport; `skew` is that of the clock."""
    conversations = Conversations(database, clock)
    maintainers = settings.maintainers
    kinds = (ReportListener, CardListener, ReviewListener) if maintainers.channel else ()
    told = tuple(kind(maintainers, clock) for kind in kinds)
    outbox = Outbox(
        database,
        clock,
        transport,
        quiet_s=settings.delivery_quiet_s,
        maintainers=maintainers,
        listeners=(
            *channel_listeners(clock),
            Corrections(clock),
            conversations,
            *told,
            CountingListener(metrics, clock),
        ),
        renderer=ScheduledPostRenderer(database, clock),
        shared=SharedClock(clock, skew),
    )
    worker = Worker(outbox, transport, Admin(database, clock), clock, quiet_s=settings.delivery_quiet_s)
    replies = Replies(database, clock, worker.wake, transport)
    return Delivering(worker, replies, conversations)


def channel_listeners(clock: Clock, who: str = BOT) -> tuple[AlertDeliveryListener, ScheduleDeliveryListener]:
    """Return what pauses and resumes a channel's alerts and schedules with its deliveries; `who` is the operator."""
    return AlertDeliveryListener(clock, who), ScheduleDeliveryListener(clock, who)
