"""The real bot in a local workspace, over a real connection: what every scenario plays in."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

import app as wiring
from bot.config import Settings
from tests.support.newsroom import shipped
from tests.support.up_to_date import copy_up_to_date
from tests.support.waiting import PATIENCE_S
from workspace.clock import SystemClock
from workspace.state.forms import MessagePlace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest

    from bot.answers.service import Bot
    from bot.answers.snapshot import RevisionSnapshot
    from bot.content.models import Content
    from bot.publishing.publisher import Publisher
    from bot.store.database import Database
    from handlers.listeners.registration import RoutedApp
    from handlers.metrics.metrics import Metrics
    from handlers.tasks import Tasks
    from workspace.people.results import ActionResult
    from workspace.server import Workspace

ADA, GRACE = "U0ADA", "U0GRACE"
MALFORMED = {"invalid_arguments", "invalid_blocks", "invalid_blocks_format", "invalid_limit", "no_text", "msg_too_long"}
"""Slack's codes for a call that was wrong whatever stands in the workspace."""
GENERAL, POLICY, RANDOM, ADAS_DM = "C0GENERAL", "C0POLICY", "C0RANDOM", "D0ADA"


class ScenarioClock(SystemClock):
    """The machine's clock, but begun before every date in the scenarios: what they tell depends on no calendar."""

    def __init__(self) -> None:
        """Begin on a Wednesday morning."""
        self._ahead = datetime(2026, 11, 25, 10, tzinfo=UTC) - super().now()

    def now(self) -> datetime:
        """Return this moment, aware, in UTC."""
        return super().now() + self._ahead


@dataclass(frozen=True, slots=True)
class Scene:
    """A workspace with the bot in it, and shorthands for what people do there."""

    workspace: Workspace
    bolt: RoutedApp
    bot: Bot
    database: Database
    publisher: Publisher
    content: Content
    tasks: Tasks
    metrics: Metrics

    async def types(
        self, text: str, *, user: str = ADA, channel: str = GENERAL, thread: str | None = None
    ) -> ActionResult:
        """Type into the message box."""
        return await self.workspace.type(user, channel, text, thread)

    async def asks(self, text: str, *, user: str = ADA, channel: str = GENERAL) -> dict[str, Any]:
        """Type a slash command and return the reply, which its ack carried."""
        happened = await self.types(text, user=user, channel=channel)
        assert happened.acked, happened
        return self.last(user, channel)

    def last(self, user: str = ADA, channel: str = GENERAL, thread: str | None = None) -> dict[str, Any]:
        """Return the newest message that a user sees."""
        return self.shown(user, channel, thread)[-1]

    def sees(self, user: str = ADA, channel: str = GENERAL, thread: str | None = None) -> list[str]:
        """Return the texts that a user sees."""
        return [message["text"] for message in self.shown(user, channel, thread)]

    def shown(self, user: str, channel: str, thread: str | None = None) -> list[dict[str, Any]]:
        """Return the messages that a user sees; in a direct message the conversations below each too, oldest first."""
        shown = self.workspace.seen_by(user, channel, thread)
        if thread is None and channel.startswith("D"):
            replies = [self.workspace.seen_by(user, channel, root["ts"])[1:] for root in shown if root["reply_count"]]
            shown = sorted((*shown, *chain(*replies)), key=lambda message: float(message["ts"]))
        return shown

    async def until(self, predicate: Callable[[], object]) -> None:
        """Wait until it holds."""
        await self.workspace.wait_until(predicate, PATIENCE_S)

    async def settled(self) -> None:
        """Wait until the bot has done what it was asked: a confirmation comes before what it confirms is written."""
        await self.tasks.finish(PATIENCE_S)

    async def clicks(
        self, message: dict[str, Any], label: str, *, user: str = ADA, channel: str = GENERAL
    ) -> ActionResult:
        """Press the button with this label, or choose the option of a menu; return what the app answered."""
        return await self.workspace.act(user, MessagePlace(channel, message["ts"]), *control(message, label))

    async def presses(
        self, message: dict[str, Any], label: str, *, user: str = ADA, channel: str = GENERAL
    ) -> dict[str, Any]:
        """Press a button or choose an option, wait for something to change, and return the newest message."""
        before = json.dumps(self.shown(user, channel))
        happened = await self.clicks(message, label, user=user, channel=channel)
        assert happened.acked, happened
        await self.until(lambda: json.dumps(self.shown(user, channel)) != before)
        return self.last(user, channel)

    def calls(self, method: str) -> list[dict[str, Any]]:
        """Return the arguments of the bot's calls of a Web API method."""
        return [dict(call.args) for call in self.workspace.calls if call.method == method]


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a message's buttons and menus."""
    return [each for block in message["blocks"] if block["type"] == "actions" for each in block["elements"]]


def labels(message: dict[str, Any]) -> list[str]:
    """Return the labels of a message's buttons, and of its menus' options."""
    return [option["text"]["text"] for each in buttons(message) for option in each.get("options", (each,))]


def control(message: dict[str, Any], label: str) -> tuple[str, str, dict[str, Any]]:
    """Return where the button or menu with this label is, and the value that a press gives it.

    A menu's place is its block_id and action_id; of a button, the action_id alone, which an edit of the message keeps.
    """
    for block in message["blocks"]:
        for each in block["elements"] if block["type"] == "actions" else ():
            for option in each.get("options", (each,)):
                if option["text"]["text"] == label and option is each:
                    return "", each["action_id"], {}
                if option["text"]["text"] == label:
                    return block["block_id"], each["action_id"], {"selected_option": option}
    raise LookupError(label)


def settings_for(workspace: Workspace, **more: Any) -> Settings:  # noqa: ANN401 — any setting
    """Return settings for Socket Mode in a workspace, whatever the environment says."""
    tokens: dict[str, Any] = {
        "slack_bot_token": SecretStr(workspace.bot_token),
        "slack_app_token": SecretStr(workspace.app_token),
        "slack_api_url": workspace.api_url,
    }
    return Settings.model_construct(**(tokens | more))


@asynccontextmanager
async def playing(workspace: Workspace, **settings: Any) -> AsyncIterator[Scene]:  # noqa: ANN401 — any setting
    """Let the bot into a workspace that is being served, with its clock, and out again."""
    content, stop = shipped(), asyncio.Event()
    with TemporaryDirectory() as folder:
        copy_up_to_date(Path(folder))
        app = wiring.create_app(settings_for(workspace, **{"data_dir": Path(folder), **settings}), workspace.clock)
        workspace.clock.on_jump(app.scheduler.wake)
        async with app.server.listening(), app.running(content):
            serving = asyncio.create_task(app.server.serve(stop))
            try:
                await asyncio.wait_for(app.server.ready.wait(), PATIENCE_S)
                yield Scene(
                    workspace,
                    app.bolt,
                    app.bot,
                    app.database,
                    app.publisher,
                    content,
                    app.server.tasks,
                    app.metrics,
                )
            finally:
                stop.set()
                await serving
    refused = {(call.method, call.response.get("error")) for call in workspace.calls}
    assert not [each for each in refused if each[1] in MALFORMED], "the bot called Slack with what Slack does not take"


async def held_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let every answer of the bot wait for the event that is returned."""
    made = await scene.bot.snapshot()
    go_on = asyncio.Event()

    async def slowly() -> RevisionSnapshot:
        await go_on.wait()
        return made

    monkeypatch.setattr(scene.bot, "snapshot", slowly)
    return go_on
