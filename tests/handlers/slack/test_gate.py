"""Who may do what: every need and every action, for each kind of person."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.actions import Action
from bot.config.maintainers import Maintainers
from bot.errors import BriefingBotError, DeliveryError
from bot.messages import ChannelRef
from bot.subscriptions.form.fields import FormInput
from bot.subscriptions.permissions import Actor
from handlers.listeners.action_table import action_table, proposal_actions
from handlers.listeners.actions import Press, Surface
from handlers.listeners.maintainers.reviewing import review_actions
from handlers.listeners.maintainers.themes import theme_actions
from handlers.slack.gate import PASSED_FOR, Gate, ManagersUnknownError, Need
from tests.support.newsroom import HandClock
from tests.support.slack_clients import only
from tests.support.subscribing import Office

if TYPE_CHECKING:
    from bot.store.database import Database

GROUPS = {"S1": frozenset({"U1", "U2"}), "S2": frozenset({"U1"}), "S3": frozenset({"U3"})}
GUEST, SISTER, STRANGER, OUTSIDE, UNSAID, LEFT = "U7", "U5", "U6", "U4", "U8", "U10"


class Directory:
    """People, groups and channels as Slack tells them; `asked` is what it was asked. Only OUTSIDE is not in C1."""

    def __init__(self, admins: frozenset[str] = frozenset(), error: str = "") -> None:
        """Take who administers, and the code with which everything is refused."""
        self.admins = admins
        self.asked: list[str] = []
        self.members = frozenset({f"U{number}" for number in range(11)} - {OUTSIDE})
        self.told: dict[str, dict[str, Any]] = {}
        self._error = error

    async def group(self, group: str) -> frozenset[str]:
        """Return a group's members."""
        self._note(group)
        return GROUPS[group]

    async def is_admin(self, user: str) -> bool:
        """Whether a user administers."""
        self._note(user)
        return user in self.admins

    async def about(self, user: str) -> dict[str, Any]:
        """Return what Slack tells of a user."""
        if self._error:
            raise DeliveryError("No.", code=self._error)
        known: dict[str, dict[str, Any]] = {
            SISTER: {"enterprise_user": {"enterprise_id": "E1"}, "team_id": "T5"},
            UNSAID: {"team_id": "T6"},
            LEFT: {"deleted": True},
            "U1": {"team_id": "T1"},
        }
        more = known.get(user, {})
        return {"id": user, "is_restricted": user == GUEST, **more, **self.told.get(user, {})}

    async def members_of(self, _channel: str) -> frozenset[str]:
        """Return a channel's members."""
        if self._error:
            raise DeliveryError("No.", code=self._error)
        return self.members

    async def channels_of(self, user: str, _kinds: object) -> frozenset[str]:
        """Return a person's channels."""
        return frozenset() if user == OUTSIDE else frozenset({"C1"})

    async def direct_with(self, user: str) -> str:
        """Return a person's direct message."""
        return f"D{user[1:]}"

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if self._error:
            raise DeliveryError("No.", code=self._error)


def gate_of(
    directory: Directory,
    *named: str,
    guests: str = "off",
    scopes: str = "users:read channels:read groups:read",
    channel: str = "C1",
) -> tuple[Gate, HandClock]:
    """Return the gate of T1 in E1 where these are named in MANAGERS, and the clock that it goes by."""
    clock = HandClock()
    installation: Any = SimpleNamespace(
        home="T1", enterprise_of=lambda _team: "E1", allows=lambda _team, scope: scope in scopes.split()
    )
    maintainers = Maintainers(channel, "T1")
    managers = ", ".join(named)
    return Gate(only(directory), installation, clock, managers=managers, guests=guests, maintainers=maintainers), clock


def actor(user: str, channel: str = "C1", home: str = "T1", *, is_there: bool = True) -> Actor:
    """Return somebody who types or presses in a channel."""
    return Actor(ChannelRef("T1", channel), user, home, is_there)


async def may(gate: Gate, who: Actor, need: Need = Need.CHANGE) -> bool:
    """Whether the gate lets somebody through."""
    try:
        await gate.require(who, need)
    except BriefingBotError:
        return False
    return True


PEOPLE = {
    "member": actor("U1"),
    "member from a view": actor("U1", is_there=False),
    "guest": actor(GUEST),
    "guest in their own direct message": actor(GUEST, "D7"),
    "guest from a view about it": actor(GUEST, "D7", is_there=False),
    "not in the channel": actor(OUTSIDE),
    "not in the channel, from a view": actor(OUTSIDE, is_there=False),
    "somebody else's direct message, from a view": actor("U1", "D7", is_there=False),
    "another workspace of our organisation": actor(SISTER, home="T5"),
    "another organisation": actor(STRANGER, home="T6"),
    "another organisation, from a view": actor(STRANGER, home="T6", is_there=False),
    "another organisation, directly": actor(STRANGER, "D6", home="T6"),
    "another organisation, by a command that does not say so": actor(UNSAID, home=""),
    "member, by a command that does not say so": actor("U1", home=""),
    "deactivated": actor(LEFT),
}
LET_THROUGH = {
    Need.READ: set(PEOPLE),
    Need.ACT: {kind for kind in PEOPLE if "another organisation" not in kind},
    Need.SUGGEST: {
        kind for kind in PEOPLE if not any(part in kind for part in ("another organisation", "guest", "deactivated"))
    },
    Need.SEE: {
        *("member", "member from a view", "guest", "guest in their own direct message", "guest from a view about it"),
        *("not in the channel", "another workspace of our organisation"),  # Slack showed it there
        *("member, by a command that does not say so", "deactivated"),
    },
    Need.CHANGE: {
        *("member", "member from a view", "guest in their own direct message", "guest from a view about it"),
        *("another workspace of our organisation", "member, by a command that does not say so"),
    },
}


