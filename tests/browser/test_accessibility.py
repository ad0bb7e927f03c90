"""Every state of the page under axe-core, at both sizes, light and dark; and the page's size over the wire.

`--screenshots FOLDER` saves a screenshot of each state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import expect

from tests.browser.forms import MANIFEST, FormsApp
from tests.support.new_blocks import message_blocks
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Page

    from tests.browser.apps import EchoApp

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
BOX = "#box-main"
SIZES = {1280: 800, 390: 844}
WIRE_MAX_BYTES = 60_000


@pytest.fixture
def manifest() -> dict[str, Any]:
    return MANIFEST


@pytest.fixture
def app_kind() -> type[EchoApp]:
    return FormsApp


class Inspector:
    """Inspects the states of one page; `faults` collects the violations."""

    def __init__(self, page: Page, width: int, folder: Path | None) -> None:
        """Inspect `page`, which is `width` pixels wide; save screenshots in `folder`, if there is one."""
        self._page = page
        self._width = width
        self._folder = folder
        self.faults: list[str] = []

    async def look(self, state: str) -> None:
        """Inspect the page as it is now."""
        found = await Axe().run(self._page)
        self.faults += [
            f"{state}: {fault['id']} {[node['html'] for node in fault['nodes']]}"
            for fault in found.response["violations"]
            if fault["impact"] in ("serious", "critical")
        ]
        if await self._page.evaluate("document.scrollingElement.scrollWidth") > self._width:
            self.faults.append(f"{state}: wider than the screen")
        if self._folder:
            await self._page.screenshot(path=self._folder / f"{state}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", SIZES)
async def test_no_state_has_a_serious_fault(
    chromium: Browser,
    echo: FormsApp,
    width: int,
    scheme: Literal["light", "dark"],
    request: pytest.FixtureRequest,
) -> None:
    folder: Path | None = request.config.getoption("--screenshots", default=None)
    if folder:
        folder = folder / f"{width}-{scheme}"
        folder.mkdir(parents=True, exist_ok=True)
    context = await chromium.new_context(
        viewport={"width": width, "height": SIZES[width]}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_S * 1000)
    page = await context.new_page()
    inspector = Inspector(page, width, folder)
    await _channel(page, inspector, echo)
    await _menus(page, inspector)
    await _modals(page, inspector)
    await _surfaces(page, inspector, echo)
    await context.close()
    assert inspector.faults == []


async def _channel(page: Page, inspector: Inspector, echo: FormsApp) -> None:
    await page.goto(f"{echo.page}client/U0ADA/C0GENERAL")
    await expect(page.locator(BOX)).to_be_focused()
    await inspector.look("welcome")
    await echo.say("C0GENERAL", "x", blocks=message_blocks())
    await expect(page.get_by_role("table", name="Growth zones")).to_be_visible()
    await page.locator("details.container").evaluate("shut => { shut.open = true; }")
    await inspector.look("new blocks")
    await page.goto(f"{echo.page}client/U0ADA/C0POLICY")
    await expect(page.locator(BOX)).to_be_focused()
    await page.fill(BOX, "@Forms bot *hello*, see https://example.org and `code`")
    await page.press(BOX, "Enter")
    await expect(page.locator(".replies")).to_be_visible()
    await echo.say("C0POLICY", "<!channel> look", blocks=[{"type": "markdown", "text": "|a|b|\n|-|-|\n|1|2|\n> said"}])
    await page.fill(BOX, "/message")
    await page.press(BOX, "Enter")
    await expect(page.locator(".only-you")).to_be_visible()
    await inspector.look("channel")
    await page.locator(BOX).press_sequentially("/")
    await inspector.look("completion")
    await page.fill(BOX, "")


async def _menus(page: Page, inspector: Inspector) -> None:
    openers = {
        "message menu": page.get_by_role("button", name="More about the message by Ada"),
        "shortcuts": page.get_by_role("button", name="Shortcuts and commands"),
        "clock": page.get_by_role("button", name="The workspace’s clock"),
        "people": page.get_by_role("button", name="You are Ada"),
        "switches": page.get_by_role("button", name="Fault switches"),
    }
    for state, opener in openers.items():
        await opener.first.click()
        await inspector.look(state)
        await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await inspector.look("switcher")
    await page.keyboard.press("Escape")
    await page.locator(".message").get_by_role("button", name="Remove").click()
    await inspector.look("question")
    await page.keyboard.press("Escape")
    await openers["message menu"].first.click()
    await page.get_by_role("menuitem", name="Check the message").click()
    await expect(page.locator(".alert")).to_have_count(5)
    await inspector.look("alerts")
    await page.get_by_role("button", name="Close").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)  # what is typed behind an open dialog goes nowhere


async def _modals(page: Page, inspector: Inspector) -> None:
    await page.fill(BOX, "/form")
    await page.press(BOX, "Enter")
    dialog = page.get_by_role("dialog", name="Subscribe #policy")
    await expect(dialog).to_be_visible()
    await inspector.look("modal")
    await dialog.get_by_role("button", name="Subscribe").click()
    await expect(dialog).to_contain_text("Please complete this required field.")
    await inspector.look("modal with errors")
    await dialog.get_by_label("Time zone").fill("lon")
    await expect(dialog.get_by_role("option").first).to_be_visible()
    await inspector.look("modal with suggestions")
    await dialog.get_by_role("option").first.click()
    await expect(dialog.locator(".token")).to_be_visible()
    await inspector.look("modal with a choice")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog).to_have_count(0)


async def _surfaces(page: Page, inspector: Inspector, echo: FormsApp) -> None:
    await page.locator(".replies").click()
    await expect(page.get_by_role("complementary", name="Thread")).to_be_visible()
    await inspector.look("thread")
    await page.goto(f"{echo.page}client/U0ADA/C0POLICY?trace=newest")
    await inspector.look("what just happened")
    await page.goto(f"{echo.page}client/U0ADA/D0ADA?tab=home")
    await expect(page.get_by_role("heading", name="What it knows")).to_be_visible()
    await inspector.look("home")
    await page.goto(f"{echo.page}client/U0ADA/D0ADA?tab=about")
    await inspector.look("about")
    await page.get_by_role("button", name="Ask Forms bot").click()
    await page.locator("#prompts").get_by_role("button", name="Growth zones").click()
    await expect(page.locator(".conversation .message")).to_be_visible()
    await inspector.look("agent")
    await echo.hang_up()
    await page.goto(f"{echo.page}client/U0ADA/C0POLICY")
    await expect(page.locator("#banners")).to_contain_text("not connected")
    await inspector.look("not connected")


@pytest.mark.usefixtures("echo")
async def test_the_whole_page_is_small_over_the_wire(ada: Page) -> None:
    """Sum the compressed bytes of the page and all that it loads, without headers, as the browser reports them."""
    sizes: dict[str, int] = await ada.evaluate(
        "Object.fromEntries(['navigation', 'resource'].flatMap((type) => performance.getEntriesByType(type))"
        ".filter((entry) => !entry.name.endsWith('/live')).map((entry) => [entry.name, entry.encodedBodySize]))"
    )
    assert all(sizes.values())
    assert sum(sizes.values()) < WIRE_MAX_BYTES
