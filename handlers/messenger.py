"""Putting messages into Slack: posts for everybody, whispers to one person, and answers by response_url.

Nothing is retried here: slack_sdk's own retries doubled 6 of 400 posts when connections were cut.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.delivery import Posted
from bot.errors import DeliveryError
from handlers.replies import buttons_in, public_post

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.delivery import Post
    from handlers.replies import Payload

NO_MEMBER: Final = frozenset({"not_in_channel", "channel_not_found"})
"""Slack's codes for a channel that the bot is no member of; private ones it cannot even see."""

_EVENT_TYPE: Final = "briefing_posted"
_SENTENCES = {
    "is_archived": "This channel is archived.",
    "restricted_action": "Posting here is restricted by the workspace.",
    "message_not_found": "That message is already gone.",
    "cant_delete_message": "Slack does not let me remove that message.",
    "ratelimited": "Slack asks me to wait. Please try again in a minute.",
    "msg_too_long": "The message is too long for Slack.",
}


class SlackMessenger:
    """bot.delivery.Messenger by chat.postMessage and chat.delete, and the private ways to answer."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        """`client` must not retry; `session` is shared by all."""
        self._client = client
        self._session = session

    async def post(self, post: Post) -> Posted:
        """Post it for everybody; what does not fit into one message follows in its thread. Raises DeliveryError."""
        first, *rest = public_post(post)
        details = {"posted_by": post.posted_by.user} if post.posted_by else {}
        if post.subject:
            details |= {"area": post.subject.area, "facts": " ".join(post.subject.facts), "digest": post.subject.digest}
        metadata = {"event_type": _EVENT_TYPE, "event_payload": details}
        posted = await self.say(post.channel, first, metadata=metadata)
        for payload in rest:
            await self.say(post.channel, payload, thread=posted.ts)
        return posted

    async def remove(self, posted: Posted) -> None:
        """Delete a post of the bot's own. Raises DeliveryError."""
        await _told(self._client.chat_delete(channel=posted.channel, ts=posted.ts))

    async def say(
        self, channel: str, payload: Payload, *, thread: str | None = None, metadata: dict[str, Any] | None = None
    ) -> Posted:
        """Post one message, in a thread if one is given. Raises DeliveryError."""
        answer = await _told(
            self._client.chat_postMessage(
                channel=channel,
                thread_ts=thread,
                metadata=metadata,
                link_names=False,
                unfurl_links=False,
                unfurl_media=False,
                **payload,
            )
        )
        return Posted(str(answer["channel"]), str(answer["ts"]), buttons_in(payload))

    async def whisper(self, channel: str, user: str, payload: Payload, *, thread: str | None = None) -> None:
        """Show one message to one person in a channel. Raises DeliveryError."""
        await _told(
            self._client.chat_postEphemeral(channel=channel, user=user, thread_ts=thread, link_names=False, **payload)
        )

    async def is_admin(self, user: str) -> bool:
        """Whether a user administers the workspace. Raises DeliveryError."""
        answer = await _told(self._client.users_info(user=user))
        return bool(answer["user"].get("is_admin") or answer["user"].get("is_owner"))

    async def group(self, usergroup: str) -> frozenset[str]:
        """Return the ids of a user group's members. Raises DeliveryError."""
        answer = await _told(self._client.usergroups_users_list(usergroup=usergroup))
        return frozenset(str(each) for each in answer["users"])

    async def respond(self, response_url: str, payload: Payload, **how: object) -> None:
        """Answer by a response_url (five times in 30 minutes); `how` adds Slack's own fields. Raises DeliveryError."""
        try:
            async with self._session.post(response_url, json={**payload, **how}) as answer:
                if answer.status != HTTPStatus.OK:
                    raise DeliveryError("Slack no longer takes an answer to this message.", "Ask again.")
        except (aiohttp.ClientError, TimeoutError):
            raise DeliveryError("Slack could not be reached.", "Please try again.") from None


async def _told(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Await a call of the Web API. Raises DeliveryError, with Slack's code when Slack refused it."""
    try:
        return await call
    except SlackApiError as error:
        code = str(error.response.get("error", "")) if hasattr(error.response, "get") else ""
        raise DeliveryError(
            _SENTENCES.get(code, f"Slack refused it ({code or 'no reason given'})."), code=code
        ) from None
    except (aiohttp.ClientError, TimeoutError):
        raise DeliveryError("Slack could not be reached.", "Please try again.") from None
