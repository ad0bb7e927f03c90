"""Approved proposals are applied once, whoever is killed when, and told when they are published."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.config.maintainers import Maintainers
from bot.content.certainty import Certainty
from bot.content.editing.changes import EditConflictError
from bot.content.models import Citation, DatedReason
from bot.errors import BriefingBotError
from bot.outbox.delivery import message_from_json
from bot.proposals.approved_queue import CLAIMED_FOR, MOST_ATTEMPTS, Applier
from bot.proposals.card import card
from bot.proposals.proposal import Proposal, ProposalState
from bot.proposals.proposals import Proposals
from bot.proposals.suggestion import Suggestion, SuggestionKind
from bot.publishing.applying.protocol import NOT_PUBLISHED, Applied, ApplyError, ApprovedChange
from bot.store.database import Database
from handlers.rendering.replies import delivered
from tests.bot.proposals.test_proposals import ADA, BIDS, CORRECTION, GRACE, MAYA, Desk
from tests.support.newsroom import Newsroom
from workspace.blocks.pings import find_pings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


class Hand:
    """Applies what it is given, or fails as it is told (Apply); remembers each id."""

    def __init__(self, *errors: BaseException) -> None:
        """Fail with these first, one after the other."""
        self.errors = list(errors)
        self.applied: list[ApprovedChange] = []
        self.result = Applied("Pushed as a branch.", "https://example.org/compare")

    async def apply(self, approved: ApprovedChange) -> Applied:
        """Note a change."""
        self.applied.append(approved)
        if self.errors:
            raise self.errors.pop(0)
        return self.result


class Listener:
    """Notes what is published (PublishedListener)."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.themes: list[str] = []

    async def on_published(self, _connection: AsyncConnection, proposal: Proposal) -> None:
        """Note its theme."""
        self.themes.append(proposal.suggestion.theme_id)


@pytest.fixture
async def desk(database: Database) -> Desk:
    return Desk(await Newsroom.opened(database))


async def approved(desk: Desk) -> str:
    proposal_id = await desk.proposals.suggest(replace(CORRECTION, theme_id="t1"), ADA)
    await desk.proposals.approve(proposal_id, 1, GRACE, desk.others)
    return proposal_id


async def state(desk: Desk) -> ProposalState:
    (stored,) = await desk.proposals.all()
    return stored.state


async def test_it_is_applied_and_told_when_exactly_that_is_published(desk: Desk) -> None:
    await approved(desk)
    hand, listener = Hand(), Listener()
    applier = Applier(desk.proposals, hand, [listener])
    await applier.apply_due()
    await applier.apply_due()
    (change,) = hand.applied
    assert (change.change.fact_id, change.proposer.user, change.approver.user) == (BIDS, "U0ADA", "U0GRACE")
    assert change.change.fields["statement"] == CORRECTION.statement
    assert change.change.fields["corrected"] == {"on": "2026-12-03", "why": CORRECTION.reason}
    assert await state(desk) is ProposalState.APPLIED
    await desk.publish(CORRECTION.statement or "")
    await applier.note_published()
    await applier.note_published()
    assert await state(desk) is ProposalState.PUBLISHED
    assert listener.themes == ["t1"]
    told = await desk.texts("U0ADA")
    assert [text.partition(".")[0] for text in told] == ["Your proposal was approved", "Your proposal is published"]
    assert (await desk.texts("U0GRACE"))[0].startswith("Pushed as a branch.")
    done = [action for who, action in await desk.audited() if who == "bot"]
    assert done == ["proposal.applied", "proposal.published"]


async def test_the_new_text_answers_before_anybody_hears_that_it_is_published(desk: Desk) -> None:
    await approved(desk)
    states: list[ProposalState] = []

    async def refresh() -> None:
        states.append(await state(desk))

    applier = Applier(desk.proposals, Hand(), refresh=refresh)
    await applier.apply_due()
    await applier.note_published()
    assert states == [], "nothing is published yet"
    await desk.publish(CORRECTION.statement or "")
    await applier.note_published()
    assert (states, await state(desk)) == ([ProposalState.APPLIED], ProposalState.PUBLISHED)


async def publish(desk: Desk, **changed: object) -> None:
    """Publish the fact with other fields."""
    await desk.newsroom.edit(replace(desk.newsroom.content.facts[BIDS], **changed))  # type: ignore[arg-type]


