"""`preview` shows what readers will get, each line with its place; its page follows edits and serves this machine."""

from __future__ import annotations

import asyncio
import re
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from typer.testing import CliRunner, Result

from bot.clock import SystemClock
from bot.config import BRIEFINGS
from bot.content.files import list_folder
from bot.content.load import load
from bot.content.render import Renderer
from bot.errors import BriefingBotError
from cli.main import app
from cli.maintainers.preview.lines import briefing_lines
from cli.maintainers.preview.server import PreviewServer
from handlers.rendering.blocks import parse
from tests.support.small_content import write_small_content
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small_content(tmp_path / "briefings")


def preview(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["preview", *words, "--content", str(folder)])


@pytest.mark.parametrize("long", [False, True])
def test_every_shipped_briefing_reads_as_it_will_and_each_line_has_its_place(long: bool) -> None:  # noqa: FBT001
    content, files = load(BRIEFINGS), list_folder(BRIEFINGS).files
    last = frozenset({next(iter(content.facts))})
    for area in content.areas:
        lines = briefing_lines(content, files, area.key, long=long, last=last)
        markdown = Renderer(content).briefing(area.key, long=long, last=last)
        assert [line.unit for line in lines] == list(parse(markdown))
        briefing = content.briefings[area.key]
        shown = [fact_id for section in briefing.shown_sections(long=long) for fact_id in section.facts]
        assert sorted(line.fact_id for line in lines if line.fact_id) == sorted(
            filter(None, [*shown, briefing.bottom_line])
        )
        for line in lines:
            words = "".join(element["text"] for element in line.unit.elements)
            there = files[line.place.file].decode().split("\n")[line.place.line - 1]
            if line.fact_id:
                assert there == f"{line.fact_id}:"
            elif not line.place.file.startswith("templates/"):
                assert there.strip().removeprefix("- ").split(": ", 1)[1].strip('"') == words


def test_it_prints_the_place_of_each_line(folder: Path) -> None:
    done = preview(folder, "infusion")
    assert done.exit_code == 0, done.output
    assert re.search(r"^Brewing  .*memorandum\.yaml:14$", done.output, re.MULTILINE)
    assert re.search(
        r"^• Kettle Ltd could look at boiling the water\. \[1\]  .*brewing/water\.yaml:1$", done.output, re.MULTILINE
    )
    assert "The memorandum binds nobody" not in done.output
    assert re.search(
        r"binds nobody\. \[2\]  .*agreement/status\.yaml:1$", preview(folder, "brewing", "--long").output, re.MULTILINE
    )
    assert "No area is called “tee”" in str(preview(folder, "tee").exception)


def test_a_fault_is_told_with_its_place(folder: Path) -> None:
    water = folder / "brewing" / "water.yaml"
    water.write_text(water.read_text().replace("certainty: possible", "certainty: sure"))
    done = preview(folder, "brewing")
    assert done.exit_code == 1
    assert "brewing/water.yaml:4:14" in "\n".join(map(str, done.exception.faults))  # type: ignore[union-attr]


def test_a_port_without_a_page_is_told(folder: Path) -> None:
    done = preview(folder, "--port", "8091")
    assert (done.exit_code, "belongs to --browser" in done.stderr) == (2, True)


async def test_a_page_begun_with_faults_shows_the_area_once_it_loads(folder: Path) -> None:
    water = folder / "brewing" / "water.yaml"
    good = water.read_text()
    water.write_text(good.replace("certainty: possible", "certainty: sure"))
    async with served(folder, "serving") as address, aiohttp.ClientSession() as session:
        assert "To put right" in (await page(session, address))[1]
        water.write_text(good)
        assert "No milk is named." in await until(session, address, "No milk is named.")


