"""oauth.v2.access, auth.revoke and apps.uninstall: an app's tokens, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.errors import SlackError
from workspace.wire.methods.method import Context, Method

if TYPE_CHECKING:
    from workspace.wire.arguments import Arguments


def access(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Exchange a code, or with `grant_type=refresh_token` a refresh token, for an access token."""
    match arguments.text("grant_type"):
        case "" | "authorization_code":
            return context.oauth.exchange(arguments.text("code"), arguments.text("redirect_uri"))
        case "refresh_token":
            return context.oauth.refresh(arguments.text("refresh_token"))
        case _:
            raise SlackError("invalid_grant_type")


def revoke(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Revoke the token of the call, unless `test` is set."""
    if arguments.flag("test"):
        return {"revoked": False}
    context.oauth.revoke(arguments.token)
    return {"revoked": True}


def uninstall(context: Context, _arguments: Arguments) -> dict[str, Any]:
    """Remove the app from the workspace of the token."""
    context.oauth.uninstall(context.state.team.id)
    return {"uninstalled": True}


METHODS = (
    Method("oauth.v2.access", access, caller="anyone", names_client=True),
    Method("auth.revoke", revoke),
    Method("apps.uninstall", uninstall, names_client=True),
)
