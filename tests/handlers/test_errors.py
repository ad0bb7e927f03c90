"""Errors → replies, in one place."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from bot.content.faults import ContentError
from bot.errors import BriefingBotError, ConfigError, OperatorError
from bot.messages import Outcome, Reply
from bot.store.errors import NOT_SAVED, StoreError
from bot.store.revision import NothingPublishedError
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


def test_a_member_reads_their_own_words_and_the_log_has_the_operators_once() -> None:
    error = StoreError("The database cannot be reached now.", "Start its server.")
    with capture_logs() as logs:
        notes = [refusal(error).note for _ in range(3)]
    assert notes == [StoreError.for_members] * 3
    (line,) = logs
    assert (line["event"], line["reason"], line["count"]) == ("reply.refused", str(error), 1)


def test_no_member_is_told_what_only_an_operator_can_do() -> None:
    kinds = (ConfigError("", ""), NothingPublishedError(), ContentError(Path(), ()), StoreError("", ""))
    words = [kind.for_members for kind in kinds if isinstance(kind, OperatorError)]
    assert len(words) == len(kinds)
    for said in (*words, NOT_SAVED):
        assert "Try again in a few minutes." in said
        assert not any(word in said for word in ("briefing-bot", "server", "database", "DATA", "Run:", "check"))
