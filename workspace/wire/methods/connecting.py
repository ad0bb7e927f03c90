"""auth.test and apps.connections.open: how an app finds out who it is, and how it connects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.state.records import BOT_ID, BOT_USER_ID, TEAM_ID, TEAM_NAME
from workspace.wire.methods.method import Method

if TYPE_CHECKING:
    from workspace.manifest import Manifest
    from workspace.wire.address import Address
    from workspace.wire.arguments import Arguments
    from workspace.wire.socket_mode import SocketMode


class ConnectingMethods:
    """The two methods that every app calls at start."""

    def __init__(self, manifest: Manifest, socket_mode: SocketMode, address: Address) -> None:
        """Name the bot as its manifest does; hand out tickets for Socket Mode."""
        self._manifest = manifest
        self._socket_mode = socket_mode
        self._address = address

    def methods(self) -> tuple[Method, ...]:
        """Return the methods."""
        return (
            Method("auth.test", self.auth_test, accepts_json=True),
            Method("apps.connections.open", self.open_connection, caller="app"),
        )

    def auth_test(self, _arguments: Arguments) -> dict[str, Any]:
        """Return whom the bot token stands for."""
        return {
            "url": self._address.page,
            "team": TEAM_NAME,
            "user": self._manifest.bot_name,
            "team_id": TEAM_ID,
            "user_id": BOT_USER_ID,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def open_connection(self, _arguments: Arguments) -> dict[str, Any]:
        """Return the address of one websocket connection."""
        return {"url": self._address.socket(self._socket_mode.new_ticket())}
