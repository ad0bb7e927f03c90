"""Replies without a token: the body of an ack, and response_url ("Handling user interaction in your Slack apps")."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from aiohttp import web

from workspace.errors import SlackError
from workspace.wire.arguments import Arguments, read_request
from workspace.wire.composing import Content, bot_message, compose
from workspace.wire.faults import RESPONSE_URL
from workspace.wire.web_api import Call

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from workspace.clock import Clock
    from workspace.state.records import Message
    from workspace.state.state import State
    from workspace.wire.address import Address
    from workspace.wire.events import Events
    from workspace.wire.faults import Faults

_USES = 5
_LIFE = timedelta(minutes=30)
_STATUS = {"used_url": 404, "expired_url": 404}


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """The action that is replied to: its user, channel and (for a click) message. `number` makes each one unique."""

    user_id: str
    channel_id: str
    message_ts: str = ""
    thread_ts: str = ""
    number: int = field(default_factory=count().__next__)


@dataclass(frozen=True, slots=True)
class _Url:
    context: ReplyContext
    expires_at: datetime
    uses_left: int


class Responder:
    """Turns a reply into a message, ephemeral unless it is `in_channel`; needs no scope and no membership.

    `contexts` has, by channel id and ts, the context of each message that a reply made or replaced.
    """

    def __init__(self, state: State, events: Events) -> None:
        """Post to the state, and send the events of it."""
        self._state = state
        self._events = events
        self.contexts: dict[tuple[str, str], ReplyContext] = {}

    def note(self, context: ReplyContext, message: Message) -> None:
        """Record the context of a message."""
        self.contexts[message.channel, message.ts] = context

    def reply(self, context: ReplyContext, arguments: Arguments) -> None:
        """Post, replace or delete as the reply says; a reply without content does nothing. Raises SlackError."""
        if arguments.flag("delete_original"):
            self._delete(context)
            return
        content = compose(arguments, limit_size=False)
        if content.is_empty:
            return
        if arguments.flag("replace_original") and self._replace(context, content):
            return
        self._post(context, content, arguments)

    def _post(self, context: ReplyContext, content: Content, arguments: Arguments) -> None:
        thread_ts = arguments.text("thread_ts") or context.thread_ts
        if thread_ts and self._state.message(context.channel_id, thread_ts) is None:
            raise SlackError("thread_not_found")
        message = bot_message(context.channel_id, self._state.next_ts(), content, thread_ts)
        self.note(context, message)
        if arguments.text("response_type") != "in_channel":
            self._state.put(replace(message, ephemeral_to=context.user_id))
            return
        self._events.posted(self._state.put(message))

    def _replace(self, context: ReplyContext, content: Content) -> bool:
        """Return whether there was a message to replace."""
        before = self._state.message(context.channel_id, context.message_ts)
        if before is None:
            return False
        after = replace(
            before,
            text=content.text,
            blocks=content.blocks or (),
            attachments=content.attachments or (),
            pings=content.pings,
            edited_ts="" if before.is_ephemeral else self._state.next_ts(),
        )
        self.note(context, self._state.put(after))
        self._events.changed(before, after)
        return True

    def _delete(self, context: ReplyContext) -> None:
        before = self._state.message(context.channel_id, context.message_ts)
        if before is not None:
            self._state.remove(before.channel, before.ts)
            self._events.deleted(before)


class ResponseUrls:
    """Issues response_urls, valid for five uses within 30 minutes, and serves them.

    `uses` has every use with its context, oldest first, as a call of the method `response_url`.
    """

    def __init__(self, responder: Responder, address: Address, clock: Clock, faults: Faults) -> None:
        """Reply through `responder`."""
        self._faults = faults
        self._responder = responder
        self._address = address
        self._clock = clock
        self._urls: dict[str, _Url] = {}
        self.uses: list[tuple[ReplyContext, Call]] = []

    def context(self, url: object) -> ReplyContext | None:
        """Return the context of a response_url, or None."""
        known = self._urls.get(url.rpartition("/")[2]) if isinstance(url, str) else None
        return known.context if known else None

    def issue(self, context: ReplyContext) -> str:
        """Return a new response_url for this context."""
        token = secrets.token_urlsafe(18)
        self._urls[token] = _Url(context, self._clock.now() + _LIFE, _USES)
        return self._address.response(token)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one use, with the fault that is switched on."""
        fault = self._faults.next_for(RESPONSE_URL)
        if fault is None:
            return await self._handle(request)
        return await self._faults.around(request, fault, lambda: self._handle(request))

    async def _handle(self, request: web.Request) -> web.Response:
        """Answer one use: 200 and "ok", or an error with 404 (`used_url`, `expired_url`) or 400."""
        started, arguments, error = time.perf_counter(), Arguments({}), None
        token = request.match_info["token"]
        try:
            arguments = _unwrapped((await read_request(request, accepts_json=True)).arguments)
            url = self._usable(token)
            self._responder.reply(url.context, arguments)
            self._urls[token] = replace(url, uses_left=url.uses_left - 1)
        except SlackError as refusal:
            error = refusal
        answer = error.to_json() if error else {"ok": True}
        status = _STATUS.get(error.code, 400) if error else 200
        if token in self._urls:
            ms = (time.perf_counter() - started) * 1000
            call = Call(RESPONSE_URL, arguments.to_json(), answer, status, ms, started)
            self.uses.append((self._urls[token].context, call))
        return web.json_response(answer, status=status) if error else web.Response(text="ok")

    def _usable(self, token: str) -> _Url:
        url = self._urls.get(token)
        if url is None or self._clock.now() >= url.expires_at:
            raise SlackError("expired_url")
        if not url.uses_left:
            raise SlackError("used_url")
        return url


def ack_arguments(ack: object) -> Arguments:
    """Return an ack's body as arguments: an object unchanged, any other value as text."""
    if isinstance(ack, dict):
        body: Mapping[str, Any] = ack
        return Arguments(body)
    return Arguments({} if ack is None else {"text": str(ack)})


def _unwrapped(arguments: Arguments) -> Arguments:
    """Return the arguments from a form's `payload`, which older libraries send as JSON."""
    payload = arguments.structure("payload", "invalid_payload")
    return Arguments(payload) if isinstance(payload, dict) else arguments
