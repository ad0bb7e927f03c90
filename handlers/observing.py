"""Builds what operators see of a process: its health, and the port that tells it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from bot.health.files import backup_made_at, free_bytes
from bot.outbox.delivery import ErrorClass
from bot.store.engine import sqlite_folder
from handlers.metrics.admin_port import AdminPort
from handlers.metrics.health import Check, Health, Reason, clock_checks
from handlers.metrics.stored import StoredMetrics
from handlers.slack.errors import VERDICTS
from handlers.slack.maintainers_channel import MaintainersChannel

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.clock import Clock, ClockSkew
    from bot.config import Settings
    from bot.store.database import Database
    from handlers.metrics.metrics import Metrics
    from handlers.slack.clients import SlackClients
    from handlers.slack.installations.installations import Installations


class Observing(NamedTuple):
    """What operators see of a process."""

    health: Health
    port: AdminPort
    maintainers: MaintainersChannel


def observing(  # noqa: PLR0913, PLR0917 — the parts that are looked at
    settings: Settings,
    database: Database,
    clock: Clock,
    metrics: Metrics,
    skew: ClockSkew,
    installations: Installations,
    clients: SlackClients,
    is_connected: Callable[[], bool],
) -> Observing:
    """Build it; `is_connected` says whether Slack's requests come in."""
    stored = StoredMetrics(database, clock, VERDICTS[ErrorClass.CHANNEL])
    metrics.registry.register(stored)
    maintainers = settings.maintainers
    channel = MaintainersChannel(maintainers.channel, clients, lambda: maintainers.team or installations.home)
    free, backed_up = partial(free_bytes, settings.data_dir), partial(backup_made_at, sqlite_folder(database.url))
    metrics.follow(lambda: database.known.number if database.known else 0, lambda: skew.seconds, free, backed_up)
    health = Health(
        (
            Check(Reason.NOT_CONNECTED, lambda: "" if is_connected() else _NOT_CONNECTED),
            Check(Reason.REMOVED, lambda: _REMOVED if installations.is_removed else ""),
            Check(Reason.DATABASE_FILE_LOST, lambda: _LOST if database.is_lost else ""),
            Check(Reason.NO_CONTENT, lambda: "" if database.known else _NO_CONTENT),
            Check(Reason.DATABASE_AWAY, lambda: stored.fault, stops_work=False),
            Check(Reason.DATABASE_UNWRITABLE, lambda: stored.write_fault, stops_work=False),
            Check(Reason.MIGRATION, lambda: stored.migration_fault, stops_work=False),
            Check(Reason.MAINTAINERS, lambda: channel.fault, stops_work=False),
            *clock_checks(skew, is_http=not settings.slack_app_token),
        )
    )
    port = AdminPort(settings.admin_host, settings.admin_port, metrics, health, stored)
    return Observing(health, port, channel)


_NOT_CONNECTED = "Slack's requests do not come in: the bot starts or stops, or Slack cannot be reached (see the log)."
_REMOVED = (
    "No workspace has the app any more: it was removed, or its token revoked. Install it again; with SLACK_BOT_TOKEN, "
    "start the bot anew with the new token."
)
_LOST = "The database's file was deleted or replaced: stop the bot, put it back or restore a backup, and start it."
_NO_CONTENT = "Nothing is published: briefing-bot check says what is wrong in the content folder."
