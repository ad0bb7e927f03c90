"""`briefing-bot try`: an edit shows in the next answer; a broken one leaves the last good content."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from pydantic import SecretStr

import app as wiring
from bot.config import Settings
from bot.content.faults import ContentError, Severity
from bot.content.load import load
from bot.publishing.folder_watcher import FolderWatcher
from cli.operators import process
from cli.try_out import try_out
from tests.support.content_copy import copied
from tests.support.publishing import published
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy the shipped content, to edit it."""
    return copied(tmp_path / "briefings")


async def test_an_edit_becomes_a_revision_and_a_broken_one_does_not(folder: Path, tmp_path: Path) -> None:
    seen: asyncio.Queue[int] = asyncio.Queue()
    async with published(load(folder), tmp_path) as (database, publisher):

        async def on_change() -> None:
            seen.put_nowait((await database.latest()).number)

        watcher = FolderWatcher(folder, publisher, on_change)
        file = folder / "infrastructure/growth-zones.yaml"
        good = file.read_text()
        file.write_text(good.replace("could look at", "could yet look at"))
        await watcher.publish()
        assert (seen.get_nowait(), watcher.notes) == (2, ())
        file.write_text(good + "\nbroken: [\n")
        await watcher.publish()
        assert seen.get_nowait() == 2
        errors = [fault for fault in watcher.faults if fault.severity is Severity.ERROR]
        assert [fault.file for fault in errors] == [f"infrastructure/{file.name}"]
        assert watcher.notes[0].startswith(f"infrastructure/{file.name}:")
        (folder / "notes.txt").write_text("Mine.")
        await watcher.publish()
        assert seen.get_nowait() == 2
        assert watcher.notes
        assert [*watcher.remarks] == [], "nothing is published"
        file.write_text(good)
        await watcher.publish()
        assert (seen.get_nowait(), watcher.notes) == (3, ())
        assert watcher.remarks[0].startswith("notes.txt:1:1 warning stray-file:")


@asynccontextmanager
async def trying(folder: Path) -> AsyncIterator[str]:
    """Run `try` over a content folder for as long as the block runs; yield the page's address."""
    stop = asyncio.Event()
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(try_out(folder, "127.0.0.1", 0, stop, ready.set_result, rate_limits=True))
    yield await asyncio.wait_for(ready, PATIENCE_S)
    stop.set()
    await running


async def test_an_edit_on_disk_is_noticed_and_its_faults_reach_the_page(folder: Path) -> None:
    file = folder / "infrastructure/growth-zones.yaml"
    async with trying(folder) as address, aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE_S):
        file.write_text(file.read_text() + "\nbroken: [\n")
        for page in (address, f"{address}client/U0ADA/C0POLICY"):  # there, as a notice to the maintainers
            while f"infrastructure/{file.name}:" not in await _page(session, page):
                pass


async def test_a_newcomers_first_edit_shows_an_alert_in_the_channel_that_the_welcome_names(folder: Path) -> None:
    file = folder / "infrastructure/growth-zones.yaml"
    async with trying(folder) as address, aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE_S):
        assert "infrastructure/growth-zones.yaml" in await _page(session, address)
        assert "Switch off: Slack’s rate limits" in await _page(session, address)
        file.write_text(file.read_text().replace("There were over 200", "There had been over 200", 1))
        while "Why am I seeing this?" not in await _page(session, f"{address}client/U0ADA/C0POLICY"):
            pass


def _refuse_new(markdown: str) -> list[str]:
    return ["It is too long."] if "could yet look at" in markdown else []


async def test_content_over_slacks_limits_neither_starts_nor_replaces_what_is_served(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "limits", _refuse_new)
    async with trying(folder) as address, aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE_S):
        for file in (folder / "infrastructure").glob("*.yaml"):
            file.write_text(file.read_text().replace("could look at", "could yet look at"))
        while "over-limit" not in await _page(session, address):
            pass
    stop = asyncio.Event()
    settings = Settings.model_construct(
        slack_bot_token=SecretStr("xoxb-1"),
        slack_app_token=SecretStr("xapp-1"),
        briefings_dir=folder,
        data_dir=folder.parent,
    )
    for starting in (process.run(settings, stop), try_out(folder, "127.0.0.1", 0, stop, print)):
        with pytest.raises(ContentError) as raised:
            await starting
        assert "over-limit" in {fault.code for fault in raised.value.faults}


async def _page(session: aiohttp.ClientSession, address: str) -> str:
    async with session.get(address) as answer:
        return await answer.text()
