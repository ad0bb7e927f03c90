"""auth.test, bots.info and apps.connections.open: how an app learns its identity, and how it connects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.errors import SlackError
from workspace.state.records import APP_ID, BOT_ID, BOT_USER_ID
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


def bot_info(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return a bot user and its app: that of the token without `bot`."""
    if arguments.text("bot") not in ("", BOT_ID):
        raise SlackError("bot_not_found")
    bot = {"id": BOT_ID, "deleted": False, "name": context.manifest.bot_name, "app_id": APP_ID, "user_id": BOT_USER_ID}
    return {"bot": bot}


METHODS = (
    Method("auth.test", auth_test, accepts_json=True),
    Method("bots.info", bot_info, ("users:read",)),
    Method("apps.connections.open", open_connection, caller="app"),
)
