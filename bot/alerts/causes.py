"""The button that asks why a post is seen: its value names what caused the post."""

from __future__ import annotations

from typing import Final

from bot.messages import Action, Button

ALERT: Final = "alert"
"""Begins the value of an alert's button; the areas of its changes follow, as far as they are known."""
SCHEDULE: Final = "schedule"
"""Begins the value of a scheduled post's button; the schedule's id follows."""


def why_button(kind: str, *cause: str) -> Button:
    """Return the button; `kind` is ALERT or SCHEDULE."""
    return Button(Action.CAUSE, "Why am I seeing this?", " ".join((kind, *cause)))
