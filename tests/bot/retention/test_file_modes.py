"""Whatever the umask: what the bot and its commands write in DATA_DIR is for its own user alone."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from bot.publishing.applying.clone import ProposalClone
from bot.publishing.git import GitRepository
from bot.retention.backup import back_up
from bot.store.database import Database
from bot.store.engine import SQLITE_FILE, database_url
from bot.store.tables import watches
from tests.support.newsroom import HandClock
from tests.support.rows import row_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def _open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def git(folder: Path, *words: str) -> None:
    command = [shutil.which("git") or "git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603 — our own words


@pytest.mark.usefixtures("_open_to_all")
async def test_nobody_else_reads_a_file_of_the_bot_or_enters_a_folder(tmp_path: Path) -> None:
    origin, data = tmp_path / "origin", tmp_path / "data"
    (origin / "briefings").mkdir(parents=True)
    (origin / "briefings" / "growth.yaml").write_text("facts: {}\n")
    for words in (["init", "--quiet", "--initial-branch=main"], ["add", "."], ["commit", "--quiet", "-m", "Begin."]):
        git(origin, *words)
    async with Database(database_url("", data)).opened() as database, database.transaction() as connection:
        await connection.execute(insert(watches).values(**row_of(watches, 0, HandClock().now())))
        await GitRepository(str(origin), "main", data / "content.git").fetch()
        clone = ProposalClone(str(origin), "main", data / "proposals.git")
        async with clone.checked_out() as work:
            await work.commit({"new/fact.yaml": "facts: {}\n"}, "Ada <ada@example.org>", "Add.")
            await work.push("proposal")
        back_up(data / SQLITE_FILE, data / "backup.db")
        opened = [path for path in (data, *data.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o077]
        assert opened == []
        beside = {path.name for path in data.iterdir()}
        assert beside >= {SQLITE_FILE, f"{SQLITE_FILE}-wal", "briefing-bot.lock", "content.git", "content.git.lock"}
    shared = [path for path in (origin / ".git/objects").rglob("*") if path.is_dir()]
    assert any(stat.S_IMODE(path.stat().st_mode) & 0o055 for path in shared), "others share the repository itself"
