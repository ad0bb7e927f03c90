"""Themes over the wire: the weekly post, what maintainers decide below it, and what askers read then."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

import app as wiring
from bot.actions import Action
from bot.audit.audit import AuditFilter, newest_audit
from bot.gaps.gaps import DropCount, add, count_dropped
from bot.gaps.private_content import Dropped
from bot.gaps.theme_service import Themes
from bot.proposals.examining import ContentExaminer
from bot.proposals.proposal import Proposal, read_proposals
from bot.store.maintainer_tables import weekly_posts
from bot.store.tables import deliveries
from handlers.listeners import form_submissions
from handlers.slack.receiving.requests import take
from tests.scenarios.scene import ADA, GENERAL, GRACE, POLICY, ScenarioClock, Scene, labels, playing
from tests.scenarios.test_gate import GUEST, press
from tests.scenarios.test_presence import leaves
from tests.scenarios.views import modal, presses, shows, words_in
from tests.support.themes import PENSIONS, gap
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace
from workspace.state.forms import MessagePlace
from workspace.state.records import TEAM_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.proposals.proposals import Examination

MONDAY = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
ASKED = "/fact will state pensions rise"
PIER = ("who mends the pier at Brighton", "will the pier at Brighton be mended")
BUTTONS = ["Draft this fact", "We hold this", "Not for us", "Rename or merge…", "Questions…"]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Play with maintainers in #policy, and questions that no fact answers."""
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace, maintainers_channel=POLICY) as scene:
        asked = [gap(each, 5 - number) for number, each in enumerate((*PENSIONS, *PIER))]
        async with scene.database.transaction() as connection:
            await add(connection, [replace(each, team=TEAM_ID, last_on=each.first_on) for each in asked])
            named = [DropCount(TEAM_ID, day, Dropped.NAME, 3) for day in (date(2026, 11, 2), date(2026, 11, 28))]
            await count_dropped(connection, named)
        yield scene


async def weekly(scene: Scene) -> dict[str, Any]:
    """Let it be Monday, once the week before is on record, and return the weekly post."""
    async with asyncio.timeout(PATIENCE_S):
        while not await _recorded(scene):  # noqa: ASYNC110 — the database wakes nobody
            await asyncio.sleep(0.01)
    before = len(scene.sees(GRACE, POLICY))
    scene.workspace.clock.jump_to(MONDAY)
    await scene.until(lambda: len(scene.sees(GRACE, POLICY)) > before)
    return scene.last(GRACE, POLICY)


async def _payloads(scene: Scene) -> str:
    async with scene.database.reading() as connection:
        return " ".join(str(each) for each in await connection.scalars(select(deliveries.c.payload)))


async def _recorded(scene: Scene) -> bool:
    async with scene.database.reading() as connection:
        return await connection.scalar(select(weekly_posts.c.week)) is not None


async def opened(scene: Scene, post: dict[str, Any], action: str, user: str = GRACE) -> dict[str, Any]:
    """Press a button of the post's first theme, and return the form that opens."""
    happened = await scene.workspace.press(user, POLICY, post["ts"], f"{action}:0")
    assert happened.acked, happened
    return dict((await modal(scene, user=user)).view)


async def submits(scene: Scene, view: dict[str, Any], user: str = GRACE, **fields: Any) -> None:  # noqa: ANN401 — a value
    values = {name: {name: value if isinstance(value, dict) else {"value": value}} for name, value in fields.items()}
    happened = await scene.workspace.submit(user, view["id"], values)
    assert happened.acked, happened


async def proposals(scene: Scene) -> tuple[Proposal, ...]:
    async with scene.database.reading() as connection:
        return await read_proposals(connection)


async def audited(scene: Scene) -> list[tuple[str, str]]:
    async with scene.database.reading() as connection:
        found = await newest_audit(connection, AuditFilter(action="theme"), 100)
    return [(each.entry.who, each.entry.action) for each in found]


