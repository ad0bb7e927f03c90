"""The page over HTTP: its content."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.workspace.pages import part
from tests.workspace.recorder import POLICY, Browser, Recorder, post, read
from workspace.page import assets
from workspace.state.records import BOT_USER_ID, SLACKBOT_ID, Message

STATIC = Path(assets.__file__).parent.parent / "static"
SCRIPTS = sorted(path.name for path in STATIC.glob("*.js"))
STYLES = sorted(path.name for path in STATIC.glob("*.css"))


async def test_it_begins_with_the_first_person_in_general(browser: Browser) -> None:
    response = await browser.get("/")
    assert response.url.path == "/client/U0ADA/C0GENERAL"
    html = await response.text()
    assert "No Slack account is used. Everything stays on this machine." in html
    assert 'data-insert="/echo ">/echo<small>Say it again</small></button>' in html


async def test_the_welcome_offers_what_can_be_typed_and_nothing_else(browser: Browser, recorder: Recorder) -> None:
    offer = "`/echo hello` `@Echo bot hello` `/etc/passwd` `words`"
    recorder.state.put(Message("C0GENERAL", recorder.state.next_ts(), SLACKBOT_ID, offer))
    recorder.state.put(Message("C0GENERAL", recorder.state.next_ts(), "U0GRACE", "`/echo grace`"))
    html = part(await read(browser, "/client/U0ADA/C0GENERAL"), 'id="messages"', "<form")
    assert re.findall(r'class="try" title="Try it" data-insert="([^"]+)"', html) == [
        "/echo ",
        "/echo hello ",
        "@Echo bot hello ",
    ]


async def test_messages_commands_and_names_are_escaped(browser: Browser, recorder: Recorder) -> None:
    recorder.say("&lt;script&gt;alert(1)&lt;/script&gt; <script>alert(2)</script>")
    html = await read(browser)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;script&gt;alert(2)&lt;/script&gt;" in html
    assert "[WORDS] &lt;x&gt;" in html
    assert "<script>" not in html


async def test_no_script_or_style_stands_in_the_page(browser: Browser) -> None:
    html = await read(browser)
    assert " style=" not in html
    assert "<style" not in html
    assert html.count("<script src=") == html.count("<script") == len(SCRIPTS)


async def test_the_page_is_small_over_the_wire(browser: Browser, recorder: Recorder) -> None:
    for number in range(50):
        recorder.say(f"message {number} " * 10)
    page = await read(browser)
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(files) == len(SCRIPTS) + len(STYLES) + 1
    size = 0
    for path in (POLICY, *files):
        response = await browser.get(path, headers={"Accept-Encoding": "gzip"}, auto_decompress=False)
        assert response.headers["Content-Encoding"] == "gzip"
        size += len(await response.read())
    assert size < 60_000


async def test_a_file_that_the_browser_has_is_not_sent_again(browser: Browser) -> None:
    first = await browser.get("/static/page.css")
    again = await browser.get("/static/page.css", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304


async def test_a_file_at_the_address_of_its_content_is_kept_for_good(browser: Browser) -> None:
    address = assets.address_of("page.css")
    assert address in await read(browser)
    assert "immutable" in (await browser.get(address)).headers["Cache-Control"]
    assert (await browser.get("/static/page.css?v=another")).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fpage.py", "%2e%2e%2fpage.py", "htmx.LICENSE"])
async def test_only_the_pages_own_files_are_served(browser: Browser, name: str) -> None:
    assert (await browser.get(f"/static/{name}")).status == 404


async def test_ephemeral_messages_are_for_one_and_can_be_dismissed(browser: Browser, recorder: Recorder) -> None:
    message = recorder.say("psst", user=BOT_USER_ID, bot_id="B0BOT", ephemeral_to="U0ADA")
    assert "psst" in await read(browser)
    assert "Only visible to you" in await read(browser)
    assert "psst" not in await read(browser, "/client/U0GRACE/C0POLICY")
    await post(browser, "/client/U0GRACE/C0POLICY/dismiss", ts=message.ts)
    assert "psst" in await read(browser)
    assert (await post(browser, f"{POLICY}/dismiss", ts=message.ts)).status == 204
    assert "psst" not in await read(browser)


async def test_threads_stand_in_the_side_pane(browser: Browser, recorder: Recorder) -> None:
    parent = recorder.say("a question")
    recorder.say("an answer", thread_ts=parent.ts)
    channel = await read(browser)
    assert f'href="{POLICY}?thread={parent.ts}">1 reply' in channel
    assert "an answer" not in channel
    thread = await read(browser, f"{POLICY}?thread={parent.ts}")
    assert "an answer" in thread
    assert f'<input type="hidden" name="thread" value="{parent.ts}">' in thread


async def test_an_unknown_thread_is_no_thread(browser: Browser) -> None:
    assert 'aria-label="Thread"' not in await read(browser, f"{POLICY}?thread=%3Cscript%3E")


async def test_posts_of_the_app_do_not_run_into_one_another(browser: Browser, recorder: Recorder) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}
    for text in ("a briefing", "an alert"):
        recorder.say(text, user=BOT_USER_ID, bot_id="B0BOT", blocks=(block,))
    for text in ("one thing", "and another"):
        recorder.say(text)
    html = part(await read(browser), 'id="messages"', '<form class="composer')
    assert html.count('<strong class="name">Echo bot</strong>') == 2
    assert html.count('<strong class="name">Grace</strong>') == 1


async def test_the_head_of_a_channel_says_whether_the_app_is_in_it(browser: Browser, recorder: Recorder) -> None:
    random = "/client/U0ADA/C0RANDOM"
    said = part(await read(browser, random), 'id="topic">', "</p>")
    assert said.strip() == "Echo bot is not in this channel. To add it, type <code>/invite @Echo bot</code>"
    recorder.state.join("C0RANDOM", BOT_USER_ID)
    assert part(await read(browser, random), 'id="topic">', "</p>").strip() == "Anything else"


async def test_badges_edits_and_live_pings_are_seen(browser: Browser, recorder: Recorder) -> None:
    recorder.say("<!channel> look", user=BOT_USER_ID, bot_id="B0BOT", edited_ts="9.0")
    recorder.state.put(
        Message("C0POLICY", recorder.state.next_ts(), BOT_USER_ID, "x", pings=("<!channel>",), bot_id="B0BOT")
    )
    html = await read(browser)
    assert '<span class="app">APP</span>' in html
    assert "(edited)" in html
    assert "ping-live" in html
    assert "Live pings in this message: &lt;!channel&gt;" in html
    assert "pinged" in html


async def test_an_edit_and_a_deletion_are_seen(browser: Browser, recorder: Recorder) -> None:
    message = recorder.say("first words")
    assert "first words" in await read(browser)
    recorder.state.put(replace(message, text="second words", edited_ts="9.0"))
    html = await read(browser)
    assert "second words" in html
    assert "first words" not in html
    recorder.state.remove("C0POLICY", message.ts)
    assert "second words" not in await read(browser)


async def test_channels_with_news_are_marked_until_read(browser: Browser, recorder: Recorder) -> None:
    await read(browser)
    recorder.say("news")
    assert 'class="unread"><span class="mark" aria-hidden="true">#</span>policy' in await read(
        browser, "/client/U0ADA/C0RANDOM"
    )
    await read(browser)
    assert 'class="unread"><span class="mark" aria-hidden="true">#</span>policy' not in await read(
        browser, "/client/U0ADA/C0RANDOM"
    )


async def test_the_user_switch_leads_to_the_same_channel_or_the_own_direct_message(browser: Browser) -> None:
    assert 'href="/client/U0GRACE/C0POLICY"' in await read(browser)
    assert 'href="/client/U0GRACE/D0GRACE"' in await read(browser, "/client/U0ADA/D0ADA")
    assert 'href="/client/U0GUEST/C0GENERAL"' in await read(browser), "a guest is in #general alone"


async def test_banners_tell_of_faults_and_of_a_lost_app(browser: Browser, recorder: Recorder) -> None:
    assert "banner" not in (await read(browser)).split('id="banners">')[1].split("</div>")[0]
    recorder.connected = False
    recorder.known_faults = ("facts.yaml:3:5: <unknown> key",)
    html = await read(browser)
    assert "Echo bot is not connected." in html
    assert "The newest edit is not published." in html
    assert "facts.yaml:3:5: &lt;unknown&gt; key" in html


async def test_an_edit_with_warnings_alone_is_told_as_published(browser: Browser, recorder: Recorder) -> None:
    recorder.known_warnings = ("facts.yaml:3:5 warning <odd>", "facts.yaml:4:5 warning odd")
    html = await read(browser)
    assert "The newest edit is published, with 2 warnings." in html
    assert "facts.yaml:3:5 warning &lt;odd&gt;" in html
    assert "stays in use" not in html
    recorder.known_faults = ("facts.yaml:5:1 error broken", *recorder.known_warnings)
    html = await read(browser)
    assert "The newest edit is not published." in html
    assert "with 2 warnings" not in html
