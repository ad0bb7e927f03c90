"""What maintainers see in Home: counted, cut to a few rows, and in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from bot.actions import Action
from bot.answers.home import Home
from bot.answers.maintaining import MOST_ROWS, maintaining_for
from bot.answers.service import Bot
from bot.config.maintainers import Maintainers
from bot.gaps.theme_service import Themes
from bot.messages import Author
from bot.proposals.proposals import Examination, Proposals
from bot.proposals.suggestion import Suggestion, SuggestionKind
from bot.publishing.publisher import Origin
from bot.reviews.asks import AskCounts
from handlers.rendering.home_tab import home_view
from tests.support.newsroom import Newsroom
from workspace.blocks.pings import find_pings

if TYPE_CHECKING:
    from bot.answers.maintaining import Maintaining
    from bot.content.models import Content
    from bot.store.database import Database

BIDS = "growth-zones-bids"
EMPTY = Home("", (), (), 0, sees_channels=True, watched=(), watches_left_out=0, help="")
LATE = datetime(2027, 6, 1, 9, tzinfo=UTC)


class Lenient:
    """Finds no fault in any suggestion (Examiner)."""

    async def examine(self, _suggestion: Suggestion, _content: Content) -> Examination:
        """Return that nothing is wrong."""
        return Examination()


async def lists(newsroom: Newsroom) -> tuple[Maintaining, Proposals, Bot]:
    database, clock = newsroom.database, newsroom.clock
    bot = Bot(database, clock)
    proposals = Proposals(database, clock, Lenient(), Maintainers("C9"), lambda: None)
    shown = await maintaining_for(await bot.snapshot(), database, proposals, Themes(database, clock), "T1")
    return shown, proposals, bot


async def test_nothing_to_do_is_said_so(database: Database) -> None:
    newsroom = await Newsroom.opened(database)
    shown, _, _ = await lists(newsroom)
    assert [each.heading for each in shown.lists] == [
        "No fact is due for a review",
        "No question waits for an answer",
        "No proposal waits for a decision",
    ]
    assert not any(each.rows or each.more for each in shown.lists)


async def test_the_most_asked_reviews_and_the_proposals_that_wait_are_listed(database: Database) -> None:
    newsroom = await Newsroom.opened(database)
    asks = AskCounts(database, newsroom.clock, 9999)
    asks.answered(BIDS)
    await asks.flush()
    facts = {**newsroom.content.facts, BIDS: replace(newsroom.content.facts[BIDS], keywords=("bids",))}
    origin = Origin(author="<@U0ADA> Bloggs", commit="abcdef0123456789")
    await newsroom.publisher.publish(replace(newsroom.content, facts=facts), origin)
    newsroom.clock.at = LATE
    _, proposals, _ = await lists(newsroom)
    suggestion = Suggestion(SuggestionKind.CHECKED_ON, "infrastructure", BIDS, checked_on=date(2027, 6, 1))
    await proposals.suggest(suggestion, Author("T1", "U1", "Ada <!here>"))
    shown, _, _ = await lists(newsroom)
    reviews, _, waiting = shown.lists
    number = sum(each.is_current for each in newsroom.content.facts.values())
    assert reviews.heading == f"{number} facts are due for a review, the most asked first"
    assert len(reviews.rows) == MOST_ROWS
    assert reviews.rows[0].text.endswith("Asked 1 time.")
    assert [each.ask for each in reviews.rows[0].choices] == [
        Action.STILL_RIGHT,
        Action.REVIEW_CORRECT,
        Action.REVIEW_WITHDRAW,
    ]
    assert waiting.heading == "Proposals: 1 waiting"
    assert [each.text for each in waiting.rows] == [f"Still right: {BIDS}, by Ada <!here> on 1 June 2027"]
    assert "by <@U0ADA> Bloggs, commit abcdef0123." in shown.revision
    view = home_view(replace(EMPTY, maintaining=shown))
    assert find_pings("", view["blocks"]) == ()
    assert len(view["blocks"]) < 30
