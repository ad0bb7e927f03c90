"""The operators' port: /metrics for Prometheus, /livez and /readyz with the reasons in words. No secret is in them.

It is bounded as Slack's port is. It opens before anything else is started, and closes last.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from handlers.connections import HEADER_S, BoundedPort, closing
from handlers.tasks import background

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from handlers.metrics.health import Health
    from handlers.metrics.metrics import Metrics
    from handlers.metrics.stored import StoredMetrics

MOST_SCRAPERS: Final = 32
"""Connections at a time: a few Prometheus servers and probes; one more closes the one that has been idle longest."""
CLOSE_S: Final = 1.0
LOOP_EVERY_S: Final = 1.0
"""Seconds between two looks at how late the event loop is."""

_PATHS: Final = ("/metrics", "/livez", "/readyz")
_log = structlog.stdlib.get_logger(__name__)


class AdminPort:
    """Tells operators how the process is. Without a port it does nothing, and asks nothing of the database."""

    def __init__(  # noqa: PLR0913 — its parts, once
        self,
        host: str,
        port: int | None,
        metrics: Metrics,
        health: Health,
        stored: StoredMetrics,
        *,
        header_s: float = HEADER_S,
    ) -> None:
        """Take its address and what it tells; `header_s` as for any port."""
        self._host = host
        self._wanted = port
        self._metrics = metrics
        self._health = health
        self._stored = stored
        on_refused = metrics.refused
        self._port = BoundedPort(
            self._answer, "ADMIN_HOST and ADMIN_PORT", header_s=header_s, most=MOST_SCRAPERS, on_refused=on_refused
        )
        self.port = 0
        """Where it listens; 0 while it does not."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Answer until the block ends. Raises ConfigError when the port is taken."""
        if self._wanted is None:
            yield
            return
        async with AsyncExitStack() as stack:
            self.port = await self._port.start(self._host, self._wanted, shutdown_s=CLOSE_S)
            stack.push_async_callback(self._stored.close)
            stack.push_async_callback(self._port.stop)
            await stack.enter_async_context(background(self._watch_loop()))
            _log.info("admin.listening", host=self._host, port=self.port)
            yield

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        match request.method, request.path:
            case "GET" | "HEAD", "/livez":
                return web.Response(text="alive\n")
            case "GET" | "HEAD", "/readyz":
                return await self._readiness()
            case "GET" | "HEAD", "/metrics":
                return await self._scrape()
            case _, path:
                return closing(405 if path in _PATHS else 404)

    async def _readiness(self) -> web.Response:
        """Say whether requests may come, and each thing that is wrong on a line of its own."""
        await self._stored.refresh()
        found = self._health.findings()
        is_ready = not any(each.stops_work for each in found)
        lines = ["ready" if is_ready else "not ready", *(f"{each.reason}: {each.sentence}" for each in found)]
        return web.Response(text="\n".join(lines) + "\n", status=200 if is_ready else 503)

    async def _scrape(self) -> web.Response:
        await self._stored.refresh()
        self._metrics.note_health(self._health.findings())
        return web.Response(body=generate_latest(self._metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _watch_loop(self) -> None:
        """Note each second by how much the event loop is late: what has to wait for it is late by as much."""
        loop = asyncio.get_running_loop()
        with suppress(asyncio.CancelledError):
            while True:
                due = loop.time() + LOOP_EVERY_S
                await asyncio.sleep(LOOP_EVERY_S)
                self._metrics.loop_was_late(max(loop.time() - due, 0.0))
