"""Checks of the content folder: it loads, and its sources have fingerprints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.content.checks.fingerprints import missing_fingerprints
from bot.content.faults import Severity
from bot.health.finding import Finding, fail, ok, warn
from bot.store.serialization import Encoder, content_hash

if TYPE_CHECKING:
    from pathlib import Path

    from bot.publishing.content_check import ContentCheck

_CHECK = "briefing-bot check says where, and how to put it right."


def content(folder: Path, check: ContentCheck) -> tuple[Finding, str]:
    """Return whether the folder loads without faults, and its content's hash; empty where it does not."""
    loaded, faults = check(folder)
    errors = [fault for fault in faults if fault.severity is Severity.ERROR]
    if loaded is None:
        first = f" The first: {errors[0]}" if errors else ""
        return fail("content", f"{folder} has {_count(len(errors), 'fault')}; it is not published.{first}", _CHECK), ""
    found = content_hash(Encoder().encode(loaded))
    what = f"{folder} has {_count(len(loaded.facts), 'fact')} in {_count(len(loaded.areas), 'area')}"
    if faults:
        return warn("content", f"{what}, and {_count(len(faults), 'warning')}.", _CHECK), found
    return ok("content", f"{what}, without faults."), found


def fingerprints(folder: Path) -> Finding:
    """Whether each source has a fingerprint, with which its facts are compared."""
    missing = [*missing_fingerprints(folder)]
    if missing:
        what = f"{_count(len(missing), 'source')} without one: what is cited from there is compared with nothing."
        return warn("fingerprints", what, "briefing-bot check --sources names them and says what to do.")
    return ok("fingerprints", "Every source has one.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
