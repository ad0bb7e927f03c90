"""Suggestions in Slack: the form, prefilled from a message, a fact, a theme or a proposal, and what becomes of it.

A check may take longer than Slack waits: then the window says so, and shows the result when it is there.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.actions import Action, Choice
from bot.errors import BriefingBotError, DeliveryError
from bot.messages import Outcome, Reply
from bot.proposals.drafts import DraftField, ProposalDraft, suggestion_of
from bot.proposals.proposals import SuggestionError
from bot.proposals.suggestion import fields_of
from handlers.errors import refusal
from handlers.listeners.actions import Surface
from handlers.listeners.form_submissions import actor_of, in_time
from handlers.rendering.maintainers.proposal_form import (
    TITLES,
    ProposalForm,
    draft_in,
    suggestion_form,
)
from handlers.rendering.modals import Frame, modal
from handlers.slack.gate import Need
from handlers.slack.installations.request_team import team_of
from handlers.slack.text import unescape

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncBoltContext

    from bot.proposals.proposals import Proposals
    from bot.subscriptions.permissions import Actor
    from handlers.listeners.actions import Press
    from handlers.listeners.form_submissions import FormParts
    from handlers.rendering.modals import Modals
    from handlers.rendering.replies import View
    from handlers.slack.receiving.router import Router
    from handlers.tasks import Tasks

SUGGEST: Final = "suggest_fact"
"""callback_id of the shortcut in a message's menu."""
_SENT: Final = "Sent. You get a direct message when it is decided, and again when it is published."
_SENT_TO_OPERATOR: Final = "Noted. Whoever runs me decides; you get a direct message then, and when it is published."
_CHECKING: Final = "Checking it against the other facts… If you close this window and it is not sent, I write to you."
_NOT_SENT: Final = "What you suggested was not sent. {problems}\n\nYour words were: {words}"
_CHANGED: Final = (
    "The fact has changed while you wrote. It is shown as it is now; your words are below. Send them again."
)

_log = structlog.stdlib.get_logger(__name__)


