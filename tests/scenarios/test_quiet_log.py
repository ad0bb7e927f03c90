"""What the log says at `info` and above of who asks, and what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from structlog.testing import capture_logs

from tests.scenarios.scene import GENERAL, GRACE, labels

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from tests.scenarios.scene import Scene

DIRECT = "D0GRACE"
WORDS = "zyxwvut"


def answered_in(logs: list[MutableMapping[str, Any]]) -> list[str]:
    """Return the commands that were answered, by their lines."""
    return [line["command"] for line in logs if line["event"] == "request.answered"]


async def test_no_line_says_who_asked_or_what(scene: Scene) -> None:
    with capture_logs() as logs:
        answered = await scene.asks(f"/fact growth zones {WORDS}", user=GRACE)
        for label in labels(answered)[:2]:
            assert (await scene.clicks(answered, label, user=GRACE)).acked
        for text in (f"/briefing {WORDS}", f"/fact {WORDS}", f"/briefing subscribe {WORDS} weekdays 9:00"):
            await scene.types(text, user=GRACE)
        for channel, text in ((GENERAL, f"@Briefing bot {WORDS}"), (DIRECT, WORDS), (DIRECT, f"subscribe {WORDS}")):
            await scene.types(text, user=GRACE, channel=channel)
        await scene.until(lambda: len(answered_in(logs)) == 7)
        await scene.settled()
    lines = [line for line in logs if line["log_level"] != "debug"]
    assert {"request.answered", "action.done"} <= {line["event"] for line in lines}
    told = "\n".join(map(str, lines))
    assert WORDS not in told
    assert GRACE not in told
