"""Edits on disk: none is missed, and no failure ends the watch."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.config.maintainers import Maintainers
from bot.content.faults import Severity
from bot.content.load import load
from bot.outbox.operators import Operators
from bot.publishing import folder_watcher as watching
from bot.publishing.folder_watcher import FolderWatcher
from bot.publishing.publisher import Publisher
from tests.support.publishing import published
from tests.support.small_content import write_small_content
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

THEME = "brewing/water.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a small content, to edit it."""
    return write_small_content(tmp_path / "briefings")


@asynccontextmanager
async def watched(watcher: FolderWatcher) -> AsyncIterator[None]:
    """Let it watch for as long as the block runs."""
    task = asyncio.create_task(watcher.watch())
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def misses(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[Path]:
    """Let the watcher look more often, and put a folder here each time that it is not found."""
    found: asyncio.Queue[Path] = asyncio.Queue()
    real = vars(watching)["_is_there"]

    def look(folder: Path) -> bool:
        is_there: bool = real(folder)
        if not is_there:
            found.put_nowait(folder)
        return is_there

    monkeypatch.setattr("bot.publishing.folder_watcher._is_there", look)
    monkeypatch.setattr("bot.publishing.folder_watcher._FIRST_LOOK_MS", 50)
    return found


def edit(folder: Path, old: str, new: str) -> None:
    (folder / THEME).write_text((folder / THEME).read_text().replace(old, new))


async def test_an_edit_made_before_the_watch_began_is_read(folder: Path, tmp_path: Path) -> None:
    numbers: asyncio.Queue[int] = asyncio.Queue()
    async with published(load(folder), tmp_path) as (database, publisher):

        async def on_change() -> None:
            numbers.put_nowait((await database.latest()).number)

        edit(folder, "could look at", "may look at")
        async with watched(FolderWatcher(folder, publisher, on_change)):
            assert await numbers.get() == 2


async def test_a_failure_is_logged_and_the_next_edit_is_seen(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "REARM_S", 0.01)
    failing, numbers = [ValueError("broken"), OSError("gone")], asyncio.Queue[int]()
    async with published(load(folder), tmp_path) as (database, publisher):

        async def on_change() -> None:
            if failing:
                raise failing.pop()
            numbers.put_nowait((await database.latest()).number)

        with capture_logs() as logs:
            async with watched(FolderWatcher(folder, publisher, on_change)):
                assert await numbers.get() == 1
                edit(folder, "could look at", "may look at")
                while await numbers.get() != 2:
                    pass
    failures = [line["exc_info"] for line in logs if line["event"] == "content.watch_failed"]
    assert [type(error) for error in failures] == [OSError, ValueError]


def _copied_anew(folder: Path) -> None:
    kept = shutil.copytree(folder, folder.with_name("kept"))
    shutil.rmtree(folder)
    shutil.copytree(kept, folder)


def _moved_away_and_back(folder: Path) -> None:
    folder.rename(folder.with_name("away"))
    folder.with_name("away").rename(folder)


def _moved_away_and_copied(folder: Path) -> None:
    folder.rename(folder.with_name("away"))
    shutil.copytree(folder.with_name("away"), folder)


def _replaced(folder: Path) -> None:
    new = shutil.copytree(folder, folder.with_name("new"))
    folder.rename(folder.with_name("old"))
    new.rename(folder)


def _became_a_link(folder: Path) -> None:
    folder.rename(folder.with_name("target"))
    folder.symlink_to("target")


def _links_elsewhere(folder: Path) -> None:
    _became_a_link(folder)
    shutil.copytree(folder, folder.with_name("second"))
    folder.unlink()
    folder.symlink_to("second")


def _inner_folder_copied_anew(folder: Path) -> None:
    kept = shutil.copytree(folder / "brewing", folder.with_name("kept"))
    shutil.rmtree(folder / "brewing")
    shutil.copytree(kept, folder / "brewing")


@pytest.mark.parametrize(
    "upheaval",
    [
        _copied_anew,
        _moved_away_and_back,
        _moved_away_and_copied,
        _replaced,
        _became_a_link,
        _links_elsewhere,
        _inner_folder_copied_anew,
    ],
)
async def test_whatever_became_of_the_folder_a_later_edit_is_seen(
    folder: Path, tmp_path: Path, upheaval: Callable[[Path], None]
) -> None:
    seen: asyncio.Queue[int] = asyncio.Queue()
    async with published(load(folder), tmp_path) as (database, publisher):

        async def on_change() -> None:
            seen.put_nowait((await database.latest()).number)

        async with watched(FolderWatcher(folder, publisher, on_change)):
            await seen.get()
            upheaval(folder)
            await asyncio.to_thread(edit, folder, "could look at", "may look at")
            while await seen.get() != 2:
                pass
            edit(folder, "may look at", "might look at")
            while await seen.get() != 3:
                pass


async def test_a_folder_that_is_away_is_told_once_and_published_again_when_it_is_back(
    folder: Path, tmp_path: Path, misses: asyncio.Queue[Path]
) -> None:
    seen: asyncio.Queue[int] = asyncio.Queue()
    async with published(load(folder), tmp_path) as (database, publisher):

        async def on_change() -> None:
            seen.put_nowait((await database.latest()).number)

        with capture_logs() as logs:
            async with watched(FolderWatcher(folder, publisher, on_change)):
                await seen.get()
                await asyncio.to_thread(folder.rename, tmp_path / "away")
                for _ in range(3):  # it is told at the first miss alone
                    await misses.get()
                edit(tmp_path / "away", "could look at", "may look at")
                await asyncio.to_thread((tmp_path / "away").rename, folder)
                while await seen.get() != 2:
                    pass
    assert [line["event"] for line in logs].count("content.folder_gone") == 1


async def test_a_path_that_cannot_be_looked_at_is_gone_and_is_looked_at_again(
    folder: Path, tmp_path: Path, misses: asyncio.Queue[Path]
) -> None:
    """A name that is too long raises what a closed parent does, for root too."""

    async def on_change() -> None:
        pass

    async with published(load(folder), tmp_path) as (_, publisher):
        with capture_logs() as logs:
            async with watched(FolderWatcher(tmp_path / ("x" * 300), publisher, on_change)):
                for _ in range(3):
                    await misses.get()
    assert [line["event"] for line in logs] == ["content.folder_gone"]


async def test_content_over_the_messengers_limits_is_not_published(folder: Path, tmp_path: Path) -> None:
    async def on_change() -> None:
        pass

    async with published(load(folder), tmp_path) as (database, _):
        maintainers = Operators(Maintainers(), SystemClock())
        publisher = Publisher(database, SystemClock(), maintainers, limits=lambda _: ["It is too long."])
        watcher = FolderWatcher(folder, publisher, on_change)
        edit(folder, "could look at", "may look at")
        await watcher.publish()
        assert {fault.code for fault in watcher.faults if fault.severity is Severity.ERROR} == {"over-limit"}
        assert (await database.latest()).number == 1


async def test_an_edit_is_fine_only_once_it_is_answered_from(folder: Path, tmp_path: Path) -> None:
    good = (folder / THEME).read_text()
    during: list[bool] = []
    told: list[bool] = []
    async with published(load(folder), tmp_path) as (_, publisher):

        async def on_change() -> None:
            during.append(bool(watcher.faults))

        watcher = FolderWatcher(folder, publisher, on_change, on_edit=lambda: told.append(bool(watcher.faults)))
        (folder / THEME).write_text(good + "\nbroken: [\n")
        await watcher.publish()
        (folder / THEME).write_text(good.replace("could look at", "may look at"))
        await watcher.publish()
    assert during == [False, True], "what was said before holds until the new revision answers"
    assert told == [True, False]
