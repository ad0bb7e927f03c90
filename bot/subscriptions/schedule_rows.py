"""Schedules in a list: a line each with what it posts, when, its next time and its last runs."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.actions import Action, Choice
from bot.messages import Row
from bot.recurrence.phrase import joined, say_day, say_rule, say_when
from bot.recurrence.rule import WhenUnchanged
from bot.schedules.dispatch import TOO_LATE
from bot.schedules.runs import RunState
from bot.subscriptions.alert_messages import name_of
from bot.subscriptions.pauses import paused_line, why_paused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.content.models import Content
    from bot.schedules.schedules import Schedule, ScheduleRun

RUNS_READ: Final = 10
"""Runs to read for a line: enough to find the last post behind some skipped days."""
IF_CHANGED: Final = "if anything changed"
"""Follows a time at which nothing is posted when nothing changed."""

_RUNS_SHOWN: Final = 3
_GROUPED: Final = frozenset({RunState.SKIPPED, RunState.MISSED})
"""Consecutive runs of these states and one reason are shown together."""
_WORTH_TELLING: Final = timedelta(minutes=1)
_RAN: Final = {
    RunState.DUE: "on its way:",
    RunState.POSTED: "posted",
    RunState.SKIPPED: "skipped",
    RunState.MISSED: "missed",
    RunState.FAILED: "not posted",
}


def named(content: Content, schedule: Schedule) -> str:
    """Return what a schedule posts: the titles of its areas."""
    if schedule.is_digest:
        return "Digest of all areas"
    if set(schedule.areas) == {area.key for area in content.areas}:
        return "All areas"
    return joined([name_of(content, area) for area in schedule.areas])


def row(
    content: Content,
    schedule: Schedule,
    runs: Sequence[ScheduleRun],
    expected_at: datetime | None,
    by_hand_at: datetime | None = None,
) -> Row:
    """Return a schedule's line; `runs` are newest first.

    `expected_at` is when its next post really goes out; `by_hand_at` is when Post now last posted it.
    """
    if not schedule.is_readable:
        return Row(f"{named(content, schedule)}: its times cannot be read, so it posts nothing", choices(schedule))
    lines = [f"{named(content, schedule)}: {lower_first(say_rule(schedule.rule))}"]
    below = None
    if schedule.paused_at:
        below = paused_line("Paused", schedule.pause_reason, schedule.paused_at, schedule.paused_until)
    elif schedule.next_at:
        lines.append(_next(schedule, schedule.next_at, expected_at))
    else:
        lines.append("No post to come: bank holidays leave none of its days.")
    if last := _last_runs(schedule, runs, by_hand_at):
        lines.append(last)
    return Row("\n".join(lines), choices(schedule), below)


def choices(schedule: Schedule) -> tuple[Choice, ...]:
    """Return a schedule's buttons."""
    remove = Choice(Action.END, "Remove", schedule.id)
    if not schedule.is_readable:
        return (remove,)
    pause = (Action.RESUME, "Resume") if schedule.paused_at else (Action.PAUSE, "Pause")
    return (
        Choice(Action.POST_NOW, "Post now", schedule.id),
        Choice(Action.EDIT, "Edit", schedule.id),
        Choice(*pause, schedule.id),
        remove,
    )


def lower_first(sentence: str) -> str:
    """Return a sentence with a small first letter, for use after a colon."""
    return sentence[:1].lower() + sentence[1:]


def _next(schedule: Schedule, next_at: datetime, expected_at: datetime | None) -> str:
    tz = schedule.rule.tz
    line = f"Next: {say_when(next_at, tz)}"
    if expected_at and expected_at - next_at >= _WORTH_TELLING:
        line += f", expected at {expected_at.astimezone(ZoneInfo(tz)):%H:%M}: many are due at once"
    is_first = not schedule.last_posted_revision and not schedule.is_digest
    if not is_first and schedule.rule.when_unchanged is WhenUnchanged.SKIP:
        line += f", {IF_CHANGED}"
    return f"{line}."


def _last_runs(schedule: Schedule, runs: Sequence[ScheduleRun], by_hand_at: datetime | None) -> str:
    """Return the newest runs, and the last post before them; a newer post by Post now comes first."""
    shown = list(runs[:_RUNS_SHOWN])
    if all(each.state is not RunState.POSTED for each in shown):
        shown += [each for each in runs[_RUNS_SHOWN:] if each.state is RunState.POSTED][:1]
    alike = groupby(shown, key=lambda run: (run.state, run.reason) if run.state in _GROUPED else run.local_date)
    parts = [_ran(schedule, list(group)) for _, group in alike]
    if by_hand_at and all(each.scheduled_for < by_hand_at for each in runs):
        parts.insert(0, f"posted {say_when(by_hand_at, schedule.rule.tz)} by Post now")
    return f"Last: {'; '.join(parts)}." if parts else ""


def _ran(schedule: Schedule, runs: Sequence[ScheduleRun]) -> str:
    """Return the outcome of a run, or of several with the same outcome, newest first."""
    run, days = runs[0], joined([say_day(each.local_date) for each in reversed(runs)])
    when = say_when(run.scheduled_for, schedule.rule.tz) if run.state is RunState.POSTED else days
    if run.reason == TOO_LATE:
        return f"{_RAN[run.state]} {when}: the bot was not running, and then it was {TOO_LATE}"
    why = lower_first(why_paused(run.reason)).removesuffix(".") if run.state is RunState.FAILED else run.reason
    return f"{_RAN[run.state]} {when}" + (f", {why}" if why else "")
