"""What maintainers get in the walk: facts that are due for a review."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.content.checks.reviews import review_day
from bot.outbox.delivery import Delivery, DeliveryKind
from bot.outbox.enqueuing import enqueue
from bot.reviews.post import ReviewPost
from workspace.state.records import TEAM_ID
from workspace.state.seed import POLICY_ID

if TYPE_CHECKING:
    import app as wiring
    from bot.content.models import Content, Fact


async def ask_for_reviews(app: wiring.App, content: Content, fact: Fact) -> None:
    """Let a fact be past its review, and post that as on a Monday."""
    now = app.clock.now()
    yesterday = review_day(now) - timedelta(days=1)
    due = replace(fact, checked_on=yesterday - timedelta(days=1), review_by=yesterday)
    await app.publisher.publish(replace(content, facts={**content.facts, fact.id: due}))
    await app.refresh()
    made = await ReviewPost(app.database, app.clock, POLICY_ID).compose(TEAM_ID, None)
    async with app.database.transaction() as connection:
        wanted = [Delivery(TEAM_ID, place, DeliveryKind.NOTE, message) for place, message in made]
        await enqueue(connection, wanted, now)
    app.worker.wake()
