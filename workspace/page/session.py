"""Sessions on the page: the user and location that a request names, and the values for the templates."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from workspace.page.assets import address_of
from workspace.page.panel_screen import KINDS, clock_shown, switches_shown
from workspace.page.screen import NEWEST, TABS, Location, Screen, Tab
from workspace.page.trace_screen import trace_shown
from workspace.page.view_screen import home_shown, modal_shown
from workspace.rendering.render import BlockWriter, MessageWriter, environment

if TYPE_CHECKING:
    from workspace.state.records import User
    from workspace.workspace import InMemoryWorkspace

_TOAST: Final = "#toast"
_MODAL_PROBLEM: Final = "#modal-problem"


class Sessions:
    """Reads locations from requests, and keeps between them, per user, what failed, was read and was left."""

    def __init__(self, workspace: InMemoryWorkspace) -> None:
        """Show `workspace`."""
        self.workspace = workspace
        self.failures: dict[tuple[str, str, str], str] = {}
        self.left: dict[str, str] = {}
        self._state = workspace.state
        self._writers: dict[str, MessageWriter] = {}
        self._read: dict[tuple[str, str], str] = {}

    def user(self, request: web.Request) -> User:
        """Return the user that the address names. Raises 404 for an unknown user, or a bot."""
        user = self._state.user(request.match_info["user"])
        if user is None or user.is_bot:
            raise _not_found()
        return user

    def location(self, request: web.Request) -> Location:
        """Return the location that the address names. Raises 404 unless the user is in the channel."""
        user = self.user(request)
        channel = self._state.channel(request.match_info["channel"])
        if channel is None or user.id not in channel.members:
            raise _not_found()
        thread, trace = request.query.get("thread", ""), request.query.get("trace", "")
        return Location(
            user,
            channel,
            thread=thread if self._state.message(channel.id, thread) else "",
            tab=next((tab for tab in self.tabs if channel.is_im and tab == request.query.get("tab")), "messages"),
            trace=trace if trace == NEWEST or self._state.message(channel.id, trace) else "",
        )

    @property
    def tabs(self) -> list[Tab]:
        """The tabs of the app's direct message, in their order."""
        return [tab for tab in TABS if tab != "home" or self.workspace.manifest.home_tab]

    def screen(self, location: Location) -> Screen:
        """Return the screen of a location."""
        user_id = location.user.id
        if user_id not in self._writers:
            commands = frozenset(command.name for command in self.workspace.manifest.commands) | {"/invite"}
            self._writers[user_id] = MessageWriter(
                self._state,
                user_id,
                chosen=lambda message: self.workspace.message_values(user_id, message.channel, message.ts),
                commands=commands,
            )
        return Screen(self._state, location, self._writers[user_id], self.failures, self._read)

    def notice(self, user: User, sentence: str) -> web.Response:
        """Show a sentence at the foot of the user's open modal, or else of the page; an empty one clears it."""
        return notice_in(_MODAL_PROBLEM if self.workspace.modals(user.id) else _TOAST, sentence)

    def values(self, screen: Screen) -> dict[str, object]:
        """Return the values for the templates."""
        screen.mark_read()
        location, manifest = screen.location, self.workspace.manifest
        writer = BlockWriter(self._state, location.user.id)
        return {
            "screen": screen,
            "home_shown": partial(home_shown, self.workspace, location.user.id, writer),
            "modal_shown": partial(modal_shown, self.workspace, location.user.id, writer),
            "trace_shown": partial(trace_shown, self.workspace, location, writer),
            "clock_shown": partial(clock_shown, self.workspace, location.user.tz),
            "switches": switches_shown(self.workspace),
            "fault_kinds": KINDS,
            "methods": sorted(self.workspace.method_names),
            "rate_limits": self.workspace.rate_limits,
            "hits": sorted(self.workspace.fault_switches.hits.items()),
            **self._agent_shown(location),
            "location": location,
            "tabs": self.tabs,
            "title": screen.title(location.channel),
            "team": self.workspace.state.team.name,
            "asset": address_of,
            "commands": manifest.commands,
            "shortcuts": manifest.shortcuts,
            "scopes": sorted(manifest.scopes),
            "names": screen.names(),
            "app": {
                "name": manifest.bot_name,
                "description": manifest.description,
                "is_connected": self.workspace.is_connected,
                "is_agent": manifest.agent is not None,
            },
            "faults": self.workspace.faults(),
            "warnings": self.workspace.warnings(),
        }

    def _agent_shown(self, location: Location) -> dict[str, object]:
        """Return what the app shows as an agent here; in the pane of an app made before, its prompts are in the thread.

        `threads_shown`: whether conversations are shown below the messages that began them.
        """
        agent, channel = self.workspace.manifest.agent, location.channel
        pane = self.workspace.assistant(location.user.id)
        thread = self.workspace.agent_thread(channel.id, location.thread) if location.thread else None
        is_pane = pane is not None and pane.thread_ts == location.thread
        return {
            "threads_shown": agent is not None and not agent.is_legacy and channel.is_im,
            "suggestions": pane.suggestions if pane and is_pane else self.workspace.suggestions(channel.id),
            "suggestions_in": location.thread if is_pane else "",
            "status": thread.status if thread else "",
            "status_of": partial(self._status_of, channel.id),
        }

    def _status_of(self, channel_id: str, thread_ts: str) -> str:
        """Return what the app says that it is doing in a conversation, or nothing."""
        thread = self.workspace.agent_thread(channel_id, thread_ts)
        return thread.status if thread else ""


def notice_in(target: str, sentence: str) -> web.Response:
    """Put a sentence into the element that `target` selects, with status 409; an empty one clears it, with 200."""
    html = environment().get_template("notice.html").render(target=target, sentence=sentence)
    status = HTTPStatus.CONFLICT if sentence else HTTPStatus.OK
    return web.Response(status=status, text=html, content_type="text/html")


def _not_found() -> web.HTTPNotFound:
    return web.HTTPNotFound(text="This page does not exist. Start again at /")
