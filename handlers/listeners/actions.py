"""Buttons. A button's action_id says what it does (`post`, `fact:0`); its value says with what.

The ack leaves at once, everything else happens in the background. A private message is changed in place; below a public
one the presser alone gets an answer; in a direct message the answer is a new message.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import BriefingBotError, DeliveryError
from bot.messages import TOO_OLD, ChannelRef, Outcome, Post, Posted, Poster, Reply
from bot.store.errors import StoreError
from bot.subscriptions.permissions import Actor
from handlers.errors import or_refusal, refusal
from handlers.idempotency import IdempotencyKey, IdempotencyKeys
from handlers.listeners.asks import asks_of
from handlers.listeners.schedule_form import answer_by_form
from handlers.listeners.subscriptions import forms_of, presses_of
from handlers.rendering.replies import MENU, Audience, Removal, Verb, copy_offer, messages, plain, public_post, unpack
from handlers.slack.client import NO_MEMBER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from handlers.listeners.house import House

_log = structlog.stdlib.get_logger(__name__)

_ANY_ACTION = re.compile("")
_CHANGED = "The facts have changed since you read them. This is how they stand now; press again to post it."
_POSTED = "Posted to this channel."
_LOOK_FIRST = "It may have been posted: look before you press again."
_IN_PART = "Only a part was posted: remove it there before you press again."


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed: what it does and with what, who pressed it, and the message that it stands on."""

    action: str
    value: str
    presser: Poster
    channel: str
    ts: str
    thread: str | None
    is_ephemeral: bool
    response_url: str
    team: str = ""
    trigger: str = ""

    @classmethod
    def of(cls, body: dict[str, Any]) -> Press:
        """Read Slack's block_actions payload."""
        pressed, user, container = body["actions"][0], body["user"], body["container"]
        action, value = pressed["action_id"].partition(":")[0], str(pressed.get("value") or "")
        if action == MENU:  # the chosen option says itself what it does
            action, _, value = str((pressed.get("selected_option") or {}).get("value") or "").partition(" ")
        channel = container.get("channel_id") or body["channel"]["id"]
        name = user.get("name") or user.get("username") or "a colleague"
        return cls(
            action,
            value,
            Poster(user["id"], name),
            channel,
            container["message_ts"],
            container.get("thread_ts") or body.get("message", {}).get("thread_ts"),
            bool(container.get("is_ephemeral")),
            body.get("response_url", ""),
            (body.get("team") or {}).get("id") or "",
            body.get("trigger_id") or "",
        )

    @property
    def place(self) -> ChannelRef:
        """Where it was pressed."""
        return ChannelRef(self.team, self.channel)

    @property
    def asker(self) -> Actor:
        """Who pressed it, as the desk knows them."""
        return Actor(self.place, self.presser.user, self.presser.name)

    @property
    def audience(self) -> Audience:
        """Who sees the answer to this press."""
        return Audience.DIRECT if self.channel.startswith("D") else Audience.ASKER


