"""Protocols of those who take part in a delivery: who renders it, who sends it, and who is told what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.outbox.delivery import Attempt, DeliveryKind, OutboxMessage, ScheduledPostRequest


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A scheduled post as rendered, and the revision that it was rendered from."""

    message: OutboxMessage
    revision: int


class DeliveryRenderer(Protocol):
    """Renders scheduled posts when they are claimed."""

    async def render(
        self, connection: AsyncConnection, request: ScheduledPostRequest, *, team: str, channel: str
    ) -> RenderedMessage | None:
        """Return what to post, None for nothing; it only reads, within the transaction that claims the delivery.

        A delivery that it raises for fails. The outbox keeps `request` in the message itself.
        """
        ...


class DeliveryListener(Protocol):
    """Called within the transaction that marks a delivery sent or failed, or has nothing to post."""

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Take note: `attempt.state` is sent (with its `ts`) or failed (with its `error` and `error_class`).

        It is cancelled, with the reason as its `error`, when there is nothing to post after all.
        """
        ...


class OperatorListener(Protocol):
    """Called within the transaction in which an operator retries or drops a delivery."""

    async def on_operator_change(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Take note: `attempt.state` is pending again (`error` says why it had failed) or cancelled."""
        ...


class Transport(Protocol):
    """Sends deliveries to a messenger, and finds those that arrived."""

    async def send(self, attempt: Attempt) -> str:
        """Post or edit it, once, marked with its id, and return its ts. Raises NotDeliveredError."""
        ...

    async def find_sent(self, attempts: Sequence[Attempt]) -> Mapping[str, str]:
        """Return id → ts of those that are in the channel; all are of one channel and thread.

        Raises NotDeliveredError.
        """
        ...

    def message_count(self, message: OutboxMessage) -> int:
        """Return how many messages a text needs; the later ones are replies to the first."""
        ...

    def api_method(self, kind: DeliveryKind) -> str:
        """Return the name under which Slack counts calls for this kind of delivery."""
        ...
