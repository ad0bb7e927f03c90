"""What people are told of schedules: what was set up, the next posts, and how each one stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from bot.messages import Action, Choice, Outcome, Reply, Row
from bot.recurrence.occurrences import clock_change, next_at, skipped
from bot.recurrence.phrase import joined, knows_holidays, say_day, say_rule, say_when
from bot.recurrence.rule import Calendar, OnHoliday, Rule, WhenUnchanged
from bot.schedules.schedules import RunState, Schedule
from bot.subscriptions.alert_messages import name_of, why_paused
from bot.text import day, escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.content.models import Content
    from bot.messages import ChannelRef
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.schedules.schedules import ScheduleRun

NEXT_POSTS: Final = 5
RUNS_LOOKED_AT: Final = 10
"""Days of a schedule that are read for its line: enough to find the last post behind some skipped ones."""

TOO_MANY_TO_UNDO: Final = "They are too many to be put back with one press."

IF_CHANGED: Final = "if anything changed"
"""Stands behind a time at which nothing is posted when nothing changed."""

_LONGEST_VALUE: Final = 2000  # characters that a button holds (bot.messages.Button)
_RUNS_TOLD: Final = 3
_GATHERED: Final = frozenset({RunState.SKIPPED, RunState.MISSED})
"""Days of which several in a row are told in one phrase, with one reason."""
_A_MOMENT: Final = timedelta(minutes=1)
_UNCHANGED: Final = {
    WhenUnchanged.SKIP: "When nothing changed since the last post, nothing is posted.",
    WhenUnchanged.SHORT: "When nothing changed since the last post, one line says so.",
    WhenUnchanged.FULL: "When nothing changed since the last post, the whole briefing is posted again.",
}
_CAME_TO: Final = {
    RunState.DUE: "on its way:",
    RunState.POSTED: "posted",
    RunState.SKIPPED: "skipped",
    RunState.MISSED: "missed",
    RunState.DEAD: "not posted",
}


@dataclass(frozen=True, slots=True)
class Coming:
    """A post to come: its moment in UTC, and what is worth knowing of it."""

    at: datetime
    notes: tuple[str, ...] = ()


def named(content: Content, schedule: Schedule) -> str:
    """Return what a schedule posts, as the name of a line."""
    if schedule.is_digest:
        return "Digest of all areas"
    if set(schedule.areas) == {area.key for area in content.areas}:
        return "All areas"
    return joined([name_of(content, area) for area in schedule.areas])


def upcoming(schedule: Schedule, now: datetime, holidays: BankHolidays, most: int = NEXT_POSTS) -> Iterator[Coming]:
    """Yield the next posts, each with the clock change or the bank holidays that lie before it."""
    before, at = now, schedule.next_at
    for _ in range(most):
        if at is None:
            return
        yield Coming(at, tuple(_notes(schedule.rule, before, at, holidays)))
        following = next_at(schedule.rule, at, holidays)
        before, at = at, following.starts_at if following else None


def confirmation(content: Content, schedule: Schedule, coming: Sequence[Coming], *, did: str, also: str = "") -> Reply:
    """Return what the asker is told: `did` begins the sentence, and `also` says what else was done."""
    tz = schedule.rule.tz
    lines = [f"**{escape(did)} {escape(named(content, schedule))}.**"]
    lines.append(escape(f"{say_rule(schedule.rule)}.{_unheeded(schedule.rule)} {_unchanged(schedule)}"))
    lines += [escape(also)] if also else []
    markdown = "\n\n".join(lines)
    if coming:
        posts = [" – ".join((say_when(each.at, tz), *each.notes)) for each in coming]
        markdown += f"\n\n{_head(schedule)}:\n\n" + "\n".join(f"- {escape(post)}" for post in posts)
    return Reply(Outcome.SUBSCRIPTIONS, f"{markdown}\n", choices=choices(schedule))


def choices(schedule: Schedule) -> tuple[Choice, ...]:
    """Return what can be done about a schedule."""
    end = Choice(Action.END, "Remove", schedule.id)
    if not schedule.is_readable:
        return (end,)
    pause = (
        Choice(Action.RESUME, "Resume", schedule.id)
        if schedule.paused_at
        else Choice(Action.PAUSE, "Pause", schedule.id)
    )
    return (
        Choice(Action.POST_NOW, "Post now", schedule.id),
        Choice(Action.EDIT, "Edit", schedule.id),
        pause,
        end,
    )


def row(
    content: Content,
    schedule: Schedule,
    runs: Sequence[ScheduleRun],
    expected_at: datetime | None,
    by_hand_at: datetime | None = None,
) -> Row:
    """Return a schedule's line: what, when, and how it stands.

    `expected_at` is when its next post goes out in fact; `by_hand_at` is when Post now last posted it.
    """
    if not schedule.is_readable:
        return Row(f"{named(content, schedule)}: when it posts cannot be read, so nothing is posted", choices(schedule))
    told = [f"{named(content, schedule)}: {begun_small(say_rule(schedule.rule))}"]
    if schedule.paused_at:
        told.append(f"Paused since {day(schedule.paused_at.date())}. {why_paused(schedule.paused_why)}")
    elif schedule.next_at:
        told.append(_next(schedule, schedule.next_at, expected_at))
    else:
        told.append("No post is to come: none of its days is left by the bank holidays.")
    if told_runs := _past(schedule, runs, by_hand_at):
        told.append(told_runs)
    return Row("\n".join(told), choices(schedule))


def announced(content: Content, schedule: Schedule) -> str:
    """Return what a channel reads of a new schedule, behind "subscribed this channel to"."""
    when = begun_small(say_rule(schedule.rule)) if schedule.is_readable else "at times that cannot be read"
    return f"{named(content, schedule)} {when}"


def also_posted(content: Content, schedule: Schedule, here: Sequence[Schedule]) -> str:
    """Say which other schedules of a place post areas of this one too, if any do."""
    others = [
        each for each in here if each.id != schedule.id and set(each.areas) & set(schedule.areas) and each.is_readable
    ]
    if not others:
        return ""
    if len(others) > 1:
        return f"{len(others)} other schedules here post some of it too: /briefing subscriptions."
    return f"Another schedule here posts some of it too: {announced(content, others[0])}."


def begun(place: ChannelRef) -> str:
    """Begin the sentence about what a place gets."""
    return "You now get" if place.is_direct else "This channel now gets"


def already(place: ChannelRef, schedule: Schedule) -> str:
    """Begin the sentence about a schedule that stood before."""
    gets = "you already get" if place.is_direct else "this channel already gets"
    return f"Nothing changed{', but it is paused' if schedule.paused_at else ''}: {gets}"


def packed(ended: Sequence[Schedule]) -> list[list[Any]]:
    """Return schedules small enough to travel in a button, to be put back."""
    return [
        [
            each.id,
            each.areas,
            each.is_digest,
            each.rule.to_json(),
            each.created_at.isoformat(),
            each.created_by,
            each.told_revision,
            each.paused_at and each.paused_at.isoformat(),
            each.paused_why,
        ]
        for each in ended
    ]


def unpacked(kept: Sequence[Sequence[Any]], place: ChannelRef, now: datetime) -> tuple[Schedule, ...]:
    """Return what `packed` made, for a place, without next times. Raises what malformed values raise."""
    return tuple(
        Schedule(
            str(each[0]),
            place,
            tuple(map(str, each[1])),
            bool(each[2]),
            Rule.from_json(each[3]),
            datetime.fromisoformat(each[4]),
            str(each[5]),
            None,
            None,
            now,
            int(each[6]),
            datetime.fromisoformat(each[7]) if each[7] else None,
            str(each[8]),
        )
        for each in kept
    )


def undo(ended: Sequence[Schedule], alerts: Sequence[tuple[str, bool]] = ()) -> tuple[Choice, ...]:
    """Return the button that takes the end of schedules and alerts (area, corrections only) back.

    None where they are too many for a button. A schedule whose rule cannot be read does not come back.
    """
    readable = [each for each in ended if each.is_readable]
    kept: Mapping[str, Any] = {"gone": [list(each) for each in alerts], "schedules": packed(readable)}
    value = json.dumps(kept, separators=(",", ":"))
    return (Choice(Action.UNDO, "Undo", value),) if (readable or alerts) and len(value) <= _LONGEST_VALUE else ()


def _unheeded(rule: Rule) -> str:
    """Say that bank holidays make no difference, where that was nobody's choice."""
    if rule.calendar is not Calendar.NONE or knows_holidays(rule.tz):
        return ""
    return " It is posted on bank holidays too: for this time zone I know none."


