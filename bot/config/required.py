"""Settings that belong together: what Slack needs, and what must not be set beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.config.installing import CREDENTIALS, MAKE_KEY
from bot.config.values import is_local
from bot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.config import Settings

WHERE: Final = (
    "Set it in the environment, in .env or, for a secret, in its file; docs/configuration.md describes every setting."
)


def require_slack(settings: Settings) -> None:
    """Raise ConfigError with a sentence for each setting that Slack needs and that is missing."""
    missing: list[str] = []
    if settings.slack_client_id:
        missing += _missing_for_oauth(settings)
    elif settings.slack_bot_token is None:
        missing.append(
            "SLACK_BOT_TOKEN is not set: Slack shows it under OAuth & Permissions once the app is installed."
        )
    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        missing.append(
            "Neither SLACK_APP_TOKEN (for Socket Mode) nor SLACK_SIGNING_SECRET (for HTTP) is set: set one of them."
        )
    address = settings.slack_api_url
    if address.startswith("http://") and not is_local(address) and settings.slack_api_plain == "off":
        missing.append(
            "SLACK_API_URL begins with http:// and leads to another machine: the token would be readable on the way. "
            "Use https://, or set SLACK_API_PLAIN=on if nobody can listen there."
        )
    if missing:
        raise ConfigError("\n".join(missing), f"{WHERE} To try the bot without Slack: briefing-bot try.")


def _missing_for_oauth(settings: Settings) -> Iterator[str]:
    """Return a sentence for each setting that an app of several workspaces needs, or must not have."""
    if settings.slack_bot_token:
        yield (
            "SLACK_BOT_TOKEN and SLACK_CLIENT_ID are both set. For one workspace keep SLACK_BOT_TOKEN; for several "
            "keep SLACK_CLIENT_ID, and install the app by PUBLIC_URL/slack/install."
        )
    if settings.slack_client_secret is None:
        yield f"SLACK_CLIENT_SECRET is not set: with SLACK_CLIENT_ID it is needed. {CREDENTIALS}"
    if settings.token_keys is None:
        yield f"TOKEN_KEYS is not set: tokens are stored encrypted. This makes a key: {MAKE_KEY}"
    if not settings.public_url:
        yield "PUBLIC_URL is not set: it is the address by which browsers reach the bot, such as https://bot.example."
    if settings.maintainers_channel and not settings.maintainers_team:
        yield (
            "MAINTAINERS_TEAM is not set: with several workspaces it says in which of them MAINTAINERS_CHANNEL is. "
            "Slack shows the id (T…) in the address of app.slack.com."
        )
