"""The workspace in memory: what people do in it, what they see, and what went over the wire."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from workspace.people.acting import Acting
from workspace.people.administration import Administration
from workspace.people.message_box import MessageBox
from workspace.people.opening import Opening
from workspace.people.shortcuts import Shortcuts
from workspace.people.submitting import Submitting
from workspace.tracing import Tracing
from workspace.wire.delivery import Envelope
from workspace.wire.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from workspace.state.agent import AgentThread, Suggestions
    from workspace.state.records import Message
    from workspace.state.views import Modal
    from workspace.wire.arguments import Arguments
    from workspace.wire.delivery import Dispatch
    from workspace.wire.web_api import Call


class InMemoryWorkspace(MessageBox, Acting, Submitting, Shortcuts, Opening, Administration, Tracing):
    """A workspace with one app installed; server.Workspace adds the HTTP server.

    `state` is all that the page shows. Times are those of `clock`, which can be put forward; only the 3 s for an ack
    and the times in signatures are the machine's. Users, channels and the bot's id are in seed.py and records.py.
    """

    # What people see.

    def seen_by(self, user_id: str, channel_id: str, thread_ts: str | None = None) -> list[dict[str, Any]]:
        """Return the messages that a user sees there, oldest first, as Slack's message objects.

        Each also has `is_ephemeral`, `pings` (live mentions) and `reply_count`.
        """
        return [self._seen(message) for message in self.state.seen_by(user_id, channel_id, thread_ts or "")]

    def _seen(self, message: Message) -> dict[str, Any]:
        replies = self.state.replies(message.channel, message.ts)
        extra = {"is_ephemeral": message.is_ephemeral, "pings": list(message.pings), "reply_count": len(replies)}
        return message.to_json() | extra

    def home(self, user_id: str) -> dict[str, Any] | None:
        """Return the Home tab that the app published for this user, its `state` up to date, or None."""
        return self._views.home(user_id)

    def modals(self, user_id: str) -> tuple[Modal, ...]:
        """Return the user's open modals, from the bottom of the stack to the top."""
        return self._views.modals(user_id)

    def assistant(self, user_id: str) -> AgentThread | None:
        """Return the user's newest thread in the pane of an app made before agent_view, or None."""
        return self._threads.newest(user_id)

    def agent_thread(self, channel_id: str, thread_ts: str) -> AgentThread | None:
        """Return the agent's title and status of a conversation, or None where there is none."""
        return self._threads.find(channel_id, thread_ts)

    def suggestions(self, channel_id: str) -> Suggestions:
        """Return what an agent suggests above the conversations of a direct message."""
        return self._threads.pinned(channel_id)

    async def wait_until(self, predicate: Callable[[], object], timeout_s: float = 120.0) -> None:
        """Return once the predicate is true; it is called again after every change. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            version = self.state.version
            while not predicate():
                version = await self.state.changed(version)

    # Which workspace something is for, where there are several.

    def has_issued(self, response_token: str) -> bool:
        """Whether this workspace issued a response_url, by what its path ends with."""
        return self._response_urls.context(response_token) is not None

    def is_meant_by(self, arguments: Arguments) -> bool:
        """Whether what a call names is here: its trigger or view, which only one has, or its channel and person."""
        if trigger_id := arguments.text("trigger_id"):
            return self._triggers.has(trigger_id)
        if view_id := arguments.text("view_id"):
            return self._views.has(view_id)
        channel_id = arguments.text("channel") or arguments.text("channel_id")
        user_id = arguments.text("user") or arguments.text("user_id")
        is_here = self.state.channel(channel_id) or self.state.user(channel_id) or not channel_id
        return bool(is_here) and (not user_id or self.state.user(user_id) is not None)

    # What went over the wire, and what goes wrong on it.

    @property
    def is_connected(self) -> bool:
        """Whether the app can be reached."""
        return self._app.transport.is_connected

    @property
    def calls(self) -> list[Call]:
        """Every Web API call that the app made, oldest first."""
        return self._web_api.calls

    @property
    def replies(self) -> list[Call]:
        """Every use of a response_url, oldest first, as a call of the method `response_url`."""
        return [call for _, call in self._response_urls.uses]

    @property
    def method_names(self) -> tuple[str, ...]:
        """The Web API methods that this workspace has."""
        return self._web_api.method_names

    @property
    def dispatches(self) -> list[Dispatch]:
        """Every attempt to send something to the app, oldest first."""
        return self._dispatcher.dispatches

    def limit(self, method: str, retry_after_s: int, times: int = 1) -> None:
        """Answer the next `times` calls of a Web API method with 429 and this Retry-After."""
        self.fault_switches.add(Fault("rate_limit", method, times=times, seconds=retry_after_s))

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Close every Socket Mode connection as Slack does now and then; the app is expected to reconnect.

        The reason `warning` only announces it. Raises ValueError for a reason that Slack does not give.
        """
        await self._app.socket_mode.disconnect(reason)

    def reset_connections(self) -> int:
        """Cut every Socket Mode connection without a close frame, and return how many there were."""
        return self._app.socket_mode.reset()

    async def send_event(self, payload: Mapping[str, Any]) -> Dispatch:
        """Send the payload of an event as it is, such as one of another workspace's; return the first attempt."""
        return await self._dispatcher.send_event(Envelope("events_api", payload, self.manifest.events_url))

    async def send_action(self, payload: Mapping[str, Any]) -> Dispatch:
        """Send the payload of a command or an interaction as it is; return the attempt. Over HTTP it is signed."""
        command = self.manifest.command(str(payload.get("command")))
        if command is not None:
            return await self._dispatcher.send_once(Envelope("slash_commands", payload, command.url))
        is_search = payload.get("type") == "block_suggestion"
        url = self.manifest.options_url if is_search else self.manifest.interactivity_url
        return await self._dispatcher.send_once(Envelope("interactive", payload, url))

    # What the panel says about the app.

    @property
    def has_panel(self) -> bool:
        """Whether there is a panel; without one nothing is known of the app's plans."""
        return self._panel is not None

    def faults(self) -> tuple[str, ...]:
        """Return what keeps the app's content from being published, a sentence for each fault."""
        return tuple(self._panel.faults()) if self._panel else ()

    def warnings(self) -> tuple[str, ...]:
        """Return what to look at in the published content, a sentence each."""
        return tuple(self._panel.warnings()) if self._panel else ()

    def next_due(self) -> datetime | None:
        """Return when the app's next scheduled post is due, or None."""
        return self._panel.next_due() if self._panel else None

    def last_run(self) -> str:
        """Return a sentence on the app's last scheduled run, or an empty string."""
        return self._panel.last_run() if self._panel else ""

    def notice(self) -> None:
        """Let the page read the panel again."""
        self.state.touch()
