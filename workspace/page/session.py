"""A visit to the page: who looks, from where, and all that the templates then know."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from workspace.page.assets import address_of
from workspace.page.panel_screen import PanelScreen
from workspace.page.screen import NEWEST, TABS, Place, Screen, Tab
from workspace.page.story_screen import StoryScreen
from workspace.page.view_screen import ViewScreen
from workspace.rendering.render import BlockWriter, MessageWriter, environment
from workspace.state.records import TEAM_NAME

if TYPE_CHECKING:
    from workspace.page.backstage import Backstage
    from workspace.state.records import User

_TOLD: Final = "#told"
_TOLD_IN_MODAL: Final = "#modal-problem"


class Sessions:
    """Reads where a request leads. Holds what outlives a request: failures, and what has been read."""

    def __init__(self, workspace: Backstage) -> None:
        """Show `workspace`."""
        self.workspace = workspace
        self.failures: dict[tuple[str, str, str], str] = {}
        self._state = workspace.state
        self._writers: dict[str, MessageWriter] = {}
        self._read: dict[tuple[str, str], str] = {}

    def user(self, request: web.Request) -> User:
        """Return whose page it is. Raises 404 for nobody, or a bot."""
        user = self._state.user(request.match_info["user"])
        if user is None or user.is_bot:
            raise _not_found()
        return user

    def place(self, request: web.Request) -> Place:
        """Return where the address leads. Raises 404 for an unknown user, or a channel that the user is not in."""
        user = self.user(request)
        channel = self._state.channel(request.match_info["channel"])
        if channel is None or user.id not in channel.members:
            raise _not_found()
        thread, story = request.query.get("thread", ""), request.query.get("story", "")
        return Place(
            user,
            channel,
            thread=thread if self._state.message(channel.id, thread) else "",
            tab=next((tab for tab in self.tabs if channel.is_im and tab == request.query.get("tab")), "messages"),
            story=story if story == NEWEST or self._state.message(channel.id, story) else "",
        )

    @property
    def tabs(self) -> list[Tab]:
        """The sides of the app that can be seen, in their order."""
        return [tab for tab in TABS if tab != "home" or self.workspace.manifest.home_tab]

    def screen(self, place: Place) -> Screen:
        """Return what is seen there."""
        user_id = place.user.id
        if user_id not in self._writers:
            commands = frozenset(command.name for command in self.workspace.manifest.commands) | {"/invite"}
            self._writers[user_id] = MessageWriter(
                self._state,
                user_id,
                chosen=lambda message: self.workspace.message_values(user_id, message.channel, message.ts),
                commands=commands,
            )
        return Screen(self._state, place, self._writers[user_id], self.failures, self._read)

    def told(self, user: User, sentence: str) -> web.Response:
        """Tell a sentence that belongs to nothing on the page any more: at its foot, or that of the modal over it."""
        return noticed(_TOLD_IN_MODAL if self.workspace.modals(user.id) else _TOLD, sentence)

    def values(self, screen: Screen) -> dict[str, object]:
        """Return what the templates know."""
        screen.mark_read()
        place, manifest = screen.place, self.workspace.manifest
        writer = BlockWriter(self._state, place.user.id)
        return {
            "screen": screen,
            "views": ViewScreen(self.workspace, place.user.id, writer),
            "panels": PanelScreen(self.workspace, place),
            "story": StoryScreen(self.workspace, place, writer),
            "place": place,
            "tabs": self.tabs,
            "title": screen.title(place.channel),
            "team": TEAM_NAME,
            "asset": address_of,
            "commands": manifest.commands,
            "shortcuts": manifest.shortcuts,
            "scopes": sorted(manifest.scopes),
            "names": screen.names(),
            "app": {
                "name": manifest.bot_name,
                "description": manifest.description,
                "is_connected": self.workspace.is_connected,
                "is_assistant": manifest.assistant is not None,
            },
            "faults": self.workspace.faults(),
        }


def noticed(target: str, sentence: str) -> web.Response:
    """Refuse what was asked: the sentence goes into the element that `target` selects; an empty one clears it."""
    html = environment().get_template("notice.html").render(target=target, sentence=sentence)
    status = HTTPStatus.CONFLICT if sentence else HTTPStatus.OK
    return web.Response(status=status, text=html, content_type="text/html")


def _not_found() -> web.HTTPNotFound:
    return web.HTTPNotFound(text="There is no such place in this workspace. Begin again at the address /")
