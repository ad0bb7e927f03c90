"""Records gaps behind what people do: held in memory, and written within seconds, or when the bot stops.

Nothing waits for it, and nothing fails with it: while the database is away, what came is held as far as there is room.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.config.maintainers import ONE_WORKSPACE
from bot.gaps.gaps import DropCount, Gap, add, count_dropped
from bot.gaps.normal_form import normal_form
from bot.gaps.private_content import Dropped
from bot.lookup.language.text import question_key
from bot.messages import Outcome
from bot.store.periodic import repeat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from bot.clock import Clock
    from bot.config.maintainers import Maintainers
    from bot.gaps.awaiting import Answers
    from bot.lookup.answer import Lookup
    from bot.messages import Asked
    from bot.store.database import Database

FLUSH_EVERY_S: Final = 2.0
ONE_PERSONS_SHARE: Final = 100
"""Questions of one person that are kept in a day: more would push out what others ask."""
MOST_HELD: Final = 5000
"""Questions that wait to be read, and different ones that wait to be written."""
_MOST_PEOPLE: Final = 10_000
_AT_ONCE: Final = 200
"""Questions read between two looks at what else is to be done: some tens of milliseconds."""
_MOST_DISPUTED: Final = 10_000
_UNANSWERED: Final = frozenset({Outcome.NO_ANSWER, Outcome.CLOSEST})


class _Noted(NamedTuple):
    team: str
    words: str
    day: date


class GapRecorder:
    """Holds and writes what was not answered. `note` is for the event loop's thread, and takes microseconds."""

    def __init__(  # noqa: PLR0913 — the parts that it uses
        self,
        database: Database,
        clock: Clock,
        answers: Answers,
        *,
        keep_days: int,
        maintainers: Maintainers = ONE_WORKSPACE,
        on_look_up: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        """With 0 `keep_days` nothing is noted, and nothing of workspaces in which no maintainer would read it.

        `on_look_up` hears what came of each look-up.
        """
        self._maintainers = maintainers
        self._on_look_up = on_look_up
        self._database = database
        self._clock = clock
        self._answers = answers
        self._keep_days = keep_days
        self._noted: deque[_Noted] = deque()
        self._held: dict[str, Gap] = {}
        self._dropped: Counter[tuple[str, date, str]] = Counter()
        self._shares: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._shares_of: date | None = None
        self._disputed: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def looked_up(self, team: str, user: str, words: str, outcome: Outcome) -> None:
        """Note a look-up by its outcome, where it did not answer."""
        self._on_look_up(outcome)
        if outcome in _UNANSWERED:
            self.note(team, user, words)

    def disputed(self, team: str, user: str, asked: Asked, words: str) -> None:
        """Note the words whose answer somebody calls wrong, once for each person; not those that had no answer."""
        key = (team, user, question_key(words))
        if key not in self._disputed and not (asked.outcome in _UNANSWERED and words == asked.words):
            self._disputed[key] = None
            if len(self._disputed) > _MOST_DISPUTED:
                self._disputed.popitem(last=False)
            self.note(team, user, words)

    def note(self, team: str, user: str, words: str) -> None:
        """Note a question that was not answered, or not rightly; of `user` only how many of theirs were noted today."""
        if not self._keep_days or not words.strip() or not self._maintainers.are_in(team):
            return
        day = self._clock.now().date()
        if not self._has_share(team, user, day):
            self._dropped[team, day, Dropped.ONE_PERSON] += 1
        elif len(self._noted) >= MOST_HELD:
            self._dropped[team, day, Dropped.TOO_MANY] += 1
        else:
            self._noted.append(_Noted(team, words, day))

    async def run(self) -> None:
        """Write what was noted every few seconds, until cancelled; then once more."""
        await repeat(self.flush, FLUSH_EVERY_S, self._database, "gaps", ends_with_it=True)

    async def flush(self) -> None:
        """Write what was noted. Raises StoreError and NothingPublishedError; then it is held."""
        await self._read()
        if not self._held and not self._dropped:
            return
        held, dropped = self._held, self._dropped
        self._held, self._dropped = {}, Counter()
        try:
            async with self._database.transaction() as connection:
                given_up = await add(connection, held.values())
                today = self._clock.now().date()
                for team, count in given_up.items():
                    dropped[team, today, Dropped.NO_ROOM] += count
                await count_dropped(connection, [DropCount(*key, count) for key, count in dropped.items()])
        except BaseException:
            self._hold(held.values())
            self._dropped.update(dropped)
            raise

    async def _read(self) -> None:
        """Bring what was noted into its normal form, and drop what may not be kept."""
        if not self._noted:
            return
        _, lookup = await self._answers.newest()
        while self._noted:
            for _ in range(min(_AT_ONCE, len(self._noted))):
                self._take(self._noted.popleft(), lookup)
            await asyncio.sleep(0)

    def _take(self, asked: _Noted, lookup: Lookup) -> None:
        form = normal_form(asked.words, lookup)
        if isinstance(form, Dropped):
            self._dropped[asked.team, asked.day, form] += 1
        else:
            self._hold([Gap(asked.team, form.words, 1, asked.day, asked.day, form.id_in(asked.team))])

    def _hold(self, found: Iterable[Gap]) -> None:
        for gap in found:
            if held := self._held.get(gap.id):
                first, last = min(held.first_on, gap.first_on), max(held.last_on, gap.last_on)
                self._held[gap.id] = replace(held, count=held.count + gap.count, first_on=first, last_on=last)
            elif len(self._held) < MOST_HELD:
                self._held[gap.id] = gap
            else:
                self._dropped[gap.team, gap.last_on, Dropped.TOO_MANY] += gap.count

    def _has_share(self, team: str, user: str, day: date) -> bool:
        """Whether a person's questions are still kept today; one more of theirs is then counted."""
        if self._shares_of != day:
            self._shares.clear()
            self._shares_of = day
        taken = self._shares.pop((team, user), 0)
        self._shares[team, user] = min(taken + 1, ONE_PERSONS_SHARE + 1)
        if len(self._shares) > _MOST_PEOPLE:
            self._shares.popitem(last=False)
        return taken < ONE_PERSONS_SHARE
