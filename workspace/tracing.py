"""Traces: what was sent to the app before a message appeared, its ack, and the Web API calls that followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.parts import Parts
from workspace.state.records import BOT_USER_ID
from workspace.wire.delivery import ACK_WITHIN_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workspace.state.records import Message
    from workspace.wire.delivery import Dispatch
    from workspace.wire.web_api import Call

_FOLLOWS_WITHIN_S = 5.0
_LONGEST_S = _FOLLOWS_WITHIN_S + ACK_WITHIN_S + 1.0  # the last second is for a busy machine


@dataclass(frozen=True, slots=True)
class Trace:
    """What made a message.

    `dispatch` is what was sent to the app, with its ack; None for scheduled posts of the app and for messages that it
    had no part in. `calls` are the app's calls, oldest first; a use of a response_url is one of the method
    `response_url`.
    """

    dispatch: Dispatch | None
    calls: tuple[Call, ...]


class Tracing(Parts):
    """Correlates messages with dispatches and calls.

    An app need not say why it calls. A trigger id, a response_url and a view name the cause; any other call is
    attributed to the last dispatch about the same channel or person, if that was acked no more than 5 s before.
    """

    def trace(self, channel_id: str, ts: str) -> Trace:
        """Return the trace of a message. Raises LookupError when there is no such message."""
        message = self.state.message(channel_id, ts)
        if message is None:
            raise LookupError(f"There is no message {ts} in {channel_id}.")
        touching = [call for call in self._web_api.calls if _message_of(call) == (channel_id, ts)]
        dispatch = self._cause(message, touching)
        calls = self._effects(dispatch) if dispatch else []
        known = {id(call) for call in calls}
        calls += [call for call in touching if id(call) not in known]
        return Trace(dispatch, tuple(sorted(calls, key=lambda call: call.began_s)))

    def _cause(self, message: Message, touching: list[Call]) -> Dispatch | None:
        """Return the dispatch that led to this message, or that it led to."""
        context = self._responder.contexts.get((message.channel, message.ts))
        if context is not None:
            return self._first(lambda payload: self._response_urls.context(payload.get("response_url")) == context)
        if message.user != BOT_USER_ID:
            return self._first(lambda payload: _event(payload) == (message.channel, message.ts))
        return self._behind(touching[0]) if touching else None

    def _first(self, fits: Callable[[Mapping[str, Any]], bool]) -> Dispatch | None:
        """Return the first acked attempt with such a payload, else the first attempt."""
        sent = [dispatch for dispatch in self._dispatcher.dispatches if fits(dispatch.envelope.payload)]
        return next((dispatch for dispatch in sent if not dispatch.failure), sent[0] if sent else None)

    def _effects(self, dispatch: Dispatch) -> list[Call]:
        """Return the calls that a dispatch caused, uses of its response_url included."""
        context = self._response_urls.context(dispatch.envelope.payload.get("response_url"))
        uses = [use for owner, use in self._response_urls.uses if owner == context]
        soon = [call for call in self._web_api.calls if 0 <= call.began_s - dispatch.began_s <= _LONGEST_S]
        return [*uses, *(call for call in soon if self._behind(call) is dispatch)]

    def _behind(self, call: Call) -> Dispatch | None:
        """Return the dispatch that a call is attributed to."""
        trigger_id = call.args.get("trigger_id")
        if trigger_id:
            return self._first(lambda payload: payload.get("trigger_id") == trigger_id)
        subjects = self._subjects(call)
        for sent in reversed(self._dispatcher.dispatches):
            since_s = call.began_s - sent.began_s
            if since_s > _LONGEST_S:
                return None
            if 0 <= since_s <= sent.ms / 1000 + _FOLLOWS_WITHIN_S and subjects & _subjects_of(sent.envelope.payload):
                return sent
        return None

    def _subjects(self, call: Call) -> set[str]:
        """Return the ids of the channel, person and view that a call is about; a direct message is about its person."""
        view = call.response.get("view")
        named = [call.response.get("channel"), call.args.get("channel"), call.args.get("user_id")]
        ids = {name for name in (*named, view["id"] if view else None) if isinstance(name, str)}
        channels = [self.state.channel(name) for name in ids]
        return ids | {channel.im_user for channel in channels if channel is not None and channel.is_im}


def _message_of(call: Call) -> tuple[object, object]:
    """Return the channel and ts of the message that a call made, changed or deleted; None for neither."""
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
