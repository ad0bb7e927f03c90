"""Assistant threads in the bot's direct messages ("Using AI in apps" in Slack's reference)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workspace.state.records import BOT_ID, BOT_USER_ID, TEAM_ID, Message

if TYPE_CHECKING:
    from workspace.manifest import Assistant, Prompt
    from workspace.state.state import State

ROOT_SUBTYPE = "assistant_app_thread"
_UNNAMED = "New conversation"


@dataclass(frozen=True, slots=True)
class AssistantThread:
    """A conversation with the app as an assistant.

    `channel_id` is the bot's direct message with the user, `thread_ts` the thread in it, `seen_channel_id` the channel
    that the user was looking at, mostly empty. `status` is the app's status line, until it replies.
    """

    user_id: str
    channel_id: str
    thread_ts: str
    seen_channel_id: str = ""
    title: str = ""
    prompts_title: str = ""
    prompts: tuple[Prompt, ...] = ()
    status: str = ""
    status_ts: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the thread as Slack's events have it."""
        context = {"channel_id": self.seen_channel_id, "team_id": TEAM_ID, "enterprise_id": None}
        return {
            "user_id": self.user_id,
            "channel_id": self.channel_id,
            "thread_ts": self.thread_ts,
            "context": context if self.seen_channel_id else {},
        }


class AssistantThreads:
    """The threads of all users; the page shows each user's newest one."""

    def __init__(self, state: State, assistant: Assistant | None) -> None:
        """`assistant` is None for an app without one."""
        self._state = state
        self._assistant = assistant
        self._threads: dict[tuple[str, str], AssistantThread] = {}

    def begin(self, user_id: str, seen_channel_id: str) -> AssistantThread:
        """Start a thread. Raises LookupError for an app without assistant, or a user without the bot's DM."""
        if self._assistant is None:
            raise LookupError("This app is not an assistant: its manifest has neither assistant_view nor agent_view.")
        channel = self._state.direct_message(user_id)
        if channel is None:
            raise LookupError(f"{user_id} has no direct message with the bot.")
        root = Message(channel.id, self._state.next_ts(), BOT_USER_ID, _UNNAMED, bot_id=BOT_ID, subtype=ROOT_SUBTYPE)
        thread = AssistantThread(user_id, channel.id, root.ts, seen_channel_id, prompts=self._assistant.prompts)
        self._threads[channel.id, root.ts] = thread
        self._state.put(root)
        return thread

    def empty(self, user_id: str) -> AssistantThread | None:
        """Return the user's newest thread if they have not posted in it, or None."""
        thread = self.newest(user_id)
        if thread is None:
            return None
        replies = self._state.replies(thread.channel_id, thread.thread_ts)
        return None if any(reply.user == user_id for reply in replies) else thread

    def newest(self, user_id: str) -> AssistantThread | None:
        """Return the user's newest thread, or None; its status is empty once the app has replied."""
        own = [thread for thread in self._threads.values() if thread.user_id == user_id]
        return self._with_live_status(own[-1]) if own else None

    def find(self, channel_id: str, thread_ts: str) -> AssistantThread | None:
        """Return a thread, or None; its status is empty once the app has replied."""
        thread = self._threads.get((channel_id, thread_ts))
        return None if thread is None else self._with_live_status(thread)

    def change(self, thread: AssistantThread) -> None:
        """Store the new version of a thread; the text of its first message is its title."""
        self._threads[thread.channel_id, thread.thread_ts] = thread
        root = self._state.message(thread.channel_id, thread.thread_ts)
        if root is not None and thread.title and root.text != thread.title:
            self._state.put(replace(root, text=thread.title))
        self._state.touch()

    def _with_live_status(self, thread: AssistantThread) -> AssistantThread:
        replies = self._state.replies(thread.channel_id, thread.thread_ts)
        if any(reply.user == BOT_USER_ID and reply.ts > thread.status_ts for reply in replies):
            return replace(thread, status="")
        return thread
