"""Reviews over the wire: the weekly post to owners, what its buttons do, for whom, and on which fact."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

import app as wiring
from bot.actions import Action, Button
from bot.content.load import load
from bot.content.models import DatedReason
from bot.messages import ListItem
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.proposals.proposal import read_proposals
from bot.proposals.suggestion import SuggestionKind
from bot.publishing.publisher import Origin
from bot.reviews.post import NAME
from bot.store.engine import insert_into
from bot.store.maintainer_tables import weekly_posts
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, POLICY, ScenarioClock, labels, playing
from tests.scenarios.test_home import home, opens
from tests.scenarios.views import modal, presses, shows, words_in
from tests.support.content_copy import copied
from workspace.server import Workspace
from workspace.state.records import TEAM_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from typing import Any

    from bot.content.models import Content
    from bot.proposals.proposal import Proposal
    from tests.scenarios.scene import Scene

BIDS, MONEY = "growth-zones-bids", "action-plan-money"
OVERDUE = date(2026, 11, 27)
MONDAY = datetime(2026, 11, 30, 9, 31, tzinfo=UTC)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Play with maintainers in #policy, without Ada; she answers for one fact, and another is due too."""
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace, maintainers_channel=POLICY) as scene:
        workspace.remove(POLICY, ADA)
        facts = dict(scene.content.facts)
        facts[BIDS] = replace(facts[BIDS], review_by=OVERDUE, owner="Ada's team")
        facts[MONEY] = replace(facts[MONEY], review_by=OVERDUE)
        facts = {key: each if each.review_by else replace(each, review_every=3650) for key, each in facts.items()}
        memorandum = replace(scene.content.memorandum, owners=(("Ada’s team", ADA),))
        await publishes(scene, replace(scene.content, facts=facts, memorandum=memorandum))
        yield scene


async def publishes(scene: Scene, content: Content) -> None:
    await scene.publisher.publish(content, Origin())
    await scene.bot.refresh()


