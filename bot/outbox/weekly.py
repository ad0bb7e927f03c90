"""Weekly posts: enqueued once per ISO week, whichever process comes first and whatever is killed.

A post is due on Monday at 09:30 London time; where that is a bank holiday in England and Wales, on the next working
day. What was missed is made up for within its week. The first run of a post only begins its record, so that a bot that
was just installed, or upgraded on a Thursday, does not post for the Monday before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.outbox.delivery import Delivery, DeliveryKind, Priority
from bot.outbox.enqueuing import enqueue_new, id_of
from bot.outbox.operators import team_of_maintainers
from bot.recurrence.bank_holidays import bank_holidays_of
from bot.recurrence.occurrences import occurrences
from bot.recurrence.rule import Calendar, Days, OnHoliday, Repeat, Rule
from bot.recurrence.zones import DEFAULT_ZONE
from bot.store.engine import insert_into
from bot.store.errors import StoreError
from bot.store.maintainer_tables import weekly_posts as table
from bot.store.periodic import repeat

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.clock import Clock
    from bot.config.maintainers import Maintainers
    from bot.outbox.delivery import OutboxMessage
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.store.database import Database

RULE: Final = Rule(
    Days(Repeat.WEEKLY, (0,)), time(9, 30), DEFAULT_ZONE, Calendar.ENGLAND_AND_WALES, OnHoliday.NEXT_WORKING_DAY
)
CHECK_EVERY_S: Final = 1.0

_LOOK_BACK = timedelta(days=8)

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WeeklyPost:
    """A post that is made each week, under a name that never changes.

    `compose` is called with the workspace and the moment of the run before (None: there was none), and returns each
    channel or user with its message; none when there is nothing to say. It may be called again after a crash.
    """

    name: str
    compose: Callable[[str, datetime | None], Awaitable[Sequence[tuple[str, OutboxMessage]]]]


class WeeklyPosts:
    """Enqueues weekly posts. Safe to run in any number of processes."""

    def __init__(  # noqa: PLR0913 — the parts that it uses
        self,
        database: Database,
        clock: Clock,
        wake: Callable[[], None],
        posts: Sequence[WeeklyPost],
        *,
        maintainers: Maintainers,
        check_every_s: float = CHECK_EVERY_S,
    ) -> None:
        """`wake` has the worker look at once. The posts are for the workspace of `maintainers`."""
        self._maintainers = maintainers
        self._database = database
        self._clock = clock
        self._wake = wake
        self._posts = posts
        self._check_every_s = check_every_s
        self._settled: dict[str, str] = {}  # the last week of each post that is on record

    async def run(self) -> None:
        """Check regularly, until cancelled. Errors are logged."""
        await repeat(self.check, self._check_every_s, self._database, "weekly posts")

    async def check(self) -> None:
        """Enqueue what is due; a post that cannot be composed is logged once a minute, and tried again."""
        if self._settled and all(self._settled.get(each.name) == self._last_week() for each in self._posts):
            return
        async with self._database.reading() as connection:
            team = await team_of_maintainers(connection, self._maintainers)
        if not team:
            return  # before the week: it needs the bank holidays, 20 MB that a bot without maintainers goes without
        week = self._last_week()
        for post in (each for each in self._posts if self._settled.get(each.name) != week):
            try:
                await self._settle(post, team, week)
            except (StoreError, SQLAlchemyError, OSError):
                raise
            except Exception:  # noqa: BLE001 — a fault of one post must not keep the others
                if self._database.outages.due(f"weekly {post.name}"):
                    _log.exception("weekly.failed", post=post.name)

    def _last_week(self) -> str:
        known = self._database.known
        holidays = bank_holidays_of(known.content.memorandum.bank_holidays if known else ())
        return last_week(self._clock.now(), holidays)

    async def _settle(self, post: WeeklyPost, team: str, week: str) -> None:
        """Enqueue a post for a week unless that is on record, or the week is over; put it on record."""
        now = self._clock.now()
        async with self._database.reading() as connection:
            query = select(table.c.week, table.c.run_at).where(table.c.name == post.name, table.c.team == team)
            newest = (await connection.execute(query.order_by(table.c.week.desc()).limit(1))).first()
        is_due = newest is not None and newest.week < week == _week(now)
        made = await post.compose(team, newest.run_at if newest else None) if is_due else ()
        async with self._database.transaction() as connection:
            run_at = now if is_due or newest is None else newest.run_at
            row = insert_into(connection, table).values(name=post.name, team=team, week=week, run_at=run_at)
            is_first = await connection.scalar(row.on_conflict_do_nothing().returning(table.c.week))
            for number, (place, message) in enumerate(made if is_first else ()):
                name = delivery_id(post.name, team, place, week)
                delivery = Delivery(team, place, DeliveryKind.NOTE, message, Priority.SCHEDULE, id=name)
                await enqueue_new(connection, delivery, now, number)
        self._settled[post.name] = week
        if made:
            self._wake()


def last_week(now: datetime, holidays: BankHolidays) -> str:
    """Return the ISO week of the last post that was due by now, as 2026-W49."""
    due = list(occurrences(RULE, now - _LOOK_BACK, now + timedelta(microseconds=1), holidays))
    return _week(due[-1].starts_at if due else now - timedelta(weeks=1))


def delivery_id(name: str, team: str, place: str, week: str) -> str:
    """Return the id of a post's delivery: the same in every process."""
    return id_of("weekly", name, team, place, week)


def _week(moment: datetime) -> str:
    year, week, _ = moment.astimezone(ZoneInfo(DEFAULT_ZONE)).isocalendar()
    return f"{year}-W{week:02}"
