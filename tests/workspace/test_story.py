"""The story of a message: what was sent, how long the ack took, which calls belong to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.workspace.apps import Api, RawApp, modal, row, text
from workspace.state.forms import ViewPlace

if TYPE_CHECKING:
    from tests.workspace.apps import ManualClock
    from workspace.page.story import Story
    from workspace.server import Workspace

GO = {"type": "button", "text": text("Go"), "action_id": "go"}


def told(story: Story) -> tuple[str, list[str]]:
    """Return what was sent in a story, and the methods that were called."""
    sent = ""
    if story.dispatch is not None:
        payload = story.dispatch.envelope.payload
        sent = payload.get("command") or payload.get("event", {}).get("type") or payload["type"]
        assert story.ack_ms == story.dispatch.ms > 0
    else:
        assert story.ack_ms is None
    return sent, [call.method for call in story.calls]


async def use(api: Api, url: str, **reply: Any) -> None:  # noqa: ANN401 — any JSON value
    """Use a response_url."""
    async with api.session.post(url, json=reply) as answer:
        assert answer.status == 200


async def test_a_reply_in_the_ack(workspace: Workspace, app: RawApp) -> None:
    await app.take(workspace.type("U0ADA", "C0POLICY", "/echo one"), {"text": "one"})
    await app.take(workspace.type("U0ADA", "C0POLICY", "/echo two"), {"text": "two"})
    first, second = workspace.seen_by("U0ADA", "C0POLICY")
    for seen, words in ((first, "one"), (second, "two")):
        story = workspace.story("C0POLICY", seen["ts"])
        assert told(story) == ("/echo", [])
        assert story.dispatch is not None
        assert story.dispatch.envelope.payload["text"] == words
        assert story.dispatch.ack == {"text": words}


async def test_a_reply_through_the_response_url_and_a_click_that_replaces_it(
    workspace: Workspace, api: Api, app: RawApp
) -> None:
    payload, _ = await app.take(workspace.type("U0ADA", "C0POLICY", "/echo one"))
    await use(api, payload["response_url"], text="one", blocks=[row("r", GO)])
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    story = workspace.story("C0POLICY", seen["ts"])
    assert told(story) == ("/echo", ["response_url"])
    assert (story.calls[0].args["text"], story.calls[0].response) == ("one", {"ok": True})
    click, _ = await app.take(workspace.press("U0ADA", "C0POLICY", seen["ts"], "go"))
    await use(api, click["response_url"], text="two", replace_original=True)
    assert told(workspace.story("C0POLICY", seen["ts"])) == ("block_actions", ["response_url"])


async def test_what_a_person_wrote_and_what_came_of_it(workspace: Workspace, api: Api, app: RawApp) -> None:
    _, happened = await app.take(workspace.type("U0ADA", "C0GENERAL", "@Echo Bot hello"))
    assert happened.message is not None
    ts = happened.message.ts
    posted = await api("chat.postMessage", channel="C0GENERAL", text="you called?", thread_ts=ts)
    await api("chat.update", channel="C0GENERAL", ts=posted["ts"], text="yes?")
    for message in (ts, posted["ts"]):
        assert told(workspace.story("C0GENERAL", message)) == ("app_mention", ["chat.postMessage", "chat.update"])


async def test_a_modal_that_posts_elsewhere(workspace: Workspace, api: Api, app: RawApp) -> None:
    payload, _ = await app.take(workspace.type("U0ADA", "C0POLICY", "/echo"), {"text": "fill this in"})
    view = (await api("views.open", trigger_id=payload["trigger_id"], view=modal(row("r", GO))))["view"]
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert told(workspace.story("C0POLICY", seen["ts"])) == ("/echo", ["views.open"])
    await app.take(workspace.act("U0ADA", ViewPlace(view["id"]), "r", "go", {}))
    await api("views.update", view_id=view["id"], view=modal())
    posted = await api("chat.postMessage", channel="D0ADA", text="done")
    assert told(workspace.story("D0ADA", posted["ts"])) == ("block_actions", ["views.update", "chat.postMessage"])


async def test_what_the_app_does_of_its_own_accord_has_no_cause(workspace: Workspace, api: Api, app: RawApp) -> None:
    await app.take(workspace.type("U0ADA", "C0POLICY", "/echo"))
    posted = await api("chat.postMessage", channel="C0GENERAL", text="It is nine o'clock.")
    story = workspace.story("C0GENERAL", posted["ts"])
    assert told(story) == ("", ["chat.postMessage"])
    assert story.calls[0].args["text"] == "It is nine o'clock."


async def test_what_failed_tells_why(workspace: Workspace, app: RawApp, clock: ManualClock) -> None:
    typed = asyncio.create_task(workspace.type("U0ADA", "C0POLICY", "/echo"))
    await app.receive()
    await clock.jump(3.0)
    happened = await typed
    assert happened.message is not None
    story = workspace.story("C0POLICY", happened.message.ts)
    assert told(story) == ("/echo", [])
    assert story.dispatch is not None
    assert story.dispatch.failure == "timeout"


async def test_an_event_that_came_twice_is_told_by_the_time_it_was_taken(
    workspace: Workspace, api: Api, app: RawApp, clock: ManualClock
) -> None:
    typed = asyncio.create_task(workspace.type("U0ADA", "D0ADA", "hello"))
    await app.receive()
    await clock.jump(3.0)
    happened = await typed
    assert happened.message is not None
    await app.ack(await app.receive())
    await workspace.wait_until(lambda: len(workspace.dispatches) == 2)
    await api("chat.postMessage", channel="D0ADA", text="hello yourself")
    story = workspace.story("D0ADA", happened.message.ts)
    assert told(story) == ("message", ["chat.postMessage"])
    assert story.dispatch is not None
    assert story.dispatch.retry.number == 1


async def test_a_message_that_the_app_never_heard_of(workspace: Workspace) -> None:
    happened = await workspace.type("U0ADA", "C0RANDOM", "hello")
    assert happened.message is not None
    assert told(workspace.story("C0RANDOM", happened.message.ts)) == ("", [])
    with pytest.raises(LookupError):
        workspace.story("C0RANDOM", "1.0")
