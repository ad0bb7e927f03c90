"""Turns errors into replies: a BriefingBotError into its own words, anything else into an apology and a log line.

What only an operator can mend goes to the log in the operator's words, once a minute; the member reads their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import structlog

from bot.errors import NO_ACCESS, BriefingBotError, OperatorError
from bot.logging import Repeats
from bot.messages import Outcome, Reply
from bot.outbox.delivery import ErrorClass, NotDeliveredError

if TYPE_CHECKING:
    from collections.abc import Awaitable

_Result = TypeVar("_Result")
_SORRY = "Sorry, something went wrong on my side and has been logged. Please try again in a minute."

_repeats = Repeats()
_log = structlog.stdlib.get_logger(__name__)


async def or_refusal(making: Awaitable[_Result]) -> _Result | Reply:
    """Await a reply; when that fails, return a refusal that says so. Never raises an Exception."""
    try:
        return await making
    except Exception as error:  # noqa: BLE001 — a user always gets a reply
        return refusal(error)


def refusal(error: Exception) -> Reply:
    """Return the reply for an error."""
    if isinstance(error, OperatorError):
        _log_once(error)
        return Reply(Outcome.REFUSAL, "", note=error.for_members)
    if isinstance(error, NotDeliveredError) and error.error_class is ErrorClass.AUTH:
        _log_once(error)
        return Reply(Outcome.REFUSAL, "", note=NO_ACCESS)
    if not isinstance(error, BriefingBotError):
        _log.error("reply.failed", exc_info=error)
        return Reply(Outcome.REFUSAL, "", note=_SORRY)
    return Reply(Outcome.REFUSAL, "", note=str(error))


def _log_once(error: BriefingBotError) -> None:
    """Log what an operator has to mend, once a minute."""
    if count := _repeats.due(str(error)):
        _log.error("reply.refused", reason=str(error), count=count)