async def test_two_proposals_on_one_fact_are_both_published(desk: Desk) -> None:
    checked = Suggestion(SuggestionKind.CHECKED_ON, "infrastructure", BIDS, checked_on=date(2026, 12, 2))
    keywords = (*desk.newsroom.content.facts[BIDS].keywords, "how many applied")
    added = Suggestion(SuggestionKind.KEYWORDS, "infrastructure", BIDS, keywords=keywords)
    for each in (CORRECTION, checked, added):
        proposal_id = await desk.proposals.suggest(each, ADA)
        await desk.proposals.approve(proposal_id, 1, GRACE, desk.others)
    applier = Applier(desk.proposals, Hand())
    await applier.apply_due()
    await publish(desk, checked_on=date(2026, 12, 2))
    await applier.note_published()
    await publish(desk, statement=CORRECTION.statement, checked_on=date(2026, 12, 3))
    await applier.note_published()
    states = {each.suggestion.kind: each.state.value for each in await desk.proposals.all()}
    assert states == {CORRECTION.kind: "published", checked.kind: "published", added.kind: "applied"}
    await publish(desk, statement=CORRECTION.statement, checked_on=date(2026, 12, 3), keywords=("more", *keywords))
    await applier.note_published()
    assert {each.state.value for each in await desk.proposals.all()} == {"published"}


@pytest.mark.parametrize("is_withdrawn", [False, True])
async def test_what_a_reviewer_reworded_is_told_and_answers_no_theme(desk: Desk, *, is_withdrawn: bool) -> None:
    proposal_id = await approved(desk)
    listener = Listener()
    applier = Applier(desk.proposals, Hand(), [listener])
    await applier.apply_due()
    other = "There were over 211 bids <!channel> *for* AI Growth Zones."
    withdrawn = DatedReason(on=date(2026, 12, 2), why="It is wrong.") if is_withdrawn else None
    await publish(desk, statement=other, withdrawn=withdrawn)
    await applier.note_published()
    await applier.note_published()
    assert await state(desk) is ProposalState.SUPERSEDED
    told = await desk.enqueued("U0ADA")
    wanted = "no longer served" if is_withdrawn else "It reads now: “There were over 211 bids"
    (message,) = delivered(message_from_json(told[-1].payload))
    assert wanted in message["text"]
    assert len(told) == 2
    assert find_pings(message["text"], message["blocks"]) == ()
    shown = card((await desk.proposals.all())[0])
    assert "**Published in other words**" in shown.markdown
    assert shown.buttons == ()
    assert listener.themes == []
    with pytest.raises(BriefingBotError, match="decided already: approved, and published in other words"):
        await desk.proposals.close(proposal_id, GRACE, "It was not merged.")


async def test_a_pull_request_that_is_not_merged_is_closed_by_a_person_and_told(desk: Desk) -> None:
    proposal_id = await approved(desk)
    with pytest.raises(BriefingBotError, match="decided already: approved"):
        await desk.proposals.close(proposal_id, GRACE, "It was not merged.")
    applier = Applier(desk.proposals, Hand())
    await applier.apply_due()
    (button,) = card((await desk.proposals.all())[0]).buttons
    assert (button.label, button.value) == ("It was not merged", f"{proposal_id} 1 closes")
    with pytest.raises(BriefingBotError, match="Say why"):
        await desk.proposals.close(proposal_id, GRACE, "  ")
    await desk.proposals.close(proposal_id, GRACE, "The release was withdrawn.")
    assert await state(desk) is ProposalState.CLOSED
    assert "will not be published: The release was withdrawn" in (await desk.texts("U0ADA"))[-1]
    assert (await desk.audited())[-1] == ("U0GRACE", "proposal.closed")
    await desk.publish(CORRECTION.statement or "")
    await applier.note_published()
    assert await state(desk) is ProposalState.CLOSED


async def test_what_publishing_holds_is_told_to_who_approved_it_and_on_the_card(desk: Desk) -> None:
    await approved(desk)
    hand = Hand()
    hand.result = Applied(f"{NOT_PUBLISHED} It withdraws 9 facts at once.")
    await Applier(desk.proposals, hand).apply_due()
    (told,) = await desk.texts("U0GRACE")
    assert told.startswith(
        f"What you approved for **{BIDS}** is held. It is written, and not published: It withdraws 9"
    )
    assert "not published: It withdraws 9 facts" in card((await desk.proposals.all())[0]).markdown


