"""Render scheduled posts: what changed since the last one in their channel, then each area's briefing.

A post is rendered when the outbox claims it, from the newest revision.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select

from bot.alerts import posts
from bot.alerts.subscriptions import ALL
from bot.changes.detect import merged
from bot.changes.messages import ChangeMessages
from bot.messages import Action, Button, Subject
from bot.outbox.delivery import OutboxMessage, RenderedMessage
from bot.recurrence.phrase import say_when
from bot.schedules import schedules
from bot.schedules.schedules import RunState
from bot.store.revision import NothingPublishedError
from bot.store.revisions import changed_since, read_revision
from bot.store.tables import revisions, schedule_runs
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.changes.messages import RenderedChange, ShownChange
    from bot.content.models import Area, Fact
    from bot.outbox.delivery import ScheduledPostRequest
    from bot.store.database import Database
    from bot.store.revision import Change

CHANGES_IN_POST: Final = 10
"""Changes listed above a briefing; more are counted."""
CHANGES_IN_DIGEST: Final = 20
"""Changes listed in a digest, which has no briefings."""

_LAST_POSTED = select(
    select(func.max(revisions.c.number)).scalar_subquery(),
    select(func.max(schedule_runs.c.local_date))
    .where(schedule_runs.c.schedule_id == bindparam("this"), schedule_runs.c.state == RunState.POSTED.value)
    .scalar_subquery(),
    select(revisions.c.published_at).where(revisions.c.number == bindparam("since")).scalar_subquery(),
)
"""The newest revision's number, the local day of the schedule's last post, and when the revision last posted was
published: a post made by hand may be of a later one. Built once, for speed.
"""
_MAX_CACHED = 1000
_SINCE_THEN = "the last post here"


@dataclass(frozen=True, slots=True)
class _TextKey:
    """What a post's text depends on besides the revision; `since_on` and `late` are formatted."""

    areas: tuple[str, ...]
    is_digest: bool
    since: int
    since_on: str
    command_since: str
    late: str
    only_line: bool


@dataclass(frozen=True, slots=True)
class _Text:
    """A post's text, digests of the facts in it, and the areas that have details."""

    rendered: RenderedChange
    fact_digests: Mapping[str, str]
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class _ChangeSet:
    """Changes since a revision, one per fact, corrections first; `days` are those of each fact’s last change (UTC)."""

    changes: tuple[Change, ...]
    days: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class _RevisionTexts:
    """A revision's compiled templates, and the texts rendered from it."""

    number: int
    messages: ChangeMessages
    texts: dict[_TextKey, _Text] = field(default_factory=dict)


class ScheduledPostRenderer:
    """Renderer of the outbox for scheduled posts. A text is rendered once, whatever the number of channels."""

    def __init__(self, database: Database) -> None:
        """`database` supplies a revision that it has loaded already; the rest is read on the caller's connection."""
        self._database = database
        self._revision: _RevisionTexts | None = None

    async def render(
        self, connection: AsyncConnection, request: ScheduledPostRequest, *, team: str, channel: str
    ) -> RenderedMessage:
        """Return the post and its revision. Raises NothingPublishedError, RenderError."""
        del team, channel  # a post depends on its schedule only
        about = {"this": request.schedule_id, "since": request.since}
        number, posted_on, published_at = (await connection.execute(_LAST_POSTED, about)).one()
        texts = await self._newest(connection, number or 0)
        key = await _text_key(
            connection, request, max(posted_on, published_at.date()) if posted_on and published_at else None
        )
        if key not in texts.texts:
            if len(texts.texts) >= _MAX_CACHED:
                texts.texts.clear()
            texts.texts[key] = _render(texts.messages, key, await _change_set(connection, key, texts.number))
        text = texts.texts[key]
        buttons = (*_details(text.areas), Button(Action.SCHEDULES, "Change", request.schedule_id))
        message = OutboxMessage(
            text.rendered.markdown,
            buttons=buttons,
            fact_digests=text.fact_digests,
            rendered_changes=text.rendered.rendered_changes,
        )
        return RenderedMessage(message, texts.number)

    async def _newest(self, connection: AsyncConnection, number: int) -> _RevisionTexts:
        """Return the newest revision; its templates are compiled in a thread."""
        if self._revision is None or self._revision.number != number:
            known = self._database.known
            revision = known if known and known.number == number else await read_revision(connection, number)
            if revision is None:
                raise NothingPublishedError
            self._revision = _RevisionTexts(number, await asyncio.to_thread(ChangeMessages, revision))
        return self._revision


