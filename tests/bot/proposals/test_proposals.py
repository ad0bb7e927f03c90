"""Proposals on each kind of database: suggested, edited, decided once, and told to who proposes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from bot.audit.audit import AuditFilter, read_audit
from bot.config.maintainers import Maintainers
from bot.errors import BriefingBotError
from bot.messages import Author
from bot.outbox.delivery import DeliveryKind, message_from_json
from bot.proposals.card import card
from bot.proposals.drafts import DraftField, ProposalDraft, suggestion_of
from bot.proposals.outcome import ProposalOutcome, outcome_of
from bot.proposals.proposal import ProposalState
from bot.proposals.proposals import MOST_AN_HOUR, Examination, Proposals, SuggestionError
from bot.proposals.suggestion import SuggestedSource, Suggestion, SuggestionKind
from bot.store.tables import deliveries
from handlers.rendering.replies import delivered
from tests.support.newsroom import TODAY, Newsroom
from tests.support.outbox import MAINTAINERS
from tests.support.retention import swept
from workspace.blocks.pings import find_pings

if TYPE_CHECKING:
    from bot.content.models import Content
    from bot.store.database import Database

BIDS = "growth-zones-bids"
ADA, GRACE, MAYA = (Author("T1", user, user.title()) for user in ("U0ADA", "U0GRACE", "U0MAYA"))
CORRECTION = Suggestion(
    SuggestionKind.CORRECTION,
    "infrastructure",
    BIDS,
    statement="There were over 210 bids for AI Growth Zones from across the country, according to DSIT in July 2025.",
    reason="The release says 210.",
)


class Waved:
    """Finds no fault in anything (Examiner)."""

    async def examine(self, _suggestion: Suggestion, _content: Content) -> Examination:
        """Return that."""
        return Examination(preview="The check finds no fault.")


class Desk:
    """Proposals with a database, and what they enqueue."""

    def __init__(self, newsroom: Newsroom) -> None:
        """Wire them."""
        self.newsroom, self.database = newsroom, newsroom.database
        self.examiner = Waved()
        self.proposals = Proposals(self.database, newsroom.clock, self.examiner, Maintainers(MAINTAINERS), lambda: None)

    async def others(self, _besides: frozenset[str]) -> bool:
        """Whether somebody else could approve: always."""
        return True

    async def enqueued(self, channel: str) -> list[Any]:
        """Return what is to be posted there, in order."""
        query = select(deliveries).where(deliveries.c.channel == channel).order_by(deliveries.c.created_at)
        async with self.database.reading() as connection:
            return list(await connection.execute(query))

    async def texts(self, channel: str) -> list[str]:
        """Return its Markdown."""
        return [each.payload["markdown"] for each in await self.enqueued(channel)]

    async def audited(self) -> list[tuple[str, str]]:
        """Return who did what."""
        async with self.database.reading() as connection:
            return [
                (each.entry.who, each.entry.action)
                for each in await read_audit(connection, AuditFilter(action="proposal"))
            ]

    async def publish(self, statement: str) -> None:
        """Publish another statement of the fact."""
        facts = dict(self.newsroom.content.facts)
        facts[BIDS] = replace(facts[BIDS], statement=statement)
        content = replace(self.newsroom.content, facts=facts)
        await self.newsroom.publisher.publish(content)


@pytest.fixture
async def desk(database: Database) -> Desk:
    return Desk(await Newsroom.opened(database))


async def test_a_suggestion_is_a_card_that_says_who_what_and_why(desk: Desk) -> None:
    proposal_id = await desk.proposals.suggest(CORRECTION, ADA, "view")
    assert await desk.proposals.suggest(CORRECTION, ADA, "view") == proposal_id, "pressed twice, sent once"
    (posted,) = await desk.enqueued(MAINTAINERS)
    text = posted.payload["markdown"]
    assert "**A correction is proposed** by U0Ada: growth-zones-bids" in text
    assert "over **200** bids" in text
    assert "over **210** bids" in text
    assert "Why: The release says 210." in text
    assert [each["label"] for each in posted.payload["buttons"]] == ["Approve", "Edit", "Decline"]
    assert posted.kind == DeliveryKind.NOTE
    (stored,) = await desk.proposals.all()
    assert (stored.author, stored.state, stored.base.statement) == (
        ADA,
        ProposalState.WAITING,
        desk.newsroom.content.facts[BIDS].statement,
    )
    assert await desk.audited() == [("U0ADA", "proposal.suggested")]


async def test_nobody_approves_what_they_wrote_unless_nobody_else_can(desk: Desk) -> None:
    proposal_id = await desk.proposals.suggest(CORRECTION, ADA)
    with pytest.raises(BriefingBotError, match="Somebody else has to approve"):
        await desk.proposals.approve(proposal_id, 1, ADA, desk.others)
    with pytest.raises(BriefingBotError, match="Somebody else has to approve"):
        await desk.proposals.approve(proposal_id, 1, replace(ADA, team="T2"), desk.others)
    await desk.proposals.edit(proposal_id, 1, replace(CORRECTION, reason="It says so."), GRACE)
    with pytest.raises(BriefingBotError, match="Somebody else has to approve"):
        await desk.proposals.approve(proposal_id, 2, GRACE, desk.others)

    async def two(besides: frozenset[str]) -> bool:
        return bool({"U0ADA", "U0GRACE"} - besides)

    with pytest.raises(BriefingBotError, match="Somebody else has to approve"):
        await desk.proposals.approve(proposal_id, 2, GRACE, two)
    await desk.proposals.approve(proposal_id, 2, ADA, two)
    (stored,) = await desk.proposals.all()
    assert (stored.state, stored.approver) == (ProposalState.APPROVED, "U0ADA")
    assert "Nobody else in the channel could approve it" in stored.note
    told = await desk.texts("U0ADA")
    assert told[0].startswith("Your proposal was approved")
    assert [action for _, action in await desk.audited()] == [
        "proposal.suggested",
        "proposal.edited",
        "proposal.approved",
    ]


async def test_of_two_approvals_at_once_one_wins_and_the_other_is_told(desk: Desk) -> None:
    proposal_id = await desk.proposals.suggest(CORRECTION, ADA)
    other = Proposals(desk.database, desk.newsroom.clock, desk.examiner, Maintainers(MAINTAINERS), lambda: None)
    results = await asyncio.gather(
        desk.proposals.approve(proposal_id, 1, GRACE, desk.others),
        other.approve(proposal_id, 1, MAYA, desk.others),
        return_exceptions=True,
    )
    (lost,) = [each for each in results if each is not None]
    assert str(lost).startswith("This is decided already: approved, by U0")
    assert [action for _, action in await desk.audited()].count("proposal.approved") == 1
    assert len(await desk.texts("U0ADA")) == 1


async def test_an_older_card_decides_nothing(desk: Desk) -> None:
    proposal_id = await desk.proposals.suggest(CORRECTION, ADA)
    await desk.proposals.edit(proposal_id, 1, replace(CORRECTION, reason="It says so."), GRACE)
    with pytest.raises(BriefingBotError, match="changed meanwhile"):
        await desk.proposals.approve(proposal_id, 1, MAYA, desk.others)
    with pytest.raises(BriefingBotError, match="no longer known"):
        await desk.proposals.approve("0" * 32, 1, MAYA, desk.others)


async def test_a_fact_that_changed_meanwhile_is_shown_and_not_overwritten(desk: Desk) -> None:
    proposal_id = await desk.proposals.suggest(CORRECTION, ADA)
    await desk.publish("There were over 205 bids for AI Growth Zones from across the country.")
    with pytest.raises(BriefingBotError, match="press Look again"):
        await desk.proposals.approve(proposal_id, 1, GRACE, desk.others)
    (stored,) = await desk.proposals.all()
    assert (stored.is_stale, stored.version, stored.state) == (True, 2, ProposalState.WAITING)
    await desk.proposals.look_again(proposal_id, 2, GRACE)
    await desk.proposals.approve(proposal_id, 3, GRACE, desk.others)
    (stored,) = await desk.proposals.all()
    assert "205" in stored.base.statement


async def test_a_decline_needs_a_reason_and_tells_it(desk: Desk) -> None:
    proposal_id = await desk.proposals.suggest(CORRECTION, ADA)
    with pytest.raises(BriefingBotError, match="Say why"):
        await desk.proposals.decline(proposal_id, GRACE, " ")
    await desk.proposals.decline(proposal_id, GRACE, "The release says 200. <!channel>")
    assert (await desk.texts("U0ADA"))[0].startswith(
        "Your proposal was declined: The release says 200. \\<\\!channel\\>"
    )
    with pytest.raises(BriefingBotError, match="declined, by U0Grace"):
        await desk.proposals.approve(proposal_id, 1, GRACE, desk.others)


async def test_one_takes_back_only_what_is_ones_own(desk: Desk) -> None:
    proposal_id = await desk.proposals.suggest(CORRECTION, ADA)
    with pytest.raises(BriefingBotError, match="Only who proposed it"):
        await desk.proposals.withdraw(proposal_id, GRACE)
    await desk.proposals.withdraw(proposal_id, ADA)
    assert [each.state for each in await desk.proposals.all()] == [ProposalState.WITHDRAWN]


async def test_a_new_fact_and_a_new_source_get_ids_of_their_own(desk: Desk) -> None:
    source = SuggestedSource(
        "Growth zones: a progress report", "DSIT", desk.newsroom.clock.now().date(), "https://x.test/a"
    )
    new = Suggestion(
        SuggestionKind.NEW,
        "infrastructure",
        statement="The government opened a fourth AI Growth Zone in Kent.",
        certainty="stated",
        source_words="opened a fourth",
        new_source=source,
        theme_id="t1",
    )
    first = await desk.proposals.get(await desk.proposals.suggest(new, ADA))
    await desk.proposals.suggest(new, ADA)
    assert (first.fact_id, first.suggestion.source_id, first.suggestion.theme_id) == (
        "government-opened-fourth-ai",
        "dsit-growth-zones-progress",
        "t1",
    )


async def test_one_person_sends_so_many_within_an_hour(desk: Desk) -> None:
    for number in range(MOST_AN_HOUR):
        await desk.proposals.suggest(replace(CORRECTION, reason=f"{number}"), ADA)
    with pytest.raises(BriefingBotError, match="many proposals"):
        await desk.proposals.suggest(CORRECTION, ADA)
    await desk.proposals.suggest(CORRECTION, GRACE)
    desk.newsroom.clock.pass_by(hours=2)
    await desk.proposals.suggest(CORRECTION, ADA)


async def test_secrets_and_what_no_database_takes_are_not_kept(desk: Desk) -> None:
    hostile = "xoxb-1-2 \0 \ud800 <@U0ADA> {{ x }}"
    await desk.proposals.suggest(replace(CORRECTION, reason=hostile), replace(ADA, name=hostile))
    (posted,) = await desk.enqueued(MAINTAINERS)
    assert "xoxb" not in str(posted.payload)
    for message in delivered(message_from_json(posted.payload)):
        assert find_pings(message["text"], message["blocks"]) == ()


async def test_one_key_sent_twice_at_once_is_one_proposal(desk: Desk) -> None:
    other = Proposals(desk.database, desk.newsroom.clock, desk.examiner, Maintainers(MAINTAINERS), lambda: None)
    sent = (desk.proposals.suggest(CORRECTION, ADA, "k"), other.suggest(CORRECTION, GRACE, "k"))
    one, two = await asyncio.gather(*sent)
    assert one == two
    assert len(await desk.proposals.all()) == len(await desk.enqueued(MAINTAINERS)) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_who_decides_too_late_or_too_early_reads_where_it_stands(desk: Desk) -> None:
    proposal_id = await desk.proposals.suggest(CORRECTION, ADA)
    with pytest.raises(BriefingBotError, match=r"^Nobody has approved this yet\.$"):
        await desk.proposals.apply_again(proposal_id, GRACE)
    await desk.proposals.withdraw(proposal_id, ADA)
    with pytest.raises(BriefingBotError, match=r"^Who proposed this has withdrawn it\.$"):
        await desk.proposals.approve(proposal_id, 1, GRACE, desk.others)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_keywords_are_only_added_and_case_makes_no_other_one(desk: Desk) -> None:
    held = desk.newsroom.content.facts[BIDS].keywords
    wanted = (*held[1:], held[0].swapcase(), "zone tenders", "Zone Tenders")
    suggestion = Suggestion(SuggestionKind.KEYWORDS, "infrastructure", BIDS, keywords=wanted)
    proposal = await desk.proposals.get(await desk.proposals.suggest(suggestion, ADA))
    assert proposal.after.keywords == (*held, "zone tenders")
    assert "Keywords: added zone tenders\n" in card(proposal).markdown
    draft = ProposalDraft.of_proposal(proposal).filled({DraftField.KEYWORDS: ", ".join((*held[1:], "zone tenders"))})
    with pytest.raises(SuggestionError, match=f"only added here: keep {held[0]}"):
        suggestion_of(draft, proposal.base, "infrastructure", TODAY)
    changed = {BIDS: replace(desk.newsroom.content.facts[BIDS], keywords=proposal.after.keywords)}
    facts = {**desk.newsroom.content.facts, **changed}
    became = outcome_of(replace(desk.newsroom.content, facts=facts), proposal)
    assert became is ProposalOutcome.PUBLISHED, "so it can be published"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_two_new_facts_that_begin_alike_get_two_ids(desk: Desk) -> None:
    source = SuggestedSource("A fourth zone", "DSIT", TODAY, "https://example.org/fourth")
    new = Suggestion(SuggestionKind.NEW, "infrastructure", statement="DSIT opened a zone in Kent.", new_source=source)
    one = await desk.proposals.get(await desk.proposals.suggest(new, ADA))
    two = await desk.proposals.get(await desk.proposals.suggest(new, MAYA))
    assert (one.fact_id, two.fact_id) == ("dsit-opened-zone-kent", "dsit-opened-zone-kent-2")
    content = desk.newsroom.content
    held = replace(content.facts[BIDS], id=two.fact_id)
    cited = replace(held.citations[0].source, id="dsit-page", url=source.url)
    sources = {**content.sources, cited.id: cited}
    await desk.newsroom.publisher.publish(replace(content, facts={**content.facts, held.id: held}, sources=sources))
    with pytest.raises(BriefingBotError, match="press Look again"):
        await desk.proposals.approve(two.id, 1, GRACE, desk.others)
    stale = await desk.proposals.get(two.id)
    assert "Another fact has got its id meanwhile" in card(stale).markdown
    await desk.proposals.look_again(two.id, stale.version, GRACE)
    two = await desk.proposals.get(two.id)
    assert (two.fact_id, two.is_stale) == ("dsit-opened-zone-kent-3", False)
    assert (two.suggestion.source_id, two.suggestion.new_source) == ("dsit-page", None), "that source is held by now"
    await desk.proposals.approve(two.id, two.version, GRACE, desk.others)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_newest_are_found_however_many_there_are_and_decided_ones_are_erased(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.proposals.proposal._MOST_READ", 2)
    made = []
    for _ in range(4):
        made.append(await desk.proposals.suggest(CORRECTION, ADA))
        desk.newsroom.clock.pass_by(minutes=1)
    newest = await desk.proposals.all(newest=True)
    assert [each.id for each in newest] == [made[3], made[2]]
    (found,) = await desk.proposals.named(made[3][:6])
    assert found.id == made[3]
    assert await desk.proposals.named("%%%%%%") == ()
    await desk.proposals.withdraw(made[0], ADA)
    desk.newsroom.clock.pass_by(days=1)
    await desk.proposals.withdraw(made[1], ADA)
    await swept(desk.database, desk.newsroom.clock, audit=1)
    assert await desk.proposals.named(made[0]) == (), "decided long ago"
    assert all([await desk.proposals.named(each) for each in made[1:]])