async def test_who_edited_is_named_and_told_at_the_end(desk: Desk) -> None:
    proposal_id = await desk.proposals.suggest(CORRECTION, ADA)
    await desk.proposals.edit(proposal_id, 1, replace(CORRECTION, reason="It says so."), GRACE)
    await desk.proposals.approve(proposal_id, 2, MAYA, desk.others)
    applier = Applier(desk.proposals, Hand())
    await applier.apply_due()
    await desk.publish(CORRECTION.statement or "")
    await applier.note_published()
    shown = card((await desk.proposals.all())[0]).markdown
    assert shown.endswith(
        "**Published**, approved by U0Maya. [Open it](https://example.org/compare). Edited by U0Grace."
    )
    (told,) = await desk.texts("U0GRACE")
    assert told.startswith("The proposal by U0Ada that you edited is published.")


async def test_a_new_fact_without_a_day_of_its_check_is_told_as_published(desk: Desk) -> None:
    source = next(iter(desk.newsroom.content.sources.values()))
    new = Suggestion(
        SuggestionKind.NEW,
        "agreement",
        statement="Nobody says so.",
        certainty="unstated",
        source_id=source.id,
        source_words="",
    )
    proposal_id = await desk.proposals.suggest(new, ADA)
    await desk.proposals.approve(proposal_id, 1, GRACE, desk.others)
    applier = Applier(desk.proposals, Hand())
    await applier.apply_due()
    assert await state(desk) is ProposalState.APPLIED
    (stored,) = await desk.proposals.all()
    fact = replace(
        desk.newsroom.content.facts[BIDS],
        id=stored.fact_id,
        statement="Nobody says so.",
        certainty=Certainty.UNSTATED,
        citations=(Citation(source, ""),),
        short=None,
        keywords=(),
    )
    await desk.newsroom.edit(fact)
    await applier.note_published()
    assert await state(desk) is ProposalState.PUBLISHED


