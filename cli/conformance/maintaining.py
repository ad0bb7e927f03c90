"""What maintainers get in the walk: themes of unanswered questions, facts due for a review, and proposals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.content.checks.reviews import review_day
from bot.gaps.gaps import Gap, add
from bot.messages import Author
from bot.outbox.delivery import Delivery, DeliveryKind
from bot.outbox.enqueuing import enqueue
from bot.proposals.proposal import ProposalState, replace_proposal
from bot.proposals.suggestion import Suggestion, SuggestionKind
from bot.proposals.telling import edit_card
from bot.reviews.post import ReviewPost
from workspace.blocks.elements import elements_in
from workspace.state.records import TEAM_ID
from workspace.state.seed import GRACE_ID, POLICY_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import app as wiring
    from bot.content.models import Content, Fact
    from bot.outbox.delivery import OutboxMessage
    from workspace.state.forms import Values

_ASKED = ("the price of fish", "what fish costs", "who mends the pier", "will the pier be mended", "where zebras cross")


async def ask_for_reviews(app: wiring.App, content: Content, fact: Fact) -> None:
    """Let a fact be past its review, and post that as on a Monday."""
    now = app.clock.now()
    yesterday = review_day(now) - timedelta(days=1)
    due = replace(fact, checked_on=yesterday - timedelta(days=1), review_by=yesterday)
    await app.publisher.publish(replace(content, facts={**content.facts, fact.id: due}))
    await app.refresh()
    await _post(app, await ReviewPost(app.database, app.clock, app.settings.maintainers).compose(TEAM_ID, None))


async def ask_what_themes_are(app: wiring.App) -> None:
    """Let people have asked what no fact answers, a theme of it be not for us, and post that as on a Monday."""
    today = app.clock.now().date()
    asked = [Gap(TEAM_ID, words, 1, today, today, f"{number:032x}") for number, words in enumerate(_ASKED)]
    async with app.database.transaction() as connection:
        await add(connection, asked)
    theme = (await app.themes.listed(TEAM_ID)).open[-1]
    await app.themes.refuse(Author(TEAM_ID, GRACE_ID, "Grace"), theme.ref, "Others know more.")
    await _post(app, await app.themes.weekly(POLICY_ID, TEAM_ID, None))


async def _post(app: wiring.App, made: Sequence[tuple[str, OutboxMessage]]) -> None:
    async with app.database.transaction() as connection:
        wanted = [Delivery(TEAM_ID, place, DeliveryKind.NOTE, message) for place, message in made]
        await enqueue(connection, wanted, app.clock.now())
    app.worker.wake()


async def propose(app: wiring.App, fact: Fact) -> None:
    """Have keywords proposed twice: a fact that has changed meanwhile, and what could not be written."""
    author, now = Author(TEAM_ID, GRACE_ID, "Grace"), app.clock.now()
    for number, state in enumerate((ProposalState.WAITING, ProposalState.FAILED)):
        words = (*fact.keywords, f"a few words {number}")
        wanted = Suggestion(SuggestionKind.KEYWORDS, fact.area, fact.id, keywords=words)
        before = await app.proposals.get(await app.proposals.suggest(wanted, author))
        is_stale = state is ProposalState.WAITING
        after = replace(before, state=state, is_stale=is_stale, version=2, note="The repository cannot be reached.")
        async with app.database.transaction() as connection:
            await replace_proposal(connection, before, after)
            await edit_card(connection, after, POLICY_ID, now)
    app.worker.wake()


def new_fact(view: Mapping[str, Any]) -> Values:
    """Return what makes a fact of the form for a suggestion: one that no source states."""
    chosen = {"area": 0, "certainty": -1, "source_id": 1}
    values: Values = {"statement": {"statement": {"value": "Neither source states who reads a few words."}}}
    for block, element in elements_in(view["blocks"]):
        if (name := block["block_id"]) in chosen:
            values[name] = {name: {"type": element["type"], "selected_option": element["options"][chosen[name]]}}
    return values
