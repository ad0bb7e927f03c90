"""Git repository with content: fetches one branch into a clone that one process at a time uses."""

from __future__ import annotations

import fcntl
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from bot.publishing.git_command import Git, GitError
from bot.store.sqlite_file import PRIVATE_FOLDER, make_private, make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CONTENT_FOLDER = "briefings"
_DAMAGED: Final = ("not a git repository", "bad object", "bad tree", "corrupt", "is empty", "loose object")
"""What git says of a clone that a power cut has damaged."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its hash in full, and its author's name as written there."""

    hash: str
    author: str


class GitRepository:
    """One branch of a repository, as last fetched."""

    def __init__(self, address: str, branch: str, clone: Path) -> None:
        """`clone` is a folder for this class alone: other files in it are removed."""
        self._git = Git(clone, address)
        self._branch = branch
        self._clone = clone

    @property
    def folder(self) -> Path:
        """Folder of the content: `briefings/`, or else the top. Raises GitError for a link out of the repository."""
        inner = self._clone / _CONTENT_FOLDER
        if not inner.resolve().is_relative_to(self._clone.resolve()):
            raise GitError(
                f"{_CONTENT_FOLDER} in the repository is a link to a place outside it: nothing was published.",
                "Put the folder itself there.",
            )
        return inner if inner.is_dir() else self._clone

    async def fetch(self) -> Commit:
        """Check out the branch's newest commit and return it. Raises GitError."""
        with self._locked() as lock:
            return await self._fetch(lock)

    async def contains(self, commit: str) -> bool:
        """Whether the fetched history contains a commit."""
        with self._locked() as lock:
            try:
                await self._git.run("merge-base", "--is-ancestor", commit, "HEAD", holding=lock)
            except GitError:
                return False
        return True

    async def _fetch(self, lock: int) -> Commit:
        """Check out the newest commit; a clone that turns out damaged is removed, and made anew the next time."""
        try:
            return await self._check_out(lock)
        except GitError as error:
            if any(sign in error.message for sign in _DAMAGED):
                _log.warning("git.clone_removed", reason=error.message)
                shutil.rmtree(self._clone, ignore_errors=True)
            raise

    async def _check_out(self, lock: int) -> Commit:
        self._remove_stale_locks()
        self._clone.mkdir(exist_ok=True)
        self._clone.chmod(PRIVATE_FOLDER)
        if not (self._clone / ".git").is_dir():
            await self._git.run("init", "--quiet", holding=lock)
        branch = f"refs/heads/{self._branch}"
        await self._git.run("fetch", "--quiet", "--no-tags", "--", self._git.address, branch, holding=lock)
        await self._git.run("checkout", "--quiet", "--force", "--detach", "FETCH_HEAD", holding=lock)
        await self._git.run("clean", "--quiet", "-ffdx", holding=lock)
        newest = await self._git.run("log", "-1", "--format=%H%n%an", holding=lock)
        commit, _, author = newest.partition("\n")
        return Commit(commit, author.strip())

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Hold the clone's lock, which each git process started here holds too. Raises GitError."""
        make_private_folder(self._clone.parent)
        make_private(lock := self._clone.with_name(f"{self._clone.name}.lock"))
        with lock.open("a", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise GitError("Another process uses the clone of CONTENT_GIT_URL.") from None
            yield file.fileno()

    def _remove_stale_locks(self) -> None:
        """Remove locks that a git process left when it was killed: this process holds the clone, so none is alive."""
        found = sorted((self._clone / ".git").rglob("*.lock"))
        for path in found:
            path.unlink(missing_ok=True)
        if found:
            _log.warning("git.stale_locks_removed", files=[path.name for path in found])
