"""Rate limits of the Web API, for each method on its own; off until they are switched on.

Slack: "Rate limits" has the tiers, and each method's page its own ("Rate limits", under Facts). What Slack promises is
a least number of calls a minute ("20+"), and bursts without a number: the strict reading is taken, so many calls in any
sixty seconds. chat.postMessage takes about one a second in a channel, "short bursts" more, several hundred a minute in
the workspace. A call that is refused does not count.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from datetime import timedelta
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from workspace.clock import Clock

POSTING: Final = "chat.postMessage"
BURST: Final = 3
"""Posts at once in a channel that was quiet; Slack gives no number."""

_MINUTE: Final = timedelta(minutes=1)
_BETWEEN: Final = timedelta(seconds=1)


class Tier(Enum):
    """Calls of one method in a minute."""

    ONE = 1
    TWO = 20
    THREE = 50
    FOUR = 100
    SPECIAL = 300
    """Slack: "several hundred"."""


TIERS: Final[Mapping[str, Tier]] = MappingProxyType(
    {
        POSTING: Tier.SPECIAL,
        "apps.uninstall": Tier.ONE,
        "assistant.threads.setStatus": Tier.SPECIAL,
        "auth.revoke": Tier.THREE,
        "auth.test": Tier.SPECIAL,
        "chat.getPermalink": Tier.SPECIAL,
        "conversations.list": Tier.TWO,
        "usergroups.users.list": Tier.TWO,
        "users.list": Tier.TWO,
        "apps.connections.open": Tier.THREE,
        "assistant.threads.setSuggestedPrompts": Tier.THREE,
        "assistant.threads.setTitle": Tier.THREE,
        "bots.info": Tier.THREE,
        "blocks.validate": Tier.THREE,  # its page names no tier
        "chat.delete": Tier.THREE,
        "chat.update": Tier.THREE,
        "conversations.history": Tier.THREE,
        "conversations.info": Tier.THREE,
        "conversations.join": Tier.THREE,
        "conversations.open": Tier.THREE,
        "conversations.replies": Tier.THREE,
        "users.conversations": Tier.THREE,
        "chat.postEphemeral": Tier.FOUR,
        "conversations.members": Tier.FOUR,
        "oauth.v2.access": Tier.SPECIAL,  # its page says Tier 5, which no table has
        "users.info": Tier.FOUR,
        "views.open": Tier.FOUR,
        "views.publish": Tier.FOUR,
        "views.push": Tier.FOUR,
        "views.update": Tier.FOUR,
    }
)


class RateLimits:
    """Counts the app's calls by the workspace's clock; `refused` counts those over the limit, by method."""

    def __init__(self, clock: Clock) -> None:
        """Begin switched off; `is_on` may be changed at any time."""
        self._clock = clock
        self._calls: dict[str, deque[datetime]] = {}
        self._free_at: dict[str, datetime] = {}
        self.is_on = False
        self.refused: Counter[str] = Counter()

    def take(self, method: str, channel: str) -> int:
        """Count a call and return 0, or return the whole seconds after which it may be made (Retry-After).

        `channel` is the id of the channel in which it posts, empty for a call that posts nowhere.
        """
        if not self.is_on or method not in TIERS:
            return 0
        now = self._clock.now()
        calls = self._calls.setdefault(method, deque())
        while calls and calls[0] <= now - _MINUTE:
            calls.popleft()
        full_until = calls[0] + _MINUTE if len(calls) >= TIERS[method].value else now
        posts_until = self._free_at.get(channel, now) - (BURST - 1) * _BETWEEN if method == POSTING else now
        wait = max(full_until, posts_until) - now
        if wait > timedelta():
            self.refused[method] += 1
            return math.ceil(wait.total_seconds())
        calls.append(now)
        if method == POSTING and channel:
            self._free_at[channel] = max(self._free_at.get(channel, now), now) + _BETWEEN
        return 0
