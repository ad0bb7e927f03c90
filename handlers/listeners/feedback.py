"""Feedback: votes on answers, reports and questions to the maintainers, and what the maintainers answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.actions import TOO_OLD, Action, Choice
from bot.errors import BriefingBotError
from bot.feedback.report_messages import Report
from bot.feedback.reports import NOBODY
from bot.feedback.votes import Voter
from bot.messages import Asked, Outcome, Reply
from handlers.listeners.actions import Surface
from handlers.listeners.form_submissions import actor_of, on_form
from handlers.rendering.elements import NO, YES
from handlers.rendering.feedback import (
    FeedbackField,
    FeedbackForm,
    FormSubject,
    dealt_form,
    reason_form,
    report_form,
    sent_view,
)
from handlers.rendering.forms import filled_in
from handlers.slack.gate import Need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.feedback.reports import Reports
    from bot.feedback.votes import Votes
    from bot.gaps.recorder import GapRecorder
    from bot.subscriptions.permissions import Actor
    from handlers.listeners.actions import Press
    from handlers.listeners.form_submissions import FormParts
    from handlers.rendering.replies import View
    from handlers.slack.receiving.router import Router

_RIGHT = "Thank you. Noted as right; press the other thumb if you change your mind."
_WRONG = "Thank you. Noted as not right. If you tell us why, it can be put right."
_EXPLAINED = "Thank you. Your reason is noted."
_SENT = "Sent. You get a direct message when it is dealt with."
_QUEUED = "Saved. It is sent as soon as Slack takes it, and you get a direct message when it is dealt with."


class Feedback:
    """What the buttons and forms of feedback do. Methods raise BriefingBotError."""

    def __init__(self, votes: Votes, reports: Reports, gaps: GapRecorder, parts: FormParts) -> None:
        """`reports.maintainers` says where somebody takes reports."""
        self._votes = votes
        self._reports = reports
        self._gaps = gaps
        self._parts = parts

    async def vote(self, press: Press) -> Reply:
        """Take a vote, and thank for it; who says no may say why."""
        vote, _, value = press.value.partition(" ")
        if vote not in (YES, NO):
            raise BriefingBotError(TOO_OLD, "Ask again.")
        asked = Asked.unpack(value)
        await self._votes.cast(_voter(press.actor), asked, is_right=vote == YES)
        if vote == YES:
            return Reply(Outcome.NOTICE, "", note=_RIGHT)
        self._gaps.disputed(press.actor.place.team, press.actor.user, asked, asked.words)
        choices = [Choice(Action.REASON, "Say why", value)]
        if self._reports.maintainers.listen_to(press.actor.place.team):
            choices.append(Choice(Action.REPORT, "Report a problem", value))
        return Reply(Outcome.NOTICE, "", note=_WRONG, choices=tuple(choices))

    async def ask_why(self, press: Press) -> None:
        """Open the form for a reason."""
        await self._open(press, reason_form(Asked.unpack(press.value)))

    async def report(self, press: Press) -> None:
        """Open the form for a problem."""
        await self._open_report(press, is_question=False)

    async def ask(self, press: Press) -> None:
        """Open the form for a question to the team."""
        await self._open_report(press, is_question=True)

    async def deal(self, press: Press) -> None:
        """Open the form that marks a report as dealt with."""
        await self._parts.gate.require_in_their_channel(press.actor)
        await self._open(press, dealt_form(press.value))

    async def explain(self, body: Mapping[str, Any]) -> View:
        """Take a reason."""
        view, actor = body["view"], actor_of(body)
        asked = FormSubject.unpack(view["private_metadata"]).asked
        await self._parts.gate.require(actor, Need.ACT)
        words = filled_in(view, FeedbackField.WORDS)
        await self._votes.explain(_voter(actor), asked, filled_in(view, FeedbackField.SAID), words)
        self._gaps.disputed(actor.place.team, actor.user, asked, words)
        return sent_view("What was not right?", _EXPLAINED)

    async def send(self, body: Mapping[str, Any]) -> View:
        """Take a problem or a question."""
        view, actor = body["view"], actor_of(body)
        source = FormSubject.unpack(view["private_metadata"])
        await self._parts.gate.require(actor, Need.ACT)
        client = self._parts.clients.of(actor.place.team)
        report = Report(
            actor.place.team,
            actor.user,
            await client.name_of(actor.user),
            source.once_for,
            source.is_question,
            source.asked.outcome.value,
            source.asked.fact,
            filled_in(view, FeedbackField.WORDS),
            filled_in(view, FeedbackField.SAID),
            await client.permalink_in_time(source.channel, source.ts),
        )
        is_sent = await self._reports.send(view["id"], report)
        self._gaps.disputed(report.team, report.user, source.asked, report.words)
        title = "Ask the team" if source.is_question else "Report a problem"
        return sent_view(title, _SENT if is_sent else _QUEUED)

    async def dealt(self, body: Mapping[str, Any]) -> None:
        """Mark a report as dealt with."""
        view, actor = body["view"], actor_of(body, self._reports.maintainers.channel, is_there=True)
        await self._parts.gate.require_in_their_channel(actor)
        answer = filled_in(view, FeedbackField.SAID)
        name = await self._parts.clients.of(actor.place.team).name_of(actor.user)
        await self._reports.deal(actor.place.team, view["private_metadata"], name, answer)

    async def _open(self, press: Press, view: View) -> None:
        await self._parts.modals.open_form(press.trigger, press.actor, view, on_top=press.surface is Surface.MODAL)

    async def _open_report(self, press: Press, *, is_question: bool) -> None:
        asked, place = Asked.unpack(press.value), press.actor.place
        if not self._reports.maintainers.listen_to(place.team):
            raise BriefingBotError(NOBODY)
        once_for = f"{place.channel} {press.ts}" if press.ts else str(press.view.get("root_view_id") or press.trigger)
        ts = "" if press.is_ephemeral or place.is_direct else press.ts
        source = FormSubject(asked, once_for, place.channel, ts, is_question)
        content = await self._parts.content()
        fact = content.facts.get(asked.fact)
        view = report_form(source, fact.statement if fact else "", content.memorandum.contact)
        await self._open(press, view)


def register(router: Router, feedback: Feedback) -> None:
    """Take the forms' submissions."""
    on_form(router, FeedbackForm.REASON.value, FeedbackField.SAID.value, feedback.explain)
    on_form(router, FeedbackForm.REPORT.value, FeedbackField.SAID.value, feedback.send)
    on_form(router, FeedbackForm.DEALT.value, FeedbackField.SAID.value, feedback.dealt)


def _voter(actor: Actor) -> Voter:
    return Voter(actor.place.team, actor.user)
