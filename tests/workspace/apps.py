"""Test helpers: a manual clock, a Web API client, and a raw Socket Mode app."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    import aiohttp

    from workspace.server import Workspace

Result = TypeVar("Result")

ALL_SCOPES = [
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:read",
    "users:read",
]


EVENTS = ("app_home_opened", "app_mention", "message.im")
LEGACY_EVENTS = ("app_mention", "assistant_thread_started", "message.im")


def legacy_manifest(events: tuple[str, ...] = LEGACY_EVENTS) -> dict[str, Any]:
    """Return the manifest of an echo app that was made before agent_view."""
    source = manifest(events=events)
    agent = source["features"].pop("agent_view")
    view = {"assistant_description": agent["agent_description"], "suggested_prompts": agent["suggested_prompts"]}
    source["features"]["assistant_view"] = view
    return source


def manifest(*, scopes: list[str] | None = None, events: tuple[str, ...] = EVENTS, url: str = "") -> dict[str, Any]:
    """Return the manifest of an echo app: over Socket Mode, or over HTTP when `url` is given."""
    settings: dict[str, Any] = {
        "socket_mode_enabled": not url,
        "event_subscriptions": {"bot_events": list(events), "request_url": url},
        "interactivity": {"is_enabled": True, "request_url": url, "message_menu_options_url": url},
    }
    features: dict[str, Any] = {
        "bot_user": {"display_name": "Echo Bot"},
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [{"command": "/echo", "description": "Say it again", "usage_hint": "WORDS", "url": url}],
        "shortcuts": [
            {"type": "message", "name": "Echo this", "callback_id": "echo_this", "description": "Say this again"},
            {"type": "global", "name": "Echo", "callback_id": "echo_any", "description": "Say something again"},
        ],
    }
    granted = ALL_SCOPES if scopes is None else scopes
    if "assistant:write" in granted:
        prompts = [{"title": "Hello", "message": "Say hello"}]
        features["agent_view"] = {"agent_description": "Says it again", "suggested_prompts": prompts}
    return {
        "display_information": {"name": "Echo"},
        "features": features,
        "oauth_config": {"scopes": {"bot": granted}},
        "settings": settings,
    }


class ManualClock:
    """A clock that only moves by `jump` and `pass_time`."""

    def __init__(self) -> None:
        """Start on a Monday morning."""
        self._now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self._sleepers: list[tuple[datetime, float, asyncio.Future[None]]] = []
        self._slept = asyncio.Event()

    def now(self) -> datetime:
        """Return this moment."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Return once the clock has jumped that far."""
        if seconds <= 0:
            return
        future = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + timedelta(seconds=seconds), seconds, future))
        self._slept.set()
        await future

    async def jump(self, seconds: float) -> None:
        """Wait for a sleep of exactly `seconds`, then let that much time pass."""
        await self.until_slept(seconds)
        self.pass_time(seconds)

    async def until_slept(self, seconds: float) -> None:
        """Wait for a sleep of exactly `seconds`."""
        while not any(wanted == seconds and not future.done() for _, wanted, future in self._sleepers):
            self._slept.clear()
            await self._slept.wait()

    def pass_time(self, seconds: float) -> None:
        """Let time pass at once."""
        self._now += timedelta(seconds=seconds)
        for due, _, future in self._sleepers:
            if due <= self._now and not future.done():
                future.set_result(None)


class Api:
    """Calls the Web API without an SDK."""

    def __init__(self, workspace: Workspace, session: aiohttp.ClientSession) -> None:
        """Call as the bot."""
        self._workspace = workspace
        self.session = session

    async def __call__(self, method: str, token: str | None = None, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 — any JSON value
        """Post a JSON body and return the answer."""
        headers = {"Authorization": f"Bearer {self._workspace.bot_token if token is None else token}"}
        url = f"{self._workspace.api_url}{method}"
        async with self.session.post(url, json=arguments, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
        return answer

    async def form(self, method: str, **arguments: str) -> dict[str, Any]:
        """Post a form and return the answer."""
        data = {"token": self._workspace.bot_token, **arguments}
        async with self.session.post(f"{self._workspace.api_url}{method}", data=data) as response:
            answer: dict[str, Any] = await response.json()
        return answer

    async def raw(self, method: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Post any bytes with the bot's token; return status and answer, `{}` when that is not JSON."""
        with_token = {"Authorization": f"Bearer {self._workspace.bot_token}", **headers}
        skip = () if "Content-Type" in headers else ("Content-Type",)
        async with self.session.post(
            f"{self._workspace.api_url}{method}", data=io.BytesIO(body), headers=with_token, skip_auto_headers=skip
        ) as response:
            answer = await response.json() if response.content_type == "application/json" else {}
            return response.status, answer


class RawApp:
    """An app at the end of one Socket Mode connection, which acks only when a test says so."""

    def __init__(self, workspace: Workspace, session: aiohttp.ClientSession) -> None:
        """`connect` opens the connection."""
        self._workspace = workspace
        self._session = session
        self.socket: aiohttp.ClientWebSocketResponse

    async def connect(self) -> dict[str, Any]:
        """Open a connection and return the hello."""
        self.socket = await self._session.ws_connect(await self.ticket())
        return await self.receive()

    async def ticket(self) -> str:
        """Return the address of a new connection."""
        headers = {"Authorization": f"Bearer {self._workspace.app_token}"}
        url = f"{self._workspace.api_url}apps.connections.open"
        async with self._session.post(url, headers=headers) as response:
            answer = await response.json()
        address: str = answer["url"]
        return address

    async def receive(self) -> dict[str, Any]:
        """Return the next frame."""
        frame: dict[str, Any] = await self.socket.receive_json(timeout=PATIENCE_S)
        return frame

    async def ack(self, frame: Mapping[str, Any], payload: object = None) -> None:
        """Ack an envelope, with a reply if there is one."""
        answer = {"envelope_id": frame["envelope_id"]}
        await self.socket.send_json(answer if payload is None else {**answer, "payload": payload})

    async def take(self, doing: Coroutine[Any, Any, Result], payload: object = None) -> tuple[dict[str, Any], Result]:
        """Ack the one envelope that `doing` sends, with this reply; return its payload, and the result of `doing`."""
        task = asyncio.ensure_future(doing)
        frame = await self.receive()
        await self.ack(frame, payload)
        return frame["payload"], await task


def text(words: str) -> dict[str, Any]:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": words}


def option(value: str) -> dict[str, Any]:
    """Return an option."""
    return {"text": text(value.upper()), "value": value}


def field(block_id: str, element: Mapping[str, Any], **more: object) -> dict[str, Any]:
    """Return an input block; its element's action_id is `it` unless it says otherwise."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": text(block_id),
        "element": {"action_id": "it", **element},
        **more,
    }


def row(block_id: str, *elements: Mapping[str, Any]) -> dict[str, Any]:
    """Return an actions block."""
    return {"type": "actions", "block_id": block_id, "elements": [dict(element) for element in elements]}


def modal(*blocks: Mapping[str, Any], **more: object) -> dict[str, Any]:
    """Return a modal that can be submitted."""
    return {"type": "modal", "title": text("Form"), "submit": text("Send"), "blocks": list(blocks), **more}
