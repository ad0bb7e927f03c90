"""`briefing-bot try`: a local workspace, the real bot in it, and a clock that both share and the workspace can move."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pydantic import SecretStr

import app as wiring
from bot.alerts import subscriptions
from bot.config import Settings
from bot.errors import BriefingBotError
from bot.messages import ChannelRef
from bot.publishing.folder_watcher import FolderWatcher
from workspace.server import Workspace
from workspace.state.records import TEAM_ID
from workspace.state.seed import ADA_ID, POLICY_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.clock import Clock
    from bot.schedules.scheduler import Scheduler
    from bot.store.database import Database

SCHEDULE = "/briefing subscribe infrastructure weekdays 09:00"
WORTH_TRYING = ("/briefing infrastructure", "/fact growth zones", "@Briefing bot who signed it?", SCHEDULE)
"""What the local workspace's welcome offers to type."""


class BotPanel:
    """What the workspace's page is told about the bot (workspace.panel.Panel)."""

    def __init__(self) -> None:
        """Begin without the bot's parts: the workspace has to stand before the bot can."""
        self.watcher: FolderWatcher | None = None
        self.dues: Scheduler | None = None

    def faults(self) -> Sequence[str]:
        """Return what keeps the newest edit from being published."""
        return self.watcher.notes if self.watcher else ()

    def next_due(self) -> datetime | None:
        """Return when the next scheduled post is due."""
        return self.dues.next_due if self.dues else None

    def last_run(self) -> str:
        """Return what came of the schedules that came due last."""
        return self.dues.last if self.dues else ""


async def try_out(folder: Path, host: str, port: int, stop: asyncio.Event, on_ready: Callable[[str], None]) -> None:
    """Start a local workspace and the real bot in it; call `on_ready` with the page's address when both stand.

    Raises ValueError for a host that is not loopback, BriefingBotError for a port that is taken, ContentError.
    """
    panel = BotPanel()
    workspace = Workspace(wiring.read_manifest(), panel=panel, tries=WORTH_TRYING, advice=_advice(folder, POLICY_ID))
    clock = workspace.clock
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(workspace.serve(host, port))
        except OSError as error:
            raise BriefingBotError(
                f"Port {port} on {host} cannot be used: {_reason(error)}.",
                f"Try --port {port + 1}; with make: make try PORT={port + 1}.",
            ) from None
        data_dir = stack.enter_context(TemporaryDirectory(prefix="briefing-bot-"))
        settings = _settings_for(workspace, folder, Path(data_dir))
        database = await stack.enter_async_context(wiring.opened_store(settings))
        deliverer = await stack.enter_async_context(wiring.delivering(settings, database, clock))
        publisher = wiring.publisher_for(settings, database, clock)
        await wiring.publish_at_start(settings, database, publisher)
        await _subscribe_first(database, ChannelRef(TEAM_ID, POLICY_ID), ADA_ID, clock)
        bot, server = await stack.enter_async_context(wiring.connected_bot(settings, database, clock))

        async def show() -> None:
            deliverer.wake()
            await bot.refresh()
            workspace.notice()

        panel.watcher = FolderWatcher(folder, publisher, show)
        panel.dues = await stack.enter_async_context(wiring.coming_due(database, deliverer, clock))
        clock.on_jump(panel.dues.look)
        await stack.enter_async_context(wiring.meanwhile(panel.watcher.watch()))
        serving = asyncio.create_task(server.serve(stop))
        await asyncio.wait({serving, asyncio.create_task(server.ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if server.ready.is_set():
            on_ready(workspace.url)
        await serving


def _reason(error: OSError) -> str:
    """Return the system's own words; asyncio puts the address around them once more."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


def _advice(folder: Path, channel: str) -> str:
    """Return what the welcome says of things that are not typed: the clock, and editing a fact."""
    file = folder / "infrastructure" / "growth-zones.yaml"
    shown = file if file.is_file() else folder
    return (
        "By hand:\n"
        "• After subscribing, open the clock at the top and jump to the next due post\n"
        f"• Edit a statement in `{shown}` and save it: an alert appears in <#{channel}>, old words beside new"
    )


async def _subscribe_first(database: Database, place: ChannelRef, by: str, clock: Clock) -> None:
    """Subscribe a place to everything, so that a newcomer's first edit shows an alert."""
    async with database.transaction() as connection:
        await subscriptions.subscribe(
            connection, place, [subscriptions.ALL], corrections_only=False, by=by, at=clock.now()
        )


def _settings_for(workspace: Workspace, folder: Path, data_dir: Path) -> Settings:
    """Return settings that lead to a local workspace, whatever the environment says."""
    return Settings.model_construct(
        slack_bot_token=SecretStr(workspace.bot_token),
        slack_app_token=SecretStr(workspace.app_token),
        slack_api_url=workspace.api_url,
        briefings_dir=folder,
        data_dir=data_dir,
    )
