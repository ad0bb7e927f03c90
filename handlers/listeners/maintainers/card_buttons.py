"""Decisions on proposals: what the buttons of a card do, and the form that asks why one is declined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.actions import TOO_OLD
from bot.errors import BriefingBotError
from bot.messages import Outcome, Reply
from bot.proposals.card import CLOSES
from bot.proposals.drafts import DraftField, ProposalDraft
from handlers.listeners.form_submissions import actor_of, on_form
from handlers.rendering.forms import filled_in
from handlers.rendering.maintainers.proposal_form import ProposalForm, decline_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.proposals.proposals import Proposals
    from handlers.listeners.actions import Press
    from handlers.listeners.form_submissions import FormParts
    from handlers.listeners.maintainers.proposing import SuggestionForms
    from handlers.slack.receiving.router import Router

_ELSEWHERE: Final = "Decide on a proposal where its card is: in the maintainers’ channel."


class Decisions:
    """Does what the buttons of a card say, once Slack has said that the person may. Methods raise BriefingBotError."""

    def __init__(self, proposals: Proposals, forms: SuggestionForms, parts: FormParts) -> None:
        """`proposals.maintainers` says where somebody decides in Slack."""
        self._proposals = proposals
        self._forms = forms
        self._parts = parts

    async def approve(self, press: Press) -> None:
        """Approve a proposal."""
        proposal_id, version = await self._named(press)
        author = await self._parts.author_of(press.actor)

        async def others(besides: frozenset[str]) -> bool:
            return await self._parts.gate.has_other_maintainers(press.actor.place, besides)

        await self._proposals.approve(proposal_id, version, author, others)

    async def look_again(self, press: Press) -> None:
        """Take the fact as it is now for the one that a proposal changes."""
        proposal_id, version = await self._named(press)
        await self._proposals.look_again(proposal_id, version, await self._parts.author_of(press.actor))

    async def apply_again(self, press: Press) -> None:
        """Have an approved proposal applied that failed."""
        proposal_id, _ = await self._named(press)
        await self._proposals.apply_again(proposal_id, await self._parts.author_of(press.actor))

    async def amend(self, press: Press) -> None:
        """Open the form that edits a proposal."""
        proposal_id, _ = await self._named(press)
        draft = ProposalDraft.of_proposal(await self._proposals.get(proposal_id))
        await self._forms.open(press.trigger, press.actor, draft)

    async def decline(self, press: Press) -> None:
        """Open the form that asks why one is declined, or was not merged."""
        proposal_id, _ = await self._named(press)
        form = decline_form(proposal_id, closes=press.value.endswith(f" {CLOSES}"))
        await self._parts.modals.open_form(press.trigger, press.actor, form, on_top=False)

    async def withdraw(self, press: Press) -> Reply:
        """Take one's own proposal back."""
        await self._proposals.withdraw(press.value, await self._parts.author_of(press.actor))
        return Reply(Outcome.NOTICE, "", note="Withdrawn. Nothing of it is published.")

    async def declined(self, body: Mapping[str, Any]) -> None:
        """Decline or close a proposal, if the person may still do so."""
        view, actor = body["view"], actor_of(body, self._proposals.maintainers.channel)
        await self._parts.gate.require_maintainer(actor)
        reason = filled_in(view, DraftField.REASON)
        proposal_id, _, closes = view["private_metadata"].partition(" ")
        end = self._proposals.close if closes else self._proposals.decline
        await end(proposal_id, await self._parts.author_of(actor), reason)

    async def _named(self, press: Press) -> tuple[str, int]:
        """Return the proposal and its version that a button of a card names, if the actor may decide on it."""
        proposal_id, version, *_ = *press.value.split(" "), ""
        place = press.actor.place
        if not self._proposals.maintainers.read(place.team, place.channel):
            raise BriefingBotError(_ELSEWHERE)
        await self._parts.gate.require_maintainer(press.actor)
        if not version.isdecimal():
            raise BriefingBotError(TOO_OLD, "Ask again.")
        return proposal_id, int(version)


def register(router: Router, decisions: Decisions) -> None:
    """Take the form that declines a proposal."""
    on_form(router, ProposalForm.DECLINE.value, DraftField.REASON.value, decisions.declined)
