"""The preview in a browser: an edit appears by itself, the focus stays, and nothing is asked of any other place."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import expect

from bot.clock import SystemClock
from cli.maintainers.preview.server import PreviewServer
from tests.support.small_content import write_small_content

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_an_edit_appears_by_itself(chromium: Browser, tmp_path: Path) -> None:
    folder = write_small_content(tmp_path / "briefings")
    water = folder / "brewing" / "water.yaml"
    good = water.read_text()
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        PreviewServer(folder, SystemClock()).serve("brewing", 0, stop, ready.set_result, long=False)
    )
    page = await chromium.new_page(viewport={"width": 390, "height": 844})
    asked: list[str] = []
    troubles: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: troubles.append(message.text))
    try:
        address = await ready
        await page.goto(address)
        await expect(page.get_by_role("status")).to_have_text("This page follows each edit.")
        place = page.get_by_role("link", name="brewing/water.yaml:1")
        await place.focus()
        water.write_text(good.replace("boiling the water", "boiling all the water"))
        await expect(page.get_by_role("article")).to_contain_text("boiling all the water")
        await expect(place).to_be_focused()
        water.write_text(good.replace("certainty: possible", "certainty: <b>sure</b>"))
        await expect(page.get_by_role("heading", name="To put right")).to_be_visible()
        await expect(page.get_by_role("status")).to_contain_text("1 to put right")
        await expect(page.get_by_text("certainty: <b>sure</b>")).to_be_visible()
        assert not (await Axe().run(page)).response["violations"]
        assert await page.evaluate("document.scrollingElement.scrollWidth") == 390
        await page.get_by_role("link", name="brewing/water.yaml:4:14").click()
        await expect(page.locator("li:target")).to_contain_text("certainty: <b>sure</b>")
        root = address.rpartition("/")[0]
        assert asked
        assert not [each for each in asked if not each.startswith(f"{root}/")]
        assert not troubles
    finally:
        await page.close()
        stop.set()
        await serving
