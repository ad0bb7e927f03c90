"""The state of an installation under way (OAuth 2.0, RFC 6749, 10.12): it expires, and works once.

A state is an encrypted moment and a random number, so that beginning an installation stores nothing: strangers can.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from bot.installations.token_keys import UnreadableTokenError
from bot.store.installation_tables import used_oauth_states as table

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.installations.token_keys import TokenKeys
    from bot.store.database import Database

LIFE: Final = timedelta(minutes=10)
_PURPOSE: Final = "state "


class OAuthStates:
    """Issues states, and takes each back once."""

    def __init__(self, database: Database, clock: Clock, keys: TokenKeys) -> None:
        self._database = database
        self._clock = clock
        self._keys = keys

    def issue(self) -> str:
        """Return a new state."""
        return self._keys.encrypt_at(f"{_PURPOSE}{secrets.token_urlsafe(16)}", self._clock.now())

    async def consume(self, state: str) -> bool:
        """Whether a state was issued here, is young enough, and comes back for the first time. Raises StoreError."""
        now = self._clock.now()
        try:
            text = self._keys.decrypt_young(state, int(LIFE.total_seconds()), now)
        except UnreadableTokenError:
            return False
        if not text.startswith(_PURPOSE):
            return False
        row = {"digest": hashlib.sha256(text.encode()).hexdigest(), "expires_at": now + 2 * LIFE}
        try:
            async with self._database.transaction() as connection:
                await connection.execute(delete(table).where(table.c.expires_at < now))
                await connection.execute(table.insert().values(**row))
        except IntegrityError:
            return False
        return True
