"""The way of the clock to a moment: with a stop at each time on it at which the app posts of its own accord."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from workspace.clock import TravellingClock

STOPS_MAX: Final = 30
"""A way with more due posts than this skips the later ones: nobody wants to watch a year of them go by."""

WAIT_S: Final = 3.0
"""An app that has not gone on to its next due post after so long (real time) is not waited for any more."""

_LOOK_S: Final = 0.05


class TimeTravel:
    """Puts the clock forward so that the app posts at each due time, instead of finding all of them in the past."""

    def __init__(self, clock: TravellingClock, next_due: Callable[[], datetime | None]) -> None:
        """`next_due` returns when the app will next post, as workspace.panel.Panel has it."""
        self._clock = clock
        self._next_due = next_due
        self._under_way = asyncio.Lock()

    async def go(self, moment: datetime) -> None:
        """Put the clock to a moment, with its stops. Raises ValueError as jump_to does, and while it is on its way."""
        self._clock.check(moment)
        if self._under_way.locked():
            raise ValueError("The clock is on its way. Try again in a moment.")
        async with self._under_way:
            await self._stop_on_the_way(moment)
            self._clock.jump_to(moment)

    async def _stop_on_the_way(self, moment: datetime) -> None:
        for _ in range(STOPS_MAX):
            due = self._next_due()
            if due is None or not self._clock.now() < due < moment:
                return
            self._clock.jump_to(due)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._gone_on(due), WAIT_S)

    async def _gone_on(self, due: datetime) -> None:
        while self._next_due() == due:  # noqa: ASYNC110 — the app tells nobody when it goes on
            await asyncio.sleep(_LOOK_S)
