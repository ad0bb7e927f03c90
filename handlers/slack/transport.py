"""Sends deliveries to Slack, each message with its delivery's id in its metadata, and finds them again by it.

Reading the channel (conversations.history, conversations.replies) with `include_all_metadata` needs the channel's
history scope, which is optional.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.outbox.delivery import PRIVATE, DeliveryKind, ErrorClass, NotDeliveredError
from handlers.metrics.tracing import NO_SPANS
from handlers.rendering.replies import delivered, edited
from handlers.slack.errors import call, next_cursor, objects_at, text_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.clock import ClockSkew
    from bot.outbox.delivery import Attempt, OutboxMessage
    from handlers.metrics.tracing import Spans
    from handlers.rendering.replies import Payload
    from handlers.slack.clients import SlackClients

EVENT_TYPE: Final = "briefing_delivery"
CLOCKS_APART: Final = timedelta(minutes=2)
"""How far Slack's clock and this machine's may differ: reading begins so much earlier."""

_PAGE_SIZE = 200
_METHODS = {
    DeliveryKind.EDIT: "chat.update",
    DeliveryKind.EPHEMERAL: "chat.postEphemeral",
    DeliveryKind.RESPONSE: "response_url",
}


class SlackTransport:
    """bot.outbox.delivery.Transport by chat.postMessage, chat.update and the channel's history."""

    def __init__(
        self, clients: SlackClients, skew: ClockSkew, spans: Spans = NO_SPANS, *, page_size: int = _PAGE_SIZE
    ) -> None:
        """`skew` is that of the clock that says when attempts were made; `spans` traces them."""
        self._clients = clients
        self._skew = skew
        self._spans = spans
        self._page_size = page_size
        self._direct: dict[tuple[str, str], str] = {}

    def api_method(self, kind: DeliveryKind) -> str:
        """Return Slack's name of the call for this kind of delivery; uses of response_urls count by themselves."""
        return _METHODS.get(kind, "chat.postMessage")

    def message_count(self, message: OutboxMessage) -> int:
        """Return how many messages its text needs."""
        return len(delivered(message))

    async def send(self, attempt: Attempt) -> str:
        """Post or change it, once, and return its ts. Raises NotDeliveredError."""
        with self._spans.span("delivery", kind=attempt.kind.value):
            return await self._send(attempt)

    async def _send(self, attempt: Attempt) -> str:
        if attempt.kind is DeliveryKind.EDIT:
            return await self._edit(attempt)
        message = attempt.message
        payload = delivered(message)[message.part]
        if attempt.kind in PRIVATE:
            return await self._show(attempt, payload)
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"delivery_id": attempt.id}}
        answer = await call(
            self._clients.web(attempt.team).chat_postMessage(
                channel=attempt.channel,
                thread_ts=attempt.thread or None,
                metadata=metadata,
                link_names=False,
                unfurl_links=False,
                unfurl_media=False,
                **payload,
            )
        )
        return text_at(answer, "ts")

    async def _show(self, attempt: Attempt, payload: Payload) -> str:
        """Show a message to one person alone, and return its ts, if Slack tells it."""
        message, thread = attempt.message, attempt.thread or None
        client = self._clients.web(attempt.team)
        if message.personal and message.personal.response_url:
            how: dict[str, object] = {"thread_ts": thread} if thread else {}
            is_first = message.part == 0
            how |= {"response_type": "ephemeral", "replace_original": message.personal.replaces and is_first}
            await client.respond(message.personal.response_url, {**payload, **how})
            return ""
        answer = await call(
            client.chat_postEphemeral(
                channel=attempt.channel, user=message.asker, thread_ts=thread, link_names=False, **payload
            )
        )
        return str(answer.get("message_ts") or "")

    async def _edit(self, attempt: Attempt) -> str:
        """Update every message of a post; a later one that was deleted is skipped."""
        message, client = attempt.message, self._clients.web(attempt.team)
        for ts, payload in zip((message.edits, *message.parts), edited(message), strict=True):
            if not ts:
                continue
            try:
                await call(client.chat_update(channel=attempt.channel, ts=ts, link_names=False, **payload))
            except NotDeliveredError as error:
                if ts == message.edits or error.error_class is not ErrorClass.NOT_FOUND:
                    raise
        return message.edits

    async def find_sent(self, attempts: Sequence[Attempt]) -> Mapping[str, str]:
        """Read the channel or thread that these have in common, page by page; return id → ts of those found.

        Raises NotDeliveredError.
        """
        first = attempts[0]
        wanted = {attempt.id for attempt in attempts}
        clocks_apart = CLOCKS_APART + timedelta(seconds=max(self._skew.seconds, 0))
        since = min(attempt.claimed_at for attempt in attempts) - clocks_apart
        place: dict[str, Any] = {
            "channel": await self._readable(first.team, first.channel),
            "oldest": f"{since.timestamp():.6f}",
            "include_all_metadata": True,
            "limit": self._page_size,
        }
        found: dict[str, str] = {}
        cursor = ""
        while True:
            page = await self._page(first.team, place, first.thread, cursor)
            messages = objects_at(page, "messages")
            found |= {name: str(message["ts"]) for message in messages if (name := _mark(message)) in wanted}
            cursor = next_cursor(page)
            if not cursor or found.keys() == wanted:
                return found

    async def _page(self, team: str, place: dict[str, Any], thread: str, cursor: str) -> AsyncSlackResponse:
        begin, client = cursor or None, self._clients.web(team)
        if thread:
            page = client.conversations_replies(ts=thread, cursor=begin, **place)
        else:
            page = client.conversations_history(cursor=begin, **place)
        return await call(page, is_look=True)

    async def _readable(self, team: str, channel: str) -> str:
        """Return the id by which a channel can be read; for a user's id, that of the direct message with them."""
        if not channel.startswith(("U", "W")):
            return channel
        if (team, channel) not in self._direct:
            answer = await call(self._clients.web(team).conversations_open(users=channel), is_look=True)
            self._direct[team, channel] = text_at(answer, "channel", "id")
        return self._direct[team, channel]


def _mark(message: Mapping[str, Any]) -> str:
    """Return the delivery id in a message's metadata, or nothing."""
    match message:
        case {"ts": str(), "metadata": {"event_type": str(kind), "event_payload": {"delivery_id": str(name)}}} if (
            kind == EVENT_TYPE
        ):
            return name
    return ""
