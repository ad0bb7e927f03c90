"""The one place in Slack's house that turns errors into replies.

1. An area that nobody knows: the error's words, and a button for each area that may have been meant.
2. Anything else raised on purpose (BriefingBotError): its own words.
3. Anything else: a word of regret; the exception goes to the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.errors import BriefingBotError, UnknownAreaError
from bot.reply import Ask, Choice, Outcome, Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable

_SORRY = "Sorry, something went wrong on my side and has been logged. Please try again in a minute."

_log = structlog.stdlib.get_logger(__name__)


async def or_refusal(making: Awaitable[Reply]) -> Reply:
    """Await a reply; when making it fails, return one that says so. Never raises an Exception."""
    try:
        return await making
    except Exception as error:  # noqa: BLE001 — an asker always gets an answer; what it is for is decided in refusal()
        return refusal(error)


def refusal(error: Exception) -> Reply:
    """Return the reply for an error."""
    if not isinstance(error, BriefingBotError):
        _log.error("reply failed", exc_info=error)
        return Reply(Outcome.REFUSAL, "", note=_SORRY)
    choices: tuple[Choice, ...] = ()
    if isinstance(error, UnknownAreaError):
        choices = tuple(Choice(Ask.BRIEFING, title, title) for title in error.suggestions)
    return Reply(Outcome.REFUSAL, "", note=str(error), choices=choices)
