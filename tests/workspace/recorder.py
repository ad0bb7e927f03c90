"""A workspace for the page's own tests, without an app, and the requests of a browser."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestClient

from tests.support.waiting import PATIENCE_S
from workspace.people.results import ActionResult
from workspace.state.records import Message
from workspace.workspace import InMemoryWorkspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import ClientResponse

    from workspace.state.forms import MessagePlace, ViewPlace

MANIFEST = {
    "_metadata": {"major_version": 2},
    "display_information": {"name": "Echo", "description": "Says it again."},
    "features": {
        "bot_user": {"display_name": "Echo bot"},
        "slash_commands": [{"command": "/echo", "description": "Say it again", "usage_hint": "[WORDS] <x>"}],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
    "settings": {"socket_mode_enabled": True, "interactivity": {"is_enabled": True}},
}
POLICY = "/client/U0ADA/C0POLICY"
ACTS = ("act", "suggest", "shortcut", "submit", "close", "clock", "switches")


class Recorder(InMemoryWorkspace):
    """A workspace without an app that records what the page asks for; `connected` is set by tests."""

    connected = True
    known_faults: tuple[str, ...] = ()
    known_warnings: tuple[str, ...] = ()
    result = ActionResult()

    def __init__(self) -> None:
        """Install an echo app."""
        super().__init__(MANIFEST)
        self.done: list[tuple[str | None, ...]] = []

    @property
    def is_connected(self) -> bool:
        """Return what was set."""
        return self.connected

    def faults(self) -> tuple[str, ...]:
        """Return what was set."""
        return self.known_faults

    def warnings(self) -> tuple[str, ...]:
        """Return what was set."""
        return self.known_warnings

    async def type(self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None) -> ActionResult:
        """Record it."""
        if thread_ts == "gone":
            raise LookupError
        self.done.append((user_id, channel_id, text, thread_ts))
        return self.result

    async def act(
        self,
        user_id: str,
        where: MessagePlace | ViewPlace,
        block_id: str,
        action_id: str,
        value: Mapping[str, Any],
    ) -> ActionResult:
        """Record it."""
        self.done.append((user_id, str(where), block_id, action_id, str(value)))
        return self.result

    def say(self, text: str, *, user: str = "U0GRACE", **more: Any) -> Message:  # noqa: ANN401 — any field of a message
        """Put a message into #policy."""
        return self.state.put(Message("C0POLICY", self.state.next_ts(), user, text, **more))


Browser = TestClient[web.Request, web.Application]


def origin(browser: Browser) -> str:
    return f"http://127.0.0.1:{browser.port}"


async def post(browser: Browser, path: str, **values: str) -> ClientResponse:
    return await browser.post(path, data=values, headers={"Origin": origin(browser)})


async def read(browser: Browser, path: str = POLICY) -> str:
    response = await browser.get(path)
    assert response.status == 200
    return await response.text()


async def next_event(response: ClientResponse) -> str:
    """Return the data of the next event, its lines joined as a browser does."""
    lines: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        async for line in response.content:
            text = line.decode().removesuffix("\n")
            if text.startswith("data: "):
                lines.append(text.removeprefix("data: "))
            elif not text and lines:
                return "\n".join(lines)
    raise AssertionError("the stream ended")
