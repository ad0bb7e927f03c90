"""What maintainers get in the walk: themes of unanswered questions, and facts that are due for a review."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.content.checks.reviews import review_day
from bot.gaps.gaps import Gap, add
from bot.gaps.theme_decision import Expert, ThemeRef
from bot.outbox.delivery import Delivery, DeliveryKind
from bot.outbox.enqueuing import enqueue
from bot.reviews.post import ReviewPost
from workspace.state.records import TEAM_ID
from workspace.state.seed import GRACE_ID, POLICY_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    import app as wiring
    from bot.content.models import Content, Fact
    from bot.outbox.delivery import OutboxMessage

_ASKED = ("the price of fish", "what fish costs", "who mends the pier", "will the pier be mended", "where zebras cross")


async def ask_for_reviews(app: wiring.App, content: Content, fact: Fact) -> None:
    """Let a fact be past its review, and post that as on a Monday."""
    now = app.clock.now()
    yesterday = review_day(now) - timedelta(days=1)
    due = replace(fact, checked_on=yesterday - timedelta(days=1), review_by=yesterday)
    await app.publisher.publish(replace(content, facts={**content.facts, fact.id: due}))
    await app.refresh()
    await _post(app, await ReviewPost(app.database, app.clock, POLICY_ID).compose(TEAM_ID, None))


async def ask_what_themes_are(app: wiring.App) -> None:
    """Let people have asked what no fact answers, a theme of it be not for us, and post that as on a Monday."""
    today = app.clock.now().date()
    asked = [Gap(TEAM_ID, words, 1, today, today, f"{number:032x}") for number, words in enumerate(_ASKED)]
    async with app.database.transaction() as connection:
        await add(connection, asked)
    theme = (await app.themes.listed(TEAM_ID)).open[-1]
    await app.themes.refuse(Expert(TEAM_ID, GRACE_ID, "Grace"), ThemeRef(theme.key, theme.version), "Others know more.")
    await _post(app, await app.themes.weekly(POLICY_ID, TEAM_ID, None))


async def _post(app: wiring.App, made: Sequence[tuple[str, OutboxMessage]]) -> None:
    async with app.database.transaction() as connection:
        wanted = [Delivery(TEAM_ID, place, DeliveryKind.NOTE, message) for place, message in made]
        await enqueue(connection, wanted, app.clock.now())
    app.worker.wake()
