"""A collector on this machine that keeps what is sent to it, for traces and reports of faults."""

from __future__ import annotations

import gzip
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collected:
    """What came, with the path that it was sent to."""

    def __init__(self, address: str) -> None:
        """Begin with nothing."""
        self.address = address
        self.received: list[tuple[str, bytes]] = []

    @property
    def spans(self) -> list[Span]:
        """The spans that came."""
        bodies = [body for path, body in self.received if path == "/v1/traces"]
        return [
            span
            for body in bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def keep(self, path: str, body: bytes) -> None:
        """Keep what came, unpacked."""
        self.received.append((path, gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body))


@asynccontextmanager
async def collecting() -> AsyncIterator[Collected]:
    """Collect until the block ends."""

    async def take(request: web.Request) -> web.Response:
        collected.keep(request.path, await request.read())
        return web.Response()

    served = web.Application()
    served.router.add_post("/{path:.*}", take)
    async with TestServer(served, host="127.0.0.1") as server:
        collected = Collected(str(server.make_url("/")))
        yield collected
