"""Each of Slack's errors means one thing, and docs/operations.md says the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.outbox.delivery import ErrorClass, NotDeliveredError
from handlers.slack import errors
from handlers.slack.errors import (
    LONGEST_RETRY_AFTER_S,
    RETRY_AFTER_S,
    UNREACHED_S,
    VERDICTS,
    call,
    counted_code,
    judge,
    judge_response_url,
    no_answer,
)

PAGE = Path(errors.__file__).parents[2] / "docs/operations.md"
DATE = "Wed, 25 Nov 2026 10:00:00 GMT"


def judged(status: int, body: bytes | str, **headers: str) -> NotDeliveredError:
    """Return the error that an answer means."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(NotDeliveredError) as raised:
        judge(status, named, body.encode() if isinstance(body, str) else body)
    return raised.value


def refusing(code: object) -> str:
    return json.dumps({"ok": False, "error": code})


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
    error = judged(200, refusing(code))
    assert (error.error_class, error.code) == (verdict, code)


def test_an_answer_that_says_ok_is_returned() -> None:
    assert judge(200, {}, b'{"ok": true, "ts": "1.1"}') == {"ok": True, "ts": "1.1"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, ""),
        (200, "[]"),
        (200, "null"),
        (200, '"x"'),
        (200, "7"),
        (200, "{}"),
        (200, '{"ok": true, "ts": "1'),
        (200, '{"ok": "true"}'),
        (200, '{"ok": "false", "error": "no_text"}'),
        (200, '{"ok": 1}'),
        (200, '{"ok": false}'),
        (200, refusing("")),
        (200, refusing(7)),
        (200, refusing({"code": "no_text"})),
        (200, '{"error": "no_text"}'),
        (200, "<html>Please log in</html>"),
        (200, "ok"),
        (200, b"\xff\xfe{"),
        (200, "[" * 100_000),
        (201, '{"ok": true}'),
        (302, ""),
        (403, "<html>forbidden</html>"),
        (404, "not found"),
        (500, refusing("no_text")),
        (500, '{"ok": true}'),
        (503, refusing("ratelimited")),
        (503, "upstream connect error"),
        (599, ""),
    ],
)
def test_what_is_not_slacks_answer_is_unconfirmed(status: int, body: bytes | str) -> None:
    error = judged(status, body)
    assert (error.error_class, error.retry_after_s) == (ErrorClass.UNCONFIRMED, 0.0)
    assert error.is_unknown
    assert error.code


@pytest.mark.parametrize(
    ("retry_after", "wait_s"),
    [
        (None, RETRY_AFTER_S),
        ("", RETRY_AFTER_S),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("0", 1.0),
        ("-5", RETRY_AFTER_S),
        ("1e9", RETRY_AFTER_S),
        ("nan", RETRY_AFTER_S),
        ("²", RETRY_AFTER_S),
        ("soon", RETRY_AFTER_S),
        ("9" * 400, RETRY_AFTER_S),
        ("86400", LONGEST_RETRY_AFTER_S),
        ("Wed, 25 Nov 2026 10:00:09 GMT", 9.0),
        ("Wed, 25 Nov 2026 09:00:00 GMT", 1.0),
        ("Wed, 25 Nov 2099 10:00:00 GMT", LONGEST_RETRY_AFTER_S),
        ("Wed, 99 Nov 2026 10:00:09 GMT", RETRY_AFTER_S),
        ("Wed, 25 Nov 2026 10:00:09 -0000", RETRY_AFTER_S),
    ],
)
@pytest.mark.parametrize("body", ["", "<html>slow down</html>", refusing("ratelimited"), '{"ok": true}'])
def test_429_waits_as_long_as_it_says_within_reason(retry_after: str | None, wait_s: float, body: str) -> None:
    headers = {"Date": DATE} | ({} if retry_after is None else {"Retry_After": retry_after})
    error = judged(429, body, **headers)
    assert (error.error_class, error.code, error.retry_after_s) == (ErrorClass.WAIT, "ratelimited", wait_s)


