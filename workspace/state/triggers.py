"""Trigger ids: permission to open one modal within 3 s of an action ("Handling trigger IDs" in Slack's reference)."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from workspace.errors import SlackError

if TYPE_CHECKING:
    from datetime import datetime

    from workspace.clock import Clock

LIFE = timedelta(seconds=3)
_KEPT = 1_000
_FORM = re.compile(r"\d+\.\d+\.[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Trigger:
    """The user of an action, its channel id and its view id; the last two may be empty."""

    user_id: str
    channel_id: str
    view_id: str


class Triggers:
    """Issues trigger ids, which expire by the workspace's clock."""

    def __init__(self, clock: Clock) -> None:
        """`clock` is the workspace's."""
        self._clock = clock
        self._issued: dict[str, tuple[Trigger, datetime]] = {}
        self._spent: set[str] = set()

    def issue(self, user_id: str, channel_id: str = "", view_id: str = "") -> str:
        """Return a new trigger id; only the newest thousand are remembered."""
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = (Trigger(user_id, channel_id, view_id), self._clock.now())
        while len(self._issued) > _KEPT:
            self._spent.discard(oldest := next(iter(self._issued)))
            del self._issued[oldest]
        return trigger_id

    def has(self, trigger_id: str) -> bool:
        """Whether it was issued here."""
        return trigger_id in self._issued

    def spend(self, trigger_id: str) -> Trigger:
        """Return the trigger of an id, once.

        Raises SlackError `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`.
        """
        if not _FORM.fullmatch(trigger_id) or trigger_id not in self._issued:
            raise SlackError("invalid_trigger_id")
        if trigger_id in self._spent:
            raise SlackError("exchanged_trigger_id")
        trigger, issued_at = self._issued[trigger_id]
        if self._clock.now() - issued_at >= LIFE:
            raise SlackError("expired_trigger_id")
        self._spent.add(trigger_id)
        return trigger
