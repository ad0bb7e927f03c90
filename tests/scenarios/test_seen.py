"""What operators see: the numbers change with what happens, over the wire, and the port tells what is wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

import app as wiring
from cli.operators import process
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, POLICY, Scene, playing, settings_for
from tests.scenarios.test_dead_places import publish, states, subscribe
from tests.scenarios.test_http import SECRET, Door, http_settings
from tests.support.collector import collecting
from tests.support.up_to_date import copy_up_to_date
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from handlers.metrics.metrics import Metrics

HOSTILE = '"} 1 briefing_bot_forged{a="b'


def numbers(text: str) -> dict[str, float]:
    """Return what Prometheus reads, by name and values of labels."""
    return {
        " ".join((sample.name.removeprefix("briefing_bot_"), *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def counted(metrics: Metrics) -> dict[str, float]:
    """Return what a scene has counted."""
    return numbers(generate_latest(metrics.registry).decode())


async def test_the_port_tells_what_a_process_does_from_before_its_start_to_after_its_end(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    workspace, stop = Workspace(wiring.read_manifest()), asyncio.Event()
    copy_up_to_date(tmp_path)
    async with aiohttp.ClientSession() as session:

        async def get(path: str) -> tuple[int, str]:
            async with session.get(f"http://127.0.0.1:{unused_tcp_port}{path}") as answer:
                return answer.status, await answer.text()

        async def until(path: str, words: str) -> str:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    try:
                        if words in (answer := (await get(path))[1]):
                            return answer
                    except aiohttp.ClientConnectionError:
                        pass
                    await asyncio.sleep(0.02)

        async with workspace.serve():
            ports: dict[str, Any] = {"admin_host": "127.0.0.1", "admin_port": unused_tcp_port}
            settings = settings_for(workspace, data_dir=tmp_path, maintainers_channel="C0RANDOM", **ports)
            running = asyncio.create_task(process.run(settings, stop))
            assert "not_connected: Slack's requests do not come in" in await until("/readyz", "not ready")
            await until("/readyz", "ready\n")
            await until("/readyz", "maintainers_unreached: MAINTAINERS_CHANNEL: the bot is not in it. Invite")
            await until("/metrics", "briefing_bot_ready 1.0")
            for text in ("/fact growth zones", f"/fact {HOSTILE}", "/briefing"):
                assert (await workspace.type(ADA, GENERAL, text)).acked
            found = numbers((await get("/metrics"))[1])
            assert found["ack_seconds_count /fact answer"] == 1
            assert found["ack_seconds_count /briefing briefing"] == 1
            assert found["look_ups_total answer"] == 1
            assert sum(found[name] for name in found if name.startswith("look_ups_total")) == 2
            assert not [name for name in found if "forged" in name]
            assert (found["database_up"], found["revision"], found["fault not_connected"]) == (1, 1, 0)
            assert found["slack_call_seconds_count auth.test"] == 1
            assert (found["publications_total baseline"], found["content_faults error"]) == (1, 0)
            await workspace.disconnect("refresh_requested")
            await until("/metrics", "briefing_bot_socket_reconnects_total 1.0")
            stop.set()
            await asyncio.wait_for(running, PATIENCE_S)
        with pytest.raises(aiohttp.ClientConnectionError):
            await get("/livez")


async def test_a_delivery_that_failed_and_one_that_was_posted_are_counted(scene: Scene) -> None:
    await subscribe(scene, POLICY, "D0GRACE")
    scene.workspace.state.archive(POLICY)
    await publish(scene)
    await states(scene)
    found = counted(scene.metrics)
    assert found["deliveries_total alert failed"] == 1
    assert found["deliveries_total alert sent"] == 1
    assert found["post_lag_seconds_count alert"] == 1
    assert found["slack_errors_total is_archived chat.postMessage"] == 1
    assert found["slack_call_seconds_count chat.postMessage"] >= 2


async def test_what_is_refused_over_http_is_counted_by_its_reason(unused_tcp_port: int) -> None:
    workspace = Workspace(wiring.read_manifest())
    async with (
        workspace.serve(),
        playing(workspace, **http_settings(SECRET, unused_tcp_port)) as scene,
        aiohttp.ClientSession() as session,
    ):
        door = Door(session, f"http://127.0.0.1:{unused_tcp_port}")
        await door.command()
        await door.command(signature="v0=" + "0" * 64)
        await door.command(signature="")
        await door.command(age_s=301)
        await door.knock(b'{"type": "event_callback", "event": {"type": "\\"} 1"}, "team_id": "T0OTHER"}')
        await door.knock(b"[]")
        found = counted(scene.metrics)
    refused = {name: found[name] for name in found if name.startswith("requests_refused_total")}
    assert refused == {
        "requests_refused_total another workspace": 1,
        "requests_refused_total malformed": 1,
        "requests_refused_total not signed": 1,
        "requests_refused_total signature": 1,
        "requests_refused_total timestamp": 1,
    }
    assert found["ack_seconds_count /fact answer"] == 1
    assert found["ack_seconds_count other refused"] == 1
    assert not [name for name in found if '"' in name]


async def test_traces_tell_what_was_done_and_hold_no_words() -> None:
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), collecting() as collected:
        async with playing(workspace, otel_exporter_otlp_endpoint=collected.address) as scene:
            await scene.asks("/fact growth zones")
            await scene.types("what about growth zones", channel=ADAS_DM)
            await scene.until(lambda: len(scene.sees(channel=ADAS_DM)) > 1)
            await scene.settled()
        await scene.metrics.spans.close()
    spans = {span.span_id: span for span in collected.spans}
    told = {(span.name, *(each.value.string_value for each in span.attributes)) for span in spans.values()}
    assert {("request", "/fact", "answer"), ("request", "message", "taken"), ("delivery", "reply")} <= told
    delivered = next(each for each in spans.values() if each.name == "delivery")
    assert "slack.call" in {each.name for each in spans.values() if each.parent_span_id == delivered.span_id}
    sent = str(collected.received)
    assert not [each for each in ("growth", ADA, ADAS_DM, GENERAL, "T0TRY") if each in sent]
