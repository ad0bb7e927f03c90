"""Root restores the database of a bot that runs as another user: the files stay that user’s."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bot.retention.backup import back_up
from bot.retention.restoring import restore
from bot.store.engine import LOCK_FILE, SQLITE_FILE, database_url
from tests.support.newsroom import HandClock
from tests.support.up_to_date import copy_up_to_date

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to another user")
BOT, GROUP = 61234, 61235


@pytest.mark.parametrize("kept", ["all", "the folder"])
def test_what_root_restores_belongs_to_who_owned_it(tmp_path: Path, kept: str) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup.db"
    data.mkdir(mode=0o700)
    copy_up_to_date(data)
    back_up(data / SQLITE_FILE, backup)
    for path in (data, *data.iterdir()):
        os.chown(path, BOT, GROUP)
    if kept == "the folder":
        for path in data.iterdir():
            path.unlink()
    done = restore(database_url("", data), backup, HandClock(), "cli:root")
    assert (done.kept_as is None) == (kept == "the folder")
    assert {path.name for path in data.iterdir()} >= {SQLITE_FILE, LOCK_FILE}
    owners = {path.name: (path.stat().st_uid, path.stat().st_gid) for path in data.iterdir()}
    assert set(owners.values()) == {(BOT, GROUP)}, owners


def test_the_old_files_owner_counts_before_the_folders(tmp_path: Path) -> None:
    copy_up_to_date(tmp_path)
    back_up(tmp_path / SQLITE_FILE, tmp_path / "backup.db")
    os.chown(tmp_path / SQLITE_FILE, BOT, GROUP)
    restore(database_url("", tmp_path), tmp_path / "backup.db", HandClock(), "cli:root")
    found = (tmp_path / SQLITE_FILE).stat()
    assert (found.st_uid, found.st_gid) == (BOT, GROUP)
