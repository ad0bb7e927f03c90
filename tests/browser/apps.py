"""Small apps for the page to talk to, connected over Socket Mode."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

    from workspace.server import Workspace

MANIFEST = {
    "_metadata": {"major_version": 2},
    "display_information": {"name": "Echo", "description": "Says it again."},
    "features": {
        "bot_user": {"display_name": "Echo bot"},
        "app_home": {"messages_tab_enabled": True},
        "slash_commands": [
            {"command": "/echo", "description": "Say it again", "usage_hint": "[WORDS]"},
            {"command": "/envelope", "description": "Say nothing", "usage_hint": "NOTHING"},
        ],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write", "app_mentions:read", "im:history"]}},
    "settings": {
        "socket_mode_enabled": True,
        "event_subscriptions": {"bot_events": ["app_mention", "message.im"]},
        "interactivity": {"is_enabled": True},
    },
}


def plain(text: str) -> dict[str, Any]:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": text}


def button(action_id: str, text: str, **more: str) -> dict[str, Any]:
    """Return a button."""
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


class EchoApp:
    """Repeats what it receives; its buttons post, or wait for `let_go`, or disconnect."""

    def __init__(self, workspace: Workspace, session: aiohttp.ClientSession) -> None:
        """Act as the app that is installed in `workspace`."""
        self._workspace = workspace
        self._session = session
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self.page = workspace.url
        self.let_go = asyncio.Event()

    async def call(self, method: str, token: str, **arguments: object) -> dict[str, Any]:
        """Call the Web API; every call must be ok."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self._session.post(self._workspace.api_url + method, json=arguments, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
        assert answer["ok"], answer
        return answer

    async def run(self) -> None:
        """Connect, and answer envelopes until the connection is closed."""
        opened = await self.call("apps.connections.open", self._workspace.app_token)
        async with self._session.ws_connect(opened["url"]) as self._socket, asyncio.TaskGroup() as answers:
            async for frame in self._socket:
                answers.create_task(self._answer(frame.json()))

    async def hang_up(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            await self._socket.close()

    async def say(self, channel: str, text: str, **more: object) -> None:
        """Post a message."""
        await self.call("chat.postMessage", self._workspace.bot_token, channel=channel, text=text, **more)

    async def _answer(self, frame: dict[str, Any]) -> None:
        payload = frame.get("payload", {})
        match frame["type"]:
            case "slash_commands":
                await self._ack(frame, self._echo(payload["text"]))
            case "events_api":
                await self._ack(frame)
                event = payload["event"]
                if "bot_id" not in event:
                    thread = {"thread_ts": event["ts"]} if event["type"] == "app_mention" else {}
                    await self.say(event["channel"], "I heard you.", **thread)
            case "interactive":
                await self._pressed(frame, payload)

    async def _pressed(self, frame: dict[str, Any], payload: dict[str, Any]) -> None:
        action = payload["actions"][0]
        if action["action_id"] == "hang_up":
            await self.hang_up()
            return
        if action["action_id"] == "wait":
            await self.let_go.wait()
        await self._ack(frame)
        await self.say(payload["channel"]["id"], f"Pressed: {action['action_id']}")

    async def _ack(self, frame: dict[str, Any], payload: dict[str, Any] | None = None) -> None:
        assert self._socket is not None
        body = {"envelope_id": frame["envelope_id"]}
        await self._socket.send_json(body if payload is None else {**body, "payload": payload})

    @staticmethod
    def _echo(words: str) -> dict[str, Any]:
        buttons = [
            button("post", "Post to channel", style="primary"),
            button("wait", "Details"),
            button("hang_up", "Remove", style="danger"),
        ]
        text = {"type": "rich_text_section", "elements": [{"type": "text", "text": f"Echo: {words}"}]}
        return {
            "text": f"Echo: {words}",
            "blocks": [
                {"type": "header", "text": plain("What it says")},
                {"type": "rich_text", "elements": [text]},
                {"type": "actions", "elements": buttons},
            ],
        }
