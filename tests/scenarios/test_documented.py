"""What the help page and the README say can be typed is understood: commands over the wire, phrases by the parser."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.recurrence.phrase import read_rule
from bot.subscriptions.request import read_request
from bot.subscriptions.unsubscribing import read_confirmed
from tests.scenarios.private_replies import says
from tests.support.newsroom import shipped
from tests.support.tree import ROOT

if TYPE_CHECKING:
    from tests.scenarios.scene import Scene

README = (ROOT / "README.md").read_text(encoding="utf-8")
HELP = (ROOT / "briefings/templates/help.md.j2").read_text(encoding="utf-8").replace("{{ area.number }}", "3")
ROWS = [line for line in README.splitlines() if line.startswith("| `/briefing ")]
COMMANDS = sorted({*re.findall(r"`(/(?:briefing|fact)\b[^`]*)`", README), *re.findall(r"\*\*(/[^*]+)\*\*", HELP)})
NOT_UNDERSTOOD = re.compile(
    r"No area is called|I don’t recognise|I can’t post|We hold nothing|We no longer hold|At what time\?|On which days\?"
)


async def test_each_command_that_is_documented_is_understood(scene: Scene) -> None:
    assert len(COMMANDS) > 15
    for command in sorted(COMMANDS, key=lambda each: "unsubscribe" in each):  # what ends it all comes last
        if command == "/briefing subscribe":
            await scene.types(command)
            await scene.until(lambda: scene.workspace.modals("U0ADA"))
            (form,) = scene.workspace.modals("U0ADA")
            assert form.view["blocks"][0]["type"] == "input", "nothing that was not understood"
        else:
            told = await says(scene, command)
            assert not NOT_UNDERSTOOD.search(told["text"]), f"{command}: {told['text'][:200]}"


PHRASES = [phrase for row in ROWS for phrase in row.split("`")[1::2] if not phrase.startswith("/")]


@pytest.mark.parametrize("phrase", PHRASES)
def test_each_phrase_beside_a_command_is_understood(phrase: str) -> None:
    memorandum = shipped().memorandum
    tries = (f"adoption {phrase} 09:00", f"adoption weekdays {phrase}", f"adoption weekdays 09:00 {phrase}", phrase)
    for words in tries:
        _, asked = read_confirmed(words)
        understood = read_rule(asked, default_tz="Europe/London", today=date(2026, 11, 30))
        request = read_request(memorandum, understood.rest)
        if not understood.problem and not request.unknown and (understood.rule or request.areas):
            return
    pytest.fail(f"{phrase} is not understood")
