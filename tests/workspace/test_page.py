"""The page over HTTP: who may ask, what stands on it, what its buttons do, and the stream of changes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from workspace.page import mount
from workspace.records import BOT_USER_ID, Message
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aiohttp import ClientResponse

    from workspace.manifest import Manifest
    from workspace.state import State

MANIFEST = {
    "_metadata": {"major_version": 2},
    "display_information": {"name": "Echo", "description": "Says it again."},
    "features": {
        "bot_user": {"display_name": "Echo bot"},
        "slash_commands": [{"command": "/echo", "description": "Say it again", "usage_hint": "[WORDS] <x>"}],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
    "settings": {"socket_mode_enabled": True, "interactivity": {"is_enabled": True}},
}
POLICY = "/client/U0ADA/C0POLICY"


@dataclass(frozen=True)
class Outcome:
    """What came of typing or pressing."""

    problem: str = ""


@dataclass
class Stage:
    """The workspace behind the page: the state of a real one, and a record of what the page asks for."""

    state: State
    manifest: Manifest
    is_connected: bool = True
    outcome: Outcome = Outcome()
    done: list[tuple[str | None, ...]] = field(default_factory=list)
    known_faults: tuple[str, ...] = ()

    def faults(self) -> Sequence[str]:
        """Tell what was set."""
        return self.known_faults

    async def type(self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None) -> Outcome:
        """Record it."""
        if thread_ts == "gone":
            raise LookupError
        self.done.append((user_id, channel_id, text, thread_ts))
        return self.outcome

    async def press(self, user_id: str, channel_id: str, ts: str, action_id: str, block_id: str = "") -> Outcome:
        """Record it."""
        if ts == "gone":
            raise LookupError
        self.done.append((user_id, channel_id, ts, action_id, block_id))
        return self.outcome

    def say(self, text: str, *, user: str = "U0GRACE", **more: Any) -> Message:  # noqa: ANN401 — any field of a message
        """Put a message into #policy."""
        return self.state.put(Message("C0POLICY", self.state.next_ts(), user, text, **more))


@pytest.fixture
def stage() -> Stage:
    workspace = Workspace(MANIFEST)
    return Stage(workspace.state, workspace.manifest)


@pytest.fixture
async def browser(stage: Stage) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application()
    mount(app, stage)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


Browser = TestClient[web.Request, web.Application]


def origin(browser: Browser) -> str:
    return f"http://127.0.0.1:{browser.port}"


async def post(browser: Browser, path: str, **values: str) -> ClientResponse:
    return await browser.post(path, data=values, headers={"Origin": origin(browser)})


async def read(browser: Browser, path: str = POLICY) -> str:
    response = await browser.get(path)
    assert response.status == 200
    return await response.text()


# Who may ask.


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:80", "", "localhost@evil.example:1"]
)
async def test_foreign_names_are_refused(browser: Browser, host: str) -> None:
    response = await browser.get(POLICY, headers={"Host": host})
    assert response.status == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:1234", "127.0.0.1", "[::1]:80"])
async def test_names_of_this_machine_are_fine(browser: Browser, host: str) -> None:
    response = await browser.get(POLICY, headers={"Host": host})
    assert response.status == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "null"}, {"Origin": "https://evil.example"}, {"Origin": "http://127.0.0.1:1"}]
)
@pytest.mark.parametrize("act", ["messages", "press", "dismiss"])
async def test_only_the_page_itself_may_post(browser: Browser, stage: Stage, headers: dict[str, str], act: str) -> None:
    response = await browser.post(f"{POLICY}/{act}", data={"text": "x", "ts": "1.0"}, headers=headers)
    assert response.status == 403
    assert stage.done == []


@pytest.mark.parametrize("path", [POLICY, "/static/page.css", "/client/U0ADA/C0NONE", "/"])
async def test_every_answer_forbids_foreign_and_inline_code(browser: Browser, path: str) -> None:
    response = await browser.get(path, allow_redirects=False)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/client/U0NONE/C0POLICY", "/client/U0ADA/D0GRACE", "/client/U0BOT/C0POLICY", "/client/U0ADA/X"]
)
async def test_places_that_are_not_there(browser: Browser, path: str) -> None:
    for address in (path, f"{path}/live"):
        assert (await browser.get(address)).status == 404


# What stands on it.


async def test_it_begins_with_the_first_person_in_general(browser: Browser) -> None:
    response = await browser.get("/")
    assert response.url.path == "/client/U0ADA/C0GENERAL"
    html = await response.text()
    assert "No Slack account is used. Everything stays on this machine." in html
    assert 'data-insert="/echo "><code>/echo</code></button>' in html


