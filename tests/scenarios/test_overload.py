"""More slash commands than can be answered, as people see it: a word to who asks, and the rest goes on."""

from __future__ import annotations

import pytest

from handlers.metrics.metrics import OVERLOAD
from handlers.slack.receiving.overload import BUSY, Overload
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE
from tests.scenarios.test_channel_events import over


@pytest.mark.parametrize("transport", ["socket", "http"])
async def test_who_asks_too_much_at_once_is_told_so_alone_and_mentions_and_later_commands_are_answered(
    transport: str, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with over(transport, unused_tcp_port) as scene:
        with monkeypatch.context() as busy:
            busy.setattr(Overload, "has_room", lambda _: False)
            busy.setattr(Overload, "_has_asked", lambda _, user: user == ADA)
            busy.setattr(Overload, "_is_too_much", lambda _, share: share < 1)
            told = await scene.asks("/fact growth zones")
            assert (told["text"], told["is_ephemeral"]) == (BUSY, True)
            assert BUSY not in scene.sees(GRACE)
            assert "Growth Zone" in (await scene.asks("/fact growth zones", user=GRACE))["text"]
            await scene.types("growth zones", channel=ADAS_DM)
            await scene.until(lambda: any("Growth Zone" in text for text in scene.sees(channel=ADAS_DM)))
        assert "Growth Zone" in (await scene.asks("/fact growth zones", channel=GENERAL))["text"]
        refused = {"command": "/fact", "outcome": OVERLOAD}
        assert scene.metrics.registry.get_sample_value("briefing_bot_ack_seconds_count", refused) == 1
