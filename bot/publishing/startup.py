"""Publishing at the start of the bot: the first revision, or the folder as it is now beside answers that go on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from bot.content.faults import ContentError
from bot.publishing.git_command import GitError
from bot.store.errors import StoreError
from bot.store.revision import NothingPublishedError

if TYPE_CHECKING:
    from pathlib import Path

    from bot.errors import BriefingBotError
    from bot.publishing.git_poller import GitPoller
    from bot.publishing.publisher import Publisher
    from bot.store.database import Database

_RETRY_S: Final = 2.0
_NOTHING_YET: Final = "Nothing is published yet, so the bot ends. Mend that, or CONTENT_GIT_URL; then start it again."


async def is_published(database: Database) -> bool:
    """Whether there is a revision to answer from. Raises StoreError."""
    with suppress(NothingPublishedError):
        await database.refresh()
        return True
    return False


async def publish_first(database: Database, publisher: Publisher, folder: Path, git: GitPoller | None) -> None:
    """Publish the first revision, from git or from a folder; of several processes at once, one does.

    Raises ContentError, GitError or NothingPublishedError when there is none afterwards.
    """
    fault: BriefingBotError | None = None
    try:
        if git:
            await git.poll()
            fault = git.error
        else:
            await publisher.publish_folder(folder, first_only=not database.is_sqlite)
    except ContentError as error:
        fault = error
    if not await is_published(database):
        if isinstance(fault, GitError) and not fault.hint:
            raise GitError(fault.message, _NOTHING_YET)
        raise fault or NothingPublishedError


async def publish_folder(database: Database, publisher: Publisher, folder: Path) -> None:
    """Publish a folder as it is now, once the database can be used; what is wrong with it, operators are told.

    On PostgreSQL it is only compared: there are several processes, and the command `publish` publishes. A folder that
    was found in order, and is published, is not read again by the same bot: that was a sixth of a start.
    """
    dry_run = not database.is_sqlite
    while True:
        with suppress(StoreError):
            if not await publisher.note_if_unchanged(folder, dry_run=dry_run):
                with suppress(ContentError):
                    await publisher.publish_folder(folder, dry_run=dry_run)
            return
        await asyncio.sleep(_RETRY_S)
