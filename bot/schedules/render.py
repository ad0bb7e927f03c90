"""Render scheduled posts: what changed since the last one in their channel, then each area's briefing.

A post is rendered when the outbox claims it, from the newest revision.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select

from bot.actions import Action, Button
from bot.alerts import posts
from bot.alerts.causes import SCHEDULE, why_button
from bot.alerts.posts import digest
from bot.changes.messages import ChangeMessages
from bot.content.checks.reviews import review_day
from bot.messages import ChannelRef, Subject
from bot.outbox.delivery import OutboxMessage
from bot.outbox.protocols import RenderedMessage
from bot.recurrence.phrase import say_when
from bot.schedules import schedules
from bot.schedules.news import NEVER, ChangeSet, LastPosted, change_set, last_posts, news, revision_at
from bot.schedules.post_text import PostText, TextKey, text_of
from bot.schedules.runs import RunState
from bot.store.revision import NothingPublishedError
from bot.store.revisions import read_revision
from bot.store.tables import revisions, schedule_runs
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.content.models import Area
    from bot.outbox.delivery import ScheduledPostRequest
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database
    from bot.store.revision import Change

TOLD_WITHIN: Final = timedelta(hours=12)
"""What a post in the channel has told in this time is not told again."""

_LAST_POSTED = select(
    select(func.max(revisions.c.number)).scalar_subquery(),
    select(func.max(schedule_runs.c.local_date))
    .where(schedule_runs.c.schedule_id == bindparam("this"), schedule_runs.c.state == RunState.POSTED.value)
    .scalar_subquery(),
    select(revisions.c.published_at).where(revisions.c.number == bindparam("since")).scalar_subquery(),
)
"""The newest revision's number, the local day of a schedule's last post, and when the revision last posted was
published: a post made by hand may be of a later one. Built once, for speed.
"""
_MAX_CACHED = 1000
_SINCE_THEN = "the last post here"


@dataclass(frozen=True, slots=True)
class _RevisionTexts:
    """A revision's compiled templates, and the texts rendered from it on one day (London)."""

    number: int
    today: date
    messages: ChangeMessages
    texts: dict[TextKey, PostText] = field(default_factory=dict)
    changed: dict[int, ChangeSet] = field(default_factory=dict)


class ScheduledPostRenderer:
    """Renderer of the outbox for scheduled posts. A text is rendered once, whatever the number of channels."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """`database` supplies a revision that it has loaded already; the rest is read on the caller's connection."""
        self._database = database
        self._clock = clock
        self._revision: _RevisionTexts | None = None

    async def render(
        self, connection: AsyncConnection, request: ScheduledPostRequest, *, team: str, channel: str
    ) -> RenderedMessage | None:
        """Return the post and its revision; None when it says that nothing is new, and that was not wanted.

        Raises NothingPublishedError, RenderError.
        """
        place = ChannelRef(team, channel)
        schedule = await schedules.get(connection, request.schedule_id)
        last = await _last_posts(connection, request, place, schedule)
        oldest = min(last.values(), key=attrgetter("revision"), default=LastPosted(0, request.schedule_id))
        about = {"this": oldest.schedule_id, "since": oldest.revision}
        number, posted_on, published_at = (await connection.execute(_LAST_POSTED, about)).one()
        if posted_on is None and request.is_digest and schedule:
            posted_on = schedule.created_at.astimezone(ZoneInfo(schedule.rule.tz)).date()
        day_of = max(posted_on, published_at.date()) if posted_on and published_at else None
        texts = await self._newest(connection, number or 0)
        for each in last.values():
            if each.revision not in texts.changed:
                texts.changed[each.revision] = await change_set(connection, each.revision, texts.number)
        found = news({area: each.revision for area, each in last.items()}, texts.changed)
        told = await self._told(connection, place, found)
        has_words = len(told) < len(found) if request.is_digest else bool(found)
        if request.if_changed and last and not has_words:
            return None
        late = await _late(connection, request, schedule) if request.is_late else ""
        request = await self._without_repeats(connection, request, last, texts.changed)
        key = _text_key(request, last, day_of, late=late, told=told)
        if key not in texts.texts:
            if len(texts.texts) >= _MAX_CACHED:
                texts.texts.clear()
            days = texts.changed[oldest.revision].days if last else {}
            changed = ChangeSet({each.fact_id: each for each in found}, days)
            texts.texts[key] = text_of(texts.messages, key, changed)
        return _message(texts.texts[key], request, texts.number)

    async def _told(self, connection: AsyncConnection, place: ChannelRef, found: Sequence[Change]) -> frozenset[str]:
        """Return the facts whose change, as it is now, a post in the channel has told, an alert for example."""
        if not found:
            return frozenset()
        reported = await posts.reported(connection, place, self._clock.now() - TOLD_WITHIN)
        return frozenset(each.fact_id for each in found if digest(each.fact) in reported.get(each.fact_id, ()))

    async def _without_repeats(
        self,
        connection: AsyncConnection,
        request: ScheduledPostRequest,
        last: Mapping[str, LastPosted],
        changed: Mapping[int, ChangeSet],
    ) -> ScheduledPostRequest:
        """Leave out the areas that another schedule has just posted as they are, where only changes are wanted."""
        others = {each.schedule_id for each in last.values()} - {request.schedule_id}
        if not others or not request.if_changed or request.is_digest:
            return request
        columns, since = schedule_runs.c, self._clock.now() - TOLD_WITHIN
        posted = columns.schedule_id.in_(others), columns.state == RunState.POSTED, columns.scheduled_for >= since
        recent = set((await connection.scalars(select(columns.schedule_id).where(*posted))).all())
        repeated = {
            area
            for area, each in last.items()
            if each.schedule_id in recent and not news({area: each.revision}, changed)
        }
        return replace(request, areas=tuple(area for area in request.areas if area not in repeated))

    async def _newest(self, connection: AsyncConnection, number: int) -> _RevisionTexts:
        """Return the newest revision; its templates are compiled in a thread."""
        today = review_day(self._clock.now())
        if self._revision is None or (self._revision.number, self._revision.today) != (number, today):
            known = self._database.known
            revision = known if known and known.number == number else await read_revision(connection, number)
            if revision is None:
                raise NothingPublishedError
            self._revision = _RevisionTexts(number, today, await asyncio.to_thread(ChangeMessages, revision, today))
        return self._revision


