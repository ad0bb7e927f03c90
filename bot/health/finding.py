"""A finding of a check: ok, warn or fail, what was found, and what to do about it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.errors import BriefingBotError
from bot.logging import redacted
from bot.text import visible

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable


NOT_CHECKED: Final = "Not checked: "
"""How a finding begins whose check depends on what another one reports."""


class Verdict(StrEnum):
    """How bad it is: a failure keeps the bot, or a part of it, from working; a warning does not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `what` and `to_do` are sentences for an operator; `to_do` is empty where all is well."""

    check: str
    verdict: Verdict
    what: str
    to_do: str = ""


def ok(check: str, what: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(check, Verdict.OK, what)


def warn(check: str, what: str, to_do: str) -> Finding:
    """Return a finding that somebody should look at."""
    return Finding(check, Verdict.WARN, what, to_do)


def fail(check: str, what: str, to_do: str) -> Finding:
    """Return a finding that somebody has to mend."""
    return Finding(check, Verdict.FAIL, what, to_do)


class NotCheckedError(BriefingBotError):
    """A check that cannot be made because of what another one reports; `message` names that."""


@dataclass(frozen=True, slots=True)
class Examined:
    """All findings, in the order of their checks. `is_hung`: a check did not end in time, and may still be running."""

    findings: tuple[Finding, ...]
    is_hung: bool


async def examine(checks: Iterable[tuple[str, Callable[[], Awaitable[Finding]]]], limit_s: float) -> Examined:
    """Make all checks at once, each within `limit_s` seconds. Raises nothing: a check that fails is a finding."""
    found = await asyncio.gather(*(_examined(name, check, limit_s) for name, check in checks))
    return Examined(tuple(finding for finding, _ in found), any(is_hung for _, is_hung in found))


async def _examined(name: str, check: Callable[[], Awaitable[Finding]], limit_s: float) -> tuple[Finding, bool]:
    """Return a check's finding without control characters and secrets, and whether it hung."""
    is_hung = False
    try:
        async with asyncio.timeout(limit_s):
            found = await check()
    except TimeoutError:
        is_hung = True
        found = fail(
            name, f"No answer in {limit_s:g} seconds.", "See what it waits for: a disk, the network, a server."
        )
    except NotCheckedError as error:
        found = warn(name, f"{NOT_CHECKED}{error.message}", error.hint)
    except BriefingBotError as error:
        found = fail(name, error.message, error.hint)
    except Exception as error:  # noqa: BLE001 — one broken check must not hide what the others find
        found = fail(
            name, f"The check itself failed: {type(error).__name__}: {error}", "Report this as a fault of the bot."
        )
    return Finding(found.check, found.verdict, _safe(found.what), _safe(found.to_do)), is_hung


def _safe(text: str) -> str:
    return " ".join(visible(redacted(line)) for line in text.splitlines())
