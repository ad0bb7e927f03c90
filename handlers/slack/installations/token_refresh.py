"""Token rotation: tokens that expire after twelve hours are refreshed two hours before (Slack: "Using token rotation").

A refresh token works once. One process refreshes, by a lease on the workspace's row; the token before stays valid until
it expires, so that the others wait for nothing. Where the answer to a refresh was lost, nothing is taken away: the
token is used as long as Slack takes it, and then the app has to be installed again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog
from slack_sdk.oauth.installation_store.models.bot import Bot

from bot.installations import workspaces
from bot.outbox.delivery import ErrorClass, NotDeliveredError
from bot.subscriptions.channel_events import store_patiently
from handlers.slack.errors import text_at
from handlers.slack.installations.store import EncryptedInstallationStore

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.installations.workspaces import InstalledWorkspace
    from bot.store.database import Database
    from handlers.slack.installations.store import AppCredentials
    from handlers.slack.web_client import WebClient

REFRESHED_BEFORE: Final = timedelta(hours=2)
WAIT_S: Final = 5.0
"""Seconds to wait where a token has expired and another process is refreshing it."""
_EXPIRES_IN_S: Final = 43_200
"""Seconds that a token lives where Slack's answer does not say it."""
BAD_CREDENTIALS: Final = frozenset({"bad_client_secret", "invalid_client_id", "invalid_client", "bad_redirect_uri"})
"""Slack's codes where it does not take the app's own credentials (Slack: oauth.v2.access, "Errors")."""
_CREDENTIALS: Final = "Compare SLACK_CLIENT_ID and SLACK_CLIENT_SECRET with the app's settings."
_USED_UP: Final = frozenset({"invalid_refresh_token", "token_revoked", "account_inactive"})
_REMEDY: Final = "Have the workspace install the app again: its token cannot be refreshed any more."

_log = structlog.stdlib.get_logger(__name__)


def is_due(bot: Bot, now: datetime) -> bool:
    """Whether tokens are to be refreshed."""
    return bot.bot_token_expires_at is not None and now >= _expiry(bot.bot_token_expires_at) - REFRESHED_BEFORE


def is_expired(bot: Bot, now: datetime) -> bool:
    """Whether Slack takes a token no more."""
    return bot.bot_token_expires_at is not None and now >= _expiry(bot.bot_token_expires_at)


def _expiry(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, slots=True)
class TokenRefresh:
    """Refreshes tokens, in one process at a time; `client` carries no token."""

    database: Database
    clock: Clock
    client: WebClient
    app: AppCredentials

    async def refreshed(self, row: InstalledWorkspace, bot: Bot) -> Bot | None:
        """Return new tokens, once they are stored; None where another process refreshes them or Slack refuses.

        Raises NotDeliveredError where the token has expired and a new one is not to be had now, StoreError.
        """
        now = self.clock.now()
        async with self.database.transaction() as connection:
            is_ours = await workspaces.lease(connection, row.workspace, row.revision, now)
        if not is_ours:
            self._require_valid(bot, "Another process is refreshing the token.")
            return None
        try:
            answer = await self.client.oauth_v2_access(
                client_id=self.app.client_id,
                client_secret=self.app.client_secret,
                grant_type="refresh_token",
                refresh_token=bot.bot_refresh_token or "",
            )
            values = {**bot.to_dict_for_copying(), "bot_token": text_at(answer, "access_token")}
            values["bot_refresh_token"] = text_at(answer, "refresh_token")
            lives_s = answer.get("expires_in")
        except NotDeliveredError as error:
            hint = _CREDENTIALS if error.code in BAD_CREDENTIALS else _REMEDY if error.code in _USED_UP else ""
            _log.error("token.refresh_failed", workspace=row.workspace, reason=error.code, hint=hint)
            self._require_valid(bot, f"The token could not be refreshed ({error.code}).")
            return None
        expires_in = lives_s if isinstance(lives_s, int) else _EXPIRES_IN_S
        fresh = Bot(**{**values, "bot_token_expires_at": int(now.timestamp()) + expires_in})

        async def save() -> None:
            async with self.database.transaction() as connection:
                if await workspaces.refreshed(connection, row.workspace, row.revision):
                    await EncryptedInstallationStore(connection, self.app).async_save_bot(fresh)

        await store_patiently(save)
        _log.info("token.refreshed", workspace=row.workspace)
        return fresh

    def _require_valid(self, bot: Bot, words: str) -> None:
        """Go on with the token that there is, unless it has expired. Raises NotDeliveredError."""
        if is_expired(bot, self.clock.now()):
            raise NotDeliveredError(words, code="token_expired", error_class=ErrorClass.WAIT, retry_after_s=WAIT_S)
