"""A server that accepts every connection and never answers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class SilentServer:
    """The server; `connections` are those that nobody has closed."""

    def __init__(self) -> None:
        """Begin with no connection; `serve` listens."""
        self.port = 0
        self.connections: set[asyncio.WriteTransport] = set()
        self.connected = asyncio.Event()
        self._changed = asyncio.Event()

    @property
    def git_url(self) -> str:
        """The address of a repository on it."""
        return f"http://127.0.0.1:{self.port}/content.git"

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[SilentServer]:
        """Listen until the block ends; whoever still waits is cut off then."""
        server = await asyncio.get_running_loop().create_server(lambda: _Silent(self), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for transport in tuple(self.connections):
                transport.abort()
            async with asyncio.timeout(PATIENCE_S):
                await self.wait_until_closed(frozenset())

    async def wait_until_closed(self, known: frozenset[asyncio.WriteTransport]) -> None:
        """Return once every connection that is not `known` is closed."""
        while self.connections - known:
            self._changed.clear()
            await self._changed.wait()

    def opened(self, transport: asyncio.WriteTransport) -> None:
        """Remember a connection."""
        self.connections.add(transport)
        self.connected.set()

    def closed(self, transport: asyncio.WriteTransport) -> None:
        """Forget a connection, and wake who waits for that."""
        self.connections.discard(transport)
        self._changed.set()


class _Silent(asyncio.Protocol):
    def __init__(self, server: SilentServer) -> None:
        self._server = server
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's are of no class of asyncio's
        self._server.opened(self._transport)

    def connection_lost(self, _error: Exception | None) -> None:
        assert self._transport is not None
        self._server.closed(self._transport)
