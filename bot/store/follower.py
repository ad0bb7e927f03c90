"""Follows the store: polls each second for revisions that other processes publish."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.store.errors import StoreError
from bot.store.revision import NothingPublishedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.store.database import Database
    from bot.store.revision import Revision

FOLLOW_S: Final = 0.8
"""Seconds between polls: with reading and indexing, a replica answers from a new revision within about a second."""


async def follow(
    database: Database,
    on_new: Callable[[], Awaitable[None]],
    *,
    seen: Revision | None = None,
    every_s: float = FOLLOW_S,
) -> None:
    """Await `on_new` after each revision that was published, here or elsewhere, until cancelled.

    `seen` is the newest that needs no more of that; without it, the one that the database knows.
    A database that cannot be used, here or by `on_new`, is tried again; the revision at hand answers meanwhile.
    """
    seen = seen or database.known
    while True:
        await asyncio.sleep(every_s)
        try:
            revision = await database.refresh()
            if seen is None or revision.number != seen.number:
                await on_new()
                seen = revision
        except NothingPublishedError:
            continue
        except StoreError:  # the database has logged it
            continue
