"""What made a message: what was sent to the app, how long its ack took, and the calls that followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.state.records import BOT_USER_ID
from workspace.wire.delivery import ACK_WITHIN_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workspace.parts import Wire
    from workspace.state.records import Message
    from workspace.state.state import State
    from workspace.wire.delivery import Dispatch
    from workspace.wire.web_api import Call, WebApi

FOLLOWS_WITHIN_S = 5.0
"""A call is taken for an answer to what was sent about its channel or person at most this long before."""

_LONGEST_S = FOLLOWS_WITHIN_S + ACK_WITHIN_S + 1.0  # the last second is for a machine that is busy


@dataclass(frozen=True, slots=True)
class Story:
    """What made a message.

    `dispatch` is what was sent to the app, with its ack; None for what the app did of its own accord, and for what
    never reached it. `ack_ms` is how long the ack took. `calls` are the Web API calls that belong to it, oldest first;
    a use of a response_url stands among them as the method `response_url`.
    """

    dispatch: Dispatch | None
    ack_ms: float | None
    calls: tuple[Call, ...]


class Stories:
    """Tells the story of each message from the records of the wire.

    An app need not say why it calls. A trigger id, a response_url and a view name the cause; for other calls it is
    taken to be the last thing sent about the same channel or person, if that was acked no more than 5 s before.
    """

    def __init__(self, state: State, wire: Wire, web_api: WebApi) -> None:
        """Read the records of the wire and of the Web API."""
        self._state = state
        self._dispatcher = wire.dispatcher
        self._responder = wire.responder
        self._response_urls = wire.response_urls
        self._web_api = web_api

    def story(self, channel_id: str, ts: str) -> Story:
        """Return the story of a message. Raises LookupError when there is no such message."""
        message = self._state.message(channel_id, ts)
        if message is None:
            raise LookupError(f"There is no message {ts} in {channel_id}.")
        touching = [call for call in self._web_api.calls if _message_of(call) == (channel_id, ts)]
        dispatch = self._cause(message, touching)
        calls = self._effects(dispatch) if dispatch else []
        known = {id(call) for call in calls}
        whole = sorted([*calls, *(call for call in touching if id(call) not in known)], key=lambda call: call.began_s)
        return Story(dispatch, dispatch.ms if dispatch else None, tuple(whole))

    def _cause(self, message: Message, touching: list[Call]) -> Dispatch | None:
        """Return what was sent to the app and led to this message, or on account of it."""
        occasion = self._responder.occasions.get((message.channel, message.ts))
        if occasion is not None:
            return self._first(lambda payload: self._response_urls.occasion(payload.get("response_url")) == occasion)
        if message.user != BOT_USER_ID:
            return self._first(lambda payload: _event(payload) == (message.channel, message.ts))
        return self._behind(touching[0]) if touching else None

    def _first(self, fits: Callable[[Mapping[str, Any]], bool]) -> Dispatch | None:
        """Return the first attempt with such a payload that was acked; without one, the first of all."""
        sent = [dispatch for dispatch in self._dispatcher.dispatches if fits(dispatch.envelope.payload)]
        return next((dispatch for dispatch in sent if not dispatch.failure), sent[0] if sent else None)

    def _effects(self, dispatch: Dispatch) -> list[Call]:
        """Return the calls that belong to what was sent, uses of its response_url among them."""
        occasion = self._response_urls.occasion(dispatch.envelope.payload.get("response_url"))
        uses = [use for owner, use in self._response_urls.uses if owner == occasion]
        soon = [call for call in self._web_api.calls if 0 <= call.began_s - dispatch.began_s <= _LONGEST_S]
        return [*uses, *(call for call in soon if self._behind(call) is dispatch)]

    def _behind(self, call: Call) -> Dispatch | None:
        """Return what was sent before a call, and is taken to be why the app made it."""
        trigger_id = call.args.get("trigger_id")
        if trigger_id:
            return self._first(lambda payload: payload.get("trigger_id") == trigger_id)
        subjects = self._subjects(call)
        for sent in reversed(self._dispatcher.dispatches):
            since_s = call.began_s - sent.began_s
            if since_s > _LONGEST_S:
                return None
            if 0 <= since_s <= sent.ms / 1000 + FOLLOWS_WITHIN_S and subjects & _subjects_of(sent.envelope.payload):
                return sent
        return None

    def _subjects(self, call: Call) -> set[str]:
        """Return the ids of the channel, person and view that a call is about; a direct message is about its person."""
        view = call.response.get("view")
        named = [call.response.get("channel"), call.args.get("channel"), call.args.get("user_id")]
        ids = {name for name in (*named, view["id"] if view else None) if isinstance(name, str)}
        channels = [self._state.channel(name) for name in ids]
        return ids | {channel.im_user for channel in channels if channel is not None and channel.is_im}


def _message_of(call: Call) -> tuple[object, object]:
    """Return the channel and ts of the message that a call made, changed or took away; None for neither."""
    answer = call.response
    return answer.get("channel"), answer.get("ts") or answer.get("message_ts")


def _event(payload: Mapping[str, Any]) -> tuple[object, object]:
    event = payload.get("event", {})
    return event.get("channel"), event.get("ts")


def _subjects_of(payload: Mapping[str, Any]) -> set[str]:
    """Return the ids of the channel, person and view that something sent to the app is about."""
    event, user, channel = payload.get("event", {}), payload.get("user"), payload.get("channel")
    named = [
        payload.get("channel_id"),
        payload.get("user_id"),
        event.get("channel"),
        event.get("user"),
        user["id"] if user else None,
        channel["id"] if channel else None,
        payload.get("view", {}).get("id"),
    ]
    return {name for name in named if isinstance(name, str)}
