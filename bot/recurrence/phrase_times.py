"""Parse a time of day, a time zone and dates: `09:00`, `9am`, `noon`; `UK`, `america/new_york`; `2026-12-01`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING, Final

from bot.recurrence.dates import MONTH_PATTERN, day_in_another_form
from bot.recurrence.scanner import HOLE
from bot.recurrence.zones import zone_meant, zone_named
from bot.text import day as day_in_words
from bot.text import shown

if TYPE_CHECKING:
    from bot.recurrence.scanner import Scanner

_EXAMPLE_TIME: Final = "Write it as 09:00, 9am or 17:30."
_EXAMPLE_ZONE: Final = "Write it as Europe/London or America/New_York."
_REPEATS: Final = "A schedule repeats: choose days such as weekdays or first monday."

_END: Final = r"(?=[\s,;)+]|$)"
_START: Final = r"(?<![^\s,;(])"
_TIME: Final = re.compile(
    rf"{_START}(?:at |@ ?)?(?P<said>(?:12 )?(?:noon|midday|midnight)|\d+ ?o'?clock"
    rf"|\d+[:.h]\d*(?:[:.]\d+)*(?: ?[ap]\.?m\.?)?"
    rf"|\d+ ?[ap]\.?m\.?|(?<=at )\d{{1,4}}|[01]\d[0-5]\d(?: ?h(?:ou)?rs?)?){_END}",
    re.IGNORECASE,
)
_HOUR: Final = re.compile(rf"{HOLE} ?(?P<said>(?P<hour>\d{{1,2}})(?:[ ](?P<minute>[0-5]\d))?){_END}", re.ASCII)
_HOUR_BEFORE: Final = re.compile(rf"(?<![^\s,;(])(?<!area )(?P<said>(?P<hour>\d{{1,2}})(?P<minute>)) ?{HOLE}", re.ASCII)
_ANOTHER: Final = re.compile(
    rf"{HOLE}(?:, ?| and | or | ?& ?)(?P<said>(?P<hour>\d{{1,2}})(?P<minute>)){_END}", re.ASCII
)
_NUMBER: Final = re.compile(rf"{HOLE} ?(?P<said>\d[^\s,;()]*){_END}", re.ASCII)
_FIRST_HOUR: Final = 5
"""A smaller number is the number of an area."""
_HOURS: Final = 24
_NOON: Final = time(12)
_CLOCK: Final = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:[:.h]?(?P<minute>[0-9]{2})(?:[:.]00)?)?(?: ?h(?:ou)?rs?| ?o'?clock)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?",
    re.IGNORECASE,
)
_SPELT: Final = (
    r"(?:half past |quarter (?:past|to) )?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r"(?: (?:thirty|fifteen|o'?clock))?"
)
_PART: Final = re.compile(
    rf"{HOLE} ?(?:(?:in|during|by) )?(?:the )?(?:at )?(?:(?P<first>mornings?)|(?P<second>afternoons?|evenings?|nights?)"
    rf"|(?P<vague>lunchtime|lunch|{_SPELT})){_END}",
    re.IGNORECASE | re.ASCII,
)
_DATE: Final = re.compile(
    rf"{_START}(?:(?:on|from) )?(?P<said>\d{{4}}[-/.]\d+[-/.]\d+|\d+[-/.]\d+[-/.]\d{{2,4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH_PATTERN}(?: \d{{4}})?|today|tonight|tomorrow){_END}",
    re.IGNORECASE,
)
_SLASHED: Final = re.compile(
    rf"{_START}(?:in )?\(?(?P<said>[^\s,;()/]+(?:/[^\s,;()/]+)+)\)?(?: time)?{_END}", re.IGNORECASE
)
_OFFSET: Final = re.compile(rf"{HOLE} ?\(?(?P<said>(?:utc|gmt)?[+-]\d{{1,2}}(?::?\d\d)?)\)?{_END}", re.IGNORECASE)
_AFTER: Final = re.compile(rf"{HOLE} ?\(?(?:in )?(?P<said>[^\s,;()]+(?: [^\s,;()]+){{0,2}})\)?")


def take_date(phrases: Scanner, today: date) -> str:
    """Cut dates out of a text; return why the first cannot be used: a rule has no dates."""
    dates = phrases.take(_DATE)
    if not dates:
        return ""
    said = dates[0]["said"]
    day = _date(said)
    if day is None and not any(map(str.isalpha, said)):
        return f"The date {shown(said)} does not exist. {_REPEATS}"
    if day is not None and day < today:
        return f"{day_in_words(day)} is in the past. {_REPEATS}"
    return f"{shown(said)} is a single day. {_REPEATS}"


def _date(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return day_in_another_form(said)


def take_time(phrases: Scanner) -> tuple[time | None, str]:
    """Cut the time out of a text; return it, what is wrong with it, or neither when there is none."""
    said = [match["said"] for match in phrases.take(_TIME)]
    if not said:
        return None, ""
    times = [_time(each) for each in said]
    for each, read in zip(said, times, strict=True):
        if read is None:
            return None, _no_time(each)
    if len(set(times)) > 1:
        return None, f"A schedule can’t have both {shown(said[0])} and {shown(said[1])}. Subscribe twice to get both."
    return times[0], ""


def take_hour(phrases: Scanner) -> tuple[time | None, str]:
    """Cut out a bare number beside the days; return the hour that it says, or why it says none: 9 is 09:00."""

    def is_hour(match: re.Match[str]) -> bool:
        return _FIRST_HOUR <= int(match["hour"]) < _HOURS or (match["minute"] is not None and match["minute"] != "")

    for pattern in (_HOUR, _HOUR_BEFORE):
        if found := phrases.take(pattern, is_hour):
            hour, minute = int(found[0]["hour"]), int(found[0]["minute"] or 0)
            if others := phrases.take(_ANOTHER, is_hour):
                said = shown(found[0]["said"]), shown(others[0]["said"])
                return None, f"A schedule can’t have both {said[0]} and {said[1]}. Subscribe twice to get both."
            return (time(hour, minute), "") if hour < _HOURS else (None, _no_time(found[0]["said"]))
    numbers = phrases.take(_NUMBER, lambda match: not match["said"].isdecimal() or int(match["said"]) >= _HOURS)
    return None, _no_time(numbers[0]["said"]) if numbers else ""


@dataclass(frozen=True, slots=True)
class PartOfDay:
    """A part of the day in words, such as `morning`, and whether it is before noon; "" and None for none."""

    said: str = ""
    is_before_noon: bool | None = None

    def problem_with(self, at: time | None) -> str:
        """Return what is wrong with it beside a time, or where it stands in place of one."""
        if not self.said or (at and self.is_before_noon is (at < _NOON)):
            return ""
        if at is None or self.is_before_noon is None:
            return _no_time(self.said)
        other = at.replace(hour=(at.hour + _NOON.hour) % _HOURS)
        return f"{shown(self.said)} and {at:%H:%M} do not fit. Did you mean {other:%H:%M}?"


def take_part_of_day(phrases: Scanner) -> PartOfDay:
    """Cut out words for a part of the day, or for a time, that follow the days or the time."""
    found = phrases.take(_PART)
    if not found:
        return PartOfDay()
    vague, first = found[0]["vague"], found[0]["first"]
    return PartOfDay(vague) if vague else PartOfDay(first or found[0]["second"], bool(first))


def _no_time(said: str) -> str:
    return f"{shown(said)} is not a time of day. {_EXAMPLE_TIME}"


def _time(said: str) -> time | None:
    if said.casefold().endswith(("noon", "midday", "midnight")):
        return time(0 if said.casefold().endswith("midnight") else 12)
    clock = _CLOCK.fullmatch(said)
    if clock is None:
        return None
    hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
    if clock["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 — the hours of a clock's face
            return None
        hour = hour % 12 + (12 if clock["half"].casefold() == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None  # noqa: PLR2004 — a day's hours, an hour's minutes


def take_zone(phrases: Scanner) -> tuple[str, str]:
    """Cut the zone out of a text; return it, what is wrong with it, or "" twice when there is none."""
    if offsets := phrases.take(_OFFSET):
        said = shown(offsets[0]["said"])
        return "", f"{said} does not say when the clocks change. {_EXAMPLE_ZONE}"
    said_zones = [match["said"] for match in phrases.take(_SLASHED, _is_zone)] or _take_places(phrases)
    for said in said_zones:
        if zone_named(said) is None:
            meant = zone_meant(said)
            return "", f"I don’t recognise the time zone {shown(said)}. " + (
                f"Did you mean {meant}?" if meant else _EXAMPLE_ZONE
            )
    zones = list(dict.fromkeys(filter(None, map(zone_named, said_zones))))
    if len(zones) > 1:
        return "", f"A schedule can’t have both {zones[0]} and {zones[1]}. Subscribe twice to get both."
    return (zones[0] if zones else ""), ""


def _is_zone(match: re.Match[str]) -> bool:
    """Whether words with a slash mean a zone: they resemble one, or come after the time or the days."""
    before = match.string[: match.start()].rstrip(" (")
    return before.endswith(HOLE) or bool(zone_named(match["said"]) or zone_meant(match["said"]))


def _take_places(phrases: Scanner) -> list[str]:
    """Cut out the places that come after the time or the days, and return them: `UK`, `New York`."""
    places: list[str] = []
    while span := _place_after(phrases.text):
        places.append(phrases.text[slice(*span)])
        phrases.cut(*span)
    return places


def _place_after(text: str) -> tuple[int, int] | None:
    """Return the span of the first: the longest name, or one word that is nearly a name."""
    for match in _AFTER.finditer(text):
        words = match["said"].split(" ")
        for count in range(len(words), 0, -1):
            name = " ".join(words[:count])
            if zone_named(name) or (count == 1 and zone_meant(name)):
                return match.start("said"), match.start("said") + len(name)
    return None
