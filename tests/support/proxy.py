"""A TCP proxy that can be cut as networks are: silently, so that neither end hears of it, or with a reset."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_CHUNK = 64 * 1024


class Proxy:
    """Forwards connections at `port` to an address: a host and a port, or a Unix socket."""

    def __init__(self, host: str = "", port: int = 0, *, path: str = "") -> None:
        """Take where it leads; `serve` listens."""
        self.port = 0
        self.connections = 0
        """How many were opened."""
        self._targets = [(host, port, path)] if port or path else []
        self._forwards = asyncio.Event()
        self._forwards.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Its address, for HTTP."""
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Proxy]:
        """Listen until the block ends."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def point_to(self, path: str) -> None:
        """Lead new connections to another Unix socket: another server has taken over the address."""
        self._targets = [("", 0, path)]

    def add(self, port: int) -> None:
        """Share new connections among one more port of this machine, as a balancer does."""
        self._targets.append(("127.0.0.1", port, ""))

    def remove(self, port: int) -> None:
        """Lead no new connection to a port."""
        self._targets.remove(("127.0.0.1", port, ""))

    def lead(self, *ports: int) -> None:
        """Share new connections among these ports of this machine alone."""
        self._targets = [("127.0.0.1", port, "") for port in ports]

    def go_silent(self) -> None:
        """Forward nothing more, of open connections and new ones; nobody is told.

        What somebody has sent who then gives up is lost, as packets are.
        """
        self._forwards.clear()

    def mend(self) -> None:
        """Forward again: what was sent meanwhile arrives late, as TCP would have it."""
        self._forwards.set()

    def reset(self) -> None:
        """Cut every open connection with a reset."""
        for writer in tuple(self._open):
            writer.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._serve_one(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                if not self._forwards.is_set():
                    await self._forwards.wait()
                    return  # its handshake never came through
                their_reader, their_writer = await self._opened()
                self._open |= {writer, their_writer}
                try:
                    ways = (self._pump(reader, their_writer), self._pump(their_reader, writer))
                    await asyncio.gather(*ways)
                finally:
                    self._open -= {writer, their_writer}
                    their_writer.transport.abort()
        finally:
            writer.transport.abort()

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the next target that takes it. Raises OSError."""
        for _ in range(len(self._targets)):
            host, port, path = target = self._targets.pop(0)
            self._targets.append(target)
            with suppress(OSError):
                return await (asyncio.open_unix_connection(path) if path else asyncio.open_connection(host, port))
        raise ConnectionRefusedError

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            if not self._forwards.is_set():
                data += await self._kept(reader)
            writer.write(data)
            await writer.drain()
        await self._forwards.wait()
        writer.transport.abort()

    async def _kept(self, reader: asyncio.StreamReader) -> bytes:
        """Return what is sent until it is mended. Raises ConnectionError when the sender gives up: then all is lost."""
        kept, mended = b"", asyncio.create_task(self._forwards.wait())
        while not mended.done():
            reading = asyncio.create_task(reader.read(_CHUNK))
            await asyncio.wait({mended, reading}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                reading.cancel()
            elif more := reading.result():
                kept += more
            else:
                await mended
                raise ConnectionError
        return kept
