"""Corrections follow the copies, on each kind of database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from bot.actions import Button
from bot.alerts import posts, watches
from bot.alerts.posts import PublicPost
from bot.alerts.subscriptions import ALL
from bot.content.models import DatedReason
from bot.content.render import Renderer
from bot.messages import ChannelRef
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.store import tables
from bot.store.tables import deliveries
from tests.support.newsroom import POLICY, TODAY, Newsroom
from tests.support.retention import swept

if TYPE_CHECKING:
    from bot.store.database import Database

BIDS = "growth-zones-bids"


@pytest.fixture
async def newsroom(database: Database) -> Newsroom:
    return await Newsroom.opened(database)


def briefing(newsroom: Newsroom, ts: str, place: ChannelRef = POLICY) -> PublicPost:
    """Return the briefing on infrastructure as a public post."""
    shown = posts.fact_digests(newsroom.facts("infrastructure"))
    markdown = Renderer(newsroom.content).briefing("infrastructure", long=True)
    return PublicPost(place, ts, "briefing", markdown, shown, newsroom.clock.now(), posted_by="Posted by ada.")


async def post(newsroom: Newsroom, *wanted: PublicPost, revision: int = 1) -> None:
    async with newsroom.database.transaction() as connection:
        for each in wanted:
            await newsroom.corrections.posted(connection, each, revision)


async def test_every_copy_is_put_right_with_one_note_on_the_newest_and_no_alert(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    old = newsroom.content.facts[BIDS]
    await post(newsroom, briefing(newsroom, "1.1"))
    newsroom.clock.pass_by(days=1)
    await post(newsroom, replace(briefing(newsroom, "2.1"), thread="2.0", buttons=(Button("remove", "Remove", "x"),)))
    await newsroom.correct(BIDS, "There were exactly 201 bids.")
    first, second, note = await newsroom.deliveries()
    assert [row.kind for row in (first, second, note)] == [DeliveryKind.EDIT, DeliveryKind.EDIT, DeliveryKind.NOTE]
    assert [row.payload.get("edits") for row in (first, second)] == ["1.1", "2.1"]
    assert second.payload["buttons"] == [{"action": "remove", "label": "Remove", "value": "x"}]
    assert (note.payload["thread"], note.channel) == ("2.0", "C1")
    banner, _, below = first.payload["markdown"].partition("---")
    assert banner.startswith("**Corrected 3 December 2026:** was “There were over 200 bids")
    assert "now “There were exactly 201 bids.”, because: Reason 1." in banner
    assert "There were exactly 201 bids." in below
    assert (old.short or old.statement) not in below
    assert below.strip().endswith("_Posted by ada._")
    said = "**Corrected 3 December 2026.** The top of the post says what it said, what it says now, and why."
    assert note.payload["markdown"] == said, "the words stand once, in the post"


async def test_a_second_correction_stands_above_the_first(newsroom: Newsroom) -> None:
    await post(newsroom, briefing(newsroom, "1.1"))
    await newsroom.correct(BIDS, "There were exactly 201 bids.")
    await newsroom.correct(BIDS, "There were exactly 202 bids.")
    markdown = (await newsroom.deliveries(DeliveryKind.EDIT))[-1].payload["markdown"]
    assert markdown.index("now “There were exactly 202") < markdown.index("now “There were exactly 201")


async def test_updates_chase_nothing(newsroom: Newsroom) -> None:
    await post(newsroom, briefing(newsroom, "1.1"))
    await newsroom.reword(BIDS, "Entirely other words.")
    assert await newsroom.deliveries() == []


async def test_a_copy_of_older_words_is_told_what_it_showed(newsroom: Newsroom) -> None:
    await post(newsroom, briefing(newsroom, "1.1"))
    shown = newsroom.content.facts[BIDS].statement
    await newsroom.reword(BIDS, "Entirely other words.")
    await newsroom.correct(BIDS, "Put right.")
    (edit,) = await newsroom.deliveries(DeliveryKind.EDIT)
    assert shown[:40] in edit.payload["markdown"]
    assert "Entirely other words" not in edit.payload["markdown"]


async def test_posts_older_than_90_days_and_posts_that_are_gone_are_left(newsroom: Newsroom) -> None:
    await post(newsroom, briefing(newsroom, "1.1"))
    newsroom.clock.pass_by(days=91)
    await post(newsroom, briefing(newsroom, "2.1"))
    async with newsroom.database.transaction() as connection:
        await posts.gone(connection, POLICY, "2.1")
    await newsroom.correct(BIDS, "Put right.")
    assert await newsroom.deliveries() == []


async def test_an_answer_reads_as_it_would_now(newsroom: Newsroom) -> None:
    fact = newsroom.content.facts[BIDS]
    answer = PublicPost(
        POLICY, "1.1", "answer", "Old.", posts.fact_digests([fact]), newsroom.clock.now(), answers=(BIDS,)
    )
    await post(newsroom, answer)
    await newsroom.edit(replace(fact, withdrawn=DatedReason(on=TODAY, why="The programme was cancelled.")))
    (edit,) = await newsroom.deliveries(DeliveryKind.EDIT)
    banner, _, below = edit.payload["markdown"].partition("---")
    assert "**Withdrawn 3 December 2026:** “There were over 200" in banner
    assert "Do not quote it any more: The programme was cancelled." in banner
    assert "**Withdrawn 3 December 2026:** The programme was cancelled. Do not quote it." in below
    assert "Old." not in below


async def test_a_superseded_fact_leads_to_the_one_in_its_place(newsroom: Newsroom) -> None:
    await post(newsroom, briefing(newsroom, "1.1"))
    other = newsroom.facts("infrastructure")[-1]
    await newsroom.edit(replace(newsroom.content.facts[BIDS], superseded_by=other.id))
    (edit,) = await newsroom.deliveries(DeliveryKind.EDIT)
    assert "**Superseded 3 December 2026:**" in edit.payload["markdown"]


async def test_an_alert_is_a_copy_as_well(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    await newsroom.reword(BIDS, "There were about 200 bids.")
    await newsroom.post_all()
    await newsroom.correct(BIDS, "There were exactly 201 bids.")
    edit, note = await newsroom.deliveries()
    assert (edit.kind, note.kind) == (DeliveryKind.EDIT, DeliveryKind.NOTE)
    banner, _, below = edit.payload["markdown"].partition("---")
    assert banner.startswith("**Corrected 3 December 2026:** was “There were about 200 bids.”")
    assert "200" not in below, "nobody quotes the wrong words below the banner"
    assert below.strip().endswith("## Updated\n- _Corrected: see above._")


async def test_an_alert_keeps_what_it_tells_of_other_facts(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    one, other = (
        replace(fact, statement=f"Site {fact.id} opens.", short=None) for fact in newsroom.facts("adoption")[:2]
    )
    await newsroom.edit(one, other)
    await newsroom.post_all()
    (alert,) = await newsroom.deliveries(state=DeliveryState.SENT)
    await newsroom.edit(replace(one, withdrawn=DatedReason(on=TODAY, why="It was cancelled.")))
    (edit,) = await newsroom.deliveries(DeliveryKind.EDIT)
    below = edit.payload["markdown"].partition("---")[2]
    assert f"Site {one.id} opens" not in below.replace("**", "")
    assert "- _Withdrawn: see above._" in below
    assert alert.payload["rendered_changes"][other.id] in below
    await newsroom.correct(other.id, "No site opens.")
    below = (await newsroom.deliveries(DeliveryKind.EDIT))[-1].payload["markdown"].partition("---")[2]
    assert below.count("see above._") == 2


async def test_every_message_of_a_long_post_is_put_right(newsroom: Newsroom) -> None:
    """The later messages of a post are remembered as they arrive, in whatever order, and edited with it."""
    await post(newsroom, replace(briefing(newsroom, "1.1"), parts=("1.2",)))
    await newsroom.subscribe(ALL)
    await newsroom.reword(BIDS, "There were about 200 bids.")
    (alert,) = await newsroom.deliveries()
    await newsroom.settle(alert, DeliveryState.SENT, ts="2.1")
    await later_message(newsroom, alert, part=2, ts="2.3")
    await later_message(newsroom, alert, part=1, ts="2.2")
    await newsroom.correct(BIDS, "There were exactly 201 bids.")
    edits = await newsroom.deliveries(DeliveryKind.EDIT)
    assert [(edit.payload["edits"], edit.payload["parts"]) for edit in edits] == [
        ("1.1", ["1.2"]),
        ("2.1", ["2.2", "2.3"]),
    ]


async def test_a_later_message_that_arrives_after_the_correction_is_put_right_too(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    await newsroom.reword(BIDS, "There were about 200 bids.")
    (alert,) = await newsroom.deliveries()
    await newsroom.settle(alert, DeliveryState.SENT, ts="2.1")
    await newsroom.correct(BIDS, "There were exactly 201 bids.")
    await later_message(newsroom, alert, part=1, ts="2.2")
    edits = await newsroom.deliveries(DeliveryKind.EDIT)
    assert [edit.payload.get("parts") for edit in edits] == [None, ["2.2"]]
    assert edits[0].payload["markdown"] == edits[1].payload["markdown"]


async def later_message(newsroom: Newsroom, alert: Any, *, part: int, ts: str) -> None:  # noqa: ANN401 — a row
    """Let a later message of an alert be posted, as the outbox would."""
    message = OutboxMessage(alert.payload["markdown"], part=part, follows="2.1")
    delivery = Delivery(POLICY.team, POLICY.channel, DeliveryKind.ALERT, message, revision=alert.revision)
    async with newsroom.database.transaction() as connection:
        await enqueue(connection, [delivery], newsroom.clock.now())
    (row,) = [each for each in await newsroom.deliveries() if each.id == delivery.id]
    await newsroom.settle(row, DeliveryState.SENT, ts=ts)


async def test_an_alert_still_under_way_is_put_right_once_it_stands(newsroom: Newsroom) -> None:
    """The correction is published between the alert's call and its answer: the alert shows the old words."""
    await newsroom.subscribe(ALL)
    await newsroom.reword(BIDS, "There were about 200 bids.")
    (alert,) = await newsroom.deliveries()
    async with newsroom.database.transaction() as connection:
        await connection.execute(update(deliveries).values(state=DeliveryState.SENDING.value))
    await newsroom.correct(BIDS, "There were exactly 201 bids.")
    assert await newsroom.deliveries(DeliveryKind.EDIT) == []
    await newsroom.settle(alert, DeliveryState.SENT, ts="9.1")
    (edit,) = await newsroom.deliveries(DeliveryKind.EDIT)
    assert edit.payload["edits"] == "9.1"


