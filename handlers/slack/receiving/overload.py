"""Refuses slash commands in a word while more come in than can be answered: those that are taken are answered in time.

What is too late is worth nothing: Slack has told the person after three seconds, and the work is done all the same.
Events are not refused here, as Slack sends those again; what people press or submit is too little to matter.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import TYPE_CHECKING, Any, Final

import structlog
from slack_bolt.response import BoltResponse

from bot.logging import Repeats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BUSY: Final = "I have too much to do at the moment. Try again in a minute."
REFUSED: Final = "overload"
LAG_S: Final = 0.1
"""Seconds that the loop may be behind before who has asked within the last second is refused."""
MOST_LAG_S: Final = 0.25
"""The same before everybody is: it is answered within two or three rounds of the loop, well within Slack's 3 s."""
FEWEST: Final = 16
"""Commands in such a time below which none is refused: then it is the machine that is slow, and they are few.

On a machine that takes 30 ms for one they are half a second of work, and what waits behind them is still in time.
"""

_TICK_S: Final = 0.05
_LATELY_S: Final = 1.0
_COMMAND = re.compile(r"(?:^|&)command=")
_USER = re.compile(r"(?:^|&)user_id=(\w+)")
_ANSWER: Final = json.dumps({"response_type": "ephemeral", "text": BUSY})

_log = structlog.stdlib.get_logger(__name__)


class Overload:
    """Measures how far the event loop is behind, by a timer that is set with the first command after it last rang."""

    def __init__(self, on_refused: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        """`on_refused` hears the reason of each refusal; `clock` returns seconds."""
        self._on_refused = on_refused
        self._clock = clock
        self._is_set = False
        self._set_at = 0.0
        self._count = 0
        self._lately: set[str] = set()
        self._before: set[str] = set()
        self._turned_at = 0.0
        self._told = Repeats()

    def refusal(self, body: str | Mapping[str, Any]) -> BoltResponse | None:
        """Return the answer to a request that is refused, in Slack's form or as its payload; None to take it."""
        user = _commander(body)
        if user is None or not self._is_behind(user):
            return None
        self._on_refused(REFUSED)
        if count := self._told.due(REFUSED):
            _log.warning("request.refused", address="", reason=REFUSED, count=count)
        return BoltResponse(status=200, body=_ANSWER, headers={"Content-Type": "application/json"})

    def _is_behind(self, user: str) -> bool:
        now = self._clock()
        if not self._is_set:
            self._is_set, self._set_at, self._count = True, now, 0
            asyncio.get_running_loop().call_later(_TICK_S, self._ring)
        self._count += 1
        has_asked = self._has_asked(user, now)
        return self._count > FEWEST and now - self._set_at > (LAG_S if has_asked else MOST_LAG_S)

    def _ring(self) -> None:
        self._is_set = False

    def _has_asked(self, user: str, now: float) -> bool:
        """Whether a person has asked within the last second or two; from now on they have."""
        if now - self._turned_at > _LATELY_S:
            self._before = self._lately if now - self._turned_at < 2 * _LATELY_S else set()
            self._lately, self._turned_at = set(), now
        has_asked = user in self._lately or user in self._before
        self._lately.add(user)
        return has_asked


def _commander(body: str | Mapping[str, Any]) -> str | None:
    """Return who asks by a slash command; None for another request."""
    if isinstance(body, str):
        found = _USER.search(body) if _COMMAND.search(body) else None
        return found[1] if found else None
    return str(body.get("user_id")) if "command" in body else None
