"""Errors → replies, in one place."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.content.faults import ContentError
from bot.errors import NO_ACCESS, BriefingBotError, ConfigError, OperatorError
from bot.messages import Outcome, Reply
from bot.outbox.delivery import ErrorClass, NotDeliveredError
from bot.store.errors import NOT_SAVED, StoreError
from bot.store.revision import NothingPublishedError
from handlers.errors import or_refusal, refusal
from handlers.slack.errors import VERDICTS, sentence


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


def test_what_is_wrong_with_the_token_is_the_operators_to_read() -> None:
    error = NotDeliveredError("It is groups:history.", code="missing_scope", error_class=ErrorClass.AUTH)
    with capture_logs() as logs:
        assert refusal(error).note == NO_ACCESS
    assert [line["reason"] for line in logs] == ["It is groups:history."]


OPERATORS = re.compile(r"briefing-bot |\b[A-Z]+_[A-Z_]+\b|app\.yaml|\bscopes?\b|server|database|\btoken\b")
"""What only an operator can make something of: commands, settings, files, parts."""


@pytest.mark.parametrize("code", sorted(code for codes in VERDICTS.values() for code in codes))
def test_no_sentence_on_an_error_of_slacks_speaks_to_an_operator(code: str) -> None:
    assert not OPERATORS.search(sentence(code).replace(code, ""))


ROOT = Path(__file__).parents[2]
MEMBERS_MEET = ("answers", "alerts", "changes", "recurrence", "schedules", "subscriptions")
MEMBERS_ERRORS = {"BriefingBotError", "UnknownAreaError", "FormError", "DeliveryError", "TooManySchedulesError"}


def raised_texts(module: Path) -> list[str]:
    """Return the texts with which a module raises errors that members read."""
    calls = (node for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    named = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id in MEMBERS_ERRORS)
    parts = (part for call in named for part in ast.walk(call))
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def test_no_error_that_members_meet_speaks_to_an_operator() -> None:
    folders = [ROOT / "bot" / name for name in MEMBERS_MEET] + [ROOT / "handlers"]
    texts = [text for folder in folders for module in folder.rglob("*.py") for text in raised_texts(module)]
    assert len(texts) > 20
    assert [text for text in texts if OPERATORS.search(text)] == []
