"""Subscriptions in Slack: whom MANAGERS allows, and replies that Slack rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.errors import DeliveryError
from bot.messages import Outcome, Reply
from handlers.listeners.subscriptions import ALLOWED_FOR, SlackAuthorizer, Subcommands
from tests.support.newsroom import HandClock

if TYPE_CHECKING:
    from handlers.slack.client import SlackClient

GROUPS = {"S1": frozenset({"U1", "U2"}), "S2": frozenset({"U1"}), "S3": frozenset({"U3"})}
BODY = {"team_id": "T1", "channel_id": "C1", "user_id": "U1", "response_url": "https://slack.example"}


class Directory:
    """Groups and admins as Slack tells them; `asked` is what it was asked."""

    def __init__(self, admins: frozenset[str] = frozenset()) -> None:
        """Take who administers."""
        self.admins = admins
        self.asked: list[str] = []

    async def group(self, group: str) -> frozenset[str]:
        """Return a group's members."""
        self.asked.append(group)
        return GROUPS[group]

    async def is_admin(self, user: str) -> bool:
        """Whether a user administers."""
        self.asked.append(user)
        return user in self.admins


def managers(directory: Directory, *named: str) -> tuple[SlackAuthorizer, HandClock]:
    """Return who manages where these are named, and the clock that they go by."""
    clock = HandClock()
    return SlackAuthorizer(cast("SlackClient", directory), frozenset(named), clock), clock


@pytest.mark.parametrize(
    ("user", "asked"), [("U1", ["U1", "S1"]), ("U3", ["U3", "S1", "S2", "S3"]), ("U9", ["U9", "S1", "S2", "S3"])]
)
async def test_the_first_that_names_the_user_is_enough(user: str, asked: list[str]) -> None:
    directory = Directory()
    named, _ = managers(directory, "admins", "S2", "S3", "S1")
    assert await named.can_manage(user) is (user != "U9")
    assert directory.asked == asked


async def test_an_admin_is_in_no_need_of_a_group() -> None:
    directory = Directory(frozenset({"U9"}))
    named, _ = managers(directory, "admins", "S1")
    assert await named.can_manage("U9")
    assert directory.asked == ["U9"]


async def test_a_manager_is_looked_up_once_a_minute() -> None:
    directory = Directory()
    named, clock = managers(directory, "S1")
    assert await named.can_manage("U1")
    clock.pass_by(seconds=ALLOWED_FOR.total_seconds() - 1)
    assert await named.can_manage("U1")
    assert directory.asked == ["S1"]
    clock.pass_by(seconds=1)
    assert await named.can_manage("U1")
    assert directory.asked == ["S1", "S1"]


async def test_whoever_is_none_may_become_one_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    named, _ = managers(Directory(), "S3")
    assert not await named.can_manage("U1")
    monkeypatch.setitem(GROUPS, "S3", frozenset({"U1"}))
    assert await named.can_manage("U1")


class Refusing:
    """Every part that a subcommand uses, where Slack refuses the first reply; `said` is what it took."""

    def __init__(self, refusal: DeliveryError) -> None:
        """Take the refusal."""
        self.refusals = [refusal]
        self.said: list[tuple[str, dict[str, object]]] = []

    async def subscriptions(self, _actor: object) -> Reply:
        """List nothing."""
        return Reply(Outcome.SUBSCRIPTIONS, "", note="This channel gets:")

    async def respond(self, _response_url: str, payload: dict[str, Any], **how: object) -> None:
        """Refuse, or take it."""
        if self.refusals:
            raise self.refusals.pop()
        self.said.append((payload["text"], how))

    def changed(self, _user: str) -> None:
        """Draw no Home."""

    async def run(self) -> None:
        """Type /briefing subscriptions."""
        part: Any = self
        await Subcommands(part, part, part).run(BODY, "subscriptions")


async def test_a_rejected_reply_is_followed_by_plain_words() -> None:
    refusing = Refusing(DeliveryError("Slack no longer takes an answer to this message.", "Ask again."))
    await refusing.run()
    ((text, how),) = refusing.said
    assert text.startswith("Slack rejected the reply. Check `/briefing subscriptions` before you try again")
    assert how == {"response_type": "ephemeral", "replace_original": False}


async def test_a_reply_that_may_have_arrived_is_not_followed_by_another() -> None:
    refusing = Refusing(DeliveryError("Slack gave no answer.", is_unknown=True))
    with pytest.raises(DeliveryError):
        await refusing.run()
    assert refusing.said == []
