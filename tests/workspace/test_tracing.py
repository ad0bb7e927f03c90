"""Traces: what was sent, how long the ack took, which calls belong to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.waiting import PATIENCE_S
from tests.workspace.apps import Api, RawApp, modal, row, text
from workspace import tracing
from workspace.state.forms import ViewPlace

if TYPE_CHECKING:
    from tests.workspace.apps import ManualClock
    from workspace.server import Workspace
    from workspace.tracing import Trace

GO = {"type": "button", "text": text("Go"), "action_id": "go"}


@pytest.fixture(autouse=True)
def _however_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a call for what follows from an ack though a busy machine makes it later."""
    monkeypatch.setattr(tracing, "_FOLLOWS_WITHIN_S", PATIENCE_S)
    monkeypatch.setattr(tracing, "_LONGEST_S", PATIENCE_S)


def summary(trace: Trace) -> tuple[str, list[str]]:
    """Return what was sent to the app, and the methods that it called."""
    sent = ""
    if trace.dispatch is not None:
        payload = trace.dispatch.envelope.payload
        sent = payload.get("command") or payload.get("event", {}).get("type") or payload["type"]
        assert trace.dispatch.ms > 0
    return sent, [call.method for call in trace.calls]


async def use(api: Api, url: str, **reply: Any) -> None:  # noqa: ANN401 — any JSON value
    """Use a response_url."""
    async with api.session.post(url, json=reply) as answer:
        assert answer.status == 200


async def test_a_reply_in_the_ack(workspace: Workspace, app: RawApp) -> None:
    await app.take(workspace.type("U0ADA", "C0POLICY", "/echo one"), {"text": "one"})
    await app.take(workspace.type("U0ADA", "C0POLICY", "/echo two"), {"text": "two"})
    first, second = workspace.seen_by("U0ADA", "C0POLICY")
    for seen, words in ((first, "one"), (second, "two")):
        trace = workspace.trace("C0POLICY", seen["ts"])
        assert summary(trace) == ("/echo", [])
        assert trace.dispatch is not None
        assert trace.dispatch.envelope.payload["text"] == words
        assert trace.dispatch.ack == {"text": words}


async def test_a_reply_through_the_response_url_and_a_click_that_replaces_it(
    workspace: Workspace, api: Api, app: RawApp
) -> None:
    payload, _ = await app.take(workspace.type("U0ADA", "C0POLICY", "/echo one"))
    await use(api, payload["response_url"], text="one", blocks=[row("r", GO)])
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    trace = workspace.trace("C0POLICY", seen["ts"])
    assert summary(trace) == ("/echo", ["response_url"])
    assert (trace.calls[0].args["text"], trace.calls[0].response) == ("one", {"ok": True})
    click, _ = await app.take(workspace.press("U0ADA", "C0POLICY", seen["ts"], "go"))
    await use(api, click["response_url"], text="two", replace_original=True)
    assert summary(workspace.trace("C0POLICY", seen["ts"])) == ("block_actions", ["response_url"])


async def test_what_a_person_wrote_and_what_came_of_it(workspace: Workspace, api: Api, app: RawApp) -> None:
    _, result = await app.take(workspace.type("U0ADA", "C0GENERAL", "@Echo Bot hello"))
    assert result.message is not None
    ts = result.message.ts
    posted = await api("chat.postMessage", channel="C0GENERAL", text="you called?", thread_ts=ts)
    await api("chat.update", channel="C0GENERAL", ts=posted["ts"], text="yes?")
    for message in (ts, posted["ts"]):
        assert summary(workspace.trace("C0GENERAL", message)) == ("app_mention", ["chat.postMessage", "chat.update"])


async def test_a_modal_that_posts_elsewhere(workspace: Workspace, api: Api, app: RawApp) -> None:
    payload, _ = await app.take(workspace.type("U0ADA", "C0POLICY", "/echo"), {"text": "fill this in"})
    view = (await api("views.open", trigger_id=payload["trigger_id"], view=modal(row("r", GO))))["view"]
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert summary(workspace.trace("C0POLICY", seen["ts"])) == ("/echo", ["views.open"])
    await app.take(workspace.act("U0ADA", ViewPlace(view["id"]), "r", "go", {}))
    await api("views.update", view_id=view["id"], view=modal())
    posted = await api("chat.postMessage", channel="D0ADA", text="done")
    assert summary(workspace.trace("D0ADA", posted["ts"])) == ("block_actions", ["views.update", "chat.postMessage"])


async def test_what_the_app_does_of_its_own_accord_has_no_cause(workspace: Workspace, api: Api, app: RawApp) -> None:
    await app.take(workspace.type("U0ADA", "C0POLICY", "/echo"))
    posted = await api("chat.postMessage", channel="C0GENERAL", text="It is nine o'clock.")
    trace = workspace.trace("C0GENERAL", posted["ts"])
    assert summary(trace) == ("", ["chat.postMessage"])
    assert trace.calls[0].args["text"] == "It is nine o'clock."


async def test_a_failed_dispatch_names_its_failure(workspace: Workspace, app: RawApp, clock: ManualClock) -> None:
    typed = asyncio.create_task(workspace.type("U0ADA", "C0POLICY", "/echo"))
    await app.receive()
    await clock.jump(3.0)
    result = await typed
    assert result.message is not None
    trace = workspace.trace("C0POLICY", result.message.ts)
    assert summary(trace) == ("/echo", [])
    assert trace.dispatch is not None
    assert trace.dispatch.failure == "timeout"


async def test_an_event_that_came_twice_is_traced_to_the_attempt_that_was_acked(
    workspace: Workspace, api: Api, app: RawApp, clock: ManualClock
) -> None:
    typed = asyncio.create_task(workspace.type("U0ADA", "D0ADA", "hello"))
    await app.receive()
    await clock.jump(3.0)
    result = await typed
    assert result.message is not None
    await app.ack(await app.receive())
    await workspace.wait_until(lambda: len(workspace.dispatches) == 2)
    await api("chat.postMessage", channel="D0ADA", text="hello yourself")
    trace = workspace.trace("D0ADA", result.message.ts)
    assert summary(trace) == ("message", ["chat.postMessage"])
    assert trace.dispatch is not None
    assert trace.dispatch.retry.number == 1


async def test_a_message_in_a_channel_without_the_app_has_no_cause(workspace: Workspace) -> None:
    result = await workspace.type("U0ADA", "C0RANDOM", "hello")
    assert result.message is not None
    assert summary(workspace.trace("C0RANDOM", result.message.ts)) == ("", [])
    with pytest.raises(LookupError):
        workspace.trace("C0RANDOM", "1.0")
