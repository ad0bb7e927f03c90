"""Proposals over the wire: a correction from an answer to its approval, who may decide, and what is not taken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import app as wiring
from bot.proposals.proposal import ProposalState, read_proposals
from handlers.listeners import form_submissions
from handlers.listeners.maintainers.proposing import SUGGEST
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, POLICY, ScenarioClock, Scene, labels, playing
from tests.scenarios.views import modal, presses, shows
from tests.support.content_copy import copied
from workspace.blocks.pings import find_pings
from workspace.server import Workspace
from workspace.state.forms import ViewPlace
from workspace.wire.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.proposals.proposal import Proposal

MAYA = "U0MAYA"
WORDS = "There were over 200 bids for AI Growth Zones from across the country, DSIT said in July 2025."


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Play with maintainers in #policy, and a content folder that is written into."""
    folder = copied(tmp_path / "briefings")
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    settings = {"maintainers_channel": POLICY, "briefings_dir": folder, "content_apply": "direct"}
    async with workspace.serve(), playing(workspace, **settings) as scene:
        yield scene


async def sends(scene: Scene, view: dict[str, Any], user: str = ADA, **fields: str) -> None:
    """Fill in some fields, leave the others as they are, and send the form."""
    values = {name: {name: {"value": value}} for name, value in fields.items()}
    happened = await scene.workspace.submit(user, view["id"], values)
    assert happened.acked, happened


async def suggests(scene: Scene, statement: str = WORDS, user: str = ADA) -> dict[str, Any]:
    """Suggest a correction from an answer's menu, and return the card."""
    answer = await scene.asks("/fact growth zones bids", user=user)
    await scene.clicks(answer, "Suggest a correction", user=user)
    view = (await modal(scene, user=user)).view
    before = len(scene.sees(GRACE, POLICY))
    await sends(scene, view, user, statement=statement, reason="Plainer words.")
    await shows(scene, "Sent.", user=user)
    await scene.until(lambda: len(scene.sees(GRACE, POLICY)) > before)
    return scene.last(GRACE, POLICY)


async def stored(scene: Scene) -> tuple[Proposal, ...]:
    async with scene.database.reading() as connection:
        return await read_proposals(connection)


def card_of(scene: Scene) -> dict[str, Any]:
    """Return the first card as it is now."""
    return next(each for each in scene.shown(MAYA, POLICY) if "is proposed" in each["text"])


async def test_a_correction_goes_from_an_answer_to_what_is_published(scene: Scene, tmp_path: Path) -> None:
    answer = await scene.asks("/fact growth zones bids")
    await scene.clicks(answer, "Suggest a correction")
    view = (await modal(scene)).view
    assert "over 200 bids" in json.dumps(view["blocks"])
    await sends(scene, view, statement="x" * 301, reason="Why not?")
    (problem,) = scene.workspace.modals(ADA)[-1].errors.values()
    assert "at most 300 are allowed" in problem
    await sends(scene, view, statement=WORDS.replace("200", "210"), reason="Plainer words.")
    await scene.until(lambda: "“210” is in none" in str(scene.workspace.modals(ADA)[-1]))
    await sends(scene, view, statement=WORDS, reason="Plainer words.")
    await shows(scene, "Sent. You get a direct message")
    await scene.until(lambda: "A correction is proposed" in "".join(scene.sees(GRACE, POLICY)[-1:]))
    card = scene.last(GRACE, POLICY)
    assert labels(card) == ["Approve", "Edit", "Decline"]
    assert "country, DSIT said" in card["text"]

    await scene.clicks(card, "Approve", channel=POLICY)
    await scene.until(lambda: "Somebody else has to approve" in scene.last(ADA, POLICY)["text"])
    await scene.clicks(card, "Approve", user=GRACE, channel=POLICY)
    await scene.until(lambda: any("is published" in text for text in scene.sees(ADA, ADAS_DM)))
    assert any("was approved" in text for text in scene.sees(ADA, ADAS_DM))
    await scene.until(lambda: "Published, approved by Grace" in card_of(scene)["text"])
    assert labels(card_of(scene)) == []
    assert "DSIT said in July 2025" in (await scene.asks("/fact growth zones bids"))["text"]
    files = (tmp_path / "briefings" / "infrastructure" / "growth-zones.yaml").read_text(encoding="utf-8")
    assert "DSIT said in" in files


