"""App Home: published when it is opened, and again when facts or the viewer's own lists change.

Slack sends app_home_opened at each opening, so nothing here has to survive a restart.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.answers.home import Viewer
from bot.errors import DeliveryError
from bot.messages import ChannelRef
from bot.store.limiter import asked_by_a_person
from handlers.errors import refusal
from handlers.rendering.elements import words
from handlers.rendering.home_tab import home_view
from handlers.slack.installations.request_team import team_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.answers.home import Home
    from bot.answers.service import Bot
    from bot.subscriptions.permissions import Actor
    from handlers.listeners.agent import MessagesTab
    from handlers.rendering.replies import View
    from handlers.slack.clients import SlackClients
    from handlers.slack.membership import Membership
    from handlers.slack.receiving.router import Router
    from handlers.tasks import Tasks

MOST_OPEN: Final = 50
"""Homes redrawn when content changes, those opened last: Slack takes about 100 views.publish a minute."""

_TABS: Final = frozenset({"home", "messages"})

_log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class _Tab:
    """A Home that was opened: where, and the hash of what was last drawn; one draw at a time."""

    direct: str
    state: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class HomeTabs:
    """Publishes App Home views. No method raises: a Home that cannot be drawn says why, or stays as it was."""

    def __init__(
        self,
        home_for: Callable[[Viewer], Awaitable[Home]],
        clients: SlackClients,
        membership: Membership,
        tasks: Tasks,
    ) -> None:
        """`home_for` returns a viewer's Home, and may raise BriefingBotError."""
        self._home_for = home_for
        self._clients = clients
        self._membership = membership
        self._tasks = tasks
        self._tabs: OrderedDict[tuple[str, str], _Tab] = OrderedDict()

    def opened(self, team: str, user: str, direct: str, state: str) -> None:
        """Draw a person's Home, which shows what has the hash `state`, or nothing yet; remember that it is open."""
        tab = self._tabs.pop((team, user), None) or _Tab(direct, state)
        self._tabs[team, user] = tab
        tab.state = state
        if len(self._tabs) > MOST_OPEN:
            self._tabs.popitem(last=False)
        self._tasks.start(self._redraw([(team, user)]))

    def changed(self, actor: Actor) -> None:
        """Draw a person's Home anew, if it was opened lately."""
        if (whose := (actor.place.team, actor.user)) in self._tabs:
            self._tasks.start(self._redraw([whose]))

    def all_changed(self) -> None:
        """Draw every Home anew that was opened lately."""
        if self._tabs:
            self._tasks.start(self._redraw(tuple(reversed(self._tabs)), is_asked=False))

    async def _redraw(self, opened: Sequence[tuple[str, str]], *, is_asked: bool = True) -> None:
        """Draw these Homes, until Slack takes no more for now: each is drawn again when it is next opened."""
        for team, user in opened:
            tab = self._tabs.get((team, user))
            if tab and not await self._draw(team, user, tab, is_asked=is_asked):
                return

    async def _draw(self, team: str, user: str, tab: _Tab, *, is_asked: bool) -> bool:
        """Draw one; False when Slack takes no more for now.

        Nobody waits for one that is not asked for: it stays as it was rather than lose the lists of its channels.
        """
        async with tab.lock:
            try:
                look_up = self._membership.channels_of if is_asked else self._membership.look_up
                view = await self._view(Viewer(team, user, tab.direct, await look_up(team, user)))
                tab.state = await self._publish(team, user, view, tab.state)
            except DeliveryError as error:
                _log.warning("home.publish_failed", reason=error.message)
                return error.code != "ratelimited"
        return True

    async def _publish(self, team: str, user: str, view: View, state: str) -> str:
        """Publish it over what we last saw there; what somebody else has drawn meanwhile is no newer than this."""
        client = self._clients.of(team)
        try:
            return await client.publish_home(user, view, state=state)
        except DeliveryError as error:
            if error.code != "hash_conflict":
                raise
            return await client.publish_home(user, view)

    async def _view(self, viewer: Viewer) -> View:
        try:
            with asked_by_a_person():
                return home_view(await self._home_for(viewer))
        except Exception as error:  # noqa: BLE001 — whoever opens their Home sees something, whatever happens here
            return {"type": "home", "blocks": [{"type": "section", "text": words(refusal(error).note)}]}


def register(router: Router, bot: Bot, tabs: HomeTabs, messages: MessagesTab, tasks: Tasks) -> None:
    """Take app_home_opened: draw a Home, or begin the Messages tab. Draw what is open when a newer revision answers."""

    async def on_opened(body: dict[str, Any]) -> None:
        event = body["event"]
        if event.get("tab") not in _TABS or not tasks.is_new(body.get("event_id")):
            return
        if event["tab"] == "messages":
            if direct := event.get("channel"):
                tasks.start(messages.opened(ChannelRef(team_of(body), direct)))
            return
        state = (event.get("view") or {}).get("hash") or ""
        tabs.opened(team_of(body), event["user"], event.get("channel") or "", state)

    router.on("event", "app_home_opened", on_opened)
    bot.on_new_revision(tabs.all_changed)
