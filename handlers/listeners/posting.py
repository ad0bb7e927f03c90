"""Post to channel, Post a copy, Remove."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.errors import BriefingBotError, DeliveryError
from bot.messages import Outcome, Post, Posted, Poster, Reply, Subject
from handlers.idempotency import IdempotencyKey, IdempotencyKeys
from handlers.rendering.replies import Removal, copy_offer, plain, public_post
from handlers.slack.client import NO_MEMBER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.alerts.post_log import PostLog
    from bot.answers.service import Bot
    from handlers.listeners.actions import Press
    from handlers.slack.client import SlackClient

_log = structlog.stdlib.get_logger(__name__)

_CHANGED = "The facts have changed since you read them. This is how they read now; press again to post it."
_POSTED = "Posted to this channel."
_LOOK_FIRST = "It may have been posted: look before you press again."
_IN_PART = "Only a part was posted: remove it there before you press again."


class Posting:
    """Puts replies into channels, and takes them away again."""

    def __init__(self, bot: Bot, post_log: PostLog, client: SlackClient) -> None:
        """`post_log` records the posts, so that corrections can follow them."""
        self._bot = bot
        self._post_log = post_log
        self._client = client
        self._keys = IdempotencyKeys()

    async def post(self, press: Press) -> Reply | None:
        """Post what the actor saw as the bot, once."""
        return await self._once(press, self._post)

    async def copy(self, press: Press) -> Reply | None:
        """Post a copy of it by the response_url, which needs no membership, once."""
        return await self._once(press, self._copy)

    async def _once(self, press: Press, post: Callable[[Press, Reply], Awaitable[bool]]) -> Reply | None:
        """Put what the actor saw into the channel, exactly and once, however often they press.

        `post` says whether it was posted. As long as it was not, they may press again.
        """
        key = f"{press.action} {press.actor.place.channel} {press.ts}"
        claim = self._keys.take(key)
        if claim is IdempotencyKey.DONE:
            await self._confirm(press)
        if claim is not IdempotencyKey.TAKEN:
            return None
        stands = False
        try:
            subject = Subject.unpack(press.value)
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
            (self._keys.keep if stands else self._keys.release)(key)
        if stands:
            await self._confirm(press)
        return None

    async def _confirm(self, press: Press) -> None:
        """Say that it is posted, in place of what offered it."""
        try:
            await self._client.respond(press.response_url, plain(_POSTED), replace_original=True)
        except DeliveryError as error:
            _log.warning("post.unconfirmed", channel=press.actor.place.channel, reason=error.message)

    async def _post(self, press: Press, reply: Reply) -> bool:
        """Post it as the bot; where the bot is no member, offer a copy."""
        poster = Poster(press.actor.user, press.actor.name)
        try:
            posted = await self._bot.post(reply, press.actor.place.channel, poster)
        except DeliveryError as error:
            if error.code not in NO_MEMBER:
                raise
            await self._client.respond(
                press.response_url, copy_offer(press.value), response_type="ephemeral", replace_original=False
            )
            return False
        await self._post_log.record(reply, press.actor.place, posted, posted_by=poster)
        return True

    async def _copy(self, press: Press, reply: Reply) -> bool:
        poster = Poster(press.actor.user, press.actor.name)
        post = Post(press.actor.place.channel, reply.markdown, poster, reply.subject, reply.has_more, reply.links)
        for number, payload in enumerate(public_post(post, is_copy=True)):
            try:
                await self._client.respond(
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

    async def remove(self, press: Press) -> None:
        """Remove a post, all its messages, for the person who had it posted."""
        removal = Removal.unpack(press.value)
        if removal.by != press.actor.user:
            raise BriefingBotError("Only the person who posted this can remove it.")
        if removal.is_copy:
            await self._client.respond(press.response_url, {"delete_original": True})
            return
        channel = press.actor.place.channel
        for ts in removal.parts:
            try:
                await self._bot.remove(Posted(channel, ts))
            except DeliveryError as error:
                if error.code != "message_not_found":
                    raise
        await self._bot.remove(Posted(channel, press.ts))
        await self._post_log.gone(press.actor.place, press.ts)
