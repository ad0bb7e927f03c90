"""Buttons and menus, in messages, modals and App Home. An action_id begins with an Action (`post`, `fact:0`).

The ack leaves at once, everything else happens in the background. A private message is changed in place; below a public
one the actor alone gets an answer; in a direct message the answer is a new message. Home opens modals.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

import structlog

from bot.actions import TOO_OLD, Action
from bot.alerts.replies import Request
from bot.answers.conversations import Turn
from bot.errors import BriefingBotError
from bot.messages import ChannelRef, Outcome, Reply
from bot.outbox.delivery import new_id
from bot.store.errors import StoreError
from bot.store.limiter import asked_by_a_person
from bot.subscriptions.form.form import ScheduleForm
from bot.subscriptions.permissions import Actor
from bot.text import digest
from handlers.errors import or_refusal
from handlers.listeners.schedule_form import show_form
from handlers.listeners.shortcuts import FIND, find_frame
from handlers.rendering.button_rows import MENU
from handlers.rendering.modals import CITATION, REPLY, Frame
from handlers.slack.gate import Need
from handlers.slack.installations.request_team import team_of
from handlers.slack.receiving.router import ANY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.async_app import AsyncAck

    from bot.alerts.replies import Replies
    from bot.answers.conversations import Conversations
    from bot.subscriptions.channel_schedules import ChannelSchedules
    from handlers.listeners.home import HomeTabs
    from handlers.rendering.modals import Modals
    from handlers.slack.clients import SlackClients
    from handlers.slack.gate import Gate
    from handlers.slack.receiving.router import Router
    from handlers.tasks import Tasks

_SHOWN_BY_HOME = frozenset(
    {
        Action.CITE,
        Action.FIND,
        Action.UNWATCH,
        Action.UNAWAIT,
        Action.SUGGEST,
        Action.REVIEW_CORRECT,
        Action.REVIEW_WITHDRAW,
    }
)
"""Actions that need no modal for their result in Home, but for a refusal."""
_DONE = Reply(Outcome.NOTICE, "", note="Done.")

_log = structlog.stdlib.get_logger(__name__)


class Surface(Enum):
    """Where a button or menu is."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed or a menu's option chosen, from Slack's block_actions payload.

    `actor.place` is the channel of the message, or the one that the view is about (without channel: none). `ts`,
    `thread`, `is_ephemeral` and `response_url` belong to messages, `view` to modals and Home.
    """

    action: str
    value: str
    actor: Actor
    surface: Surface
    trigger: str
    ts: str = ""
    thread: str | None = None
    is_ephemeral: bool = False
    response_url: str = ""
    view: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Press:
        """Read a payload. Raises LookupError, TypeError or AttributeError for what Slack does not document."""
        chosen, user, view = body["actions"][0], body["user"], body.get("view") or {}
        action = chosen["action_id"].partition(":")[0]
        value = str(chosen.get("value") or (chosen.get("selected_option") or {}).get("value") or "")
        if action in (MENU, FIND):  # an option's value begins with its action
            action, _, value = value.partition(" ")
        team = team_of(body)

        def actor(channel: str, *, is_there: bool = False) -> Actor:
            place, home = ChannelRef(team, channel), str(user.get("team_id") or "")
            return Actor(place, user["id"], home, is_there)

        trigger = body.get("trigger_id") or ""
        if view and view["type"] == "home":
            about = value if action == Action.CHANNEL else ""
            return cls(action, value, actor(about), Surface.HOME, trigger, view=view)
        if view:
            about = str(view.get("private_metadata") or "")
            return cls(action, value, actor(about), Surface.MODAL, trigger, view=view)
        container = body["container"]
        return cls(
            action,
            value,
            actor(container.get("channel_id") or body["channel"]["id"], is_there=True),
            Surface.MESSAGE,
            trigger,
            ts=container["message_ts"],
            thread=container.get("thread_ts") or body.get("message", {}).get("thread_ts"),
            is_ephemeral=bool(container.get("is_ephemeral")),
            response_url=body.get("response_url", ""),
        )


@dataclass(frozen=True, slots=True)
class ActionHandler:
    """What an action does: `run` returns what is shown, or None when there is nothing to show.

    `need` is what the gate asks of the actor. `changes_home`: the actor's Home shows something else afterwards.
    """

    run: Callable[[Press], Awaitable[Reply | ScheduleForm | None]]
    need: Need
    surfaces: frozenset[Surface] = frozenset(Surface)
    changes_home: bool = False


@dataclass(frozen=True, slots=True)
class Actions:
    """Dispatches presses to their handlers and shows the results. Never raises BriefingBotError.

    `table` holds a handler for each Action.
    """

    table: Mapping[str, ActionHandler]
    clients: SlackClients
    modals: Modals
    tabs: HomeTabs
    gate: Gate
    channel_schedules: ChannelSchedules
    replies: Replies
    conversations: Conversations

    async def run(self, press: Press) -> None:
        """Do what a press asks for, and show the result."""
        handler = self.table.get(press.action)
        show = {Surface.MESSAGE: self._in_message, Surface.MODAL: self._in_modal, Surface.HOME: self._in_home}
        reply = await show[press.surface](press, self._result(press, handler))
        place, outcome = press.actor.place, reply.outcome if reply else None
        if handler and handler.changes_home:
            self.tabs.changed(press.actor)
        if place.channel and press.surface is not Surface.HOME and outcome is not Outcome.REFUSAL:
            with suppress(StoreError):  # a click that is not recorded does no harm
                await self.channel_schedules.record_activity(place)
        _log.info(
            "action.done",
            team=place.team,
            channel=place.channel,
            action=press.action,
            surface=press.surface.value,
            outcome=outcome.value if outcome else "done",
        )

    async def _result(self, press: Press, handler: ActionHandler | None) -> Reply | None:
        """Run an action; open the form that it returns. Raises BriefingBotError."""
        if handler is None or press.surface not in handler.surfaces:
            is_message = press.surface is Surface.MESSAGE
            raise BriefingBotError(TOO_OLD, "Ask again." if is_message else "Close this window and ask again.")
        # What changes a channel is let through where it is written; the list that it may show is seen here.
        await self.gate.require(press.actor, Need.SEE if handler.need is Need.CHANGE else handler.need)
        if handler.need in {Need.SEE, Need.CHANGE}:
            with asked_by_a_person():
                result = await handler.run(press)
        else:
            result = await handler.run(press)
        if isinstance(result, ScheduleForm):
            client = self.clients.of(press.actor.place.team)
            return await show_form(client, press.trigger, result, on_top=press.surface is Surface.MODAL)
        return result

    async def _in_message(self, press: Press, running: Awaitable[Reply | None]) -> Reply | None:
        """Show a result to the actor; a refusal or a notice does not replace the message."""
        reply = await or_refusal(running)
        if reply is None:
            return None
        place, user, thread = press.actor.place, press.actor.user, press.thread or ""
        key = f"press {press.trigger or new_id()}"
        request = Request(key, place, user, thread)
        if place.is_direct and not press.is_ephemeral:
            turn = Turn(place, user, digest(key), thread)
            await self.conversations.record(turn, reply, is_public=True)
            await self.replies.directly(replace(request, ts=turn.ts), reply)
        else:
            replaces = press.is_ephemeral and reply.outcome not in (Outcome.REFUSAL, Outcome.NOTICE)
            await self.replies.by_response_url(request, reply, press.response_url, replaces=replaces)
        return reply

    async def _in_modal(self, press: Press, running: Awaitable[Reply | None]) -> Reply | None:
        """Show a result in the modal that was open."""
        reply = await or_refusal(running)
        if reply is not None:
            is_find = press.view.get("callback_id") == FIND
            frame = find_frame() if is_find else Frame(channel=press.actor.place.channel)
            await self.modals.show(press.view, press.actor, reply, frame)
        return reply

    async def _in_home(self, press: Press, running: Awaitable[Reply | None]) -> Reply | None:
        """Show a result in a new modal, unless Home shows it by itself."""
        result = or_refusal(running)
        if press.action in _SHOWN_BY_HOME:
            reply = await result
            if reply is None or reply.outcome is not Outcome.REFUSAL:
                return reply
            result = _ready(reply)

        async def shown() -> Reply:
            return await result or _DONE

        frame = Frame(channel=press.actor.place.channel)
        return await self.modals.open(press.trigger, press.actor, shown(), frame)


async def _ready(reply: Reply) -> Reply | None:
    return reply


def register(router: Router, actions: Actions, tasks: Tasks) -> None:
    """Handle every button and menu but those of forms."""

    async def on_press(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        if _is_handled(body) and tasks.is_new(body.get("trigger_id")):
            tasks.start(actions.run(Press.of(body)))

    async def on_done(ack: AsyncAck) -> None:
        await ack()  # a citation was copied: there is nothing to save

    router.on("block_action", ANY, on_press)
    router.on("view", CITATION, on_done)


def _is_handled(body: Mapping[str, Any]) -> bool:
    """Whether it is in a message, in Home or in a modal that shows a reply."""
    view = body.get("view")
    return not view or view.get("type") == "home" or view.get("callback_id") in (REPLY, FIND)
