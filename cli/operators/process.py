"""Runs the bot until it is to stop: the stop ends it at any step of the start, and within seconds."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Final

import structlog

from app import create_app
from bot.config.required import require_slack
from cli.operators.heaps import keep_few_arenas
from handlers.metrics.error_reports import faults_reported
from handlers.tasks import background

if TYPE_CHECKING:
    from app import App
    from bot.config import Settings

STOP_S: Final = 8.0
"""Seconds that stopping may take before what is left is cancelled; cli/operators/stopping.py ends the process then."""

_log = structlog.stdlib.get_logger(__name__)


async def run(settings: Settings, stop: asyncio.Event, *, watch: bool = False, wait_for_database_s: float = 0) -> None:
    """Run the bot against Slack until `stop`.

    Raises ConfigError for wrong settings or tokens, and as `App.running`.
    """
    require_slack(settings)
    keep_few_arenas()
    with faults_reported(settings):
        await _run_until(settings, stop, watch=watch, wait_for_database_s=wait_for_database_s)


async def _run_until(settings: Settings, stop: asyncio.Event, *, watch: bool, wait_for_database_s: float) -> None:
    running = asyncio.create_task(_run(create_app(settings, watch=watch), stop, wait_for_database_s))
    async with background(stop.wait()) as stopping:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait({running}, timeout=STOP_S)
    if running.cancel():
        _log.warning("stop.incomplete")
    with suppress(asyncio.CancelledError):
        await running


async def _run(app: App, stop: asyncio.Event, wait_for_database_s: float) -> None:
    """Listen, start, serve, and end what was begun."""
    async with AsyncExitStack() as stack:
        stack.push_async_callback(app.metrics.spans.close)
        stack.push_async_callback(app.session.close)
        await stack.enter_async_context(app.observing.port.listening())
        await stack.enter_async_context(app.server.listening())
        starting = asyncio.create_task(stack.enter_async_context(app.running(wait_for_database_s=wait_for_database_s)))
        async with background(stop.wait()) as stopping:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.cancel():
            with suppress(asyncio.CancelledError):
                await starting
        else:
            await starting
            await app.server.serve(stop)