async def _text_key(connection: AsyncConnection, request: ScheduledPostRequest, since: date | None) -> _TextKey:
    return _TextKey(
        request.areas,
        request.is_digest,
        request.since,
        (_day(since, request.local_date) if since else _SINCE_THEN) if request.since else "",
        f" since {since.isoformat()}" if since else "",
        await _late(connection, request) if request.is_late else "",
        request.only_line,
    )


async def _late(connection: AsyncConnection, request: ScheduledPostRequest) -> str:
    """Format when a late post was due, in its schedule's zone; only the day for a deleted schedule."""
    schedule = await schedules.get(connection, request.schedule_id)
    columns = schedule_runs.c
    run = select(columns.scheduled_for).where(
        columns.schedule_id == request.schedule_id, columns.local_date == request.local_date
    )
    at = await connection.scalar(run)
    if schedule is None or at is None:
        return _day(request.local_date, request.local_date)
    return say_when(at, schedule.rule.tz)


async def _change_set(connection: AsyncConnection, key: _TextKey, number: int) -> _ChangeSet:
    """Return the changes up to this revision: a later one would need its own templates."""
    if not key.since:
        return _ChangeSet((), {})
    areas = None if key.is_digest or ALL in key.areas else key.areas
    found = await changed_since(connection, areas, key.since, until=number)
    days = {each.change.fact_id: each.published_at.astimezone(UTC).date() for each in found}
    return _ChangeSet(merged(each.change for each in found), days)


def _render(messages: ChangeMessages, key: _TextKey, change_set: _ChangeSet) -> _Text:
    """Render a post: changes, then the areas' briefings."""
    if key.is_digest:
        return _digest(messages, key, change_set)
    areas = _areas(messages, key)
    listed = _listed(messages, change_set, CHANGES_IN_POST, names_area=len(areas) > 1)
    full = () if key.only_line and not listed else tuple(areas)
    one = f" {areas[0].key}" if len(areas) == 1 else ""
    rendered = messages.page(
        "scheduled",
        listed,
        title=", ".join(area.title for area in areas),
        since=key.since_on,
        late=key.late,
        lines=listed,
        more=len(change_set.changes) - len(listed),
        command=f"/briefing changes{one}{key.command_since}",
        briefings=[messages.briefing(area.key, long=False) for area in full],
    )
    facts = [fact for area in full for fact in messages.content.printed_facts(area.key, long=False)]
    longer = tuple(area for area in full if _has_more(messages, area))
    return _Text(rendered, posts.fact_digests((*facts, *_facts(change_set, listed))), longer)


def _digest(messages: ChangeMessages, key: _TextKey, change_set: _ChangeSet) -> _Text:
    """Render a digest: changes by area."""
    listed = _listed(messages, change_set, CHANGES_IN_DIGEST, names_area=False)
    by_area: dict[str, list[ShownChange]] = defaultdict(list)
    for each in listed:
        by_area[each.area].append(each)
    titles = dict.fromkeys((*(area.title for area in messages.content.areas), *by_area))
    rendered = messages.page(
        "digest",
        listed,
        since=key.since_on,
        late=key.late,
        groups=[{"title": title, "lines": by_area[title]} for title in titles if title in by_area],
        more=len(change_set.changes) - len(listed),
        command=f"/briefing changes{key.command_since}",
    )
    return _Text(rendered, posts.fact_digests(_facts(change_set, listed)))


def _areas(messages: ChangeMessages, key: _TextKey) -> Sequence[Area]:
    """Return the areas to post, in order, without those that no longer exist."""
    if ALL in key.areas:
        return messages.content.areas
    known = {area.key: area for area in messages.content.areas}
    return [known[area] for area in key.areas if area in known]


def _listed(messages: ChangeMessages, change_set: _ChangeSet, limit: int, *, names_area: bool) -> list[ShownChange]:
    changes = change_set.changes[:limit]
    return [messages.short(change, change_set.days[change.fact_id], names_area=names_area) for change in changes]


def _facts(change_set: _ChangeSet, listed: Iterable[ShownChange]) -> list[Fact]:
    """Return the facts whose changes are listed."""
    ids = {each.fact_id for each in listed}
    return [change.fact for change in change_set.changes if change.fact_id in ids]


def _has_more(messages: ChangeMessages, area: Area) -> bool:
    return messages.briefing(area.key, long=True) != messages.briefing(area.key, long=False)


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
