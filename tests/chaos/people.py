"""People who mention the bot during the chaos, and another workspace that sends mentions with its own id."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from workspace.state.records import BOT_USER_ID, TEAM_ID, Channel, Message

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping
    from typing import Any

    from workspace.server import Workspace

ADA: Final = "U0ADA"
FOREIGN_TEAM: Final = "T0ELSEWHERE"
FOREIGN_CHANNEL: Final = "C9ELSEWHERE"
"""The bot is in it, so that nothing but the refusal keeps it from answering there."""
_CHANNELS: Final = tuple(f"C9M{number:03}" for number in range(10))
_QUESTION: Final = "growth zones"
_ASK_EVERY_S: Final = 0.7


class People:
    """Ask one question after the other."""

    def __init__(self, workspace: Workspace, chance: random.Random) -> None:
        """Make their channels."""
        self._workspace = workspace
        self._random = chance
        self._asked: list[tuple[str, str]] = []
        for name in (*_CHANNELS, FOREIGN_CHANNEL):
            workspace.state.add_channel(Channel(name, name.lower(), frozenset({BOT_USER_ID, ADA})))

    @property
    def asked(self) -> int:
        """How many mentions there were."""
        return len(self._asked)

    @property
    def acks(self) -> int:
        """How many of their mentions were acked."""
        return len(self._acked(TEAM_ID))

    @property
    def refused(self) -> int:
        """How many events of the other workspace reached the bot."""
        return len(self._acked(FOREIGN_TEAM))

    async def ask(self, is_enough: Callable[[], bool]) -> None:
        """Mention the bot over and over; every second time the other workspace sends one too."""
        mention = f"@{self._workspace.manifest.bot_name} {_QUESTION}"
        while not is_enough():
            channel = self._random.choice(_CHANNELS)
            result = await self._workspace.type(ADA, channel, mention)
            assert result.message is not None
            self._asked.append((channel, result.message.ts))
            if self._random.random() < 0.5:
                await self._ask_from_elsewhere(result.dispatches[0].envelope.payload)
            await asyncio.sleep(_ASK_EVERY_S)

    async def _ask_from_elsewhere(self, ours: Mapping[str, Any]) -> None:
        """Send one of our events with the other workspace's id."""
        ts, state = self._workspace.state.next_ts(), self._workspace.state
        state.put(Message(FOREIGN_CHANNEL, ts, ADA, ours["event"]["text"]))
        event = {**ours["event"], "team": FOREIGN_TEAM, "channel": FOREIGN_CHANNEL, "ts": ts, "event_ts": ts}
        authorizations = [{**each, "team_id": FOREIGN_TEAM} for each in ours["authorizations"]]
        payload = {**ours, "team_id": FOREIGN_TEAM, "event_id": f"Ev{ts}", "event": event}
        await self._workspace.send_event({**payload, "authorizations": authorizations})

    def promised(self) -> frozenset[str]:
        """Return the ts of each mention whose answer was enqueued by now: it was acked."""
        return self._acked(TEAM_ID)

    def judge(self, promised: frozenset[str]) -> tuple[list[str], list[str], list[str]]:
        """Return the mentions that got no answer, those that got two, and what was done for the other workspace."""
        lost, doubled = [], []
        for channel, ts in self._asked:
            replies = self._workspace.state.replies(channel, ts)
            answers = sum(reply.user == BOT_USER_ID for reply in replies)
            if ts in promised and not answers:
                lost.append(f"answer to {ts} in {channel}")
            if answers > 1:
                doubled.append(f"answer to {ts} in {channel}")
        calls = self._workspace.calls
        return lost, doubled, [call.method for call in calls if call.args.get("channel") == FOREIGN_CHANNEL]

    def _acked(self, team: str) -> frozenset[str]:
        return frozenset(
            dispatch.envelope.payload["event"]["ts"]
            for dispatch in self._workspace.dispatches
            if dispatch.envelope.payload.get("team_id") == team
            and dispatch.envelope.payload.get("event", {}).get("type") == "app_mention"
            and not dispatch.failure
        )