async def _last_posts(
    connection: AsyncConnection, request: ScheduledPostRequest, place: ChannelRef, schedule: Schedule | None
) -> dict[str, LastPosted]:
    """Return the last post of each area of a request in its channel; none where it is the schedule's first post.

    A digest counts from its creation on.
    """
    own = LastPosted(request.since, request.schedule_id)
    if request.is_digest and not own.revision:
        created_at = schedule.created_at if schedule else datetime.max.replace(tzinfo=UTC)
        own = LastPosted(await revision_at(connection, created_at), request.schedule_id)
    elif not own.revision:
        return {}
    known = await last_posts(connection, {place})
    others = {area: known.get((place, area, request.is_digest), NEVER) for area in request.areas}
    return {area: other if other.revision > own.revision else own for area, other in others.items()}


def _message(text: PostText, request: ScheduledPostRequest, revision: int) -> RenderedMessage:
    message = OutboxMessage(
        text.rendered.markdown,
        buttons=(*_details(text.areas), why_button(SCHEDULE, request.schedule_id)),
        fact_digests=text.fact_digests,
        rendered_changes=text.rendered.rendered_changes,
    )
    return RenderedMessage(message, revision)


def _text_key(
    request: ScheduledPostRequest,
    last: Mapping[str, LastPosted],
    on: date | None,
    *,
    late: str,
    told: frozenset[str],
) -> TextKey:
    return TextKey(
        request.areas,
        request.is_digest,
        tuple((area, each.revision) for area, each in last.items()),
        told,
        (_day(on, request.local_date) if on else _SINCE_THEN) if last else "",
        f" since {on.isoformat()}" if on else "",
        late,
        request.only_line,
    )


async def _late(connection: AsyncConnection, request: ScheduledPostRequest, schedule: Schedule | None) -> str:
    """Format when a late post was due, in its schedule's zone; only the day for a deleted schedule."""
    columns = schedule_runs.c
    run = select(columns.scheduled_for).where(
        columns.schedule_id == request.schedule_id, columns.local_date == request.local_date
    )
    at = await connection.scalar(run)
    if schedule is None or at is None:
        return _day(request.local_date, request.local_date)
    return say_when(at, schedule.rule.tz)


def _details(areas: Sequence[Area]) -> list[Button]:
    return [
        Button(
            f"{Action.DETAILS}:{number}",
            "Details" if len(areas) == 1 else f"Details: {area.title}",
            Subject(area=area.key).pack(),
        )
        for number, area in enumerate(areas)
    ]


def _day(value: date, near: date) -> str:
    """Format a day as `Fri 27 November`, with its year where that differs from the other day's."""
    written = f"{value:%a} {day(value)}"
    return written.removesuffix(f" {value.year}") if value.year == near.year else written
