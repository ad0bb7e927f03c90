"""Direct messages to who watches a fact that changed; after the app was away, of what changed meanwhile.

Functions take a connection and belong to the caller's transaction. Times are aware UTC.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bot.actions import Action, Button
from bot.alerts import watches
from bot.changes.messages import ChangeMessages
from bot.content.checks.reviews import review_day
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage, Priority
from bot.outbox.enqueuing import enqueue
from bot.store.revision import ChangeKind
from bot.store.revisions import hold_off_publishing, newest_number, read_changes, read_revision

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.revision import Change

NOTIFIED: Final = frozenset({ChangeKind.CORRECTED, ChangeKind.WITHDRAWN, ChangeKind.SUPERSEDED, ChangeKind.UPDATED})
"""Changes of which watchers are told."""


async def catch_up_watches(connection: AsyncConnection, team: str, now: datetime) -> None:
    """Enqueue what watchers missed while their workspace had not the app: of each fact its newest change."""
    await hold_off_publishing(connection)
    due: list[watches.Watch] = []
    changes: dict[str, Change] = {}
    for each in await watches.of_team(connection, team, now):
        for recorded in await read_changes(connection, fact_id=each.fact_id, since=each.created_at):
            if recorded.change.kind in NOTIFIED and recorded.published_at > each.created_at:
                changes.setdefault(each.fact_id, recorded.change)
                due.append(each)
                break
    revision = await read_revision(connection, await newest_number(connection)) if due else None
    if revision is not None:
        messages = ChangeMessages(revision, review_day(now))
        await enqueue(connection, watch_messages(messages, revision.number, due, [*changes.values()]), now)
        for each in due:
            await watches.unwatch(connection, each.team, each.user, each.fact_id)


def watch_messages(
    messages: ChangeMessages, revision: int, watching: Iterable[watches.Watch], notified: Sequence[Change]
) -> list[Delivery]:
    """Return one direct message for each user who watches one of these facts."""
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in watching:
        wanted[each.team, each.user].add(each.fact_id)
    found: list[Delivery] = []
    for (team, user), facts in wanted.items():
        changes = [change for change in notified if change.fact_id in facts]
        message = OutboxMessage(messages.watched(changes), buttons=_buttons(changes))
        found.append(Delivery(team, user, DeliveryKind.WATCH, message, Priority.CORRECTION, revision=revision))
    return found


def _buttons(changes: Sequence[Change]) -> tuple[Button, ...]:
    """Return a button to watch the facts again that are still current."""
    current = [change.fact_id for change in changes if change.after is not None and change.fact.is_current]
    return (Button(Action.WATCH, "Tell me again", " ".join(current)),) if current else ()
