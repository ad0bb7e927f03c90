"""End alerts and schedules of a channel; where no Undo could bring them back, only once that was confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.actions import Action, Choice
from bot.alerts import alerts, subscriptions
from bot.alerts.filters import typed
from bot.alerts.subscriptions import ALL
from bot.errors import BriefingBotError
from bot.messages import Outcome, Reply
from bot.schedules import schedules
from bot.subscriptions.alert_messages import (
    NOW,
    alerts_on,
    ask_first,
    nothing_to_end,
    unsubscribed_note,
)
from bot.subscriptions.channel_schedules import ROWS_SHOWN, matching, schedule_rows
from bot.subscriptions.permissions import changing
from bot.subscriptions.schedule_rows import named
from bot.subscriptions.undo import undo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.alerts.subscriptions import Subscription
    from bot.clock import Clock
    from bot.content.models import Content
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database
    from bot.subscriptions.permissions import Actor, Permissions
    from bot.subscriptions.request import SubscriptionRequest

_CONFIRMS: Final = frozenset({NOW, "yes"})


def read_confirmed(words: str) -> tuple[bool, str]:
    """Return whether words end with `now`, which confirms, and the words without it."""
    *first, last = words.split() or [""]
    return (True, " ".join(first)) if last.casefold() in _CONFIRMS else (False, words)


class Unsubscribing:
    """Ends what a channel gets. Raises BriefingBotError in words for the actor."""

    def __init__(self, database: Database, clock: Clock, permissions: Permissions) -> None:
        self._database = database
        self._clock = clock
        self._permissions = permissions

    async def end(self, actor: Actor, content: Content, request: SubscriptionRequest, *, is_confirmed: bool) -> Reply:
        """End the alerts on a request's areas, and the schedules that post nothing else, with an Undo button.

        What is too much for that button is asked about, and ended once it is confirmed.
        """
        await self._permissions.require_manager(actor)
        async with changing(self._database, actor, self._clock.now()) as connection:
            removed = () if request.alerts else await matching(connection, actor.place, request)
            areas = None if request.areas == (ALL,) else request.areas
            before = await subscriptions.for_channel(connection, actor.place)
            ending = [each for each in before if areas is None or each.area in areas]
            back = undo(removed, ending)
            is_lost = not back or not all(each.is_readable for each in removed)
            if (removed or ending) and is_lost and not is_confirmed:
                return ask_first(actor.place, ending, removed, _confirm(request))
            ended = await subscriptions.unsubscribe(connection, actor.place, areas)
            for each in removed:
                await schedules.remove(connection, each.id)
            left = await subscriptions.for_channel(connection, actor.place)
            if not left:
                await alerts.drop_alerts(connection, actor.place)
            here = await schedules.for_channel(connection, actor.place)
            others = [each for each in here if set(each.areas) & set(request.areas)]
            rows = await schedule_rows(connection, content, others[:ROWS_SHOWN])
        if not ended and not removed and not rows:
            raise BriefingBotError(nothing_to_end(content, request, left))
        await self._permissions.post_audit_line(
            actor,
            alerts_done("unsubscribed this channel from", content, ended),
            schedules_done("ended", content, removed),
        )
        note = unsubscribed_note(content, actor.place, ended, left, [named(content, each) for each in removed])
        if rows:
            note = f"{note} It is still posted by these schedules, which may post other areas too:".lstrip()
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note, rows=rows, choices=back)


def _confirm(request: SubscriptionRequest) -> Choice:
    """Return the button that ends what a request names, without being asked again."""
    words = [
        *map(typed, request.areas),
        *(["digest"] if request.is_digest else []),
        *(["alerts"] if request.alerts else []),
        NOW,
    ]
    return Choice(Action.UNSUBSCRIBE, "End them", " ".join(words))


def alerts_done(did: str, content: Content, which: Sequence[Subscription]) -> str:
    """Return what was done to alerts, for an audit line; nothing for none."""
    return f"{did} {alerts_on(content, which)}" if which else ""


def schedules_done(did: str, content: Content, which: Sequence[Schedule]) -> str:
    """Return what was done to schedules, for an audit line; nothing for none."""
    if len(which) > 1:
        return f"{did} {len(which)} schedules"
    return f"{did} the schedule for {named(content, which[0])}" if which else ""
