"""Publishing from a git repository: forward only, with author and commit."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from bot.clock import SystemClock
from bot.config import BRIEFINGS
from bot.content.faults import ContentError
from bot.outbox.operators import Operators
from bot.publishing.git import GitError, GitRepository
from bot.publishing.git_poller import GitPoller
from bot.publishing.publisher import Publisher
from bot.store.database import Database
from bot.store.engine import database_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FILE = "briefings/infrastructure/growth-zones.yaml"


class Repository:
    """A repository that somebody else writes to."""

    def __init__(self, folder: Path) -> None:
        """Make it, with the shipped content on `main`."""
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        shutil.copytree(BRIEFINGS, folder / "briefings")
        self.commit("Begin")

    def git(self, *arguments: str) -> str:
        """Run git there, as Ada."""
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
        command = ["git", *who, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 — our own words

    def commit(self, message: str) -> str:
        """Commit everything and return the hash."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def edit(self, old: str, new: str) -> str:
        """Change some words of a fact file and commit that."""
        file = self.folder / FILE
        file.write_text(file.read_text().replace(old, new, 1))
        return self.commit("Edit")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "theirs")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Open a store that holds nothing yet."""
    database = Database(database_url("", tmp_path))
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def poll(repository: Repository, database: Database, tmp_path: Path) -> GitPoller:
    publisher = Publisher(database, SystemClock(), Operators("", SystemClock()))
    return GitPoller(GitRepository(str(repository.folder), "main", tmp_path / "ours"), publisher, database)


async def test_a_push_becomes_a_revision_with_author_and_commit(
    repository: Repository, database: Database, poll: GitPoller
) -> None:
    await poll.poll()
    assert (await database.latest()).number == 1
    commit = repository.edit("could look at", "will look at")
    await poll.poll()
    revision = await database.latest()
    assert (revision.number, revision.author, revision.commit) == (2, "Ada", commit)
    await poll.poll()
    assert (await database.refresh()).number == 2
    assert poll.error is None


async def test_a_faulty_commit_is_not_published_and_the_next_good_one_is(
    repository: Repository, database: Database, poll: GitPoller
) -> None:
    await poll.poll()
    repository.edit("certainty: possible", "certainty: maybe")
    await poll.poll()
    assert isinstance(poll.error, ContentError)
    assert (await database.refresh()).number == 1
    repository.edit("certainty: maybe", "certainty: possible\n  owner: the AI team")
    await poll.poll()
    assert poll.error is None
    assert (await database.refresh()).number == 2


async def test_history_that_went_another_way_is_not_published(
    repository: Repository, database: Database, poll: GitPoller
) -> None:
    await poll.poll()
    repository.edit("could look at", "will look at")
    await poll.poll()
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    repository.edit("could look at", "may look at")
    for _ in range(2):
        await poll.poll()
    assert (await database.refresh()).number == 2
    assert "does not come after" in str(poll.error)


async def test_a_repository_that_cannot_be_read_is_told_without_its_password(
    database: Database, tmp_path: Path
) -> None:
    publisher = Publisher(database, SystemClock(), Operators("", SystemClock()))
    gone = GitRepository("http://ada:secret@127.0.0.1:9/content.git", "main", tmp_path / "gone")
    poll = GitPoller(gone, publisher, database)
    await poll.poll()
    assert isinstance(poll.error, GitError)
    assert "secret" not in str(poll.error)
    assert str(poll.error).startswith("Git cannot read CONTENT_GIT_URL:")


async def test_a_repository_of_content_alone(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "theirs")
    repository.git("mv", "briefings", "elsewhere")
    repository.commit("Move")
    content = GitRepository(str(repository.folder), "main", tmp_path / "ours")
    await content.fetch()
    assert content.folder == tmp_path / "ours"
