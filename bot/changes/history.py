"""History of changes: entries of the pages `changes` and `history`, and a briefing's lines on its last change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from bot.changes.detect import old_and_new
from bot.errors import BriefingBotError
from bot.recurrence.dates import month_number
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.content.models import Area, Content, DatedReason, Fact
    from bot.store.revision import Change, Recorded
    from bot.text import Markdown

SHOWN: Final = 20
"""Changes listed in one reply; older ones are counted."""
NAMED: Final = 3
"""Changes that a briefing lists; the others of the same day are counted."""

_SINCE = re.compile(r"(?:^|\s)since(?:\s|$)", re.IGNORECASE)
_WRITTEN_OUT = re.compile(r"(\d{1,2})\s+([a-z]+)\.?(?:,?\s+(\d{4}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
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


def entries(records: Sequence[Recorded], titles: Mapping[str, str]) -> tuple[HistoryEntry, ...]:
    """Return changes as a page lists them; `titles` are the areas' titles by key. Days are in UTC."""
    return tuple(_entry(each, titles) for each in records[:SHOWN])


def split_since(words: str, today: date) -> tuple[str, datetime | None]:
    """Split `AREA since DATE` into the area's words and the day's beginning (UTC); either may be missing.

    A day without its year is the last such day, `today` included. Raises BriefingBotError for what is no date.
    """
    _, *rest = _SINCE.split(words, maxsplit=1)
    if not rest:
        return words.strip(), None
    since = _day(rest[0].strip(), today)
    if since is None:
        raise BriefingBotError(f"“{rest[0].strip()[:60]}” is not a date.", "Write it as 2025-07-21 or 21 July 2025.")
    return before_since(words), datetime(since.year, since.month, since.day, tzinfo=UTC)


def before_since(words: str) -> str:
    """Return the words before `since`, all of them without it."""
    return _SINCE.split(words, maxsplit=1)[0].strip()


def last_changes(content: Content, records: Mapping[str, Sequence[Recorded]]) -> dict[str, tuple[str, ...]]:
    """Return, by area, lines of plain text on its last change; `records` are those of its newest revision that had any.

    An area without a change has none. Each fact is named as briefings show it now, one whose statement changed by that
    statement.
    """
    changed = [area for area in content.areas if records.get(area.key)]
    return {area.key: tuple(_last_change(content, area, records[area.key])) for area in changed}


def _last_change(content: Content, area: Area, records: Sequence[Recorded]) -> Iterator[str]:
    begin = f"Last change on {day(records[0].published_at.date())}"
    if len(records) == 1:
        yield f"{begin}. {_summary(content, records[0].change)}"
        return
    yield f"{begin}: {len(records)} facts."
    for each in records[:NAMED]:
        yield _summary(content, each.change)
    if len(records) > NAMED:
        yield f"{len(records) - NAMED} more: /briefing changes {area.number}"


def _summary(content: Content, change: Change) -> str:
    current = content.facts.get(change.fact_id)
    fact = current or change.fact
    is_restated = change.before is not None and change.before.statement != fact.statement
    words = fact.statement if is_restated else fact.short or fact.statement
    summary = f"{change.kind.value.capitalize()}: {words}"
    return summary if current and current.is_current else f"{summary} Do not quote it any more."


def _day(text: str, today: date) -> date | None:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
        if found := _WRITTEN_OUT.fullmatch(text):
            month = month_number(found[2])
            if found[3]:
                return date(int(found[3]), month, int(found[1]))
            return _last(month, int(found[1]), today)
    except ValueError:
        pass
    return None


def _last(month: int, on: int, today: date) -> date:
    """Return the last such day of a year, `today` included. Raises ValueError for 31 April."""
    is_past = (month, on) <= (today.month, today.day)
    return date(today.year if is_past else today.year - 1, month, on)


def _entry(record: Recorded, titles: Mapping[str, str]) -> HistoryEntry:
    change: Change = record.change
    old, new = old_and_new(change) or (None, None)
    fact = change.fact
    return HistoryEntry(
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
