"""Slack's date tokens (`{date_short_pretty}`, `{time}`, `{ago}` …) in British format.

The tokens are those of "Date formatting" in Slack's "Formatting text for app surfaces".
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

_TOKEN = re.compile(
    r"\{(?:(ago)|(date_long_full|date_num|date_slash|date_long|date_full|date_short|date)(_pretty)?|(time_secs|time))\}"
)
_FORMATS: Final = {
    "date_num": "%Y-%m-%d",
    "date_slash": "%d/%m/%Y",
    "date": "{day} %B %Y",
    "date_full": "{day} %B %Y",
    "date_short": "{day} %b %Y",
    "date_long": "%A {day} %B %Y",
    "date_long_full": "%A {day} %B %Y",
    "time": "%H:%M",
    "time_secs": "%H:%M:%S",
}
_NEAR: Final = {-1: "yesterday", 0: "today", 1: "tomorrow"}
_UNITS: Final = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


def written_date(pattern: str, moment: datetime, now: datetime) -> str:
    """Return the pattern with its tokens filled in by `moment`; both times in the reader's zone.

    A token that ends in `_pretty` becomes yesterday, today or tomorrow where that is right.
    """

    def written(match: re.Match[str]) -> str:
        ago, date, pretty, time = match.groups()
        if ago:
            return _ago(moment, now)
        near = _NEAR.get((moment.date() - now.date()).days) if pretty else None
        return near or moment.strftime(_FORMATS[date or time].replace("{day}", str(moment.day)))

    return _TOKEN.sub(written, pattern)


def _ago(moment: datetime, now: datetime) -> str:
    distance = abs(now - moment)
    for name, unit in _UNITS:
        count = distance // unit
        if count:
            words = f"{count} {name}{'s' if count > 1 else ''}"
            return f"{words} ago" if moment < now else f"in {words}"
    return "just now"