def _head(schedule: Schedule) -> str:
    """Return what stands above the next times: a later one may pass without a post."""
    if schedule.rule.when_unchanged is not WhenUnchanged.SKIP:
        return "The next posts"
    return f"The next times, {IF_CHANGED if schedule.told_revision else f'from the second on only {IF_CHANGED}'}"


def _unchanged(schedule: Schedule) -> str:
    when_unchanged = schedule.rule.when_unchanged
    if not schedule.is_digest:
        first = "The first post is the whole briefing; each later one begins with what changed."
        return f"{first} {_UNCHANGED[when_unchanged]}"
    if when_unchanged is WhenUnchanged.FULL:  # a digest has no more to say than that
        when_unchanged = WhenUnchanged.SHORT
    return f"Only what changed is posted. {_UNCHANGED[when_unchanged]}"


def _notes(rule: Rule, before: datetime, at: datetime, holidays: BankHolidays) -> Iterator[str]:
    passed = [f"{say_day(on)}, {name}" for on, name in skipped(rule, before, at, holidays)]
    if passed:
        moved = rule.on_holiday is OnHoliday.NEXT_WORKING_DAY
        yield f"{'instead of' if moved else 'not on'} {'; '.join(passed)}"
    local = at.astimezone(ZoneInfo(rule.tz)).date()
    if rule.on_holiday is OnHoliday.POST and (name := holidays.name(rule.calendar, local)):
        yield f"a bank holiday, {name}"
    shift = clock_change(before, at, rule.tz)
    if shift:
        way = "forward" if shift > timedelta(0) else "back"
        yield f"clocks go {way} on {_changed_on(before, at, rule.tz)}"


