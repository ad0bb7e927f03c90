"""The gate where several workspaces share the bot: ids, kept answers and maintainers belong to one of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.config.maintainers import Maintainers
from bot.config.values import manager_ids
from bot.errors import BriefingBotError
from bot.messages import ChannelRef
from bot.subscriptions.permissions import Actor
from handlers.slack.gate import MOST_PASSED, Gate, Need
from tests.support.newsroom import HandClock


class People:
    """One workspace's people as Slack tells them; `asked` is what it was asked."""

    def __init__(self, team: str, admins: frozenset[str] = frozenset(), guests: frozenset[str] = frozenset()) -> None:
        """Take who administers and who is a guest."""
        self._team = team
        self._admins = admins
        self._guests = guests
        self.asked: list[str] = []

    async def about(self, user: str) -> dict[str, Any]:
        """Return what Slack tells of a user."""
        self.asked.append(f"about {user}")
        return {"id": user, "team_id": self._team, "is_restricted": user in self._guests}

    async def is_admin(self, user: str) -> bool:
        """Whether a user administers."""
        self.asked.append(f"admin {user}")
        return user in self._admins

    async def group(self, group: str) -> frozenset[str]:
        """Return a group's members."""
        self.asked.append(group)
        return frozenset({"U3"})

    async def members_of(self, _channel: str) -> None:
        """Tell no members, as of a large channel."""


def gate_of(managers: str = "", *, without_channel: bool = False, **workspaces: People) -> Gate:
    """Return the gate of a bot that T1 runs, with a channel for maintainers there, and that others use too."""
    clients: Any = SimpleNamespace(of=workspaces.__getitem__)
    scopes = {"users:read", "channels:read", "usergroups:read"}
    installations: Any = SimpleNamespace(
        home="T1", enterprise_of=lambda _team: "", allows=lambda _team, scope: scope in scopes
    )
    maintainers = Maintainers("" if without_channel else "C1", "T1", has_others=True)
    return Gate(clients, installations, HandClock(), managers=managers, guests="off", maintainers=maintainers)


def actor(user: str, team: str) -> Actor:
    """Return a member of a workspace in a channel there."""
    return Actor(ChannelRef(team, "C1"), user, team, is_there=True)


async def may(gate: Gate, user: str, team: str) -> bool:
    """Whether they may change what a channel gets."""
    try:
        await gate.require(actor(user, team), Need.CHANGE)
    except BriefingBotError:
        return False
    return True


@pytest.mark.parametrize(
    ("managers", "user", "team", "is_let_through"),
    [
        ("", "U1", "T2", True),
        ("U1", "U1", "T1", True),
        ("U1", "U1", "T2", False),  # an equal id of another workspace is another person
        ("U1", "U2", "T2", True),  # nobody is named for T2: its administrators manage
        ("U1, T2/U9", "U2", "T2", False),
        ("U1, T2/U9", "U9", "T2", True),
        ("U1, T2/U9", "U9", "T1", False),
        ("T2/U9", "U2", "T1", False),
        ("T2/U9", "U5", "T1", True),
        ("S1", "U3", "T1", True),
        ("S1", "U3", "T2", False),
        ("T2/S1", "U3", "T2", True),
        ("admins", "U2", "T2", True),
        ("admins", "U2", "T1", False),
    ],
)
async def test_whom_managers_names_belongs_to_one_workspace(
    managers: str, user: str, team: str, *, is_let_through: bool
) -> None:
    workspaces = {"T1": People("T1", frozenset({"U5"})), "T2": People("T2", frozenset({"U2"}))}
    gate = gate_of(managers, T1=workspaces["T1"], T2=workspaces["T2"])
    assert await may(gate, user, team) is is_let_through


def test_an_id_stands_behind_that_of_its_workspace() -> None:
    assert manager_ids("T01/U02, S03 admins") == "T01/U02, S03 admins"
    for wrong in ("T01/admins", "T01/", "/U02", "C01/U02", "T01/U02/U03"):
        with pytest.raises(ValueError, match="something other than"):
            manager_ids(wrong)


async def test_a_group_is_asked_for_in_its_own_workspace_alone() -> None:
    home, other = People("T1"), People("T2")
    assert not await may(gate_of("S1", T1=home, T2=other), "U1", "T2")
    assert "S1" not in other.asked


async def test_what_is_kept_of_somebody_counts_for_nobody_of_equal_id_elsewhere() -> None:
    gate = gate_of("admins", T1=People("T1", frozenset({"U1"})), T2=People("T2", guests=frozenset({"U1"})))
    assert await may(gate, "U1", "T1")
    assert not await may(gate, "U1", "T2")


async def test_people_of_another_workspace_maintain_nothing() -> None:
    other = People("T2")
    gate = gate_of(T1=People("T1"), T2=other)
    with pytest.raises(BriefingBotError, match="not looked after in this workspace"):
        await gate.require_maintainer(actor("U1", "T2"))
    with pytest.raises(BriefingBotError, match="maintainers’ channel"):
        await gate.require_in_their_channel(actor("U1", "T2"))
    with pytest.raises(BriefingBotError, match="maintainers’ channel"):
        await gate_of(without_channel=True, T1=People("T1")).require_in_their_channel(actor("U1", "T1"))
    assert not await gate.is_maintainer(actor("U1", "T2"))
    assert not other.asked


async def test_no_more_than_so_many_answers_are_kept() -> None:
    people = People("T1")
    gate = gate_of(T1=people)
    for number in range(MOST_PASSED + 1):
        assert await may(gate, f"U{number}", "T1")
    people.asked.clear()
    assert await may(gate, f"U{MOST_PASSED}", "T1")
    assert not people.asked
    assert await may(gate, "U0", "T1")
    assert people.asked == ["about U0"], "the oldest one has gone"
