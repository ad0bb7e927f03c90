"""Modals, Home, shortcuts, the agent and the panels in a real browser, by mouse and by keyboard alone."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.browser.forms import MANIFEST, TAKEN, FormsApp

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Locator, Page

    from tests.browser.apps import EchoApp
    from workspace.server import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("echo")]
BOX = "#box-main"


@pytest.fixture
def manifest() -> dict[str, Any]:
    return MANIFEST


@pytest.fixture
def app_kind() -> type[EchoApp]:
    return FormsApp


async def say(page: Page, words: str) -> None:
    await page.fill(BOX, words)
    await page.press(BOX, "Enter")


async def form(page: Page) -> Locator:
    """Open the modal with everything in it."""
    await say(page, "/form")
    dialog = page.get_by_role("dialog", name="Subscribe #policy")
    await expect(dialog).to_be_visible()
    return dialog


async def choose_zone(dialog: Locator) -> None:
    await dialog.get_by_label("Time zone").fill("lon")
    await dialog.get_by_role("option", name="lon two").click()


async def test_a_form_is_filled_in_refused_mended_and_sent(ada: Page, workspace: Workspace) -> None:
    dialog = await form(ada)
    await expect(dialog.get_by_label("Infrastructure")).to_be_focused()
    await expect(dialog.get_by_label("A note")).to_have_css("border-top-width", "1px")
    await dialog.get_by_label("Adoption").check()
    await dialog.get_by_label("Once a week").check()
    await dialog.get_by_label("Time", exact=True).fill("17:30")
    await choose_zone(dialog)
    await dialog.get_by_label("A title").fill(TAKEN)
    await dialog.get_by_role("button", name="Subscribe").click()
    await expect(dialog).to_contain_text("Please complete this required field.")
    await expect(dialog.get_by_label("On a bank holiday")).to_be_focused()
    await dialog.get_by_label("On a bank holiday").select_option("adoption")
    await dialog.get_by_role("button", name="Subscribe").click()
    await expect(dialog).to_contain_text("That title is taken.")
    await expect(dialog.get_by_label("A title")).to_be_focused()
    await expect(dialog.get_by_label("A title")).to_have_accessible_description(re.compile("That title is taken"))
    await dialog.get_by_label("A title").fill("Free")
    await ada.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(ada.locator(BOX)).to_be_focused()
    values = workspace.dispatches[-1].envelope.payload["view"]["state"]["values"]
    assert [area["value"] for area in values["areas"]["it"]["selected_options"]] == ["infrastructure", "adoption"]
    assert values["days"]["it"]["selected_option"]["value"] == "weekly"
    assert values["at"]["it"]["selected_time"] == "17:30"
    assert values["zone"]["it"]["selected_option"]["text"]["text"] == "lon two"
    assert values["words"]["it"]["value"] == "Free"


async def test_a_long_modal_opens_at_its_top(ada: Page, echo: FormsApp) -> None:
    echo.preface = "A sentence of the message.\n" * 60
    dialog = await form(ada)
    inputs = dialog.locator(".inputs")
    await expect(inputs).to_be_focused()
    assert await inputs.evaluate("box => box.scrollTop") == 0
    assert await inputs.evaluate("box => box.scrollHeight > 2 * box.clientHeight")


async def test_on_a_phone_a_modal_has_no_list_that_scrolls_within_it(ada: Page) -> None:
    await ada.set_viewport_size({"width": 390, "height": 844})
    dialog = await form(ada)
    lists = dialog.locator(".several")
    await expect(lists).to_have_count(1)
    await lists.evaluate(
        "list => { for (let n = 0; n < 30; n++) list.append(list.firstElementChild.cloneNode(true)); }"
    )
    assert await lists.evaluate("list => list.scrollHeight === list.clientHeight")


async def test_a_page_loaded_again_keeps_the_modal_and_what_is_in_it(ada: Page) -> None:
    dialog = await form(ada)
    await choose_zone(dialog)
    await dialog.get_by_label("Adoption").check()
    await dialog.get_by_label("A title").press_sequentially("Half typ")
    await expect(ada.locator("[name*=words][value='Half typ']")).to_have_count(1)  # the workspace has received it
    await ada.reload()
    await expect(dialog).to_be_visible()
    await expect(dialog.get_by_label("A title")).to_have_value("Half typ")
    await expect(dialog.get_by_label("Adoption")).to_be_checked()
    await expect(dialog.locator(".token")).to_contain_text("lon two")
    await ada.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_news_leave_a_form_alone(ada: Page, echo: FormsApp) -> None:
    dialog = await form(ada)
    title = dialog.get_by_label("A title")
    await title.press_sequentially("half a ")
    await echo.say("C0POLICY", "news")
    await expect(ada.locator("#messages")).to_contain_text("news")
    await ada.keyboard.type("title")
    await expect(title).to_have_value("half a title")
    await expect(title).to_be_focused()


async def test_a_search_is_walked_by_keyboard_and_changes_the_modal(ada: Page) -> None:
    await ada.get_by_role("button", name="Shortcuts and commands").click()
    await expect(ada.get_by_role("menuitem", name="Find something")).to_be_focused()
    await ada.keyboard.press("Enter")
    dialog = ada.get_by_role("dialog", name="Find something")
    search = dialog.get_by_role("combobox", name="What about?")
    await expect(search).to_be_focused()
    await ada.keyboard.type("zone")
    await expect(dialog.get_by_role("option")).to_contain_text(["zone one", "zone two"])
    await expect(search).to_have_attribute("aria-expanded", "true")
    await ada.keyboard.press("ArrowDown")
    await expect(dialog.get_by_role("option", selected=True)).to_contain_text("zone two")
    await ada.keyboard.press("Enter")
    await expect(dialog).to_contain_text("Found: zone two")
    await ada.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(ada.get_by_role("button", name="Shortcuts and commands")).to_be_focused()


async def test_a_message_has_its_menu_by_keyboard(ada: Page) -> None:
    await say(ada, "check this")
    more = ada.get_by_role("button", name="More about the message by Ada")
    await more.focus()
    await ada.keyboard.press("Enter")
    await expect(ada.get_by_role("menuitem", name="Reply in a thread")).to_be_focused()
    await ada.keyboard.press("Escape")
    await expect(more).to_be_focused()
    await ada.keyboard.press("Enter")
    await ada.keyboard.press("End")
    await expect(ada.get_by_role("menuitem", name="Check the message")).to_be_focused()
    await ada.keyboard.press("Enter")
    await expect(ada.get_by_role("dialog", name="More")).to_be_visible()
    await ada.get_by_role("button", name="Close").click()
    await expect(ada.get_by_role("dialog", name="More")).to_have_count(0)


async def test_a_private_message_offers_no_shortcuts(ada: Page) -> None:
    await say(ada, "/message")
    await ada.get_by_role("button", name="More about the message by Forms bot").click()
    await expect(ada.get_by_role("menuitem")).to_have_text("What just happened")


async def test_a_question_comes_before_what_cannot_be_undone(ada: Page) -> None:
    await say(ada, "/message")
    remove = ada.locator(".message").get_by_role("button", name="Remove")
    await remove.click()
    asked = ada.get_by_role("dialog", name="Remove it?")
    await expect(asked).to_contain_text("It will not be posted again.")
    await asked.get_by_role("button", name="Keep").click()
    await expect(asked).to_have_count(0)
    await expect(remove).to_be_focused()
    await remove.click()
    await asked.get_by_role("button", name="Remove").click()
    await expect(ada.locator(".message").last).to_contain_text("Did remove")


async def test_menus_and_selects_in_a_message_act(ada: Page) -> None:
    await say(ada, "/message")
    answer = ada.locator(".message.ephemeral")
    await answer.get_by_role("button", name="More actions").click()
    await ada.get_by_role("menuitem", name="Pause").click()
    await expect(ada.locator(".message").last).to_contain_text("Did menu pause")
    await answer.get_by_role("combobox").select_option("security")
    await expect(ada.locator(".message").last).to_contain_text("Did choose security")


async def test_home_is_shown_and_its_buttons_ask(ada: Page, workspace: Workspace) -> None:
    await ada.get_by_role("link", name="Forms bot, Home").click()
    home = ada.get_by_role("region", name="Home of Forms bot")
    await expect(home.get_by_role("heading", name="What it knows")).to_be_visible()
    await home.get_by_role("button", name="More actions").click()
    await ada.get_by_role("menuitem", name="Remove").click()
    await ada.get_by_role("dialog", name="Remove it?").get_by_role("button", name="Remove").click()
    await workspace.wait_until(
        lambda: workspace.dispatches[-1].envelope.payload.get("actions", [{}])[0].get("action_id") == "menu"
    )
    await ada.get_by_role("link", name="About", exact=True).click()
    await expect(ada.get_by_role("region", name="About Forms bot")).to_contain_text("/form [words]")


async def test_the_agent_answers_a_suggested_prompt_below_it_and_in_its_thread(ada: Page) -> None:
    await ada.get_by_role("button", name="Ask Forms bot").click()
    await ada.locator("#prompts").get_by_role("button", name="Growth zones").click()
    await expect(ada.locator("#messages .message")).to_contain_text(["growth zones", "I heard you."])
    conversation = ada.get_by_role("group", name="Conversation that began")
    await expect(conversation.locator(".message")).to_have_count(1)
    await ada.locator(".replies").click()
    thread = ada.get_by_role("complementary", name="Thread")
    await expect(thread.locator(".message")).to_contain_text(["growth zones", "I heard you."])
    await expect(conversation).to_have_count(0)  # shown once


async def test_monday_at_nine_is_two_clicks_away(ada: Page, workspace: Workspace) -> None:
    await ada.get_by_role("button", name="The workspace’s clock").click()
    await ada.get_by_role("button", name="Jump to Monday 09:00").click()
    await expect(ada.locator("#clock_face")).to_contain_text(re.compile(r"Mon \d+ \w+ 09:00"))
    assert workspace.clock.offset_s > 0
    button, panel = ada.get_by_role("button", name="The workspace’s clock"), ada.locator("#clock-panel")
    await expect(panel).to_be_hidden()  # so that it does not cover new messages
    await button.click()
    await ada.get_by_label("Date and time").fill("2030-12-24T18:30")
    await ada.get_by_role("button", name="Go", exact=True).click()
    await expect(ada.locator("#clock_face")).to_contain_text("Tue 24 Dec 18:30")
    await expect(panel).to_be_hidden()
    await expect(button).to_be_focused()


async def test_a_fault_is_switched_on_seen_and_switched_off(ada: Page) -> None:
    await ada.get_by_role("button", name="Fault switches").click()
    await ada.get_by_label("What happens").select_option("drop")
    await ada.get_by_role("button", name="Switch on", exact=True).click()
    await expect(ada.locator("#switches-button")).to_contain_text("1")
    await ada.keyboard.press("Escape")
    await say(ada, "/form")
    await expect(ada.locator("#messages")).to_contain_text("/form failed")
    await expect(ada.locator("#switches-button .count")).to_have_count(0)


async def test_what_just_happened_follows_the_newest_message_and_copies(ada: Page, context: BrowserContext) -> None:
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ada.get_by_role("link", name="What just happened").click()
    trace = ada.get_by_role("complementary", name="What just happened")
    await expect(trace).to_contain_text("There are no messages here yet")
    await say(ada, "/message")
    await expect(trace).to_contain_text("Slack sends the command /message")
    await expect(trace).to_contain_text("The app acknowledges, with an answer")
    copy = trace.get_by_role("button", name="Copy: Blocks")
    await copy.click()
    above, below = await copy.bounding_box(), await copy.locator("xpath=following-sibling::pre").bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"], "it does not cover what it copies"
    copied = json.loads(await ada.evaluate("navigator.clipboard.readText()"))
    assert copied["blocks"][0]["type"] == "section"
    await ada.keyboard.press("Escape")
    await expect(trace).to_have_count(0)


async def test_a_channel_is_reached_by_a_few_letters(ada: Page) -> None:
    await ada.keyboard.press("Control+k")
    await expect(ada.get_by_role("combobox", name="Go to")).to_be_focused()
    await ada.keyboard.type("rand")
    await expect(ada.get_by_role("dialog").get_by_role("option")).to_have_text(re.compile("random"))
    await ada.keyboard.press("Enter")
    await expect(ada.get_by_role("heading", name="random")).to_be_visible()


async def test_a_button_that_is_gone_is_reported(ada: Page, echo: FormsApp, workspace: Workspace) -> None:
    button = {"type": "button", "action_id": "late", "text": {"type": "plain_text", "text": "Late"}}
    await echo.say("C0POLICY", "x", blocks=[{"type": "actions", "block_id": "b", "elements": [button]}])
    late = ada.get_by_role("button", name="Late")
    await expect(late).to_be_visible()
    await ada.evaluate("document.getElementById('live').remove()")  # a page that is not up to date
    (message,) = workspace.seen_by("U0ADA", "C0POLICY")
    workspace.state.remove("C0POLICY", message["ts"])
    await late.click()
    notice = ada.get_by_role("alert").filter(has_text="no longer there")
    await expect(notice).to_be_visible()
    await ada.get_by_role("button", name="Dismiss", exact=True).click()
    await expect(notice).to_be_hidden()


async def test_two_tabs_have_their_own_modals(ada: Page, context: BrowserContext, workspace: Workspace) -> None:
    dialog = await form(ada)
    grace = await context.new_page()
    await grace.goto(f"{workspace.url}client/U0GRACE/C0POLICY")
    await expect(grace.locator(BOX)).to_be_focused()
    await expect(grace.locator("dialog.modal")).to_have_count(0)
    await expect(dialog).to_be_visible()


async def test_a_guest_sees_one_channel(ada: Page) -> None:
    await ada.get_by_role("button", name="You are Ada").click()
    await ada.get_by_role("link", name="Gil").click()
    await expect(ada.get_by_role("heading", name="general")).to_be_visible()
    await expect(ada.locator("#rooms")).not_to_contain_text("policy")


async def test_a_form_that_cannot_be_sent_stays_filled_in(ada: Page, context: BrowserContext) -> None:
    dialog = await form(ada)
    await dialog.get_by_label("A title").fill("Kept")
    await context.set_offline(offline=True)
    await dialog.get_by_role("button", name="Subscribe").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("What you filled in is still here.")
    await expect(dialog.get_by_label("A title")).to_have_value("Kept")
    await context.set_offline(offline=False)


async def test_a_search_that_fails_says_so_where_one_searches(ada: Page, echo: FormsApp) -> None:
    dialog = await form(ada)
    await echo.hang_up()
    await dialog.get_by_label("Time zone").fill("lon")
    await expect(dialog.locator(".lookup")).to_contain_text("The app is not connected.")
