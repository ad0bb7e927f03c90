"""Git repository with content: fetches one branch into a clone, by the git command."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.errors import BriefingBotError

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT_S: Final = 120.0
_CONTENT_FOLDER = "briefings"
_SAFE_OPTIONS = ("-c", "core.askPass=true", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


class GitError(BriefingBotError):
    """Git could not read the repository."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its hash in full, and its author's name as written there."""

    hash: str
    author: str


class GitRepository:
    """One branch of a repository, as last fetched."""

    def __init__(self, url: str, branch: str, clone: Path) -> None:
        """`clone` is a folder for this class alone: other files in it are removed."""
        self._url = url
        self._branch = branch
        self._clone = clone

    @property
    def folder(self) -> Path:
        """Folder of the content: `briefings/`, or else the top."""
        inner = self._clone / _CONTENT_FOLDER
        return inner if inner.is_dir() else self._clone

    async def fetch(self) -> Commit:
        """Check out the branch's newest commit and return it. Raises GitError."""
        if not (self._clone / ".git").is_dir():
            self._clone.mkdir(parents=True, exist_ok=True)
            await self._git("init", "--quiet")
        await self._git("fetch", "--quiet", "--no-tags", "--", self._url, f"refs/heads/{self._branch}")
        await self._git("checkout", "--quiet", "--force", "--detach", "FETCH_HEAD")
        await self._git("clean", "--quiet", "-ffdx")
        commit, _, author = (await self._git("log", "-1", "--format=%H%n%an")).partition("\n")
        return Commit(commit, author.strip())

    async def contains(self, commit: str) -> bool:
        """Whether the fetched history contains a commit."""
        try:
            await self._git("merge-base", "--is-ancestor", commit, "HEAD")
        except GitError:
            return False
        return True

    async def _git(self, *arguments: str) -> str:
        """Run git and return its output. Raises GitError with git's last line, without passwords."""
        try:
            process = await asyncio.create_subprocess_exec(
                "git",
                *_SAFE_OPTIONS,
                *arguments,
                cwd=self._clone,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # without a terminal, git cannot ask for a password
            )
        except FileNotFoundError:
            raise GitError("Git is not installed.", "Install git, or leave CONTENT_GIT_URL empty.") from None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                out, err = await process.communicate()
        except TimeoutError:
            raise GitError("Git took too long to read CONTENT_GIT_URL.", "It is tried again.") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            last = (err.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
            raise GitError(f"Git cannot read CONTENT_GIT_URL: {_CREDENTIALS.sub('', last)}", "It is tried again.")
        return out.decode(errors="replace")
