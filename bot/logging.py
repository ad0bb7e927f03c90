"""Logging: one line an event, JSON unless a person is watching, and never a secret.

What may be logged at info: team, channel, command, outcome, time taken. Never a user, never what a user typed.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import re
import sys
import time
from collections import Counter, deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

REDACTED: Final = "(redacted)"

_SECRETS = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w.-]+"  # tokens
    r"|xapp-[\w-]+"
    r"|(?i:(?<=ticket=)|(?<=token=)|(?<=password=))[^&\s\"']+"  # a Socket Mode address is a key by itself
    r"|(?<=/commands/)[\w./%-]+|(?<=/actions/)[\w./%-]+"  # and so is a response_url
    r"|v0=[0-9a-f]{64}"  # signatures
    r"|(?<=://)(?!name:password@)[^/@\s]+:[^/@\s]+(?=@)"  # in an address; what says how one looks is none
    r"|(?:(?<=http://)|(?<=https://))[^/@\s]+(?=@)"  # a token there
)
ERRORS: Final[Counter[str]] = Counter()
"""How many lines of this process were errors, by their event; those of libraries count as one, without a name."""
_HINTS: Final = re.compile(r"xox|xapp-|=|://|/commands/|/actions/")
"""One of these is in every secret: what has none, as most of a line, need not be searched for each."""
_JSON: Final = json.JSONEncoder(ensure_ascii=False)
_LIBRARIES = {
    "slack_bolt": logging.ERROR,  # it warns of the token in the environment, which it is not to use
    "slack_sdk": logging.WARNING,
    "aiohttp": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    "markdown_it": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "watchfiles": logging.WARNING,
}


def set_up_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Send every log line, ours and the libraries', to `stream` (standard error by default)."""
    stream = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer(colors=True) if stream.isatty() else _as_json
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, partial(_count, of_library=True)],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    handler.addFilter(_worth_telling)
    structlog.configure(
        processors=[*shared, _count, _pass_on_fault, _as_argument],
        logger_factory=partial(_Lines, _Writer(stream, renderer)),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=False,
    )


def _count(
    _logger: object, _method: str, event: MutableMapping[str, Any], *, of_library: bool = False
) -> MutableMapping[str, Any]:
    """Count a line that is an error: what nobody reads in the log is seen as a number."""
    if event["level"] in {"error", "critical"}:
        ERRORS["" if of_library else str(event.get("event", ""))] += 1
    return event


class _Writer:
    """Writes our own lines to the stream, without the standard library's records, which cost as much once more.

    What is logged within one round of the event loop is rendered and written together, after what it answered.
    """

    def __init__(self, stream: TextIO, renderer: structlog.typing.Processor) -> None:
        self._stream = stream
        self._renderer = renderer
        self._waiting: deque[MutableMapping[str, Any]] = deque()
        atexit.register(self.write)

    def add(self, event: MutableMapping[str, Any]) -> None:
        """Write a line soon; at once where no event loop runs."""
        self._waiting.append(event)
        if len(self._waiting) > 1:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.write()
        else:
            loop.call_soon(self.write)

    def write(self) -> None:
        """Write what waits."""
        lines = []
        while self._waiting:
            event = self._waiting.popleft()
            try:
                lines.append(self._rendered(event))
            except Exception as error:  # noqa: BLE001 — the text of a value may fail in any way; whoever logs has no part in it
                lines.append(self._rendered(_in_place_of(event, error)))
        if lines:
            with suppress(OSError, ValueError):  # a full disk or a closed stream stops no request
                self._stream.write("".join(lines))
                self._stream.flush()

    def _rendered(self, event: MutableMapping[str, Any]) -> str:
        return f"{self._renderer(None, '', redact(None, '', event))}\n"  # type: ignore[str-bytes-safe] # it is text


def _in_place_of(event: Mapping[str, Any], error: Exception) -> MutableMapping[str, Any]:
    """Return what is said where a line cannot be rendered: of its own parts, the texts by which it is found."""
    line = event.get("event")
    lost = {"event": "log.line_lost", "line": line if isinstance(line, str) else "", "reason": type(error).__name__}
    return lost | {key: event[key] for key in ("level", "logger", "timestamp") if key in event}


class _Lines:
    """A logger of ours. What is no news but trouble is written at once: the loop may be what is in trouble."""

    def __init__(self, writer: _Writer, name: str) -> None:
        self._writer = writer
        self.name = name
        self.debug = self.info = writer.add

    def flush(self) -> None:
        """Write what waits."""
        self._writer.write()

    def _at_once(self, event: MutableMapping[str, Any]) -> None:
        self._writer.add(event)
        self._writer.write()

    warning = error = critical = _at_once


def _as_argument(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> tuple[tuple[MutableMapping[str, Any]], dict[str, Any]]:
    """Hand a line to _Lines as it is."""
    return (event,), {}


def _pass_on_fault(logger: _Lines, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Have a line with an exception written by the standard library's logging: error reports listen there."""
    if "exc_info" not in event:
        return event
    logger.flush()
    library = logging.getLogger(logger.name)
    args, more = structlog.stdlib.ProcessorFormatter.wrap_for_formatter(library, method, event)
    getattr(library, method)(*args, **more)
    raise structlog.DropEvent


def _as_json(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    """Render a line that `redact` has left texts and numbers of."""
    return _JSON.encode(event)


def _worth_telling(record: logging.LogRecord) -> bool:
    """Whether a line goes out: libraries tell, at info, of each request with its body, and so of what users typed.

    A level set on their loggers would not do: Bolt gives each of its own the root's level.
    """
    return record.levelno >= _LIBRARIES.get(record.name.partition(".")[0], logging.NOTSET)


class Repeats:
    """Counts what would be logged again and again, so that each is logged once in `every_s` seconds, with its count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, every_s: float = 60.0, most: int = 20) -> None:
        """`clock` returns seconds; of more than `most` different ones in that time, the others count as one."""
        self._clock = clock
        self._every_s = every_s
        self._most = most
        self._seen: dict[str, tuple[float, int]] = {}

    def due(self, what: str) -> int:
        """Return how often it has come since it was last logged, this time included; 0 when it is not to be logged."""
        now = self._clock()
        if what not in self._seen and len(self._seen) >= self._most:
            self._seen = {each: kept for each, kept in self._seen.items() if now - kept[0] < self._every_s}
        key = what if what in self._seen or len(self._seen) < self._most else ""
        logged_at, count = self._seen.get(key, (now - self._every_s, 0))
        if now - logged_at < self._every_s:
            self._seen[key] = logged_at, count + 1
            return 0
        self._seen[key] = now, 0
        return count + 1


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blot out whatever has the shape of a secret, anywhere in a line (a structlog processor)."""
    return {key: _blotted(value) for key, value in event.items()}


def _blotted(value: object) -> object:
    """Return a value without secrets; what is no text is kept when its own text holds none."""
    if isinstance(value, bool | int | float | None):
        return value
    return redacted(value if isinstance(value, str) else str(value))


def redacted(text: str) -> str:
    """Return a text without whatever has the shape of a secret."""
    return _SECRETS.sub(REDACTED, text) if _HINTS.search(text) else text
