"""Who may ask about a place from a view: those whom Slack shows there, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.errors import BriefingBotError, DeliveryError
from bot.messages import ChannelRef
from bot.subscriptions.permissions import Actor
from handlers.slack.membership import Membership
from tests.support.slack_clients import only

if TYPE_CHECKING:
    from collections.abc import Sequence


SCOPES = {"channels:read", "groups:read"}


class Sight:
    """What Slack shows: U1 in C1 (public) and G1 (private), with the direct message D1. `fails`: it shows nothing."""

    def __init__(self, *, fails: bool = False) -> None:
        """Take whether it fails."""
        self.fails = fails
        self.kinds: list[Sequence[str]] = []

    async def channels_of(self, user: str, kinds: Sequence[str]) -> frozenset[str]:
        """Return a person's channels of these kinds."""
        self._fail()
        self.kinds.append(kinds)
        places = {"public_channel": "C1", "private_channel": "G1"}
        return frozenset(places[kind] for kind in kinds if user == "U1")

    async def direct_with(self, user: str) -> str:
        """Return a person's direct message."""
        self._fail()
        return f"D{user[1:]}"

    def _fail(self) -> None:
        if self.fails:
            raise DeliveryError("Slack asks me to wait.", code="ratelimited")


async def is_let_in(user: str, channel: str, scopes: set[str], sight: Sight) -> bool:
    """Whether somebody may ask about a place."""
    presence = Membership(only(sight), lambda _team, scope: scope in scopes)
    try:
        await presence.require_member(Actor(ChannelRef("T1", channel), user))
    except BriefingBotError as error:
        return "/briefing subscriptions" not in error.hint
    return True


@pytest.mark.parametrize(
    ("user", "channel", "scopes", "may"),
    [
        ("U1", "C1", SCOPES, True),
        ("U1", "G1", SCOPES, True),
        ("U2", "C1", SCOPES, False),
        ("U1", "C2", SCOPES, False),
        ("U1", "", SCOPES, False),
        ("U1", "D1", SCOPES, True),
        ("U2", "D1", SCOPES, False),
        ("U1", "C1", {"channels:read"}, True),
        ("U1", "G1", {"channels:read"}, False),
        ("U1", "C1", set(), False),
        ("U1", "D1", set(), True),
    ],
)
async def test_only_those_whom_slack_shows_there_are_let_in(
    user: str,
    channel: str,
    scopes: set[str],
    may: bool,  # noqa: FBT001 — pytest's
) -> None:
    assert await is_let_in(user, channel, scopes, Sight()) is may


@pytest.mark.parametrize("channel", ["C1", "D1"])
async def test_what_slack_does_not_tell_is_a_no(channel: str) -> None:
    assert not await is_let_in("U1", channel, SCOPES, Sight(fails=True))


async def test_without_a_scope_nothing_is_asked() -> None:
    sight = Sight()
    presence = Membership(only(sight), lambda _team, _scope: False)
    assert await presence.channels_of("T1", "U1") is None
    assert sight.kinds == []
