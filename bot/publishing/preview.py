"""Preview of a publication: its impact against a published revision, with the channels that subscribe."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.changes.detect import detect_changes
from bot.publishing.impact import NOTHING_ASKED, impact_of
from bot.store.revision import NothingPublishedError, Revision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.alerts.alerts import Alerts
    from bot.clock import Clock
    from bot.content.faults import Fault
    from bot.content.models import Content
    from bot.publishing.comparing.changed_answers import Questions
    from bot.publishing.impact import Impact
    from bot.store.database import Database


async def published(database: Database, number: int | None = None) -> Revision:
    """Return a revision, the newest without a number. Raises NothingPublishedError, StoreError."""
    newest = await database.refresh()
    found = newest if number is None else await database.revision(number)
    if found is None:
        raise NothingPublishedError(number)
    return found


async def preview(  # noqa: PLR0913 — what it is held against, each a keyword
    database: Database,
    content: Content,
    alerts: Alerts,
    clock: Clock,
    *,
    against: int | None = None,
    questions: Questions = NOTHING_ASKED,
    faults: Sequence[Fault] = (),
    note: str = "",
) -> Impact:
    """Return the impact against a revision, the newest without a number. Raises NothingPublishedError, StoreError.

    `questions`, `faults` and `note` are those of `impact_of`.
    """
    before = await published(database, against)
    newest = await database.latest()
    found = await asyncio.to_thread(detect_changes, before.content, content)
    now = clock.now()
    async with database.reading() as connection:
        planned = await alerts.preview(connection, Revision(newest.number + 1, content, now, note or None), found)
    return await asyncio.to_thread(
        impact_of,
        before.content,
        content,
        base=f"revision {before.number}",
        now=now,
        questions=questions,
        channels=lambda _changes: planned,
        faults=faults,
        note=note,
    )
