"""Slack's Web API: messages, ephemeral messages, answers by response_url, modals, Home, people and channels.

Nothing is retried here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.errors import DeliveryError
from handlers.rendering.blocks import escape
from handlers.slack.errors import call, list_at, next_cursor, object_at, objects_at, text_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from handlers.rendering.replies import Payload, View
    from handlers.slack.web_client import WebClient

ANSWER_SHOWN_S: Final = (0.1, 0.5, 1.0, 2.0, 4.0)
"""Seconds between the tries to update a view that Slack is about to show."""
NAMELESS: Final = "a colleague"
"""Stands for a person whose name Slack does not tell."""
_NAME_S = 1.0
"""Seconds that the look-up of a name may take."""
_PERMALINK_S = 0.8
"""Seconds for which a message's address is waited for: Slack gives a form, and its answer, 3 s."""
_PAGE = 200
_MOST_MEMBERS = 999  # the most that Slack lists at once (conversations.members, `limit`)
"""Members of a channel that are read: Slack gives no more at once."""
_MOST_PAGES = 5
"""Pages read of the channels of one person: more are not worth waiting for."""

_log = structlog.stdlib.get_logger(__name__)


class SlackClient:
    """Calls the Web API, each call once but `update_answer`. Methods raise DeliveryError."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message of the bot's own. Raises DeliveryError."""
        await call(self._client.chat_delete(channel=channel, ts=ts))

    async def say(self, channel: str, payload: Payload) -> None:
        """Post one message. Raises DeliveryError."""
        await call(
            self._client.chat_postMessage(
                channel=channel,
                link_names=False,
                unfurl_links=False,
                unfurl_media=False,
                **payload,
            )
        )

    async def tell(self, channel: str, text: str) -> None:
        """Post a plain text, where the outbox cannot be used. Raises DeliveryError."""
        await self.say(channel, {"text": escape(text)})

    async def post_ephemeral(self, channel: str, user: str, payload: Payload, thread: str = "") -> None:
        """Show one message to one person in a channel, or in a thread there. Raises DeliveryError."""
        await call(
            self._client.chat_postEphemeral(
                channel=channel, user=user, thread_ts=thread or None, link_names=False, **payload
            )
        )

    async def permalink(self, channel: str, ts: str) -> str:
        """Return a message's address. Raises DeliveryError."""
        return text_at(await call(self._client.chat_getPermalink(channel=channel, message_ts=ts)), "permalink")

    async def permalink_in_time(self, channel: str, ts: str) -> str:
        """Return a message's address; nothing without a `ts`, and where Slack does not tell in time."""
        try:
            async with asyncio.timeout(_PERMALINK_S):
                return await self.permalink(channel, ts) if ts else ""
        except (DeliveryError, TimeoutError) as error:
            _log.info("permalink.unknown", channel=channel, reason=str(error))
            return ""

    async def open_view(self, trigger: str, view: View) -> str:
        """Open a modal for the user of the trigger id, which lives 3 s, and return its id. Raises DeliveryError."""
        answer = await call(self._client.views_open(trigger_id=trigger, view=view))
        return text_at(answer, "view", "id")

    async def push_view(self, trigger: str, view: View) -> str:
        """Put a modal on top of the one that the trigger id comes from (three at most), and return its id.

        Raises DeliveryError.
        """
        answer = await call(self._client.views_push(trigger_id=trigger, view=view))
        return text_at(answer, "view", "id")

    async def update_view(self, view_id: str, view: View) -> None:
        """Show something else in an open modal. Raises DeliveryError: `not_found` when it was closed."""
        await call(self._client.views_update(view_id=view_id, view=view))

    async def update_answer(self, external_id: str, view: View) -> None:
        """Show something else in a view that answered a form, by its external_id, as soon as Slack shows that.

        An update by view_id that comes before the answer would be replaced by it. Raises DeliveryError: `not_found`
        when the window was closed.
        """
        for wait_s in ANSWER_SHOWN_S:
            try:
                await call(self._client.views_update(external_id=external_id, view=view))
            except DeliveryError as error:
                if error.code != "not_found":
                    raise
                await asyncio.sleep(wait_s)
            else:
                return
        await call(self._client.views_update(external_id=external_id, view=view))

    async def publish_home(self, user: str, view: View, *, state: str = "") -> str:
        """Show a person their Home, and return its hash; `state` is the hash that it must still have, if given.

        Raises DeliveryError: `hash_conflict` when somebody else has drawn it meanwhile.
        """
        answer = await call(self._client.views_publish(user_id=user, view=view, hash=state or None))
        return text_at(answer, "view", "hash")

    async def set_prompts(self, channel: str, thread: str | None, title: str, prompts: list[dict[str, str]]) -> None:
        """Offer questions, each with `title` and `message`, in the Messages tab. Raises DeliveryError.

        A thread is named only for an app made before agent_view: with one, Slack does nothing for an agent, and says
        nothing of it (Slack: "assistant.threads.setSuggestedPrompts", `thread_ts`).
        """
        await call(
            self._client.assistant_threads_setSuggestedPrompts(
                channel_id=channel, thread_ts=thread, title=title, prompts=prompts
            )
        )

    async def set_title(self, channel: str, thread: str, title: str) -> None:
        """Name a conversation. Raises DeliveryError."""
        await call(self._client.assistant_threads_setTitle(channel_id=channel, thread_ts=thread, title=title))

    async def set_status(self, channel: str, thread: str, status: str) -> None:
        """Say in a conversation what is being done; a reply takes it away. Raises DeliveryError."""
        await call(self._client.assistant_threads_setStatus(channel_id=channel, thread_ts=thread, status=status))

    async def channels_of(self, user: str, kinds: Sequence[str]) -> frozenset[str]:
        """Return the ids of the channels of these kinds that a person is in, as far as we see them.

        Raises DeliveryError.
        """
        found: set[str] = set()
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await call(
                self._client.users_conversations(
                    user=user, types=",".join(kinds), exclude_archived=True, limit=_PAGE, cursor=cursor
                )
            )
            found.update(str(channel.get("id")) for channel in objects_at(answer, "channels"))
            cursor = next_cursor(answer) or None
            if cursor is None:
                break
        return frozenset(found)

    async def is_empty(self, direct: str) -> bool:
        """Whether nothing was said in a direct message with us. Raises DeliveryError."""
        return not objects_at(await call(self._client.conversations_history(channel=direct, limit=1)), "messages")

    async def direct_with(self, user: str) -> str:
        """Return the id of a person's direct message with us. Raises DeliveryError."""
        answer = await call(self._client.conversations_open(users=user))
        return text_at(answer, "channel", "id")

    async def members_of(self, channel: str) -> frozenset[str] | None:
        """Return the members of a channel; None for one with more than _MOST_MEMBERS. Raises DeliveryError."""
        answer = await call(self._client.conversations_members(channel=channel, limit=_MOST_MEMBERS))
        return None if next_cursor(answer) else frozenset(map(str, list_at(answer, "members")))

    async def about(self, user: str) -> Mapping[str, Any]:
        """Return what Slack tells of a user (users.info). Raises DeliveryError."""
        return object_at(await call(self._client.users_info(user=user)), "user")

    async def is_admin(self, user: str) -> bool:
        """Whether a user administers the workspace. Raises DeliveryError."""
        about = await self.about(user)
        return about.get("is_admin") is True or about.get("is_owner") is True

    async def zone_of(self, user: str) -> str:
        """Return the IANA name of a user's time zone, or nothing. Raises DeliveryError."""
        return str((await self.about(user)).get("tz") or "")

    async def name_of(self, user: str) -> str:
        """Return the name that people know a user by, never the handle; “a colleague” where Slack does not tell it.

        Posts have it as text, because a mention in a post notifies whom it names (Slack: "Formatting text").
        """
        try:
            async with asyncio.timeout(_NAME_S):
                about = await self.about(user)
        except (DeliveryError, TimeoutError):
            return NAMELESS
        return str(about.get("real_name") or NAMELESS)

    async def group(self, usergroup: str) -> frozenset[str]:
        """Return the ids of a user group's members. Raises DeliveryError."""
        answer = await call(self._client.usergroups_users_list(usergroup=usergroup))
        return frozenset(map(str, list_at(answer, "users")))

    async def respond(self, response_url: str, payload: Payload, **how: object) -> None:
        """Answer by a response_url (five times in 30 minutes); `how` adds Slack's own fields. Raises DeliveryError."""
        await self._client.respond(response_url, {**payload, **how})
