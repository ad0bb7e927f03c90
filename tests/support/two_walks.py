"""Two people who do everything, each in their own workspace of one bot, and words that tell whose a thing is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from cli.conformance.pressing import Presser
from cli.conformance.script import COMMANDS, DIRECT, WRITTEN
from cli.conformance.walk import Walk
from handlers.listeners.maintainers.proposing import SUGGEST
from workspace.state.records import BOT_USER_ID, Channel
from workspace.state.seed import ADA_ID, GENERAL_ID, POLICY_ID, RANDOM_ID

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator
    from datetime import datetime
    from random import Random

    from app import App
    from bot.content.models import Content
    from cli.conformance.pressing import Press
    from workspace.server import Workspace

LOOK_UPS: Final = ("/fact price of {mark}", "/fact what does {mark} cost", "@Briefing bot price of {mark}")
"""What has no answer: words of a person that are kept where a maintainer reads them."""


@dataclass
class Turns:
    """Lets one of two walk at a time, for a few steps that chance decides; at some points they wait for each other."""

    chance: Random
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    barrier: asyncio.Barrier = field(default_factory=lambda: asyncio.Barrier(2))
    left: int = 0

    async def take(self, doing: Awaitable[None], *, is_mine: bool) -> bool:
        """Do one step; return whether the next is this walk's too, so that the lock is kept."""
        if not is_mine:
            await self.lock.acquire()
            self.left = self.chance.randint(1, 6)
        await doing
        self.left -= 1
        if self.left <= 0:
            self.lock.release()
        return self.left > 0


class ActionPresser(Presser):
    """Presses each action once, on whatever surface it is first."""

    def kind_of(self, press: Press) -> tuple[str, str]:
        """Return what is pressed once only."""
        return "", press.action


class MarkedWalk(Walk):
    """Does everything in a workspace in which names of people and channels, and what is typed, bear a mark."""

    def __init__(self, workspace: Workspace, app: App, content: Content, mark: str, turns: Turns) -> None:
        """`mark` is a word that nobody else uses."""
        super().__init__(workspace, app, content)
        places = (GENERAL_ID, DIRECT, POLICY_ID, RANDOM_ID)
        self.presser = ActionPresser(workspace, ADA_ID, places, words=f"It is {mark} who asks.")
        self.workspace, self.mark = workspace, mark
        self.is_maintained = app.settings.maintainers.are_in(workspace.state.team.id)
        self._turns, self._has_turn = turns, False
        mark_names(workspace, mark)

    async def go(self) -> None:
        """Do everything, and give the turn back."""
        fact, areas = self._a_fact(), self._content.memorandum.areas
        named = {"fact": fact.id, "area": areas[0].key, "other": areas[-1].key}
        own = Channel(f"C0{self.mark.upper()}", f"own-{self.mark}", frozenset({ADA_ID, BOT_USER_ID}), is_private=True)
        self._workspace.state.add_channel(own)
        subscribing = self._workspace.type(ADA_ID, own.id, "/briefing subscribe all alerts")
        await self._do("alerts in a channel whose id is nowhere else", subscribing)
        for words in LOOK_UPS:
            await self._ask("a question without an answer", GENERAL_ID, words.format(mark=self.mark))
        for cause, words in COMMANDS:
            await self._ask(cause, GENERAL_ID, words.format_map(named))
        for cause, channel, words in WRITTEN:
            await self._ask(cause, channel, words.format_map(named))
        await self._open_surfaces(fact)
        await self._do("a fact suggested", self._suggest())
        await self._press_everything()
        await self._do("questions kept", self.app.gaps.recorder.flush())
        await self._ask("what the facts do not answer", GENERAL_ID, "/briefing gaps")
        await self._type("subscribing to alerts", "/briefing subscribe all alerts")
        await self._meet()
        if self.is_maintained:
            await self._publish_changes(fact)
        await self._meet()
        await self._press_everything()
        await self._wait_for_schedules(areas[0].key)
        await self._act_where_the_bot_is_not(fact)
        await self._meet()

    async def _meet(self) -> None:
        """Give the turn away, and wait for the other one."""
        if self._has_turn:
            self._turns.lock.release()
        self._has_turn = False
        await self._turns.barrier.wait()

    async def _jump(self, moment: datetime) -> None:
        if moment > self._workspace.clock.now():  # the other one may have been there
            await super()._jump(moment)
        await self.app.scheduler.run_due()

    async def _do(self, cause: str, doing: Awaitable[object]) -> None:
        self._has_turn = await self._turns.take(super()._do(cause, doing), is_mine=self._has_turn)

    async def _said(self, words: str) -> str:
        return await super()._said(f"{words} {self.mark} says so.")

    async def _suggest(self) -> None:
        if self.is_maintained:
            await super()._suggest()
            return
        said = str(self._workspace.seen_by(ADA_ID, GENERAL_ID)[-1]["ts"])
        await self._workspace.message_shortcut(ADA_ID, GENERAL_ID, said, SUGGEST)


def mark_names(workspace: Workspace, mark: str) -> None:
    """Put the mark into the names of people and channels."""
    state = workspace.state
    for user in state.users:
        if not user.is_bot:
            state.add_user(replace(user, name=f"{user.name}-{mark}", real_name=f"{user.real_name} {mark.title()}"))
    for channel in state.channels:
        if channel.name:
            state.change_channel(replace(channel, name=f"{channel.name}-{mark}"))


def received(workspace: Workspace) -> Iterator[tuple[str, Any]]:
    """Yield all that Slack got for a workspace: calls, uses of response_urls and acks, each with its name."""
    for call in (*workspace.calls, *workspace.replies):
        yield call.method, call.args
    for dispatch in workspace.dispatches:
        yield "ack", dispatch.ack
