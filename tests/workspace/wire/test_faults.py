"""Fault switches: each has the effect that README.md describes, and no other."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import aiohttp
import pytest

from workspace.wire import faults
from workspace.wire.faults import Fault, FaultKind
from workspace.wire.remote import FAULTS

if TYPE_CHECKING:
    from tests.workspace.apps import Api, ManualClock, RawApp
    from workspace.server import Workspace

README = Path(faults.__file__).parents[1] / "README.md"
POST = "chat.postMessage"


def texts(workspace: Workspace) -> list[str]:
    return [message["text"] for message in workspace.seen_by("U0ADA", "C0POLICY")]


async def put(workspace: Workspace, session: aiohttp.ClientSession, **body: Any) -> tuple[int, str]:  # noqa: ANN401 — any JSON
    async with session.put(f"{workspace.url.rstrip('/')}{FAULTS}", json=body) as answer:
        return answer.status, await answer.text()


async def test_switches_are_put_shown_and_cleared(workspace: Workspace, session: aiohttp.ClientSession) -> None:
    status, shown = await put(workspace, session, faults=[{"kind": "lost", "method": POST, "chance": 0.5}], seed=3)
    assert status == 200
    assert '"chance": 0.5' in shown
    assert workspace.fault_switches.switches == (Fault("lost", POST, chance=0.5),)
    async with session.delete(f"{workspace.url.rstrip('/')}{FAULTS}") as answer:
        assert answer.status == 204
    assert not workspace.fault_switches.switches


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"faults": "all"},
        {"faults": [{"kind": "flood"}]},
        {"faults": [{"kind": "lost", "chance": 2}]},
        {"faults": [{"kind": "lost", "seconds": True}]},
        {"faults": [{"kind": "lost", "often": 1}]},
        {"faults": [{"kind": "answer", "status": 1000}]},
        {"faults": [{"kind": "answer", "body": 7}]},
        {"faults": [{"kind": "answer", "headers": ["x"]}]},
        {"faults": [{"kind": "answer", "headers": {"X": 7}}]},
        {"faults": [{"kind": "answer", "headers": {"X": "a\r\nY: b"}}]},
        {"faults": [{"kind": "drop"}]},
        {"faults": [{"kind": "lost", "method": "deliveries"}]},
        {"faults": [], "seed": "x"},
        {"faults": [{"kind": "lost"}] * 101},
    ],
)
async def test_a_wrong_switch_is_refused_with_a_sentence(
    workspace: Workspace, session: aiohttp.ClientSession, body: dict[str, Any]
) -> None:
    status, sentence = await put(workspace, session, **body)
    assert status == 400
    assert sentence.endswith(".\n")
    assert not workspace.fault_switches.switches


async def test_another_host_is_refused(workspace: Workspace, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{workspace.url.rstrip('/')}{FAULTS}", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403


async def test_rate_limit_and_error_store_nothing(workspace: Workspace, api: Api) -> None:
    workspace.fault_switches.switch([Fault("rate_limit", POST, times=1, seconds=7), Fault("error", POST, times=1)])
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    async with api.session.post(f"{workspace.api_url}{POST}", json={}, headers=headers) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    async with api.session.post(f"{workspace.api_url}{POST}", json={}, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (500, "text/plain")
    assert texts(workspace) == []
    assert (await api(POST, channel="C0POLICY", text="now"))["ok"]
    assert workspace.fault_switches.hits == {"rate_limit": 1, "error": 1}


async def test_an_answer_of_choice_stores_nothing(workspace: Workspace, api: Api) -> None:
    answer = Fault("answer", POST, times=1, status=503, body="busy", headers={"Content-Type": "text/plain", "X": "y"})
    workspace.fault_switches.switch([answer])
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    async with api.session.post(f"{workspace.api_url}{POST}", json={}, headers=headers) as got:
        assert (got.status, got.content_type, got.headers["X"], await got.text()) == (503, "text/plain", "y", "busy")
    assert texts(workspace) == []


async def test_a_stored_call_with_an_answer_of_choice(workspace: Workspace, api: Api) -> None:
    workspace.fault_switches.switch([Fault("lost", POST, times=1, body='{"ok": tr')])
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    body = {"channel": "C0POLICY", "text": "once"}
    async with api.session.post(f"{workspace.api_url}{POST}", json=body, headers=headers) as got:
        assert (got.status, await got.text()) == (200, '{"ok": tr')
    assert texts(workspace) == ["once"]


async def test_uses_of_response_urls_have_faults_of_their_own(workspace: Workspace, api: Api) -> None:
    workspace.fault_switches.switch([Fault("error"), Fault("rate_limit", "response_url", times=1, seconds=3)])
    async with api.session.post(f"{workspace.url}response/unknown", json={}) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "3")
    async with api.session.post(f"{workspace.url}response/unknown", json={}) as answer:
        assert answer.status == 404, "* stands for the Web API's methods"


@pytest.mark.parametrize(("kind", "stored"), [("reset", []), ("lost", ["once"])])
async def test_a_cut_connection_with_and_without_the_message(
    workspace: Workspace, api: Api, kind: FaultKind, stored: list[str]
) -> None:
    workspace.fault_switches.switch([Fault(kind, POST, times=1)])
    with pytest.raises(aiohttp.ClientError):
        await api(POST, channel="C0POLICY", text="once")
    assert texts(workspace) == stored


async def test_slow_stores_even_when_the_app_has_gone(workspace: Workspace, api: Api, clock: ManualClock) -> None:
    workspace.fault_switches.switch([Fault("slow", POST, seconds=4)])
    calling = asyncio.create_task(api(POST, channel="C0POLICY", text="late"))
    await clock.until_slept(4)
    calling.cancel()
    assert texts(workspace) == []
    await clock.jump(4)
    await workspace.wait_until(lambda: texts(workspace) == ["late"])


async def test_timeout_stores_nothing(workspace: Workspace, api: Api, clock: ManualClock) -> None:
    workspace.fault_switches.switch([Fault("timeout", POST, seconds=4)])
    calling = asyncio.create_task(api(POST, channel="C0POLICY", text="never"))
    await clock.jump(4)
    with pytest.raises(aiohttp.ClientError):
        await calling
    workspace.fault_switches.switch(())
    assert (await api(POST, channel="C0POLICY", text="next"))["ok"]
    assert texts(workspace) == ["next"]


async def test_the_same_seed_hits_the_same_calls(workspace: Workspace) -> None:
    faults = [Fault("lost", POST, chance=0.3)]

    def pattern() -> list[bool]:
        workspace.fault_switches.switch(faults, seed=11)
        return [workspace.fault_switches.next_for(POST) is not None for _ in range(50)]

    first = pattern()
    assert first == pattern()
    assert 0 < sum(first) < 50


async def test_deliveries_are_dropped_and_doubled(workspace: Workspace, app: RawApp) -> None:
    workspace.fault_switches.switch([Fault("drop", "deliveries", times=1)])
    assert not (await workspace.type("U0ADA", "D0ADA", "lost")).acked
    assert workspace.dispatches[-1].failure == "dropped"
    workspace.fault_switches.switch([Fault("double", "deliveries", times=1)])
    typing = asyncio.create_task(workspace.type("U0ADA", "D0ADA", "twice"))
    frames = []
    for _ in range(2):
        frames.append(await app.receive())
        await app.ack(frames[-1])
    assert (await typing).acked
    assert frames[0]["payload"] == frames[1]["payload"]
    assert frames[0]["envelope_id"] != frames[1]["envelope_id"]


def test_every_kind_and_key_is_in_the_readme() -> None:
    page = README.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \| ", page, re.MULTILINE)) >= set(get_args(FaultKind)) | set(Fault.__slots__)
