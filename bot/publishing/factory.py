"""Publishing as the settings ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.alerts.alerts import Alerts
from bot.alerts.corrections import Corrections
from bot.clock import SystemClock
from bot.outbox.operators import Operators
from bot.publishing.git import GitRepository
from bot.publishing.git_poller import GitPoller
from bot.publishing.observer import NOBODY
from bot.publishing.publisher import Publisher
from bot.recurrence.quiet_hours import QuietHours

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.config import Settings
    from bot.content.load import Limits
    from bot.publishing.observer import PublishingObserver
    from bot.store.database import Database

_SYSTEM_CLOCK: Final = SystemClock()


def publisher_for(
    settings: Settings,
    database: Database,
    clock: Clock = _SYSTEM_CLOCK,
    *,
    limits: Limits | None = None,
    observer: PublishingObserver = NOBODY,
) -> Publisher:
    """Return what publishes into a database, with all that follows from a revision; `limits` are the messenger's."""
    operators = Operators(settings.maintainers, clock)
    listeners = (alerts_for(settings, clock), Corrections(clock))
    return Publisher(database, clock, operators, listeners, limits=limits, observer=observer)


def alerts_for(settings: Settings, clock: Clock = _SYSTEM_CLOCK) -> Alerts:
    """Return what plans the alerts of a revision."""
    return Alerts(clock, QuietHours.parse(settings.quiet_hours) if settings.quiet_hours else None)


def repository_for(settings: Settings) -> GitRepository | None:
    """Return the clone of the repository with the content; None when none is set."""
    if settings.content_git_url is None:
        return None
    address = settings.content_git_url.get_secret_value()
    return GitRepository(address, settings.content_git_branch, settings.data_dir / "content.git")


def git_poller_for(settings: Settings, database: Database, publisher: Publisher) -> GitPoller | None:
    """Return what publishes from git; None when no repository is set."""
    content = repository_for(settings)
    return GitPoller(content, publisher, database) if content else None
