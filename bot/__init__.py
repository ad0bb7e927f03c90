"""What the bot does: whom it answers, what it says, and when. Knows no Slack."""

import sys


def _import_structlog_alone() -> None:
    """Import structlog as if rich were not installed: it would load rich for tracebacks that nobody sees, 3 MB of it.

    A name that maps to None cannot be imported ("The module cache", The Python Language Reference).
    """
    if "rich" not in sys.modules:
        sys.modules["rich"] = None  # type: ignore[assignment]
        try:
            import structlog  # noqa: F401, PLC0415 — see above
        finally:
            del sys.modules["rich"]


_import_structlog_alone()
