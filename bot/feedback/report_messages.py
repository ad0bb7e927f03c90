"""Messages about a report: to the maintainers, and to who sent it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 — a dataclass's field
from typing import TYPE_CHECKING, Final

from bot.actions import Action, Button
from bot.outbox.delivery import OutboxMessage
from bot.text import day, escape, escape_lines, link

if TYPE_CHECKING:
    from bot.content.models import Content

LONGEST_SAID: Final = 1000
LONGEST_ANSWER: Final = 1000
_NOT_GIVEN = (
    "I could not give your {what} of {on} to the people who look after me: their channel takes no posts at the moment. "
    "I have kept nothing of it. Please reach them another way."
)
_UNSURE = (
    "Slack did not confirm that your {what} of {on} reached the people who look after me. It may have arrived: then "
    "you get a direct message when it is dealt with. If you hear nothing, please reach them another way."
)


@dataclass(frozen=True, slots=True)
class Report:
    """A problem or a question for the maintainers, with who sends it. `about` stands for the message it is sent from.

    `words` were asked, `said` says what is wrong with their answer or adds to them; `outcome` and `fact_id` are the
    answer's, and `permalink` leads to it, where others can see it.
    """

    team: str
    user: str
    name: str
    about: str
    is_question: bool
    outcome: str
    fact_id: str
    words: str
    said: str
    permalink: str = ""

    @property
    def what(self) -> str:
        """What it is called to the person who sent it."""
        return "question" if self.is_question else "report"


@dataclass(frozen=True, slots=True)
class Dealt:
    """That a report was dealt with: by whom, by the name that others see, when, and their answer, if they gave one."""

    by: str
    at: datetime
    answer: str


def to_maintainers(report: Report, report_id: str, content: Content, dealt: Dealt | None = None) -> OutboxMessage:
    """Return the post in MAINTAINERS_CHANNEL: with a button until it is dealt with."""
    title = "A question for the team" if report.is_question else "A problem is reported"
    fact = content.facts.get(report.fact_id)
    statement = escape(fact.statement) if fact else "no longer held"
    lines = [
        f"Fact **{escape(report.fact_id)}**: {statement}" * bool(report.fact_id),
        f"Asked: “{escape(report.words)}”" * bool(report.words),
        f"{'Added' if report.is_question else 'What is wrong'}: {escape_lines(report.said)}" * bool(report.said),
        link("The message", report.permalink) * bool(report.permalink),
    ]
    listed = "\n".join(f"- {line}" for line in lines if line)
    parts = [f"**{title}** by {escape(report.name)}", listed]
    if dealt:
        answer = f": {escape_lines(dealt.answer)}" if dealt.answer else ""
        parts.append(f"**Dealt with** by {escape(dealt.by)} on {day(dealt.at.date())}{answer}")
        return OutboxMessage("\n\n".join(parts))
    return OutboxMessage("\n\n".join(parts), (Button(Action.DEALT, "Dealt with", report_id),))


def to_sender(report: Report, sent_at: datetime, content: Content, answer: str) -> OutboxMessage:
    """Return the direct message that says that a report was dealt with."""
    fact = content.facts.get(report.fact_id)
    subject = report.words if report.is_question or not fact else (fact.short or fact.statement)
    on = f" on “{escape(subject)}”" if subject else ""
    ending = f": {escape_lines(answer)}" if answer else "."
    words = f"Your {report.what} of {day(sent_at.date())}{on} was dealt with{ending}"
    return OutboxMessage(words, (Button(Action.FACT, "Show the fact", fact.id),) if fact else ())


def not_given(report: Report, sent_at: datetime, *, is_unsure: bool) -> OutboxMessage:
    """Return the direct message that says that a report did not reach the maintainers, or perhaps not."""
    words = _UNSURE if is_unsure else _NOT_GIVEN
    return OutboxMessage(words.format(what=report.what, on=day(sent_at.date())))
