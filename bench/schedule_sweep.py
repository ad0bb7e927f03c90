"""Schedules and clocks: every time zone, every change of its clocks from 1970 to 2040, two days before and after.

For each change a daily rule at each of several times, among them those at the edges of the gap or the overlap, is
compared with what the offsets alone say: a local day that exists has one post, at its first such moment, or, where the
time is left out, as much later as was left out. Moments only grow, and `next_at` step by step gives the same as
`occurrences`. Then `next_at` is timed.

python -m bench.schedule_sweep [--every N] [--from YEAR] [--to YEAR]
"""

from __future__ import annotations

import argparse
import timeit
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version
from itertools import pairwise
from time import process_time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from bot.recurrence.bank_holidays import BankHolidays
from bot.recurrence.occurrences import next_at, occurrences
from bot.recurrence.rule import EVERY_DAY, LAST, MONDAY_TO_FRIDAY, Calendar, Days, OnHoliday, Repeat, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.recurrence.occurrences import Occurrence

HOLIDAYS = BankHolidays()
DAY = timedelta(days=1)
LOOK_EVERY = timedelta(hours=6)
AROUND = 2 * DAY
MINUTE = timedelta(minutes=1)
TIMES = (time(0, 0), time(2, 30), time(9, 0), time(23, 59))


@dataclass(frozen=True)
class Piece:
    """A stretch of time with one offset: from `begin`, before `end`, both in UTC and without a zone."""

    begin: datetime
    end: datetime
    offset: timedelta


def offset_at(zone: ZoneInfo, moment: datetime) -> timedelta:
    """Return a zone's offset at a moment in UTC without a zone."""
    return zone.utcoffset(moment.replace(tzinfo=UTC).astimezone(zone)) or timedelta()


def pieces_of(zone: ZoneInfo, begin: datetime, end: datetime) -> list[Piece]:
    """Find where a zone's offset changes, to the second, by looking four times a day."""
    edges, offsets = [begin], [offset_at(zone, begin)]
    moment = begin
    while moment < end:
        later = moment + LOOK_EVERY
        if (offset := offset_at(zone, later)) != offsets[-1]:
            before, after = moment, later
            while after - before > timedelta(seconds=1):
                middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
                before, after = (middle, after) if offset_at(zone, middle) == offsets[-1] else (before, middle)
            edges.append(after)
            offsets.append(offset)
        moment = later
    return [Piece(a, b, offset) for (a, b), offset in zip(pairwise([*edges, end]), offsets, strict=True)]


def expected(pieces: list[Piece], at: time, day: date) -> datetime | None:
    """Return when a local day has its post by the offsets alone, or None when there is no such day."""
    wall = datetime.combine(day, at)
    moments = [wall - piece.offset for piece in pieces if piece.begin <= wall - piece.offset < piece.end]
    if moments:
        return min(moments)
    for before, after in pairwise(pieces):
        gap_begin, gap_end = after.begin + before.offset, after.begin + after.offset
        if gap_begin <= wall < gap_end:
            later = after.begin + (wall - gap_begin)
            if (later + after.offset).date() == day:
                return later
            exists = gap_end.date() == day or gap_begin > datetime.combine(day, time())
            return after.begin if exists else None
    raise AssertionError(f"{wall} is nowhere")


def times_of(before: Piece, after: Piece) -> set[time]:
    """Return the times to try at a change: the usual ones, and those at both edges of what is left out or repeated."""
    edges = [after.begin + before.offset, after.begin + after.offset]
    near = {(edge + step).time().replace(second=0) for edge in edges for step in (-MINUTE, timedelta(), MINUTE)}
    return {*TIMES, *near, (edges[0] + (edges[1] - edges[0]) / 2).time().replace(second=0, microsecond=0)}


