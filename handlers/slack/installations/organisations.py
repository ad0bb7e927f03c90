"""Organisations that installed the app for all of their workspaces: which of those have it by them, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.installations import workspaces
from bot.outbox.delivery import NotDeliveredError

if TYPE_CHECKING:
    from datetime import datetime

    from slack_sdk.oauth.installation_store.models.bot import Bot

    from bot.store.database import Database
    from bot.subscriptions.channel_events import ChannelEvents
    from handlers.slack.web_client import WebClient

_GONE: Final = frozenset({"account_inactive", "token_revoked"})
"""Slack's codes for the token of an app that was removed."""


class Organisations:
    """Stores which workspaces an organisation's token is for, and asks Slack whether a token still is."""

    def __init__(self, database: Database, client: WebClient, events: ChannelEvents) -> None:
        """`client` carries no token."""
        self._database = database
        self._client = client
        self._events = events

    async def cover(self, team: str, enterprise: str, since: datetime, happened_at: datetime | None) -> None:
        """Store that a workspace has the app by its organisation, and resume what was paused there. Raises StoreError.

        Nothing is done for one that has removed the app, unless `happened_at` is later than that.
        """
        async with self._database.transaction() as connection:
            was_removed = team in await workspaces.removed(connection)
            if await workspaces.cover(connection, team, enterprise, since, happened_at):
                await self._events.resume_all(connection, team, was_removed=was_removed)

    async def is_gone(self, bot: Bot) -> bool:
        """Ask Slack whether it takes a token no more; False where it cannot be asked now."""
        try:
            await self._client.auth_test(token=bot.bot_token)
        except NotDeliveredError as error:
            return error.code in _GONE
        return False
