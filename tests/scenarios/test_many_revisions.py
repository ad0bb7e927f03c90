"""Many revisions one after the other: what belonged to one is let go when the next is answered from."""

from __future__ import annotations

import gc
from collections import Counter
from typing import TYPE_CHECKING

from tests.scenarios.test_alerts import publishes

if TYPE_CHECKING:
    from tests.scenarios.scene import Scene

REVISIONS = 3
ASKED = ("/fact growth zones bids", "/briefing infrastructure", "/briefing changes")
KEPT = {
    "bot.lookup.language.tokens.Word",
    "handlers.rendering.blocks.TextUnit",
    "bot.store.sqlite_file._SqliteConnection",
    "bot.store.sqlite_file._SqliteCursor",
    "bot.store.tables.UtcTime",
}
"""Words and parts of answers are kept across revisions, up to a number, and connections with their statements."""
OURS = ("bot.", "handlers.", "jinja2.", "builtins.Index", "builtins.Searcher", "tantivy")


async def _held_after(scene: Scene, numbers: range) -> Counter[str]:
    """Publish, ask, and count the objects of our classes, templates and indexes that are left."""
    for number in numbers:
        await publishes(scene, statement=f"About {300 + number} bids for growth zones came in.")
        await scene.bot.refresh()
        for words in ASKED:
            await scene.asks(words)
    gc.collect()
    names = (f"{type(each).__module__}.{type(each).__qualname__}" for each in gc.get_objects())
    return Counter(name for name in names if name.startswith(OURS) and name not in KEPT)


async def test_many_revisions_leave_no_more_objects_than_few(scene: Scene) -> None:
    few = await _held_after(scene, range(REVISIONS))
    many = await _held_after(scene, range(REVISIONS, 2 * REVISIONS))
    more = {name: many[name] - few[name] for name in many if many[name] - few[name] >= REVISIONS}
    assert not more
