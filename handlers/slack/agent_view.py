"""The app as an agent: suggested questions, conversations in threads, and a status while a reply is slow.

No model is behind it. An agent's conversations are threads of the Messages tab, below its suggested questions; an app
made before has threads in a pane of their own, each with a title and questions (Slack: "Migrating to the Agent
messaging experience"). Which of both it is, its events tell. Without the scope assistant:write it is neither, and
direct messages work as they do.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import structlog

from bot.answers.replies import area_choices
from bot.errors import BriefingBotError, DeliveryError
from handlers.rendering.elements import label
from handlers.rendering.modals import SLOW_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.answers.snapshot import RevisionSnapshot
    from bot.messages import ChannelRef, Reply
    from handlers.slack.clients import SlackClients

SCOPE: Final = "assistant:write"
MOST_PROMPTS: Final = 4  # Slack: assistant.threads.setSuggestedPrompts, `prompts`
LONGEST_TITLE: Final = 60
_PROMPTS = "Ask in a few words, or choose an area"
_CALLS: Final = re.compile(r"[<>@]")
_LOOKING = "is looking it up…"
_NO_TAB: Final = "message_not_found"
"""Slack's answer where no thread is named and none is in the pane: an app made before has questions only in threads."""
_THREADS_KEPT = 1000
"""Threads without a question; an older one keeps the title that Slack gave it."""

_log = structlog.stdlib.get_logger(__name__)


class AgentView:
    """Decorates an agent's conversations. No method raises DeliveryError: the answers do not depend on it."""

    def __init__(
        self,
        snapshot: Callable[[], Awaitable[RevisionSnapshot]],
        clients: SlackClients,
        allows: Callable[[str, str], bool],
        *,
        slow_s: float = SLOW_S,
    ) -> None:
        """Take its parts; `allows` tells what a workspace granted. A reply is slow after `slow_s` seconds."""
        self._snapshot = snapshot
        self._clients = clients
        self._allows = allows
        self._slow_s = slow_s
        self._untitled: OrderedDict[tuple[ChannelRef, str], None] = OrderedDict()

    def thread_of(self, team: str, thread: str | None, ts: str) -> str | None:
        """Return the thread in which a direct message is answered: its own, or with an agent the one that it begins."""
        return thread or (ts if self._allows(team, SCOPE) else None)

    async def open_tab(self, place: ChannelRef) -> None:
        """Suggest the areas above the conversations of the Messages tab."""
        if self._allows(place.team, SCOPE):
            await self._suggest_areas(place, None)

    async def open_thread(self, place: ChannelRef, thread: str) -> None:
        """Suggest the areas in a new thread of the pane of an app made before agent_view."""
        self._untitled[place, thread] = None
        if len(self._untitled) > _THREADS_KEPT:
            self._untitled.popitem(last=False)
        await self._suggest_areas(place, thread)

    async def _suggest_areas(self, place: ChannelRef, thread: str | None) -> None:
        try:
            areas = [each.label for each in area_choices((await self._snapshot()).content)[1:]]
            # A person sends what they choose as it is: nothing in it may call somebody.
            safe = [each for each in areas if not _CALLS.search(each)]
            prompts = [{"title": each, "message": each} for each in safe[:MOST_PROMPTS]]
            await self._clients.of(place.team).set_prompts(place.channel, thread, _PROMPTS, prompts)
        except BriefingBotError as error:
            if thread is None and isinstance(error, DeliveryError) and error.code == _NO_TAB:
                return
            _log.warning("agent.failed", what="prompts", reason=error.message)

    async def with_status(self, place: ChannelRef, thread: str | None, making: Awaitable[Reply]) -> Reply:
        """Await a reply; while a slow one is made, its thread says so. Raises what making it raises."""
        task = asyncio.ensure_future(making)
        done, _ = await asyncio.wait({task}, timeout=self._slow_s)
        if done or not thread or not self._allows(place.team, SCOPE):
            return await task
        client = self._clients.of(place.team)
        telling = asyncio.create_task(self._tried("status", client.set_status(place.channel, thread, _LOOKING)))
        try:
            return await task
        finally:
            telling.cancel()  # a status that came after the answer would stay

    async def title_thread(self, place: ChannelRef, thread: str | None, words: str) -> None:
        """Name a thread of the pane after its first question; in the Messages tab that question begins it."""
        if thread and (place, thread) in self._untitled and words:
            del self._untitled[place, thread]
            client = self._clients.of(place.team)
            await self._tried("title", client.set_title(place.channel, thread, label(words, LONGEST_TITLE)))

    async def _tried(self, what: str, call: Awaitable[None]) -> None:
        try:
            await call
        except DeliveryError as error:
            _log.info("agent.failed", what=what, reason=error.message)
