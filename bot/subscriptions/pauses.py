"""Why alerts or a schedule are paused: a person, Slack's code or a sentence, as it is stored and as members read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.messages import PersonLine
from bot.recurrence.zones import DEFAULT_ZONE
from bot.text import day

if TYPE_CHECKING:
    from datetime import datetime

_BY: Final = re.compile(r"by (?P<user>[UW][A-Z0-9]{1,30})")
_UNNAMED: Final = frozenset({"Paused by somebody in this channel.", "Muted by somebody in this channel."})
"""What an older version stored for a person."""
_RESTRICTED: Final = "The workspace restricts posting here."
_WHY_PAUSED: Final = {
    "not_in_channel": "I am no longer a member of this channel: invite me with /invite.",
    "channel_not_found": "I can no longer see this channel: invite me with /invite.",
    "is_archived": "The channel was archived.",
    "app_uninstalled": "The app was removed from this workspace.",
    "account_inactive": "The account was deactivated.",
    "user_disabled": "The account was deactivated.",
    "restricted_action": _RESTRICTED,
    "restricted_action_read_only_channel": _RESTRICTED,
    "restricted_action_thread_only_channel": _RESTRICTED,
}
"""Slack's error codes that pause a channel, as its members read them."""


def paused_by(user: str) -> str:
    """Return the pause reason that names a person, by their user id."""
    return f"by {user}"


def is_by_person(reason: str) -> bool:
    """Whether a person paused it; else it was refused by Slack, or could not be read."""
    return reason in _UNNAMED or _BY.fullmatch(reason) is not None


def why_paused(reason: str) -> str:
    """Return a sentence for a stored pause reason that names nobody: a sentence, or Slack's error code."""
    return _WHY_PAUSED.get(reason, f"The reason: {reason.removesuffix('.')}.")


def paused_line(begin: str, reason: str, at: datetime, until: datetime | None = None) -> PersonLine:
    """Return a sentence that begins with `begin` (`Paused`): who paused it and when, or since when and why.

    `until`: when it ends by itself.
    """
    since = day(at.date())
    if until:
        since += f", until {day(until.astimezone(ZoneInfo(DEFAULT_ZONE)).date())}"
    if match := _BY.fullmatch(reason):
        return PersonLine(f"{begin} by ", match["user"], f" on {since}.")
    if reason in _UNNAMED:
        return PersonLine(f"{begin} by somebody in this channel on {since}.")
    return PersonLine(f"{begin} since {since}. {why_paused(reason)}")
