"""Publish what is pushed to a git branch, by polling it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog

from bot.content.faults import ContentError
from bot.errors import BriefingBotError
from bot.publishing.git_command import GitError
from bot.publishing.observer import Result
from bot.publishing.publisher import Origin
from bot.store.errors import StoreError
from bot.store.revision import NothingPublishedError

if TYPE_CHECKING:
    from bot.publishing.git import GitRepository
    from bot.publishing.publisher import Publisher
    from bot.store.database import Database

FAILURES_TOLD: Final = 3
"""Polls in a row that fail before operators are notified."""
_BACK: Final = "It can be read again."

_log = structlog.stdlib.get_logger(__name__)


class GitPoller:
    """Polls a branch and publishes its newest commit. `error` is that of the last poll, if it failed."""

    def __init__(self, content: GitRepository, publisher: Publisher, database: Database) -> None:
        """Take its parts; the first poll publishes, unless the commit is published already."""
        self.error: BriefingBotError | None = None
        self._content = content
        self._publisher = publisher
        self._database = database
        self._last_commit = ""
        self._diverged_at = ""
        self._failures = 0
        self._told = ""  # the line that operators were sent when the repository was away

    async def run(self, interval_s: float) -> None:
        """Poll at once, then every `interval_s` seconds, until cancelled."""
        while True:
            await self.poll()
            await asyncio.sleep(interval_s)

    async def poll(self) -> None:
        """Publish the branch's newest commit, if it is new and descends from the published one."""
        failure = self.error if self._failures else None
        try:
            await self._poll()
            self.error = None if self.error is failure else self.error
            await self._report_return()
        except GitError as error:
            self._note(error)
            self._publisher.observer.published(Result.FAILED, ())
            await self._report_absence(error)
        except (StoreError, OSError) as error:
            self._note(error)
        except ContentError as error:  # the publisher has notified operators
            self.error = error
            await self._report_return()

    def _note(self, error: BriefingBotError | OSError) -> None:
        """Log an error once."""
        if str(error) != str(self.error):
            _log.warning("git.fetch_failed", reason=str(error))
        self.error = error if isinstance(error, BriefingBotError) else GitError(f"The clone cannot be used: {error}.")

    async def _report_absence(self, error: GitError) -> None:
        """Notify operators of a repository that stays away, once: at the third failure in a row."""
        self._failures += 1
        if self._failures >= FAILURES_TOLD and not self._told:
            line = f"{error.message} It is tried again by itself."
            with suppress(StoreError):
                await self._publisher.notify_operators(
                    "The content's repository cannot be read: nothing new is published", [line], instead_of=_BACK
                )
                self._told = line

    async def _report_return(self) -> None:
        """Notify operators that a repository that was away can be read again."""
        self._failures = 0
        if self._told:
            with suppress(StoreError):
                await self._publisher.notify_operators(
                    "The content's repository is back", [_BACK], instead_of=self._told
                )
                self._told = ""

    async def _poll(self) -> None:
        commit = await self._content.fetch()
        if commit.hash == self._last_commit:
            return
        published = await self._published()
        if published and published != commit.hash and not await self._content.contains(published):
            await self._report_divergence(commit.hash, published)
            return
        self._diverged_at = ""
        try:
            await self._publisher.publish_folder(self._content.folder, Origin(author=commit.author, commit=commit.hash))
        except ContentError:
            self._last_commit = commit.hash
            raise
        self._last_commit, self.error = commit.hash, None

    async def _published(self) -> str:
        """Return the published commit; empty when there is none, or when the content did not come from git."""
        try:
            return (await self._database.refresh()).commit or ""
        except NothingPublishedError:
            return ""

    async def _report_divergence(self, commit: str, published: str) -> None:
        """Notify operators that the branch has diverged; only at the second poll, as another process may be ahead."""
        if self._diverged_at == commit:
            line = f"The branch is at {commit[:12]}, which does not come after {published[:12]}, which is published."
            hint = "Merge what is missing, or publish by hand: briefing-bot publish."
            await self._publisher.notify_operators(
                "The content's branch has diverged: nothing was published", [line, hint]
            )
            self.error = GitError(line, hint)
        self._diverged_at = commit
