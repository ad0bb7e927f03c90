"""The page over HTTP: what its message box and buttons do, and the stream of changes."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.support.waiting import PATIENCE_S
from tests.workspace.recorder import POLICY, Browser, Recorder, next_event, post, read
from workspace.page.page import mount
from workspace.people.results import ActionResult
from workspace.state.forms import MessagePlace
from workspace.state.records import BOT_USER_ID

# What its buttons do.


async def test_sending(browser: Browser, recorder: Recorder) -> None:
    assert (await post(browser, f"{POLICY}/messages", text="a <b>\nsecond")).status == 204
    assert (await post(browser, f"{POLICY}/messages", text="reply", thread="1.000001")).status == 204
    assert recorder.done == [
        ("U0ADA", "C0POLICY", "a <b>\nsecond", None),
        ("U0ADA", "C0POLICY", "reply", "1.000001"),
    ]


@pytest.mark.parametrize("text", ["", " \n ", "x" * 40_001])
async def test_texts_that_are_no_message_come_back(browser: Browser, recorder: Recorder, text: str) -> None:
    response = await post(browser, f"{POLICY}/messages", text=text)
    assert response.status == 409
    assert "1 to 40,000 characters" in await response.text()
    assert recorder.done == []


async def test_a_command_comes_back_when_the_app_is_not_connected(browser: Browser, recorder: Recorder) -> None:
    recorder.connected = False
    response = await post(browser, f"{POLICY}/messages", text="/echo hello")
    assert response.status == 409
    assert "not connected" in await response.text()
    assert recorder.done == []


async def test_a_failed_press_is_shown_at_its_message_until_the_next_press(
    browser: Browser, recorder: Recorder
) -> None:
    button = {"type": "button", "action_id": "post", "text": {"type": "plain_text", "text": "Post"}}
    actions = {"type": "actions", "block_id": "b", "elements": [button]}
    message = recorder.say("x", user=BOT_USER_ID, bot_id="B0BOT", blocks=(actions,))
    recorder.result = ActionResult(problem="Operation timed out.")
    values = {"channel": "C0POLICY", "ts": message.ts, "action_id": "post", "block_id": "b"}
    assert (await post(browser, "/client/U0ADA/act", **values)).status == 204
    assert recorder.done == [("U0ADA", str(MessagePlace("C0POLICY", message.ts)), "b", "post", "{}")]
    assert "Operation timed out." in await read(browser)
    assert "Operation timed out." not in await read(browser, "/client/U0GRACE/C0POLICY")
    recorder.result = ActionResult()
    await post(browser, "/client/U0ADA/act", **values)
    assert "Operation timed out." not in await read(browser)


async def test_pressing_one_of_two_feedback_buttons_names_it(browser: Browser, recorder: Recorder) -> None:
    yes, no = ({"text": {"type": "plain_text", "text": word}, "value": word} for word in ("yes", "no"))
    feedback = {"type": "feedback_buttons", "action_id": "f", "positive_button": yes, "negative_button": no}
    below = {"type": "context_actions", "block_id": "b", "elements": [feedback]}
    message = recorder.say("x", user=BOT_USER_ID, bot_id="B0BOT", blocks=(below,))
    place = {"channel": "C0POLICY", "ts": message.ts, "action_id": "f", "block_id": "b"}
    assert (await post(browser, "/client/U0ADA/act", value="no", **place)).status == 204
    assert recorder.done == [("U0ADA", str(MessagePlace("C0POLICY", message.ts)), "b", "f", "{'value': 'no'}")]


async def test_things_that_are_gone_do_no_harm(browser: Browser) -> None:
    response = await post(browser, f"{POLICY}/messages", text="reply", thread="gone")
    assert response.status == 409
    assert "This thread is gone." in await response.text()
    gone = await post(browser, "/client/U0ADA/act", channel="C0POLICY", ts="gone", action_id="a", block_id="b")
    assert gone.status == 409
    assert 'hx-target="#toast" hx-swap="innerHTML">That has changed and is no longer there' in await gone.text()


async def test_what_the_workspace_has_to_say_comes_back_with_the_text(browser: Browser, recorder: Recorder) -> None:
    recorder.result = ActionResult(problem="Not <now>.")
    response = await post(browser, f"{POLICY}/messages", text="hello")
    assert response.status == 409
    assert (
        '<hx-partial hx-target="#notice-main" hx-swap="innerHTML">Not &lt;now&gt;.</hx-partial>'
        in await response.text()
    )


# The stream of changes.


async def test_the_stream_tells_of_changes_only(browser: Browser, recorder: Recorder) -> None:
    async with browser.get(f"{POLICY}/live") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        first = await next_event(response)
        assert 'hx-target="#messages" hx-swap="innerMorph"' in first
        assert 'hx-target="#rooms"' in first
        recorder.say("news\rand \r\n more")
        second = await next_event(response)
        assert "news\nand \n more" in second
        assert "#rooms" not in second
        assert "#banners" not in second


async def test_the_stream_of_a_thread_tells_of_replies(browser: Browser, recorder: Recorder) -> None:
    parent = recorder.say("a question")
    async with browser.get(f"{POLICY}/live?thread={parent.ts}") as response:
        await next_event(response)
        recorder.say("a reply", thread_ts=parent.ts)
        assert "a reply" in await next_event(response)


async def test_the_stream_tells_when_the_app_goes(browser: Browser, recorder: Recorder) -> None:
    async with browser.get(f"{POLICY}/live") as response:
        await next_event(response)
        recorder.connected = False
        recorder.state.touch()
        assert "Echo bot is not connected." in await next_event(response)


async def test_shutting_down_ends_open_streams(recorder: Recorder) -> None:
    app = web.Application()
    mount(app, recorder)
    client = TestClient(TestServer(app, host="127.0.0.1"))
    await client.start_server()
    async with client.get(f"{POLICY}/live") as response:
        await next_event(response)
        async with asyncio.timeout(PATIENCE_S):
            await client.server.close()
    await client.close()
