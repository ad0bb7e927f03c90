"""What people are told of schedules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.actions import Action
from bot.alerts.subscriptions import ALL, Subscription
from bot.messages import ChannelRef, PersonLine
from bot.recurrence.bank_holidays import BankHolidays
from bot.recurrence.occurrences import next_at
from bot.recurrence.phrase import say_when
from bot.recurrence.rule import EVERY_DAY, MONDAY_TO_FRIDAY, Calendar, Days, OnHoliday, Repeat, Rule, WhenUnchanged
from bot.schedules.runs import RunState
from bot.schedules.schedules import Schedule, ScheduleRun
from bot.subscriptions.request import SubscriptionRequest
from bot.subscriptions.schedule_messages import created_message, upcoming
from bot.subscriptions.schedule_rows import row
from bot.subscriptions.undo import SavedForUndo, read_undo, undo
from tests.support.newsroom import shipped

CONTENT = shipped()
HOLIDAYS = BankHolidays()
PLACE = ChannelRef("T1", "C1")
NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)
WEEKDAYS = Rule(Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY), time(9), "Europe/London", Calendar.ENGLAND_AND_WALES)


def scheduled(rule: Rule = WEEKDAYS, *areas: str, after: datetime = NOON) -> Schedule:
    first = next_at(rule, after, HOLIDAYS)
    assert first is not None
    return Schedule(
        "s1",
        PLACE,
        areas or ("infrastructure",),
        areas == (ALL,),
        rule,
        NOON,
        "U1",
        first.local_date,
        first.starts_at,
        NOON,
    )


def coming(schedule: Schedule, after: datetime) -> list[str]:
    tz = schedule.rule.tz
    return [" – ".join((say_when(each.at, tz), *each.notes)) for each in upcoming(schedule, after, HOLIDAYS)]


def test_a_clock_change_is_marked_at_the_first_post_behind_it() -> None:
    after = datetime(2027, 3, 25, 12, tzinfo=UTC)
    assert coming(scheduled(replace(WEEKDAYS, calendar=Calendar.NONE), after=after), after) == [
        "Fri 26 Mar 09:00",
        "Mon 29 Mar 09:00 – clocks go forward on 28 March",
        "Tue 30 Mar 09:00",
        "Wed 31 Mar 09:00",
        "Thu 1 Apr 09:00",
    ]
    after = datetime(2026, 10, 24, 12, tzinfo=UTC)
    daily = Rule(Days(Repeat.WEEKLY, EVERY_DAY), time(9), "Europe/London")
    assert coming(scheduled(daily, after=after), after)[0] == "Sun 25 Oct 09:00 – clocks go back on 25 October"
    kolkata = replace(daily, tz="Asia/Kolkata")
    assert not any("clocks" in each for each in coming(scheduled(kolkata, after=after), after))


def test_bank_holidays_are_marked() -> None:
    after = datetime(2026, 12, 23, 12, tzinfo=UTC)
    assert coming(scheduled(after=after), after)[:3] == [
        "Thu 24 Dec 09:00",
        "Tue 29 Dec 09:00 – not on Fri 25 Dec, Christmas Day; Mon 28 Dec, Boxing Day (substitute day)",
        "Wed 30 Dec 09:00",
    ]
    weekly = replace(WEEKDAYS, days=Days(Repeat.WEEKLY, (4,)), on_holiday=OnHoliday.NEXT_WORKING_DAY)
    assert coming(scheduled(weekly, after=after), after)[0] == "Tue 29 Dec 09:00 – instead of Fri 25 Dec, Christmas Day"
    posted = replace(WEEKDAYS, on_holiday=OnHoliday.POST)
    assert coming(scheduled(posted, after=after), after)[1] == "Fri 25 Dec 09:00 – a bank holiday, Christmas Day"


def test_the_confirmation_says_it_all_and_nothing_in_it_is_markup() -> None:
    schedule = scheduled()
    told = created_message(CONTENT, schedule, NOON, HOLIDAYS)
    assert told.markdown.startswith("**This channel now gets Infrastructure.**\n\nEvery weekday at 09:00")
    assert "When nothing changed since the last post, nothing is posted" in told.markdown
    assert told.markdown.count("\n- ") == 5
    assert [each.ask for each in told.choices] == [Action.POST_NOW, Action.EDIT, Action.PAUSE, Action.END]
    strange = created_message(CONTENT, replace(schedule, areas=("<!here> *x*",)), NOON, HOLIDAYS)
    assert "<!here>" not in strange.markdown


@pytest.mark.parametrize(
    ("areas", "name"),
    [
        (("infrastructure", "adoption"), "Infrastructure and Public and private sector adoption"),
        (tuple(area.key for area in CONTENT.areas), "All areas"),
        ((ALL,), "Digest of all areas"),
        (("gone",), "gone"),
    ],
)
def test_a_line_begins_with_what_is_posted(areas: tuple[str, ...], name: str) -> None:
    told = row(CONTENT, scheduled(WEEKDAYS, *areas), (), None)
    assert told.text.startswith(f"{name}: every weekday at 09:00 (Europe/London), not on bank holidays")


def run(day: int, state: RunState, why: str = "") -> ScheduleRun:
    return ScheduleRun("s1", date(2026, 11, day), datetime(2026, 11, day, 9, tzinfo=UTC), state, why)


def test_a_line_tells_the_next_post_the_last_and_what_was_skipped_or_missed() -> None:
    schedule = scheduled()
    runs = (
        run(27, RunState.SKIPPED, "nothing new"),
        run(26, RunState.MISSED, "the bot was not running in time"),
        run(25, RunState.FAILED, "is_archived"),
        run(24, RunState.SKIPPED, "nothing new"),
        run(23, RunState.POSTED),
    )
    past = (
        "skipped Fri 27 Nov, nothing new",
        "missed Thu 26 Nov, the bot was not running in time",
        "not posted Wed 25 Nov, the channel was archived",
        "posted Mon 23 Nov 09:00",
    )
    told = row(CONTENT, schedule, runs, schedule.next_at)
    assert told.text.splitlines()[1:] == [
        "Next: Fri 4 Dec 09:00.",
        f"Last: {'; '.join(past)}.",
    ]
    assert schedule.next_at is not None
    busy = row(CONTENT, schedule, (run(27, RunState.DUE),), schedule.next_at + timedelta(minutes=7, seconds=20))
    assert busy.text.splitlines()[1:] == [
        "Next: Fri 4 Dec 09:00, expected at 09:07: many are due at once.",
        "Last: on its way: Fri 27 Nov.",
    ]


def test_a_post_by_hand_is_the_last_until_a_day_comes_after_it() -> None:
    by_hand = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)
    told = row(CONTENT, scheduled(), (), None, by_hand).text
    assert told.endswith("Last: posted Tue 24 Nov 10:05 by Post now.")
    runs = (run(25, RunState.POSTED), run(24, RunState.POSTED))
    assert "by Post now" not in row(CONTENT, scheduled(), runs, None, by_hand).text


def test_days_in_a_row_of_which_the_same_is_to_be_said_are_told_together() -> None:
    late = "more than an hour late"
    runs = (run(26, RunState.MISSED, late), run(25, RunState.MISSED, late), run(24, RunState.POSTED))
    told = row(CONTENT, scheduled(), runs, None).text
    missed = f"missed Wed 25 Nov and Thu 26 Nov: the bot was not running, and then it was {late}"
    assert told.endswith(f"Last: {missed}; posted Tue 24 Nov 09:00.")


@pytest.mark.parametrize(
    ("when_unchanged", "last_posted_revision", "head", "tail"),
    [
        (WhenUnchanged.SKIP, 0, "The next times, from the second on only if anything changed:", ""),
        (WhenUnchanged.SKIP, 3, "The next times, if anything changed:", ", if anything changed"),
        (WhenUnchanged.SHORT, 3, "The next posts:", ""),
    ],
)
def test_no_post_is_promised_that_may_not_come(
    when_unchanged: WhenUnchanged, last_posted_revision: int, head: str, tail: str
) -> None:
    schedule = replace(
        scheduled(replace(WEEKDAYS, when_unchanged=when_unchanged)), last_posted_revision=last_posted_revision
    )
    told = created_message(CONTENT, schedule, NOON, HOLIDAYS)
    assert f"\n\n{head}\n\n- Fri 4 Dec 09:00\n" in told.markdown
    assert row(CONTENT, schedule, (), None).text.splitlines()[1] == f"Next: Fri 4 Dec 09:00{tail}."


def test_a_first_digest_is_promised_only_if_anything_changes() -> None:
    digest = replace(scheduled(WEEKDAYS), areas=("all",), is_digest=True)
    assert "\n\nThe next times, if anything changed:\n" in created_message(CONTENT, digest, NOON, HOLIDAYS).markdown
    assert row(CONTENT, digest, (), None).text.splitlines()[1] == "Next: Fri 4 Dec 09:00, if anything changed."


def test_where_no_bank_holidays_are_known_it_is_said() -> None:
    elsewhere = scheduled(replace(WEEKDAYS, tz="Europe/Paris", calendar=Calendar.NONE, on_holiday=OnHoliday.POST))
    known = "It is posted on bank holidays too: I know none for this time zone."
    assert known in created_message(CONTENT, elsewhere, NOON, HOLIDAYS).markdown
    chosen = scheduled(replace(elsewhere.rule, tz="Europe/London"))
    assert known not in created_message(CONTENT, chosen, NOON, HOLIDAYS).markdown


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Paused by somebody in this channel.", "Paused by somebody in this channel on 3 December 2026."),
        ("its rule cannot be read", "Paused since 3 December 2026. The reason: its rule cannot be read."),
        ("by U0ADA", "Paused by U0ADA on 3 December 2026."),
        ("by <!channel>", "Paused since 3 December 2026. The reason: by <!channel>."),
        ("A sentence.", "Paused since 3 December 2026. The reason: A sentence."),
    ],
)
def test_a_paused_line_ends_with_one_full_stop(reason: str, told: str) -> None:
    paused = replace(scheduled(), next_on=None, next_at=None, paused_at=NOON, pause_reason=reason)
    below = row(CONTENT, paused, (), None).below
    assert below is not None
    assert f"{below.before}{below.user}{below.after}" == told


def test_a_paused_line_says_why_and_offers_to_resume() -> None:
    paused = replace(scheduled(), next_on=None, next_at=None, paused_at=NOON, pause_reason="is_archived")
    told = row(CONTENT, paused, (), None)
    assert told.below == PersonLine("Paused since 3 December 2026. The channel was archived.")
    assert [each.label for each in told.choices] == ["Post now", "Edit", "Resume", "Remove"]


@pytest.mark.parametrize("when_unchanged", WhenUnchanged)
def test_what_was_ended_fits_into_a_button_and_comes_back_whole(when_unchanged: WhenUnchanged) -> None:
    rule = replace(WEEKDAYS, when_unchanged=when_unchanged)
    paused = replace(
        scheduled(rule), paused_at=NOON, pause_reason="Paused by somebody in this channel.", last_posted_revision=7
    )
    ended = Subscription("a1", PLACE, "adoption", True, NOON, "U1")  # noqa: FBT003 — corrections only
    (choice,) = undo([paused, scheduled()], [ended])
    assert undo([paused] * 200) == ()
    assert len(choice.value) < 2000
    saved = read_undo(choice.value, CONTENT, PLACE, NOON)
    assert saved.gone == (SubscriptionRequest(("adoption",), corrections_only=True),)
    assert saved.schedules == (
        replace(paused, next_on=None, next_at=None),
        replace(scheduled(), next_on=None, next_at=None),
    )
    assert read_undo("{}", CONTENT, PLACE, NOON) == SavedForUndo((), (), (), ())
