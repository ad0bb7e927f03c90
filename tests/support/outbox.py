"""The ends of the outbox for tests: a transport that is only asked for names, a renderer, and Slack's refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import BriefingBotError
from bot.outbox.delivery import DeliveryKind, ErrorClass, NotDeliveredError, OutboxMessage
from bot.outbox.protocols import RenderedMessage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.outbox.delivery import Attempt, ScheduledPostRequest

QUIET_S = 60.0
MAINTAINERS = "C0MAINT"


class NullTransport:
    """Knows Slack's names and splits a text at its form feeds; carries nothing."""

    async def send(self, attempt: Attempt) -> str:
        """Carry nothing."""
        raise AssertionError(attempt)

    async def find_sent(self, attempts: Sequence[Attempt]) -> Mapping[str, str]:
        """See nothing."""
        raise AssertionError(attempts)

    def message_count(self, message: OutboxMessage) -> int:
        """Return how many messages it needs."""
        return message.markdown.count("\f") + 1

    def api_method(self, kind: DeliveryKind) -> str:
        """Return Slack's name."""
        return "chat.update" if kind is DeliveryKind.EDIT else "chat.postMessage"


class StubRenderer:
    """A composer that writes which time it was asked, and cannot write for channels that it is told."""

    def __init__(self, *refuses: str) -> None:
        """Begin unasked."""
        self.asked = 0
        self.refuses = refuses

    async def render(
        self, connection: AsyncConnection, due: ScheduledPostRequest, *, team: str, channel: str
    ) -> RenderedMessage:
        """Write it."""
        assert connection.in_transaction()
        if channel in self.refuses:
            raise BriefingBotError(f"The area of {due.schedule_id} is gone.")
        self.asked += 1
        return RenderedMessage(
            OutboxMessage(f"{due.schedule_id} in {team} {channel}, {self.asked}", fact_digests={"a": "b"}),
            40 + self.asked,
        )


def refusal(verdict: ErrorClass, code: str = "some_code", retry_after_s: float = 0.0) -> NotDeliveredError:
    return NotDeliveredError("Slack refused it", code=code, error_class=verdict, retry_after_s=retry_after_s)
