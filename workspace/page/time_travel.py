"""Moving the clock with a stop at each moment at which the app is due to post."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from workspace.clock import TravellingClock

STOPS_MAX: Final = 30
"""Later due posts on one jump are skipped: a jump over a year should not take minutes."""

_LOOK_S: Final = 0.05


class TimeTravel:
    """Puts the clock forward so that the app posts at each due time, instead of finding all of them in the past."""

    def __init__(self, clock: TravellingClock, next_due: Callable[[], datetime | None], wait_s: float = 3.0) -> None:
        """`next_due` is that of workspace.panel.Panel; `wait_s` (real time) is how long each due post may take."""
        self._clock = clock
        self._next_due = next_due
        self._wait_s = wait_s
        self._moving = asyncio.Lock()

    async def go(self, moment: datetime) -> None:
        """Put the clock forward to a moment, with its stops. Raises ValueError as jump_to does, and while moving."""
        self._clock.until(moment)
        if self._moving.locked():
            raise ValueError("The clock is already moving. Try again in a moment.")
        async with self._moving:
            await self._stop_at_due_posts(moment)
            if self._clock.now() < moment:
                self._clock.jump_to(moment)

    async def _stop_at_due_posts(self, moment: datetime) -> None:
        for _ in range(STOPS_MAX):
            due = self._next_due()
            if due is None or not self._clock.now() < due < moment:
                return
            self._clock.jump_to(due)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._posted(due), self._wait_s)

    async def _posted(self, due: datetime) -> None:
        while self._next_due() == due:  # noqa: ASYNC110 — a Panel has no event for a change
            await asyncio.sleep(_LOOK_S)
