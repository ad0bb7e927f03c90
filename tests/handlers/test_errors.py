"""Errors → replies, in one place."""

from __future__ import annotations

from structlog.testing import capture_logs

from bot.errors import BriefingBotError
from bot.messages import Outcome, Reply
from handlers.errors import or_refusal, refusal


async def test_a_reply_passes_through() -> None:
    reply = Reply(Outcome.HELP, "help")

    async def making() -> Reply:
        return reply

    assert await or_refusal(making()) is reply


async def test_an_error_becomes_a_reply() -> None:
    async def making() -> Reply:
        raise BriefingBotError("No.", "Try again.")

    assert await or_refusal(making()) == Reply(Outcome.REFUSAL, "", note="No. Try again.")


def test_anything_else_is_regretted_and_logged_with_its_exception() -> None:
    error = KeyError("secret inside")
    with capture_logs() as logs:
        reply = refusal(error)
    assert reply.note.startswith("Sorry, something went wrong")
    assert "secret" not in reply.note
    assert logs[0]["exc_info"] is error