@asynccontextmanager
async def served(folder: Path, words: str = "brewing") -> AsyncIterator[str]:
    """Serve the preview; give its address without the page."""
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    server = PreviewServer(folder, SystemClock())
    task = asyncio.create_task(server.serve(words, 0, stop, ready.set_result, long=False))
    try:
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE_S)
        if task.done():
            await task
        yield ready.result()
    finally:
        stop.set()
        await task


async def page(session: aiohttp.ClientSession, address: str, **headers: str) -> tuple[int, str]:
    async with session.get(address, headers=headers) as response:
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        return response.status, await response.text()


async def until(session: aiohttp.ClientSession, address: str, words: str) -> str:
    """Return the page once an edit brought these words."""
    root = address.rpartition("/")[0]
    async with asyncio.timeout(PATIENCE_S), session.get(f"{root}/live/events") as events:
        async for line in events.content:
            if line.startswith(b"data: "):
                _, text = await page(session, address)
                if words in text:
                    return text
    raise AssertionError(words)


async def test_the_page_follows_edits_and_shows_faults_above_the_last_good_briefing(folder: Path) -> None:
    water = folder / "brewing" / "water.yaml"
    good = water.read_text()
    async with served(folder) as address, aiohttp.ClientSession() as session:
        _, text = await page(session, address)
        place = '<a href="/files/brewing/water.yaml#L1" class="place">brewing/water.yaml:1</a>'
        assert re.search(
            rf"<li><span>Kettle Ltd could look at boiling the water\. </span>.*?{re.escape(place)}</li>", text
        )
        water.write_text(good.replace("boiling the water", "boiling all the water"))
        await until(session, address, "boiling all the water")
        water.write_text(good.replace("certainty: possible", "certainty: <script>alert(1)</script> &"))
        text = await until(session, address, "To put right")
        assert 'href="/files/brewing/water.yaml#L4">brewing/water.yaml:4:14</a>' in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in text
        assert "<script>" not in text
        assert "boiling all the water" in text
        assert "from before the newest edit" in text
        _, text = await page(session, address.replace("/brewing", "/files/brewing/water.yaml"))
        assert '<li id="L4"><code>  certainty: &lt;script&gt;' in text
        shutil.move(folder, folder.with_name("away"))
        await until(session, address, "cannot be read")
        shutil.move(folder.with_name("away"), folder)
        water.write_text(good)
        text = await until(session, address, "boiling the water")
        assert "To put right" not in text


async def test_the_page_answers_this_machine_alone_and_reads_no_other_file(folder: Path) -> None:
    (folder.parent / "secret.yaml").write_text("secret: yes\n")
    async with served(folder) as address, aiohttp.ClientSession() as session:
        root = address.rpartition("/")[0]
        assert (await page(session, address, Host="evil.example"))[0] == 403
        assert (await page(session, f"{root}/live/events", Host="evil.example"))[0] == 403
        for name in ("../secret.yaml", "..%2fsecret.yaml", "%2fetc/passwd", "brewing/../../secret.yaml", "x" * 5000):
            status, text = await page(session, f"{root}/files/{name}")
            assert (status, "secret: yes" in text) == (404, False)
        assert (await page(session, f"{root}/static/..%2fserver.py"))[0] == 404
        assert (await page(session, f"{root}/%3Cscript%3E"))[0] == 404
        assert (await page(session, f"{root}/static/icon.svg"))[0] == 200
        assert "Brewing" in (await page(session, f"{root}/"))[1]
        port = int(root.rpartition(":")[2])
        with pytest.raises(BriefingBotError, match="cannot be used"):
            await PreviewServer(folder, SystemClock()).serve("brewing", port, asyncio.Event(), print, long=False)


async def test_a_folder_that_never_was_without_faults_is_served_too(folder: Path) -> None:
    (folder / "memorandum.yaml").write_text("title: [\n")
    async with served(folder) as address, aiohttp.ClientSession() as session:
        _, text = await page(session, address)
        assert "memorandum.yaml:" in text
        assert "No briefing" in text