async def test_killed_between_claim_and_record_it_is_applied_again_once_the_claim_has_run_out(desk: Desk) -> None:
    await approved(desk)
    hand = Hand(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        await Applier(desk.proposals, hand).apply_due()
    assert await state(desk) is ProposalState.APPLYING
    other = Applier(desk.proposals, hand)
    await other.apply_due()
    assert len(hand.applied) == 1, "the claim holds"
    desk.newsroom.clock.at += CLAIMED_FOR
    await other.apply_due()
    assert [each.id for each in hand.applied] == [hand.applied[0].id] * 2
    assert hand.applied[0].change == hand.applied[1].change
    assert await state(desk) is ProposalState.APPLIED
    assert len(await desk.texts("U0ADA")) == 1


async def test_killed_after_it_was_published_it_is_not_applied_again(desk: Desk) -> None:
    await approved(desk)
    with pytest.raises(KeyboardInterrupt):
        await Applier(desk.proposals, Hand(KeyboardInterrupt())).apply_due()
    await desk.publish(CORRECTION.statement or "")
    desk.newsroom.clock.at += CLAIMED_FOR
    hand = Hand()
    applier = Applier(desk.proposals, hand)
    await applier.apply_due()
    await applier.note_published()
    assert hand.applied == []
    assert await state(desk) is ProposalState.PUBLISHED


async def test_what_may_help_is_tried_again_and_what_does_not_is_told_and_kept(desk: Desk) -> None:
    proposal_id = await approved(desk)
    away = ApplyError("The repository cannot be reached.", "It is tried again by itself.", is_temporary=True)
    hand = Hand(*[away] * (MOST_ATTEMPTS - 1), ApplyError("The bot may not push.", "Give it the right."))
    applier = Applier(desk.proposals, hand)
    await applier.apply_due()
    assert await state(desk) is ProposalState.APPROVED
    (told,) = await desk.texts("U0GRACE")
    assert "not written yet. The repository cannot be reached" in told
    for _ in range(MOST_ATTEMPTS):
        desk.newsroom.clock.pass_by(hours=1)
        await applier.apply_due()
    assert await state(desk) is ProposalState.FAILED
    assert "The bot may not push" in (await desk.texts("U0GRACE"))[-1]
    assert "could not be written yet: The bot may not push" in (await desk.texts("U0ADA"))[-1]
    await desk.proposals.apply_again(proposal_id, GRACE)
    await applier.apply_due()
    assert await state(desk) is ProposalState.APPLIED


async def test_a_patch_is_given_to_who_approved_it_and_kept(desk: Desk) -> None:
    await approved(desk)
    patch = "--- a/briefings/a.yaml\n+++ b/briefings/a.yaml\n@@ -1 +1 @@\n-  statement: <!channel>  *old*\n"
    hand = Hand()
    hand.result = Applied("Not written: somebody has to make this change in a.yaml.", patch=patch)
    await Applier(desk.proposals, hand).apply_due()
    (stored,) = await desk.proposals.all()
    assert stored.patch == patch
    (told,) = await desk.enqueued("U0GRACE")
    (message,) = delivered(message_from_json(told.payload))
    assert find_pings(message["text"], message["blocks"]) == ()
    assert "-  statement: <!channel>" in str(message["blocks"]).replace("- statement", "-  statement")
    assert f"briefing-bot proposals show {stored.id[:8]} --patch" in message["text"]


async def test_a_fact_that_the_files_have_changed_meanwhile_waits_for_a_second_look(desk: Desk) -> None:
    await approved(desk)
    applier = Applier(desk.proposals, Hand(EditConflictError("It was changed meanwhile.", "Look at it.")))
    await applier.apply_due()
    (stored,) = await desk.proposals.all()
    assert (stored.state, stored.is_stale, stored.approver, stored.version) == (ProposalState.WAITING, True, "", 2)


async def test_the_card_of_a_waiting_proposal_says_that_its_fact_has_changed(desk: Desk) -> None:
    await desk.proposals.suggest(CORRECTION, ADA)
    applier = Applier(desk.proposals, Hand())
    await applier.note_changed()
    assert not (await desk.proposals.all())[0].is_stale
    await desk.publish("There were over 205 bids.")
    await applier.note_changed()
    await applier.note_changed()
    (stored,) = await desk.proposals.all()
    assert (stored.is_stale, stored.version) == (True, 2)
    assert "The fact has changed meanwhile" in stored.preview


async def test_an_error_that_nobody_expected_loses_nothing(desk: Desk) -> None:
    await approved(desk)
    await Applier(desk.proposals, Hand(RuntimeError("xoxb-1"))).apply_due()
    (stored,) = await desk.proposals.all()
    assert stored.state is ProposalState.FAILED
    assert stored.note == "Something went wrong on my side, and has been logged."


async def test_of_three_processes_at_once_one_applies_each_and_one_notes_that_it_is_published(desk: Desk) -> None:
    """Each with its own connections: on PostgreSQL as three processes would be, on SQLite one after the other."""
    facts = list(desk.newsroom.content.facts.values())[:5]
    for fact in facts:
        keywords = (*fact.keywords, "how many applied")
        wanted = Suggestion(SuggestionKind.KEYWORDS, fact.area, fact.id, keywords=keywords)
        proposal_id = await desk.proposals.suggest(wanted, ADA)
        await desk.proposals.approve(proposal_id, 1, GRACE, desk.others)
    hand, listener = Hand(), Listener()
    async with AsyncExitStack() as stack:
        appliers = []
        for _ in range(3):
            stack.push_async_callback((database := Database(desk.database.url)).close)
            await database.refresh()
            parts = (database, desk.newsroom.clock, desk.examiner, Maintainers("C0POLICY"), lambda: None)
            appliers.append(Applier(Proposals(*parts), hand, [listener]))
        await asyncio.gather(*(each.apply_due() for each in appliers))
        assert sorted(each.change.fact_id for each in hand.applied) == sorted(each.id for each in facts)
        assert {each.state for each in await desk.proposals.all()} == {ProposalState.APPLIED}
        await desk.newsroom.edit(*(replace(each, keywords=(*each.keywords, "how many applied")) for each in facts))
        for each in appliers:
            await each._database.refresh()  # noqa: SLF001 — as each process does by itself
        await asyncio.gather(*(each.note_published() for each in appliers))
    assert {each.state for each in await desk.proposals.all()} == {ProposalState.PUBLISHED}
    assert len(listener.themes) == len(facts)
    done = Counter(action for who, action in await desk.audited() if who == "bot")
    assert done == {"proposal.applied": len(facts), "proposal.published": len(facts)}
    assert len(await desk.texts("U0ADA")) == 2 * len(facts)
