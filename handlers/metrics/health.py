"""Health of a process: what keeps it from its work, and what operators should know, each by a name and in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.clock import REFUSED_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.clock import ClockSkew


class Reason(StrEnum):
    """Why a process is not ready, or not as it should be: values of the label `reason`."""

    NOT_CONNECTED = "not_connected"
    REMOVED = "installation_removed"
    DATABASE_FILE_LOST = "database_file_lost"
    DATABASE_AWAY = "database_away"
    DATABASE_UNWRITABLE = "database_unwritable"
    MIGRATION = "migration_behind"
    NO_CONTENT = "no_content"
    CLOCK = "clock_skew"
    MAINTAINERS = "maintainers_unreached"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that may be wrong: `find` says in a sentence what is wrong, or nothing.

    `stops_work`: no request should come to this process meanwhile.
    """

    reason: Reason
    find: Callable[[], str]
    stops_work: bool = True


@dataclass(frozen=True, slots=True)
class HealthFault:
    """Something that is wrong, in a sentence with what to do."""

    reason: Reason
    sentence: str
    stops_work: bool


class Health:
    """What is wrong with a process at a moment.

    A database that is away is told, and stops no work: look-ups are answered from memory, and with every replica out of
    service nobody would be answered.
    """

    def __init__(self, checks: tuple[Check, ...]) -> None:
        """Take the checks, in the order in which they are told."""
        self._checks = checks

    def findings(self) -> tuple[HealthFault, ...]:
        """Return what is wrong now; nothing is asked of Slack or the database for it."""
        found = ((each, each.find()) for each in self._checks)
        return tuple(HealthFault(each.reason, sentence, each.stops_work) for each, sentence in found if sentence)

    @property
    def is_ready(self) -> bool:
        """Whether requests may come."""
        return not any(each.stops_work for each in self.findings())


def clock_checks(skew: ClockSkew, *, is_http: bool) -> tuple[Check, ...]:
    """Return what is wrong with the clock: from REFUSED_S on no request over HTTP is taken for Slack's.

    Over Socket Mode no request is judged by its time, and the process goes on.
    """

    def said(*, is_much: bool) -> str:
        if not skew.seconds or (abs(skew.seconds) >= REFUSED_S) is not is_much:
            return ""
        way = "ahead of" if skew.seconds > 0 else "behind"
        return f"The clock is {abs(skew.seconds)} seconds {way} Slack's: set it by NTP."

    return (
        Check(Reason.CLOCK, lambda: said(is_much=True), stops_work=is_http),
        Check(Reason.CLOCK, lambda: said(is_much=False), stops_work=False),
    )
