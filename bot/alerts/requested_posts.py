"""Posts that people ask for by a button: enqueued once each, ahead of alerts, and awaited for a moment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.actions import Action, Button
from bot.alerts.post_log import digests_of
from bot.alerts.replies import EXPIRES_AFTER_S, public_message
from bot.messages import Removal
from bot.outbox.delivery import Delivery, DeliveryKind, Priority
from bot.outbox.enqueuing import enqueue_once, id_of
from bot.outbox.progress import progress_within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.clock import Clock
    from bot.messages import ChannelRef, Poster, Reply
    from bot.outbox.delivery import OutboxMessage
    from bot.outbox.progress import Progress
    from bot.store.database import Database

AWAITED_S: Final = 3.0
"""Seconds for which the person who pressed waits to be told that it is posted."""


class RequestedPosts:
    """Posts replies through the outbox, where they survive a crash and are posted once, whoever asks how often."""

    def __init__(
        self, database: Database, clock: Clock, wake: Callable[[], None], *, awaited_s: float = AWAITED_S
    ) -> None:
        """`wake` lets the outbox's worker look at once."""
        self._database = database
        self._clock = clock
        self._wake = wake
        self._awaited_s = awaited_s

    async def post(self, reply: Reply, place: ChannelRef, poster: Poster, message_ts: str) -> Progress:
        """Enqueue what a reply shows, unless it was before; return how far it got within `awaited_s`.

        `message_ts` is the ts of the message whose button was pressed: one button posts once. A post that has failed
        is tried again. Raises StoreError.
        """
        delivery_id = id_of(place.team, place.channel, message_ts)
        message = post_message(reply, poster, await digests_of(self._database, reply))
        delivery = Delivery(
            place.team,
            place.channel,
            DeliveryKind.POST,
            message,
            Priority.REQUESTED,
            expires_after_s=EXPIRES_AFTER_S,
            revision=reply.revision,
            id=delivery_id,
        )
        async with self._database.transaction() as connection:
            await enqueue_once(connection, delivery, self._clock.now())
        self._wake()
        return await progress_within(self._awaited_s, self._database, delivery_id)


def post_message(
    reply: Reply, poster: Poster, fact_digests: Mapping[str, str], *, is_copy: bool = False
) -> OutboxMessage:
    """Return the public message of a reply: signed, with its details, its sources and a way to remove it."""
    message = public_message(reply)
    remove = Button(Action.REMOVE, "Remove", Removal(poster.user, is_copy).pack())
    return replace(
        message,
        buttons=(*message.buttons, remove),
        fact_digests=fact_digests,
        feedback="",
        footer=f"Posted by {poster.name}.",
    )
