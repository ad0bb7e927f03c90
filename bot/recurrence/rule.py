"""Recurrence rule of a schedule: days, local time, time zone, bank holidays and catch-up.

Not a cron expression: `1-5` means three different things in four libraries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, TypeAdapter

CATCH_UP_S: Final = 3600
"""Default catch-up time, in seconds: how late a post may still be made."""

MONDAY_TO_FRIDAY: Final = (0, 1, 2, 3, 4)
EVERY_DAY: Final = (0, 1, 2, 3, 4, 5, 6)
LAST: Final = -1
"""Ordinal for the last such day of a month."""


DaysOff: TypeAlias = tuple[tuple[date, date], ...]
"""Ranges of local days on which nothing is posted, first and last included."""


def is_off(days_off: DaysOff, day: date) -> bool:
    """Whether a day is in one of these ranges."""
    return any(first <= day <= last for first, last in days_off)


class Repeat(StrEnum):
    """Frequency of a rule."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY_ON_DAY = "monthly_on_day"
    MONTHLY_ON_WEEKDAY = "monthly_on_weekday"
    MONTHLY_ON_WORKING_DAY = "monthly_on_working_day"


class Calendar(StrEnum):
    """UK division whose bank holidays apply (the `GB` calendar omits regional ones)."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"
    NONE = "none"


class OnHoliday(StrEnum):
    """What happens to a post whose day is a bank holiday in the rule's calendar."""

    SKIP = "skip"
    NEXT_WORKING_DAY = "next_working_day"
    POST = "post"


class WhenUnchanged(StrEnum):
    """What is posted when nothing has changed since the schedule's last post: nothing, one line, or the whole text."""

    SKIP = "skip"
    SHORT = "short"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Days:
    """Days of a rule, by the local calendar.

    WEEKLY: `weekdays` (0 is Monday). FORTNIGHTLY: the same in the week of `anchor` and every second one after it.
    MONTHLY_ON_DAY: `day` (1 to 31; the last day in shorter months). MONTHLY_ON_WEEKDAY: the `ordinal` (1 to 4, or LAST)
    of the one weekday in `weekdays`. MONTHLY_ON_WORKING_DAY: the `ordinal` (1 or LAST) of the days from Monday to
    Friday that are no bank holidays in the rule's calendar; with OnHoliday.POST, bank holidays count as working days.
    """

    repeat: Repeat
    weekdays: tuple[int, ...] = ()
    day: int = 0
    ordinal: int = 0
    anchor: date | None = None


def _known_zone(name: str) -> str:
    ZoneInfo(name)
    return name


@dataclass(frozen=True, slots=True)
class Rule:
    """When a schedule posts. `at` is local time to the minute in `tz` (an IANA name).

    On `days_off`, those of its channel, nothing is posted; `next_working_day` moves posts from them too. After downtime
    the newest missed post is still made, unless it is more than `catch_up_s` late.
    """

    days: Days
    at: time
    tz: Annotated[str, AfterValidator(_known_zone)]
    calendar: Calendar = Calendar.NONE
    on_holiday: OnHoliday = OnHoliday.SKIP
    catch_up_s: int = CATCH_UP_S
    when_unchanged: WhenUnchanged = WhenUnchanged.SKIP
    days_off: DaysOff = ()

    def is_off(self, day: date) -> bool:
        """Whether a day is one of the channel's days off."""
        return is_off(self.days_off, day)


RULE_ADAPTER: Final = TypeAdapter(Rule)
"""Rules as JSON. Reading raises LookupError for an unknown time zone, ValueError for anything else that is no rule."""
