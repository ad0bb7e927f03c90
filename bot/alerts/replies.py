"""Replies to people: enqueued before their request is acknowledged, so that each is given once, whatever happens then.

Each message of a request has an id made from the request's key, so that a request that comes twice is answered once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.alerts.post_log import digests_within
from bot.lookup.language.text import question_key
from bot.messages import Asked, ChannelRef, Outcome, offered
from bot.outbox.delivery import (
    Attempt,
    Delivery,
    DeliveryKind,
    DeliveryState,
    NotDeliveredError,
    OutboxMessage,
    PersonalReply,
    Priority,
    new_id,
)
from bot.outbox.enqueuing import enqueue_new, id_of
from bot.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.clock import Clock
    from bot.messages import Reply
    from bot.outbox.protocols import Transport
    from bot.store.database import Database

EXPIRES_AFTER_S: Final = 3600.0
"""Seconds after which a reply that Slack has not taken is given up: who asked has gone on."""
RESPONSE_URL_S: Final = 1740.0
"""The same for a reply by a response_url, which Slack takes for 30 minutes."""
_UNCUT: Final = 2000
"""Characters of a button's value."""
_AGAIN_S: Final = 1.0
"""Seconds between looks at a database whose answer to a COMMIT was lost."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What is replied to: `key` is the same each time that it comes, `thread` the ts of the thread to reply in.

    `ts` is that of the message that asked, or stands for the press that did. `place.channel` may be a user's id, for
    the direct message with them.
    """

    key: str
    place: ChannelRef
    user: str
    thread: str = ""
    ts: str = ""


class Replies:
    """Gives replies through the outbox, ahead of alerts; without the database at once, as far as Slack takes them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wake: Callable[[], None],
        transport: Transport,
    ) -> None:
        """`wake` lets the outbox's worker look at once; `transport` sends what cannot be enqueued."""
        self._database = database
        self._clock = clock
        self._wake = wake
        self._transport = transport
        self._storing: set[asyncio.Task[None]] = set()

    async def in_public(self, request: Request, reply: Reply, notice: Reply | None) -> None:
        """Post a reply for everybody, then a notice for who asked alone. Raises nothing of the database's."""
        message = replace(public_message(reply), thread=request.thread, asker=request.user, question=request.ts)
        wanted = [_delivery(request, DeliveryKind.REPLY, message, revision=reply.revision)]
        if notice:
            wanted.append(_delivery(request, DeliveryKind.EPHEMERAL, _personal(request, PersonalReply(notice))))
        await self._give(request, wanted, reply)

    async def in_private(self, request: Request, reply: Reply) -> None:
        """Show a reply to who asked alone, in the channel."""
        await self._give(
            request, [_delivery(request, DeliveryKind.EPHEMERAL, _personal(request, PersonalReply(reply)))]
        )

    async def directly(self, request: Request, reply: Reply) -> None:
        """Give a reply in a direct message."""
        message = _personal(request, PersonalReply(reply, is_direct=True))
        await self._give(request, [_delivery(request, DeliveryKind.REPLY, message)])

    async def write(self, team: str, user: str, reply: Reply) -> None:
        """Write to a workspace's user directly, whatever they did."""
        await self.directly(Request(new_id(), ChannelRef(team, user), user), reply)

    async def by_response_url(
        self, request: Request, reply: Reply, response_url: str, *, replaces: bool = False, begins_with: int = 0
    ) -> None:
        """Give a reply by a response_url, from its message number `begins_with` on: earlier ones were in the ack."""
        is_direct = request.place.is_direct
        message = _personal(request, PersonalReply(reply, is_direct, response_url, replaces))
        parts = range(begins_with, self._transport.message_count(message))
        wanted = [_delivery(request, DeliveryKind.RESPONSE, replace(message, part=part)) for part in parts]
        await self._give(request, wanted if begins_with else wanted[:1])  # the outbox enqueues what follows the first

    async def _give(self, request: Request, wanted: Sequence[Delivery], shown: Reply | None = None) -> None:
        """Enqueue deliveries unless the request's were before; send them at once where the database cannot be used.

        The facts of `shown`, if there are any, are recorded with the first. When the answer to a COMMIT is lost they
        may have been enqueued, and sending them would double them: that is found out in the background.
        """
        key = f"{request.place.team} {request.place.channel} {request.key}"
        named = [replace(each, id=id_of("reply", key, number)) for number, each in enumerate(wanted)]
        if named[0].kind is DeliveryKind.REPLY:
            named[1:] = [replace(each, parent_id=named[0].id) for each in named[1:]]
        try:
            await self._store(named, shown)
        except _UncertainError:
            task = asyncio.create_task(self._store_again(named, shown))
            self._storing.add(task)
            task.add_done_callback(self._storing.discard)
        except StoreError as error:
            _log.warning("reply.not_stored", channel=request.place.channel, reason=error.message)
            await self._send(named)

    async def _store(self, named: Sequence[Delivery], shown: Reply | None) -> None:
        """Enqueue deliveries unless the first is known. Raises StoreError, and _UncertainError from COMMIT on."""
        now, is_written = self._clock.now(), False
        try:
            async with self._database.transaction() as connection:
                digests = await digests_within(connection, self._database, shown) if shown else {}
                for number, each in enumerate(named):
                    message = each.message if number else replace(each.message, fact_digests=digests)
                    if not await enqueue_new(connection, replace(each, message=message), now, number):
                        break
                is_written = True
        except StoreError as error:
            if is_written and not self._database.is_sqlite:  # SQLite undoes a COMMIT that it reports as failed
                raise _UncertainError(error.message, error.hint) from error
            raise
        self._wake()

    async def _store_again(self, named: Sequence[Delivery], shown: Reply | None) -> None:
        """Enqueue deliveries that may be enqueued already, as soon as the database answers and before they expire."""
        until, reason = self._clock.now() + timedelta(seconds=named[0].expires_after_s), ""
        while self._clock.now() < until:
            await asyncio.sleep(_AGAIN_S)
            try:
                await self._store(named, shown)
            except StoreError as error:
                reason = error.message
            else:
                return
        _log.error("reply.not_delivered", channel=named[0].channel, reason=reason)

    async def _send(self, wanted: Sequence[Delivery]) -> None:
        """Send each once; what Slack does not take is only logged, and ends it."""
        try:
            for delivery in wanted:
                count = self._transport.message_count(delivery.message) if delivery.message.part == 0 else 1
                for part in range(delivery.message.part, delivery.message.part + count):
                    await self._transport.send(_attempt(delivery, part, self._clock))
        except NotDeliveredError as error:
            _log.error("reply.not_delivered", channel=wanted[0].channel, reason=error.message)


