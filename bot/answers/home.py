"""What a person sees in App Home, before anything of Slack: what this is, what is posted where, what they watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.alerts import subscriptions, watches
from bot.answers.service import area_choices
from bot.messages import ChannelRef
from bot.schedules import schedules
from bot.subscriptions.alert_messages import name_of, why_paused
from bot.subscriptions.schedule_messages import row
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.alerts.subscriptions import Subscription
    from bot.alerts.watches import Watch
    from bot.answers.snapshot import Snapshots
    from bot.clock import Clock
    from bot.content.models import Content
    from bot.messages import Choice
    from bot.store.database import Database

MOST_PLACES: Final = 15
"""Places listed; Slack takes 100 blocks in a Home, and each place takes two."""
MOST_LINES: Final = 8
"""Lines for one place."""
MOST_WATCHES: Final = 20
"""Watches listed, each a block of its own."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at Home: `direct` is their direct message with the bot, where they may have subscribed for themselves.

    `channels` are those that they are in, by id, as far as the bot may know; None when it may not know any.
    """

    team: str
    user: str
    direct: str
    channels: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What is posted in one place, a line of plain text each."""

    place: ChannelRef
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A fact that the visitor is told of when it changes: its words, and until when."""

    fact_id: str
    words: str
    until: str


@dataclass(frozen=True, slots=True)
class Home:
    """A Home as it is now. `intro` and `help` are Markdown; `areas` can be asked for with one press.

    `places_left_out` and `watches_left_out` count what is not listed. `sees_channels`: whether those that the visitor
    is in were looked at.
    """

    intro: str
    areas: tuple[Choice, ...]
    places: tuple[ChannelSettings, ...]
    places_left_out: int
    sees_channels: bool
    watched: tuple[Watched, ...]
    watches_left_out: int
    help: str


class HomePages:
    """Describes the Home of whoever looks at it."""

    def __init__(self, snapshots: Snapshots, database: Database, clock: Clock) -> None:
        """Nothing is read before somebody looks."""
        self._snapshots = snapshots
        self._database = database
        self._clock = clock

    async def of(self, visitor: Viewer) -> Home:
        """Return a visitor's Home. Raises BriefingBotError when the database cannot be read."""
        snapshot = await self._snapshots.snapshot()
        content, revision = snapshot.content, snapshot.revision
        intro = snapshot.renderer.page(
            "home", revision=revision.number, published=revision.published_at.date(), note=revision.note or ""
        )
        async with self._database.reading() as connection:
            places = await _standing(connection, content, visitor)
            watched = await watches.of_user(connection, visitor.team, visitor.user, self._clock.now())
        return Home(
            intro=intro,
            areas=area_choices(content),
            places=places[:MOST_PLACES],
            places_left_out=max(0, len(places) - MOST_PLACES),
            sees_channels=visitor.channels is not None,
            watched=tuple(_watched(content, each) for each in watched[:MOST_WATCHES]),
            watches_left_out=max(0, len(watched) - MOST_WATCHES),
            help=snapshot.renderer.page("help"),
        )


async def _standing(connection: AsyncConnection, content: Content, visitor: Viewer) -> tuple[ChannelSettings, ...]:
    """Return what is posted where the visitor reads it, their own direct message first."""
    places = [
        ChannelRef(visitor.team, channel) for channel in (visitor.direct, *sorted(visitor.channels or ())) if channel
    ]
    kept = await subscriptions.for_channels(connection, places)
    lines: dict[ChannelRef, list[str]] = {place: list(_alerts(content, kept.get(place, ()))) for place in places}
    for schedule in await schedules.for_channels(connection, places):
        told = row(content, schedule, (), None).text.splitlines()
        lines[schedule.place].append(" ".join(f"{each.rstrip('.')}." for each in told))
    return tuple(ChannelSettings(place, _shortened(lines[place])) for place in places if lines[place])


def _shortened(lines: Sequence[str]) -> tuple[str, ...]:
    """Return as many lines as are shown of one place, and how many are not."""
    left = len(lines) - MOST_LINES
    return (*lines[:MOST_LINES], *((f"{left} more",) if left > 0 else ()))


def _alerts(content: Content, kept: Sequence[Subscription]) -> Iterator[str]:
    """Yield what a place's subscriptions have posted there."""
    for only, what in ((False, "Alerts"), (True, "Corrections only")):
        if named := [name_of(content, each.area) for each in kept if each.corrections_only is only]:
            yield f"{what}: {', '.join(named)}"
    paused = next((each for each in kept if each.paused_at), None)
    if paused and paused.paused_at:
        yield f"Alerts are paused since {day(paused.paused_at.date())}. {why_paused(paused.paused_why)}"


def _watched(content: Content, kept: Watch) -> Watched:
    fact = content.facts.get(kept.fact_id)
    return Watched(kept.fact_id, fact.short or fact.statement if fact else kept.fact_id, day(kept.until.date()))
