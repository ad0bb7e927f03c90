"""App Home: drawn when it is opened, and again, while it may still be looked at, when facts or its own lists change.

Slack tells of each opening (the event app_home_opened), so nothing here has to survive a restart.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.answers.home import Viewer
from bot.errors import DeliveryError
from bot.messages import Action
from handlers.errors import refusal
from handlers.rendering.blocks import literal, to_blocks
from handlers.rendering.elements import actions, aside, button, label, words
from handlers.rendering.modals import MOST_BLOCKS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from slack_bolt.async_app import AsyncApp

    from bot.answers.home import ChannelSettings, Home, Watched
    from bot.answers.service import Bot
    from handlers.rendering.blocks import Block
    from handlers.rendering.replies import View
    from handlers.slack.client import SlackClient
    from handlers.slack.membership import Membership
    from handlers.tasks import Tasks

MOST_OPEN: Final = 50
"""Homes redrawn when content changes, those opened last: Slack takes about 100 views.publish a minute."""
_DIRECT = "Direct messages with me"
_NOTHING = "Nothing yet. In a channel, or in a direct message to me, type /briefing subscribe."
_UNSEEN = "I may not see which channels you are in. In a channel, /briefing subscriptions lists what is posted there."

_log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class _Tab:
    """A Home that was opened: where, and the hash of what was last drawn; one draw at a time."""

    team: str
    direct: str
    state: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class HomeTabs:
    """Draws Homes. No method raises: a Home that cannot be drawn says why, or stays as it was."""

    def __init__(
        self,
        home_for: Callable[[Viewer], Awaitable[Home]],
        messenger: SlackClient,
        presence: Membership,
        tasks: Tasks,
    ) -> None:
        """`home_for` returns a viewer's Home, and may raise BriefingBotError."""
        self._home_for = home_for
        self._messenger = messenger
        self._presence = presence
        self._tasks = tasks
        self._tabs: OrderedDict[str, _Tab] = OrderedDict()

    def opened(self, team: str, user: str, direct: str, state: str) -> None:
        """Draw a person's Home, which shows what has the hash `state`, or nothing yet; remember that it is open."""
        tab = self._tabs.pop(user, None) or _Tab(team, direct, state)
        self._tabs[user] = tab
        tab.state = state
        if len(self._tabs) > MOST_OPEN:
            self._tabs.popitem(last=False)
        self._tasks.start(self._redraw([user]))

    def changed(self, user: str) -> None:
        """Draw a person's Home anew, if it was opened lately."""
        if user in self._tabs:
            self._tasks.start(self._redraw([user]))

    def all_changed(self) -> None:
        """Draw every Home anew that was opened lately."""
        if self._tabs:
            self._tasks.start(self._redraw(tuple(reversed(self._tabs))))

    async def _redraw(self, users: Sequence[str]) -> None:
        """Draw these Homes, until Slack takes no more for now: each is drawn again when it is next opened."""
        for user in users:
            if (tab := self._tabs.get(user)) and not await self._draw(user, tab):
                return

    async def _draw(self, user: str, tab: _Tab) -> bool:
        """Draw one; False when Slack takes no more for now."""
        async with tab.lock:
            view = await self._view(user, tab)
            try:
                tab.state = await self._publish(user, view, tab.state)
            except DeliveryError as error:
                _log.warning("home.publish_failed", reason=error.message)
                return error.code != "ratelimited"
        return True

    async def _publish(self, user: str, view: View, state: str) -> str:
        """Publish it over what we last saw there; what somebody else has drawn meanwhile is no newer than this."""
        try:
            return await self._messenger.publish_home(user, view, state=state)
        except DeliveryError as error:
            if error.code != "hash_conflict":
                raise
            return await self._messenger.publish_home(user, view)

    async def _view(self, user: str, tab: _Tab) -> View:
        try:
            channels = await self._presence.channels_of(user)
            return view_of(await self._home_for(Viewer(tab.team, user, tab.direct, channels)))
        except Exception as error:  # noqa: BLE001 — whoever opens their Home sees something, whatever happens here
            return {"type": "home", "blocks": [{"type": "section", "text": words(refusal(error).note)}]}


def view_of(home: Home) -> View:
    """Return a Home as Slack shows it."""
    areas = [button(f"{each.ask}:{number}", each.label, each.value) for number, each in enumerate(home.areas)]
    blocks = [
        *to_blocks(home.intro),
        *actions([button(Action.FIND, "Find a fact", Action.FIND), *areas]),
        {"type": "divider"},
        *_places(home),
        *_watches(home),
        {"type": "divider"},
        *to_blocks(home.help),
    ]
    return {"type": "home", "blocks": blocks[:MOST_BLOCKS]}


def _places(home: Home) -> Iterator[Block]:
    """Yield what is posted where the visitor is."""
    yield _rich(_section(_text("What is posted where you are", is_bold=True)))
    for each in home.places:
        yield from _place(each)
    if home.places_left_out:
        yield aside(f"{_unlisted(home.places_left_out)}: there, /briefing subscriptions shows what is posted.")
    elif not home.places and home.sees_channels:
        yield aside(_NOTHING)
    if not home.sees_channels:
        yield aside(_UNSEEN)


def _place(standing: ChannelSettings) -> Iterator[Block]:
    place = standing.place
    name = _text(_DIRECT) if place.is_direct else {"type": "channel", "channel_id": place.channel}
    items = [_section(_text(line)) for line in standing.lines]
    yield _rich(_section(name), {"type": "rich_text_list", "style": "bullet", "elements": items})
    yield from actions([button(Action.WHY, "Change", place.channel)])


def _watches(home: Home) -> Iterator[Block]:
    """Yield the facts that the visitor is told of, each with a way to forget it."""
    if not home.watched:
        return
    yield _rich(_section(_text("I write to you when these facts change", is_bold=True)))
    for number, each in enumerate(home.watched):
        yield _watch(each, number)
    if home.watches_left_out:
        yield aside(f"{_unlisted(home.watches_left_out)}: in a direct message, /briefing subscriptions does.")


def _watch(watched: Watched, number: int) -> Block:
    forget = button(f"{Action.UNWATCH}:{number}", "Forget it", watched.fact_id)
    forget["accessibility_label"] = label(f"Forget it: {watched.words}")
    return {"type": "section", "text": words(f"{watched.words}\nUntil {watched.until}"), "accessory": forget}


def _rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _unlisted(count: int) -> str:
    return f"{count} more {'is' if count == 1 else 'are'} not listed"


def _section(*elements: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def _text(text: str, *, is_bold: bool = False) -> Block:
    return {"type": "text", "text": literal(text), **({"style": {"bold": True}} if is_bold else {})}


def register(app: AsyncApp, bot: Bot, tabs: HomeTabs, tasks: Tasks) -> None:
    """Draw a Home when it is opened, and all that are open when a newer revision answers."""

    async def on_opened(body: dict[str, Any]) -> None:
        event = body["event"]
        if event.get("tab") != "home" or not tasks.is_new(body.get("event_id")):
            return
        state = (event.get("view") or {}).get("hash") or ""
        tabs.opened(body.get("team_id") or "", event["user"], event.get("channel") or "", state)

    app.event("app_home_opened")(on_opened)
    bot.on_new_revision(tabs.all_changed)
