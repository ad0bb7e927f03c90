"""Buttons of reviews: that a fact is still right, which somebody else approves; or the form that changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.actions import TOO_OLD, Action
from bot.content.checks.reviews import review_day
from bot.errors import BriefingBotError, DeliveryError
from bot.messages import Outcome, Reply
from bot.proposals.drafts import ProposalDraft
from bot.proposals.proposal import ProposalState
from bot.proposals.suggestion import FactFields, Suggestion, SuggestionKind
from bot.reviews.reviews import owner_of
from bot.text import day
from handlers.listeners.actions import ActionHandler, Surface
from handlers.slack.gate import Need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.content.models import Content, Fact
    from bot.proposals.proposals import Proposals
    from handlers.listeners.actions import Press
    from handlers.listeners.form_submissions import FormParts
    from handlers.listeners.maintainers.proposing import SuggestionForms

_GONE: Final = "We no longer serve that fact: there is nothing to review."
_CHANGED: Final = "The fact has changed since this was posted. Read it again before you answer: /fact {fact_id}"
_NOT_YOURS: Final = "Only whoever answers for this fact, and members of the maintainers’ channel, can do that."
_PROPOSED: Final = "Proposed: checked on {on}. Once somebody else approves it, the fact is no longer due."
_DECIDED: Final = "That was proposed this week already, and it is {state}."


class Reviews:
    """Does what the buttons of a review say, for the fact's owner and for maintainers."""

    def __init__(self, proposals: Proposals, forms: SuggestionForms, parts: FormParts) -> None:
        """`proposals` takes what is answered; nothing is written here."""
        self._proposals = proposals
        self._forms = forms
        self._parts = parts

    async def still_right(self, press: Press) -> Reply:
        """Propose today as the day of a fact's check: once while it waits, and once in a week, whoever presses."""
        _, fact = await self._reviewed(press)
        today = review_day(self._parts.clock.now())
        week = f"{today.isocalendar().year} {today.isocalendar().week}"
        here = press.actor.place.team, fact.id
        for each in await self._proposals.all((ProposalState.WAITING,)):
            checked_on = each.suggestion.checked_on
            if checked_on and (each.author.team, each.fact_id) == here and not each.is_stale:
                return Reply(Outcome.NOTICE, "", note=_PROPOSED.format(on=day(checked_on)))
        suggestion = Suggestion(SuggestionKind.CHECKED_ON, fact.area, fact.id, checked_on=today)
        author = await self._parts.author_of(press.actor)
        proposal_id = await self._proposals.suggest(suggestion, author, f"review {press.value} {week}")
        proposal = await self._proposals.get(proposal_id)
        if proposal.state is not ProposalState.WAITING:
            return Reply(Outcome.NOTICE, "", note=_DECIDED.format(state=proposal.state.value))
        return Reply(Outcome.NOTICE, "", note=_PROPOSED.format(on=day(proposal.suggestion.checked_on or today)))

    async def correct(self, press: Press) -> None:
        """Open the form for a correction, filled in with the fact."""
        await self._open(press, SuggestionKind.CORRECTION)

    async def withdraw(self, press: Press) -> None:
        """Open the form that asks why the fact is to be withdrawn."""
        await self._open(press, SuggestionKind.WITHDRAWAL)

    async def _open(self, press: Press, kind: SuggestionKind) -> None:
        content, fact = await self._reviewed(press)
        await self._forms.open(press.trigger, press.actor, ProposalDraft.of_fact(content, fact.id, kind))

    async def _reviewed(self, press: Press) -> tuple[Content, Fact]:
        """Return the content and the fact that a button names, if it is as it was shown and the actor may answer."""
        fact_id, _, shown = press.value.partition(" ")
        content = await self._parts.content()
        if not shown:
            raise BriefingBotError(TOO_OLD, "Ask again.")
        fact = content.facts.get(fact_id)
        if fact is None or not fact.is_current:
            raise BriefingBotError(_GONE)
        await self._require_owner(press, owner_of(content, fact))
        if FactFields.of(fact).digest != shown:
            raise BriefingBotError(_CHANGED.format(fact_id=fact.id))
        return content, fact

    async def _require_owner(self, press: Press, owner: str) -> None:
        """Raise unless the actor is the owner, presses in the owner's channel, or is a maintainer."""
        actor = press.actor
        is_theirs = self._proposals.maintainers.are_in(actor.place.team)
        if is_theirs and owner and owner in {actor.user, actor.place.channel if actor.is_there else ""}:
            return
        try:
            await self._parts.gate.require_maintainer(actor)
        except DeliveryError:
            raise
        except BriefingBotError:
            raise BriefingBotError(_NOT_YOURS) from None


def review_actions(reviews: Reviews) -> Mapping[str, ActionHandler]:
    """Return what stands below a fact that is due for a review: `reviews` asks whose it is."""
    surfaces = frozenset({Surface.MESSAGE, Surface.HOME})
    return {
        Action.STILL_RIGHT: ActionHandler(reviews.still_right, Need.SUGGEST, surfaces, changes_home=True),
        Action.REVIEW_CORRECT: ActionHandler(reviews.correct, Need.SUGGEST, surfaces),
        Action.REVIEW_WITHDRAW: ActionHandler(reviews.withdraw, Need.SUGGEST, surfaces),
    }
