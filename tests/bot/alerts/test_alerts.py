"""What a revision posts, and where, on each kind of database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.alerts import subscriptions
from bot.alerts.subscriptions import ALL
from bot.clock import ClockSkew
from bot.content.certainty import Certainty
from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryKind, DeliveryState, Priority
from bot.outbox.outbox import Outbox
from bot.recurrence.quiet_hours import QuietHours
from handlers.slack.transport import SlackTransport
from tests.support.newsroom import POLICY, WRONG, Newsroom
from tests.support.slack_clients import clients

if TYPE_CHECKING:
    from bot.store.database import Database


@pytest.fixture
async def newsroom(database: Database) -> Newsroom:
    return await Newsroom.opened(database)


async def test_an_edit_is_one_post_with_old_words_beside_new(newsroom: Newsroom) -> None:
    await newsroom.subscribe("infrastructure")
    first, second, *_ = newsroom.facts("infrastructure")
    await newsroom.edit(
        replace(first, statement=f"{first.statement} And more."),
        replace(second, certainty=Certainty.POSSIBLE, statement="Entirely other words."),
        note="We read the source again.",
    )
    (post,) = await newsroom.deliveries()
    markdown = post.payload["markdown"]
    assert (post.kind, post.priority, post.channel, post.revision) == (DeliveryKind.ALERT, Priority.ALERT, "C1", 2)
    assert markdown.startswith("# What changed: Infrastructure\n\n_We read the source again._\n\n## Updated")
    assert "**And more.**" in markdown
    assert f"Was _{second.label}_, now _Possible, not decided_." in markdown
    assert first.citations[0].source.name in markdown
    (why,) = post.payload["buttons"]
    assert (why["action"], why["value"]) == ("cause", "alert infrastructure")
    assert set(post.payload["fact_digests"]) == {first.id, second.id}


async def test_nobody_hears_of_what_they_did_not_ask_for(newsroom: Newsroom) -> None:
    await newsroom.subscribe("adoption")
    await newsroom.subscribe(ALL, place=ChannelRef("T1", "C2"), corrections_only=True)
    await newsroom.reword("growth-zones-bids", "Entirely other words.")
    assert await newsroom.deliveries() == []
    await newsroom.edit(replace(newsroom.content.facts["growth-zones-bids"], keywords=("one",)))
    assert await newsroom.deliveries() == []


async def test_alerts_by_certainty_and_on_one_fact(newsroom: Newsroom) -> None:
    places = {name: ChannelRef("T1", name) for name in ("any", "firmer", "both", "fact")}
    await newsroom.subscribe(ALL, place=places["any"], certainty="any")
    await newsroom.subscribe("infrastructure", place=places["firmer"], certainty="possible>intended")
    await newsroom.subscribe(ALL, place=places["both"], certainty="possible>intended", corrections_only=True)
    await newsroom.subscribe("fact:growth-zones-bids", place=places["fact"])

    async def heard() -> list[str]:
        kinds = DeliveryKind.ALERT, DeliveryKind.CORRECTION
        found = sorted(row.channel for row in await newsroom.deliveries(*kinds))
        await newsroom.post_all()
        return found

    zones = newsroom.content.facts["growth-zones-investment"]
    assert zones.certainty is Certainty.POSSIBLE
    await newsroom.reword(zones.id, "OpenAI could look at two zones.")
    assert await heard() == []
    await newsroom.reword(zones.id, "OpenAI plans to look at two zones.", certainty=Certainty.INTENDED)
    assert await heard() == ["any", "both", "firmer"]
    await newsroom.reword(zones.id, "OpenAI looks at two zones.", certainty=Certainty.STATED)
    assert await heard() == ["any"]
    await newsroom.reword("growth-zones-bids", "Entirely other words.")
    assert await heard() == ["fact"]
    await newsroom.edit(replace(newsroom.content.facts["no-zone-for-openai"], withdrawn=WRONG))
    assert await heard() == ["both"]


async def test_a_channel_with_several_subscriptions_gets_one_post(newsroom: Newsroom) -> None:
    await newsroom.subscribe("infrastructure", "agreement", ALL)
    await newsroom.reword("growth-zones-bids", "Entirely other words.")
    assert len(await newsroom.deliveries()) == 1


async def test_a_paused_channel_gets_none(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    async with newsroom.database.transaction() as connection:
        await subscriptions.pause(connection, POLICY, "Muted.", newsroom.clock.now())
    await newsroom.reword("growth-zones-bids", "Entirely other words.")
    assert await newsroom.deliveries() == []


async def test_ten_in_the_post_corrections_first_and_the_rest_in_its_thread(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    facts = newsroom.facts("infrastructure")[:13]
    last = replace(facts[-1], statement="Put right.", short=None, corrected=WRONG)
    await newsroom.edit(*(replace(fact, statement=f"Other words {fact.id}.", short=None) for fact in facts[:-1]), last)
    post, rest = await newsroom.deliveries()
    assert (post.kind, post.priority) == (DeliveryKind.CORRECTION, Priority.CORRECTION)
    assert post.payload["markdown"].index("## Corrected") < post.payload["markdown"].index("## Updated")
    assert post.payload["markdown"].strip().endswith("3 more in the thread.")
    assert len(post.payload["fact_digests"]) == 10
    assert (rest.kind, rest.parent_id, len(rest.payload["fact_digests"])) == (DeliveryKind.NOTE, post.id, 3)
    assert rest.payload["markdown"].startswith("## Updated")


async def test_an_alert_on_very_many_facts_is_whole_in_each_channel(newsroom: Newsroom) -> None:
    """So many are rendered in a thread of their own, and added in several statements."""
    places = [ChannelRef("T1", f"C{number}") for number in range(60)]
    for place in places:
        await newsroom.subscribe(ALL, place=place)
    facts = list(newsroom.content.current_facts())
    assert len(facts) > 100
    await newsroom.edit(*(replace(fact, statement=f"Other words {fact.id}.", short=None) for fact in facts))
    told = await newsroom.deliveries()
    assert len(told) == 60 * -(-len(facts) // 10)
    for place in places[:3]:
        here = [row for row in told if row.channel == place.channel]
        assert sum(len(row.payload["fact_digests"]) for row in here) == len(facts)


async def test_from_the_fourth_on_they_wait_and_go_as_one(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    start = newsroom.clock.now()
    for number in range(6):
        await newsroom.reword("growth-zones-bids", f"Words number {number} are here.")
        await newsroom.post_all()
        newsroom.clock.pass_by(minutes=1)
    assert len(await newsroom.deliveries(state=DeliveryState.SENT)) == 3
    (held,) = await newsroom.deliveries()
    assert held.due_at == start + timedelta(minutes=10)
    assert held.revision == 7
    assert "**2**" in held.payload["markdown"], "what the channel last saw is what it is compared with"
    assert "**5**" in held.payload["markdown"]
    assert [row.revision for row in await newsroom.deliveries(state=DeliveryState.CANCELLED)] == [5, 6]


async def test_posts_of_a_clock_that_was_ahead_hold_nothing_back(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    newsroom.clock.pass_by(hours=2)
    for number in range(3):
        await newsroom.reword("growth-zones-bids", f"Words number {number} are here.")
        await newsroom.post_all()
    newsroom.clock.pass_by(hours=-2)
    await newsroom.reword("growth-zones-bids", "Words of the right time.")
    (alert,) = await newsroom.deliveries()
    assert alert.due_at == newsroom.clock.now()


async def test_what_is_undone_while_it_waits_is_not_told(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    fact = newsroom.content.facts["growth-zones-bids"]
    await newsroom.reword(fact.id, "Entirely other words.")
    await newsroom.edit(fact)
    assert await newsroom.deliveries() == []


async def test_a_correction_never_waits_and_takes_along_what_does(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    for number in range(4):
        await newsroom.reword("growth-zones-bids", f"Words number {number} are here.")
        await newsroom.post_all()
    (held,) = await newsroom.deliveries()
    assert held.due_at > newsroom.clock.now()
    await newsroom.correct(newsroom.facts("adoption")[0].id, "Put right.")
    (post,) = await newsroom.deliveries()
    assert (post.kind, post.due_at) == (DeliveryKind.CORRECTION, newsroom.clock.now())
    assert len(post.payload["fact_digests"]) == 2


async def test_quiet_hours_hold_updates_and_not_corrections(database: Database) -> None:
    newsroom = await Newsroom.opened(database, QuietHours.parse("11:00-14:00"))
    await newsroom.subscribe(ALL)
    await newsroom.reword("growth-zones-bids", "Entirely other words.")
    (held,) = await newsroom.deliveries()
    assert held.due_at == datetime(2026, 12, 3, 14, tzinfo=UTC)
    await newsroom.correct(newsroom.facts("adoption")[0].id, "Put right.")
    (post,) = await newsroom.deliveries()
    assert post.due_at == newsroom.clock.now()


async def test_the_tail_of_a_long_alert_is_not_taken_back_by_the_next_revision(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    long = "Long words of a statement here. " * 28
    facts = newsroom.facts("infrastructure")[:10]
    await newsroom.edit(*(replace(fact, statement=f"Other words {fact.id}. {long}", short=None) for fact in facts))
    async with aiohttp.ClientSession() as session:
        transport = SlackTransport(clients("", session, ""), ClockSkew(newsroom.clock))
        outbox = Outbox(newsroom.database, newsroom.clock, transport, quiet_s=60.0)
        (first,) = await outbox.claim(8)
        await outbox.sent(first, "1.1")
    (tail,) = await newsroom.deliveries()
    await newsroom.reword("govuk-chat-model", "Another area's fact entirely.")
    assert tail.id in [row.id for row in await newsroom.deliveries()]
    assert await newsroom.deliveries(state=DeliveryState.CANCELLED) == []
