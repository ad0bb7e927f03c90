"""Mornings for tests: facts that are edited, schedules and alerts, and what the outbox posts of it, without Slack."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.alerts.alerts import Alerts
from bot.alerts.corrections import Corrections
from bot.alerts.delivery_listener import AlertDeliveryListener
from bot.config.maintainers import Maintainers
from bot.outbox.operators import Operators
from bot.outbox.outbox import Outbox
from bot.publishing.publisher import Publisher
from bot.schedules.delivery_listener import ScheduleDeliveryListener
from bot.schedules.render import ScheduledPostRenderer
from tests.support.newsroom import Newsroom, shipped
from tests.support.outbox import QUIET_S, NullTransport
from tests.support.scheduling import Timetable

if TYPE_CHECKING:
    from bot.outbox.delivery import Attempt
    from bot.recurrence.quiet_hours import QuietHours
    from bot.store.database import Database


@dataclass
class Mornings:
    """A newsroom and a timetable on one clock, and the outbox that posts for both; `posts` is what was posted."""

    newsroom: Newsroom
    timetable: Timetable
    outbox: Outbox
    posts: list[Attempt] = field(default_factory=list)

    @classmethod
    async def opened(cls, database: Database, quiet: QuietHours | None = None) -> Mornings:
        """Publish the baseline, on a Monday at nine."""
        timetable = Timetable(database)
        clock = timetable.clock
        corrections = Corrections(clock)
        listeners = (AlertDeliveryListener(clock), ScheduleDeliveryListener(clock), corrections)
        publisher = Publisher(database, clock, Operators(Maintainers(), clock), [Alerts(clock, quiet), corrections])
        newsroom = Newsroom(database, clock, publisher, corrections, shipped())
        await publisher.publish(shipped())
        renderer = ScheduledPostRenderer(database, clock)
        outbox = Outbox(database, clock, NullTransport(), quiet_s=QUIET_S, listeners=listeners, renderer=renderer)
        return cls(newsroom, timetable, outbox)

    async def until(self, **amount: float) -> list[Attempt]:
        """Let time pass, dispatch what is due, and post all that can be posted; return the posts."""
        self.timetable.clock.pass_by(**amount)
        await self.timetable.scheduler.run_due()
        self.timetable.clock.pass_by(seconds=1)  # several that are due in a minute are spread over it
        return await self.post_all()

    async def post_all(self) -> list[Attempt]:
        """Post all that is due, a second apart; return the posts."""
        made = []
        while attempts := await self.outbox.claim(64):
            for attempt in attempts:
                await self.outbox.sent(attempt, f"{len(self.posts)}.1")
                self.posts.append(attempt)
                made.append(attempt)
            self.timetable.clock.pass_by(seconds=1)
        return made
