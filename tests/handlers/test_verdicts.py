"""Each of Slack's errors means one thing, and docs/operations.md says the same."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.outbox.delivery import Verdict
from handlers.slack import errors
from handlers.slack.errors import RETRY_AFTER_S, UNREACHED_S, VERDICTS, judged

PAGE = Path(errors.__file__).parent.parent / "docs/operations.md"


def refused(status: int = 200, headers: dict[str, str] | None = None, **data: Any) -> SlackApiError:  # noqa: ANN401 — any JSON
    answer: Any = SimpleNamespace(status_code=status, headers=headers or {}, data=data or b"")
    return SlackApiError("refused", answer)  # type: ignore[no-untyped-call]


def test_no_code_means_two_things() -> None:
    codes = [code for group in VERDICTS.values() for code in group]
    assert len(codes) == len(set(codes))
    assert set(VERDICTS) == set(Verdict)


def test_the_table_in_the_docs_is_the_code() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("### What Slack's errors mean")[2].partition("\n\n")[2]
    rows = re.findall(r"^\| \*\*(\w+)\*\*: [^|]+\| ([^|]+) \|$", table, re.MULTILINE)
    told = {Verdict[name.upper()]: tuple(re.findall(r"`([a-z_]+)`", codes)) for name, codes in rows}
    assert told.pop(Verdict.BLIND) == ("missing_scope",)
    assert told == {verdict: codes for verdict, codes in VERDICTS.items() if codes}


@pytest.mark.parametrize(
    ("verdict", "code"), [(verdict, code) for verdict, codes in VERDICTS.items() for code in codes]
)
def test_a_code_is_judged_as_the_table_says(verdict: Verdict, code: str) -> None:
    error = judged(refused(ok=False, error=code))
    assert (error.verdict, error.code) == (verdict, code)


@pytest.mark.parametrize(
    ("error", "verdict", "wait_s"),
    [
        (refused(429, {"Retry-After": "7"}, ok=False, error="ratelimited"), Verdict.WAIT, 7.0),
        (refused(429), Verdict.WAIT, RETRY_AFTER_S),
        (refused(429, {"Retry-After": "soon"}), Verdict.WAIT, RETRY_AFTER_S),
        (refused(500), Verdict.UNKNOWN, 0.0),
        (refused(503, ok=False, error="ratelimited"), Verdict.UNKNOWN, 0.0),
        (refused(200), Verdict.UNKNOWN, 0.0),
        (refused(ok=False, error="never_heard_of"), Verdict.MESSAGE, 0.0),
        (aiohttp.ServerDisconnectedError(), Verdict.UNKNOWN, 0.0),
        (aiohttp.ClientOSError(), Verdict.UNKNOWN, 0.0),
        (TimeoutError(), Verdict.UNKNOWN, 0.0),
        (aiohttp.ConnectionTimeoutError(), Verdict.WAIT, UNREACHED_S),
    ],
)
def test_what_is_no_plain_refusal(error: Exception, verdict: Verdict, wait_s: float) -> None:
    told = judged(error)
    assert (told.verdict, told.retry_after_s) == (verdict, wait_s)


def test_a_missing_scope_holds_posts_and_blinds_looks() -> None:
    error = refused(ok=False, error="missing_scope")
    assert judged(error).verdict is Verdict.HOLD
    assert judged(error, is_look=True).verdict is Verdict.BLIND
