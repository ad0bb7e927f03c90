"""Buttons. A button's action_id says what it does (`post`, `fact:0`); its value says with what.

The ack leaves at once, everything else happens in the background. A private message is changed in place; below a public
one the presser alone gets an answer; in a direct message the answer is a new message.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

from bot.delivery import Post, Posted, Poster
from bot.desk import Asker
from bot.errors import BriefingBotError, DeliveryError
from bot.reply import Ask, Outcome, Reply
from bot.subscriptions import Place
from handlers.desk import presses_of
from handlers.errors import or_refusal, refusal
from handlers.messenger import NO_MEMBER
from handlers.replies import Audience, Verb, copy_offer, messages, plain, public_post, unpack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.reply import Subject
    from handlers.house import House

_log = structlog.stdlib.get_logger(__name__)

_ANY_ACTION = re.compile("")
_CHANGED = "The facts have changed since you read them. This is how they stand now; press again to post it."
_POSTED = "Posted to this channel."


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

    @classmethod
    def of(cls, body: dict[str, Any]) -> Press:
        """Read Slack's block_actions payload."""
        action, user, container = body["actions"][0], body["user"], body["container"]
        channel = container.get("channel_id") or body["channel"]["id"]
        name = user.get("name") or user.get("username") or "a colleague"
        return cls(
            action["action_id"].partition(":")[0],
            action.get("value", ""),
            Poster(user["id"], name),
            channel,
            container["message_ts"],
            container.get("thread_ts") or body.get("message", {}).get("thread_ts"),
            bool(container.get("is_ephemeral")),
            body.get("response_url", ""),
            (body.get("team") or {}).get("id") or "",
        )

    @property
    def place(self) -> Place:
        """Where it was pressed."""
        return Place(self.team, self.channel)

    @property
    def asker(self) -> Asker:
        """Who pressed it, as the desk knows them."""
        return Asker(self.place, self.presser.user, self.presser.name)

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
        self._errands = presses_of(house.desk)
        self._messenger = house.messenger
        self._asks: dict[str, Callable[[str], Awaitable[Reply]]] = {
            Ask.BRIEFING: bot.briefing,
            Ask.FACT: bot.fact,
            Ask.LOOKUP: bot.fact,
            Ask.VERBATIM: lambda words: bot.fact(words, corrects=False),
            Verb.DETAILS: lambda value: bot.show(replace(unpack(value), is_long=True)),
        }
        self._deeds: dict[str, Callable[[Press], Awaitable[Reply | None]]] = {
            Verb.POST: self._post,
            Verb.COPY: self._copy,
            Verb.REMOVE: self._remove,
        }

    async def take(self, press: Press) -> None:
        """Do it, and answer the presser when there is something to say."""
        if press.action in self._asks:
            reply: Reply | None = await or_refusal(self._asks[press.action](press.value))
        elif press.action in self._errands:
            reply = await or_refusal(self._errands[press.action](press.asker, press.value))
        else:
            reply = await self._done(press)
        if reply is not None:
            await self._answer(press, reply)
        outcome = reply.outcome.value if reply else "done"
        _log.info("pressed", team=press.place.team, channel=press.channel, command=press.action, outcome=outcome)

    async def _done(self, press: Press) -> Reply | None:
        try:
            return await self._deeds.get(press.action, _unknown)(press)
        except Exception as error:  # noqa: BLE001 — the same rule as or_refusal: a presser always gets an answer
            return refusal(error)

    async def _answer(self, press: Press, reply: Reply) -> None:
        """Show a reply to the presser; a refusal never takes the place of what they were reading."""
        takes_place = press.is_ephemeral and reply.outcome not in (Outcome.REFUSAL, Outcome.ASIDE)
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

    async def _unchanged(self, subject: Subject) -> tuple[Reply, bool]:
        """Render what the presser saw again, and say whether it still reads the same."""
        reply = await self._bot.show(subject)
        return reply, reply.subject is not None and reply.subject.digest == subject.digest

    async def _post(self, press: Press) -> Reply | None:
        """Post what the presser saw, exactly; where the bot is no member, offer a copy."""
        reply, is_same = await self._unchanged(unpack(press.value))
        if not is_same:
            return replace(reply, note=_CHANGED)
        try:
            posted = await self._bot.post(reply, press.channel, press.presser)
        except DeliveryError as error:
            if error.code not in NO_MEMBER:
                raise
            await self._messenger.respond(
                press.response_url, copy_offer(press.value), response_type="ephemeral", replace_original=False
            )
            return None
        await self._copies.keep(reply, press.place, posted, posted_by=press.presser)
        await self._messenger.respond(press.response_url, plain(_POSTED), replace_original=True)
        return None

    async def _copy(self, press: Press) -> Reply | None:
        """Post by the response_url, which needs no membership; the offer goes away."""
        reply, is_same = await self._unchanged(unpack(press.value))
        if not is_same:
            return replace(reply, note=_CHANGED)
        post = Post(press.channel, reply.markdown, press.presser, reply.subject, reply.has_more)
        for payload in public_post(post, is_copy=True):
            await self._messenger.respond(
                press.response_url,
                payload,
                response_type="in_channel",
                replace_original=False,
                unfurl_links=False,
                unfurl_media=False,
            )
        await self._messenger.respond(press.response_url, plain(_POSTED), replace_original=True)
        return None

    async def _remove(self, press: Press) -> Reply | None:
        """Remove a post for whoever had it posted, and for nobody else."""
        try:
            kept = json.loads(press.value)
            posted_by, is_copy = kept["by"], kept["copy"]
        except (ValueError, KeyError, TypeError):
            raise BriefingBotError("That button is too old to be understood.") from None
        if posted_by != press.presser.user:
            raise BriefingBotError("Only the person who posted this can remove it.")
        if is_copy:
            await self._messenger.respond(press.response_url, {"delete_original": True})
        else:
            await self._bot.remove(Posted(press.channel, press.ts))
            await self._copies.gone(press.place, press.ts)
        return None


async def _unknown(_press: Press) -> Reply | None:
    """Refuse a button that an older or newer version made."""
    raise BriefingBotError("That button is too old to be understood.", "Ask again.")


def register(app: AsyncApp, house: House) -> None:
    """Answer every button."""
    presses, tasks = Presses(house), house.tasks

    async def on_press(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        if tasks.is_new(body.get("trigger_id")):
            tasks.start(presses.take(Press.of(body)))

    app.block_action(_ANY_ACTION)(on_press)
