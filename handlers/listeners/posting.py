"""Post to channel, Post a copy, Remove."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.alerts.requested_posts import post_message
from bot.errors import BriefingBotError, DeliveryError
from bot.messages import Outcome, Poster, Removal, Reply, Subject
from bot.outbox.delivery import DeliveryState
from handlers.rendering.replies import copied, copy_offer, plain
from handlers.slack.errors import NO_MEMBER, sentence

if TYPE_CHECKING:
    from bot.alerts.post_log import PostLog
    from bot.alerts.requested_posts import RequestedPosts
    from bot.answers.service import Bot
    from handlers.listeners.actions import Press
    from handlers.slack.client import SlackClient
    from handlers.tasks import Tasks

_log = structlog.stdlib.get_logger(__name__)

_CHANGED = "The facts have changed since you read them. This is how they read now; press again to post it."
_POSTED = "Posted to this channel."
_QUEUED = "Slack has not confirmed the post yet. It will appear here as soon as Slack accepts it."
_UNVERIFIED = "Slack gave no answer. It may have been posted: look before you press again."
_IN_PART = "Only a part was posted: remove it there before you press again."


class Posting:
    """Puts replies into channels, and takes them away again."""

    def __init__(
        self, bot: Bot, requested_posts: RequestedPosts, post_log: PostLog, client: SlackClient, tasks: Tasks
    ) -> None:
        """`tasks` remembers which buttons have posted a copy."""
        self._bot = bot
        self._requested_posts = requested_posts
        self._post_log = post_log
        self._client = client
        self._tasks = tasks

    async def post(self, press: Press) -> Reply | None:
        """Post what the actor saw, as the bot; where it is not a member, offer a copy."""
        reply = await self._reply(press)
        if reply.note:
            return reply
        progress = await self._requested_posts.post(reply, press.actor.place, _poster(press), press.ts)
        if progress.state is DeliveryState.SENT:
            await self._confirm(press)
            return None
        if progress.state is not DeliveryState.FAILED:
            return Reply(Outcome.NOTICE, "", note=_QUEUED)
        if progress.error not in NO_MEMBER:
            is_unverified = progress.error.startswith("unconfirmed")
            raise BriefingBotError(_UNVERIFIED if is_unverified else sentence(progress.error))
        offer = copy_offer(press.value)
        await self._client.respond(press.response_url, offer, response_type="ephemeral", replace_original=False)
        return None

    async def copy(self, press: Press) -> Reply | None:
        """Post a copy of it, once, by the response_url, which needs no membership."""
        key = f"{press.action} {press.actor.place.channel} {press.ts}"
        if not self._tasks.is_new(key):
            return None
        is_posted = False
        try:
            reply = await self._reply(press)
            if reply.note:
                return reply
            await self._send_copy(press, reply)
            is_posted = True
        finally:
            if not is_posted:
                self._tasks.forget(key)
        await self._confirm(press)
        return None

    async def remove(self, press: Press) -> None:
        """Remove a post, all its messages, for the person who had it posted."""
        removal = Removal.unpack(press.value)
        if removal.by != press.actor.user:
            raise BriefingBotError("Only the person who posted this can remove it.")
        if removal.is_copy:
            await self._client.respond(press.response_url, {"delete_original": True})
            return
        place = press.actor.place
        for ts in await self._post_log.begin_removal(place, press.ts):
            try:
                await self._client.delete(place.channel, ts)
            except DeliveryError as error:
                if error.code != "message_not_found":
                    raise
        await self._client.delete(place.channel, press.ts)
        await self._post_log.removed(place, press.ts)

    async def _reply(self, press: Press) -> Reply:
        """Return what the actor saw; with a note when it can no longer be posted as it was."""
        subject = Subject.unpack(press.value)
        reply = await self._bot.show(subject)
        if reply.outcome is Outcome.REFUSAL:
            return reply
        is_same = reply.subject is not None and reply.subject.digest == subject.digest
        return replace(reply, note="" if is_same else _CHANGED)

    async def _send_copy(self, press: Press, reply: Reply) -> None:
        message = post_message(reply, _poster(press), {}, is_copy=True)
        for number, payload in enumerate(copied(message)):
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
                if error.is_unknown:
                    raise BriefingBotError(_UNVERIFIED) from None
                raise

    async def _confirm(self, press: Press) -> None:
        """Say that it is posted, in place of the message whose button was pressed."""
        try:
            await self._client.respond(press.response_url, plain(_POSTED), replace_original=True)
        except DeliveryError as error:
            _log.warning("post.unconfirmed", channel=press.actor.place.channel, reason=error.message)


def _poster(press: Press) -> Poster:
    return Poster(press.actor.user, press.actor.name)
