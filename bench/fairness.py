"""What one person who floods costs another: seconds until the other's answers, with and without limits.

The bot in the local workspace, in one process; requests are handed to it as they come from Slack. While Grace does
each thing 200 times a second, Ada asks for a fact, and then what her channel gets, every 50 ms. Socket and network are
left out: they are the same with limits and without.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from statistics import quantiles
from time import perf_counter
from typing import TYPE_CHECKING, Any

import app as wiring
from handlers.slack.receiving.requests import take
from tests.scenarios.scene import playing
from workspace.server import Workspace
from workspace.state.records import TEAM_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.scenarios.scene import Scene

ASKED = 50
PACE_S = 0.05
A_SECOND = 200
MOST_S = 15.0
"""Seconds after which a flood is over, and a list counts as never shown."""
CHANNEL = "C0GENERAL"
LIMITS = ("questions_a_minute", "channel_questions_a_minute", "workspace_questions_a_minute", "public_answers_a_minute")
ids = count(1)


def command(text: str, user: str = "U0GRACE") -> dict[str, Any]:
    """Return a slash command."""
    name, _, words = text.partition(" ")
    about = {"team_id": TEAM_ID, "channel_id": CHANNEL, "user_id": user, "trigger_id": f"command {next(ids)}"}
    return {"command": name, "text": words, "response_url": "https://hooks.slack.example/none", **about}


def press() -> dict[str, Any]:
    """Return a press below a private message."""
    number = next(ids)
    return {
        "type": "block_actions",
        "team": {"id": TEAM_ID},
        "user": {"id": "U0GRACE", "team_id": TEAM_ID},
        "container": {"type": "message", "message_ts": f"1.{number}", "channel_id": CHANNEL, "is_ephemeral": True},
        "channel": {"id": CHANNEL},
        "actions": [{"action_id": "lookup", "value": "growth zones", "block_id": "b"}],
        "trigger_id": f"press {number}",
        "response_url": "https://hooks.slack.example/none",
    }


def search() -> dict[str, Any]:
    """Return what is sent while somebody types."""
    about = {"action_id": "find_fact", "block_id": "find_fact", "value": "growth zones"}
    return {"type": "block_suggestion", "team": {"id": TEAM_ID}, "user": {"id": "U0GRACE"}, **about}


def mention() -> dict[str, Any]:
    """Return a mention."""
    number = next(ids)
    event = {"type": "app_mention", "channel": CHANNEL, "user": "U0GRACE", "text": "growth zones", "ts": f"9.{number}"}
    return {"type": "event_callback", "team_id": TEAM_ID, "event": event, "event_id": f"Ev{number}"}


FLOODS: dict[str, Callable[[], dict[str, Any]] | None] = {
    "nothing": None,
    "look-ups": lambda: command("/fact growth zones"),
    "lists": lambda: command("/briefing subscriptions"),
    "presses": press,
    "searches": search,
    "mentions": mention,
}


async def measured(scene: Scene, flood: Callable[[], dict[str, Any]] | None) -> tuple[list[float], list[float], int]:
    """Return the seconds of Ada's look-ups and of her lists, while the flood lasts, and how much was sent."""
    sent, is_over = 0, False

    async def floods(make: Callable[[], dict[str, Any]]) -> None:
        nonlocal sent
        async with asyncio.TaskGroup() as group:
            while not is_over:
                group.create_task(take(scene.bolt, body=make()))
                sent += 1
                await asyncio.sleep(1 / A_SECOND)

    async def listed() -> float:
        began, before = perf_counter(), scene.tasks.count_for(TEAM_ID, "U0ADA")
        await take(scene.bolt, body=command("/briefing subscriptions", "U0ADA"))
        while scene.tasks.count_for(TEAM_ID, "U0ADA") > before and perf_counter() - began < MOST_S:  # noqa: ASYNC110 — this measures
            await asyncio.sleep(0.001)
        return perf_counter() - began

    flooding = asyncio.create_task(floods(flood)) if flood else None
    look_ups, lists = list[float](), list[float]()
    until = perf_counter() + MOST_S
    while len(lists) < ASKED and perf_counter() < until:
        began = perf_counter()
        await take(scene.bolt, body=command("/fact growth zones", "U0ADA"))
        look_ups.append(perf_counter() - began)
        lists.append(await listed())
        await asyncio.sleep(PACE_S)
    is_over = True
    if flooding:
        await flooding
    await scene.tasks.finish(1)
    return look_ups, lists, sent


def ms(seconds: list[float]) -> str:
    """Return the median and the 99th percentile in milliseconds."""
    cuts = quantiles([*seconds, *seconds], n=100)
    return f"{cuts[49] * 1000:7.1f} {cuts[98] * 1000:7.1f}"


async def main() -> None:
    """Print a row for each flood, without limits and with."""
    print(f"{'flood of':10} {'limits':7} {'sent':>7}   look-up p50, p99 ms   list p50, p99 ms")
    for name, flood in FLOODS.items() if not sys.argv[1:] else [(each, FLOODS[each]) for each in sys.argv[1:]]:
        for limits in ("off", "on"):
            settings: dict[str, Any] = dict.fromkeys(LIMITS, 0) if limits == "off" else {}
            workspace = Workspace(wiring.read_manifest())
            async with workspace.serve(), playing(workspace, log_level="error", **settings) as scene:
                look_ups, lists, sent = await measured(scene, flood)
            print(f"{name:10} {limits:7} {sent:7}   {ms(look_ups)}       {ms(lists)}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