@pytest.mark.parametrize("kind", PEOPLE)
@pytest.mark.parametrize("need", Need)
async def test_the_table_of_needs_and_people(need: Need, kind: str) -> None:
    gate, _ = gate_of(Directory())
    assert await may(gate, PEOPLE[kind], need) is (kind in LET_THROUGH[need])


@pytest.mark.parametrize("kind", PEOPLE)
@pytest.mark.parametrize("need", Need)
async def test_whom_managers_names_by_user_id_may_whoever_they_are(need: Need, kind: str) -> None:
    gate, _ = gate_of(Directory(), PEOPLE[kind].user)
    elsewhere = {"not in the channel", "not in the channel, from a view", "somebody else's direct message, from a view"}
    is_let_through = kind not in elsewhere or kind in LET_THROUGH[need]
    assert await may(gate, PEOPLE[kind], need) is is_let_through
    others, _ = gate_of(Directory(admins=frozenset({GUEST, STRANGER})), "admins, U9, S3")
    for refused in ("guest", "another organisation"):
        assert not await may(others, PEOPLE[refused]), "of these only a user id admits them"


async def test_guests_may_where_the_setting_admits_them_or_slack_may_not_be_asked() -> None:
    assert await may(gate_of(Directory(), guests="on")[0], PEOPLE["guest"])
    assert await may(gate_of(Directory(), scopes="channels:read")[0], PEOPLE["guest"])


async def test_what_slack_does_not_tell_lets_no_stranger_through_and_no_manager() -> None:
    gate, _ = gate_of(Directory(error="ratelimited"), "admins")
    assert not await may(gate, PEOPLE["another workspace of our organisation"], Need.ACT)
    assert not await may(gate, PEOPLE["member"])
    assert await may(gate, PEOPLE["member"], Need.ACT)


async def test_what_managers_lacks_is_the_operators_to_read() -> None:
    gate, _ = gate_of(Directory(error="missing_scope"), "admins", guests="on")
    with pytest.raises(ManagersUnknownError, match="needs the scopes") as raised:
        await gate.require(actor("U1"), Need.CHANGE)
    assert "MANAGERS" not in raised.value.for_members


VALUES = {Action.UNDO: '{"new":["all"]}', Action.UNSUBSCRIBE: "all", Action.SUBSCRIBE: "all"}


async def test_every_action_that_changes_a_channel_asks_the_gate_where_it_writes(database: Database) -> None:
    office = await Office.opened(database)
    await office.subscriptions.subscribe(actor("U1"), "infrastructure weekdays 09:00")
    (schedule,) = await office.schedules()
    before = await office.schedules(), await office.alerts()
    office.people.allowed = False
    part: Any = None
    some: Any = SimpleNamespace(post=part, copy=part, remove=part)
    asked: Any = SimpleNamespace(**dict.fromkeys(("vote", "ask_why", "report", "ask", "deal")))
    steps = ("approve", "look_again", "amend", "decline", "apply_again", "suggest", "withdraw")
    forms: Any = SimpleNamespace(**dict.fromkeys(steps))
    gaps: Any = SimpleNamespace(recorder=part, awaiting=part)
    experts: Any = SimpleNamespace(**dict.fromkeys(("draft", "hold", "refuse", "rename", "sort", "reopen", "forget")))
    answering = action_table(part, office.subscriptions, some, part, asked, gaps)
    reviews: Any = SimpleNamespace(**dict.fromkeys(("still_right", "correct", "withdraw")))
    maintaining = {**proposal_actions(forms, forms), **theme_actions(experts), **review_actions(reviews)}
    table = {**answering, **maintaining}
    assert set(table) == set(Action), "each action says what it needs"
    changing = [action for action in Action if table[action].need is Need.CHANGE]
    assert len(changing) > 10
    for action in changing:
        value = VALUES.get(action, schedule.id)
        with pytest.raises(BriefingBotError, match="Only managers may"):
            await table[action].run(Press(action, value, actor("U1"), Surface.MESSAGE, "t1"))
    for words in ("all alerts", "jobs weekdays 09:00"):
        with pytest.raises(BriefingBotError, match="Only managers may"):
            await office.subscriptions.subscribe(actor("U1"), words)
    with pytest.raises(BriefingBotError, match="Only managers may"):
        await office.subscriptions.submit(actor("U1"), FormInput(("infrastructure",), alerts=True))
    assert (await office.schedules(), await office.alerts()) == before


