"""Retention rules, one table of them: when the rows of each table are deleted or erased, and which are kept and why.

A test runs a clock through 400 days and fails for a table that is named neither in RULES nor in KEPT.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Date, and_, exists, select, true, update

from bot.answers.conversations import KEPT_FOR as ANSWERS_KEPT_FOR
from bot.feedback.reports import edit_id
from bot.feedback.votes import CHANGEABLE_FOR
from bot.feedback.votes import KEPT_FOR as FEEDBACK_KEPT_FOR
from bot.gaps.themes import ThemeState
from bot.outbox.delivery import DeliveryState
from bot.proposals.proposal import OPEN
from bot.store.installation_tables import installed_workspaces, slack_bots, slack_installations, used_oauth_states
from bot.store.maintainer_tables import (
    audit,
    awaited_answers,
    fact_asks,
    feedback,
    gaps,
    gaps_dropped,
    proposals,
    reports,
    theme_questions,
    themes,
    weekly_posts,
)
from bot.store.tables import (
    answers,
    changes,
    compatibility,
    days_off,
    deliveries,
    inactivity_prompts,
    operator_notices,
    posted_areas,
    posts,
    rate_limits,
    revisions,
    schedule_runs,
    schedules,
    subscriptions,
    watches,
    workspace_defaults,
    workspaces,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Row, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

_OVER_FOR: Final = timedelta(days=7)
"""For what is over by itself: no clock of a process, no time zone and no catching up looks back so far."""


class Keep(StrEnum):
    """Settings that say for how many days something is kept."""

    RECORDS = "records_keep_days"
    """At least TRACKED_FOR: corrections edit what was posted since."""
    AUDIT = "audit_keep_days"
    """0 is for ever."""
    GAPS = "gaps_keep_days"
    """0 keeps none."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Rows of `table` that fulfil `where` go once `age` (a moment or a day, UTC) is as long ago as they are `kept`.

    With `erased` they stay, with these values. `then` is called in the transaction with the rows that went. A rule that
    is `only_for_none` holds where its setting keeps nothing: it takes all rows, whatever their age.
    """

    table: Table
    age: Column[Any]
    kept: timedelta | Keep
    where: ColumnElement[bool] | None = None
    erased: Mapping[str, Any] | None = None
    then: Callable[[AsyncConnection, Sequence[Row[Any]]], Awaitable[None]] | None = None
    only_for_none: bool = False

    def due(self, days: Mapping[Keep, int], now: datetime) -> ColumnElement[bool] | None:
        """Return which rows go now; None where the rule does not hold."""
        kept = self.kept if isinstance(self.kept, timedelta) else timedelta(days=days[self.kept])
        keeps_none = self.kept is Keep.GAPS and not kept
        where = true() if self.where is None else self.where
        if self.only_for_none or keeps_none:
            return where if keeps_none else None
        if self.kept is Keep.AUDIT and not kept:
            return None
        is_old = self.age < (now - kept).date() if isinstance(self.age.type, Date) else self.age <= now - kept
        return and_(is_old, where)


async def _erase_edits(connection: AsyncConnection, gone: Sequence[Row[Any]]) -> None:
    """Erase the words of the edits that said in reports' posts that they are dealt with."""
    edits = [edit_id(each.id) for each in gone]  # the words of other deliveries went when they were sent
    await connection.execute(update(deliveries).where(deliveries.c.id.in_(edits)).values(payload={}))


def _settled(*states: DeliveryState) -> ColumnElement[bool]:
    """Select deliveries that nothing needs any more: no thread waits for them, and no card of theirs is edited."""
    columns = deliveries.c
    open_states = (DeliveryState.PENDING.value, DeliveryState.SENDING.value, DeliveryState.UNCONFIRMED.value)
    child = deliveries.alias("child").c
    awaited = select(child.parent_id).where(child.state.in_(open_states), child.parent_id.is_not(None))
    undecided = select(proposals.c.id).where(proposals.c.state.in_([each.value for each in OPEN]))
    settled = columns.state.in_([each.value for each in states])
    return and_(settled, columns.id.not_in(awaited), columns.id.not_in(undecided))


def _quotes_questions() -> ColumnElement[bool]:
    """Select deliveries that were never posted and quote what people asked: they cannot be tried again."""
    columns, unsent = deliveries.c, (DeliveryState.FAILED.value, DeliveryState.CANCELLED.value)
    return and_(columns.state.in_(unsent), columns.payload["quotes_questions"].as_boolean().is_(True))


def _no_schedule(table: Table) -> ColumnElement[bool]:
    """Select rows of channels that have no schedule."""
    here = and_(schedules.c.team == table.c.team, schedules.c.channel == table.c.channel)
    return ~exists(select(schedules.c.id).where(here))