class _UncertainError(StoreError):
    """The database's answer to a COMMIT was lost: it may have been carried out."""


def public_message(reply: Reply) -> OutboxMessage:
    """Return what everybody sees of a reply: its text, with what is offered below it.

    The words that were asked are in no button: those of a post are kept as long as corrections follow it.
    """
    return OutboxMessage(
        reply.markdown,
        offered(replace(reply, report=_without_words(reply.report))),
        answers=reply.subject.answers if reply.subject else (),
        is_closest=reply.outcome is Outcome.CLOSEST,
        feedback=_without_words(reply.feedback),
    )


def _without_words(packed: str) -> str:
    """Return the value of a button about what was asked, without the words: who presses it did not write them."""
    if not packed:
        return ""
    asked = Asked.unpack(packed)
    return replace(asked, words="", key="" if asked.fact else question_key(asked.words)).pack(_UNCUT)


def _personal(request: Request, personal: PersonalReply) -> OutboxMessage:
    return OutboxMessage(personal=personal, thread=request.thread, asker=request.user, question=request.ts)


def _delivery(request: Request, kind: DeliveryKind, message: OutboxMessage, *, revision: int | None = None) -> Delivery:
    expires_after_s = RESPONSE_URL_S if kind is DeliveryKind.RESPONSE else EXPIRES_AFTER_S
    place = request.place
    return Delivery(
        place.team,
        place.channel,
        kind,
        message,
        Priority.REQUESTED,
        expires_after_s=expires_after_s,
        revision=revision,
    )


def _attempt(delivery: Delivery, part: int, clock: Clock) -> Attempt:
    """Return a delivery that is in no database, as the transport takes it."""
    message = replace(delivery.message, part=part)
    return Attempt(
        delivery.id,
        delivery.team,
        delivery.channel,
        delivery.kind,
        message,
        DeliveryState.SENDING,
        0,
        clock.now(),
        thread=message.thread,
    )
