"""Traces leave by OTLP with no words in them, and the bot runs without the package."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import Any

import pytest

from bot.config import Settings
from bot.errors import ConfigError
from handlers.metrics import tracing
from handlers.metrics.tracing import NO_SPANS, spans_for
from tests.support.collector import collecting
from tests.support.waiting import PATIENCE_S

WORDS = "what did they promise to Ada"


def settings(address: str) -> Settings:
    """Return settings with this endpoint."""
    return Settings.model_construct(otel_exporter_otlp_endpoint=address)


def attributes(span: Any) -> dict[str, str]:  # noqa: ANN401 — protobuf's
    """Return the attributes of a span."""
    return {each.key: each.value.string_value for each in span.attributes}


async def test_spans_leave_as_children_of_one_another_and_an_error_without_its_sentence() -> None:
    async with collecting() as collected:
        spans = spans_for(settings(collected.address))
        with spans.span("request") as request:
            request.set_attribute("command", "/fact")
            with pytest.raises(ValueError, match=WORDS), spans.span("slack.call", method="chat.postMessage"):
                raise ValueError(WORDS)
        await spans.close()
        call, whole = collected.spans
        assert (whole.name, attributes(whole)) == ("request", {"command": "/fact"})
        assert attributes(call) == {"method": "chat.postMessage", "error.type": "ValueError"}
        assert call.parent_span_id == whole.span_id
        assert WORDS not in str(collected.received)
        assert b"briefing-bot" in collected.received[0][1]


async def test_a_collector_that_is_away_keeps_nothing_from_ending(
    unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "CLOSE_S", 0.1)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0.2")  # else it tries again beside the next tests
    spans = spans_for(settings(f"http://127.0.0.1:{unused_tcp_port}/"))
    with spans.span("request"):
        pass
    await spans.close()
    for closing in [each for each in threading.enumerate() if "(shutdown)" in each.name]:
        await asyncio.to_thread(closing.join, PATIENCE_S)


async def test_without_an_address_nothing_is_traced() -> None:
    assert spans_for(settings("")) is NO_SPANS
    with NO_SPANS.span("request", command="/fact") as span:
        span.set_attribute("outcome", "answer")
    await NO_SPANS.close()


def test_an_address_without_the_package_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigError, match=r"OpenTelemetry is not installed\. .*briefing-bot\[otel\]"):
        spans_for(settings("http://127.0.0.1:4318/"))


def test_neither_package_is_imported_without_its_setting() -> None:
    imports = "import sys, handlers.metrics.tracing, handlers.metrics.error_reports"
    program = f"{imports}; print({{'opentelemetry', 'sentry_sdk'}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 — ours
    assert done.stdout == "set()\n"