class Presses:
    """Does what buttons say."""

    def __init__(self, house: House) -> None:
        """Take whom to ask, who remembers posts, and how to answer."""
        bot = house.bot
        self._bot = bot
        self._copies = house.copies
        self._errands = presses_of(house)
        self._forms = forms_of(house)
        self._channel_schedules = house.channel_schedules
        self._messenger = house.messenger
        self._claims = IdempotencyKeys()
        self._tabs = house.tabs
        self._asks = asks_of(bot)
        self._deeds: dict[str, Callable[[Press], Awaitable[Reply | None]]] = {
            Verb.POST: lambda press: self._once(press, self._post),
            Verb.COPY: lambda press: self._once(press, self._copy),
            Verb.REMOVE: self._remove,
            Verb.SOURCE: _opened,
        }

    async def take(self, press: Press) -> None:
        """Do it, and answer the presser when there is something to say."""
        if press.action in self._asks:
            reply: Reply | None = await or_refusal(self._asks[press.action](press.value))
        elif press.action in self._errands:
            reply = await or_refusal(self._errands[press.action](press.asker, press.value))
            self._tabs.changed(press.presser.user)
        elif press.action in self._forms:
            making = self._forms[press.action](press.asker, press.value)
            reply = await answer_by_form(self._messenger, press.trigger, making)
        else:
            reply = await self._done(press)
        if reply is not None:
            await self._answer(press, reply)
        with suppress(StoreError):  # a click that is not remembered does no harm
            await self._channel_schedules.record_activity(press.place)
        outcome = reply.outcome.value if reply else "done"
        _log.info("pressed", team=press.place.team, channel=press.channel, command=press.action, outcome=outcome)

    async def _done(self, press: Press) -> Reply | None:
        try:
            return await self._deeds.get(press.action, _unknown)(press)
        except Exception as error:  # noqa: BLE001 — the same rule as or_refusal: a presser always gets an answer
            return refusal(error)

    async def _answer(self, press: Press, reply: Reply) -> None:
        """Show a reply to the presser; a refusal never takes the place of what they were reading."""
        takes_place = press.is_ephemeral and reply.outcome not in (Outcome.REFUSAL, Outcome.NOTICE)
        for number, payload in enumerate(messages(reply, press.audience)):
            if press.audience is Audience.DIRECT and not press.is_ephemeral:
                await self._messenger.say(press.channel, payload, thread=press.thread)
            else:
                await self._messenger.respond(
                    press.response_url,
                    payload,
                    response_type="ephemeral",
                    replace_original=takes_place and number == 0,
                    **({"thread_ts": press.thread} if press.thread else {}),
                )

    async def _once(self, press: Press, post: Callable[[Press, Reply], Awaitable[bool]]) -> Reply | None:
        """Put what the presser saw into the channel, exactly and once, however often they press.

        `post` says whether it stands. As long as it does not, they may press again.
        """
        key = f"{press.action} {press.channel} {press.ts}"
        claim = self._claims.take(key)
        if claim is IdempotencyKey.DONE:
            await self._confirm(press)
        if claim is not IdempotencyKey.TAKEN:
            return None
        stands = False
        try:
            subject = unpack(press.value)
            reply = await self._bot.show(subject)
            if reply.outcome is Outcome.REFUSAL:
                return reply
            if reply.subject is None or reply.subject.digest != subject.digest:
                return replace(reply, note=_CHANGED)
            stands = await post(press, reply)
        except DeliveryError as error:
            if error.is_unknown:
                raise DeliveryError(error.message, _LOOK_FIRST, code=error.code, is_unknown=True) from None
            raise
        finally:
            (self._claims.keep if stands else self._claims.release)(key)
        if stands:
            await self._confirm(press)
        return None

    async def _confirm(self, press: Press) -> None:
        """Say that it stands, in place of what offered it; the post stands even when this does not arrive."""
        try:
            await self._messenger.respond(press.response_url, plain(_POSTED), replace_original=True)
        except DeliveryError as error:
            _log.warning("posted, but not confirmed", channel=press.channel, reason=error.message)

    async def _post(self, press: Press, reply: Reply) -> bool:
        """Post it as the bot; where the bot is no member, offer a copy."""
        try:
            posted = await self._bot.post(reply, press.channel, press.presser)
        except DeliveryError as error:
            if error.code not in NO_MEMBER:
                raise
            await self._messenger.respond(
                press.response_url, copy_offer(press.value), response_type="ephemeral", replace_original=False
            )
            return False
        await self._copies.record(reply, press.place, posted, posted_by=press.presser)
        return True

    async def _copy(self, press: Press, reply: Reply) -> bool:
        """Post it by the response_url, which needs no membership, and says nothing of where its messages stand."""
        post = Post(press.channel, reply.markdown, press.presser, reply.subject, reply.has_more, reply.links)
        for number, payload in enumerate(public_post(post, is_copy=True)):
            try:
                await self._messenger.respond(
                    press.response_url,
                    payload,
                    response_type="in_channel",
                    replace_original=False,
                    unfurl_links=False,
                    unfurl_media=False,
                )
            except DeliveryError as error:
                if number:
                    raise DeliveryError(error.message, _IN_PART, code=error.code) from None
                raise
        return True

    async def _remove(self, press: Press) -> Reply | None:
        """Remove a post, all its parts, for whoever had it posted, and for nobody else."""
        removal = Removal.unpack(press.value)
        if removal.by != press.presser.user:
            raise BriefingBotError("Only the person who posted this can remove it.")
        if removal.is_copy:
            await self._messenger.respond(press.response_url, {"delete_original": True})
            return None
        for ts in removal.parts:
            try:
                await self._bot.remove(Posted(press.channel, ts))
            except DeliveryError as error:
                if error.code != "message_not_found":
                    raise
        await self._bot.remove(Posted(press.channel, press.ts))
        await self._copies.gone(press.place, press.ts)
        return None


async def _opened(_press: Press) -> Reply | None:
    """Do nothing: the press has opened a source, and Slack only tells of it."""


async def _unknown(_press: Press) -> Reply | None:
    """Refuse a button that an older or newer version made."""
    raise BriefingBotError(TOO_OLD, "Ask again.")


def register(app: AsyncApp, house: House) -> None:
    """Answer every button."""
    presses, tasks = Presses(house), house.tasks

    async def on_press(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        if tasks.is_new(body.get("trigger_id")):
            tasks.start(presses.take(Press.of(body)))

    app.block_action(_ANY_ACTION)(on_press)
