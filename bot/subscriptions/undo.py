"""The Undo button of a change to what a channel gets: its value keeps what was there before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter

from bot.actions import TOO_OLD, Action, Choice
from bot.alerts.filters import FACT, is_certainty
from bot.alerts.subscriptions import ALL, is_by_person
from bot.errors import BriefingBotError
from bot.schedules.schedules import Schedule
from bot.subscriptions.request import SubscriptionRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.alerts.subscriptions import Subscription
    from bot.content.models import Content
    from bot.messages import ChannelRef

_SCHEDULES: Final = TypeAdapter(list[Schedule])
_NOT_KEPT: Final = {"place", "next_on", "next_at", "last_activity_at"}
_LONGEST_VALUE: Final = 2000  # characters that a button holds (bot.messages.Button)


@dataclass(frozen=True, slots=True)
class SavedForUndo:
    """What an Undo button keeps: areas whose alerts are new, alerts as they were, and schedules that were removed.

    `pause_ends` has one for each alert that a person had paused: when that ends (UTC), None for no end.
    """

    new: tuple[str, ...]
    gone: tuple[SubscriptionRequest, ...]
    pause_ends: tuple[datetime | None, ...]
    schedules: tuple[Schedule, ...]


def undo(
    removed: Sequence[Schedule] = (), ended: Sequence[Subscription] = (), new: Sequence[Subscription] = ()
) -> tuple[Choice, ...]:
    """Return an Undo button for removed schedules, for alerts that were ended or changed, and for new ones.

    None where they are too many for a button. A schedule with an invalid rule is not restored.
    """
    readable = [each for each in removed if each.is_readable]
    schedules = _SCHEDULES.dump_python(readable, mode="json", exclude={"__all__": _NOT_KEPT}, exclude_defaults=True)
    kept = {"new": [each.area for each in new], "gone": [*map(_packed, ended)], "schedules": schedules}
    value = json.dumps({name: each for name, each in kept.items() if each}, separators=(",", ":"))
    return (Choice(Action.UNDO, "Undo", value),) if any(kept.values()) and len(value) <= _LONGEST_VALUE else ()


def read_undo(value: str, content: Content, place: ChannelRef, now: datetime) -> SavedForUndo:
    """Return what the value of an Undo button keeps. Raises BriefingBotError for one that says nothing any more."""
    try:
        kept = json.loads(value)
        new = tuple(str(area) for area in kept.get("new", ()))
        gone = tuple(
            SubscriptionRequest((str(each[0]),), bool(each[1]), "".join(map(str, each[2:3])))
            for each in kept.get("gone", ())
        )
        pause_ends = tuple(_pause_end(end) for each in kept.get("gone", ()) for end in each[3:4])
        now_known = {"place": place, "next_on": None, "next_at": None, "last_activity_at": now}
        schedules = tuple(_SCHEDULES.validate_python([{**each, **now_known} for each in kept.get("schedules", ())]))
    except (ValueError, TypeError, AttributeError, LookupError):
        raise BriefingBotError(TOO_OLD) from None
    named = {*new, *chain(*(each.areas for each in gone), *(each.areas for each in schedules))}
    known = {ALL, *(area.key for area in content.areas), *(f"{FACT}{each}" for each in content.facts)}
    if not named <= known or not all(is_certainty(each.certainty) for each in gone if each.certainty):
        raise BriefingBotError(TOO_OLD)
    return SavedForUndo(new, gone, pause_ends, schedules)


def _packed(ended: Subscription) -> tuple[str | bool, ...]:
    """Return a subscription as JSON for a button's value: its area, its filters, and a person's pause with its end."""
    kept = ended.area, ended.corrections_only, ended.certainty
    if not is_by_person(ended.pause_reason):
        return kept
    return (*kept, ended.paused_until.isoformat() if ended.paused_until else "")


def _pause_end(value: object) -> datetime | None:
    """Return when a pause ends, None for no end. Raises ValueError."""
    until = datetime.fromisoformat(str(value)) if value else None
    if until and until.tzinfo is None:
        raise ValueError(value)
    return until