async def weekly(scene: Scene) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let Monday come, the post being on record for the week before; return Ada's and the maintainers' post."""
    async with scene.database.transaction() as connection:
        run_at = scene.workspace.clock.now()
        row = insert_into(connection, weekly_posts).values(name=NAME, team=TEAM_ID, week="2026-W48", run_at=run_at)
        await connection.execute(row.on_conflict_do_nothing())
    scene.workspace.clock.jump_to(MONDAY)
    await scene.until(lambda: "due for a review" in "".join(scene.sees(ADA, ADAS_DM)))
    await scene.until(lambda: "due for a review" in "".join(scene.sees(GRACE, POLICY)))
    return scene.last(ADA, ADAS_DM), scene.last(GRACE, POLICY)


async def proposed(scene: Scene) -> tuple[Proposal, ...]:
    async with scene.database.reading() as connection:
        return await read_proposals(connection)


async def test_a_weekly_post_is_answered_by_the_owner_and_approved_by_somebody_else(scene: Scene) -> None:
    hers, theirs = await weekly(scene)
    assert labels(hers) == labels(theirs) == ["Still right", "Correct", "Withdraw"]
    assert "over 200 bids" in hers["text"]
    for _ in range(2):
        await scene.clicks(hers, "Still right", channel=ADAS_DM)
        await scene.until(lambda: "Proposed: checked on 30 November 2026." in scene.sees(ADA, ADAS_DM)[-1])
    await scene.until(lambda: "Approve" in labels(scene.last(GRACE, POLICY)))
    card = scene.last(GRACE, POLICY)
    scene.workspace.clock.jump_to(MONDAY + timedelta(days=7))
    await scene.clicks(hers, "Still right", channel=ADAS_DM)
    await scene.until(lambda: len([each for each in scene.sees(ADA, ADAS_DM) if "30 November 2026." in each]) > 2)
    (proposal,) = await proposed(scene)
    assert (proposal.author.user, proposal.suggestion.kind) == (ADA, SuggestionKind.CHECKED_ON)
    assert proposal.suggestion.checked_on == MONDAY.date()
    await scene.clicks(card, "Approve", user=GRACE, channel=POLICY)
    await scene.until(lambda: any("was approved" in text for text in scene.sees(ADA, ADAS_DM)))

    await scene.clicks(hers, "Correct", channel=ADAS_DM)
    assert "over 200 bids" in json.dumps((await modal(scene)).view["blocks"])
    await scene.workspace.close_modal(ADA, (await modal(scene)).view["id"], all=True)
    await scene.clicks(hers, "Withdraw", channel=ADAS_DM)
    assert "reason" in json.dumps((await modal(scene)).view["blocks"])


async def test_who_may_not_and_what_is_no_longer_so_is_told(scene: Scene) -> None:
    hers, theirs = await weekly(scene)
    seen = len(scene.sees(GRACE, POLICY))
    await scene.clicks(theirs, "Still right", user=GRACE, channel=POLICY)
    await scene.until(lambda: len(scene.sees(GRACE, POLICY)) > seen)
    await scene.settled()
    assert [each.fact_id for each in await proposed(scene)] == [MONEY]

    content = (await scene.bot.snapshot()).content
    words = "There were over 205 bids for AI Growth Zones from across the country, according to DSIT in July 2025."
    facts = {**content.facts, BIDS: replace(content.facts[BIDS], statement=words)}
    await publishes(scene, replace(content, facts=facts))
    await told(scene, hers, "Still right", "The fact has changed since this was posted.")
    await publishes(scene, replace(content, memorandum=replace(content.memorandum, owners=())))
    await told(scene, hers, "Withdraw", "Only whoever answers for this fact")
    gone = replace(content.facts[BIDS], withdrawn=DatedReason(on=OVERDUE, why="Wrong."))
    await publishes(scene, replace(content, facts={**content.facts, BIDS: gone}))
    await told(scene, hers, "Correct", "there is nothing to review")
    assert not scene.workspace.modals(ADA)


MADE_UP = {
    BIDS: "too old to be understood",
    f"no-such-fact {'0' * 16}": "there is nothing to review",
    f"{BIDS} <!channel> '; DROP TABLE proposals": "The fact has changed",
    f"{MONEY} {'0' * 16}": "Only whoever answers for this fact",
}


async def test_a_made_up_button_proposes_nothing(scene: Scene) -> None:
    buttons = [
        tuple(Button(action, f"{action} {number}", value) for action in (Action.STILL_RIGHT, Action.REVIEW_WITHDRAW))
        for number, value in enumerate(MADE_UP)
    ]
    message = OutboxMessage("Made up.", items=tuple(ListItem("A fact.", each) for each in buttons))
    async with scene.database.transaction() as connection:
        delivery = Delivery(TEAM_ID, GENERAL, DeliveryKind.NOTE, message)
        await enqueue(connection, [delivery], scene.workspace.clock.now())
    await scene.until(lambda: "Made up." in "".join(scene.sees(ADA)))
    post = scene.last(ADA)
    for each, words in zip(buttons, MADE_UP.values(), strict=True):
        for one in each:
            await told(scene, post, one.label, words, GENERAL)
    assert await proposed(scene) == ()
    assert not scene.workspace.modals(ADA)


async def told(scene: Scene, message: dict[str, Any], label: str, words: str, channel: str = ADAS_DM) -> None:
    """Let Ada press a button, and be told."""
    before = len(scene.sees(ADA, channel))
    await scene.clicks(message, label, channel=channel)
    await scene.until(lambda: any(words in each for each in scene.sees(ADA, channel)[before:]))


async def test_home_shows_maintainers_what_is_theirs_and_others_nothing_of_it(scene: Scene) -> None:
    assert "No fact is due for a review" in words_in(await opens(scene, GRACE))
    scene.workspace.clock.jump_to(MONDAY)
    view = await opens(scene, GRACE)
    told_there = words_in(view)
    assert "2 facts are due for a review, the most asked first" in told_there
    assert told_there.count("Review was due on 27 November 2026.") == 2
    assert "No question waits for an answer" in told_there
    assert "Revision 2 was published" in told_there
    assert len(view["blocks"]) <= 100
    await presses(scene, view, "Still right", user=GRACE)
    await shows(scene, "Proposed: checked on", user=GRACE)
    await scene.until(lambda: "Still right: " in words_in(home(scene, GRACE)))
    assert "Proposals: 1 waiting" in words_in(home(scene, GRACE))
    hers = words_in(await opens(scene, ADA))
    for words in ("due for a review", "For maintainers", "Revision 2 was published", "Proposals:"):
        assert words not in hers


async def test_still_right_is_written_once_approved_and_the_answer_says_no_more_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "briefings"
    copied(folder)
    file = folder / "infrastructure/growth-zones.yaml"
    before = file.read_text(encoding="utf-8")
    line = "  short: AI Growth Zones drew over 200 bids from across the country.\n"
    due = before.replace(line, f"{line}  review_by: 2026-11-24\n")
    file.write_text(due, encoding="utf-8")
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    settings = {"maintainers_channel": POLICY, "briefings_dir": folder, "content_apply": "direct"}
    async with workspace.serve(), playing(workspace, **settings) as scene:
        await publishes(scene, load(folder))
        assert "Review was due on 24 November 2026." in (await scene.asks(f"/fact {BIDS}"))["text"]
        await presses(scene, await opens(scene, GRACE), "Still right", user=GRACE)
        await scene.until(lambda: scene.sees(ADA, POLICY))
        await scene.clicks(scene.last(ADA, POLICY), "Approve", channel=POLICY)
        await scene.until(lambda: any("Published" in each for each in scene.sees(ADA, POLICY)))
        await scene.until(lambda: "No fact is due for a review" in words_in(home(scene, GRACE)))
        assert "Review was due" not in (await scene.asks(f"/fact {BIDS}"))["text"]
    added = set(file.read_text(encoding="utf-8").splitlines()) - set(due.splitlines())
    assert added == {"  checked_on: 2026-11-25"}
