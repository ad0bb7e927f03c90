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

    from workspace.page.screen import Location
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


class PanelScreen:
    """Reads the panels for one location."""

    def __init__(self, workspace: InMemoryWorkspace, location: Location) -> None:
        """Read them from `workspace`."""
        self._workspace = workspace
        self._location = location
        self._zone = ZoneInfo(location.user.tz)

    # The clock.

    def clock(self) -> ClockShown:
        """Return the clock."""
        now = self._workspace.clock.now().astimezone(self._zone)
        due = self._workspace.next_due()
        return ClockShown(
            now=now,
            day=_day(now),
            time=f"{now:%H:%M}",
            zone=self._location.user.tz,
            offset_s=self._workspace.clock.offset_s,
            is_followed=self._workspace.has_panel,
            next_due=f"{_day(due.astimezone(self._zone))}, {due.astimezone(self._zone):%H:%M}" if due else "",
            last_run=self._workspace.last_run(),
        )

    # The fault switches.

    def switches(self) -> list[str]:
        """Return the faults that are switched on, in words."""
        return [_in_words(fault) for fault in self._workspace.fault_switches.switches]

    def kinds(self) -> list[tuple[str, str]]:
        """Return the kinds of fault, each with its words."""
        return list(KINDS.items())

    def methods(self) -> list[str]:
        """Return the calls that a fault can hit."""
        return sorted(self._workspace.method_names)

    def hits(self) -> list[tuple[str, int]]:
        """Return how often each kind has hit."""
        return sorted(self._workspace.fault_switches.hits.items())


def _in_words(fault: Fault) -> str:
    target = "" if fault.method in ("*", DELIVERIES) else f", {fault.method}"
    chance = f", {fault.chance:.0%} of them" if fault.chance < 1 else ""
    times = f", {fault.times} more" if fault.times else ""
    return f"{KINDS[fault.kind]}{target}{chance}{times}"


def _day(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b}"
