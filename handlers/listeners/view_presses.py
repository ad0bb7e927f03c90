"""Presses in App Home and in modals, which stand in no channel: one in Home opens a modal, one in a modal changes it.

Modals of a form (handlers/listeners/schedule_form.py) are not ours: their callback_id is another.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import BriefingBotError
from bot.messages import TOO_OLD, Action, ChannelRef, Outcome, Poster, Reply
from bot.store.errors import StoreError
from bot.subscriptions.permissions import Actor
from handlers.errors import refusal
from handlers.listeners.asks import asks_of
from handlers.listeners.schedule_form import answer_by_form
from handlers.listeners.shortcuts import FIND, find_frame, find_view
from handlers.listeners.subscriptions import forms_of, presses_of
from handlers.rendering.modals import REPLY, Frame
from handlers.rendering.replies import MENU, Verb

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.subscriptions.form import ScheduleForm
    from handlers.listeners.house import House

_ANY_ACTION = re.compile("")
_PERSONAL = frozenset({Action.WATCH, Action.UNWATCH})
"""What concerns the presser alone, wherever they are."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ViewPress:
    """Something pressed or chosen in a view: what it does and with what, who did it, and the view as Slack has it.

    `channel` is the one that the view is about; empty when it is about none.
    """

    action: str
    value: str
    presser: Poster
    team: str
    trigger: str
    view: dict[str, Any]
    channel: str

    @classmethod
    def of(cls, body: dict[str, Any]) -> ViewPress:
        """Read Slack's block_actions payload."""
        chosen, user, view = body["actions"][0], body["user"], body["view"]
        action = chosen["action_id"].partition(":")[0]
        value = str(chosen.get("value") or (chosen.get("selected_option") or {}).get("value") or "")
        if action in (MENU, FIND):  # an option says itself what it asks
            action, _, value = value.partition(" ")
        name = user.get("name") or user.get("username") or "a colleague"
        team = (body.get("team") or {}).get("id") or ""
        channel = str(view.get("private_metadata") or "")
        return cls(action, value, Poster(user["id"], name), team, body.get("trigger_id") or "", view, channel)

    @property
    def is_home(self) -> bool:
        """Whether it was pressed in App Home."""
        return bool(self.view["type"] == "home")

    def asker(self, channel: str) -> Actor:
        """Return who pressed it, as the desk knows them, about a channel."""
        return Actor(ChannelRef(self.team, channel), self.presser.user, self.presser.name)


class ViewPresses:
    """Does what is pressed in views."""

    def __init__(self, house: House) -> None:
        """Take whom to ask and how to show what they say."""
        self._desk = house.desk
        self._modals = house.modals
        self._tabs = house.tabs
        self._asks = asks_of(house.bot)
        self._errands = presses_of(house)
        self._forms = forms_of(house)
        self._messenger = house.messenger
        self._presence = house.presence
        self._channel_schedules = house.channel_schedules

    async def take(self, press: ViewPress) -> None:
        """Do it, and show what comes of it."""
        if press.action == Verb.SOURCE:
            return
        if press.action == Verb.FIND:
            await self._modals.open_form(press.trigger, press.presser.user, find_view())
        elif press.action == Action.UNWATCH and press.is_home:
            await self._forget(press)
        elif press.is_home:
            about = press.value if press.action == Action.WHY else ""
            await self._modals.open(press.trigger, press.presser.user, self._reply(press, about), Frame(channel=about))
        else:
            await self._change(press)
        if press.action in self._errands:
            self._tabs.changed(press.presser.user)
        _log.info("pressed", team=press.team, command=press.action, view=press.view["type"])

    async def _change(self, press: ViewPress) -> None:
        """Show in a modal what a press in it asks for; a form goes on top of it."""
        user = press.presser.user
        frame = find_frame() if press.view.get("callback_id") == FIND else Frame(channel=press.channel)
        if press.action not in self._forms:
            told: Reply | None = await self._modals.show(press.view, user, self._reply(press, press.channel), frame)
        elif told := await answer_by_form(self._messenger, press.trigger, self._form(press), on_top=True):
            await self._modals.show(press.view, user, _ready(told), frame)
        if press.channel and (told is None or told.outcome is not Outcome.REFUSAL):
            with suppress(StoreError):  # a click that is not remembered does no harm
                await self._channel_schedules.record_activity(ChannelRef(press.team, press.channel))

    async def _form(self, press: ViewPress) -> ScheduleForm:
        """Return the form that a press asks for. Raises BriefingBotError."""
        return await self._forms[press.action](await self._asker(press, press.channel), press.value)

    async def _forget(self, press: ViewPress) -> None:
        """Forget a watch: that its line is gone says so; only a failure is told."""
        try:
            await self._desk.unwatch(press.asker(""), press.value)
        except Exception as error:  # noqa: BLE001 — the same rule as or_refusal: a presser always gets an answer
            told = refusal(error)
            await self._modals.open(press.trigger, press.presser.user, _ready(told), Frame())

    async def _reply(self, press: ViewPress, channel: str) -> Reply:
        """Return what a press asks for. Raises BriefingBotError."""
        if press.action in self._asks:
            return await self._asks[press.action](press.value)
        if press.action in self._errands:
            return await self._errands[press.action](await self._asker(press, channel), press.value)
        raise BriefingBotError(TOO_OLD, "Close this window and ask again.")

    async def _asker(self, press: ViewPress, channel: str) -> Actor:
        """Return who pressed it, about a channel that they are in now. Raises BriefingBotError when they are not."""
        asker = press.asker(channel)
        if press.action not in _PERSONAL:
            await self._presence.require_member(asker)
        return asker


async def _ready(reply: Reply) -> Reply:
    return reply


async def _is_ours(body: dict[str, Any]) -> bool:
    view = body.get("view") or {}
    return view.get("type") == "home" or view.get("callback_id") in (REPLY, FIND)


def register(app: AsyncApp, house: House) -> None:
    """Answer every press in App Home and in modals that show a reply."""
    presses, tasks = ViewPresses(house), house.tasks

    async def on_press(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        if tasks.is_new(body.get("trigger_id")):
            tasks.start(presses.take(ViewPress.of(body)))

    app.block_action(_ANY_ACTION, matchers=[_is_ours])(on_press)
