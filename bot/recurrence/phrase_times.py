"""Parse a time of day, a time zone and dates: `09:00`, `9am`, `noon`; `UK`, `america/new_york`; `2026-12-01`."""

from __future__ import annotations

import re
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
    rf"{_START}(?:at |@ ?)?(?P<said>(?:12 )?(?:noon|midday|midnight)|\d+[:.h]\d*(?:[:.]\d+)*(?: ?[ap]\.?m\.?)?"
    rf"|\d+ ?[ap]\.?m\.?|(?<=at )\d{{1,4}}|[01]\d[0-5]\d(?: ?h(?:ou)?rs?)?){_END}",
    re.IGNORECASE,
)
_HOUR: Final = re.compile(rf"{HOLE} ?(?P<said>\d{{1,2}}){_END}", re.ASCII)
_FIRST_HOUR: Final = 5
"""A smaller number is the number of an area."""
_HOURS: Final = 24
_CLOCK: Final = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:[:.h]?(?P<minute>[0-9]{2})(?:[:.]00)?)?(?: ?h(?:ou)?rs?)?(?: ?(?P<half>[ap])\.?m\.?)?",
    re.IGNORECASE,
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
            return None, f"{shown(each)} is not a time of day. {_EXAMPLE_TIME}"
    if len(set(times)) > 1:
        return None, f"A schedule can’t have both {shown(said[0])} and {shown(said[1])}. Subscribe twice to get both."
    return times[0], ""


def take_hour(phrases: Scanner) -> tuple[time | None, str]:
    """Cut out a bare number after the days; return the hour that it may mean, and the question."""
    found = phrases.take(_HOUR, lambda match: _FIRST_HOUR <= int(match["said"]) < _HOURS)
    if not found:
        return None, ""
    at = time(int(found[0]["said"]))
    return at, f"By {shown(found[0]['said'])}, did you mean {at:%H:%M}? {_EXAMPLE_TIME}"


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
