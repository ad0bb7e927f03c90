"""The page in a real browser: typing, clicking, live updates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import pytest
from playwright.async_api import expect

from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Locator, Page

    from tests.browser.apps import EchoApp

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
BOX = "#box-main"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def messages(page: Page) -> Locator:
    return page.locator("#messages .message")


async def is_ready(page: Page) -> None:
    """Wait until the scripts of a page that was just opened have run."""
    await expect(page.locator("textarea").last).to_be_focused()


async def ask(page: Page, words: str) -> Locator:
    """Type `/echo words`, send it, and return the answer."""
    await page.fill(BOX, f"/echo {words}")
    await page.press(BOX, "Enter")
    answer = messages(page).filter(has_text=f"Echo: {words}")
    await expect(answer).to_be_visible()
    return answer


@pytest.mark.usefixtures("echo")
async def test_a_command_is_completed_sent_and_answered_by_keyboard_alone(ada: Page) -> None:
    await expect(ada.locator(BOX)).to_be_focused()
    await ada.keyboard.type("/e")
    options = ada.locator("#completions-main [role=option]:visible")
    await expect(options).to_have_text([re.compile("/echo"), re.compile("/envelope")])
    await ada.keyboard.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    await ada.keyboard.press("ArrowUp")
    await ada.keyboard.press("Tab")
    await expect(ada.locator(BOX)).to_have_value("/echo ")
    await expect(ada.locator("#usage-main")).to_have_text(re.compile(r"/echo\s+\[WORDS\]\s*Say it again"))
    await ada.keyboard.type("one")
    await ada.keyboard.press("Shift+Enter")
    await ada.keyboard.type("two")
    await ada.keyboard.press("Enter")
    await expect(ada.locator(BOX)).to_have_value("")
    await expect(messages(ada)).to_contain_text(["Echo: one"])
    await expect(ada.locator(".only-you")).to_have_text("Only visible to you")
    await ada.keyboard.press("ArrowUp")
    await expect(ada.locator(BOX)).to_have_value("/echo one\ntwo")


async def test_escape_closes_the_suggestions_and_keeps_the_text(ada: Page) -> None:
    await ada.locator(BOX).press_sequentially("/e")
    await ada.keyboard.press("Escape")
    await expect(ada.locator("#completions-main")).to_be_hidden()
    await expect(ada.locator(BOX)).to_have_value("/e")


@pytest.mark.usefixtures("echo")
async def test_a_name_is_completed_and_mentioned(ada: Page) -> None:
    await ada.locator(BOX).press_sequentially("hello @ec")
    await ada.keyboard.press("Enter")
    await expect(ada.locator(BOX)).to_have_value("hello @Echo bot ")
    await ada.keyboard.press("Enter")
    await expect(ada.locator("#messages .ping")).to_have_text("@Echo bot")
    await expect(ada.locator("#messages .replies")).to_contain_text("1 reply")


async def test_changes_keep_focus_and_typed_text(ada: Page, echo: EchoApp) -> None:
    answer = await ask(ada, "first")
    await ada.locator(BOX).press_sequentially("half a sent")
    await echo.say("C0POLICY", "news")
    await expect(messages(ada).filter(has_text="news")).to_be_visible()
    await ada.keyboard.type("ence")
    await expect(ada.locator(BOX)).to_have_value("half a sentence")
    pressed = answer.get_by_role("button", name="Post to channel")
    await pressed.focus()
    await echo.say("C0POLICY", "more news")
    await expect(messages(ada).filter(has_text="more news")).to_be_visible()
    await expect(pressed).to_be_focused()
    await ada.reload()
    await expect(ada.locator(BOX)).to_have_value("half a sentence")


async def test_a_button_waits_visibly_and_works(ada: Page, echo: EchoApp) -> None:
    answer = await ask(ada, "x")
    await answer.get_by_role("button", name="Details").click()
    await expect(answer.locator("button[data-busy]")).to_have_count(1)
    echo.let_go.set()
    await expect(messages(ada).filter(has_text="Pressed: wait")).to_be_visible()
    await expect(answer.locator("button[data-busy]")).to_have_count(0)


@pytest.mark.usefixtures("echo")
async def test_a_failed_button_shows_the_warning_and_the_lost_app(ada: Page) -> None:
    answer = await ask(ada, "x")
    await answer.get_by_role("button", name="Remove").click()
    await expect(answer.locator(".failure")).to_contain_text("⚠")
    await expect(ada.locator("#banners")).to_contain_text("Echo bot is not connected.")
    await ada.fill(BOX, "/echo kept")
    await ada.press(BOX, "Enter")
    await expect(ada.locator("#notice-main")).to_contain_text("Your text is still here.")
    await expect(ada.locator(BOX)).to_have_value("/echo kept")


@pytest.mark.usefixtures("echo")
async def test_two_tabs_are_two_people(ada: Page, context: BrowserContext, workspace: Workspace) -> None:
    grace = await context.new_page()
    await grace.goto(workspace.url)
    await grace.get_by_role("button", name="You are Ada").click()
    await grace.get_by_role("link", name="Grace").click()
    await grace.get_by_role("link", name="policy").click()
    await ask(ada, "for Ada alone")
    await ada.fill(BOX, "for all <b>")
    await ada.press(BOX, "Enter")
    await expect(messages(grace).filter(has_text="for all <b>")).to_be_visible()
    await expect(messages(grace)).to_have_count(1)
    await messages(ada).filter(has_text="for Ada alone").get_by_role("button", name="Dismiss").click()
    await expect(messages(ada)).to_have_count(1)


HIDE = """is => {
  Object.defineProperty(document, 'hidden', { value: is, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


async def test_tabs_out_of_sight_hold_no_connection(
    ada: Page, context: BrowserContext, workspace: Workspace, echo: EchoApp
) -> None:
    await ada.evaluate(HIDE, arg=True)
    for _ in range(7):  # a browser has six connections to one address
        page = await context.new_page()
        await page.goto(f"{workspace.url}client/U0ADA/C0POLICY")
        await is_ready(page)
        await page.evaluate(HIDE, arg=True)
    last = await context.new_page()
    await last.goto(f"{workspace.url}client/U0ADA/C0POLICY")
    await echo.say("C0POLICY", "news")
    await expect(messages(last)).to_contain_text(["news"])
    await expect(messages(ada)).to_have_count(0)
    await ada.evaluate(HIDE, arg=False)
    await expect(messages(ada)).to_contain_text(["news"])
    await expect(ada.locator("#offline")).to_be_hidden()


async def test_a_tab_that_opens_out_of_sight_waits_until_it_is_seen(
    context: BrowserContext, workspace: Workspace, echo: EchoApp
) -> None:
    page = await context.new_page()
    await page.add_init_script("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    await page.goto(f"{workspace.url}client/U0ADA/C0POLICY")
    await is_ready(page)
    await echo.say("C0POLICY", "news")
    await expect(messages(page)).to_have_count(0)
    assert not [url for url in requests if url.endswith("/live")]
    await page.evaluate(HIDE, arg=False)
    await expect(messages(page)).to_contain_text(["news"])


async def test_a_thread_opens_beside_and_lives(ada: Page, echo: EchoApp) -> None:
    await ada.fill(BOX, "@Echo bot hello")
    await ada.press(BOX, "Enter")
    await ada.locator("#messages .replies").click()
    thread = ada.get_by_role("complementary", name="Thread")
    await expect(thread.locator(".message")).to_contain_text(["hello", "I heard you."])
    await expect(ada.locator("#box-thread")).to_be_focused()
    await ada.fill("#box-thread", "and again")
    await ada.press("#box-thread", "Enter")
    await expect(thread.locator(".message")).to_contain_text(["hello", "I heard you.", "and again"])
    ts = await ada.locator("#box-thread").evaluate("box => box.form.elements.thread.value")
    await echo.say("C0POLICY", "late reply", thread_ts=ts)
    await expect(thread.locator(".message").last).to_contain_text("late reply")
    await ada.keyboard.press("Escape")
    await expect(thread).to_be_hidden()


@pytest.mark.usefixtures("echo")
async def test_a_direct_message_is_answered(ada: Page) -> None:
    await ada.get_by_role("link", name="Echo bot", exact=True).click()
    await expect(ada.get_by_role("heading", name="Echo bot")).to_be_visible()
    await is_ready(ada)
    await ada.fill(BOX, "hello")
    await ada.press(BOX, "Enter")
    await expect(messages(ada)).to_contain_text(["hello", "I heard you."])


@pytest.mark.usefixtures("echo")
async def test_a_dismissed_message_leaves_the_focus_in_the_list(ada: Page) -> None:
    answer = await ask(ada, "x")
    await answer.get_by_role("button", name="Dismiss").focus()
    await ada.keyboard.press("Enter")
    await expect(messages(ada)).to_have_count(0)
    await expect(ada.get_by_role("log", name="Messages")).to_be_focused()


async def test_news_do_not_move_a_list_that_is_being_read(ada: Page, echo: EchoApp) -> None:
    for number in range(40):
        await echo.say("C0POLICY", f"line {number}")
    await expect(messages(ada).last).to_be_in_viewport()
    await ada.locator(".scroll").evaluate("list => { list.scrollTop = 0; }")
    await expect(messages(ada).first).to_be_in_viewport()
    await echo.say("C0POLICY", "news")
    jump = ada.get_by_role("button", name="New messages")
    await expect(jump).to_be_visible()
    await expect(messages(ada).first).to_be_in_viewport()
    await jump.click()
    await expect(messages(ada).last).to_be_in_viewport()
    await expect(jump).to_be_hidden()


async def test_a_long_answer_is_read_from_its_beginning(ada: Page, echo: EchoApp) -> None:
    await echo.say("C0POLICY", "before")
    await echo.say("C0POLICY", "beginning\n" + "line\n" * 80)
    long = messages(ada).filter(has_text="beginning")
    await expect(long).to_be_visible()
    top = await long.evaluate("message => message.getBoundingClientRect().top")
    assert top == pytest.approx(
        await ada.locator(".scroll").evaluate("list => list.getBoundingClientRect().top"), abs=2
    )


async def test_the_welcome_can_be_clicked(ada: Page) -> None:
    await ada.get_by_role("link", name="general").click()
    await expect(ada.get_by_role("heading", name="general")).to_be_visible()
    await is_ready(ada)
    await ada.locator("#messages .try").first.click()
    await expect(ada.locator(BOX)).to_have_value("/echo ")
    await expect(ada.locator(BOX)).to_be_focused()


async def test_hostile_texts_stay_text(ada: Page, echo: EchoApp) -> None:
    tags = "<img src=x onerror=alert(1)> <script>alert(2)</script> <hx-partial hx-target=body>x</hx-partial>"
    hostile = f"{tags} [x](javascript:alert(3))"
    await ada.fill(BOX, hostile)
    await ada.press(BOX, "Enter")
    await expect(messages(ada)).to_contain_text([hostile])
    await echo.say("C0POLICY", hostile, blocks=[{"type": "markdown", "text": hostile}])
    await expect(messages(ada).nth(1)).to_contain_text(tags)
    await expect(ada.locator("#messages :is(img, script, hx-partial, [onerror])")).to_have_count(0)
    assert await ada.locator("#messages a").evaluate_all(
        "links => links.every((link) => !link.href.startsWith('javascript'))"
    )


async def test_a_workspace_that_stops_is_reported_until_it_returns(
    context: BrowserContext, manifest: dict[str, Any]
) -> None:
    page = await context.new_page()
    async with Workspace(manifest).serve() as served:
        address = served.url
        await page.goto(f"{address}client/U0ADA/C0POLICY")
        await is_ready(page)
        await expect(page.locator("#banners")).to_contain_text("not connected")
        await page.fill(BOX, "typed")
    await expect(page.locator("#offline")).to_be_visible()
    await page.press(BOX, "Enter")
    await expect(page.locator("#notice-main")).to_contain_text("Not sent")
    await expect(page.locator(BOX)).to_have_value("typed")
    async with Workspace(manifest).serve(port=int(address.rstrip("/").rpartition(":")[2])) as again:
        await expect(page.locator("#offline")).to_be_hidden()
        await page.press(BOX, "Enter")
        await expect(messages(page)).to_contain_text(["typed"])
        assert again.seen_by("U0ADA", "C0POLICY")[0]["text"] == "typed"
        await page.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_it_fits_each_screen(
    chromium: Browser, echo: EchoApp, tmp_path: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    context = await chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE_S * 1000)
    page = await context.new_page()
    await page.goto(f"{echo.page}client/U0ADA/C0POLICY")
    await is_ready(page)
    await ask(page, "a long word " + "x" * 200)
    await echo.say(
        "C0POLICY", "<!channel> look", blocks=[{"type": "markdown", "text": "|a|b|\n|-|-|\n|" + "y" * 90 + "|z|"}]
    )
    await expect(messages(page)).to_have_count(2)
    await page.screenshot(path=tmp_path / f"{width}-{scheme}.png")
    assert await page.evaluate("document.scrollingElement.scrollWidth") <= width
    assert await page.locator(".scroll").evaluate("list => list.scrollWidth <= list.clientWidth")
    if width < 700:
        await expect(page.locator("#sidebar")).to_be_hidden()
        await page.get_by_role("button", name="Channels and people").click()
        await page.get_by_role("link", name="random").click()
        await expect(page.get_by_role("heading", name="random")).to_be_visible()
    await context.close()
