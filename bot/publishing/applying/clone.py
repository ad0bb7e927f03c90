"""A clone in which branches of proposals are made and pushed; nothing else uses it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.publishing.applying.failures import push_failure
from bot.publishing.git import GitRepository
from bot.store.sqlite_file import make_private, make_private_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from bot.publishing.git_command import Git

COMMITTER: Final = ("-c", "user.name=Briefing bot", "-c", "user.email=briefing-bot@noreply.invalid")
_TRAILER: Final = "%(trailers:key=Proposal,valueonly)"


class ProposalClone(GitRepository):
    """One branch of a repository, from whose head other branches begin."""

    @property
    def address(self) -> str:
        """The repository's address, without a name or token."""
        return self._git.address

    @property
    def branch(self) -> str:
        """The branch that proposals begin from."""
        return self._branch

    @property
    def is_there(self) -> bool:
        """Whether the clone exists: a damaged one is removed."""
        return self._clone.exists()

    @asynccontextmanager
    async def checked_out(self) -> AsyncIterator[Checkout]:
        """Check out the branch's newest commit, for one user at a time. Raises GitError."""
        with self._locked() as lock:
            await self._fetch(lock)
            yield Checkout(self._git, lock, self.folder.resolve(), self._clone.resolve())


@dataclass(frozen=True, slots=True)
class Checkout:
    """The newest commit's files: the folder of the content, in the folder of the clone."""

    _git: Git
    _lock: int
    folder: Path
    _clone: Path

    @property
    def content_path(self) -> str:
        """The content's folder as a path in the repository; empty for its top."""
        path = self.folder.relative_to(self._clone).as_posix()
        return "" if path == "." else path

    async def existing(self, prefix: str) -> Mapping[str, str]:
        """Return the repository's branches whose name begins so: names and commits. Raises GitError."""
        found = await self._run("ls-remote", "--heads", "--", self._git.address, f"refs/heads/{prefix}*")
        pairs = (line.partition("\t") for line in found.splitlines())
        return {name.removeprefix("refs/heads/"): commit for commit, _, name in pairs}

    async def proposals_on(self, branch: str) -> frozenset[str]:
        """Return the ids of the proposals that a branch has and the checked out commit has not. Raises GitError."""
        await self._run("fetch", "--quiet", "--no-tags", "--", self._git.address, f"refs/heads/{branch}")
        written = await self._run("log", f"--format={_TRAILER}", "HEAD..FETCH_HEAD")
        return frozenset(filter(None, (line.strip() for line in written.splitlines())))

    async def commit(self, files: Mapping[str, str], author: str, message: str) -> None:
        """Write files of the content, by path, and commit them. Raises GitError, OSError."""
        paths = []
        for name, text in files.items():
            path = (self.folder / name).resolve()
            make_private_folder(path.parent)
            if not path.exists():
                make_private(path)
            path.write_bytes(text.encode())
            paths.append(path.relative_to(self._clone).as_posix())
        await self._run("add", "--force", "--", *paths)
        options = ("--quiet", "--no-verify", "--no-gpg-sign", "--cleanup=verbatim", f"--author={author}")
        await self._run(*COMMITTER, "commit", *options, f"--message={message}")

    async def push(self, branch: str) -> str:
        """Push the commit as a new branch and return what the repository said. Raises GitError, ApplyError."""
        target = f"HEAD:refs/heads/{branch}"
        done, said = await self._git.run_to_end("push", "--", self._git.address, target, holding=self._lock)
        if done is None:
            raise push_failure(said)
        return said

    async def _run(self, *arguments: str) -> str:
        return await self._git.run(*arguments, holding=self._lock)