class SuggestionForms:
    """Opens the form for a suggestion, and takes it: a new one, or the edit of a proposal."""

    def __init__(self, proposals: Proposals, parts: FormParts) -> None:
        """`proposals.maintainers` says where somebody decides in Slack."""
        self._proposals = proposals
        self._parts = parts

    async def open(
        self, trigger: str, actor: Actor, draft: ProposalDraft, *, on_top: bool = False, note: str = ""
    ) -> None:
        """Open the form for a draft; where Slack opens none, write to the actor. The caller has asked the gate."""
        content = await self._parts.content()
        view = suggestion_form(draft, content, has_channel=bool(self._proposals.maintainers.channel), note=note)
        await self._parts.modals.open_form(trigger, actor, view, on_top=on_top)

    async def suggest(self, press: Press) -> None:
        """Open the form for a change of the fact that a button names, or for a new fact."""
        content = await self._parts.content()
        if press.value in content.facts:
            draft = ProposalDraft.of_fact(content, press.value)
        elif press.value == Action.SUGGEST:
            draft = ProposalDraft.new()
        else:
            raise BriefingBotError("We no longer hold that fact.", "Ask again: /fact and a few words.")
        await self.open(press.trigger, press.actor, draft, on_top=press.surface is Surface.MODAL)

    async def suggest_from(self, body: Mapping[str, Any], bot_user: str) -> None:
        """Open the form prefilled with the message whose menu was used, once it is known who asks."""
        actor, message = actor_of(body, (body.get("channel") or {}).get("id") or ""), body.get("message") or {}
        await self._parts.gate.require(actor, Need.SUGGEST)
        statement = " ".join(unescape(message.get("text") or "", bot_user).split())
        ts = "" if actor.place.is_direct else str(message.get("ts") or "")
        link = await self._parts.clients.of(actor.place.team).permalink_in_time(actor.place.channel, ts)
        await self.open(body["trigger_id"], actor, ProposalDraft.new(statement=statement, permalink=link))

    async def take(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take a suggestion or an edit; return Slack's answer to the submission."""
        if done := await in_time(self._taken(body), self._parts.tasks, partial(self._show_later, body)):
            return _answer(done.result())
        checking = modal(Reply(Outcome.NOTICE, "", note=_CHECKING), Frame(title="Checking"))
        return _answer({**checking, "external_id": body["view"]["id"]})

    async def source_chosen(self, body: Mapping[str, Any]) -> None:
        """Draw the form anew: a new source has more fields."""
        view = body["view"]
        try:
            await self._parts.clients.of(team_of(body)).update_view(view["id"], await self._redrawn(draft_in(view)))
        except BriefingBotError as error:  # submitting it says what is missing
            _log.warning("form.update_failed", reason=error.message)

    async def _taken(self, body: Mapping[str, Any]) -> View | dict[str, str] | None:
        """Take a form: return what to show, None to close, or a sentence for each field that is wrong."""
        shown: tuple[DraftField, ...] = (DraftField.REASON,)
        try:
            draft = draft_in(body["view"])
            shown = draft.asked
            actor = actor_of(body, self._proposals.maintainers.channel)
            if draft.proposal_id:
                await self._parts.gate.require_maintainer(actor)
            else:
                await self._parts.gate.require(actor, Need.SUGGEST)
            return await self._stored(draft, actor, body["view"]["id"])
        except SuggestionError as error:
            known = {name for name in shown if name.value in error.problems}
            others = [text for name, text in error.problems.items() if name not in shown]
            told = {name.value: error.problems[name.value] for name in known}
            return told | ({shown[0].value: " ".join(others)} if others and shown[0] not in known else {})
        except Exception as error:  # noqa: BLE001 — the form says that it was not taken, whatever the reason
            return {shown[0].value: refusal(error).note}

    async def _stored(self, draft: ProposalDraft, actor: Actor, key: str) -> View | None:
        content = await self._parts.content()
        author, fact = await self._parts.author_of(actor), content.facts.get(draft.fact_id)
        if draft.proposal_id:
            before = await self._proposals.get(draft.proposal_id)
            suggestion = suggestion_of(draft, before.base, before.suggestion.area, self._parts.clock.now().date())
            await self._proposals.edit(draft.proposal_id, draft.version, suggestion, author)
            return None
        base = fields_of(content, draft.fact_id)
        if base.digest != draft.digest:
            return await self._redrawn(replace(draft, digest=base.digest), _CHANGED)
        suggestion = suggestion_of(draft, base, fact.area if fact else "", self._parts.clock.now().date())
        proposal_id = await self._proposals.suggest(suggestion, author, key)
        note = _SENT if self._proposals.maintainers.channel else _SENT_TO_OPERATOR
        choices = (Choice(Action.WITHDRAW, "Withdraw it", proposal_id),)
        return modal(Reply(Outcome.NOTICE, "", note=note, choices=choices), Frame(title=TITLES[draft.kind]))

    async def _show_later(self, body: Mapping[str, Any], doing: asyncio.Future[View | dict[str, str] | None]) -> None:
        """Show in the window what a slow check came to: the form again, with what is wrong, or that it is sent."""
        result, view_id = doing.result(), body["view"]["id"]
        view = result if _is_view(result) else modal(Reply(Outcome.NOTICE, "", note="Saved."), Frame(title="Saved"))
        if result and not _is_view(result):
            problems = {DraftField(name): sentence for name, sentence in result.items()}
            view = await self._redrawn(replace(draft_in(body["view"]), problems=problems), " ".join(result.values()))
        try:
            await self._parts.clients.of(team_of(body)).update_answer(view_id, view or {})
        except DeliveryError as error:
            _log.info("form.update_failed", reason=error.message)
            if result and not _is_view(result):
                words = draft_in(body["view"]).values.get(DraftField.STATEMENT, "")
                note = _NOT_SENT.format(problems=" ".join(result.values()), words=words)
                await self._parts.write(team_of(body), body["user"]["id"], Reply(Outcome.REFUSAL, "", note=note))

    async def _redrawn(self, draft: ProposalDraft, note: str = "") -> View:
        content = await self._parts.content()
        return suggestion_form(draft, content, has_channel=bool(self._proposals.maintainers.channel), note=note)


def register(router: Router, forms: SuggestionForms, modals: Modals, tasks: Tasks) -> None:
    """Take the shortcut, the form, and the choice of a source."""

    async def on_shortcut(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        if tasks.is_new(body.get("trigger_id")):
            tasks.start(_or_say(forms, modals, body, context.bot_user_id or ""))

    async def on_suggestion(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack(**await forms.take(body))
        _log.info("form.submitted", team=team_of(body), command=ProposalForm.SUGGEST.value, faults=0)

    async def on_source(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        tasks.start(forms.source_chosen(body))

    router.on("message_shortcut", SUGGEST, on_shortcut)
    router.on("view", ProposalForm.SUGGEST.value, on_suggestion)
    router.on("block_action", DraftField.SOURCE.value, on_source)


async def _or_say(forms: SuggestionForms, modals: Modals, body: Mapping[str, Any], bot_user: str) -> None:
    """Open the form, or a window that says why not."""
    try:
        await forms.suggest_from(body, bot_user)
    except BriefingBotError as error:
        view = modal(refusal(error), Frame(title="Suggest a fact"))
        await modals.open_form(body["trigger_id"], actor_of(body), view, on_top=False)


def _answer(result: View | dict[str, str] | None) -> Mapping[str, Any]:
    """Return Slack's answer to a submission."""
    if result is None:
        return {"response_action": "clear"}
    if _is_view(result):
        return {"response_action": "update", "view": result}
    return {"response_action": "errors", "errors": result}


def _is_view(result: View | dict[str, str] | None) -> bool:
    return result is not None and "blocks" in result