async def test_a_check_that_takes_long_is_shown_in_the_window_when_it_is_done(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_submissions, "ANSWER_S", 0.0)
    answer = await scene.asks("/fact growth zones bids")
    await scene.clicks(answer, "Suggest a correction")
    await sends(scene, (await modal(scene)).view, statement="x" * 301, reason="Why not?")
    view = await shows(scene, "at most 300 are allowed")
    assert "x" * 301 in json.dumps(view["blocks"]), "nothing that was typed is lost"
    not_shown_yet = Fault("answer", "views.update", times=1, body='{"ok": false, "error": "not_found"}')
    scene.workspace.fault_switches.switch([not_shown_yet])
    await sends(scene, view, statement=WORDS, reason="Plainer words.")
    await presses(scene, await shows(scene, "Sent."), "Withdraw it")
    await shows(scene, "Withdrawn.")


async def test_a_message_becomes_a_suggestion_of_a_new_fact(scene: Scene) -> None:
    said = await scene.types("DSIT opened a fourth growth zone in <!channel> Kent.", user=GRACE)
    assert said.message is not None
    await scene.workspace.message_shortcut(ADA, GENERAL, said.message.ts, SUGGEST)
    view = (await modal(scene)).view
    assert "fourth growth zone" in json.dumps(view["blocks"])
    source = next(each["element"] for each in view["blocks"] if each.get("block_id") == "source_id")
    assert source["options"][0]["text"]["text"] == "A new source"
    chosen = {"selected_option": source["options"][0]}
    await scene.workspace.act(ADA, ViewPlace(view["id"]), "source_id", "source_id", chosen)
    view = await shows(scene, "Title of the new source")
    assert "fourth growth zone" in json.dumps(view["state"]), "nothing that was typed is lost"
    area = next(each["element"] for each in view["blocks"] if each.get("block_id") == "area")["options"][2]
    certain = next(each["element"] for each in view["blocks"] if each.get("block_id") == "certainty")["options"][0]
    values = {
        "area": {"area": {"selected_option": area}},
        "certainty": {"certainty": {"selected_option": certain}},
        "statement": {"statement": {"value": "DSIT opened a fourth AI Growth Zone in Kent. <!channel> {{ 7 * 7 }}"}},
        "title": {"title": {"value": "A fourth zone <@U0ADA>"}},
        "publisher": {"publisher": {"value": "DSIT"}},
        "published": {"published": {"selected_date": "2026-11-02"}},
        "url": {"url": {"value": "http://example.org"}},
        "source_words": {"source_words": {"value": "opened a fourth zone"}},
    }
    await scene.workspace.submit(ADA, view["id"], values)
    assert "from https:// on" in scene.workspace.modals(ADA)[-1].errors["url"]
    values["url"] = {"url": {"value": "https://example.org/fourth"}}
    await scene.workspace.submit(ADA, view["id"], values)
    await scene.until(lambda: "plain text: readers would see it" in str(scene.workspace.modals(ADA)[-1]))
    assert "title" in str(scene.workspace.modals(ADA)[-1])
    values["statement"] = {"statement": {"value": "DSIT opened a fourth AI Growth Zone in Kent in November 2026."}}
    values["title"] = {"title": {"value": "A fourth zone"}}
    await scene.workspace.submit(ADA, view["id"], values)
    await shows(scene, "Sent.")
    await scene.until(lambda: "A new fact is proposed" in "".join(scene.sees(GRACE, POLICY)[-1:]))
    card = scene.last(GRACE, POLICY)
    assert find_pings(card["text"], card["blocks"]) == ()
    assert f"archives/{GENERAL}/p{said.message.ts.replace('.', '')}" in json.dumps(card["blocks"])
    (proposal,) = await stored(scene)
    assert proposal.suggestion.permalink.endswith(f"p{said.message.ts.replace('.', '')}")


async def test_only_human_members_of_the_channel_decide_and_asked_anew(scene: Scene) -> None:
    card = await suggests(scene)
    await scene.clicks(card, "Edit", user=GRACE, channel=POLICY)
    view = (await modal(scene, user=GRACE)).view
    assert "DSIT said" in json.dumps(view["blocks"])
    await sends(scene, view, GRACE, statement=WORDS.replace("said", "said,"))
    await scene.until(lambda: "DSIT said, in" in card_of(scene)["text"])
    assert "Edited by Grace" in card_of(scene)["text"]
    for each in scene.workspace.modals(GRACE):  # where the check took long, its window says what came of it
        await scene.workspace.close_modal(GRACE, each.view["id"])
    await scene.clicks(card_of(scene), "Decline", user=GRACE, channel=POLICY)
    view = (await modal(scene, user=GRACE)).view
    scene.workspace.remove(POLICY, GRACE)
    await sends(scene, view, GRACE, reason="No.")
    assert "Only members of the maintainers" in scene.workspace.modals(GRACE)[-1].errors["reason"]
    assert [each.state for each in await stored(scene)] == [ProposalState.WAITING]
