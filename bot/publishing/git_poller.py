"""What is pushed to a git branch becomes a revision."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot.content.faults import ContentError
from bot.publishing.git import GitError
from bot.publishing.publisher import Origin
from bot.store.errors import StoreError
from bot.store.revision import NothingPublishedError

if TYPE_CHECKING:
    from bot.errors import BriefingBotError
    from bot.publishing.git import GitRepository
    from bot.publishing.publisher import Publisher
    from bot.store.database import Database

_log = structlog.stdlib.get_logger(__name__)


class GitPoller:
    """Looks at a branch again and again. `trouble` is what kept the last look from publishing."""

    def __init__(self, content: GitRepository, publisher: Publisher, database: Database) -> None:
        """Begin with nothing seen: the first look publishes, unless the same is published already."""
        self.trouble: BriefingBotError | None = None
        self._content = content
        self._publisher = publisher
        self._database = database
        self._seen = ""
        self._astray = ""

    async def keep(self, interval_s: float) -> None:
        """Look every `interval_s` seconds, until cancelled."""
        while True:
            await asyncio.sleep(interval_s)
            await self.look()

    async def look(self) -> None:
        """Publish the branch's newest commit, if it is new and comes after the one that is published."""
        try:
            await self._look()
        except (GitError, StoreError) as error:
            if str(error) != str(self.trouble):
                _log.warning("the content's repository was not published", reason=str(error))
            self.trouble = error
        except ContentError as error:  # the publisher has told it
            self.trouble = error

    async def _look(self) -> None:
        commit = await self._content.fetch()
        if commit.hash == self._seen:
            return
        published = await self._published()
        if published and published != commit.hash and not await self._content.holds(published):
            await self._tell_astray(commit.hash, published)
            return
        self._astray = ""
        try:
            await self._publisher.publish_folder(self._content.folder, Origin(author=commit.author, commit=commit.hash))
        except ContentError:
            self._seen = commit.hash
            raise
        self._seen, self.trouble = commit.hash, None

    async def _published(self) -> str:
        """Return the commit that is published; empty when none is, or when it came from elsewhere."""
        try:
            return (await self._database.refresh()).commit or ""
        except NothingPublishedError:
            return ""

    async def _tell_astray(self, commit: str, published: str) -> None:
        """Tell that history went another way; only the second time, as another process may just have been quicker."""
        if self._astray == commit:
            line = f"The branch is at {commit[:12]}, which does not come after {published[:12]}, which is published."
            hint = "Merge what is missing, or publish by hand: briefing-bot publish."
            await self._publisher.tell(
                "The content's branch went another way; nothing of it is published", [line, hint]
            )
            self.trouble = GitError(line, hint)
        self._astray = commit
