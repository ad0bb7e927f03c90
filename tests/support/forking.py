"""Processes of the bot that begin behind its imports: forked by one that has made them, and in all else real.

Who starts dozens, to kill them, would spend most of their CPU on importing the same modules, and kill many before
there is anything to lose.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import app as wiring

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(wiring.__file__).parent
_MODULES: Final = ("cli.operators.run", "cli.operators.process", "sqlalchemy.dialects.postgresql", "psycopg")
_MOST_BYTES: Final = 2**20


class Forked:
    """A process that runs; what asyncio.subprocess.Process has, as far as it is needed."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._writer = writer
        self._ending = asyncio.create_task(self._ended(reader))

    async def _ended(self, reader: asyncio.StreamReader) -> int:
        self.returncode = int(await reader.readline())
        self._writer.close()
        return self.returncode

    async def wait(self) -> int:
        """Wait for its end; return its exit code, below 0 the signal that ended it."""
        return await asyncio.shield(self._ending)

    def send_signal(self, what: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, what)

    def terminate(self) -> None:
        """Stop it."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Forking:
    """Starts processes; `path` is the socket of the one that forks them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def start(
        self, code: str, *arguments: str, cwd: Path, env: Mapping[str, str], output: IO[bytes] | None = None
    ) -> Forked:
        """Run code as `python -c` would, its output in a file."""
        link = socket.socket(socket.AF_UNIX)
        link.connect(str(self._path))
        asked = json.dumps({"code": code, "arguments": arguments, "cwd": str(cwd), "env": dict(env)})
        socket.send_fds(link, [asked.encode()], [output.fileno() if output else 2])
        reader, writer = await asyncio.open_connection(sock=link)
        return Forked(int(await reader.readline()), reader, writer)


@contextmanager
def forking(folder: Path) -> Iterator[Forking]:
    """Have the imports made, and processes forked until the block ends."""
    path = folder / "forking"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        process = subprocess.Popen(  # noqa: S603 — this module
            [sys.executable, "-m", __name__, str(listener.fileno())],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )
    with process:
        try:
            yield Forking(path)
        finally:
            process.kill()


def _serve(listener: socket.socket) -> None:
    """Fork for each connection, until whoever began this ends."""
    for name in _MODULES:
        import_module(name)
    if threading.active_count() > 1:
        raise RuntimeError("An import has started a thread: a fork would go without it.")
    gc.freeze()  # else each fork's first collection would copy every page
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        link, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _keep(link)
        link.close()


def _keep(link: socket.socket) -> None:
    """Fork the process that is asked for, and tell its number and, in the end, its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    said, (output,), *_ = socket.recv_fds(link, _MOST_BYTES, 1)
    if (pid := os.fork()) == 0:
        link.close()
        _become(json.loads(said), output)
    with suppress(BrokenPipeError):
        link.sendall(f"{pid}\n".encode())
        link.sendall(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
    os._exit(0)


def _become(asked: dict[str, object], output: int) -> None:
    """Run what is asked for, as a process of its own would."""
    for stream in (1, 2):
        os.dup2(output, stream)
    os.environ.clear()  # noqa: TID251 — this is the child
    os.environ.update(asked["env"])  # type: ignore[call-overload]  # noqa: TID251 — the same
    os.chdir(str(asked["cwd"]))
    sys.argv = ["-c", *asked["arguments"]]  # type: ignore[misc]
    random.seed()
    exec(str(asked["code"]), {"__name__": "__main__"})  # noqa: S102 — a test's own
    sys.exit()


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
