"""Rate limits: a post a second in a channel, calls a minute by method, refused with 429 and Retry-After."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.workspace.apps import ManualClock, manifest
from workspace.server import Workspace
from workspace.wire.methods.rate_limits import BURST, POSTING, TIERS, RateLimits, Tier
from workspace.wire.remote import RATE_LIMITS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

    from tests.workspace.apps import Api


@pytest.fixture
async def workspace(clock: ManualClock) -> AsyncIterator[Workspace]:
    async with Workspace(manifest(), clock=clock).serve() as served:
        served.rate_limits.is_on = True
        yield served


def limited(clock: ManualClock) -> RateLimits:
    """Return rate limits that are on."""
    limits = RateLimits(clock)
    limits.is_on = True
    return limits


def test_every_method_has_its_tier(workspace: Workspace) -> None:
    assert set(workspace.method_names) == set(TIERS)


@pytest.mark.parametrize("method", sorted(set(TIERS) - {POSTING}))
def test_a_method_takes_so_many_calls_in_any_minute(method: str) -> None:
    clock = ManualClock()
    limits, count = limited(clock), TIERS[method].value
    assert [limits.take(method, "") for _ in range(count)] == [0] * count
    clock.pass_time(59.5)
    assert (limits.take(method, ""), limits.refused) == (1, {method: 1})
    clock.pass_time(0.5)
    assert limits.take(method, "") == 0
    assert limits.take(next(each for each in TIERS if each != method), "") == 0, "each method counts on its own"


def test_a_channel_takes_a_short_burst_and_then_a_post_a_second() -> None:
    clock = ManualClock()
    limits = limited(clock)
    assert [limits.take(POSTING, "C1") for _ in range(BURST + 1)] == [0] * BURST + [1]
    assert limits.take(POSTING, "C2") == 0, "each channel counts on its own"
    clock.pass_time(1)
    assert [limits.take(POSTING, "C1") for _ in range(2)] == [0, 1]
    for _ in range(10):
        clock.pass_time(1)
        assert limits.take(POSTING, "C1") == 0


def test_a_workspace_takes_several_hundred_posts_a_minute() -> None:
    limits = limited(ManualClock())
    taken = [limits.take(POSTING, f"C{number}") for number in range(Tier.SPECIAL.value + 1)]
    assert taken == [0] * Tier.SPECIAL.value + [60]


def test_nothing_is_refused_or_counted_while_they_are_off() -> None:
    limits = RateLimits(ManualClock())
    assert not any(limits.take(POSTING, "C1") for _ in range(1000))
    limits.is_on = True
    assert limits.take(POSTING, "C1") == 0


async def test_a_post_too_fast_is_refused_as_slack_does_it_and_not_stored(workspace: Workspace, api: Api) -> None:
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    places = ["C0POLICY", "policy", "#policy", "C0POLICY"]  # an id or a name: the same channel
    for place in places:
        async with api.session.post(
            f"{workspace.api_url}{POSTING}", json={"channel": place, "text": "x"}, headers=headers
        ) as answer:
            status, body, wait = answer.status, await answer.json(), answer.headers.get("Retry-After")
    assert (status, body, wait) == (429, {"ok": False, "error": "ratelimited"}, "1")
    assert [message["text"] for message in workspace.seen_by("U0ADA", "C0POLICY")] == ["x"] * BURST
    assert [call.status for call in workspace.calls] == [200] * BURST + [429]
    assert (await api("chat.postMessage", channel="U0ADA", text="x"))["ok"], "a direct message counts on its own"


async def test_a_wrong_token_and_an_unknown_channel_are_refused_before_the_limit(api: Api) -> None:
    for _ in range(BURST + 2):
        assert (await api(POSTING, token="xoxb-wrong", channel="C0POLICY", text="x"))["error"] == "invalid_auth"
        assert (await api(POSTING, channel="C0NOWHERE", text="x"))["error"] == "channel_not_found"
    assert (await api(POSTING, channel="C0POLICY", text="x"))["ok"]


async def test_they_are_switched_from_outside(workspace: Workspace, session: aiohttp.ClientSession, api: Api) -> None:
    address = f"{workspace.url.rstrip('/')}{RATE_LIMITS}"
    wrong: tuple[Any, ...] = ({"on": "yes"}, {}, [], {"on": 1})
    for body in wrong:
        async with session.put(address, json=body) as answer:
            assert (answer.status, (await answer.text()).endswith(".\n")) == (400, True)
    async with session.put(address, json={"on": False}) as answer:
        assert await answer.json() == {"on": False, "refused": {}}
    assert all([(await api(POSTING, channel="C0POLICY", text="x"))["ok"] for _ in range(2 * BURST)])
    async with session.put(address, json={"on": True}, headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
