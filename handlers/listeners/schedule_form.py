"""The form for a schedule: shown, offered time zones for, and taken when it is submitted.

Faults are told on their fields while the modal is open; what takes longer goes on in the background, and fails by a
direct message.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.errors import BriefingBotError, DeliveryError
from bot.messages import ChannelRef, Outcome, Reply
from bot.recurrence.zones import DEFAULT_ZONE
from bot.store.limiter import asked_by_a_person
from bot.subscriptions.form.fields import DECIDES, FormField, asked
from bot.subscriptions.form.form import zone_options
from bot.subscriptions.form.submission import FormError
from bot.subscriptions.permissions import Actor
from handlers.errors import or_refusal, refusal
from handlers.listeners.form_submissions import in_time
from handlers.rendering.schedule_modal import SCHEDULE, Kept, action_id, filled_in, form_view, zone_option
from handlers.slack.installations.request_team import team_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck

    from bot.subscriptions.form.form import ScheduleForm
    from bot.subscriptions.service import SubscriptionService
    from handlers.listeners.home import HomeTabs
    from handlers.rendering.modals import Write
    from handlers.rendering.replies import View
    from handlers.slack.client import SlackClient
    from handlers.slack.clients import SlackClients
    from handlers.slack.receiving.router import Router
    from handlers.tasks import Tasks

_CLOSE: Final = {"response_action": "clear"}
"""Closes the list below it too, if it was opened from one: that is out of date."""

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


@dataclass(frozen=True, slots=True)
class Submissions:
    """Takes submitted forms, and asks for more where a choice needs more fields.

    `answer_s` is as in `in_time`; `write` tells what failed after it.
    """

    subscriptions: SubscriptionService
    clients: SlackClients
    write: Write
    tabs: HomeTabs
    tasks: Tasks
    _: KW_ONLY
    answer_s: float | None = None

    async def take(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what a form asks for; return Slack's answer to the submission.

        Errors are in the order of the fields: Slack moves the focus to the first. A form with other fields than its
        choices need (it was not drawn anew in time, or by an older version) is shown anew.
        """
        view, user = body["view"], body["user"]
        try:
            kept, filled = Kept.of(view), filled_in(view["state"]["values"])
        except BriefingBotError as error:
            return {"response_action": "errors", "errors": {FormField.AREAS.value: str(error)}}
        fields = asked(filled, is_edit=bool(kept.schedule))
        drawn_fields = {each["block_id"] for each in view.get("blocks", ()) if each["type"] == "input"}
        if set(fields) != (drawn_fields or view["state"]["values"].keys()):
            drawn = await or_refusal(self._view(body, kept, {}))
            if not isinstance(drawn, Reply):
                return {"response_action": "update", "view": drawn}
            return {"response_action": "errors", "errors": {FormField.AREAS.value: drawn.note}}
        place, home = ChannelRef(team_of(body), kept.channel), str(user.get("team_id") or "")
        actor = Actor(place, user["id"], home, kept.asked_there)
        later = partial(self._tell_of, actor)
        with asked_by_a_person():
            work = self.subscriptions.submit(actor, filled, kept.schedule)
            doing = await in_time(work, self.tasks, later, answer_s=self.answer_s)
        if doing is None:
            return _CLOSE
        faults = self._done(doing, actor)
        errors = {each.value: faults[each] for each in fields if each in faults}
        return {"response_action": "errors", "errors": errors} if errors else _CLOSE

    async def ask_again(self, body: Mapping[str, Any]) -> None:
        """Draw a form anew for a choice that decides which fields are asked; problems of other fields stay."""
        view = body["view"]
        try:
            kept = Kept.of(view)
            problems = {field: told for field, told in kept.problems.items() if field != body["actions"][0]["block_id"]}
            with asked_by_a_person():
                view_now = await self._view(body, kept, problems)
                await self.clients.of(team_of(body)).update_view(view["id"], view_now)
        except BriefingBotError as error:  # submitting it shows the fields too
            _log.warning("form.update_failed", reason=error.message)

    async def _view(self, body: Mapping[str, Any], kept: Kept, problems: Mapping[FormField, str]) -> View:
        """Return the modal that asks for what its fields need as they are filled in."""
        place, filled = ChannelRef(team_of(body), kept.channel), filled_in(body["view"]["state"]["values"])
        form = await self.subscriptions.asked_again(place, filled, kept.zone, kept.schedule)
        return form_view(replace(form, problems=problems), asked_there=kept.asked_there)

    async def _tell_of(self, actor: Actor, doing: asyncio.Future[None]) -> None:
        """Write to the actor when what the modal did not wait for has failed."""
        for sentence in self._done(doing, actor).values():
            await self.write(actor.place.team, actor.user, Reply(Outcome.REFUSAL, "", note=sentence))

    def _done(self, doing: asyncio.Future[None], actor: Actor) -> Mapping[str, str]:
        """Return what is wrong with a form that was dealt with, once its actor's Home is drawn anew."""
        faults, place = _faults(doing), actor.place
        self.tabs.changed(actor)
        _log.info("form.submitted", team=place.team, channel=place.channel, command=SCHEDULE, faults=len(faults))
        return faults


def _faults(doing: asyncio.Future[None]) -> Mapping[str, str]:
    """Return a sentence for each field that is wrong; any other error is shown on the first field."""
    error = doing.exception()
    if isinstance(error, FormError):
        return {field.value: sentence for field, sentence in error.problems.items()}
    return {FormField.AREAS.value: refusal(error).note} if isinstance(error, Exception) else {}


def register(router: Router, submissions: Submissions, tasks: Tasks) -> None:
    """Answer the form's submission, its choices, and what its field for the time zone asks for."""

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack(**await submissions.take(body))

    async def on_choice(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        tasks.start(submissions.ask_again(body))

    async def on_typing(ack: AsyncAck, body: dict[str, Any]) -> None:
        zones = zone_options(str(body.get("value") or ""), _zone_of(body))
        await ack(options=[zone_option(zone) for zone in zones])

    router.on("view", SCHEDULE, on_submission)
    for field in DECIDES:
        router.on("block_action", action_id(field), on_choice)
    router.on("options", action_id(FormField.TZ), on_typing)


def _zone_of(body: Mapping[str, Any]) -> str:
    """Return the time zone of the user who fills the form in."""
    try:
        return Kept.of(body.get("view") or {}).zone
    except BriefingBotError:
        return DEFAULT_ZONE
