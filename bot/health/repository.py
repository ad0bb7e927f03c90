"""Check of the repository that content comes from: it can be read, and has the branch."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING

from bot.health.finding import Finding, fail, ok
from bot.publishing.git_command import Git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import SecretStr


async def repository(configured: SecretStr | None, branch: str) -> Finding:
    """Whether git reads CONTENT_GIT_URL and finds CONTENT_GIT_BRANCH there; nothing is fetched. Raises GitError."""
    if configured is None:
        return ok("repository", "None: the content comes from BRIEFINGS_DIR.")
    with _beside() as folder, TemporaryFile() as held:
        git = Git(folder, configured.get_secret_value())
        listed = ("ls-remote", "--heads", "--", git.address, f"refs/heads/{branch}")
        found = await git.run(*listed, holding=held.fileno())
    if not found.strip():
        return fail("repository", f"{git.address} has no branch {branch}.", "Correct CONTENT_GIT_BRANCH.")
    return ok("repository", f"{git.address} has {branch}, at {found[:12]}.")


@contextmanager
def _beside() -> Iterator[Path]:
    """Make a folder for git to run in, for the block: what it says is kept beside it, away from DATA_DIR."""
    with TemporaryDirectory() as beside:
        folder = Path(beside, "clone")
        folder.mkdir()
        yield folder
