"""The panels beside the chat as plain values for the templates: the clock and the fault switches."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from workspace.wire.faults import DELIVERIES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from workspace.wire.faults import Fault, FaultKind
    from workspace.workspace import InMemoryWorkspace

KINDS: Final[Mapping[FaultKind, str]] = MappingProxyType(
    {
        "rate_limit": "Slack is too busy (429, Retry-After)",
        "error": "Slack fails (500)",
        "timeout": "Slack does not answer, then disconnects",
        "reset": "Slack disconnects at once",
        "lost": "The call succeeds, but its answer is lost",
        "slow": "The call takes longer",
        "answer": "Slack answers with nothing (200 without a body)",
        "drop": "Events and commands never reach the app",
        "double": "Events and commands reach the app twice",
    }
)
"""Each kind of fault, in words."""


@dataclass(frozen=True, slots=True)
class ClockShown:
    """The workspace's time in the user's zone; `offset_s` is how far it is ahead of the machine's.

    `is_followed` says whether the app is known to use it, which a panel tells.
    """

    now: datetime
    day: str
    time: str
    zone: str
    offset_s: float
    is_followed: bool
    next_due: str
    last_run: str


def clock_shown(workspace: InMemoryWorkspace, zone: str) -> ClockShown:
    """Return the clock in this time zone."""
    now, due = workspace.clock.now().astimezone(ZoneInfo(zone)), workspace.next_due()
    due = due.astimezone(ZoneInfo(zone)) if due else None
    return ClockShown(
        now=now,
        day=_day(now),
        time=f"{now:%H:%M}",
        zone=zone,
        offset_s=workspace.clock.offset_s,
        is_followed=workspace.has_panel,
        next_due=f"{_day(due)}, {due:%H:%M}" if due else "",
        last_run=workspace.last_run(),
    )


def switches_shown(workspace: InMemoryWorkspace) -> list[str]:
    """Return the faults that are switched on, in words."""
    return [_in_words(fault) for fault in workspace.fault_switches.switches]


def _in_words(fault: Fault) -> str:
    target = "" if fault.method in ("*", DELIVERIES) else f", {fault.method}"
    chance = f", {fault.chance:.0%} of them" if fault.chance < 1 else ""
    times = f", {fault.times} more" if fault.times else ""
    return f"{KINDS[fault.kind]}{target}{chance}{times}"


def _day(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b}"
