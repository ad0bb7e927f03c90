"""Post to channel, Post a copy, Remove."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.actions import Action, Choice
from bot.alerts.replies import Request
from bot.alerts.requested_posts import post_message
from bot.errors import BriefingBotError, DeliveryError
from bot.messages import Outcome, Poster, Removal, Reply, Subject
from bot.outbox.delivery import DeliveryState
from handlers.rendering.replies import copied
from handlers.slack.errors import NO_MEMBER, sentence

if TYPE_CHECKING:
    from bot.alerts.post_log import PostLog
    from bot.alerts.replies import Replies
    from bot.alerts.requested_posts import RequestedPosts
    from bot.answers.service import Bot
    from handlers.listeners.actions import Press
    from handlers.slack.clients import SlackClients
    from handlers.tasks import Tasks

_CHANGED = "The facts have changed since you read them. This is how they read now; press again to post it."
_POSTED = "Posted to this channel."
_QUEUED = "Slack has not confirmed the post yet. It will appear here as soon as Slack accepts it."
_UNVERIFIED = "Slack gave no answer. It may have been posted: look before you press again."
_NO_MEMBER = (
    "I am not a member of this channel. Invite me with /invite and press Post to channel again, "
    "or post a copy: it cannot be corrected later."
)
_IN_PART = "Only a part was posted: remove it there before you press again."


@dataclass(frozen=True, slots=True)
class Posting:
    """Puts replies into channels, and takes them away again.

    `tasks` remembers which buttons have posted a copy.
    """

    bot: Bot
    requested_posts: RequestedPosts
    post_log: PostLog
    replies: Replies
    clients: SlackClients
    tasks: Tasks

    async def post(self, press: Press) -> Reply | None:
        """Post what the actor saw, as the bot; where it is not a member, offer a copy."""
        reply = await self._reply(press)
        if reply.note:
            return reply
        progress = await self.requested_posts.post(reply, press.actor.place, await self._poster(press), press.ts)
        if progress.state is DeliveryState.SENT:
            await self._confirm(press)
            return None
        if progress.state is not DeliveryState.FAILED:
            return Reply(Outcome.NOTICE, "", note=_QUEUED)
        if progress.error not in NO_MEMBER:
            is_unverified = progress.error.startswith("unconfirmed")
            raise BriefingBotError(_UNVERIFIED if is_unverified else sentence(progress.error))
        return Reply(Outcome.NOTICE, "", note=_NO_MEMBER, choices=(Choice(Action.COPY, "Post a copy", press.value),))

    async def copy(self, press: Press) -> Reply | None:
        """Post a copy of it, once, by the response_url, which needs no membership."""
        key = f"{press.action} {press.actor.place.team} {press.actor.place.channel} {press.ts}"
        if not self.tasks.is_new(key):
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
                self.tasks.forget(key)
        await self._confirm(press)
        return None

    async def remove(self, press: Press) -> None:
        """Remove a post, all its messages, for the person who had it posted."""
        removal = Removal.unpack(press.value)
        if removal.by != press.actor.user:
            raise BriefingBotError("Only the person who posted this can remove it.")
        place = press.actor.place
        client = self.clients.of(place.team)
        if removal.is_copy:
            await client.respond(press.response_url, {"delete_original": True})
            return
        for ts in await self.post_log.begin_removal(place, press.ts):
            try:
                await client.delete(place.channel, ts)
            except DeliveryError as error:
                if error.code != "message_not_found":
                    raise
        await client.delete(place.channel, press.ts)
        await self.post_log.removed(place, press.ts)

    async def _reply(self, press: Press) -> Reply:
        """Return what the actor saw; with a note when it can no longer be posted as it was."""
        subject = Subject.unpack(press.value)
        reply = await self.bot.show(subject, team=press.actor.place.team)
        if reply.outcome is Outcome.REFUSAL:
            return reply
        is_same = reply.subject is not None and reply.subject.digest == subject.digest
        return replace(reply, note="" if is_same else _CHANGED)

    async def _send_copy(self, press: Press, reply: Reply) -> None:
        message = post_message(reply, await self._poster(press), {}, is_copy=True)
        client = self.clients.of(press.actor.place.team)
        for number, payload in enumerate(copied(message)):
            try:
                await client.respond(
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
        request = Request(f"posted {press.trigger or press.ts}", press.actor.place, press.actor.user)
        reply = Reply(Outcome.NOTICE, "", note=_POSTED)
        await self.replies.by_response_url(request, reply, press.response_url, replaces=True)

    async def _poster(self, press: Press) -> Poster:
        return Poster(press.actor.user, await self.clients.of(press.actor.place.team).name_of(press.actor.user))
