"""Publishing from a git repository: forward only, with author and commit."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
from base64 import b64decode
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.config.maintainers import Maintainers
from bot.content.faults import ContentError
from bot.outbox.operators import Operators
from bot.publishing.git import GitRepository
from bot.publishing.git_command import Git, GitError, reason, without_credentials
from bot.publishing.git_poller import GitPoller
from bot.publishing.publisher import Publisher
from tests.support.content_copy import copied
from tests.support.silent_server import SilentServer
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from bot.store.database import Database


FILE = "briefings/infrastructure/growth-zones.yaml"


class Repository:
    """A repository that somebody else writes to."""

    def __init__(self, folder: Path) -> None:
        """Make it, with the shipped content on `main`."""
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        copied(folder / "briefings")
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
def database(sqlite_database: Database) -> Database:
    """Open a store that holds nothing yet."""
    return sqlite_database


@pytest.fixture
def poll(repository: Repository, database: Database, tmp_path: Path) -> GitPoller:
    publisher = Publisher(database, SystemClock(), Operators(Maintainers(), SystemClock()))
    return GitPoller(GitRepository(str(repository.folder), "main", tmp_path / "ours"), publisher, database)


async def test_a_push_becomes_a_revision_with_author_and_commit(
    repository: Repository, database: Database, poll: GitPoller
) -> None:
    await poll.poll()
    assert (await database.latest()).number == 1
    commit = repository.edit("could look at", "might look at")
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
    repository.edit("could look at", "might look at")
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
    publisher = Publisher(database, SystemClock(), Operators(Maintainers(), SystemClock()))
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


@pytest.mark.parametrize(
    ("err", "told"),
    [
        (
            "ssh: Could not resolve hostname x\nfatal: Could not read from remote repository.\n\nand so on.\n",
            "ssh: Could not resolve hostname x Could not read from remote repository.",
        ),
        (
            "fatal: Unable to create '/x/.git/index.lock': File exists.\n\nremove the file manually to continue.\n",
            "Unable to create '/x/.git/index.lock': File exists.",
        ),
        ("fatal: unable to access 'https://ada:secret@h/x?private_token=secret'\n", None),
        ("fatal: unable to access 'https://secret@h/x'\n", None),
        ("", "no reason given"),
        ("Killed\n", "Killed"),
    ],
)
def test_the_first_fatal_line_is_told_without_secrets(err: str, told: str | None) -> None:
    said = reason(err)
    assert "secret" not in said
    assert told in (None, said)


@pytest.mark.parametrize(
    ("address", "bare", "basic"),
    [
        ("https://token@h.example/x.git", "https://h.example/x.git", b"token:"),
        ("https://ada:p%40ss@h.example:8443/x.git", "https://h.example:8443/x.git", b"ada:p@ss"),
        ("http://h.example/x.git", "http://h.example/x.git", None),
        ("git@h.example:x.git", "git@h.example:x.git", None),
        ("ssh://git@h.example/x.git", "ssh://git@h.example/x.git", None),
        ("/some/folder", "/some/folder", None),
    ],
)
def test_credentials_leave_the_address(address: str, bare: str, basic: bytes | None) -> None:
    found, header = without_credentials(address)
    assert found == bare
    if basic is None:
        assert header == {}
    else:
        ((name, value),) = header.items()
        server = "/".join(bare.split("/")[:3])
        assert name == f"http.{server}/.extraHeader"
        assert b64decode(value.removeprefix("Authorization: Basic ")) == basic


async def test_the_token_is_sent_to_the_server_and_is_no_argument_of_any_process(tmp_path: Path) -> None:
    """While the server keeps git waiting, no command line on this machine has the token."""
    asked: asyncio.Queue[str] = asyncio.Queue()
    go_on = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        asked.put_nowait(request.headers.get("Authorization", ""))
        await go_on.wait()
        return web.Response(status=403)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    private = GitRepository(f"http://ada:verysecret@127.0.0.1:{port}/x.git", "main", tmp_path / "private")
    fetching = asyncio.create_task(private.fetch())
    try:
        header = await asyncio.wait_for(asked.get(), PATIENCE_S)
        assert b64decode(header.removeprefix("Basic ")) == b"ada:verysecret"
        assert any(f"127.0.0.1:{port}" in each for each in command_lines())
        assert not any("verysecret" in each for each in command_lines())
    finally:
        go_on.set()
        (fetched,) = await asyncio.gather(fetching, return_exceptions=True)
        await runner.cleanup()
    assert isinstance(fetched, GitError)
    assert "403" in str(fetched)


def command_lines() -> list[str]:
    """Return the command lines of all processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


async def test_a_server_that_never_answers_is_given_up_and_nothing_of_git_lives_on(tmp_path: Path) -> None:
    async with SilentServer().serve() as server:
        fetching = asyncio.create_task(GitRepository(server.git_url, "main", tmp_path / "ours").fetch())
        await server.connected.wait()
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
        async with asyncio.timeout(PATIENCE_S):
            while any(server.git_url in each for each in command_lines()):  # noqa: ASYNC110 — other processes
                await asyncio.sleep(0.01)
        with pytest.raises(GitError, match="took too long"):
            await Git(tmp_path / "ours", server.git_url, timeout_s=0.5).run("ls-remote", server.git_url, holding=1)


