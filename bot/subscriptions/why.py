"""Why a channel gets a post: the subscriptions or the schedule that caused it, who asked for each, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.actions import Action, Choice
from bot.alerts import subscriptions
from bot.alerts.causes import ALERT, SCHEDULE
from bot.alerts.filters import said
from bot.messages import Outcome, PersonLine, Reply, Row
from bot.recurrence.phrase import say_rule
from bot.schedules import schedules
from bot.subscriptions.alert_messages import alerts_on, this_channel
from bot.subscriptions.schedule_rows import lower_first, named
from bot.text import day

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.alerts.subscriptions import Subscription
    from bot.content.models import Content
    from bot.messages import ChannelRef
    from bot.schedules.schedules import Schedule

_CHANGE: Final = Choice(Action.SCHEDULES, "Change", "list")


async def why(connection: AsyncConnection, content: Content, place: ChannelRef, value: str) -> Reply:
    """Return why a post stands in a place, with buttons to stop and to change what caused it.

    `value` is that of the post's button. What has ended since, or belongs to another place, is not named.
    """
    kind, *rest = value.split() or [""]
    if kind == SCHEDULE:
        schedule = await schedules.get(connection, "".join(rest))
        causes = _of_schedule(content, schedule) if schedule and schedule.place == place else ((), ())
    else:
        here = await subscriptions.for_channel(connection, place)
        causes = _of_alert(content, [each for each in here if not rest or each.area in rest], len(here))
    rows, choices = causes
    begin = f"{this_channel(place)} gets this because of:"
    ended = "What caused this post has ended since, or was changed."
    return Reply(Outcome.SUBSCRIPTIONS, "", note=begin if rows else ended, rows=rows, choices=(*choices, _CHANGE))


def _of_schedule(content: Content, schedule: Schedule) -> tuple[tuple[Row, ...], tuple[Choice, ...]]:
    what = named(content, schedule)
    if schedule.is_readable:
        what = f"{what}: {lower_first(say_rule(schedule.rule)).removesuffix('.')}"
    stop = (Action.RESUME, "Resume") if schedule.paused_at else (Action.PAUSE, "Mute")
    return (Row(what, below=_asked(schedule)),), (Choice(*stop, schedule.id),)


def _of_alert(content: Content, causes: list[Subscription], count: int) -> tuple[tuple[Row, ...], tuple[Choice, ...]]:
    """Return rows and button for alerts, of so many that the place has: the button is for all of them, and says so."""
    if not causes:
        return (), ()
    which = " all alerts" if count > len(causes) else ""
    stop = (Action.UNMUTE, "Resume") if all(each.paused_at for each in causes) else (Action.MUTE, "Mute")
    return tuple(_row(content, each) for each in causes), (Choice(stop[0], f"{stop[1]}{which}", ALERT),)


def _row(content: Content, cause: Subscription) -> Row:
    what = said(corrections_only=cause.corrections_only, certainty=cause.certainty).partition(",")[0]
    name = alerts_on(content, (cause,))
    return Row(f"{name[:1].upper()}{name[1:]}: {what}", below=_asked(cause))


def _asked(cause: Subscription | Schedule) -> PersonLine:
    return PersonLine("Asked for by ", cause.created_by, f" on {day(cause.created_at.date())}.")
