"""A trace as plain values for the template: each step between Slack and the app, with its JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from workspace.page.screen import NEWEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workspace.page.screen import Location
    from workspace.rendering.render import BlockWriter
    from workspace.wire.delivery import Dispatch
    from workspace.wire.web_api import Call
    from workspace.workspace import InMemoryWorkspace

_EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of JSON with its name; `is_open` when it is unfolded at first."""

    label: str
    json: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One request or answer between Slack and the app; `took` is its duration in words, or empty."""

    title: str
    took: str = ""
    has_failed: bool = False
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class TraceShown:
    """The steps behind a message; `about` names it."""

    about: str
    steps: tuple[Step, ...]


def trace_shown(workspace: InMemoryWorkspace, location: Location, writer: BlockWriter) -> TraceShown | None:
    """Return the trace of the location's message; None when the message is gone, or is ephemeral to another user."""
    user, channel, ts = location.user, location.channel, location.trace
    if ts == NEWEST:
        message = next(reversed(workspace.state.seen_by(user.id, channel.id, location.thread)), None)
    else:
        message = workspace.state.message(channel.id, ts)
    if message is None or message.ephemeral_to not in ("", user.id):
        return None
    trace = workspace.trace(message.channel, message.ts)
    steps = [*(_sent(trace.dispatch) if trace.dispatch else ()), *(_called(call) for call in trace.calls)]
    author = workspace.state.user(message.user)
    words = " ".join(writer.words(message.text).striptags().split())
    excerpt = words if len(words) <= _EXCERPT else f"{words[:_EXCERPT].rstrip()}…"
    at = message.posted_at.astimezone(ZoneInfo(user.tz))
    about = f"{author.real_name if author else message.user}, {at:%H:%M}: {excerpt}"
    return TraceShown(about, tuple(steps))


def _sent(dispatch: Dispatch) -> Iterator[Step]:
    payload = dispatch.envelope.payload
    yield Step(f"Slack sends {_what(dispatch)}", parts=(_part("Request", payload),))
    took = _ms(dispatch.ms)
    if dispatch.failure:
        yield Step(f"The app did not acknowledge: {dispatch.failure}", took, has_failed=True)
        return
    if not dispatch.ack:
        yield Step("The app acknowledges", took)
        return
    blocks = _blocks(dispatch.ack) if isinstance(dispatch.ack, dict) else ()
    yield Step("The app acknowledges, with an answer", took, parts=(*blocks, _part("Answer", dispatch.ack)))


def _what(dispatch: Dispatch) -> str:
    payload = dispatch.envelope.payload
    match dispatch.envelope.kind:
        case "slash_commands":
            return f"the command {payload.get('command', '')}"
        case "events_api":
            return f"the event {payload.get('event', {}).get('type', '')}"
        case _:
            return f"the interaction {payload.get('type', '')}"


def _called(call: Call) -> Step:
    answer = call.response
    has_failed = not answer.get("ok", False)
    failure = f": {answer.get('error', call.status)}" if has_failed else ""
    parts = (*_blocks(call.args), _part("Arguments", call.args), _part("Slack’s answer", answer))
    return Step(f"The app calls {call.method}{failure}", _ms(call.ms), has_failed, parts)


def _blocks(arguments: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the blocks alone, in the format of Slack's Block Kit Builder."""
    blocks = (arguments.get("view") or arguments).get("blocks")
    if blocks:
        yield Part("Blocks", _pretty({"blocks": blocks}), is_open=True)


def _part(label: str, value: object) -> Part:
    return Part(label, value if isinstance(value, str) else _pretty(value))


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _ms(took: float) -> str:
    return f"{took:.0f} ms" if took >= 1 else "< 1 ms"
