"""The installation store: slack_sdk's, on our database, with every secret encrypted (TokenKeys)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore

from bot.store.installation_tables import SECRETS, slack_bots, slack_installations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bot.installations.token_keys import TokenKeys


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """What proves that this is the app, and the keys that encrypt its tokens.

    `app_id` is the app's, as far as another setting names it.
    """

    client_id: str
    client_secret: str = field(repr=False)
    keys: TokenKeys = field(repr=False)
    app_id: str = ""


class EncryptedInstallationStore(AsyncInstallationStore):
    """Saves and finds installations within one transaction, which is the caller's."""

    def __init__(self, connection: AsyncConnection, app: AppCredentials) -> None:
        """Take the connection of the transaction."""
        engine = cast("AsyncEngine", _Joined(connection))
        self._store = AsyncSQLAlchemyInstallationStore(app.client_id, engine)
        self._keys = app.keys

    async def async_save(self, installation: Installation) -> None:
        """Save an installation; of its workspace the caller has deleted former ones."""
        values = installation.to_dict_for_copying()
        _replace(values, SECRETS[slack_installations.name], self._keys.encrypt)
        await self._store.async_save(Installation(**values))

    async def async_save_bot(self, bot: Bot) -> None:
        """Save a bot whose tokens were refreshed, over the row that was saved when it was installed."""
        values = bot.to_dict_for_copying()
        _replace(values, SECRETS[slack_bots.name], self._keys.encrypt)
        await self._store.async_save_bot(Bot(**values))

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """Return the bot of a workspace, or of an organisation. Raises UnreadableTokenError."""
        found = await self._store.async_find_bot(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        if found is None:
            return None
        values = found.to_dict_for_copying()
        _replace(values, SECRETS[slack_bots.name], self._keys.decrypt)
        return Bot(**values)


class _Joined:
    """Stands for an engine, and begins no transaction of its own: all that is done belongs to the one under way."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Return the connection."""
        yield self._connection

    connect = begin


def _replace(values: dict[str, object], names: Iterable[str], change: Callable[[str], str]) -> None:
    for name in names:
        if isinstance(value := values.get(name), str) and value:
            values[name] = change(value)


def whole_seconds(moment: datetime) -> float:
    """Return a moment as slack_sdk keeps it, so that it is found again by it: in seconds since 1970."""
    return float(int(moment.timestamp()))
