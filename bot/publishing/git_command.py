"""Runs git: in a process group that ends with the call, without a terminal, with credentials in its environment."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from base64 import b64encode
from contextlib import suppress
from subprocess import DEVNULL, Popen
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit, urlunsplit

from bot.config import inherited_environment
from bot.errors import BriefingBotError
from bot.logging import redacted
from bot.text import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TIMEOUT_S: Final = 120.0
_UMASK: Final = 0o077
"""What git writes here is for the bot's user alone."""
_WRITES_ELSEWHERE: Final = frozenset({"push"})
"""Commands that may write to a repository on this machine, which others share."""
_POLL_S: Final = 0.02
_KILL_S: Final = 2.0
"""Seconds that a killed process may take to end."""
_ALWAYS: Final = {
    "core.askPass": "true",
    "core.hooksPath": "/dev/null",
    "gc.auto": "0",  # it goes on in the background
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "60",
    "maintenance.auto": "false",
    "protocol.ext.allow": "never",
}
"""Settings of every call: nothing asks, runs what the repository brings, or goes on by itself."""
_LOCAL: Final = {
    "core.fsmonitor": "false",
    "core.pager": "cat",
    "protocol.allow": "never",
}
"""More settings, for calls that read what is there: nothing is fetched, and no other program runs."""
_FATAL: Final = re.compile(r"^(?:fatal|error): (.+)$", re.MULTILINE)
_GENERIC: Final = "Could not read from remote repository."
"""What git says when its helper (ssh) has said why one line before."""


class GitError(BriefingBotError):
    """Git could not read the repository."""


class Git:
    """Runs git in one folder."""

    def __init__(self, folder: Path, address: str, *, timeout_s: float = TIMEOUT_S) -> None:
        """`address` may contain a name and a password or token: `self.address` does not."""
        self.address, header = without_credentials(address)
        self._folder = folder
        self._timeout_s = timeout_s
        self._environment = _with_settings(inherited_environment(), _ALWAYS | header)

    async def run(self, *arguments: str, holding: int) -> str:
        """Run git and return its output; it and its helpers hold a file, by its number, open. Raises GitError."""
        out, err = await self.run_to_end(*arguments, holding=holding)
        if out is None:
            raise GitError(f"Git cannot read CONTENT_GIT_URL: {sentence(reason(err))}")
        return out

    async def run_to_end(self, *arguments: str, holding: int) -> tuple[str | None, str]:
        """Run git as `run` does; return its output, None where it failed, and what it said besides. Raises GitError.

        What it says goes to files: a helper in a session of its own, such as ssh's, keeps a pipe open after git.
        """
        beside = self._folder.parent
        with TemporaryFile(dir=beside) as out, TemporaryFile(dir=beside) as err:
            failed = await self._returncode(arguments, holding, out, err)
            return None if failed else _written(out), _written(err)

    async def _returncode(self, arguments: Sequence[str], holding: int, out: IO[bytes], err: IO[bytes]) -> int:
        """Run git to its end, or kill it when it takes too long or the call is cancelled. Raises GitError."""
        try:
            process = Popen(  # noqa: ASYNC220, S603 — asyncio's own blocks for as long, and there is no shell
                ("git", *arguments),  # noqa: S607 — whichever git is installed
                cwd=self._folder,
                env=self._environment,
                stdin=DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=(holding,),
                umask=_UMASK if arguments[0] not in _WRITES_ELSEWHERE else -1,
                start_new_session=True,  # a process group of its own; without a terminal, git cannot ask
            )
        except FileNotFoundError:
            raise GitError("Git is not installed.", "Install git, or leave CONTENT_GIT_URL empty.") from None
        try:
            async with asyncio.timeout(self._timeout_s):
                return await _ended(process)
        except TimeoutError:
            raise GitError("Git took too long to read CONTENT_GIT_URL.") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its helpers too, which outlive it
            with suppress(TimeoutError):  # a process that waits for a disk outlives even that
                async with asyncio.timeout(_KILL_S):
                    await _ended(process)


async def _ended(process: Popen[bytes]) -> int:
    """Wait for a process, and return its code. uvloop's own processes have no umask; a thread could not be given up."""
    while (code := process.poll()) is None:  # noqa: ASYNC110 — see above
        await asyncio.sleep(_POLL_S)
    return code


def _written(file: IO[bytes]) -> str:
    """Return what is in a file, whatever its position: another process may be writing there."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode(errors="replace")


def reason(err: str) -> str:
    """Return why git failed: its first fatal line, and what a helper said before it; without passwords."""
    found = _FATAL.search(err)
    if found is None:
        return redacted((err.strip().splitlines() or ["no reason given"])[-1])
    before = err[: found.start()].strip().splitlines()
    first = f"{before[-1]} " if before and found[1] == _GENERIC else ""
    return redacted(first + found[1])


def without_credentials(address: str) -> tuple[str, dict[str, str]]:
    """Return an address without its name and password, and git's setting that sends them to that server alone."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or "@" not in parts.netloc:
        return address, {}
    given, _, host = parts.netloc.rpartition("@")
    name, _, password = given.partition(":")
    basic = b64encode(f"{unquote(name)}:{unquote(password)}".encode()).decode()
    server = f"{parts.scheme}://{host}/"
    return urlunsplit(parts._replace(netloc=host)), {f"http.{server}.extraHeader": f"Authorization: Basic {basic}"}


def local_environment() -> dict[str, str]:
    """Return the environment for a git that only reads a repository: none of it is the caller's repository's."""
    inherited = {name: value for name, value in inherited_environment().items() if not name.startswith("GIT_")}
    return _with_settings(inherited, _ALWAYS | _LOCAL) | {"GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}


def _with_settings(environment: dict[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Add git's settings as variables ("GIT_CONFIG_COUNT" in git-config(1)): `ps` shows arguments to everybody."""
    given = environment.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isdigit() else 0
    added = {"GIT_CONFIG_COUNT": str(first + len(settings)), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    for number, (key, value) in enumerate(settings.items(), first):
        added |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment | added
