"""The audit over the wire: what members type and press, and what befalls their channel, each step by its author."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.scenarios.scene import ADA, POLICY
from tests.scenarios.test_channel_events import subscribe, until
from tests.support.audited import audited, require_audited

if TYPE_CHECKING:
    from tests.scenarios.scene import Scene


async def test_each_step_of_a_channel_is_recorded_with_its_author(scene: Scene) -> None:
    await subscribe(scene)
    for words in ("pause until 5 January", "resume", "days off 24 December to 2 January", "defaults adoption"):
        await scene.types(f"/briefing {words}", channel=POLICY)
        await scene.settled()
    await scene.types("/briefing unsubscribe all <!channel>", channel=POLICY)  # it is not understood: nothing changes
    await scene.settled()
    scene.workspace.archive(POLICY)
    await until(scene, "is_archived")
    scene.workspace.unarchive(POLICY)
    await until(scene, "")
    await require_audited(scene.database)
    found = [(each.who, each.action) for each in await audited(scene.database) if each.action != "revision.published"]
    assert found == [
        (ADA, "alerts.added"),
        (ADA, "schedule.added"),
        (ADA, "alerts.paused"),
        (ADA, "schedule.paused"),
        (ADA, "alerts.resumed"),
        (ADA, "schedule.resumed"),
        (ADA, "days_off.added"),
        (ADA, "defaults.changed"),
        ("bot", "alerts.paused"),
        ("bot", "schedule.paused"),
        ("bot", "alerts.resumed"),
        ("bot", "schedule.resumed"),
    ]
