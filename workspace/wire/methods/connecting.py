"""auth.test and apps.connections.open: how an app learns its identity, and how it connects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.state.records import BOT_ID, BOT_USER_ID
from workspace.wire.methods.method import Context, Method

if TYPE_CHECKING:
    from workspace.wire.arguments import Arguments


def auth_test(context: Context, _arguments: Arguments) -> dict[str, Any]:
    """Return the identity of the bot token; of an organisation's token the organisation stands for the team."""
    team, is_enterprise_install = context.state.team, context.installation.is_enterprise_install
    owner = team.organisation if is_enterprise_install and team.organisation else team
    answer: dict[str, Any] = {
        "url": context.address.page,
        "team": owner.name,
        "user": context.manifest.bot_name,
        "team_id": owner.id,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": is_enterprise_install,
    }
    return answer | ({"enterprise_id": team.organisation_id} if team.organisation else {})


def open_connection(context: Context, _arguments: Arguments) -> dict[str, Any]:
    """Return the address of one websocket connection."""
    return {"url": context.address.socket(context.socket_mode.new_ticket())}


METHODS = (
    Method("auth.test", auth_test, accepts_json=True),
    Method("apps.connections.open", open_connection, caller="app"),
)
