"""What scheduled posts say: what changed since the last one in their channel, then each area's briefing.

They are written when they are about to go out, so that they say what holds then.
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
"""Changes listed above a briefing; the others are counted."""
CHANGES_IN_DIGEST: Final = 20
"""Changes listed in a digest, which has nothing else to say."""

_STANDING = select(
    select(func.max(revisions.c.number)).scalar_subquery(),
    select(func.max(schedule_runs.c.local_date))
    .where(schedule_runs.c.schedule_id == bindparam("this"), schedule_runs.c.state == RunState.POSTED.value)
    .scalar_subquery(),
    select(revisions.c.published_at).where(revisions.c.number == bindparam("since")).scalar_subquery(),
)
"""The newest revision's number; the local day of the newest post that a schedule made in time; and when the revision
that it told last was published: a post that somebody asked for may have told a later one. Built once, for speed.
"""
_TEXTS_KEPT = 1000
_SINCE_THEN = "the last post here"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """All that a post's text depends on besides the revision; `since_on` and `late` are as readers see them."""

    areas: tuple[str, ...]
    is_digest: bool
    since: int
    since_on: str
    command_since: str
    late: str
    only_line: bool


@dataclass(frozen=True, slots=True)
class _Text:
    """A post's text, the facts that it shows, and the areas whose longer form can be asked for."""

    notice: RenderedChange
    shown: Mapping[str, str]
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class _News:
    """What changed since a revision: one change a fact, corrections first; and the day of each fact’s last (UTC)."""

    changes: tuple[Change, ...]
    days: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class _Issue:
    """A revision, its words, and what was already written from it."""

    number: int
    notices: ChangeMessages
    texts: dict[_Wanted, _Text] = field(default_factory=dict)


class ScheduledPostRenderer:
    """Writes scheduled deliveries (bot.delivery.Composer). Each text is rendered once, whatever number of channels."""

    def __init__(self, database: Database) -> None:
        """`database` is asked for a revision that it knows already; all else is read on the ledger's connection."""
        self._database = database
        self._issue: _Issue | None = None

    async def render(
        self, connection: AsyncConnection, request: ScheduledPostRequest, *, team: str, channel: str
    ) -> RenderedMessage:
        """Return what to post, and the revision that it tells of. Raises NothingPublishedError, RenderError."""
        del team, channel  # what a schedule posts depends on its own rule and past, and those go by its id
        about = {"this": request.schedule_id, "since": request.since}
        number, posted_on, told_at = (await connection.execute(_STANDING, about)).one()
        issue = await self._newest(connection, number or 0)
        wanted = await _wanted(connection, request, max(posted_on, told_at.date()) if posted_on and told_at else None)
        if wanted not in issue.texts:
            if len(issue.texts) >= _TEXTS_KEPT:
                issue.texts.clear()
            issue.texts[wanted] = _written(issue.notices, wanted, await _news(connection, wanted, issue.number))
        text = issue.texts[wanted]
        buttons = (*_details(text.areas), Button(Action.SCHEDULES, "Change", request.schedule_id))
        message = OutboxMessage(
            text.notice.markdown, buttons=buttons, fact_digests=text.shown, rendered_changes=text.notice.told
        )
        return RenderedMessage(message, issue.number)

    async def _newest(self, connection: AsyncConnection, number: int) -> _Issue:
        """Return the newest revision, its templates compiled off the loop."""
        if self._issue is None or self._issue.number != number:
            known = self._database.known
            revision = known if known and known.number == number else await read_revision(connection, number)
            if revision is None:
                raise NothingPublishedError
            self._issue = _Issue(number, await asyncio.to_thread(ChangeMessages, revision))
        return self._issue


async def _wanted(connection: AsyncConnection, due: ScheduledPostRequest, since: date | None) -> _Wanted:
    return _Wanted(
        due.areas,
        due.is_digest,
        due.since,
        (_day(since, due.local_date) if since else _SINCE_THEN) if due.since else "",
        f" since {since.isoformat()}" if since else "",
        await _late(connection, due) if due.is_late else "",
        due.only_line,
    )