@pytest.mark.parametrize(
    ("user", "asked"), [("U1", ["U1", "S1"]), ("U3", ["U3", "S1", "S2", "S3"]), ("U9", ["U9", "S1", "S2", "S3"])]
)
async def test_the_first_that_names_the_user_is_enough(user: str, asked: list[str]) -> None:
    directory = Directory()
    gate, _ = gate_of(directory, "admins", "S2", "S3", "S1")
    assert await may(gate, actor(user)) is (user != "U9")
    assert directory.asked == asked


async def test_an_admin_is_in_no_need_of_a_group() -> None:
    directory = Directory(frozenset({"U9"}))
    gate, _ = gate_of(directory, "admins", "S1")
    assert await may(gate, actor("U9"))
    assert directory.asked == ["U9"]


async def test_a_manager_is_looked_up_once_a_minute() -> None:
    directory = Directory()
    gate, clock = gate_of(directory, "S1")
    assert await may(gate, actor("U1"))
    clock.pass_by(seconds=PASSED_FOR.total_seconds() - 1)
    assert await may(gate, actor("U1"))
    assert directory.asked == ["S1"]
    clock.pass_by(seconds=1)
    assert await may(gate, actor("U1"))
    assert directory.asked == ["S1", "S1"]


async def test_whoever_is_none_may_become_one_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, _ = gate_of(Directory(), "S3")
    assert not await may(gate, actor("U1"))
    monkeypatch.setitem(GROUPS, "S3", frozenset({"U1"}))
    assert await may(gate, actor("U1"))


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        (Actor(ChannelRef("T1", "C1"), "U1", "T1", is_there=True), ""),
        (Actor(ChannelRef("T1", ""), "U1", "T1"), ""),
        (Actor(ChannelRef("T1", "C9"), SISTER, "T5", is_there=True), ""),
        (Actor(ChannelRef("T1", "C1"), OUTSIDE, "T1", is_there=True), "maintainers’ channel"),
        (Actor(ChannelRef("T1", "C9"), OUTSIDE, "T1", is_there=True), "maintainers’ channel"),
        (Actor(ChannelRef("T1", "C1"), GUEST, "T1", is_there=True), "maintainers’ channel"),
        (Actor(ChannelRef("T1", "C1"), STRANGER, "T9", is_there=True), "organisation"),
    ],
)
async def test_maintainers_are_the_members_of_their_channel_but_no_guests(actor: Actor, error: str) -> None:
    gate, _ = gate_of(Directory(), STRANGER, guests="on")
    if not error:
        await gate.require_maintainer(actor)
        return
    with pytest.raises(BriefingBotError, match=error):
        await gate.require_maintainer(actor)


async def test_a_maintainer_is_asked_for_anew_and_not_guessed() -> None:
    directory = Directory()
    gate, _ = gate_of(directory)
    actor = Actor(ChannelRef("T1", ""), "U1", "T1")
    await gate.require_maintainer(actor)
    with pytest.raises(BriefingBotError, match="named no channel"):
        await gate_of(directory, channel="")[0].require_maintainer(actor)
    with pytest.raises(BriefingBotError, match="not looked after in this workspace"):
        await gate.require_maintainer(replace(actor, place=ChannelRef("T2", "C1")))
    blind, _ = gate_of(directory, scopes="")
    with pytest.raises(BriefingBotError, match="maintainers’ channel"):
        await blind.require_maintainer(actor)


async def test_apps_and_people_who_have_left_are_no_maintainers() -> None:
    directory = Directory()
    directory.told = {"U1": {"is_bot": True}, "U2": {"deleted": True}, "U3": {"team_id": "T9"}}
    gate, _ = gate_of(directory)
    for user in directory.told:
        with pytest.raises(BriefingBotError, match="maintainers’ channel"):
            await gate.require_maintainer(Actor(ChannelRef("T1", "C1"), user, "T1", is_there=True))
    directory.members = frozenset({"U0", "U1", "U2", "U3", GUEST})
    assert await gate.has_other_maintainers(ChannelRef("T1", "C1"), frozenset({"U3"}))
    assert not await gate.has_other_maintainers(ChannelRef("T1", "C1"), frozenset({"U0"})), "of the others nobody may"


async def test_what_a_maintainer_sees_is_asked_for_once_a_minute_and_a_no_is_not_kept() -> None:
    directory = Directory()
    gate, clock = gate_of(directory)
    actor, outside = (Actor(ChannelRef("T1", "C1"), user, "T1") for user in ("U1", OUTSIDE))
    assert await gate.is_maintainer(actor)
    asked = len(directory.asked)
    assert await gate.is_maintainer(actor)
    assert len(directory.asked) == asked
    assert not await gate.is_maintainer(outside)
    assert not await gate.is_maintainer(replace(actor, user=GUEST))
    assert not await gate_of(Directory(error="ratelimited"))[0].is_maintainer(actor)
    directory.members = frozenset({"U2"})
    assert await gate.is_maintainer(actor)
    clock.pass_by(seconds=PASSED_FOR.total_seconds() + 1)
    assert not await gate.is_maintainer(actor)
