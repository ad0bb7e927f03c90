"""What answers, citations, briefings and scheduled posts say and order once a fact is past its review."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from bot.answers import citation
from bot.answers.service import Bot
from bot.messages import Subject
from bot.outbox.delivery import ScheduledPostRequest
from bot.schedules.render import ScheduledPostRenderer
from tests.support.newsroom import POLICY, HandClock, shipped
from tests.support.publishing import published

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.messages import Reply
    from bot.store.database import Database

BIDS, WAS_DUE, DUE_ON = "growth-zones-bids", "Review was due on", date(2026, 12, 10)
SAID = "Review was due on 10 December 2026."
LATE = datetime(2026, 12, 10, 23, 59, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    """Hold the shipped content, in which one fact is due for a review."""
    content = shipped()
    facts = {**content.facts, BIDS: replace(content.facts[BIDS], review_by=DUE_ON)}
    async with published(replace(content, facts=facts), tmp_path) as (database, _):
        yield database


async def shown(bot: Bot) -> tuple[Reply, Reply]:
    return await bot.fact(BIDS), await bot.show(Subject(area="infrastructure", is_long=True))


async def test_a_day_that_passes_is_said_without_a_restart_and_makes_no_other_answer(store: Database) -> None:
    clock = HandClock(LATE)
    bot = Bot(store, clock)
    answer, briefing = await shown(bot)
    assert WAS_DUE not in answer.markdown
    clock.pass_by(minutes=1)
    later, ordered = await shown(bot)
    assert later.markdown.count(SAID) == 1
    assert later.markdown.replace(f"{SAID}\n\n", "") == answer.markdown
    assert (later.subject, later.cite) == (answer.subject, answer.cite)
    assert ordered.subject == briefing.subject
    assert WAS_DUE not in ordered.markdown
    headings = [part.splitlines() for part in ordered.markdown.split("\n## ")]
    below = next(part for part in headings if any("200 bids" in line for line in part))
    listed = [line for line in below if line.startswith("- ")]
    assert "200 bids" in listed[-1]
    assert (await bot.fact(BIDS)).markdown is later.markdown, "rendered once a day"


async def test_a_citation_says_so_and_has_not_changed_since_it_was_read(store: Database) -> None:
    clock = HandClock(LATE)
    bot = Bot(store, clock)
    reply = await bot.fact(BIDS)
    clock.pass_by(minutes=1)
    copied = citation.copied(await bot.snapshot(), reply.cite)
    assert copied.note == ""
    assert copied.text.splitlines()[2] == SAID
    assert copied.text.count(WAS_DUE) == 1


async def test_a_fact_that_is_not_served_is_due_for_nothing(store: Database) -> None:
    bot = Bot(store, HandClock(datetime(2027, 6, 1, 12, tzinfo=UTC)))
    snapshot = await bot.snapshot()
    gone = [fact.id for fact in snapshot.content.facts.values() if not fact.is_current]
    assert not snapshot.due.keys() & set(gone)
    assert len(snapshot.due) + len(gone) == len(snapshot.content.facts)


async def test_a_scheduled_post_is_ordered_too_and_claims_no_change(store: Database) -> None:
    clock = HandClock(LATE)
    renderer = ScheduledPostRenderer(store, clock)
    request = ScheduledPostRequest("s1", date(2026, 12, 11), ("infrastructure",), since=1)
    texts = []
    for _ in range(2):
        async with store.transaction() as connection:
            post = await renderer.render(connection, request, team=POLICY.team, channel=POLICY.channel)
            unchanged = await renderer.render(
                connection, replace(request, if_changed=True), team=POLICY.team, channel=POLICY.channel
            )
        assert post
        assert unchanged is None
        texts.append(post.message)
        clock.pass_by(minutes=1)
    before, after = texts
    assert before.fact_digests == after.fact_digests
    assert before.markdown != after.markdown
    assert sorted(before.fact_digests) == sorted(after.fact_digests)
    assert len(before.markdown.splitlines()) == len(after.markdown.splitlines())
