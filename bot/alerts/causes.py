"""The button that asks why a post is seen: its value names what caused the post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.actions import Action, Button

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.alerts.subscriptions import Subscription
    from bot.store.revision import Change

ALERT: Final = "alert"
"""Begins the value of an alert's button; the areas of the subscriptions follow, where they are known and fit."""
_MOST: Final = 40
"""Subscriptions that a button names: with more it stands for all of the channel."""
SCHEDULE: Final = "schedule"
"""Begins the value of a scheduled post's button; the schedule's id follows."""


def why_button(kind: str, *cause: str) -> Button:
    """Return the button; `kind` is ALERT or SCHEDULE."""
    return Button(Action.CAUSE, "Why am I seeing this?", " ".join((kind, *cause)))


def causes_of(subscribed: Iterable[Subscription], changes: Sequence[Change]) -> tuple[str, ...]:
    """Return the areas of the subscriptions that want to hear of one of these changes."""
    found = sorted(each.area for each in subscribed if any(each.wants(change) for change in changes))
    return tuple(found) if len(found) <= _MOST else ()
