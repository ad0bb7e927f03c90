"""More commands than can be answered: some are refused in a word, and who asks little is answered."""

from __future__ import annotations

import json
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest

from handlers.metrics.metrics import OVERLOAD, REFUSALS, Metrics
from handlers.slack.receiving.overload import AGAIN, BURST_S, BUSY, CALM_S, FEWEST, REFUSAL, STANDING_S, Overload

COST_S = 1 / 1024
TOO_MANY = int(BURST_S / COST_S) + 1
AS_MANY = int(STANDING_S / COST_S) + 1
"""What is too much once much has been waiting for long."""


class Clock:
    """Seconds that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        """Return them."""
        return self.now


class Loop:
    """An event loop that reads commands and takes so long for each, with what it counts."""

    def __init__(self, cost_s: float = COST_S) -> None:
        self.clock, self.metrics = Clock(), Metrics()
        self.overload = Overload(self.metrics, self.clock)
        self.cost_s = cost_s
        self.numbers = count()

    def reads(self, *commands: Any) -> list[int]:  # noqa: ANN401 — anybody's JSON
        """Read some, and return which it takes."""
        return [self._takes(each) for each in commands if not self.overload.refusal(each, self.clock.now)]

    def works(self, taken: list[int]) -> None:
        """Answer them."""
        for each in taken:
            self.clock.now += self.cost_s
            self.overload.started(each)

    def learns(self) -> None:
        """Find out what a command costs."""
        for _ in range(20):
            self.works(self.reads(*many(FEWEST)))
            self.clock.now += BURST_S

    def refused(self) -> float:
        """Return how many were refused."""
        return (
            self.metrics.registry.get_sample_value("briefing_bot_requests_refused_total", {"reason": OVERLOAD}) or 0.0
        )

    def _takes(self, _command: object) -> int:
        number = next(self.numbers)
        self.overload.arrived(number)
        return number


people = count()


def command(user: str) -> dict[str, str]:
    return {"command": "/fact", "text": "x", "user_id": user, "team_id": "T0TRY", "channel_id": "C0GENERAL"}


def many(number: int) -> list[dict[str, str]]:
    """Return commands, each of somebody else."""
    return [command(f"U{next(people)}") for _ in range(number)]


@pytest.fixture
def loop() -> Loop:
    """One that knows what a command costs."""
    loop = Loop()
    loop.learns()
    return loop


def test_a_burst_is_answered_as_far_as_it_is_soon_done_and_the_rest_refused_in_a_word(loop: Loop) -> None:
    assert len(loop.reads(*many(TOO_MANY))) == TOO_MANY
    assert json.loads(loop.overload.refusal(command("U0LATE"), 0)) == {"response_type": "ephemeral", "text": BUSY}
    assert loop.refused() == 1
    assert OVERLOAD in REFUSALS


@pytest.mark.parametrize("every_s", [0.8, 60], ids=["one after another", "now and then"])
def test_a_departments_commands_at_once_are_all_answered_from_the_first_time_on(every_s: float) -> None:
    loop = Loop(cost_s=0.0005)
    for _ in range(20):
        loop.works(loop.reads(*many(400)))
        loop.clock.now += every_s
    assert not loop.refused()


def test_what_arrives_again_before_it_has_started_is_one(loop: Loop) -> None:
    for _ in range(FEWEST):
        loop.overload.arrived("a connection")
    assert loop.overload.has_room()
    loop.overload.started("a connection")
    assert len(loop.reads(*many(TOO_MANY))) == TOO_MANY, "what it costs is known as before"


def test_who_has_just_asked_is_refused_first(loop: Loop) -> None:
    taken = loop.reads(*many(int(BURST_S * AGAIN / COST_S) + 1))
    assert loop.reads(command("U0CALM"))
    assert not loop.reads(command("U0CALM"))
    assert loop.reads(command("U0OTHER"))
    loop.works(taken)
    assert loop.reads(command("U0CALM")), "nothing waits any more"


def test_there_is_room_for_more_than_the_fewest_until_somebody_could_be_refused(loop: Loop) -> None:
    loop.learns()
    room = int(BURST_S * AGAIN / COST_S)
    loop.reads(*many(room - 1))
    assert loop.overload.has_room()
    loop.reads(*many(2))
    assert not loop.overload.has_room()


def test_what_has_stood_for_long_is_kept_short_until_it_is_calm(loop: Loop) -> None:
    ends_at = loop.clock.now + 2 * CALM_S
    while loop.clock.now < ends_at:
        loop.works(loop.reads(*many(2 * AS_MANY)))
    assert len(loop.reads(*many(2 * AS_MANY))) == AS_MANY
    loop.works(list(range(next(loop.numbers))))
    loop.works(loop.reads(*many(2)))
    assert len(loop.reads(*many(2 * AS_MANY))) == 2 * AS_MANY


def test_bursts_with_nothing_between_them_are_each_answered(loop: Loop) -> None:
    for _ in range(20):
        loop.works(loop.reads(*many(TOO_MANY)))
        loop.clock.now += 2 * BURST_S
    assert not loop.refused()


def test_what_a_hiccup_of_the_machine_took_is_no_commands_cost(loop: Loop) -> None:
    taken = loop.reads(*many(FEWEST))
    loop.clock.now += 60
    loop.works(taken)
    loop.clock.now += CALM_S
    assert len(loop.reads(*many(int(TOO_MANY / 1.5)))) == int(TOO_MANY / 1.5)


@pytest.mark.parametrize(
    "other",
    [
        {"type": "block_actions", "user": {"id": "U1"}},
        {"event": {"type": "app_mention", "user": "U1"}},
        "payload=%7B%22type%22%3A%22view_submission%22%2C%22user_id%22%3A%22U1%22%7D",
        '{"event":{"type":"message","text":"command=/fact"}}',
        "",
        "command=/fact",
        {"command": None, "user_id": None},
        {"command": ["/fact"], "user_id": []},
        "\x00&command=\x00&user_id=",
    ],
    ids=["press", "mention", "form", "text that says so", "nothing", "nobody", "null", "lists", "zeros"],
)
def test_only_commands_are_refused(loop: Loop, other: Any) -> None:  # noqa: ANN401 — anybody's JSON
    loop.reads(*many(TOO_MANY))
    assert not loop.overload.refusal(other, 0)
    assert loop.overload.refusal(urlencode(command("U0LATE")), 0)
    assert loop.overload.refusal({"command": {"/fact": 1}, "user_id": 7}, 0)


def test_on_a_starved_machine_no_more_is_taken_than_is_answered_in_time() -> None:
    loop = Loop(cost_s=0.03)
    loop.learns()
    began = loop.clock.now
    loop.works(loop.reads(*many(500)))
    assert loop.clock.now - began < 1.5 * BURST_S, "what waits behind them is late"


def test_few_are_never_refused_however_slow_the_machine_is() -> None:
    loop = Loop(cost_s=1.0)
    loop.learns()
    loop.works(loop.reads(*many(FEWEST)))
    assert not loop.refused()


def test_a_refusal_is_counted_with_the_acknowledgements() -> None:
    loop = Loop()
    loop.reads(*many(TOO_MANY * 3))
    late = {"command": "/fact", "outcome": OVERLOAD}
    assert loop.metrics.registry.get_sample_value("briefing_bot_ack_seconds_count", late) == loop.refused() > 0


def test_what_goes_before_it_is_answered_waits_no_more(loop: Loop) -> None:
    gone = loop.reads(*many(TOO_MANY))
    for each in (*gone, *gone, "never heard of"):
        loop.overload.started(each)
    assert loop.overload.has_room()
    assert loop.reads(command("U1"))
    assert REFUSAL.isascii()
