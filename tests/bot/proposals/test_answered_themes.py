"""The theme that a fact was drafted for is closed in the transaction that marks the fact as published."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.audit.audit import AuditFilter, newest_audit
from bot.gaps.gaps import Gap, add
from bot.gaps.theme_service import Themes
from bot.proposals.answered_themes import AnsweredThemes
from bot.proposals.approved_queue import Applier
from bot.proposals.suggestion import Suggestion, SuggestionKind
from bot.publishing.applying.protocol import ApplyError
from tests.bot.proposals.test_approved_queue import Hand
from tests.bot.proposals.test_proposals import ADA, BIDS, CORRECTION, GRACE, Desk
from tests.support.newsroom import TODAY, Newsroom

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.gaps.theme_list import ThemeEntry
    from bot.gaps.themes import StoredTheme
    from bot.store.database import Database

KEYWORDS = Suggestion(SuggestionKind.KEYWORDS, CORRECTION.area, BIDS, keywords=("bids", "pier"))


@pytest.mark.parametrize(
    ("asked", "is_answered"), [("how many bids have there been for growth zones", True), ("who mends the pier", False)]
)
async def test_a_published_proposal_closes_its_theme_for_what_it_answers(
    database: Database, asked: str, *, is_answered: bool
) -> None:
    desk, themes, entry = await _asked(database, asked)
    clock = desk.newsroom.clock
    theme = await themes.store(ADA, entry.ref)
    proposal_id = await desk.proposals.suggest(replace(CORRECTION, theme_id=theme.id), ADA)
    (drafted,) = (await themes.listed(ADA.team)).open
    assert drafted.draft == f"Drafted by {ADA.name}, waits for approval."
    assert drafted.draft in (await themes.rows(ADA.team, 1))[0].text
    await desk.proposals.approve(proposal_id, 1, GRACE, desk.others)
    applier = Applier(desk.proposals, Hand(), [AnsweredThemes(clock)])
    await applier.apply_due()
    await applier.note_published()
    assert len((await themes.listed(ADA.team)).open) == 1, "it is written, and not published"
    await desk.publish(CORRECTION.statement or "")
    await applier.note_published()
    listed = await themes.listed(ADA.team)
    (closed,) = listed.decided if is_answered else listed.open
    assert closed.problem == ("" if is_answered else f"{BIDS} was published for it and does not answer: “{asked}”")
    assert closed.theme
    assert (closed.theme.state, closed.theme.fact_id, closed.theme.changed_by) == ("answered", BIDS, GRACE.name)


@pytest.mark.parametrize("end", ["declined", "withdrawn", "failed"])
async def test_keywords_that_come_to_nothing_open_their_theme_again(database: Database, end: str) -> None:
    desk, themes, entry = await _asked(database)
    proposal = await desk.proposals.examined(KEYWORDS, ADA)

    async def propose(connection: AsyncConnection, theme: StoredTheme) -> None:
        about_it = replace(proposal.suggestion, theme_id=theme.id)
        await desk.proposals.add(connection, replace(proposal, suggestion=about_it))

    await themes.hold(ADA, entry.ref, BIDS, propose)
    assert not (await themes.listed(ADA.team)).open
    if end == "declined":
        await desk.proposals.decline(proposal.id, GRACE, "It says nothing of piers.")
    elif end == "withdrawn":
        await desk.proposals.withdraw(proposal.id, ADA)
    else:
        await desk.proposals.approve(proposal.id, 1, GRACE, desk.others)
        await Applier(desk.proposals, Hand(ApplyError("No rights."))).apply_due()
    (again,) = (await themes.listed(ADA.team)).open
    assert again.theme
    assert (again.theme.fact_id, (await desk.proposals.get(proposal.id)).state) == ("", end)
    found = await _audited(database)
    assert ("bot", "theme.reopened", BIDS) in found
    if end == "failed":
        await desk.proposals.decline(proposal.id, GRACE, "It says nothing of piers.")
        assert await _audited(database) == found, "it is open already"


async def _asked(database: Database, asked: str = "who mends the pier") -> tuple[Desk, Themes, ThemeEntry]:
    desk = Desk(await Newsroom.opened(database))
    async with database.transaction() as connection:
        await add(connection, [Gap(ADA.team, asked, 3, TODAY, TODAY, "1" * 32)])
    themes = Themes(database, desk.newsroom.clock)
    (entry,) = (await themes.listed(ADA.team)).open
    return desk, themes, entry


async def _audited(database: Database) -> list[tuple[str, str, str]]:
    async with database.reading() as connection:
        found = await newest_audit(connection, AuditFilter(action="theme"), 100)
    return [(each.entry.who, each.entry.action, each.entry.before) for each in found]
