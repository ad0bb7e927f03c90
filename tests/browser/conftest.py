"""A real workspace, a small app connected to it over Socket Mode, and Debian's chromium."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from tests.browser.apps import MANIFEST, EchoApp
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, Page

_PATIENCE_MS = PATIENCE_S * 1000
expect.set_options(timeout=_PATIENCE_MS)

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en-GB",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for screenshots."""
    parser.addoption("--screenshots", type=Path, metavar="FOLDER", help="save a screenshot of each state of the page")


@pytest.fixture(autouse=True)
def _patient(patient_workspace: None) -> None:
    """Let no test depend on how busy the machine is."""


@pytest.fixture
def manifest() -> dict[str, Any]:
    return MANIFEST


@pytest.fixture
def app_kind() -> type[EchoApp]:
    return EchoApp


@pytest_asyncio.fixture(loop_scope="session")
async def workspace(manifest: dict[str, Any]) -> AsyncIterator[Workspace]:
    async with Workspace(manifest).serve() as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def echo(workspace: Workspace, app_kind: type[EchoApp]) -> AsyncIterator[EchoApp]:
    async with aiohttp.ClientSession() as session:
        app = app_kind(workspace, session)
        running = asyncio.create_task(app.run())
        await workspace.wait_until(lambda: workspace.is_connected)
        yield app
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Start one browser for all tests; each test has its own context."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=_PATIENCE_MS)
        yield browser
        await browser.close()


@asynccontextmanager
async def watched(context: BrowserContext) -> AsyncIterator[list[str]]:
    """Collect script errors, Content-Security-Policy violations and dialogs of a patient context’s pages."""
    complaints: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)

    context.set_default_timeout(_PATIENCE_MS)
    context.on("page", watch)
    yield complaints


@pytest_asyncio.fixture(loop_scope="session")
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """Open a window of 1280 by 860; the test fails on any error in it."""
    made = await chromium.new_context(viewport={"width": 1280, "height": 860})
    async with watched(made) as complaints:
        yield made
    await made.close()
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def ada(context: BrowserContext, workspace: Workspace) -> Page:
    """Open #policy as Ada."""
    page = await context.new_page()
    await page.goto(f"{workspace.url}client/U0ADA/C0POLICY")
    await expect(page.locator("#box-main")).to_be_focused()  # the scripts have run
    return page