async def test_from_the_weekly_post_to_a_reason_that_askers_read_and_back(scene: Scene) -> None:
    post = await weekly(scene)
    assert post["text"].startswith("What the facts do not answer: asked 15 times in 2 themes; 5 questions new")
    assert "pensions rise next year — asked 12 times, 3 questions, 3 new" in post["text"]
    async with asyncio.timeout(PATIENCE_S):  # what was asked is erased once it is posted
        while "pensions rise" in await _payloads(scene):  # noqa: ASYNC110 — the database wakes nobody
            await asyncio.sleep(0.01)
    assert post["text"].endswith("Not kept since 25 November 2026: 3 questions (perhaps a person’s name 3).")
    assert labels(post) == [*BUTTONS * 2, "All themes"]
    view = await opened(scene, post, "theme_refuse")
    assert "• when do state pensions rise" in words_in(view)
    await submits(scene, view, reason="<!channel> no")
    assert "mentions" in json.dumps(scene.workspace.modals(GRACE)[-1].errors)
    await submits(scene, view, reason="Pensions are DWP’s.")
    done = await shows(scene, "gets your reason from now on", user=GRACE)
    assert "We will not hold this: Pensions are DWP’s." in (await scene.asks(ASKED))["text"]
    await scene.workspace.press(ADA, POLICY, post["ts"], "theme_hold:0")
    await scene.until(lambda: any("Too late: " in text for text in scene.sees(ADA, POLICY)))
    listed = await asked_for(scene, GRACE)
    assert "Not for us: Pensions are DWP’s." in listed["text"]
    await presses(scene, done, "Take it back", user=GRACE)
    await shows(scene, "Taken back", user=GRACE)
    assert "We will not hold this" not in (await scene.asks(ASKED))["text"]
    assert await audited(scene) == [(GRACE, "theme.not_for_us"), (GRACE, "theme.reopened")]


async def asked_for(scene: Scene, user: str, channel: str = GENERAL) -> dict[str, Any]:
    before = len(scene.sees(user, channel))
    await scene.types("/briefing gaps", user=user, channel=channel)
    await scene.until(lambda: len(scene.sees(user, channel)) > before)
    return scene.last(user, channel)


async def test_what_a_fact_holds_gets_its_keywords_by_a_second_person(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_submissions, "ANSWER_S", 0.01)  # no check is that fast: the window shows what it came to
    post = await weekly(scene)
    view = await opened(scene, post, "theme_hold")
    await submits(scene, view, fact="no-such-fact", keywords="")
    assert "No fact has the id" in json.dumps(scene.workspace.modals(GRACE)[-1].errors)
    await submits(scene, view, fact="growth-zones-bids", keywords="R&amp;D")
    await shows(scene, "“We hold this” was not taken", user=GRACE)
    assert not await audited(scene)
    view = await chosen_from_list(scene, await asked_for(scene, GRACE), "We hold this")
    before = len(scene.sees(GRACE, POLICY))
    await submits(scene, view, fact="growth-zones-bids", keywords="pension zones,  pension zones, ")
    await shows(scene, "somebody else approves them", user=GRACE)
    await scene.until(lambda: len(scene.sees(GRACE, POLICY)) > before)
    card = scene.last(GRACE, POLICY)
    assert "Keywords are proposed" in card["text"]
    assert "pension zones" in card["text"]
    assert "pensions" not in json.dumps((await asked_for(scene, GRACE))["blocks"][1]), "it is no gap any more"


async def test_what_the_fact_has_already_is_not_proposed(scene: Scene) -> None:
    view = await opened(scene, await weekly(scene), "theme_hold")
    await submits(scene, view, fact="growth-zones-bids", keywords="bid, applicants")
    await shows(scene, "It has these keywords already.", user=GRACE)
    assert not await proposals(scene)