IN_DOUBT = [DeliveryState.SENDING, DeliveryState.UNCONFIRMED]


@pytest.mark.parametrize("state", IN_DOUBT)
async def test_a_second_correction_of_an_alert_under_way_is_its_edit_and_no_alert(
    newsroom: Newsroom, state: DeliveryState
) -> None:
    await newsroom.subscribe(ALL)
    await newsroom.correct(BIDS, "There were about 200 bids.")
    (alert,) = await newsroom.deliveries()
    async with newsroom.database.transaction() as connection:
        await connection.execute(update(deliveries).values(state=state.value))
    await newsroom.correct(BIDS, "There were exactly 201 bids.")
    assert await newsroom.deliveries() == []
    await newsroom.settle(alert, DeliveryState.SENT, ts="9.1")
    assert [row.kind for row in await newsroom.deliveries()] == [DeliveryKind.EDIT, DeliveryKind.NOTE]


@pytest.mark.parametrize("state", IN_DOUBT)
async def test_a_correction_that_a_failed_alert_was_to_carry_is_alerted(
    newsroom: Newsroom, state: DeliveryState
) -> None:
    await newsroom.subscribe(ALL)
    await newsroom.correct(BIDS, "There were about 200 bids.")
    (alert,) = await newsroom.deliveries()
    async with newsroom.database.transaction() as connection:
        await connection.execute(update(deliveries).values(state=state.value))
    await newsroom.correct(BIDS, "There were exactly 201 bids.")
    await newsroom.settle(alert, DeliveryState.FAILED, error="unconfirmed: missing_scope")
    (again,) = await newsroom.deliveries()
    assert (again.kind, again.revision) == (DeliveryKind.CORRECTION, 3)
    assert "201" in again.payload["markdown"]
    await newsroom.settle(again, DeliveryState.FAILED, error="expired")
    assert await newsroom.deliveries() == [], "nothing newer to tell"