async def test_messages_commands_and_names_are_escaped(browser: Browser, stage: Stage) -> None:
    stage.say("&lt;script&gt;alert(1)&lt;/script&gt; <script>alert(2)</script>")
    html = await read(browser)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;script&gt;alert(2)&lt;/script&gt;" in html
    assert "[WORDS] &lt;x&gt;" in html
    assert "<script>" not in html


async def test_no_script_or_style_stands_in_the_page(browser: Browser) -> None:
    html = await read(browser)
    assert " style=" not in html
    assert "<style" not in html
    assert html.count("<script src=") == html.count("<script") == 4


async def test_the_page_is_small_over_the_wire(browser: Browser, stage: Stage) -> None:
    for number in range(50):
        stage.say(f"message {number} " * 10)
    size = 0
    for path in (
        POLICY,
        *(
            f"/static/{name}"
            for name in ("htmx-4.0.1.min.js", "hx-sse-4.0.1.min.js", "composer.js", "page.js", "page.css")
        ),
    ):
        response = await browser.get(path, headers={"Accept-Encoding": "gzip"}, auto_decompress=False)
        assert response.headers["Content-Encoding"] == "gzip"
        size += len(await response.read())
    assert size < 60_000


async def test_a_file_that_the_browser_has_is_not_sent_again(browser: Browser) -> None:
    first = await browser.get("/static/page.css")
    again = await browser.get("/static/page.css", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fpage.py", "%2e%2e%2fpage.py", "htmx.LICENSE"])
async def test_only_the_pages_own_files_are_served(browser: Browser, name: str) -> None:
    assert (await browser.get(f"/static/{name}")).status == 404


async def test_ephemeral_messages_are_for_one_and_can_be_dismissed(browser: Browser, stage: Stage) -> None:
    message = stage.say("psst", user=BOT_USER_ID, bot_id="B0BOT", ephemeral_to="U0ADA")
    assert "psst" in await read(browser)
    assert "Only visible to you" in await read(browser)
    assert "psst" not in await read(browser, "/client/U0GRACE/C0POLICY")
    await post(browser, "/client/U0GRACE/C0POLICY/dismiss", ts=message.ts)
    assert "psst" in await read(browser)
    assert (await post(browser, f"{POLICY}/dismiss", ts=message.ts)).status == 204
    assert "psst" not in await read(browser)


async def test_threads_stand_in_the_side_pane(browser: Browser, stage: Stage) -> None:
    parent = stage.say("a question")
    stage.say("an answer", thread_ts=parent.ts)
    channel = await read(browser)
    assert f'href="{POLICY}?thread={parent.ts}">1 reply' in channel
    assert "an answer" not in channel
    thread = await read(browser, f"{POLICY}?thread={parent.ts}")
    assert "an answer" in thread
    assert f'<input type="hidden" name="thread" value="{parent.ts}">' in thread


async def test_an_unknown_thread_is_no_thread(browser: Browser) -> None:
    assert 'aria-label="Thread"' not in await read(browser, f"{POLICY}?thread=%3Cscript%3E")


async def test_badges_edits_and_live_pings_are_seen(browser: Browser, stage: Stage) -> None:
    stage.say("<!channel> look", user=BOT_USER_ID, bot_id="B0BOT", edited_ts="9.0")
    stage.state.put(Message("C0POLICY", stage.state.next_ts(), BOT_USER_ID, "x", pings=("<!channel>",), bot_id="B0BOT"))
    html = await read(browser)
    assert '<span class="app">APP</span>' in html
    assert "(edited)" in html
    assert "ping-live" in html
    assert "Live pings in this message: &lt;!channel&gt;" in html
    assert "pinged" in html


async def test_an_edit_and_a_deletion_are_seen(browser: Browser, stage: Stage) -> None:
    message = stage.say("first words")
    assert "first words" in await read(browser)
    stage.state.put(replace(message, text="second words", edited_ts="9.0"))
    html = await read(browser)
    assert "second words" in html
    assert "first words" not in html
    stage.state.remove("C0POLICY", message.ts)
    assert "second words" not in await read(browser)


async def test_channels_with_news_are_marked_until_read(browser: Browser, stage: Stage) -> None:
    await read(browser)
    stage.say("news")
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


async def test_banners_tell_of_faults_and_of_a_lost_app(browser: Browser, stage: Stage) -> None:
    assert "banner" not in (await read(browser)).split('id="banners">')[1].split("</div>")[0]
    stage.is_connected = False
    stage.known_faults = ("facts.yaml:3:5: <unknown> key",)
    html = await read(browser)
    assert "Echo bot is not connected." in html
    assert "The content has 1 fault." in html
    assert "facts.yaml:3:5: &lt;unknown&gt; key" in html


# What its buttons do.


async def test_sending(browser: Browser, stage: Stage) -> None:
    assert (await post(browser, f"{POLICY}/messages", text="a <b>\nsecond")).status == 204
    assert (await post(browser, f"{POLICY}/messages", text="reply", thread="1.000001")).status == 204
    assert stage.done == [
        ("U0ADA", "C0POLICY", "a <b>\nsecond", None),
        ("U0ADA", "C0POLICY", "reply", "1.000001"),
    ]


@pytest.mark.parametrize("text", ["", " \n ", "x" * 40_001])
async def test_texts_that_are_no_message_come_back(browser: Browser, stage: Stage, text: str) -> None:
    response = await post(browser, f"{POLICY}/messages", text=text)
    assert response.status == 409
    assert "1 to 40,000 characters" in await response.text()
    assert stage.done == []


async def test_a_command_comes_back_when_the_app_is_not_connected(browser: Browser, stage: Stage) -> None:
    stage.is_connected = False
    response = await post(browser, f"{POLICY}/messages", text="/echo hello")
    assert response.status == 409
    assert "not connected" in await response.text()
    assert stage.done == []


async def test_a_failed_press_is_told_with_its_message_until_the_next_press(browser: Browser, stage: Stage) -> None:
    message = stage.say("x", user=BOT_USER_ID, bot_id="B0BOT")
    stage.outcome = Outcome("Operation timed out.")
    values = {"ts": message.ts, "action_id": "post", "block_id": "b"}
    assert (await post(browser, f"{POLICY}/press", **values)).status == 204
    assert stage.done == [("U0ADA", "C0POLICY", message.ts, "post", "b")]
    assert "Operation timed out." in await read(browser)
    assert "Operation timed out." not in await read(browser, "/client/U0GRACE/C0POLICY")
    stage.outcome = Outcome()
    await post(browser, f"{POLICY}/press", **values)
    assert "Operation timed out." not in await read(browser)


async def test_things_that_are_gone_do_no_harm(browser: Browser) -> None:
    response = await post(browser, f"{POLICY}/messages", text="reply", thread="gone")
    assert response.status == 409
    assert "This thread is gone." in await response.text()
    assert (await post(browser, f"{POLICY}/press", ts="gone", action_id="a", block_id="b")).status == 204


async def test_what_the_workspace_has_to_say_comes_back_with_the_text(browser: Browser, stage: Stage) -> None:
    stage.outcome = Outcome("Not <now>.")
    response = await post(browser, f"{POLICY}/messages", text="hello")
    assert response.status == 409
    assert (
        '<hx-partial hx-target="#notice-main" hx-swap="innerHTML">Not &lt;now&gt;.</hx-partial>'
        in await response.text()
    )


# The stream of changes.


async def next_event(response: ClientResponse) -> str:
    """Return the data of the next event, its lines joined as a browser does."""
    lines: list[str] = []
    async with asyncio.timeout(5):
        async for line in response.content:
            text = line.decode().removesuffix("\n")
            if text.startswith("data: "):
                lines.append(text.removeprefix("data: "))
            elif not text and lines:
                return "\n".join(lines)
    raise AssertionError("the stream ended")


async def test_the_stream_tells_of_changes_only(browser: Browser, stage: Stage) -> None:
    async with browser.get(f"{POLICY}/live") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        first = await next_event(response)
        assert 'hx-target="#messages" hx-swap="innerMorph"' in first
        assert 'hx-target="#rooms"' in first
        stage.say("news\rand \r\n more")
        second = await next_event(response)
        assert "news\nand \n more" in second
        assert "#rooms" not in second
        assert "#banners" not in second


async def test_the_stream_of_a_thread_tells_of_replies(browser: Browser, stage: Stage) -> None:
    parent = stage.say("a question")
    async with browser.get(f"{POLICY}/live?thread={parent.ts}") as response:
        await next_event(response)
        stage.say("a reply", thread_ts=parent.ts)
        assert "a reply" in await next_event(response)


async def test_the_stream_tells_when_the_app_goes(browser: Browser, stage: Stage) -> None:
    async with browser.get(f"{POLICY}/live") as response:
        await next_event(response)
        stage.is_connected = False
        stage.state.touch()
        assert "Echo bot is not connected." in await next_event(response)


async def test_shutting_down_ends_open_streams(stage: Stage) -> None:
    app = web.Application()
    mount(app, stage)
    client = TestClient(TestServer(app, host="127.0.0.1"))
    await client.start_server()
    async with client.get(f"{POLICY}/live") as response:
        await next_event(response)
        async with asyncio.timeout(5):
            await client.server.close()
    await client.close()
