"""The form for a schedule: shown, offered time zones for, and taken when it is submitted.

Slack waits 3 s for the answer to a submission (Slack: "Modals", "Handling view submissions"). Faults are told on their
fields while the modal is open; what takes longer goes on in the background, and fails by a direct message.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.errors import DeliveryError
from bot.messages import TOO_OLD, ChannelRef, Outcome, Reply
from bot.recurrence.zones import DEFAULT_ZONE
from bot.store.turnstile import asked_by_a_person
from bot.subscriptions.form import FormField, zone_options
from bot.subscriptions.form_input import FormError
from bot.subscriptions.permissions import Actor
from handlers.errors import refusal
from handlers.rendering.schedule_modal import SCHEDULE, action_id, filled_in, form_view, zone_option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.subscriptions.form import ScheduleForm
    from bot.subscriptions.service import SubscriptionService
    from handlers.listeners.home import HomeTabs
    from handlers.rendering.modals import Write
    from handlers.slack.client import SlackClient
    from handlers.tasks import Tasks

ANSWER_S: Final = 2.0

_log = structlog.stdlib.get_logger(__name__)


async def show_form(client: SlackClient, trigger: str, form: ScheduleForm, *, on_top: bool = False) -> Reply | None:
    """Show a form to the actor, in its own channel or `on_top` of the modal in which they asked.

    Where Slack does not show it (any more), return what to say instead.
    """
    show = client.push_view if on_top else client.open_view
    try:
        await show(trigger, form_view(form, asked_there=not on_top))
    except DeliveryError as error:
        _log.warning("form.open_failed", reason=error.message, code=error.code)
        return Reply(Outcome.REFUSAL, "", note=form.instead)
    return None


class Submissions:
    """Takes submitted forms."""

    def __init__(
        self,
        subscriptions: SubscriptionService,
        write: Write,
        tabs: HomeTabs,
        tasks: Tasks,
        *,
        answer_s: float = ANSWER_S,
    ) -> None:
        """After `answer_s` seconds a submission is answered, whether all is done or not; `write` tells what failed."""
        self._subscriptions = subscriptions
        self._write = write
        self._tabs = tabs
        self._tasks = tasks
        self._answer_s = answer_s

    async def take(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        """Do what a form asks for; return what is wrong, by field, or nothing when the modal may close."""
        view, user = body["view"], body["user"]
        try:
            kept = json.loads(view["private_metadata"])
            place, schedule = ChannelRef(body["team"]["id"], str(kept["channel"])), str(kept["schedule"])
            asked_there = kept.get("asked_there") is True
        except (ValueError, LookupError, TypeError):
            return {FormField.AREAS.value: TOO_OLD}
        name, home = user.get("name") or user.get("username") or "a colleague", str(user.get("team_id") or "")
        actor = Actor(place, user["id"], name, home, asked_there)
        filled = filled_in(view["state"]["values"])
        with asked_by_a_person():
            doing = asyncio.ensure_future(self._subscriptions.submit(actor, filled, schedule))
        await asyncio.wait({doing}, timeout=self._answer_s)
        if not doing.done():
            self._tasks.start(self._tell_of(doing, actor))
            return {}
        return self._done(doing, actor)

    async def _tell_of(self, doing: asyncio.Future[None], actor: Actor) -> None:
        """Write to the actor when what the modal did not wait for has failed."""
        await asyncio.wait({doing})
        for sentence in self._done(doing, actor).values():
            await self._write(actor.user, Reply(Outcome.REFUSAL, "", note=sentence))

    def _done(self, doing: asyncio.Future[None], actor: Actor) -> Mapping[str, str]:
        """Return what is wrong with a form that was dealt with, once its actor's Home is drawn anew."""
        faults, place = _faults(doing), actor.place
        self._tabs.changed(actor.user)
        _log.info("form.submitted", team=place.team, channel=place.channel, command=SCHEDULE, faults=len(faults))
        return faults


def _faults(doing: asyncio.Future[None]) -> Mapping[str, str]:
    """Return a sentence for each field that is wrong; any other error is shown on the first field."""
    error = doing.exception()
    if isinstance(error, FormError):
        return {field.value: sentence for field, sentence in error.problems.items()}
    return {FormField.AREAS.value: refusal(error).note} if isinstance(error, Exception) else {}


def register(app: AsyncApp, submissions: Submissions) -> None:
    """Answer the form's submission, and what its field for the time zone asks for."""

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        faults = await submissions.take(body)
        if faults:
            await ack(response_action="errors", errors=dict(faults))
        else:
            await ack(response_action="clear")  # the list below it, if it was opened from one, is out of date

    async def on_typing(ack: AsyncAck, body: dict[str, Any]) -> None:
        zones = zone_options(str(body.get("value") or ""), _zone_of(body))
        await ack(options=[zone_option(zone) for zone in zones])

    app.view(SCHEDULE)(on_submission)
    app.options(action_id(FormField.TZ))(on_typing)


def _zone_of(body: Mapping[str, Any]) -> str:
    """Return the time zone of the user who fills the form in."""
    try:
        return str(json.loads(body["view"]["private_metadata"])["zone"])
    except (ValueError, LookupError, TypeError):
        return DEFAULT_ZONE
