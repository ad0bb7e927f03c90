"""The command in odd surroundings: closed streams, a full disk, no folder, a plain locale, an empty environment."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from sqlalchemy import func, select

import app as wiring
from bot.store.database import Database
from bot.store.engine import database_url
from bot.store.maintainer_tables import audit
from bot.store.revisions import newest_number
from tests.scenarios.test_process import ended

FULL = "Not everything could be written: No space left on device. Make room, and run it again."
ROOT = Path(wiring.__file__).parent
PROGRAM = "from cli.main import main; main()"


async def run(folder: Path, script: str, **variables: str) -> tuple[int | None, str, str]:
    """Run a line of shell, in which `$@` stands for the command, with these variables alone."""
    process = await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", script, "sh", sys.executable, "-c", PROGRAM),
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return await ended(process)


async def test_with_every_stream_closed_and_an_odd_zone_it_publishes_and_prints_into_no_file(tmp_path: Path) -> None:
    """No HOME and no locale either. A file opened as number 1 would be printed into."""
    assert await run(tmp_path, '"$@" publish <&- >&- 2>&-', TZ="Nowhere/Nope") == (0, "", "")
    assert (tmp_path / "var" / "briefing-bot.lock").read_bytes() == b""
    async with Database(database_url("", tmp_path / "var")).opened() as database, database.reading() as connection:
        assert await newest_number(connection) == 1


async def test_an_output_that_is_full_is_one_sentence(tmp_path: Path) -> None:
    code, _, err = await run(tmp_path, '"$@" lookup growth zones >/dev/full')
    assert (code, err) == (1, f"{FULL}\n")


async def test_a_current_folder_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    code, _, err = await run(folder, f'rmdir {folder}; "$@" publish')
    assert (code, len(err.splitlines())) == (78, 1)
    assert err.startswith("The folder in which the command was started is gone.")


async def test_a_locale_of_plain_ascii_changes_no_word(tmp_path: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    code, out, err = await run(tmp_path, '"$@" lookup investment £', **plain)
    assert (code, err) == (0, "")
    assert "£" in out


async def test_a_publication_that_the_disk_has_no_room_for_leaves_nothing_by_halves(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk (setrlimit(2), RLIMIT_FSIZE), in units of 512 bytes."""
    async with Database(database_url("", tmp_path / "var")).opened():
        pass
    unwritten = {"PYTHONDONTWRITEBYTECODE": "1"}  # the limit would cut what Python keeps of modules, too
    code, out, err = await run(tmp_path, 'ulimit -f 420; "$@" publish', **unwritten)
    assert (code, out) == (69, "")
    assert "its disk is full or broken" in err.splitlines()[-1]
    async with Database(database_url("", tmp_path / "var")).opened() as database, database.reading() as connection:
        assert await newest_number(connection) == 0
        assert await connection.scalar(select(func.count()).select_from(audit)) == 0


async def test_an_installation_by_halves_is_one_sentence(tmp_path: Path) -> None:
    """As after an upgrade that brought the bot, and not a package that it needs since."""
    program = f"import sys; sys.modules['prometheus_client'] = None; {PROGRAM}"
    for command in ("doctor", "run"):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program, command),
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        code, _, err = await ended(process)
        assert (code, len(err.splitlines())) == (78, 1), command
        assert err.startswith("The Python package prometheus_client is not installed, or cannot be loaded. Install")
