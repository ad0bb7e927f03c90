"""Signals that stop the bot, and the end of a process that does not stop in time."""

from __future__ import annotations

import asyncio
import os
import signal
from threading import Timer
from typing import Final

import structlog

FORCED_AFTER_S: Final = 9.0
"""Seconds after a signal at which the process ends, whatever hangs: orchestrators kill after 10 s."""
EXIT_FORCED: Final = 70
"""EX_SOFTWARE of sysexits.h: something did not stop in time."""

_log = structlog.stdlib.get_logger(__name__)


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM or Ctrl-C sets. Call it inside a running event loop.

    The handler runs between two steps of Python, even where the event loop is held up.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def on_signal(number: int, _frame: object) -> None:
        if loop.is_closed():  # there is nothing left to stop: as if this had never been called
            signal.signal(number, before[signal.Signals(number)])
            signal.raise_signal(number)
            return
        timer = Timer(FORCED_AFTER_S, _end)
        timer.daemon = True
        timer.start()
        loop.call_soon_threadsafe(stop.set)

    for number in before:
        signal.signal(number, on_signal)
    return stop


def _end() -> None:
    """End the process now. What was under way is settled at the next start, as after a kill."""
    _log.error("stop.forced", after_s=FORCED_AFTER_S)
    os._exit(EXIT_FORCED)
