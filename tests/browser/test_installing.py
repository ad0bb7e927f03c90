"""Installing the app in a browser: by Slack's page and back, and the pages that say what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import expect

from tests.scenarios.installed import ONE, shared
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_it_is_installed_by_two_presses_and_cancelled_by_one(chromium: Browser, unused_tcp_port: int) -> None:
    context = await chromium.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(PATIENCE_S * 1000)
    async with shared(unused_tcp_port) as play:
        page = await context.new_page()
        troubles: list[str] = []
        page.on("console", lambda message: troubles.append(message.text))
        for button, title in (("Cancel", "Not installed"), ("Allow", "Installed")):
            await page.goto(f"{play.url}/slack/install")
            await page.get_by_role("radio", name=ONE.name).check()
            await page.get_by_role("button", name=button).click()
            await expect(page.get_by_role("heading", level=1)).to_have_text(title)
            assert page.url.startswith(f"{play.url}/slack/oauth_redirect")
            assert not (await Axe().run(page)).response["violations"]
            assert await page.evaluate("document.scrollingElement.scrollWidth") == 390
        await expect(page.get_by_role("main")).to_contain_text(f"Briefing bot is installed in {ONE.name}.")
        await page.reload()
        await expect(page.get_by_role("main")).to_contain_text("Do all of it in one browser.")
        assert not [each for each in troubles if "Failed to load resource" not in each]
    await context.close()