async def test_a_post_that_was_asked_for_and_waits_is_put_right_once_and_not_alerted(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    message = OutboxMessage("Old words.", fact_digests=posts.fact_digests([newsroom.content.facts[BIDS]]))
    asked = Delivery("T1", "C1", DeliveryKind.REPLY, message, revision=1)
    async with newsroom.database.transaction() as connection:
        await enqueue(connection, [asked], newsroom.clock.now())
    await newsroom.correct(BIDS, "Put right.")
    (row,) = await newsroom.deliveries()
    await newsroom.settle(row, DeliveryState.SENT, ts="9.1")
    assert [each.kind for each in await newsroom.deliveries()] == [DeliveryKind.EDIT, DeliveryKind.NOTE]


async def test_a_post_that_is_recorded_while_a_correction_is_published_is_not_missed(newsroom: Newsroom) -> None:
    async with newsroom.database.transaction() as connection:
        await newsroom.corrections.posted(connection, briefing(newsroom, "1.1"), 1)
        publishing = asyncio.create_task(newsroom.correct(BIDS, "Put right."))
        done, _ = await asyncio.wait({publishing}, timeout=0.5)
        assert not done, "publishing waits for the post to be recorded"
    await publishing
    assert len(await newsroom.deliveries(DeliveryKind.EDIT)) == 1


async def test_a_witness_that_fails_does_not_undo_what_it_is_told(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    await newsroom.reword(BIDS, "There were about 200 bids.")
    (alert,) = await newsroom.deliveries()
    await post(newsroom, briefing(newsroom, "9.1"))  # of the same ts: to record the alert must fail
    await newsroom.settle(alert, DeliveryState.SENT, ts="9.1")
    assert [row.ts for row in await newsroom.deliveries(state=DeliveryState.SENT)] == ["9.1"]


async def test_a_channel_elsewhere_gets_the_alert(newsroom: Newsroom) -> None:
    other = ChannelRef("T1", "C2")
    await newsroom.subscribe(ALL)
    await newsroom.subscribe(ALL, place=other)
    await post(newsroom, briefing(newsroom, "1.1"))
    await newsroom.correct(BIDS, "Put right.")
    assert [(row.channel, row.kind) for row in await newsroom.deliveries(DeliveryKind.CORRECTION)] == [
        ("C2", DeliveryKind.CORRECTION)
    ]


async def test_a_copy_that_may_not_be_edited_is_recorded_and_a_lost_thread_is_told_aloud(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    await post(newsroom, briefing(newsroom, "1.1"))
    await newsroom.correct(BIDS, "Put right.")
    edit, note = await newsroom.deliveries()
    await newsroom.settle(edit, DeliveryState.FAILED, error="message_not_found")
    await newsroom.settle(note, DeliveryState.FAILED, error="thread_not_found")
    (aloud,) = await newsroom.deliveries()
    assert aloud.kind == DeliveryKind.CORRECTION
    assert "now “Put right.”, because: Reason 1." in aloud.payload["markdown"], "here it is told in full"
    await newsroom.settle(aloud, DeliveryState.SENT, ts="5.1")
    await newsroom.correct(BIDS, "Put right again.")
    assert await newsroom.deliveries(DeliveryKind.EDIT) == [], "what is gone is left alone"
    assert len(await newsroom.deliveries(DeliveryKind.CORRECTION)) == 1


async def test_watchers_are_told_once(newsroom: Newsroom) -> None:
    fact = newsroom.content.facts[BIDS]
    async with newsroom.database.transaction() as connection:
        await watches.watch(connection, "T1", "U1", fact, newsroom.clock.now())
        await watches.watch(connection, "T1", "U1", fact, newsroom.clock.now())
        await watches.watch(connection, "T1", "U2", newsroom.facts("adoption")[0], newsroom.clock.now())
    await newsroom.reword(BIDS, "Entirely other words.")
    (told,) = await newsroom.deliveries(DeliveryKind.WATCH)
    assert told.channel == "U1"
    assert told.payload["markdown"].startswith("# A fact that you asked about changed\n\n_This is the one message")
    assert told.payload["buttons"] == [{"action": "watch", "label": "Tell me again", "value": BIDS}]
    await newsroom.reword(BIDS, "Entirely other words again.")
    assert len(await newsroom.deliveries(DeliveryKind.WATCH)) == 1


async def test_one_button_watches_all_that_changed_again(newsroom: Newsroom) -> None:
    facts = newsroom.facts("infrastructure")[:2]
    async with newsroom.database.transaction() as connection:
        for each in facts:
            await watches.watch(connection, "T1", "U1", each, newsroom.clock.now())
    await newsroom.edit(*(replace(each, statement=f"{each.statement} And more.") for each in facts))
    (told,) = await newsroom.deliveries(DeliveryKind.WATCH)
    (again,) = told.payload["buttons"]
    assert again["label"] == "Tell me again"
    assert sorted(again["value"].split()) == sorted(each.id for each in facts)


async def test_a_watch_is_forgotten_after_30_days(newsroom: Newsroom) -> None:
    async with newsroom.database.transaction() as connection:
        await watches.watch(connection, "T1", "U1", newsroom.content.facts[BIDS], newsroom.clock.now())
        assert len(await watches.of_user(connection, "T1", "U1", newsroom.clock.now())) == 1
    newsroom.clock.pass_by(days=31)
    async with newsroom.database.reading() as connection:
        assert await watches.of_user(connection, "T1", "U1", newsroom.clock.now()) == ()
    await newsroom.reword(BIDS, "Entirely other words.")
    assert await newsroom.deliveries() == []
    await swept(newsroom.database, newsroom.clock)
    async with newsroom.database.reading() as connection:
        assert (await connection.execute(select(tables.watches))).all() == []


async def test_a_post_whose_edit_was_retried_is_followed_again(newsroom: Newsroom) -> None:
    await newsroom.subscribe("all")
    await newsroom.reword("growth-zones-bids", "Words of the alert.")
    await newsroom.post_all()
    await newsroom.correct("growth-zones-bids", "First correction.")
    (edit,) = await newsroom.deliveries(DeliveryKind.EDIT)
    await newsroom.settle(edit, DeliveryState.FAILED, error="is_archived")
    await newsroom.settle(edit, DeliveryState.SENT, ts=edit.payload["edits"])
    await newsroom.correct("growth-zones-bids", "Second correction.")
    (again,) = await newsroom.deliveries(DeliveryKind.EDIT)
    assert "Second correction." in again.payload["markdown"].replace("**", "")
