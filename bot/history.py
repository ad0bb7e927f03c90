"""What changed and when, as the pages templates/changes.md.j2 and templates/history.md.j2 tell it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from bot.changes import old_and_new
from bot.errors import BriefingBotError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.content.markdown import Markdown
    from bot.content.models import DatedReason, Fact
    from bot.store.revision import Change, Recorded

SHOWN: Final = 20
"""Changes told in one reply; older ones are counted."""

_SINCE = re.compile(r"(?:^|\s)since(?:\s|$)", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WRITTEN_OUT = re.compile(r"(\d{1,2})\s+([a-z]+)\.?,?\s+(\d{4})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one fact. `old` and `new` are its wordings, differing words in bold; None where there is only one.

    `heading` is the kind of change, capitalised; `labels` are the certainty before and after, if that changed.
    """

    on: date
    revision: int
    note: str
    heading: str
    fact: Fact
    area: str
    old: Markdown | None
    new: Markdown | None
    labels: tuple[str, str] | None
    reason: DatedReason | None


def entries(records: Sequence[Recorded], titles: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return changes as a page tells them; `titles` are the areas' titles by key. Days are UTC's."""
    return tuple(_entry(each, titles) for each in records[:SHOWN])


def split_since(words: str) -> tuple[str, datetime | None]:
    """Split `AREA since DATE` into the area's words and the day's beginning (UTC); either may be missing.

    Raises BriefingBotError for what is no date.
    """
    area, *rest = _SINCE.split(words, maxsplit=1)
    if not rest:
        return words.strip(), None
    day = _day(rest[0].strip())
    if day is None:
        raise BriefingBotError(
            f"“{rest[0].strip()[:60]}” is not a date.", "Write it as 2026-11-30 or 30 November 2026."
        )
    return area.strip(), datetime(day.year, day.month, day.day, tzinfo=UTC)


def _day(text: str) -> date | None:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
        if found := _WRITTEN_OUT.fullmatch(text):
            month = _MONTHS.index(found[2][:3].casefold()) + 1
            return date(int(found[3]), month, int(found[1]))
    except ValueError:
        pass
    return None


def _entry(record: Recorded, titles: Mapping[str, str]) -> Entry:
    change: Change = record.change
    old, new = old_and_new(change) or (None, None)
    fact = change.fact
    return Entry(
        on=record.published_at.date(),
        revision=record.revision,
        note=record.note or "",
        heading=change.kind.value.capitalize(),
        fact=fact,
        area=titles.get(fact.area, fact.area),
        old=old,
        new=new,
        labels=change.labels,
        reason=change.reason,
    )
