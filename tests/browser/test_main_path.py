"""What a newcomer does after `make try`: the real command, the real bot, a real browser.

Screenshots go to var/screenshots/; docs/screenshot.png (briefing.png) and docs/monday.png are two of them.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import expect

from tests.support import patient_bot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import BrowserContext, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
PROGRAM = f"{patient_bot.PROGRAM}from cli.main import main; main()"


@asynccontextmanager
async def trying(content: Path) -> AsyncIterator[str]:
    """Run `briefing-bot try` over a content folder; yield the page's address. It has to stop cleanly."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, "try", "--port", "0", "--no-browser", "--content", content),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        line = (await process.stdout.readline()).decode()
        yield line.split(" at ")[1].split()[0]
    finally:
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0


async def say(page: Page, words: str) -> None:
    """Type words into the message box and send them."""
    box = page.get_by_role("textbox").first
    await box.fill(words)
    await box.press("Enter")


def said(page: Page, words: str) -> Locator:
    """Return the newest message with these words."""
    return page.get_by_role("article").filter(has_text=words).last


async def choose(message: Locator, option: str) -> None:
    """Choose from the menu below a message."""
    await message.get_by_role("button", name="More actions").click()
    await message.get_by_role("menuitem", name=option).click()


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Return a copy of the briefings that a test may edit."""
    return Path(shutil.copytree(ROOT / "briefings", tmp_path / "briefings"))


async def test_the_main_path(context: BrowserContext, content: Path) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    async with trying(content) as address:
        page = await context.new_page()
        await page.goto(address)
        await page.get_by_role("link", name="policy", exact=True).click()

        await say(page, "/briefing infrastructure")
        briefing = said(page, "Position at 21 July 2025")
        await expect(briefing.get_by_text("May happen", exact=True)).to_be_visible()
        await page.screenshot(path=SCREENSHOTS / "briefing.png")

        await briefing.get_by_role("button", name="Details").click()
        await expect(said(page, "Also not stated in our sources")).to_be_visible()

        await said(page, "Also not stated in our sources").get_by_role("button", name="Post to channel").click()
        await expect(said(page, "Posted by")).to_be_visible()

        await say(page, "/briefing")
        await choose(said(page, "The agreement as a whole"), "Technical information exchange")
        await expect(said(page, "AI Security Institute")).to_be_visible()

        await say(page, "/fact growth zones")
        await expect(said(page, "OpenAI could look at investing in")).to_be_visible()
        await page.screenshot(path=SCREENSHOTS / "fact.png")

        answer = said(page, "OpenAI could look at investing in")
        await answer.get_by_role("button", name="Copy citation").click()
        citation = page.get_by_role("dialog", name="Copy citation")
        await expect(citation.get_by_role("textbox")).to_have_value(re.compile("^OpenAI could look at investing in"))
        await page.screenshot(path=SCREENSHOTS / "citation.png")
        await citation.get_by_role("button", name="Done").click()
        await expect(citation).to_have_count(0)

        await say(page, "/fact Anthropic MoU")
        await expect(said(page, "We hold nothing on “Anthropic MoU”")).to_be_visible()

        await say(page, "@Briefing bot who signed it?")
        await expect(page.get_by_text("1 reply").last).to_be_visible()

        await page.get_by_role("link", name="Briefing bot", exact=True).click()
        await say(page, "£500m")
        await expect(said(page, "up to £500 million")).to_be_visible()
        await say(page, "is that firm?")
        await expect(said(page, "The source says so without a hedge.")).to_be_visible()
        await page.screenshot(path=SCREENSHOTS / "direct-message.png")


async def test_monday_at_nine_a_form_home_and_a_shortcut(context: BrowserContext, content: Path) -> None:
    async with trying(content) as address:
        page = await context.new_page()
        await page.goto(f"{address}client/U0ADA/C0POLICY")

        await say(page, "/briefing subscribe infrastructure mon 09:00")
        await expect(said(page, "The next times")).to_be_visible()
        await page.get_by_role("button", name="The workspace’s clock").click()
        jump = page.locator("#clock button[value=due]")
        due = await jump.locator("small").inner_text()
        await jump.click()
        await expect(page.locator("#clock_face")).to_contain_text("09:00")
        await expect(said(page, "From the next post on")).to_be_visible()
        await expect(jump.locator("small")).not_to_have_text(due)
        await expect(jump).to_be_hidden()
        await page.screenshot(path=SCREENSHOTS / "monday.png")

        await say(page, "/briefing subscribe infrastructure")
        form = page.get_by_role("dialog", name="Subscribe")
        await expect(form.get_by_label("Time", exact=True)).to_have_count(0)
        await form.get_by_label("How often").select_option(label="Every second week")
        await expect(form.get_by_role("group", name="On these days")).to_be_visible()
        await expect(form.get_by_label("Time", exact=True)).to_have_value("09:00")
        await form.get_by_label("Bank holidays, days without news").check()
        await expect(form.get_by_label("Bank holidays of")).to_be_visible()
        serious = [each for each in (await Axe().run(page)).response["violations"] if each["impact"] != "minor"]
        assert not serious
        await form.get_by_label("Infrastructure").uncheck()
        await form.get_by_role("button", name="Subscribe").click()
        await expect(form.locator("[aria-invalid]").first).to_be_visible()
        await page.screenshot(path=SCREENSHOTS / "form.png")
        await page.keyboard.press("Escape")
        await expect(form).to_have_count(0)

        await say(page, "OpenAI will build 5 data centres.")
        await page.get_by_role("button", name="More about the message by Ada").last.click()
        await page.get_by_role("menuitem", name="Check against the facts").click()
        checked = page.get_by_role("dialog", name="Check against the facts")
        await expect(checked).to_contain_text("OpenAI will build 5 data centres.")
        await checked.get_by_role("button", name="Close").last.click()
        await expect(checked).to_have_count(0)

        await page.get_by_role("link", name="What just happened").click()
        await say(page, "/fact growth zones")
        trace = page.get_by_role("complementary", name="What just happened")
        await expect(trace).to_contain_text("Slack sends the command /fact")
        await expect(trace).to_contain_text("The app acknowledges, with an answer")
        await page.screenshot(path=SCREENSHOTS / "what-just-happened.png")

        await page.get_by_role("link", name="Briefing bot, Home").click()
        await expect(page.get_by_role("region", name="Home of Briefing bot")).to_contain_text("#policy")
        await page.screenshot(path=SCREENSHOTS / "home.png")


async def test_an_edit_shows_in_the_next_answer_and_a_fault_on_the_page(context: BrowserContext, content: Path) -> None:
    theme = content / "infrastructure" / "growth-zones.yaml"
    before = theme.read_text(encoding="utf-8")
    async with trying(content) as address:
        page = await context.new_page()
        await page.goto(address)
        await say(page, "/fact growth-zones-bids")
        await expect(said(page, "over 200 bids")).to_be_visible()

        theme.write_text(before.replace("certainty: forecast", "certainty: certain"), encoding="utf-8")
        await expect(page.get_by_text("growth-zones.yaml:").first).to_be_visible()
        await page.screenshot(path=SCREENSHOTS / "fault.png")
        await say(page, "/fact growth-zones-billions")
        await expect(said(page, "Forecast by the UK Government")).to_be_visible()

        theme.write_text(before.replace("over 200 bids for", "well over 200 bids for"), encoding="utf-8")
        await expect(page.get_by_text("growth-zones.yaml:")).to_have_count(0)
        await say(page, "/fact growth-zones-bids")
        await expect(said(page, "well over 200 bids")).to_be_visible()