async def _late(connection: AsyncConnection, due: ScheduledPostRequest) -> str:
    """Return when a late post was due, by its schedule's clock; of one that is gone, the day."""
    schedule = await schedules.get(connection, due.schedule_id)
    columns = schedule_runs.c
    run = select(columns.scheduled_for).where(
        columns.schedule_id == due.schedule_id, columns.local_date == due.local_date
    )
    at = await connection.scalar(run)
    if schedule is None or at is None:
        return _day(due.local_date, due.local_date)
    return say_when(at, schedule.rule.tz)


async def _news(connection: AsyncConnection, wanted: _Wanted, number: int) -> _News:
    """Return what changed up to this revision: one that is published meanwhile is not told in the words of this."""
    if not wanted.since:
        return _News((), {})
    areas = None if wanted.is_digest or ALL in wanted.areas else wanted.areas
    found = await changed_since(connection, areas, wanted.since, until=number)
    days = {each.change.fact_id: each.published_at.astimezone(UTC).date() for each in found}
    return _News(merged(each.change for each in found), days)


def _written(notices: ChangeMessages, wanted: _Wanted, news: _News) -> _Text:
    """Write a post from what changed and the areas as they are."""
    if wanted.is_digest:
        return _digest(notices, wanted, news)
    areas = _areas(notices, wanted)
    told = _told(notices, news, CHANGES_IN_POST, names_area=len(areas) > 1)
    full = () if wanted.only_line and not told else tuple(areas)
    one = f" {areas[0].key}" if len(areas) == 1 else ""
    notice = notices.page(
        "scheduled",
        told,
        title=", ".join(area.title for area in areas),
        since=wanted.since_on,
        late=wanted.late,
        lines=told,
        more=len(news.changes) - len(told),
        command=f"/briefing changes{one}{wanted.command_since}",
        briefings=[notices.briefing(area.key, long=False) for area in full],
    )
    facts = [fact for area in full for fact in notices.content.printed_facts(area.key, long=False)]
    longer = tuple(area for area in full if _has_more(notices, area))
    return _Text(notice, posts.fact_digests((*facts, *_facts(news, told))), longer)


def _digest(notices: ChangeMessages, wanted: _Wanted, news: _News) -> _Text:
    """Write what changed, in the order of the areas."""
    told = _told(notices, news, CHANGES_IN_DIGEST, names_area=False)
    by_area: dict[str, list[ShownChange]] = defaultdict(list)
    for each in told:
        by_area[each.area].append(each)
    titles = dict.fromkeys((*(area.title for area in notices.content.areas), *by_area))
    notice = notices.page(
        "digest",
        told,
        since=wanted.since_on,
        late=wanted.late,
        groups=[{"title": title, "lines": by_area[title]} for title in titles if title in by_area],
        more=len(news.changes) - len(told),
        command=f"/briefing changes{wanted.command_since}",
    )
    return _Text(notice, posts.fact_digests(_facts(news, told)))


def _areas(notices: ChangeMessages, wanted: _Wanted) -> Sequence[Area]:
    """Return the areas in the order in which they are posted; those that are gone are left out."""
    if ALL in wanted.areas:
        return notices.content.areas
    known = {area.key: area for area in notices.content.areas}
    return [known[key] for key in wanted.areas if key in known]


def _told(notices: ChangeMessages, news: _News, most: int, *, names_area: bool) -> list[ShownChange]:
    changes = news.changes[:most]
    return [notices.short(change, news.days[change.fact_id], names_area=names_area) for change in changes]


def _facts(news: _News, told: Iterable[ShownChange]) -> list[Fact]:
    """Return the facts whose changes are listed, those that are counted left out."""
    listed = {each.fact_id for each in told}
    return [change.fact for change in news.changes if change.fact_id in listed]


def _has_more(notices: ChangeMessages, area: Area) -> bool:
    return notices.briefing(area.key, long=True) != notices.briefing(area.key, long=False)


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
    """Return a day as `Fri 27 November`, with its year where that is another than that of a day near it."""
    written = f"{value:%a} {day(value)}"
    return written.removesuffix(f" {value.year}") if value.year == near.year else written
