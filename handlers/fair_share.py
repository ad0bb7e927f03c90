"""A fair share of the bot's time for each person, channel and workspace, and turns for what only a few do at a time."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.config import Settings
    from bot.messages import ChannelRef
    from handlers.tasks import Tasks

TOO_MANY: Final = "You have asked very often in a short time. Wait a minute, then ask again."
AT_WORK: Final = "I am still at work on what you asked for before. Wait a moment, then do that again."
CROWDED: Final = (
    "Very many people are asking in this channel at the moment. Ask me in a direct message, or wait a minute and ask "
    "again."
)
TOO_MANY_PEOPLE: Final = "Very many people are asking me at the moment. Wait a minute, then ask again."

MOST_AT_WORK: Final = 16
"""Things that are done for one person at a time."""
MOST_KEPT: Final = 10_000
"""Shares remembered of each kind, those used last; whoever comes back after so many others has a whole one."""
_PRESSES_TOLD: Final = 6
"""How often in a minute a person who presses on is told: in between the word is still on their screen."""
_TYPED_MORE: Final = 2
"""Suggestions are asked for while somebody types: so many times a person's share."""
_MINUTE_S: Final = 60.0


class FairShare:
    """Counts what each asks: so many at once, and as many again spread over a minute."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic, *, at_once: int = 0) -> None:
        """`a_minute`: 0 is no limit. `at_once`: 0 is as many as in a minute. `clock` returns seconds."""
        self._most = float(at_once or a_minute)
        self._a_second = a_minute / _MINUTE_S
        self._clock = clock
        self._left: OrderedDict[tuple[str, ...], tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._left)

    def has_some(self, *who: str) -> bool:
        """Whether a person, channel or workspace, by its ids, may ask one thing more; it is then counted."""
        if not self._most:
            return True
        now = self._clock()
        left, at = self._left.pop(who, (self._most, now))
        left = min(self._most, left + (now - at) * self._a_second)
        self._left[who] = left - (left >= 1), now
        if len(self._left) > MOST_KEPT:
            self._left.popitem(last=False)
        return left >= 1


class Shares:
    """The shares of a person, of a channel and of a workspace, and the word to whoever has used one up."""

    def __init__(self, settings: Settings, tasks: Tasks, clock: Callable[[], float] = time.monotonic) -> None:
        """`tasks` know what is being done for whom."""
        a_minute = settings.questions_a_minute
        self._tasks = tasks
        self._is_limited = a_minute > 0
        self._people = FairShare(a_minute, clock)
        self._typing = FairShare(a_minute * _TYPED_MORE, clock)
        self._channels = FairShare(settings.channel_questions_a_minute, clock)
        self._workspaces = FairShare(settings.workspace_questions_a_minute, clock)
        self._public = FairShare(settings.public_answers_a_minute, clock)
        self._words = FairShare(1, clock)
        self._words_on_presses = FairShare(_PRESSES_TOLD, clock, at_once=1)

    def refusal(self, place: ChannelRef, user: str) -> str:
        """Return why a person may not ask one thing more in a place, in words for them; nothing if they may.

        A person's own share is asked first: who has none left takes nothing of what others share.
        """
        if not self._people.has_some(place.team, user):
            return TOO_MANY
        if self._is_limited and self._tasks.count_for(place.team, user) >= MOST_AT_WORK:
            return AT_WORK
        if not self._workspaces.has_some(place.team):
            return TOO_MANY_PEOPLE
        is_shared = place.channel and not place.is_direct
        return CROWDED if is_shared and not self._channels.has_some(place.team, place.channel) else ""

    def may_type(self, team: str, user: str) -> bool:
        """Whether a person gets suggestions once more."""
        return self._typing.has_some(team, user)

    def may_answer_in_public(self, place: ChannelRef) -> bool:
        """Whether a channel gets one answer more that everybody there sees."""
        return self._public.has_some(place.team, place.channel)

    def is_to_be_told(self, team: str, user: str) -> bool:
        """Whether a person who writes on is to be told why nothing comes: once a minute, or telling floods too."""
        return self._words.has_some(team, user)

    def is_press_to_be_told(self, team: str, user: str) -> bool:
        """Whether a person who presses on is to be told why nothing comes."""
        return self._words_on_presses.has_some(team, user)


class Turns:
    """Lets so many work at a time; who has waited for long takes the place of the one that has been longest at it."""

    def __init__(self, at_once: int, wait_s: float) -> None:
        """Take how many, and the seconds that one waits for a place."""
        self._wait_s = wait_s
        self._free = asyncio.Semaphore(at_once)
        self._working: dict[asyncio.Timeout, None] = {}

    @asynccontextmanager
    async def turn(self, limit: asyncio.Timeout) -> AsyncIterator[None]:
        """Take a place for as long as the block runs. It runs within the time `limit`, which may be brought forward."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError:
            longest = next(iter(self._working), None) if self._free.locked() else None
            if longest is None:  # a place was given back in the same round of the loop
                await self._free.acquire()
            else:
                del self._working[longest]  # its place is taken over, and not given back
                longest.reschedule(asyncio.get_running_loop().time())
        self._working[limit] = None
        try:
            yield
        finally:
            if limit in self._working:
                del self._working[limit]
                self._free.release()