async def test_nothing_is_held_while_its_keywords_are_being_checked(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked, examined = asyncio.Event(), ContentExaminer.examine

    async def slow(*args: Any) -> Examination:  # noqa: ANN401 — as examine
        await checked.wait()
        return await examined(*args)

    monkeypatch.setattr(ContentExaminer, "examine", slow)
    monkeypatch.setattr(form_submissions, "ANSWER_S", 0.01)
    view = await opened(scene, await weekly(scene), "theme_hold")
    await submits(scene, view, fact="growth-zones-bids", keywords="pension zones")
    await shows(scene, "until then nothing is decided", user=GRACE)
    assert not await audited(scene), "a kill here loses the form and nothing else"
    checked.set()
    await shows(scene, "somebody else approves them", user=GRACE)
    assert await audited(scene) == [(GRACE, "theme.held")]
    (proposal,) = await proposals(scene)
    assert proposal.suggestion.theme_id


async def test_a_draft_begins_with_what_was_asked_and_names_its_theme(scene: Scene) -> None:
    post = await weekly(scene)
    view = await opened(scene, post, "theme_draft")
    shown = json.dumps(view, ensure_ascii=False)
    assert "Asked: " in json.dumps(view["blocks"][0]), "it is read before the fields"
    assert all(
        "initial_value" not in each.get("element", {}) for each in view["blocks"] if each["block_id"] == "keywords"
    )
    assert all(each in shown for each in PENSIONS)
    (listed,) = [
        each for each in (await Themes(scene.database, scene.workspace.clock).listed(TEAM_ID)).open if each.theme
    ]
    assert listed.key in str(view["private_metadata"]), "the proposal carries its theme"
    assert await audited(scene) == [(GRACE, "theme.stored")]


async def test_themes_are_renamed_merged_and_sorted_in_forms(scene: Scene) -> None:
    post = await weekly(scene)
    listed = await asked_for(scene, GRACE)
    view = await chosen_from_list(scene, listed, "Rename or merge…")
    await submits(scene, view, name="State pensions")
    await shows(scene, "It is called “State pensions” now.", user=GRACE)
    view = await opened(scene, post, "theme_refuse")
    assert words_in(view).count("State pensions") == 1, "an older button leads to the theme as it is now"
    listed = await asked_for(scene, GRACE)
    view = await chosen_from_list(scene, listed, "Questions…")
    options = {each["text"]["text"]: each for each in view["blocks"][1]["element"]["options"]}
    one = options[f"✓ {PENSIONS[2]}"]
    await submits(scene, view, questions={"selected_options": [one]}, name="Next year")
    await shows(scene, "1 question is confirmed in “Next year”.", user=GRACE)
    listed = await asked_for(scene, GRACE)
    assert [each in listed["text"] for each in ("State pensions — asked 9", "Next year — asked 3")] == [True, True]
    view = await chosen_from_list(scene, listed, "Rename or merge…")
    into = next(each for each in view["blocks"][-1]["element"]["options"] if each["text"]["text"] == "Next year")
    await submits(scene, view, into={"selected_option": into})
    await shows(scene, "It is part of “Next year” now.", user=GRACE)
    assert "Next year — asked 12" in (await asked_for(scene, GRACE))["text"]


async def chosen_from_list(scene: Scene, listed: dict[str, Any], label: str) -> dict[str, Any]:
    """Choose what a menu of the first theme in a list offers, and return the form that opens."""
    block = next(each for each in listed["blocks"] if each.get("accessory"))
    option = next(each for each in block["accessory"]["options"] if each["text"]["text"] == label)
    place, value = MessagePlace(GENERAL, listed["ts"]), {"selected_option": option}
    happened = await scene.workspace.act(GRACE, place, block["block_id"], block["accessory"]["action_id"], value)
    assert happened.acked, happened
    part = {"Questions…": "Make a theme of them", "We hold this": "Keywords that it gets"}.get(
        label, "Or merge it into"
    )
    return await shows(scene, part, user=GRACE)


async def test_who_is_no_maintainer_sees_and_decides_nothing(scene: Scene) -> None:
    post = await weekly(scene)
    assert "maintainers’ channel" in (await asked_for(scene, GUEST))["text"]
    view = await opened(scene, post, "theme_refuse")
    leaves(scene, GRACE, POLICY)
    await submits(scene, view, reason="No.")
    assert "maintainers’ channel" in json.dumps(scene.workspace.modals(GRACE)[-1].errors, ensure_ascii=False)
    assert "maintainers’ channel" in (await asked_for(scene, GRACE))["text"]
    assert not await audited(scene)


MADE_UP = (
    "",
    "new-",
    "x" * 2000,
    "'; drop table themes",
    "0" * 32 + " 1",
    "x 99999999999999999999",
    "\u202e<!channel>",
)


async def test_a_made_up_button_does_nothing(scene: Scene) -> None:
    for value in MADE_UP:
        for action in [each for each in Action if each.startswith("theme_")]:
            before = len(scene.sees(ADA, GENERAL))
            await take(scene.bolt, body=press(action, value))
            await scene.settled()
            assert len(scene.sees(ADA, GENERAL)) >= before
        assert not scene.workspace.modals(ADA), value
        assert not await audited(scene), value
