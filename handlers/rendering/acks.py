"""Replies as bodies of acknowledgements: JSON that is made once, and leaves as it is each time that the reply is given.

A body is made of the reply and of who sees it alone, so that whoever gets an equal reply may get the same text: nothing
of a request (its channel, its person, its trigger id) is in it.
"""

from __future__ import annotations

from sys import getsizeof
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from bot.answers.cache import SegmentedCache
from bot.messages import KEPT_OUTCOMES, bytes_of
from handlers.rendering.replies import messages

if TYPE_CHECKING:
    from bot.messages import Reply
    from handlers.rendering.replies import Audience

_MOST_BYTES: Final = 8 * 1024 * 1024


class AckBody(NamedTuple):
    """The first message of a reply, as JSON, and whether others follow it."""

    json: str
    has_more: bool


class AckBodies:
    """Bodies by reply and audience, those that are asked for again kept longest."""

    def __init__(self) -> None:
        self._kept: SegmentedCache[AckBody] = SegmentedCache(_MOST_BYTES)

    def of(self, reply: Reply, audience: Audience) -> AckBody:
        """Return the body of a private reply."""
        body = self._kept.get((reply, audience))
        if body is None:
            first, *rest = messages(reply, audience)
            body = AckBody(orjson.dumps({"response_type": "ephemeral", **first}).decode(), bool(rest))
            if reply.outcome in KEPT_OUTCOMES:
                self._kept.put((reply, audience), body, getsizeof(body.json) + bytes_of(reply))
        return body

    def clear(self) -> None:
        """Forget all bodies: with their revision, and with their day."""
        self._kept.clear()
