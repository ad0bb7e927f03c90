"""Below an answer: the next related facts, page by page, and its sources."""

from __future__ import annotations

import json
import re

from tests.scenarios.scene import ADA, ADAS_DM, GRACE, Scene, labels
from tests.scenarios.views import shows


async def test_more_leads_through_the_related_facts_and_back(scene: Scene) -> None:
    answer = await scene.asks("/fact growth zones")
    count = len(scene.sees())
    page = await scene.presses(answer, "More related facts")
    assert page["text"].startswith("Facts 4 to 7 of ")
    assert len(scene.sees()) == count, "it takes the place of what was read"
    seen = 0
    while more := next((label for label in labels(page) if label.startswith("More (")), ""):
        page = await scene.presses(page, more)
        seen += 1
    assert seen
    back = await scene.presses(page, "Back to the answer")
    assert back["text"] == answer["text"]


async def test_a_fact_of_a_page_can_be_opened_and_posted(scene: Scene) -> None:
    page = await scene.presses(await scene.asks("/fact growth zones"), "More related facts")
    opened = await scene.presses(page, "Show 5")
    assert "• 5 " in page["text"]
    assert "Post to channel" in labels(opened)
    posted = await scene.presses(opened, "Post to channel")
    await scene.until(lambda: not scene.last(GRACE)["is_ephemeral"])
    assert scene.last(GRACE)["text"].startswith(opened["text"].split("\n")[0])
    assert posted


async def test_in_a_direct_message_a_page_is_a_new_message(scene: Scene) -> None:
    await scene.types("growth zones", channel=ADAS_DM)
    await scene.until(lambda: "Growth Zones" in scene.last(ADA, ADAS_DM)["text"])
    answer = scene.last(ADA, ADAS_DM)
    page = await scene.presses(answer, "More related facts", channel=ADAS_DM)
    assert page["text"].startswith("Facts 4 to 7 of ")
    assert answer["text"] in scene.sees(ADA, ADAS_DM)


async def test_an_answer_with_nothing_further_offers_no_more(scene: Scene) -> None:
    assert "More related facts" not in labels(await scene.asks("/fact sovereign solutions"))


async def test_sources_open_in_a_window_each_at_the_sentence(scene: Scene) -> None:
    answer = await scene.asks("/fact growth zones")
    before = scene.sees()
    await scene.clicks(answer, "Sources")
    view = await shows(scene, ", published 21 July 2025")
    assert re.search(r'"url": "https://www\.gov\.uk/[^"]+#:~:text=', json.dumps(view["blocks"]))
    assert scene.sees() == before


async def test_a_public_answer_leads_to_its_sources_too(scene: Scene) -> None:
    await scene.types("@Briefing bot growth zones")
    await scene.until(lambda: scene.calls("chat.postMessage"))
    (call,) = scene.calls("chat.postMessage")
    assert labels(call) == ["Copy citation", "Tell me if this changes", "Suggest a correction", "Sources"]
    answer = scene.last(GRACE, thread=call["thread_ts"])
    await scene.clicks(answer, "Sources", user=GRACE)
    await shows(scene, ", published 21 July 2025", user=GRACE)
