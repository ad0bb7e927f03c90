"""What became of a proposal in content that is published: only what it changes counts. Pure."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from bot.proposals.suggestion import FactFields, SuggestionKind, fields_of
from bot.recurrence.phrase import joined

if TYPE_CHECKING:
    from bot.content.models import Content
    from bot.proposals.proposal import Proposal

_TEXTS: Final = ("statement", "certainty", "said_by", "short")
_LABELS: Final = {
    "statement": "the statement",
    "certainty": "how certain it is",
    "said_by": "whose words it gives",
    "short": "the briefing’s line",
    "source": "its sources",
    "keyword": "its keywords",
    "checked_on": "the day of its check",
}
_CHECKED_ON: Final = "checked_on"


class ProposalOutcome(Enum):
    """Not published yet, published as it was proposed, or otherwise: in other words, or the fact is withdrawn."""

    OPEN = auto()
    PUBLISHED = auto()
    OTHERWISE = auto()


def outcome_of(content: Content, proposal: Proposal) -> ProposalOutcome:
    """Return what became of it: each part of the fact that it changes is as before, as proposed, or otherwise.

    Other people's changes of other parts do not count; a day of a check that is later than the proposed one does.
    """
    fact, now = content.facts.get(proposal.fact_id), fields_of(content, proposal.fact_id)
    kind = proposal.suggestion.kind
    if kind is SuggestionKind.WITHDRAWAL:
        return ProposalOutcome.OPEN if fact and fact.is_current else ProposalOutcome.PUBLISHED
    if fact is None:
        return ProposalOutcome.OPEN if kind is SuggestionKind.NEW else ProposalOutcome.OTHERWISE
    if not fact.is_current:
        return ProposalOutcome.OTHERWISE
    return _compared(*map(_parts, (proposal.base, proposal.after, now)))


def _compared(base: dict[str, str], after: dict[str, str], now: dict[str, str]) -> ProposalOutcome:
    changed = {each for each in {*base, *after} if base.get(each) != after.get(each)}
    made = {each for each in changed if _is_made(each, after.get(each), now.get(each))}
    if made == changed:
        return ProposalOutcome.PUBLISHED
    otherwise = {each for each in changed - made - {_CHECKED_ON} if now.get(each) != base.get(each)}
    # A part is left out: told by the statement, since others may have made the rest, such as a certainty, before.
    is_partly_made = "statement" in made or ("statement" not in changed and bool(made))
    return ProposalOutcome.OTHERWISE if otherwise or is_partly_made else ProposalOutcome.OPEN


def _is_made(part: str, wanted: str | None, now: str | None) -> bool:
    return (now or "") >= (wanted or "") if part == _CHECKED_ON else now == wanted


def _parts(fact: FactFields) -> dict[str, str]:
    """Return the parts of a fact that can be changed each for itself; a source's words and a keyword are one each."""
    texts = {each: getattr(fact, each) for each in (*_TEXTS, _CHECKED_ON)}
    sources = {f"source {name}": f"“{words}”" for name, words in fact.sources}
    return texts | sources | {f"keyword {each}": each for each in fact.keywords}


def published_words(content: Content, proposal: Proposal) -> str:
    """Return how a fact is published that a proposal wanted otherwise, in plain text on one line."""
    fact, now = content.facts.get(proposal.fact_id), fields_of(content, proposal.fact_id)
    if fact is None or not fact.is_current:
        return "The fact is no longer served."
    wanted, held, base = map(_parts, (proposal.after, now, proposal.base))
    changed = (each for each in {*base, *wanted} if base.get(each) != wanted.get(each))
    parts = {each.partition(" ")[0] for each in changed if wanted.get(each) != held.get(each)}
    differing = [label for name, label in _LABELS.items() if name in parts]
    return f"It reads now: “{now.statement}” Different from what was proposed: {joined(differing)}."


def is_there(content: Content, proposal: Proposal) -> bool:
    """Whether a new fact of a proposal is served, in whatever words."""
    fact = content.facts.get(proposal.fact_id)
    return proposal.suggestion.kind is SuggestionKind.NEW and fact is not None and fact.is_current
