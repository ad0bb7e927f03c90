"""`briefing-bot try`: an edit shows in the next answer; a broken one leaves the last good content."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import aiohttp
import pytest
from pydantic import SecretStr

import app as wiring
from bot.config import BRIEFINGS, Settings
from bot.content.faults import ContentError, Severity
from bot.content.load import load
from bot.watcher import Watcher
from tests.publishing import published

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy the shipped content, to edit it."""
    return shutil.copytree(BRIEFINGS, tmp_path / "briefings")


async def test_an_edit_becomes_a_revision_and_a_broken_one_does_not(folder: Path, tmp_path: Path) -> None:
    seen: asyncio.Queue[int] = asyncio.Queue()
    async with published(load(folder), tmp_path) as (database, publisher):

        async def on_change() -> None:
            seen.put_nowait((await database.latest()).number)

        watcher = Watcher(folder, publisher, on_change)
        file = folder / "infrastructure/growth-zones.yaml"
        good = file.read_text()
        file.write_text(good.replace("OpenAI", "Open-AI"))
        await watcher.read_again()
        assert (seen.get_nowait(), watcher.notes) == (2, ())
        file.write_text(good + "\nbroken: [\n")
        await watcher.read_again()
        assert seen.get_nowait() == 2
        errors = [fault for fault in watcher.faults if fault.severity is Severity.ERROR]
        assert [fault.file for fault in errors] == [f"infrastructure/{file.name}"]
        assert watcher.notes[0].startswith(f"infrastructure/{file.name}:")
        file.write_text(good)
        await watcher.read_again()
        assert (seen.get_nowait(), watcher.notes) == (3, ())


async def test_an_edit_on_disk_is_noticed_and_its_faults_reach_the_page(folder: Path) -> None:
    stop, ready = asyncio.Event(), asyncio.Event()
    addresses: list[str] = []

    def on_ready(address: str) -> None:
        addresses.append(address)
        ready.set()

    trying = asyncio.create_task(wiring.try_out(folder, "127.0.0.1", 0, stop, on_ready))
    await asyncio.wait_for(ready.wait(), 10)
    file = folder / "infrastructure/growth-zones.yaml"
    file.write_text(file.read_text() + "\nbroken: [\n")
    async with aiohttp.ClientSession() as session:
        async with asyncio.timeout(20):
            while f"infrastructure/{file.name}:" not in await _page(session, addresses[0]):
                pass
    stop.set()
    await trying


async def test_a_newcomers_first_edit_shows_an_alert_in_the_channel_that_the_welcome_names(folder: Path) -> None:
    stop, ready = asyncio.Event(), asyncio.Event()
    addresses: list[str] = []

    def on_ready(address: str) -> None:
        addresses.append(address)
        ready.set()

    trying = asyncio.create_task(wiring.try_out(folder, "127.0.0.1", 0, stop, on_ready))
    await asyncio.wait_for(ready.wait(), 10)
    file = folder / "infrastructure/growth-zones.yaml"
    async with aiohttp.ClientSession() as session:
        assert "infrastructure/growth-zones.yaml" in await _page(session, addresses[0])
        file.write_text(file.read_text().replace("over 200 bids for AI", "about 200 bids for AI", 1))
        async with asyncio.timeout(20):
            while "Why am I seeing this?" not in await _page(session, f"{addresses[0]}client/U0ADA/C0POLICY"):
                pass
    stop.set()
    await trying


def _refuse_new(markdown: str) -> list[str]:
    return ["It is too long."] if "Open-AI" in markdown else []


async def test_content_over_slacks_limits_neither_starts_nor_replaces_what_is_served(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "limits", _refuse_new)
    stop, ready = asyncio.Event(), asyncio.Event()
    addresses: list[str] = []

    def on_ready(address: str) -> None:
        addresses.append(address)
        ready.set()

    trying = asyncio.create_task(wiring.try_out(folder, "127.0.0.1", 0, stop, on_ready))
    await asyncio.wait_for(ready.wait(), 10)
    for file in (folder / "infrastructure").glob("*.yaml"):
        file.write_text(file.read_text().replace("OpenAI", "Open-AI"))
    async with aiohttp.ClientSession() as session, asyncio.timeout(20):
        while "over-limit" not in await _page(session, addresses[0]):
            pass
    stop.set()
    await trying
    settings = Settings.model_construct(
        slack_bot_token=SecretStr("xoxb-1"),
        slack_app_token=SecretStr("xapp-1"),
        briefings_dir=folder,
        data_dir=folder.parent,
    )
    for starting in (wiring.run(settings, stop), wiring.try_out(folder, "127.0.0.1", 0, stop, on_ready)):
        with pytest.raises(ContentError) as raised:
            await starting
        assert "over-limit" in {fault.code for fault in raised.value.faults}


async def _page(session: aiohttp.ClientSession, address: str) -> str:
    async with session.get(address) as answer:
        return await answer.text()
