"""Key rotation: encrypts every stored token with the first key of TOKEN_KEYS, so that the others can go.

It can be stopped and begun again at any moment: a row is changed as a whole, and one that is done already stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select, update

from bot.installations.token_keys import UnreadableTokenError
from bot.store.installation_tables import SECRETS
from bot.store.tables import metadata

if TYPE_CHECKING:
    from bot.installations.token_keys import TokenKeys
    from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did: tokens encrypted anew, tokens that were done already, and workspaces that no key reads."""

    changed: int
    kept: int
    unreadable: tuple[str, ...]


async def rotate(database: Database, keys: TokenKeys) -> Rotated:
    """Encrypt every token with the first key, a row at a time. Raises StoreError."""
    changed = kept = 0
    unreadable: set[str] = set()
    for name, columns in SECRETS.items():
        table = metadata.tables[name]
        async with database.reading() as connection:
            rows = (await connection.execute(select(table).order_by(table.c.id))).all()
        for row in rows:
            stored = {column: getattr(row, column) for column in columns if getattr(row, column) is not None}
            old = {column: value for column, value in stored.items() if not keys.is_newest(value)}
            try:
                new: dict[str, Any] = {column: keys.encrypt(keys.decrypt(value)) for column, value in old.items()}
            except UnreadableTokenError:
                unreadable.add(row.team_id or row.enterprise_id or "")
                continue
            kept += len(stored) - len(old)
            if new:
                unchanged = and_(table.c.id == row.id, *(table.c[column] == value for column, value in old.items()))
                async with database.transaction() as connection:
                    done = await connection.execute(update(table).where(unchanged).values(**new))
                changed += len(new) if done.rowcount else 0
    return Rotated(changed, kept, tuple(sorted(unreadable)))