def check(tz: str, pieces: list[Piece], number: int, at: time) -> int:
    """Compare a daily rule around a change with what is expected; return how many days were compared."""
    change = pieces[number].begin
    begin, end = change - AROUND, change + AROUND
    near = [piece for piece in pieces if piece.end > begin - 2 * DAY and piece.begin < end + 2 * DAY]
    first = (begin + near[0].offset).date() - DAY
    moments = ((day, expected(near, at, day)) for day in (first + DAY * n for n in range(8)))
    wanted = [(day, moment) for day, moment in moments if moment is not None and begin <= moment < end]
    rule = Rule(Days(Repeat.WEEKLY, EVERY_DAY), at, tz)
    utc_begin, utc_end = begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
    found = [
        (each.local_date, each.starts_at.replace(tzinfo=None))
        for each in occurrences(rule, utc_begin, utc_end, HOLIDAYS)
    ]
    chain = [(each.local_date, each.starts_at.replace(tzinfo=None)) for each in stepped(rule, utc_begin, utc_end)]
    if not found == chain == wanted:
        raise AssertionError(f"{tz} {change} {at}: found {found}, stepped {chain}, expected {wanted}")
    if any(earlier >= later for earlier, later in pairwise(moment for _, moment in found)):
        raise AssertionError(f"{tz} {change} {at}: backwards")
    return len(found)


def stepped(rule: Rule, begin: datetime, end: datetime) -> Iterator[Occurrence]:
    """Yield what `next_at` gives, step by step."""
    after = begin - timedelta(microseconds=1)
    while (occurrence := next_at(rule, after, HOLIDAYS)) is not None and occurrence.starts_at < end:
        yield occurrence
        after = occurrence.starts_at


def sweep(zones: list[str], begin: datetime, end: datetime) -> tuple[int, int]:
    """Check every zone; return how many changes of clocks there were, and how many days were compared."""
    changes = days = 0
    seen: dict[tuple[Piece, ...], str] = {}
    for tz in zones:
        pieces = pieces_of(ZoneInfo(tz), begin, end)
        if seen.setdefault(tuple(pieces), tz) != tz:
            continue  # another name of a zone that was checked
        for number in range(1, len(pieces)):
            changes += 1
            days += sum(check(tz, pieces, number, at) for at in times_of(pieces[number - 1], pieces[number]))
    print(f"{len(zones)} zones, {len(seen)} of them different")
    return changes, days


RULES = {
    "weekdays, bank holidays skipped": (Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY), OnHoliday.SKIP),
    "monday, next working day": (Days(Repeat.WEEKLY, (0,)), OnHoliday.NEXT_WORKING_DAY),
    "first monday, next working day": (Days(Repeat.MONTHLY_ON_WEEKDAY, (0,), ordinal=1), OnHoliday.NEXT_WORKING_DAY),
    "last friday, next working day": (Days(Repeat.MONTHLY_ON_WEEKDAY, (4,), ordinal=LAST), OnHoliday.NEXT_WORKING_DAY),
    "the 24th, next working day": (Days(Repeat.MONTHLY_ON_DAY, day=24), OnHoliday.NEXT_WORKING_DAY),
}


def time_rules() -> None:
    """Print how long `next_at` takes from each day of a year: on average, the fastest of five rounds."""
    days = [datetime(2026, 12, 1, 12, tzinfo=UTC) + DAY * n for n in range(365)]
    for name, (which, on_holiday) in RULES.items():
        rule = Rule(which, time(9), "Europe/London", Calendar.ENGLAND_AND_WALES, on_holiday)

        def year(rule: Rule = rule) -> None:
            for day in days:
                next_at(rule, day, HOLIDAYS)

        took = min(timeit.repeat(year, number=1, repeat=5, timer=process_time)) / len(days)
        print(f"next_at, {name}: {took * 1e6:.0f} µs of CPU")


def main() -> None:
    """Sweep, time and print. Raises AssertionError at the first difference."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="look at every Nth zone only")
    parser.add_argument("--from", dest="first", type=int, default=1970)
    parser.add_argument("--to", dest="last", type=int, default=2040)
    options = parser.parse_args()
    zones = sorted(available_timezones())[:: options.every]
    print(f"tzdata {version('tzdata')}, {options.first} to {options.last}")
    changes, days = sweep(zones, datetime(options.first, 1, 1), datetime(options.last + 1, 1, 1))  # noqa: DTZ001 — in UTC
    print(f"{changes} changes of clocks, {days} days compared, no difference; {process_time():.0f} s of CPU")
    time_rules()


if __name__ == "__main__":
    main()
