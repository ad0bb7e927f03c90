"""The app as an agent: the threads of its conversations, and the prompts that it suggests.

An agent's conversations are threads of the Messages tab, and its prompts stand above them ("Migrating to the Agent
messaging experience" in Slack's reference). An app made before has threads in a pane of their own, each begun by the
app's root message with its own prompts ("assistant_thread_started").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workspace.state.records import BOT_ID, BOT_USER_ID, Message, Team

if TYPE_CHECKING:
    from workspace.manifest import Agent, Prompt
    from workspace.state.state import State

ROOT_SUBTYPE = "assistant_app_thread"
_UNNAMED = "New conversation"


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Prompts under one title, mostly empty."""

    prompts: tuple[Prompt, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class AgentThread:
    """A conversation with the app.

    `channel_id` is the bot's direct message with the user, `thread_ts` the thread in it, `seen_channel_id` the channel
    that the user was looking at, mostly empty. `status` is the app's status line, until it replies. `suggestions` are
    those of an app made before agent_view.
    """

    user_id: str
    channel_id: str
    thread_ts: str
    seen_channel_id: str = ""
    title: str = ""
    suggestions: Suggestions = Suggestions()
    status: str = ""
    status_ts: str = ""

    def to_json(self, team: Team) -> dict[str, Any]:
        """Return the thread as Slack's events of a workspace have it."""
        context = {"channel_id": self.seen_channel_id, "team_id": team.id, "enterprise_id": team.organisation_id}
        return {
            "user_id": self.user_id,
            "channel_id": self.channel_id,
            "thread_ts": self.thread_ts,
            "context": context if self.seen_channel_id else {},
        }


class AgentThreads:
    """The threads of all users, and what the app suggests in each Messages tab."""

    def __init__(self, state: State, agent: Agent | None) -> None:
        """`agent` is None for an app that is none."""
        self._state = state
        self.agent = agent
        self._threads: dict[tuple[str, str], AgentThread] = {}
        self._pinned: dict[str, Suggestions] = {}

    def begin(self, user_id: str, seen_channel_id: str) -> AgentThread:
        """Start a thread in the pane of an app made before agent_view. Raises LookupError for any other app or user."""
        if self.agent is None or not self.agent.is_legacy:
            raise LookupError("This app has no assistant pane: its manifest has no assistant_view.")
        channel = self._state.direct_message(user_id)
        if channel is None:
            raise LookupError(f"{user_id} has no direct message with the bot.")
        root = Message(channel.id, self._state.next_ts(), BOT_USER_ID, _UNNAMED, bot_id=BOT_ID, subtype=ROOT_SUBTYPE)
        suggestions = Suggestions(self.agent.prompts)
        thread = AgentThread(user_id, channel.id, root.ts, seen_channel_id, suggestions=suggestions)
        self._threads[channel.id, root.ts] = thread
        self._state.put(root)
        return thread

    def empty(self, user_id: str) -> AgentThread | None:
        """Return the user's newest thread if they have not posted in it, or None."""
        thread = self.newest(user_id)
        if thread is None:
            return None
        replies = self._state.replies(thread.channel_id, thread.thread_ts)
        return None if any(reply.user == user_id for reply in replies) else thread

    def newest(self, user_id: str) -> AgentThread | None:
        """Return the user's newest thread in the pane, or None; its status is empty once the app has replied."""
        own = [thread for thread in self._threads.values() if thread.user_id == user_id]
        return self._with_live_status(own[-1]) if own else None

    def find(self, channel_id: str, thread_ts: str) -> AgentThread | None:
        """Return a thread, or None; its status is empty once the app has replied.

        With an agent every message that is no reply begins one.
        """
        thread = self._threads.get((channel_id, thread_ts))
        if thread is None and self.agent is not None and not self.agent.is_legacy:
            root = self._state.message(channel_id, thread_ts)
            is_root = root is not None and not root.is_ephemeral and not root.thread_ts
            return AgentThread(root.user, channel_id, thread_ts) if root is not None and is_root else None
        return None if thread is None else self._with_live_status(thread)

    def change(self, thread: AgentThread) -> None:
        """Store the new version of a thread; in the pane, the text of its first message is its title."""
        self._threads[thread.channel_id, thread.thread_ts] = thread
        root = self._state.message(thread.channel_id, thread.thread_ts)
        if root is not None and root.subtype == ROOT_SUBTYPE and thread.title and root.text != thread.title:
            self._state.put(replace(root, text=thread.title))
        self._state.touch()

    def pin(self, channel_id: str, suggestions: Suggestions) -> None:
        """Set what an agent suggests above the conversations of a direct message."""
        self._pinned[channel_id] = suggestions
        self._state.touch()

    def pinned(self, channel_id: str) -> Suggestions:
        """Return what an agent suggests above the conversations of a direct message, at first as its manifest says."""
        if self.agent is None or self.agent.is_legacy:
            return Suggestions()
        return self._pinned.get(channel_id, Suggestions(self.agent.prompts))

    def _with_live_status(self, thread: AgentThread) -> AgentThread:
        replies = self._state.replies(thread.channel_id, thread.thread_ts)
        if any(reply.user == BOT_USER_ID and reply.ts > thread.status_ts for reply in replies):
            return replace(thread, status="")
        return thread
