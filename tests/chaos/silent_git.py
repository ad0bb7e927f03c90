"""A git server that accepts every connection and never answers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class SilentGit:
    """The server; `connections` are those that nobody has closed."""

    def __init__(self) -> None:
        """Begin with no connection; `serve` listens."""
        self.port = 0
        self.connections: set[asyncio.BaseTransport] = set()
        self.accepted = 0
        self._changed = asyncio.Event()

    @property
    def url(self) -> str:
        """The address of a repository on it."""
        return f"http://127.0.0.1:{self.port}/content.git"

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[SilentGit]:
        """Listen until the block ends; whoever still waits is cut off then."""
        server = await asyncio.get_running_loop().create_server(lambda: _Silent(self), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for transport in tuple(self.connections):
                transport.close()

    async def wait_until_closed(self, known: frozenset[asyncio.BaseTransport]) -> None:
        """Return once every connection that is not `known` is closed."""
        while self.connections - known:
            self._changed.clear()
            await self._changed.wait()

    def change(self) -> None:
        """Wake who waits for a connection to close."""
        self._changed.set()


class _Silent(asyncio.Protocol):
    def __init__(self, git: SilentGit) -> None:
        self._git = git
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._git.connections.add(transport)
        self._git.accepted += 1

    def connection_lost(self, _error: Exception | None) -> None:
        if self._transport is not None:
            self._git.connections.discard(self._transport)
        self._git.change()
