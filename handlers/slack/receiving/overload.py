"""Refuses slash commands in a word while more come in than can be answered: those that are taken are answered in time.

What is too late is worth nothing: Slack has told the person after three seconds, and the work is done all the same.
Events are not refused here, as Slack sends those again; what people press or submit is too little to matter.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import structlog

from bot.logging import Repeats
from handlers.metrics.metrics import OVERLOAD, Metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

BUSY: Final = "I have too much to do at the moment. Try again in a minute."
REFUSAL: Final = json.dumps({"response_type": "ephemeral", "text": BUSY})
"""The body of the acknowledgement that refuses."""
BURST_S: Final = 1.0
"""Seconds of work that may wait for the event loop before a command is refused, a third of Slack's 3 s."""
STANDING_S: Final = 0.02
"""The same once there has been as much for CALM_S: more comes than is answered, and the rest waits before the bot."""
CALM_S: Final = 1.0
AGAIN: Final = 0.4
"""The share of these seconds for who has asked within the last second or two."""
FEWEST: Final = 16
"""Requests waiting below which none is refused: then it is the machine that is slow, and they are few.

On a machine that takes 30 ms for one they are half a second of work, and what waits behind them is still in time.
"""

_COST_S: Final = 0.0005
"""What one request is taken to cost until it was measured."""
_DEARER: Final = 1.25
"""By so much it grows at most from one round of the loop to the next: a hiccup of the machine is none of its cost."""
_IDLE_S: Final = 0.25
"""Seconds without a request after which none waits before the bot either."""
_LATELY_S: Final = 1.0
_COMMAND = re.compile(r"(?:^|&)command=([^&]*)")
_USER = re.compile(r"(?:^|&)user_id=(\w+)")

_log = structlog.stdlib.get_logger(__name__)


class Overload:
    """Counts the requests that wait for the event loop, and measures what one costs.

    The loop reads what has come, then works on all of it, then reads again: a round. What waits in one is the count
    times the cost; what comes meanwhile waits before the bot, where nothing here sees it, so rounds are kept short.
    """

    def __init__(self, metrics: Metrics | None = None, clock: Callable[[], float] = time.perf_counter) -> None:
        """`clock` returns seconds."""
        self._metrics = metrics or Metrics()
        self._clock = clock
        self._waiting: set[Hashable] = set()
        self._cost_s = _COST_S
        self._begun_at = self._ended_at = self._calm_at = clock()
        self._count = 0
        """Requests of this round."""
        self._is_full = False
        """Whether one was refused in this round."""
        self._lately: set[str] = set()
        self._before: set[str] = set()
        self._turned_at = 0.0
        self._told = Repeats()

    def has_room(self) -> bool:
        """Whether so little waits that nobody is refused, whoever asks."""
        return len(self._waiting) < FEWEST or not self._is_too_much(AGAIN)

    def arrived(self, what: Hashable) -> None:
        """Count a request that has come, until `started`."""
        if what in self._waiting:
            return
        if not self._waiting:
            now = self._clock()
            if now - self._ended_at > _IDLE_S:
                self._calm_at = now
            self._begun_at, self._count, self._is_full = now, 0, False
        self._waiting.add(what)
        self._count += 1

    def started(self, what: Hashable) -> None:
        """Count it no more: it is being answered, or has gone."""
        if what not in self._waiting:
            return
        self._waiting.remove(what)
        if self._waiting:
            return
        self._ended_at = now = self._clock()
        took_s = now - self._begun_at
        if self._count >= FEWEST:
            self._cost_s = min(took_s / self._count, self._cost_s * _DEARER)
        if took_s < STANDING_S and not self._is_full:
            self._calm_at = now

    def refusal(self, body: str | Mapping[str, Any], since: float) -> str:
        """Return the body that refuses a command that has come at `since`, in Slack's form or as its payload.

        Nothing, to take the request.
        """
        command, user = ("", "") if self.has_room() else _command_and_user(body)
        if not user or not self._is_too_much(AGAIN if self._has_asked(user) else 1.0):
            return ""
        self._is_full = True
        self._metrics.refused(OVERLOAD)
        self._metrics.acknowledged(command, OVERLOAD, self._clock() - since)
        if count := self._told.due(OVERLOAD):
            _log.warning("request.refused", address="", reason=OVERLOAD, count=count)
        return REFUSAL

    def _is_too_much(self, share: float) -> bool:
        """Whether more work waits than a share of the seconds that may."""
        most_s = STANDING_S if self._clock() - self._calm_at > CALM_S else BURST_S
        return len(self._waiting) * self._cost_s > most_s * share

    def _has_asked(self, user: str) -> bool:
        """Whether a person has asked within the last second or two, while much was waiting; from now on they have."""
        now = self._clock()
        if now - self._turned_at > _LATELY_S:
            self._before = self._lately if now - self._turned_at < 2 * _LATELY_S else set()
            self._lately, self._turned_at = set(), now
        has_asked = user in self._lately or user in self._before
        self._lately.add(user)
        return has_asked


def _command_and_user(body: str | Mapping[str, Any]) -> tuple[str, str]:
    """Return the command and who gives it; nothing for another request."""
    if not isinstance(body, str):
        return (str(body["command"]), str(body.get("user_id") or "")) if "command" in body else ("", "")
    command, user = _COMMAND.search(body), _USER.search(body)
    return (unquote(command[1]), user[1]) if command and user else ("", "")
