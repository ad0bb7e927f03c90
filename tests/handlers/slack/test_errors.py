"""Each of Slack's errors means one thing, and docs/operations.md says the same."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.outbox.delivery import ErrorClass
from handlers.slack import errors
from handlers.slack.errors import RETRY_AFTER_S, UNREACHED_S, VERDICTS, classify

PAGE = Path(errors.__file__).parents[2] / "docs/operations.md"


def refused(status: int = 200, headers: dict[str, str] | None = None, **data: Any) -> SlackApiError:  # noqa: ANN401 — any JSON
    answer: Any = SimpleNamespace(status_code=status, headers=headers or {}, data=data or b"")
    return SlackApiError("refused", answer)  # type: ignore[no-untyped-call]


def test_no_code_means_two_things() -> None:
    codes = [code for group in VERDICTS.values() for code in group]
    assert len(codes) == len(set(codes))
    assert set(VERDICTS) == set(ErrorClass)


def test_the_table_in_the_docs_is_the_code() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("### What Slack's errors mean")[2].partition("\n\n")[2]
    rows = re.findall(r"^\| \*\*(\w+)\*\*: [^|]+\| ([^|]+) \|$", table, re.MULTILINE)
    told = {ErrorClass[name.upper()]: tuple(re.findall(r"`([a-z_]+)`", codes)) for name, codes in rows}
    assert told.pop(ErrorClass.CANNOT_VERIFY) == ("missing_scope",)
    assert told == {verdict: codes for verdict, codes in VERDICTS.items() if codes}


@pytest.mark.parametrize(
    ("verdict", "code"), [(verdict, code) for verdict, codes in VERDICTS.items() for code in codes]
)
def test_a_code_is_judged_as_the_table_says(verdict: ErrorClass, code: str) -> None:
    error = classify(refused(ok=False, error=code))
    assert (error.error_class, error.code) == (verdict, code)


@pytest.mark.parametrize(
    ("error", "verdict", "wait_s"),
    [
        (refused(429, {"Retry-After": "7"}, ok=False, error="ratelimited"), ErrorClass.WAIT, 7.0),
        (refused(429), ErrorClass.WAIT, RETRY_AFTER_S),
        (refused(429, {"Retry-After": "soon"}), ErrorClass.WAIT, RETRY_AFTER_S),
        (refused(500), ErrorClass.UNCONFIRMED, 0.0),
        (refused(503, ok=False, error="ratelimited"), ErrorClass.UNCONFIRMED, 0.0),
        (refused(200), ErrorClass.UNCONFIRMED, 0.0),
        (refused(ok=False, error="never_heard_of"), ErrorClass.MESSAGE, 0.0),
        (aiohttp.ServerDisconnectedError(), ErrorClass.UNCONFIRMED, 0.0),
        (aiohttp.ClientOSError(), ErrorClass.UNCONFIRMED, 0.0),
        (TimeoutError(), ErrorClass.UNCONFIRMED, 0.0),
        (aiohttp.ConnectionTimeoutError(), ErrorClass.WAIT, UNREACHED_S),
    ],
)
def test_what_is_no_plain_refusal(error: Exception, verdict: ErrorClass, wait_s: float) -> None:
    told = classify(error)
    assert (told.error_class, told.retry_after_s) == (verdict, wait_s)


def test_a_missing_scope_holds_posts_and_blinds_looks() -> None:
    error = refused(ok=False, error="missing_scope")
    assert classify(error).error_class is ErrorClass.AUTH
    assert classify(error, is_look=True).error_class is ErrorClass.CANNOT_VERIFY
