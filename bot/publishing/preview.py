"""Preview of a publication: the changes, the briefings before and after, and the alerts with their channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.changes.detect import detect_changes
from bot.content.checks.references import check_vanished
from bot.content.render import Renderer
from bot.store.revision import NothingPublishedError, Revision

if TYPE_CHECKING:
    from bot.alerts.alerts import Alert, Alerts
    from bot.clock import Clock
    from bot.content.faults import Fault
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
class Preview:
    """Preview of a folder against revision `against`; `vanished` are faults for facts that are gone from the files."""

    against: int
    changes: tuple[Change, ...]
    briefings: tuple[ChangedBriefing, ...]
    alerts: tuple[Alert, ...]
    vanished: tuple[Fault, ...] = ()


async def published(database: Database, number: int | None = None) -> Revision:
    """Return a revision, the newest without a number. Raises NothingPublishedError, StoreError."""
    newest = await database.refresh()
    found = newest if number is None else await database.revision(number)
    if found is None:
        raise NothingPublishedError(number)
    return found


async def preview(
    database: Database, content: Content, alerts: Alerts, clock: Clock, against: int | None = None
) -> Preview:
    """Return the preview against a revision, the newest without a number. Raises NothingPublishedError, StoreError."""
    before = await published(database, against)
    newest = await database.latest()
    found = detect_changes(before.content, content)
    now = clock.now()
    async with database.reading() as connection:
        planned_alerts = await alerts.preview(connection, Revision(newest.number + 1, content, now), found)
    briefings = changed_briefings(before.content, content)
    vanished = tuple(check_vanished(before.content.current_facts(), content))
    return Preview(before.number, found, briefings, planned_alerts, vanished)


def changed_briefings(before: Content, after: Content) -> tuple[ChangedBriefing, ...]:
    """Return the briefings whose text differs, without the lines on their last change."""
    old, new = _briefings(before), _briefings(after)
    pairs = ((key, old.get(key, ""), new.get(key, "")) for key in dict.fromkeys((*new, *old)))
    return tuple(ChangedBriefing(key, one, other) for key, one, other in pairs if one != other)


def _briefings(content: Content) -> dict[str, str]:
    renderer = Renderer(content)
    return {area.key: renderer.unchanging(area.key, long=True) for area in content.areas}
