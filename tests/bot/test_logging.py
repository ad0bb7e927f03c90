"""Log lines: JSON, complete, and never a secret."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from bot.logging import Repeats, set_up_logging
from handlers.rendering.splitting import split_anew

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETS = [
    "xoxb-123-456-AbC",
    "xapp-1-A0-1-abc",
    "xoxe.xoxp-1-abc",
    "xoxe-1-abc",
    "wss://wss-primary.slack.com/link/?ticket=abc-123&app_id=1",
    "https://hooks.slack.com/commands/T1/22/abc",
    f"v0={'a' * 64}",
]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Return where the log goes, and put logging back as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_logging("info", stream)
    yield stream
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_its_facts(stream: io.StringIO) -> None:
    structlog.stdlib.get_logger("here").info("answered", team="T1", channel="C1", command="/fact", took_ms=1.5)
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "answered",
        "level": "info",
        "logger": "here",
        "team": "T1",
        "channel": "C1",
        "command": "/fact",
        "took_ms": 1.5,
    }


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_blotted_out_everywhere(stream: io.StringIO, secret: str) -> None:
    log = structlog.stdlib.get_logger("here")
    log.warning("plain %s", secret)
    log.warning(secret, where={"deep": [secret]})
    logging.getLogger("library").warning("Failed with %s", secret)
    log.error("failed", exc_info=ValueError(secret))
    written = stream.getvalue()
    assert len(lines(stream)) == 4
    assert "(redacted)" in written
    for part in ("AbC", "1-abc", "abc-123", "22/abc", "aaaa"):
        assert part not in written


def test_libraries_are_quiet_below_warning(stream: io.StringIO) -> None:
    logging.getLogger("slack_bolt.App").info("Unhandled request: what users typed")
    logging.getLogger("slack_sdk.web").debug("body")
    assert lines(stream) == []


def test_parsing_markdown_drowns_nothing_at_debug() -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_logging("debug", stream)
    split_anew("# A briefing\n\n- One\n- Two")
    structlog.stdlib.get_logger("here").debug("detail")
    root.handlers[:], root.level = before
    structlog.reset_defaults()
    assert [line["event"] for line in lines(stream)] == ["detail"]


def test_below_the_level_nothing_is_written(stream: io.StringIO) -> None:
    structlog.stdlib.get_logger("here").debug("detail")
    assert lines(stream) == []


def test_a_log_that_cannot_be_written_stops_nothing(stream: io.StringIO) -> None:
    log = structlog.stdlib.get_logger("here")
    stream.close()
    log.info("answered")


def test_only_a_line_with_an_exception_reaches_the_librarys_logging(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = list[str]()
    listener = logging.Handler()
    monkeypatch.setattr(listener, "emit", lambda record: heard.append(record.msg["event"]))
    logging.getLogger().addHandler(listener)
    log = structlog.stdlib.get_logger("here")
    log.error("refused", reason="no room")
    try:
        int("xoxb-123-456-AbC")
    except ValueError as error:
        log.exception("caught")
        log.warning("noted", exc_info=error)
    assert heard == ["caught", "noted"]
    assert [(line["event"], line["level"], line["logger"]) for line in lines(stream)] == [
        ("refused", "error", "here"),
        ("caught", "error", "here"),
        ("noted", "warning", "here"),
    ]
    assert "Traceback" in stream.getvalue()
    assert "AbC" not in stream.getvalue()


async def test_lines_of_one_round_of_the_loop_leave_together_and_in_order(stream: io.StringIO) -> None:
    log = structlog.stdlib.get_logger("here")
    log.info("first")
    log.info("xoxb-123-456-AbC")
    assert not stream.getvalue(), "what was answered goes first"
    await asyncio.sleep(0)
    log.info("second")
    await asyncio.sleep(0)
    assert [line["event"] for line in lines(stream)] == ["first", "(redacted)", "second"]


class Unreadable:
    """A value without a text."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __str__(self) -> str:
        """Raise the error."""
        raise self._error


@pytest.mark.parametrize("error", [MemoryError(), RecursionError(), ValueError("xoxb-1")])
async def test_a_line_that_cannot_be_written_loses_no_other(stream: io.StringIO, error: Exception) -> None:
    log = structlog.stdlib.get_logger("here")
    log.info("before")
    log.info("bad", value=Unreadable(error))
    log.info("behind")
    await asyncio.sleep(0)
    log.info("later")
    await asyncio.sleep(0)
    log.warning("worse", value=Unreadable(error))
    lost = [line for line in lines(stream) if line["event"] == "log.line_lost"]
    assert [line["event"] for line in lines(stream)] == ["before", "log.line_lost", "behind", "later", "log.line_lost"]
    assert [(line["line"], line["level"], line["logger"]) for line in lost] == [
        ("bad", "info", "here"),
        ("worse", "warning", "here"),
    ]
    assert {line["reason"] for line in lost} == {type(error).__name__}


@pytest.mark.parametrize("more", [{}, {"exc_info": ValueError("no")}], ids=["warning", "fault"])
async def test_trouble_is_written_at_once_and_after_what_came_before(
    stream: io.StringIO, more: dict[str, Exception]
) -> None:
    log = structlog.stdlib.get_logger("here")
    log.info("before")
    log.warning("trouble", **more)
    assert [line["event"] for line in lines(stream)] == ["before", "trouble"]


def test_a_terminal_gets_words_instead_of_json() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    root = logging.getLogger()
    before = root.handlers[:], root.level
    terminal = Terminal()
    set_up_logging("info", terminal)
    structlog.stdlib.get_logger("here").info("connected", mode="socket")
    root.handlers[:], root.level = before
    structlog.reset_defaults()
    assert "connected" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")


def test_what_repeats_is_due_once_a_minute_with_its_count() -> None:
    now = [0.0]
    repeats = Repeats(lambda: now[0], most=2)
    assert [repeats.due("a") for _ in range(4)] == [1, 0, 0, 0]
    now[0] = 61.0
    assert [repeats.due("a"), repeats.due("a")] == [4, 0]


def test_many_different_ones_count_as_one_and_take_no_memory() -> None:
    now = [0.0]
    repeats = Repeats(lambda: now[0], most=2)
    assert [repeats.due(f"{number}") for number in range(1000)] == [1, 1, 1, *[0] * 997]
    now[0] = 61.0
    assert repeats.due("7") == 1


def test_errors_are_counted_by_their_event_and_those_of_libraries_together(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: Counter[str] = Counter()
    monkeypatch.setattr("bot.logging.ERRORS", counted)
    log = structlog.stdlib.get_logger("bot.anything")
    log.info("task.done")
    log.warning("task.slow")
    log.error("task.failed")
    log.error("task.failed", exc_info=ValueError("one"))
    logging.getLogger("aiohttp.server").error("Error handling request from U0ADA")
    logging.getLogger("aiohttp.server").warning("nothing")
    assert counted == {"task.failed": 2, "": 1}
    assert stream.getvalue().count("task.failed") == 2
