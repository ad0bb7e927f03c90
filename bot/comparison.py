"""What publishing a folder would do: the changes, the briefings before and after, and the alerts with where they go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.changes import changes
from bot.content.render import Renderer
from bot.store.revision import NothingPublishedError, Revision

if TYPE_CHECKING:
    from datetime import date

    from bot.alerts import Alert, Alerts
    from bot.clock import Clock
    from bot.content.models import Content
    from bot.store.database import Database
    from bot.store.revision import Change


@dataclass(frozen=True, slots=True)
class ChangedBriefing:
    """A briefing, details included, as Markdown before and after; `area` is its key. One of the two may be empty."""

    area: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A folder beside a revision: `against` is that revision's number."""

    against: int
    changes: tuple[Change, ...]
    briefings: tuple[ChangedBriefing, ...]
    alerts: tuple[Alert, ...]


async def compare_with(
    database: Database, content: Content, alerts: Alerts, clock: Clock, against: int | None = None
) -> Comparison:
    """Compare content with a revision, the newest without a number. Raises NothingPublishedError, StoreError."""
    newest = await database.refresh()
    before = newest if against is None else await database.revision(against)
    if before is None:
        raise NothingPublishedError(against)
    found = changes(before.content, content)
    now = clock.now()
    async with database.reading() as connection:
        planned = await alerts.preview(connection, Revision(newest.number + 1, content, now), found)
    briefings = changed_briefings(before.content, content, now.date())
    return Comparison(before.number, found, briefings, planned)


def changed_briefings(before: Content, after: Content, on: date) -> tuple[ChangedBriefing, ...]:
    """Return the briefings that read differently; both are rendered as of the same day."""
    old, new = _briefings(before, on), _briefings(after, on)
    pairs = ((key, old.get(key, ""), new.get(key, "")) for key in dict.fromkeys((*new, *old)))
    return tuple(ChangedBriefing(key, one, other) for key, one, other in pairs if one != other)


def _briefings(content: Content, on: date) -> dict[str, str]:
    renderer = Renderer(content, published_on=on)
    return {area.key: renderer.briefing(area.key, long=True) for area in content.areas}
