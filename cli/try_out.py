"""`briefing-bot try`: a local workspace and the real bot in it, on one clock that the workspace can move."""

from __future__ import annotations

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
from bot.publishing.applying.folder import is_writable
from handlers.tasks import background
from workspace.server import Workspace
from workspace.state.records import TEAM_ID
from workspace.state.seed import ADA_ID, POLICY_ID

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.clock import Clock
    from bot.store.database import Database

SCHEDULE = "/briefing subscribe infrastructure weekdays 09:00"
WORTH_TRYING = ("/briefing infrastructure", "/fact growth zones", "@Briefing bot who signed it?", SCHEDULE)
"""What the local workspace's welcome offers to type."""


class BotPanel:
    """What the workspace's page shows of the bot (workspace.panel.Panel); nothing until `app` is set."""

    def __init__(self) -> None:
        """Begin without the bot, which needs the workspace to be served."""
        self.app: wiring.App | None = None

    def faults(self) -> Sequence[str]:
        """Return what keeps the newest edit from being published."""
        return self.app.watcher.notes if self.app and self.app.watcher else ()

    def warnings(self) -> Sequence[str]:
        """Return the warnings of the newest edit, once it is published."""
        return self.app.watcher.remarks if self.app and self.app.watcher else ()

    def next_due(self) -> datetime | None:
        """Return when the next scheduled post is due."""
        return self.app.scheduler.next_due if self.app else None

    def last_run(self) -> str:
        """Return what came of the schedules that came due last."""
        return self.app.scheduler.last_summary if self.app else ""


async def try_out(  # noqa: PLR0913 — the command's options
    folder: Path,
    host: str,
    port: int,
    stop: asyncio.Event,
    on_ready: Callable[[str], None],
    *,
    rate_limits: bool = False,
) -> None:
    """Start a local workspace and the real bot in it; call `on_ready` with the page's address when both are ready.

    `rate_limits`: whether the workspace refuses calls beyond Slack's rate limits.

    Raises ValueError for a host that is not loopback, BriefingBotError for a port that is taken, ContentError.
    """
    panel = BotPanel()
    workspace = Workspace(wiring.read_manifest(), panel=panel, tries=WORTH_TRYING, advice=_advice(folder, POLICY_ID))
    workspace.rate_limits.is_on = rate_limits
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
        app = wiring.create_app(settings, workspace.clock, watch=True, on_edit=workspace.notice)
        await stack.enter_async_context(app.running())
        panel.app = app
        workspace.clock.on_jump(app.scheduler.wake)
        await _subscribe_first(app.database, ChannelRef(TEAM_ID, POLICY_ID), ADA_ID, workspace.clock)

        async def tell() -> None:
            await app.server.ready.wait()
            on_ready(workspace.url)

        async with background(tell()):
            await app.server.serve(stop)


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
        f"• Edit a statement in `{shown}` and save it: an alert appears in <#{channel}>, old words beside new\n"
        "• Press *Ask the team* below a no: it arrives there too, the maintainers’ channel (`/briefing gaps`)\n"
        "• Stopping it forgets everything but your edits; `briefing-bot gaps` and the other commands do not see it"
    )


async def _subscribe_first(database: Database, place: ChannelRef, by: str, clock: Clock) -> None:
    """Subscribe a place to everything, so that a newcomer's first edit shows an alert."""
    async with database.transaction() as connection:
        wanted = subscriptions.wanted(place, [subscriptions.ALL], by=by, at=clock.now())
        await subscriptions.subscribe(connection, place, wanted)


def _settings_for(workspace: Workspace, folder: Path, data_dir: Path) -> Settings:
    """Return settings that lead to a local workspace, whatever the environment says."""
    return Settings.model_construct(
        slack_bot_token=SecretStr(workspace.bot_token),
        slack_app_token=SecretStr(workspace.app_token),
        slack_api_url=workspace.api_url,
        briefings_dir=folder,
        data_dir=data_dir,
        content_apply="direct" if is_writable(folder) else "off",
        maintainers_channel=POLICY_ID,
    )
