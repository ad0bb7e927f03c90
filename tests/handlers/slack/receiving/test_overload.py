"""More commands than can be answered: some are refused in a word, and who asks little is answered."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from handlers.metrics.metrics import REFUSALS
from handlers.slack.receiving.overload import BUSY, FEWEST, LAG_S, MOST_LAG_S, REFUSED, Overload
from handlers.slack.receiving.requests import take


class Clock:
    """Seconds that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        """Return them."""
        return self.now


def command(user: str) -> dict[str, str]:
    return {"command": "/fact", "text": "x", "user_id": user, "team_id": "T0TRY", "channel_id": "C0GENERAL"}


def behind(by_s: float) -> tuple[Overload, list[str]]:
    """Return one whose loop is behind by so many seconds after many commands of U1, and what it has refused."""
    clock, refused = Clock(), list[str]()
    overload = Overload(refused.append, clock)
    assert [overload.refusal(command("U1")) for _ in range(FEWEST)] == [None] * FEWEST
    clock.now += by_s
    return overload, refused


async def test_who_has_just_asked_is_refused_first_in_a_word() -> None:
    overload, refused = behind(LAG_S + 0.01)
    assert overload.refusal(command("U2")) is None
    answer = overload.refusal(command("U1"))
    assert answer is not None
    assert (answer.status, json.loads(answer.body)) == (200, {"response_type": "ephemeral", "text": BUSY})
    assert refused == [REFUSED]
    assert REFUSED in REFUSALS


async def test_further_behind_everybody_is_refused_until_the_loop_is_round() -> None:
    overload, _ = behind(MOST_LAG_S + 0.01)
    assert overload.refusal(urlencode(command("U2"))) is not None
    while overload.refusal(command("U2")):  # noqa: ASYNC110 — until its timer has rung
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "other",
    [
        {"type": "block_actions", "user": {"id": "U1"}},
        {"event": {"type": "app_mention", "user": "U1"}},
        "payload=%7B%22type%22%3A%22view_submission%22%2C%22user_id%22%3A%22U1%22%7D",
        '{"event":{"type":"message","text":"command=/fact"}}',
        "",
        "command=/fact",
        "\x00&command=\x00&user_id=",
    ],
)
async def test_only_commands_are_refused(other: Any) -> None:  # noqa: ANN401 — anybody's JSON
    overload, refused = behind(10)
    assert overload.refusal(other) is None
    assert not refused


async def test_a_slow_machine_with_few_commands_refuses_none() -> None:
    clock, refused = Clock(), list[str]()
    overload = Overload(refused.append, clock)
    for _ in range(FEWEST):
        clock.now += 1
        assert overload.refusal(command("U1")) is None


async def test_on_a_starved_machine_no_more_is_taken_than_is_answered_in_time() -> None:
    clock, refused = Clock(), list[str]()
    overload = Overload(refused.append, clock)
    began, work_s = clock.now, 0.03
    for number in range(500):
        if overload.refusal(command(f"U{number}")) is None:
            clock.now += work_s
    assert clock.now - began < 1, "what waits behind them is late"


async def test_a_crowd_is_answered_or_refused_in_bolts_place() -> None:
    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T0TRY", bot_user_id="U0BOT", bot_id="B0", bot_token="xoxb-1"
        )

    bolt = AsyncApp(authorize=authorize, process_before_response=True, request_verification_enabled=False)

    @bolt.command("/fact")
    async def _(ack: AsyncAck) -> None:
        time.sleep(0.01)  # noqa: ASYNC251 — work that has the loop to itself
        await ack("answered")

    refused: list[str] = []
    overload, crowd = Overload(refused.append), 120
    asked = (take(bolt, None, overload, body=command(f"U{number}")) for number in range(crowd))
    said = [response.body for response in await asyncio.gather(*asked)]
    assert len(said) == crowd
    assert refused, "more than a second of work was taken"
    assert sum(BUSY in each for each in said) == len(refused)
    assert sum("answered" in each for each in said) >= FEWEST
