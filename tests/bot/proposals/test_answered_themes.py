"""The theme that a fact was drafted for is closed in the transaction that marks the fact as published."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.gaps.gaps import Gap, add
from bot.gaps.theme_service import Themes
from bot.proposals.answered_themes import AnsweredThemes
from bot.proposals.approved_queue import Applier
from tests.bot.proposals.test_approved_queue import Hand
from tests.bot.proposals.test_proposals import ADA, BIDS, CORRECTION, GRACE, Desk
from tests.support.newsroom import TODAY, Newsroom

if TYPE_CHECKING:
    from bot.store.database import Database


async def test_a_published_proposal_closes_its_theme(database: Database) -> None:
    desk = Desk(await Newsroom.opened(database))
    clock = desk.newsroom.clock
    async with database.transaction() as connection:
        await add(connection, [Gap(ADA.team, "who mends the pier", 3, TODAY, TODAY, "1" * 32)])
    themes = Themes(database, clock)
    (entry,) = (await themes.listed(ADA.team)).open
    theme = await themes.keep(ADA, entry.ref)
    proposal_id = await desk.proposals.suggest(replace(CORRECTION, theme_id=theme.id), ADA)
    await desk.proposals.approve(proposal_id, 1, GRACE, desk.others)
    applier = Applier(desk.proposals, Hand(), [AnsweredThemes(clock)])
    await applier.apply_due()
    await applier.note_published()
    assert len((await themes.listed(ADA.team)).open) == 1, "it is written, and not published"
    await desk.publish(CORRECTION.statement or "")
    await applier.note_published()
    (closed,) = (await themes.listed(ADA.team)).decided
    assert closed.theme
    assert (closed.theme.state, closed.theme.fact_id, closed.theme.changed_by) == ("answered", BIDS, GRACE.name)
