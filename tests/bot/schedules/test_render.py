"""What scheduled posts say, on each kind of database."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update

from bot.actions import Action
from bot.alerts.posts import digest
from bot.alerts.subscriptions import ALL
from bot.content.render import Renderer
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, Priority, ScheduledPostRequest
from bot.outbox.enqueuing import enqueue
from bot.recurrence.rule import MONDAY_TO_FRIDAY, Days, Repeat, Rule
from bot.schedules import schedules
from bot.schedules.post_text import CHANGES_IN_POST
from bot.schedules.render import ScheduledPostRenderer
from bot.schedules.runs import RunState
from bot.schedules.schedules import Schedule
from bot.store.tables import revisions, schedule_runs
from tests.support.newsroom import POLICY, WRONG, Newsroom

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.outbox.protocols import RenderedMessage
    from bot.store.database import Database

BIDS = "growth-zones-bids"
FRIDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 30)
DUE = ScheduledPostRequest("s1", MONDAY, ("infrastructure",))
RULE = Rule(Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY), time(9), "Europe/London")


@pytest.fixture
async def newsroom(database: Database) -> Newsroom:
    """Publish the baseline a fortnight before the clock: schedules have posted since."""
    newsroom = await Newsroom.opened(database)
    async with database.transaction() as connection:
        await connection.execute(update(revisions).values(published_at=newsroom.clock.now() - timedelta(days=14)))
    return newsroom


async def ran(newsroom: Newsroom, on: date, state: RunState = RunState.POSTED) -> None:
    """Let the schedule s1 have run on a day, at nine in London."""
    at = datetime.combine(on, time(9), UTC)
    async with newsroom.database.transaction() as connection:
        await connection.execute(
            insert(schedule_runs).values(schedule_id="s1", local_date=on, scheduled_for=at, state=state.value)
        )


async def rendered(
    newsroom: Newsroom, request: ScheduledPostRequest = DUE, renderer: ScheduledPostRenderer | None = None
) -> RenderedMessage:
    async with newsroom.database.transaction() as connection:
        renderer = renderer or ScheduledPostRenderer(newsroom.database, newsroom.clock)
        post = await renderer.render(connection, request, team=POLICY.team, channel=POLICY.channel)
    assert post is not None
    return post


async def text_of(newsroom: Newsroom, **due: Any) -> str:  # noqa: ANN401 — any field of a ScheduledPostRequest
    return (await rendered(newsroom, replace(DUE, **due))).message.markdown


async def test_the_first_post_says_what_the_next_ones_will_tell(newsroom: Newsroom) -> None:
    post = await rendered(newsroom)
    first, _, briefing = post.message.markdown.partition("\n\n")
    assert first.startswith("_From the next post on, the top lists what changed since the one before")
    assert briefing == Renderer(newsroom.content).unchanging("infrastructure", long=False)
    assert post.revision == 1
    details, why = post.message.buttons
    assert (details.action, details.label, details.value) == ("details:0", "Details", '{"area":"infrastructure"}')
    assert (why.action, why.label, why.value) == (Action.CAUSE, "Why am I seeing this?", "schedule s1")
    assert "growth-zones-investment" in post.message.fact_digests
    assert "no-investment-details" not in post.message.fact_digests, "only the long form prints it"


async def test_what_changed_since_the_last_post_comes_first_then_the_briefing(newsroom: Newsroom) -> None:
    await ran(newsroom, FRIDAY)
    await newsroom.reword("no-zone-for-openai", "No zone is named for OpenAI here.")
    await newsroom.correct("growth-zones-investment", "OpenAI could look at AI Growth Zones.")
    await newsroom.reword("govuk-chat-model", "Another area's fact.")
    post = await rendered(newsroom, replace(DUE, since=1))
    head, _, briefing = post.message.markdown.partition("\n\n# Infrastructure\n")
    title, *first, was, now = head.split("\n")
    assert title == "## Infrastructure: changed since Fri 27 November"
    assert first[0].startswith("- **Corrected 3 December 2026:** Was: OpenAI could look at ")
    assert first[1].startswith("  Now: OpenAI could look at AI Growth **Zones.** Because: Reason 1.")
    assert was.startswith("- **Updated 3 December 2026:** Was: ")
    assert now.replace("**", "").startswith("  Now: No zone is named")
    assert "OpenAI could look at AI Growth Zones. _Corrected 3 December 2026: Reason 1._" in briefing
    assert "Another area" not in post.message.markdown
    assert post.revision == 4
    shown = {each: digest(newsroom.content.facts[each]) for each in ("growth-zones-investment", "no-zone-for-openai")}
    assert shown.items() <= post.message.fact_digests.items()
    assert post.message.rendered_changes["growth-zones-investment"] == "\n".join(first)


async def test_a_post_tells_nothing_newer_than_the_revision_that_it_is_written_from(newsroom: Newsroom) -> None:
    class Behind(ScheduledPostRenderer):
        async def _newest(self, connection: AsyncConnection, number: int) -> Any:  # noqa: ANN401 — what the base returns
            return await super()._newest(connection, number - 1)

    await ran(newsroom, FRIDAY)
    before = newsroom.content.facts["growth-zones-investment"]
    await newsroom.reword("no-zone-for-openai", "No zone is named for OpenAI here.")
    await newsroom.correct("growth-zones-investment", "Words of the next revision.")
    post = await rendered(newsroom, replace(DUE, since=1), Behind(newsroom.database, newsroom.clock))
    assert (post.revision, "next revision" in post.message.markdown) == (2, False)
    assert post.message.fact_digests["growth-zones-investment"] == digest(before), "so that the correction follows it"


async def test_several_changes_of_a_fact_are_one_and_what_was_undone_is_none(newsroom: Newsroom) -> None:
    await ran(newsroom, FRIDAY)
    before = newsroom.content.facts[BIDS]
    await newsroom.reword(BIDS, "There were some bids.")
    await newsroom.reword(BIDS, "There were 201 bids.")
    markdown = await text_of(newsroom, since=1)
    assert "some bids" not in markdown
    assert markdown.count("Now: There were") == markdown.count("Updated") == 1
    await newsroom.edit(before)
    assert (await text_of(newsroom, since=1)).startswith("# Infrastructure\n")


async def test_at_most_ten_changes_are_listed_and_the_others_counted(newsroom: Newsroom) -> None:
    await ran(newsroom, FRIDAY)
    some = newsroom.facts("infrastructure")[: CHANGES_IN_POST + 2]
    await newsroom.edit(*(replace(fact, statement=f"Site {number} opens.") for number, fact in enumerate(some)))
    post = await rendered(newsroom, replace(DUE, since=1))
    head = post.message.markdown.partition("\n# Infrastructure\n")[0]
    assert head.count("\n- **Updated") == CHANGES_IN_POST
    assert head.rstrip().endswith("2 more: type **/briefing changes infrastructure since 2026-11-27**.")
    assert len(post.message.rendered_changes) == CHANGES_IN_POST


async def test_a_withdrawn_fact_is_named_as_such_with_its_follower(newsroom: Newsroom) -> None:
    await ran(newsroom, FRIDAY)
    facts = newsroom.content.facts
    await newsroom.edit(replace(facts[BIDS], withdrawn=WRONG), replace(facts["no-zone-for-openai"], superseded_by=BIDS))
    markdown = await text_of(newsroom, since=1)
    assert f"{facts[BIDS].statement} Do not quote it any more: The source says otherwise." in markdown
    assert f"Do not quote it any more. Now: {facts[BIDS].statement}" in markdown


async def test_one_line_when_nothing_changed(newsroom: Newsroom) -> None:
    await ran(newsroom, FRIDAY)
    due = replace(DUE, since=1, only_line=True)
    post = await rendered(newsroom, due)
    assert post.message.markdown == "Infrastructure: nothing new since Fri 27 November.\n"
    assert [button.label for button in post.message.buttons] == ["Why am I seeing this?"]
    assert post.message.fact_digests == {}
    await newsroom.reword(BIDS, "There were 201 bids.")
    assert "# Infrastructure\n" in (await rendered(newsroom, due)).message.markdown, "it changed at the last moment"


async def test_the_day_of_another_year_has_its_year_and_a_past_that_is_not_known_has_none(newsroom: Newsroom) -> None:
    due = {"since": 1, "local_date": date(2027, 1, 4), "only_line": True}
    assert await text_of(newsroom, **due) == "Infrastructure: nothing new since the last post here.\n"
    await ran(newsroom, FRIDAY)
    await ran(newsroom, MONDAY, RunState.SKIPPED)
    assert await text_of(newsroom, **due) == "Infrastructure: nothing new since Fri 27 November 2026.\n"


async def test_a_post_that_somebody_asked_for_meanwhile_counts(newsroom: Newsroom) -> None:
    """Its revision is 2, and it has no run of its own."""
    await ran(newsroom, FRIDAY)
    await newsroom.reword(BIDS, "There were 201 bids.")
    said = await text_of(newsroom, since=2, local_date=date(2026, 12, 4), only_line=True)
    assert said == "Infrastructure: nothing new since Thu 3 December.\n"


async def test_a_late_post_says_when_it_was_due(newsroom: Newsroom) -> None:
    await ran(newsroom, MONDAY, RunState.DUE)
    assert (await text_of(newsroom, is_late=True)).startswith("_Late: due Mon 30 November._\n\n_From the next post")
    now = newsroom.clock.now()
    async with newsroom.database.transaction() as connection:
        await schedules.add(
            connection, Schedule("s1", POLICY, DUE.areas, DUE.is_digest, RULE, now, "U1", None, None, now)
        )
    assert (await text_of(newsroom, is_late=True)).startswith("_Late: due Mon 30 Nov 09:00._\n")


async def test_several_areas_each_have_their_briefing_and_their_details(newsroom: Newsroom) -> None:
    await ran(newsroom, FRIDAY)
    await newsroom.reword(BIDS, "There were 201 bids.")
    post = (await rendered(newsroom, replace(DUE, areas=("infrastructure", "adoption"), since=1))).message
    assert post.markdown.startswith(
        "## Infrastructure, Public and private sector adoption: changed since Fri 27 November\n- **Updated"
    )
    assert "_Infrastructure · Stated_ · [DSIT press release](" in post.markdown
    assert post.markdown.index("\n# Infrastructure\n") < post.markdown.index("\n# Public and private sector adoption\n")
    assert [button.label for button in post.buttons] == [
        "Details: Infrastructure",
        "Details: Public and private sector adoption",
        "Why am I seeing this?",
    ]
    assert len({button.action for button in post.buttons}) == len(post.buttons)
    everything = (await rendered(newsroom, replace(DUE, areas=(ALL,), since=1))).message
    assert len(everything.buttons) == len(newsroom.content.areas) + 1


async def test_an_area_that_is_gone_is_left_out_and_a_schedule_without_any_says_so(newsroom: Newsroom) -> None:
    markdown = await text_of(newsroom, areas=("gone", "infrastructure"))
    assert "# Infrastructure\n" in markdown
    post = (await rendered(newsroom, replace(DUE, areas=("gone",), since=1))).message
    assert post.markdown.startswith("The area that was scheduled here is no longer in the fact store.")
    assert [button.label for button in post.buttons] == ["Why am I seeing this?"]


async def test_a_digest_tells_what_changed_by_area(newsroom: Newsroom) -> None:
    await ran(newsroom, FRIDAY)
    due = replace(DUE, areas=(ALL,), is_digest=True)
    nothing = (await rendered(newsroom, replace(due, since=1))).message
    assert nothing.markdown == "All areas: nothing new since Fri 27 November.\n"
    await newsroom.reword(BIDS, "There were 201 bids.")
    await newsroom.correct("govuk-chat-model", "GOV.UK Chat is to run on a model.")
    post = (await rendered(newsroom, replace(due, since=1))).message
    lines = [line for line in post.markdown.split("\n") if line]
    assert lines[0] == "# What changed since Fri 27 November"
    assert lines[1] == "## Public and private sector adoption"
    assert lines[2].startswith("- **Corrected 3 December 2026:** Was: ")
    assert lines[4] == "## Infrastructure"
    assert lines[5].startswith("- **Updated 3 December 2026:** Was: ")
    assert len(lines) == 7
    assert post.fact_digests.keys() == post.rendered_changes.keys() == {BIDS, "govuk-chat-model"}
    assert [button.label for button in post.buttons] == ["Why am I seeing this?"]


async def test_a_text_is_rendered_once_for_any_number_of_channels(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[str] = []
    page = Renderer.page

    def counted(self: Renderer, name: str, **context: object) -> str:
        pages.append(name)
        return page(self, name, **context)

    monkeypatch.setattr(Renderer, "page", counted)
    renderer = ScheduledPostRenderer(newsroom.database, newsroom.clock)
    for number in range(20):
        post = await rendered(newsroom, replace(DUE, schedule_id=f"s{number}"), renderer)
        assert post.message.buttons[-1].value == f"schedule s{number}"
    assert pages == ["scheduled"]
    await newsroom.reword(BIDS, "There were 201 bids.")
    assert (await rendered(newsroom, DUE, renderer)).revision == 2, "a new revision is written anew"


async def test_words_of_a_fact_cannot_leave_their_line(newsroom: Newsroom) -> None:
    await ran(newsroom, FRIDAY)
    await newsroom.correct(BIDS, "# <!channel> *bold* {{ 7 }} [x](https://e.org)\n- y")
    markdown = await text_of(newsroom, since=1)
    assert "\\<\\!channel\\> \\*bold\\* {{ 7 }} \\[x\\](https://e.org) - y" in markdown.replace("**", "")


async def test_a_correction_follows_a_scheduled_post(newsroom: Newsroom) -> None:
    """Its line in the briefing and the listed change are corrected; the buttons stay."""
    await ran(newsroom, FRIDAY)
    await newsroom.reword("growth-zones-investment", "OpenAI could look at three zones.")
    post = await rendered(newsroom, replace(DUE, since=1))
    delivery = Delivery(
        POLICY.team, POLICY.channel, DeliveryKind.SCHEDULED, post.message, Priority.SCHEDULE, revision=post.revision
    )
    async with newsroom.database.transaction() as connection:
        await enqueue(connection, [delivery], newsroom.clock.now())
    await newsroom.post_all()
    await newsroom.correct("growth-zones-investment", "OpenAI could look at two zones.")
    (edit,) = await newsroom.deliveries(DeliveryKind.EDIT, state=DeliveryState.PENDING)
    banner, _, below = edit.payload["markdown"].partition("\n---\n")
    assert "was “OpenAI could look at three zones.”, now “OpenAI could look at two zones.”" in banner
    assert "three zones" not in below
    assert "## Infrastructure: changed since Fri 27 November\n- _Corrected: see above._\n" in below
    assert "- OpenAI could look at two zones. [" in below
    assert edit.payload["buttons"] == [asdict(each) for each in post.message.buttons]
