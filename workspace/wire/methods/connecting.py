"""auth.test and apps.connections.open: how an app learns its identity, and how it connects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.state.records import BOT_ID, BOT_USER_ID, TEAM_ID, TEAM_NAME
from workspace.wire.methods.method import Context, Method

if TYPE_CHECKING:
    from workspace.wire.arguments import Arguments


def auth_test(context: Context, _arguments: Arguments) -> dict[str, Any]:
    """Return the identity of the bot token."""
    return {
        "url": context.address.page,
        "team": TEAM_NAME,
        "user": context.manifest.bot_name,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def open_connection(context: Context, _arguments: Arguments) -> dict[str, Any]:
    """Return the address of one websocket connection."""
    return {"url": context.address.socket(context.socket_mode.new_ticket())}


METHODS = (
    Method("auth.test", auth_test, accepts_json=True),
    Method("apps.connections.open", open_connection, caller="app"),
)
