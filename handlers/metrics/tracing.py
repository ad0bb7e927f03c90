"""Traces: requests, calls of Slack, deliveries and publications as OpenTelemetry's spans, sent where OTEL_* says.

A span has the same labels as the metrics, and no more: no workspace, no channel, no person, no words, and of an error
its kind alone. Without OTEL_EXPORTER_OTLP_ENDPOINT there is none, and the package `opentelemetry` is not imported.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from importlib.metadata import version
from threading import Thread
from typing import TYPE_CHECKING, Final, Protocol, Self

from bot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from opentelemetry.sdk.trace import TracerProvider

    from bot.config import Settings

CLOSE_S: Final = 2.0
"""Seconds that the last spans have to leave once the bot is to stop."""


class Span(Protocol):
    """Something that is being done."""

    def set_attribute(self, key: str, value: str) -> None:
        """Note what came of it."""
        ...


class Spans(Protocol):
    """Makes spans; one within another is its child."""

    def span(self, name: str, **attributes: str) -> AbstractContextManager[Span]:
        """Return a span that lasts as long as the block."""
        ...

    async def close(self) -> None:
        """Send what is left."""
        ...


class NoSpans:
    """Traces nothing."""

    def span(self, name: str, **attributes: str) -> NoSpans:  # noqa: ARG002 — the protocol names them
        """Return what lasts as long as the block, and does nothing."""
        return self

    def __enter__(self) -> Self:
        """Begin nothing."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End nothing."""

    def set_attribute(self, key: str, value: str) -> None:
        """Note nothing."""

    async def close(self) -> None:
        """Send nothing."""


NO_SPANS: Final = NoSpans()


class OtelSpans:
    """Traces by OpenTelemetry."""

    def __init__(self, provider: TracerProvider) -> None:
        """Take what sends the spans."""
        self._provider = provider
        self._tracer = provider.get_tracer("briefing-bot")

    @contextmanager
    def span(self, name: str, **attributes: str) -> Iterator[Span]:
        """Return a span; of an error only its kind is noted: its sentence may quote what somebody typed."""
        with self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                raise

    async def close(self) -> None:
        """Send what is left, for CLOSE_S: a collector that is away must not keep the bot from stopping."""
        closing = Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, CLOSE_S)


def spans_for(settings: Settings) -> Spans:
    """Return what traces as the settings ask for it. Raises ConfigError without the package that it needs."""
    address = settings.otel_exporter_otlp_endpoint
    if not address:
        return NO_SPANS
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 — only where it is asked for
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 — the same
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 — the same
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 — the same
    except ImportError:
        raise ConfigError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed.",
            "Install it: pip install 'briefing-bot[otel]'; or unset OTEL_EXPORTER_OTLP_ENDPOINT.",
        ) from None
    ours = Resource({"service.name": "briefing-bot", "service.version": version("briefing-bot")})
    theirs = Resource.create()
    named = not str(theirs.attributes.get("service.name", "")).startswith("unknown_service")
    resource = ours.merge(theirs) if named else theirs.merge(ours)
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{address.rstrip('/')}/v1/traces")))
    return OtelSpans(provider)