def test_an_http_date_without_slacks_own_time_is_not_read() -> None:
    assert judged(429, "", Retry_After="Wed, 25 Nov 2026 10:00:09 GMT").retry_after_s == RETRY_AFTER_S


def test_a_code_that_is_no_code_is_a_refusal_and_is_not_quoted() -> None:
    error = judged(200, refusing("<!channel> boom"))
    assert (error.error_class, error.code) == (ErrorClass.MESSAGE, "unnamed")
    assert "channel" not in error.message


@pytest.mark.parametrize(
    ("error", "verdict", "wait_s"),
    [
        (aiohttp.ServerDisconnectedError(), ErrorClass.UNCONFIRMED, 0.0),
        (aiohttp.ClientOSError(), ErrorClass.UNCONFIRMED, 0.0),
        (aiohttp.ClientPayloadError(), ErrorClass.UNCONFIRMED, 0.0),
        (TimeoutError(), ErrorClass.UNCONFIRMED, 0.0),
        (aiohttp.ConnectionTimeoutError(), ErrorClass.WAIT, UNREACHED_S),
        (aiohttp.InvalidURL("x"), ErrorClass.WAIT, UNREACHED_S),
    ],
)
def test_no_answer_is_unconfirmed_unless_nothing_was_sent(error: Exception, verdict: ErrorClass, wait_s: float) -> None:
    told = no_answer(error)
    assert (told.error_class, told.retry_after_s) == (verdict, wait_s)


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, "ok", None),
        (200, "", None),
        (200, '{"ok": true}', None),
        (200, refusing("no_text"), ErrorClass.MESSAGE),
        (200, "<html>log in</html>", ErrorClass.UNCONFIRMED),
        (302, "", ErrorClass.UNCONFIRMED),
        (404, refusing("used_url"), ErrorClass.MESSAGE),
        (404, "no_service", ErrorClass.MESSAGE),
        (429, "", ErrorClass.WAIT),
        (500, "", ErrorClass.UNCONFIRMED),
        (503, "busy", ErrorClass.UNCONFIRMED),
    ],
)
def test_a_response_url_is_judged_too(status: int, body: str, verdict: ErrorClass | None) -> None:
    found: ErrorClass | None = None
    try:
        judge_response_url(status, {}, body.encode())
    except NotDeliveredError as error:
        found = error.error_class
    assert found is verdict


async def test_a_missing_scope_holds_posts_and_blinds_looks() -> None:
    async def refused() -> AsyncSlackResponse:
        raise judged(200, json.dumps({"ok": False, "error": "missing_scope", "needed": "im:history"}))

    for is_look, verdict in ((False, ErrorClass.AUTH), (True, ErrorClass.CANNOT_VERIFY)):
        with pytest.raises(NotDeliveredError) as raised:
            await call(refused(), is_look=is_look)
        assert raised.value.error_class is verdict


@pytest.mark.parametrize("data", [{}, {"view": None}, {"view": []}, {"view": {"id": 5}}, {"view": {"id": ""}}])
def test_an_answer_without_what_slack_documents_is_unconfirmed(data: dict[str, Any]) -> None:
    answer = AsyncSlackResponse(
        client=AsyncWebClient(),
        http_verb="POST",
        api_url="",
        req_args={},
        data=data,
        headers={},
        status_code=200,
    )
    for read in (errors.text_at, errors.list_at):
        with pytest.raises(NotDeliveredError) as raised:
            read(answer, "view", "id")
        assert raised.value.error_class is ErrorClass.UNCONFIRMED


@pytest.mark.parametrize(
    ("code", "counted"),
    [
        ("is_archived", "is_archived"),
        ("unreached", "unreached"),
        ("used_url", "used_url"),
        ("http_502", "http_5xx"),
        ("http_999999", "other"),
        ("ServerDisconnectedError", "no_answer"),
        ("made_up_by_a_proxy_7", "other"),
        ('"} 1\n', "other"),
        ("", "other"),
    ],
)
def test_a_code_is_counted_by_a_closed_list(code: str, counted: str) -> None:
    assert counted_code(code) == counted
