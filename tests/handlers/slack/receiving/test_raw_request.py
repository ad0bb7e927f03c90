"""Requests that came in one piece: what is read of them is what a server would read, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.slack.receiving.raw_request import read_raw_request

GOOD = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-Slack-Signature:  v0=1 \r\ncontent-length: 2\r\n\r\nab"


def test_path_fields_and_body_are_read() -> None:
    found = read_raw_request(GOOD)
    assert found is not None
    assert (found.path, found.body) == ("/slack/events", b"ab")
    assert found.fields == {"host": "x", "x-slack-signature": "v0=1", "content-length": "2"}


def test_that_the_connection_is_kept_changes_nothing() -> None:
    found = read_raw_request(GOOD.replace(b"Host: x", b"Connection: Keep-Alive"))
    assert found is not None
    assert found.body == b"ab"


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"a",
        GOOD[:-1],
        GOOD + b"c",
        GOOD + GOOD,
        GOOD.replace(b"POST", b"GET"),
        GOOD.replace(b"1.1", b"1.0"),
        GOOD.replace(b"\r\n", b"\n"),
        GOOD.replace(b"Host: x", b"Host: x\r\nContent-Length: 2"),
        GOOD.replace(b"Host: x", b"Host: x\r\nHost: y"),
        GOOD.replace(b"Host: x", b"Host: x\r\n folded"),
        GOOD.replace(b"Host: x", b"Host: \xc3\xa9"),
        GOOD.replace(b"Host: x", b"Host: x\x00"),
        GOOD.replace(b"Host: x", b"Host : x"),
        GOOD.replace(b"Host: x", b"Transfer-Encoding: chunked"),
        GOOD.replace(b"Host: x", b"expect: 100-continue"),
        GOOD.replace(b"Host: x", b"Connection: close"),
        GOOD.replace(b"Host: x", b"Connection: keep-alive, close"),
        GOOD.replace(b"Host: x", b"Upgrade: websocket"),
        GOOD.replace(b": 2", b": +2"),
        GOOD.replace(b": 2", b": 02"),
        GOOD.replace(b": 2", b": 2, 2"),
        GOOD.replace(b"content-length: 2", b"x: y"),
    ],
    ids=range(23),
)
def test_of_anything_else_nothing_is_said(bad: bytes) -> None:
    assert read_raw_request(bad) is None


@given(st.binary(max_size=200), st.integers(0, len(GOOD)))
@example(b"\r\n\r\n", 40)
def test_bytes_put_in_anywhere_never_end_one_request_and_begin_another(more: bytes, at: int) -> None:
    found = read_raw_request(GOOD[:at] + more + GOOD[at:])
    assert found is None or found.fields["content-length"] == str(len(found.body))