def _changed_on(before: datetime, at: datetime, tz: str) -> str:
    """Return the local day on which the clocks change between two moments."""
    while at - before > _A_MOMENT:
        middle = before + (at - before) / 2
        if clock_change(before, middle, tz):
            at = middle
        else:
            before = middle
    on = at.astimezone(ZoneInfo(tz)).date()
    return day(on).rpartition(" ")[0]


def _next(schedule: Schedule, next_at: datetime, expected_at: datetime | None) -> str:
    tz = schedule.rule.tz
    told = f"Next: {say_when(next_at, tz)}"
    if expected_at and expected_at - next_at >= _A_MOMENT:
        told += f", expected at {expected_at.astimezone(ZoneInfo(tz)):%H:%M}: many are due at once"
    if schedule.told_revision and schedule.rule.when_unchanged is WhenUnchanged.SKIP:
        told += f", {IF_CHANGED}"
    return f"{told}."


def _past(schedule: Schedule, runs: Sequence[ScheduleRun], by_hand_at: datetime | None) -> str:
    """Tell the newest days, and the last post before them; first what was posted by hand since."""
    shown = list(runs[:_RUNS_TOLD])
    if all(each.state is not RunState.POSTED for each in shown):
        shown += [each for each in runs[_RUNS_TOLD:] if each.state is RunState.POSTED][:1]
    alike = groupby(shown, key=lambda run: (run.state, run.why) if run.state in _GATHERED else run.on)
    told = [_ran(schedule, list(group)) for _, group in alike]
    if by_hand_at and all(each.at < by_hand_at for each in runs):
        told.insert(0, f"posted {say_when(by_hand_at, schedule.rule.tz)} by Post now")
    return f"Last: {'; '.join(told)}." if told else ""


def _ran(schedule: Schedule, days: Sequence[ScheduleRun]) -> str:
    """Tell what became of a day, or of several of which the same is to be said, newest first."""
    run, days_told = days[0], joined([say_day(each.on) for each in reversed(days)])
    when = say_when(run.at, schedule.rule.tz) if run.state is RunState.POSTED else days_told
    why = begun_small(why_paused(run.why)).removesuffix(".") if run.state is RunState.DEAD else run.why
    return f"{_CAME_TO[run.state]} {when}" + (f", {why}" if why else "")


def begun_small(sentence: str) -> str:
    """Return a sentence as it stands behind a colon."""
    return sentence[:1].lower() + sentence[1:]