@pytest.mark.parametrize("then", ["exit 1", "exec sleep 600"])
async def test_a_helper_in_a_session_of_its_own_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """As ssh with ControlPersist: it has git's output open after git has failed, or has been killed."""
    begun = tmp_path / "begun"
    helper = f"setsid sh -c 'echo $$ >{begun}.new; mv {begun}.new {begun}; exec sleep 600' >/dev/null &"
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\n{helper}\nwhile [ ! -e {begun} ]; do sleep 0.01; done\n{then}\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(ssh))
    git = Git(tmp_path, "ssh://h.example/x.git")
    running = asyncio.create_task(git.run("ls-remote", git.address, holding=1))
    async with asyncio.timeout(PATIENCE_S):
        while not begun.exists():  # noqa: ASYNC110 — another process makes it
            await asyncio.sleep(0.01)
    if then != "exit 1":
        running.cancel()
    done, _ = await asyncio.wait({running}, timeout=PATIENCE_S)
    os.kill(int(begun.read_text()), signal.SIGKILL)
    assert done, "the helper was waited for"
    (error,) = await asyncio.gather(running, return_exceptions=True)
    assert isinstance(error, GitError if then == "exit 1" else asyncio.CancelledError)
    assert "too long" not in str(error)


async def test_stale_locks_are_removed_and_told(repository: Repository, tmp_path: Path) -> None:
    content = GitRepository(str(repository.folder), "main", tmp_path / "ours")
    await content.fetch()
    for name in ("index.lock", "HEAD.lock", "shallow.lock", "config.lock"):
        (tmp_path / "ours" / ".git" / name).touch()
    commit = repository.edit("could look at", "might look at")
    with capture_logs() as logs:
        assert (await content.fetch()).hash == commit
    (told,) = (line for line in logs if line["event"] == "git.stale_locks_removed")
    assert told["files"] == ["HEAD.lock", "config.lock", "index.lock", "shallow.lock"]


async def test_locks_of_a_git_that_lives_are_left_alone(repository: Repository, tmp_path: Path) -> None:
    """A bot that was killed may have left a git behind: it holds the lock file that it was given."""
    content = GitRepository(str(repository.folder), "main", tmp_path / "ours")
    await content.fetch()
    (tmp_path / "ours" / ".git" / "index.lock").touch()
    with (tmp_path / "ours.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        process = await asyncio.create_subprocess_exec("sleep", "600", pass_fds=(file.fileno(),))
    try:
        with pytest.raises(GitError, match="Another process"):
            await content.fetch()
        assert (tmp_path / "ours" / ".git" / "index.lock").exists()
    finally:
        process.kill()
        await process.wait()
    await content.fetch()


async def test_a_damaged_clone_is_made_anew(repository: Repository, tmp_path: Path) -> None:
    content = GitRepository(str(repository.folder), "main", tmp_path / "ours")
    newest = await content.fetch()
    (tmp_path / "ours" / ".git" / "HEAD").write_bytes(b"")
    with capture_logs() as logs, pytest.raises(GitError):
        await content.fetch()
    assert "git.clone_removed" in [line["event"] for line in logs]
    assert await content.fetch() == newest


async def test_a_root_that_links_out_of_the_repository_publishes_nothing(
    repository: Repository, database: Database, poll: GitPoller, tmp_path: Path
) -> None:
    await poll.poll()
    copied(tmp_path / "elsewhere")
    repository.git("rm", "-r", "--quiet", "briefings")
    (repository.folder / "briefings").symlink_to(tmp_path / "elsewhere")
    repository.commit("Link")
    await poll.poll()
    assert "is a link to a place outside" in str(poll.error)
    assert (await database.refresh()).number == 1


async def test_a_root_that_links_within_the_repository_is_fine(repository: Repository, tmp_path: Path) -> None:
    repository.git("mv", "briefings", "content")
    (repository.folder / "briefings").symlink_to("content")
    repository.commit("Link")
    content = GitRepository(str(repository.folder), "main", tmp_path / "ours")
    await content.fetch()
    assert (content.folder / "memorandum.yaml").is_file()


async def test_a_remote_that_stays_away_is_told_once_and_so_is_its_return(
    repository: Repository, database: Database, poll: GitPoller, tmp_path: Path
) -> None:
    for _ in range(2):
        await poll.poll()
        repository.folder.rename(tmp_path / "away")
        with capture_logs() as logs:
            for _ in range(5):
                await poll.poll()
            (tmp_path / "away").rename(repository.folder)
            for _ in range(3):
                await poll.poll()
        told = [line["heading"] for line in logs if line["event"] == "operators.notified"]
        assert told == [
            "The content's repository cannot be read: nothing new is published",
            "The content's repository is back",
        ]
        assert [line["event"] for line in logs].count("git.fetch_failed") == 1
        assert poll.error is None
    assert (await database.refresh()).number == 1
