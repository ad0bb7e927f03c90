"""What reads texts of others takes time linear in their length: four times the text, about four times the time.

Processor time is compared with itself, not with the clock: the machine may be busy.
"""

from __future__ import annotations

import gc
import time
from datetime import date
from typing import TYPE_CHECKING, Final

import pytest

from bot.answers import follow_ups, intents
from bot.answers.claim_check import sentences
from bot.content.checks.phrases import plain_words
from bot.logging import redacted
from bot.lookup.language.courtesy import bare
from bot.lookup.language.text import words
from bot.lookup.questions import questions_in, segments_in
from bot.recurrence.phrase import read_rule
from bot.subscriptions.request import read_request
from handlers.rendering.blocks import to_text
from handlers.rendering.splitting import limits
from handlers.slack.text import asked_in
from tests.support.newsroom import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

SHORT: Final = 2_000
"""Characters; what is linear takes a few milliseconds for them."""
TRIES: Final = 4
TOO_SHORT_S: Final = 0.002
"""Seconds below which a time says nothing."""

READERS: Final[dict[str, Callable[[str], object]]] = {
    "limits": lambda text: list(limits(text)),
    "plain text": to_text,
    "Slack's text": lambda text: asked_in({"type": "app_mention", "text": text}, "U0BOT"),
    "words": words,
    "courtesy": bare,
    "questions": questions_in,
    "segments": segments_in,
    "sentences": sentences,
    "small talk": intents.small_talk,
    "doubts": intents.doubted_words,
    "commands": intents.command_meant,
    "changes": lambda text: intents.parse_changes_intent(shipped().memorandum, text),
    "area": lambda text: intents.briefing_asked(shipped().memorandum, text),
    "since": intents.asks_what_came_later,
    "follow-up": follow_ups.points_back,
    "rule": lambda text: read_rule(text, default_tz="UTC", today=date(2026, 12, 1)),
    "request": lambda text: read_request(shipped().memorandum, text),
    "source": plain_words,
    "log": redacted,
}
PARTS = (
    *(
        "](",
        "](x",
        "[a](",
        "[",
        "(",
        "<@",
        "<https://",
        "&lt;",
        "\n> ",
        "- a\n",
        "# a\n",
        "```",
        "*",
        "_a",
        "`",
        "!",
        "“",
        "'",
    ),
    *(" ", "\n", "\u200b", "1,", "1. ", "5 ", "£5", "twenty ", "per cent ", "a-", "a.", "A ", ", ", "? ", ": ", "…"),
    *(
        ":a:",
        "thanks ",
        "please ",
        "and ",
        "every ",
        "mondays ",
        "at 9 ",
        "on ",
        "last ",
        "not ",
        "xoxb-a.",
        "https://a:b",
    ),
)


def seconds(reader: Callable[[str], object], part: str, length: int) -> float:
    """Return the processor time that a reader takes for a text of this part again and again."""
    text = f"q {part * (length // len(part))} z"
    gc.disable()  # it takes the longer, the more there is
    try:
        began = time.process_time()
        reader(text)
        return time.process_time() - began
    finally:
        gc.enable()


@pytest.mark.parametrize("name", READERS)
def test_four_times_the_text_takes_no_more_than_ten_times_as_long(name: str) -> None:
    reader, slow = READERS[name], []
    for part in PARTS:
        reader(part)
        for _ in range(TRIES):
            short, long = (seconds(reader, part, length) for length in (SHORT, 4 * SHORT))
            if long <= 10 * max(short, TOO_SHORT_S):
                break
        else:
            slow.append((part, short, long))
    assert slow == []
