"""App Home as data: what the bot is, what is posted in the viewer's channels, and which facts they watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.alerts import subscriptions, watches
from bot.alerts.filters import said
from bot.answers.replies import area_choices
from bot.gaps import awaited_answers
from bot.messages import ChannelRef, Row
from bot.schedules import schedules
from bot.store.revisions import last_change_at
from bot.subscriptions.alert_messages import name_of
from bot.subscriptions.pauses import paused_line
from bot.subscriptions.schedule_rows import row
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.actions import Choice
    from bot.alerts.subscriptions import Subscription
    from bot.alerts.watches import Watch
    from bot.answers.maintaining import Maintaining
    from bot.answers.snapshot import RevisionSnapshot
    from bot.content.models import Content
    from bot.store.database import Database

MOST_PLACES: Final = 15
"""Channels listed; Slack takes 100 blocks in a Home, and each channel takes two."""
MOST_LINES: Final = 8
"""Lines for one channel."""
MOST_WATCHES: Final = 20
"""Watches listed, each a block of its own."""
_KEPT: Final = (
    "For {days} days I keep questions that I could not answer, for the people who write the facts: not who asked, and "
    "none that may name a person or hold an address or a personal number."
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person who opens Home: `direct` is the id of their direct message with the bot.

    `channels` are the ids of the channels that they are in, as far as the bot can see; None when it can see none.
    """

    team: str
    user: str
    direct: str
    channels: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """Alerts and schedules of one channel, a line each."""

    place: ChannelRef
    lines: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A fact that the viewer watches: its words, and until when."""

    fact_id: str
    words: str
    until: str


@dataclass(frozen=True, slots=True)
class Awaited:
    """A question to which the viewer awaits the answer: the id of its gap, its words, and until when."""

    question: str
    words: str
    until: str


@dataclass(frozen=True, slots=True)
class Home:
    """Contents of App Home. `intro` and `help` are Markdown; `areas` become buttons.

    `places_left_out` and `watches_left_out` count what is not listed. `sees_channels`: whether the bot can see the
    viewer's channels. `kept` says what is kept of questions; empty where nothing is.
    `may_suggest`: the viewer can suggest a fact. `maintaining` is for maintainers alone.
    """

    intro: str
    areas: tuple[Choice, ...]
    places: tuple[ChannelSettings, ...]
    places_left_out: int
    sees_channels: bool
    watched: tuple[Watched, ...]
    watches_left_out: int
    help: str
    awaited: tuple[Awaited, ...] = ()
    kept: str = ""
    may_suggest: bool = True
    maintaining: Maintaining | None = None


async def home_for(
    snapshot: RevisionSnapshot, database: Database, viewer: Viewer, now: datetime, *, gaps_keep_days: int = 0
) -> Home:
    """Return a viewer's Home; gaps are kept for so many days. Raises BriefingBotError when it cannot be read."""
    content, revision = snapshot.content, snapshot.revision
    async with database.reading() as connection:
        changed = await last_change_at(connection, revision.number)
        places = await _channel_settings(connection, content, viewer)
        watched = await watches.of_user(connection, viewer.team, viewer.user, now)
        awaited = await awaited_answers.of_user(connection, viewer.team, viewer.user, now)
    intro = snapshot.renderer.page(
        "home",
        revision=revision.number,
        changed=changed.date() if changed else None,
        published=revision.published_at.date(),
        note=revision.note or "",
    )
    return Home(
        intro=intro,
        areas=area_choices(content),
        places=places[:MOST_PLACES],
        places_left_out=max(0, len(places) - MOST_PLACES),
        sees_channels=viewer.channels is not None,
        watched=tuple(_watched(content, each) for each in watched[:MOST_WATCHES]),
        watches_left_out=max(0, len(watched) - MOST_WATCHES),
        help=snapshot.renderer.page("help"),
        awaited=tuple(Awaited(each.question, each.words, day(each.until.date())) for each in awaited),
        kept=_KEPT.format(days=gaps_keep_days) if gaps_keep_days else "",
    )


async def _channel_settings(
    connection: AsyncConnection, content: Content, viewer: Viewer
) -> tuple[ChannelSettings, ...]:
    """Return the settings of the viewer's channels, their direct message first; channels without any are left out."""
    places = [
        ChannelRef(viewer.team, channel) for channel in (viewer.direct, *sorted(viewer.channels or ())) if channel
    ]
    subscribed = await subscriptions.for_channels(connection, places)
    lines: dict[ChannelRef, list[Row]] = {
        place: list(_alert_lines(content, subscribed.get(place, ()))) for place in places
    }
    for schedule in await schedules.for_channels(connection, places):
        told = row(content, schedule, (), None)
        text = " ".join(f"{each.rstrip('.')}." for each in told.text.splitlines())
        lines[schedule.place].append(Row(text, below=told.below))
    return tuple(ChannelSettings(place, _shortened(lines[place])) for place in places if lines[place])


def _shortened(lines: Sequence[Row]) -> tuple[Row, ...]:
    """Return the first MOST_LINES lines, and the number of those left out."""
    left = len(lines) - MOST_LINES
    return (*lines[:MOST_LINES], *((Row(f"{left} more"),) if left > 0 else ()))


def _alert_lines(content: Content, subscribed: Sequence[Subscription]) -> Iterator[Row]:
    every = [name_of(content, each.area) for each in subscribed if not each.is_filtered]
    some = [each for each in subscribed if each.is_filtered]
    alike = [name_of(content, each.area) for each in some if not each.certainty]
    for what, named in (("Alerts", every), ("Corrections only", alike)):
        if named:
            yield Row(f"{what}: {', '.join(named)}")
    for each in some:
        if each.certainty:
            what = said(corrections_only=each.corrections_only, certainty=each.certainty)
            yield Row(f"Alerts: {name_of(content, each.area)}, {what}")
    paused = next((each for each in subscribed if each.paused_at), None)
    if paused and paused.paused_at:
        yield Row("", below=paused_line("Alerts paused", paused.pause_reason, paused.paused_at, paused.paused_until))


def _watched(content: Content, watch: Watch) -> Watched:
    fact = content.facts.get(watch.fact_id)
    return Watched(watch.fact_id, fact.short or fact.statement if fact else watch.fact_id, day(watch.until.date()))
