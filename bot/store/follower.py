"""Following the store: another process may publish, and each second this one looks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from bot.store.errors import StoreError
from bot.store.revision import NothingPublishedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.store.database import Database

FOLLOW_S: Final = 0.8
"""Seconds between looks: with reading and indexing, a replica answers from a new revision within a second or so."""

_log = structlog.stdlib.get_logger(__name__)


async def follow(database: Database, on_new: Callable[[], Awaitable[None]]) -> None:
    """Await `on_new` after each revision that was published, here or elsewhere, until cancelled.

    A database that cannot be reached, here or by `on_new`, is looked for again; meanwhile the revision at hand answers.
    """
    seen = database.known
    is_away = False
    while True:
        await asyncio.sleep(FOLLOW_S)
        try:
            revision = await database.refresh()
            if seen is None or revision.number != seen.number:
                await on_new()
                seen = revision
        except NothingPublishedError:
            continue
        except StoreError as error:
            if not is_away:
                _log.error("the database cannot be used; answers come from the revision at hand", reason=error.message)
            is_away = True
            continue
        is_away = False
