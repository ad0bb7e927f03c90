"""Each way through the code passes the modules that docs/architecture.md says, in that order, and no other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from bot.content.models import DatedReason
from tests.scenarios.private_replies import says
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, Scene
from tests.scenarios.test_alerts import publishes, until_posted
from tests.scenarios.test_gaps import until_kept
from tests.support.tree import PAGE, ROOT
from tests.support.ways import package_of, recorded, ways

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

FRIDAY = datetime(2026, 11, 27, 12, tzinfo=UTC)
MONDAY_NINE = datetime(2026, 11, 30, 9, tzinfo=UTC)


async def ready(_scene: Scene) -> None:
    """Need nothing beforehand."""


async def fact(scene: Scene) -> None:
    await scene.asks("/fact growth zones")


async def briefing(scene: Scene) -> None:
    await scene.asks("/briefing infrastructure")


async def mention(scene: Scene) -> None:
    before = len(scene.sees(ADA, ADAS_DM))
    await scene.types("growth zones", channel=ADAS_DM)
    await scene.until(lambda: len(scene.sees(ADA, ADAS_DM)) > before + 1)


async def post_to_channel(scene: Scene) -> None:
    await scene.workspace.press(ADA, GENERAL, scene.last()["ts"], "post")
    await until_posted(scene, "Posted by Ada")


async def subscribe(scene: Scene) -> None:
    await says(scene, "/briefing subscribe infrastructure alerts")


async def schedule(scene: Scene) -> None:
    scene.workspace.clock.jump_to(FRIDAY)
    await says(scene, "/briefing subscribe infrastructure weekdays 09:00")


async def edit(scene: Scene) -> None:
    await publishes(scene, statement="There were about 200 bids for AI Growth Zones.")
    await until_posted(scene, "What changed")


async def posted_answer(scene: Scene) -> None:
    await scene.asks("/fact growth-zones-bids")
    await post_to_channel(scene)


async def correct(scene: Scene) -> None:
    wrong = DatedReason(on=datetime(2026, 11, 25, tzinfo=UTC).date(), why="The source says 201.")
    await publishes(scene, statement="There were 201 bids for AI Growth Zones.", corrected=wrong)
    await scene.until(lambda: any("201 bids" in text for text in scene.sees(GRACE)))


async def announced(scene: Scene) -> None:
    """Have a schedule whose public line is posted: on the way to Monday it would expire."""
    await schedule(scene)
    await until_posted(scene, "subscribed this channel to")


async def due(scene: Scene) -> None:
    scene.workspace.clock.jump_to(MONDAY_NINE)
    await until_posted(scene, "Infrastructure\n")


async def unanswered(scene: Scene) -> None:
    await scene.asks("/fact police drones")
    await until_kept(scene, {"police drones": 1})


WAYS: Final[Mapping[str, tuple[Callable[[Scene], Awaitable[None]], Callable[[Scene], Awaitable[None]]]]] = {
    "`/fact`": (ready, fact),
    "`/briefing`": (ready, briefing),
    "A mention or a direct message": (ready, mention),
    "Post to channel": (fact, post_to_channel),
    "Subscribing to alerts": (ready, subscribe),
    "Subscribing with a schedule": (ready, schedule),
    "A fact edit becomes an alert": (subscribe, edit),
    "A correction edits what was posted": (posted_answer, correct),
    "A due briefing": (announced, due),
    "An unanswered question becomes a gap": (ready, unanswered),
    "The local workspace: typed command to reply": (ready, fact),
}
"""What has to be there beforehand, and the way itself."""
WAYS_OF_PAGE = ways(PAGE.read_text(encoding="utf-8"))


def test_each_way_has_its_table() -> None:
    assert list(WAYS_OF_PAGE) == list(WAYS)


@pytest.mark.parametrize("name", WAYS)
async def test_a_way_is_as_the_page_says(scene: Scene, name: str) -> None:
    before, way = WAYS[name]
    await before(scene)
    with recorded() as recording:
        await way(scene)
    expected = WAYS_OF_PAGE[name]
    assert recording.passes(expected.rooms)
    rooms = [each.partition(":")[0] for each in expected.rooms]
    modules = {*rooms, *expected.uses}
    assert all((ROOT / each).is_file() for each in modules)
    assert recording.packages(rooms) <= {*map(package_of, modules)}, "what is cached is not entered"
