"""Files and folders as an operator may have them: what is wrong is told, and nothing is made or changed."""

from __future__ import annotations

import os
import shutil
import stat
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bot.health import files
from bot.health.finding import Verdict
from bot.store.sqlite_file import LAST_BACKUP

if TYPE_CHECKING:
    from pathlib import Path

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    (folder / "briefing-bot.db").touch(mode=0o600)
    return folder


def test_a_folder_for_its_owner_alone_is_well(data: Path) -> None:
    assert files.data_folder(data).verdict is Verdict.OK


def test_one_that_is_not_there_is_made_by_the_first_start_and_not_by_the_check(tmp_path: Path) -> None:
    assert files.data_folder(tmp_path / "a" / "b").verdict is Verdict.OK
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(("mode", "words"), [(0o755, "(755)"), (0o770, "(770)")])
def test_a_folder_or_file_that_others_may_read_is_told_and_left_so(data: Path, mode: int, words: str) -> None:
    data.chmod(mode)
    found = files.data_folder(data)
    assert (found.verdict, found.to_do) == (Verdict.WARN, f"chmod 700 {data}")
    assert words in found.what
    data.chmod(0o700)
    (data / "briefing-bot.db").chmod(0o644)
    found = files.data_folder(data)
    assert found.verdict is Verdict.WARN
    assert "briefing-bot.db (644)" in found.what
    assert stat.S_IMODE((data / "briefing-bot.db").stat().st_mode) == 0o644


def test_a_file_a_part_of_a_file_and_a_loop_are_no_folder(tmp_path: Path, data: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path, words in [
        (data / "briefing-bot.db", "is not a folder"),
        (data / "briefing-bot.db" / "var", "is not a folder"),
        (loop, "leads to itself"),
    ]:
        found = files.data_folder(path)
        assert found.verdict is Verdict.FAIL
        assert words in found.what


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")
def test_what_the_bots_user_cannot_write_is_told(tmp_path: Path, data: Path) -> None:
    (data / "briefing-bot.db").chmod(0o400)
    assert "cannot write to briefing-bot.db" in files.data_folder(data).what
    data.chmod(0o500)
    assert files.data_folder(data).verdict is Verdict.FAIL
    assert files.data_folder(data / "deeper").verdict is Verdict.FAIL
    data.chmod(0o000)
    assert files.data_folder(data).verdict is Verdict.FAIL
    data.chmod(0o700)
    assert tmp_path.exists()


def test_files_of_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    env, token = tmp_path / ".env", tmp_path / "token"
    assert files.secrets([env, token]).verdict is Verdict.OK
    for path in (env, token):
        path.touch(mode=0o600)
    assert files.secrets([env, token]).verdict is Verdict.OK
    token.chmod(0o640)
    found = files.secrets([env, token])
    assert (found.verdict, found.to_do) == (Verdict.WARN, f"chmod 600 {token}")
    assert found.what == f"Others may read {token} (640)."


def test_a_secret_that_is_handed_over_by_a_group_is_well_unless_everybody_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Kubernetes (fsGroup) and systemd do: the file is another user's."""
    (token := tmp_path / "slack_bot_token").touch()
    token.chmod(0o440)
    monkeypatch.setattr(os, "geteuid", lambda: token.stat().st_uid + 1)
    assert files.secrets([token]).verdict is Verdict.OK
    token.chmod(0o644)
    assert files.secrets([token]).verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("free", "verdict"), [(50 * 1024**2, Verdict.FAIL), (500 * 1024**2, Verdict.WARN), (2 * 1024**3, Verdict.OK)]
)
def test_room_is_told_where_the_data_is_or_will_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, verdict: Verdict
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert files.disk_space(tmp_path / "not" / "yet").verdict is verdict


def test_a_network_file_system_is_told_by_the_mount_that_is_nearest(tmp_path: Path) -> None:
    (tmp_path / "data store" / "var").mkdir(parents=True)
    mounts = tmp_path / "mountinfo"
    escaped = str(tmp_path / "data store").replace(" ", "\\040")
    lines = [
        "22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/root rw",
        f"50 22 0:40 / {escaped} rw,relatime shared:2 - nfs4 server:/export rw",
        "malformed",
    ]
    mounts.write_text("\n".join(lines))
    found = files.file_system(tmp_path / "data store" / "var", mounts)
    assert found.verdict is Verdict.FAIL
    assert "(nfs4)" in found.what
    assert files.file_system(tmp_path, mounts).verdict is Verdict.OK
    assert files.file_system(tmp_path, tmp_path / "none").verdict is Verdict.OK


def test_a_backup_that_is_old_or_was_never_made_is_told(data: Path) -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert files.backup(data.parent / "none", now).verdict is Verdict.OK
    assert files.backup(None, now).what.startswith("Of PostgreSQL its own tools")
    assert files.backup(data, now).what == "None has been made of the database by `briefing-bot backup`."
    (data / LAST_BACKUP).touch()
    for hours, verdict in ((9, Verdict.OK), (37, Verdict.WARN)):
        made_at = (now - timedelta(hours=hours)).timestamp()
        os.utime(data / LAST_BACKUP, (made_at, made_at))
        found = files.backup(data, now)
        assert (found.what, found.verdict) == (f"The newest is {hours} hours old.", verdict)
