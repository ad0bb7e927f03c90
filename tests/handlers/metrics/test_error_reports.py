"""Reports hold the kind of a fault and its place in the code, and nothing that anybody typed or is to know."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from pydantic import SecretStr

from bot.config import Settings
from bot.errors import ConfigError
from bot.logging import set_up_logging
from handlers.metrics.error_reports import faults_reported, scrubbed
from tests.support.collector import collecting

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = "what did they promise to Ada"
TOKEN = "xoxb-" + "1" * 20


def settings(dsn: str | None) -> Settings:
    """Return settings with this DSN."""
    return Settings.model_construct(sentry_dsn=SecretStr(dsn) if dsn else None)


@pytest.fixture
def logged() -> Iterator[None]:
    """Log as the bot does, and as before at the end."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    set_up_logging("info", io.StringIO())
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def fall(words: str, token: str) -> None:
    """Fail with what must not leave in the sentence, in a variable and in the log."""
    typed = {"text": words, "token": token}
    raise ValueError(f"{typed}")


def report(dsn: str) -> None:
    """Log a line, a fault with its traceback, and faults of libraries."""
    log = structlog.stdlib.get_logger("test")
    with faults_reported(settings(dsn)):
        log.error("reply.refused", reason=WORDS)
        try:
            fall(WORDS, TOKEN)
        except ValueError:
            log.exception("task.failed", user="U0ADA", words=WORDS)
        try:
            fall(WORDS, TOKEN)
        except ValueError:
            for name in ("library", "library", "opentelemetry.exporter"):
                logging.getLogger(name).exception("cannot %s", WORDS)


@pytest.mark.usefixtures("logged")
async def test_a_fault_is_reported_by_its_kind_and_its_place_and_nothing_else() -> None:
    async with collecting() as collected:
        await asyncio.to_thread(report, collected.address.replace("://", "://public@") + "1")
        events = [event for _, body in collected.received for event in _events(body)]
    assert len(events) == 2, "neither a line without a traceback, nor one again, nor a library that sends"
    for event in events:
        (value,) = event["exception"]["values"]
        assert value["type"] == "ValueError"
        assert [frame["function"] for frame in value["stacktrace"]["frames"]] == ["report", "fall"]
        assert {*value} == {"type", "module", "stacktrace"}
        assert {name for frame in value["stacktrace"]["frames"] for name in frame} <= {
            "filename",
            "function",
            "module",
            "lineno",
            "in_app",
        }
        assert {*event} <= {"event_id", "timestamp", "level", "platform", "release", "environment", "exception"}
    sent = str(collected.received)
    assert not [each for each in ("promise", "xoxb", "U0ADA", "reply.refused") if each in sent]


def _events(body: bytes) -> list[dict[str, Any]]:
    """Return the events of an envelope: lines of JSON, of which each second one says what the next is."""
    lines = [json.loads(line) for line in body.splitlines() if line]
    return [line for line in lines if "exception" in line]


async def test_what_ends_the_process_is_reported_too() -> None:
    def run(dsn: str) -> None:
        with pytest.raises(ZeroDivisionError), faults_reported(settings(dsn)):
            raise ZeroDivisionError(WORDS)

    async with collecting() as collected:
        await asyncio.to_thread(run, collected.address.replace("://", "://public@") + "1")
        (event,) = [event for _, body in collected.received for event in _events(body)]
    assert event["exception"]["values"][0]["type"] == "ZeroDivisionError"
    assert "promise" not in str(event)


def test_a_report_without_an_exception_does_not_leave() -> None:
    assert scrubbed({"message": WORDS, "request": {"data": WORDS}}, {}) is None


@pytest.mark.parametrize("dsn", ["nonsense", "https://sentry.example/1", f"http://{TOKEN}"])
def test_a_dsn_that_is_none_is_told_without_it(dsn: str) -> None:
    with pytest.raises(ConfigError) as told, faults_reported(settings(dsn)):
        pass
    assert str(told.value) == "SENTRY_DSN is not an address of Sentry's. Copy it from the project's settings."


def test_a_dsn_without_the_package_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with (
        pytest.raises(ConfigError, match=r"Sentry's library is not installed\. .*briefing-bot\[sentry\]"),
        faults_reported(settings("https://public@sentry.example/1")),
    ):
        pass


def test_without_a_dsn_nothing_is_reported() -> None:
    before = logging.getLogger().handlers[:]
    with faults_reported(settings(None)):
        assert logging.getLogger().handlers == before
