"""Subscriptions in Slack: replies that Slack rejects."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import DeliveryError
from bot.messages import Outcome, Reply
from handlers.listeners.subscriptions import Subcommands

BODY = {"team_id": "T1", "channel_id": "C1", "user_id": "U1", "response_url": "https://slack.example"}


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
