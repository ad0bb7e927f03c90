"""Putting messages into Slack: posts for everybody, whispers to one person, and answers by response_url.

Nothing is retried here: slack_sdk's own retries doubled 6 of 400 posts when connections were cut.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.errors import DeliveryError
from bot.messages import Posted
from handlers.rendering.replies import buttons_in, for_update, public_post, with_parts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.messages import Post
    from handlers.rendering.replies import Payload, View

NO_MEMBER: Final = frozenset({"not_in_channel", "channel_not_found"})
"""Slack's codes for a channel that the bot is no member of; private ones it cannot even see."""

_UNREACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""No connection could be made: nothing was sent."""
_UNKNOWN = frozenset({"", "internal_error", "fatal_error", "request_timeout", "service_unavailable"})
"""Codes after which Slack may have done it all the same (Slack: chat.postMessage, "Errors")."""
_PAGE = 200
_MOST_PAGES = 5
"""Pages read of the channels of one person: more are not worth waiting for."""
_EVENT_TYPE: Final = "briefing_posted"
_SENTENCES = {
    "is_archived": "This channel is archived.",
    "restricted_action": "Posting here is restricted by the workspace.",
    "message_not_found": "That message is already gone.",
    "cant_delete_message": "Slack does not let me remove that message.",
    "ratelimited": "Slack asks me to wait. Please try again in a minute.",
    "msg_too_long": "The message is too long for Slack.",
}
_NO_ANSWER = "Slack gave no answer."


class SlackClient:
    """bot.messenger.Messenger by chat.postMessage, .update and .delete, and the private ways to answer."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        """`client` must not retry; `session` is shared by all."""
        self._client = client
        self._session = session

    async def post(self, post: Post) -> Posted:
        """Post it for everybody; what does not fit into one message follows in its thread, all of it or nothing.

        Raises DeliveryError.
        """
        first, *rest = public_post(post)
        details = {"posted_by": post.posted_by.user} if post.posted_by else {}
        if post.subject:
            details |= {"area": post.subject.area, "facts": " ".join(post.subject.facts), "digest": post.subject.digest}
        metadata = {"event_type": _EVENT_TYPE, "event_payload": details}
        standing = [await self.say(post.channel, first, metadata=metadata)]
        try:
            for payload in rest:
                standing.append(await self.say(post.channel, payload, thread=standing[0].ts))
            if rest and post.posted_by:
                whole = with_parts(first, [part.ts for part in standing[1:]])
                await self._change(standing[0], whole)
                standing[0] = replace(standing[0], buttons=buttons_in(whole))
        except DeliveryError as error:
            if not await self._taken_back(standing):
                raise DeliveryError(error.message, error.hint, code=error.code, is_unknown=True) from None
            raise
        return Posted.of(standing)

    async def _change(self, posted: Posted, payload: Payload) -> None:
        """Show something else in a post."""
        changed = for_update(payload)
        await _told(self._client.chat_update(channel=posted.channel, ts=posted.ts, link_names=False, **changed))

    async def _taken_back(self, standing: list[Posted]) -> bool:
        """Remove the parts of a post that was not completed, the newest first; say whether all are gone."""
        for posted in reversed(standing):
            try:
                await self.remove(posted)
            except DeliveryError:
                return False
        return True

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

    async def open_view(self, trigger: str, view: View) -> str:
        """Open a modal for whoever caused the trigger id, at most 3 s ago, and return its id. Raises DeliveryError."""
        answer = await _told(self._client.views_open(trigger_id=trigger, view=view))
        return str(answer["view"]["id"])

    async def push_view(self, trigger: str, view: View) -> str:
        """Put a modal on top of the one that the trigger id comes from (three at most), and return its id.

        Raises DeliveryError.
        """
        answer = await _told(self._client.views_push(trigger_id=trigger, view=view))
        return str(answer["view"]["id"])

    async def update_view(self, view_id: str, view: View, *, state: str = "") -> None:
        """Show something else in an open modal; `state` is the hash that it must still have, if given.

        Raises DeliveryError: `not_found` when it was closed.
        """
        await _told(self._client.views_update(view_id=view_id, view=view, hash=state or None))

    async def publish_home(self, user: str, view: View, *, state: str = "") -> str:
        """Show a person their Home, and return its hash; `state` is the hash that it must still have, if given.

        Raises DeliveryError: `hash_conflict` when somebody else has drawn it meanwhile.
        """
        answer = await _told(self._client.views_publish(user_id=user, view=view, hash=state or None))
        return str(answer["view"]["hash"])

    async def prompt(self, channel: str, thread: str, title: str, prompts: list[dict[str, str]]) -> None:
        """Offer questions in an assistant's thread, each with `title` and `message`. Raises DeliveryError."""
        await _told(
            self._client.assistant_threads_setSuggestedPrompts(
                channel_id=channel, thread_ts=thread, title=title, prompts=prompts
            )
        )

    async def entitle(self, channel: str, thread: str, title: str) -> None:
        """Name an assistant's thread. Raises DeliveryError."""
        await _told(self._client.assistant_threads_setTitle(channel_id=channel, thread_ts=thread, title=title))

    async def status(self, channel: str, thread: str, status: str) -> None:
        """Say in an assistant's thread what is being done; a reply takes it away. Raises DeliveryError."""
        await _told(self._client.assistant_threads_setStatus(channel_id=channel, thread_ts=thread, status=status))

    async def channels_of(self, user: str, kinds: Sequence[str]) -> frozenset[str]:
        """Return the ids of the channels of these kinds that a person is in, as far as we see them.

        Raises DeliveryError.
        """
        found: set[str] = set()
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await _told(
                self._client.users_conversations(
                    user=user, types=",".join(kinds), exclude_archived=True, limit=_PAGE, cursor=cursor
                )
            )
            found.update(str(channel["id"]) for channel in answer["channels"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                break
        return frozenset(found)

    async def direct_with(self, user: str) -> str:
        """Return the id of a person's direct message with us. Raises DeliveryError."""
        answer = await _told(self._client.conversations_open(users=user))
        return str(answer["channel"]["id"])

    async def is_admin(self, user: str) -> bool:
        """Whether a user administers the workspace. Raises DeliveryError."""
        answer = await _told(self._client.users_info(user=user))
        return bool(answer["user"].get("is_admin") or answer["user"].get("is_owner"))

    async def zone_of(self, user: str) -> str:
        """Return the IANA name of a user's time zone, or nothing. Raises DeliveryError."""
        answer = await _told(self._client.users_info(user=user))
        return str(answer["user"].get("tz") or "")

    async def group(self, usergroup: str) -> frozenset[str]:
        """Return the ids of a user group's members. Raises DeliveryError."""
        answer = await _told(self._client.usergroups_users_list(usergroup=usergroup))
        return frozenset(str(each) for each in answer["users"])

    async def respond(self, response_url: str, payload: Payload, **how: object) -> None:
        """Answer by a response_url (five times in 30 minutes); `how` adds Slack's own fields. Raises DeliveryError."""
        try:
            async with self._session.post(response_url, json={**payload, **how}) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _lost(error) from None
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise DeliveryError(_NO_ANSWER, is_unknown=True)
        if status != HTTPStatus.OK:
            raise DeliveryError("Slack no longer takes an answer to this message.", "Ask again.")


async def _told(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Await a call of the Web API. Raises DeliveryError, with Slack's code when Slack refused it."""
    try:
        return await call
    except SlackApiError as error:
        status = int(getattr(error.response, "status_code", 0))
        body = getattr(error.response, "data", None)  # no JSON, but text, where something before Slack answered
        code = str(body.get("error") or "") if isinstance(body, dict) else ""
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            code = "ratelimited"
        if code in _UNKNOWN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise DeliveryError(_NO_ANSWER, code=code, is_unknown=True) from None
        raise DeliveryError(_SENTENCES.get(code, f"Slack refused it ({code})."), code=code) from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _lost(error) from None


def _lost(error: Exception) -> DeliveryError:
    """Return what a connection's failure means: nothing was sent, or nobody knows what came of it."""
    if isinstance(error, _UNREACHED):
        return DeliveryError("Slack could not be reached.", "Please try again.")
    return DeliveryError(_NO_ANSWER, is_unknown=True)
