"""What maintainers see in Home besides: reviews, questions without an answer, proposals, and who published last."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.actions import Action, Choice
from bot.messages import Row
from bot.proposals.proposal import OPEN, ProposalState
from bot.proposals.suggestion import SuggestionKind
from bot.recurrence.phrase import joined
from bot.recurrence.zones import DEFAULT_ZONE
from bot.reviews.asks import asks_of
from bot.reviews.post import button_value
from bot.reviews.reviews import most_asked
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.answers.snapshot import RevisionSnapshot
    from bot.gaps.theme_service import Themes
    from bot.proposals.proposal import Proposal
    from bot.proposals.proposals import Proposals
    from bot.reviews.reviews import AskedReview
    from bot.store.database import Database
    from bot.store.revision import Revision

MOST_ROWS: Final = 3
"""Rows of each list: Slack takes 100 blocks in a Home, and each row is one."""
_KINDS: Final = {SuggestionKind.NEW: "New fact:", SuggestionKind.CHECKED_ON: "Still right:"}
_COMMIT: Final = 10
"""Digits of a commit that are shown."""


@dataclass(frozen=True, slots=True)
class MaintainersList:
    """A list in a maintainer's Home: what it is about and how many there are, the first rows, perhaps a button."""

    heading: str
    rows: tuple[Row, ...] = ()
    more: Choice | None = None


@dataclass(frozen=True, slots=True)
class Maintaining:
    """The maintainers' part of Home: who published last, and lists."""

    revision: str
    lists: tuple[MaintainersList, ...]


async def maintaining_for(
    snapshot: RevisionSnapshot, database: Database, proposals: Proposals, themes: Themes, team: str
) -> Maintaining:
    """Return what the maintainers of a workspace see. Raises BriefingBotError when the database cannot be read."""
    async with database.reading() as connection:
        asks = await asks_of(connection)
    due = most_asked(sorted(snapshot.due.values(), key=lambda each: each.due_on), asks)
    waiting = await proposals.all(OPEN)
    asked = await themes.rows(team, MOST_ROWS)
    return Maintaining(_published(snapshot.revision), (_reviews(due), _themes(asked), _proposals(waiting)))


def _published(revision: Revision) -> str:
    by = f" by {revision.author}" if revision.author else ""
    commit = f", commit {revision.commit[:_COMMIT]}" if revision.commit else ""
    at = revision.published_at.astimezone(ZoneInfo(DEFAULT_ZONE))
    return f"Revision {revision.number} was published on {day(at.date())} at {at:%H:%M}{by}{commit}."


def _reviews(due: Sequence[AskedReview]) -> MaintainersList:
    if not due:
        return MaintainersList("No fact is due for a review")
    number = "1 fact is" if len(due) == 1 else f"{len(due)} facts are"
    first = ", the most asked first" if len(due) > 1 else ""
    return MaintainersList(f"{number} due for a review{first}", tuple(map(_review, due[:MOST_ROWS])))


def _review(each: AskedReview) -> Row:
    fact = each.review.fact
    value = button_value(fact)
    choices = (
        Choice(Action.STILL_RIGHT, "Still right", value),
        Choice(Action.REVIEW_CORRECT, "Correct", value),
        Choice(Action.REVIEW_WITHDRAW, "Withdraw", value),
    )
    asked = f" Asked {each.asks} {'time' if each.asks == 1 else 'times'}." if each.asks else ""
    return Row(f"{fact.short or fact.statement}\n{each.review.line}{asked}", choices)


def _themes(rows: Sequence[Row]) -> MaintainersList:
    if not rows:
        return MaintainersList("No question waits for an answer")
    return MaintainersList("Asked most, and not answered", tuple(rows), Choice(Action.THEMES, "All themes", "all"))


def _proposals(found: Sequence[Proposal]) -> MaintainersList:
    states = Counter(each.state for each in found)
    waiting = [each for each in found if each.state is ProposalState.WAITING]
    counted = [f"{states[state]} {state.value}" for state in ProposalState if states[state]]
    if not counted:
        return MaintainersList("No proposal waits for a decision")
    rows = tuple(Row(_proposal(each)) for each in waiting[:MOST_ROWS])
    return MaintainersList(f"Proposals: {', '.join(counted)}", rows)


def _proposal(each: Proposal) -> str:
    kind = _KINDS.get(each.suggestion.kind, f"{each.suggestion.kind.value.capitalize()} of")
    edited = f", edited by {joined([editor.name for editor in each.editors])}" if each.editors else ""
    return f"{kind} {each.fact_id}, by {each.author.name} on {day(each.created_at.date())}{edited}"