def _is_not_newest() -> ColumnElement[bool]:
    """Select the weekly posts that a later one followed: the newest begins the next."""
    later, here = weekly_posts.alias("later").c, weekly_posts.c
    follows = and_(later.name == here.name, later.team == here.team, later.run_at > here.run_at)
    return exists(select(later.week).where(follows))


ERASED: Final = {"payload": {}, "state": DeliveryState.CANCELLED.value, "error": "its words are no longer kept"}
"""A delivery without its words: it can be neither sent nor tried again."""
_UNDECIDED: Final = themes.c.state == ThemeState.OPEN.value
_OF_UNDECIDED: Final = theme_questions.c.theme_id.in_(select(themes.c.id).where(_UNDECIDED))
_DECIDED: Final = proposals.c.state.not_in([each.value for each in OPEN])
_ENDED: Final = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED)

RULES: Final = (
    RetentionRule(deliveries, deliveries.c.created_at, Keep.GAPS, _quotes_questions(), erased=ERASED),
    RetentionRule(deliveries, deliveries.c.finished_at, Keep.RECORDS, _settled(*_ENDED)),
    RetentionRule(
        deliveries,
        deliveries.c.created_at,
        Keep.RECORDS,
        and_(_settled(DeliveryState.FAILED, DeliveryState.CANCELLED), deliveries.c.finished_at.is_(None)),
    ),
    RetentionRule(posts, posts.c.posted_at, Keep.RECORDS),
    RetentionRule(schedule_runs, schedule_runs.c.scheduled_for, Keep.RECORDS),
    RetentionRule(posted_areas, posted_areas.c.scheduled_for, Keep.RECORDS),
    RetentionRule(weekly_posts, weekly_posts.c.run_at, Keep.RECORDS, _is_not_newest()),
    RetentionRule(operator_notices, operator_notices.c.notified_at, Keep.RECORDS),
    RetentionRule(inactivity_prompts, inactivity_prompts.c.asked_at, Keep.RECORDS, _no_schedule(inactivity_prompts)),
    RetentionRule(days_off, days_off.c.last, _OVER_FOR),
    RetentionRule(rate_limits, rate_limits.c.ends_at, _OVER_FOR),
    RetentionRule(watches, watches.c.until, timedelta()),
    RetentionRule(used_oauth_states, used_oauth_states.c.expires_at, timedelta()),
    RetentionRule(answers, answers.c.answered_at, ANSWERS_KEPT_FOR),
    RetentionRule(feedback, feedback.c.given_on, CHANGEABLE_FOR, feedback.c.voter.is_not(None), erased={"voter": None}),
    RetentionRule(feedback, feedback.c.given_on, FEEDBACK_KEPT_FOR),
    RetentionRule(reports, reports.c.created_at, FEEDBACK_KEPT_FOR, then=_erase_edits),
    RetentionRule(audit, audit.c.at, Keep.AUDIT),
    RetentionRule(proposals, proposals.c.changed_at, Keep.AUDIT, _DECIDED),
    RetentionRule(gaps, gaps.c.last_on, Keep.GAPS),
    RetentionRule(gaps_dropped, gaps_dropped.c.day, Keep.GAPS),
    RetentionRule(fact_asks, fact_asks.c.day, Keep.GAPS),
    RetentionRule(theme_questions, themes.c.changed_at, Keep.GAPS, _OF_UNDECIDED, only_for_none=True),
    RetentionRule(themes, themes.c.changed_at, Keep.GAPS, _UNDECIDED, only_for_none=True),
    RetentionRule(awaited_answers, awaited_answers.c.until, timedelta()),
    RetentionRule(awaited_answers, awaited_answers.c.until, Keep.GAPS, only_for_none=True),
)
"""In this order: what refers to a row goes before it."""

KEPT: Final[Mapping[Table, str]] = {
    revisions: "the history of the facts, as published: grows with publications alone",
    changes: "what each revision changed: grows with publications alone",
    subscriptions: "what a channel gets, until somebody there ends it",
    schedules: "what a channel gets, until somebody there ends it: 200 a channel at most",
    workspace_defaults: "one row for a workspace",
    workspaces: "one row for a workspace",
    compatibility: "one row: which versions can use the database",
    installed_workspaces: "one row for a workspace, until it is erased",
    slack_bots: "tokens, encrypted, until the workspace removes the app: one row for each",
    slack_installations: "tokens, encrypted, until the workspace removes the app: one row for each",
    themes: "decisions of experts, until somebody forgets them",
    theme_questions: "examples of a theme, until it is forgotten: 100 at each decision at most",
}
"""Tables from which age deletes nothing, or not everything."""
