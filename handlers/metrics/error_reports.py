"""Reports faults of the bot's own to Sentry: an exception's kind, the lines of code that it passed, and nothing else.

What Sentry's library would add (values of variables, the sentence of the exception, the request, the machine's name,
lines of the log) may hold what somebody typed, who they are, or a secret: each report is made anew from what is known
to be none of that. Without SENTRY_DSN there is none, and the package `sentry_sdk` is not imported.
"""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from bot.errors import ConfigError
from bot.logging import Repeats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sentry_sdk.types import Event, Hint

    from bot.config import Settings

CLOSE_S: Final = 2.0
"""Seconds that the last reports have to leave once the bot stops."""
_KEPT: Final = ("event_id", "timestamp", "level", "platform", "release", "environment")
_NOT_OURS: Final = frozenset({"opentelemetry", "sentry_sdk", "urllib3"})
"""Loggers of what sends traces and reports: that it cannot is no fault of the bot's."""
_OF_A_FRAME: Final = ("filename", "function", "module", "lineno", "in_app")


@contextmanager
def faults_reported(settings: Settings) -> Iterator[None]:
    """Report faults until the block ends. Raises ConfigError without the package, or for a DSN that is none."""
    if settings.sentry_dsn is None:
        yield
        return
    try:
        import sentry_sdk  # noqa: PLC0415 — only where it is asked for
        from sentry_sdk.utils import BadDsn  # noqa: PLC0415 — the same
    except ImportError:
        raise ConfigError(
            "SENTRY_DSN is set, and Sentry's library is not installed.",
            "Install it: pip install 'briefing-bot[sentry]'; or unset SENTRY_DSN.",
        ) from None
    try:
        sentry_sdk.init(
            dsn=settings.sentry_dsn.get_secret_value(),
            release=f"briefing-bot@{version('briefing-bot')}",
            before_send=scrubbed,
            include_local_variables=False,
            include_source_context=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
        )
    except BadDsn:
        raise ConfigError("SENTRY_DSN is not an address of Sentry's.", "Copy it from the project's settings.") from None
    handler = _Reporter()
    logging.getLogger().addHandler(handler)
    try:
        yield
    except Exception as error:
        if not isinstance(error, ConfigError):
            sentry_sdk.capture_exception(error)
        raise
    finally:
        logging.getLogger().removeHandler(handler)
        sentry_sdk.get_client().close(timeout=CLOSE_S)


def scrubbed(event: Event, _hint: Hint) -> Event | None:
    """Return what may leave of a report; None for one without an exception."""
    values = (event.get("exception") or {}).get("values") or ()
    if not values:
        return None
    kept: dict[str, Any] = {name: value for name, value in event.items() if name in _KEPT}
    kept["exception"] = {"values": [_exception(each) for each in values]}
    return kept  # type: ignore[return-value]  # some of its keys


def _exception(value: Mapping[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or ()
    passed = [{name: frame[name] for name in _OF_A_FRAME if name in frame} for frame in frames]
    return {"type": value.get("type"), "module": value.get("module"), "stacktrace": {"frames": passed}}


class _Reporter(logging.Handler):
    """Reports each line of the log that has a traceback, once a minute: that is what a fault of the bot's own has."""

    def __init__(self) -> None:
        super().__init__()
        self._repeats = Repeats()
        self.addFilter(lambda record: record.name.partition(".")[0] not in _NOT_OURS)

    def emit(self, record: logging.LogRecord) -> None:
        """Report it."""
        import sentry_sdk  # noqa: PLC0415 — see above

        line = record.msg if isinstance(record.msg, dict) else {"exc_info": record.exc_info}
        found = line.get("exc_info")
        error = found if isinstance(found, BaseException) else found[1] if isinstance(found, tuple) else None
        error = error or (sys.exc_info()[1] if found else None)
        if error is not None and self._repeats.due(f"{type(error).__name__} {record.name}"):
            sentry_sdk.capture_exception(error)
