"""Builds what knows the workspaces: the one of SLACK_BOT_TOKEN, or those that install the app by OAuth.

What OAuth needs is imported with SLACK_CLIENT_ID alone: slack_sdk's store brings SQLAlchemy's ORM, 7 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.config.installing import keys_in
from bot.installations.token_keys import TokenKeys
from bot.subscriptions.channel_events import ChannelEvents
from handlers.slack.installations.authorization import SingleInstallation

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.config import Settings
    from bot.store.database import Database
    from handlers.connections import Routes
    from handlers.slack.installations.installations import Installations
    from handlers.slack.installations.store import AppCredentials
    from handlers.slack.web_client import WebClient
    from handlers.tasks import Tasks


class Installing(NamedTuple):
    """The workspaces, and the pages by which more of them install the app."""

    installations: Installations
    routes: Routes


def installing(settings: Settings, database: Database, clock: Clock, client: WebClient, tasks: Tasks) -> Installing:
    """Return what the settings ask for; `client` carries no token."""
    if not settings.slack_client_id:
        token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
        return Installing(SingleInstallation(client, token, app_id_of(settings)), {})
    from bot.installations.oauth_states import OAuthStates  # noqa: PLC0415 — see above
    from handlers.slack.installations.flow import InstallFlow  # noqa: PLC0415 — the same
    from handlers.slack.installations.oauth_installations import OAuthInstallations  # noqa: PLC0415 — the same

    app = app_credentials(settings)
    events = ChannelEvents(database, clock, lambda: None, erase_after_days=settings.erase_after_days)
    found = OAuthInstallations(
        database, clock, client, app, events, tasks, public_url=settings.public_url, home=settings.maintainers_team
    )
    flow = InstallFlow(
        client,
        app,
        OAuthStates(database, clock, app.keys),
        found,
        clock,
        public_url=settings.public_url,
        allowed=frozenset(settings.slack_workspaces.replace(",", " ").split()),
    )
    return Installing(found, flow.routes)


def app_credentials(settings: Settings) -> AppCredentials:
    """Return the app's credentials, as `require_slack` has checked them."""
    from handlers.slack.installations.store import AppCredentials  # noqa: PLC0415 — see above

    secret, keys = settings.slack_client_secret, settings.token_keys
    return AppCredentials(
        settings.slack_client_id,
        secret.get_secret_value() if secret else "",
        TokenKeys(keys_in(keys) if keys else ()),
        app_id_of(settings),
    )


def app_id_of(settings: Settings) -> str:
    """Return the app's id, which an app-level token names (xapp-1-A0123456789-…); nothing without such a token."""
    token = settings.slack_app_token.get_secret_value().split("-") if settings.slack_app_token else []
    return next((part for part in token[2:3] if part.startswith("A")), "")
