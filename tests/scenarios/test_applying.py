"""An approved correction over the wire: from the form to its file and to the corrected post."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

import app as wiring
from bot.config import BRIEFINGS
from tests.scenarios.scene import ADA, GENERAL, GRACE, POLICY, ScenarioClock, Scene, playing
from tests.scenarios.views import modal, shows
from workspace.server import Workspace

if TYPE_CHECKING:
    from pathlib import Path

FILE = "infrastructure/growth-zones.yaml"
OLD = "There were over 200 bids for AI Growth Zones from across the country, according to DSIT in July 2025."
NEW = "There were over 200 bids: # from 'across the country' - for AI Growth Zones, said DSIT in July 2025."
WHY = "It said: “according to” # twice, 'so to speak' - see C:\\DSIT."


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Return a copy of the briefings in which one file was saved on Windows."""
    folder = tmp_path / "theirs" / "briefings"
    shutil.copytree(BRIEFINGS, folder)
    (folder / FILE).write_bytes((folder / FILE).read_bytes().replace(b"\n", b"\r\n"))
    return folder


async def is_approved(scene: Scene) -> None:
    """Suggest the correction as Ada, and approve it as Grace."""
    answer = await scene.asks("/fact growth zones bids")
    await scene.clicks(answer, "Suggest a correction")
    view = (await modal(scene)).view
    values = {name: {name: {"value": value}} for name, value in {"statement": NEW, "reason": WHY}.items()}
    await scene.workspace.submit(ADA, view["id"], values)
    await shows(scene, "Sent.")
    await scene.until(lambda: "A correction is proposed" in "".join(scene.sees(GRACE, POLICY)[-1:]))
    await scene.clicks(scene.last(GRACE, POLICY), "Approve", user=GRACE, channel=POLICY)


async def test_an_approved_correction_is_one_line_of_its_file_and_corrects_the_post(content: Path) -> None:
    before = (content / FILE).read_bytes()
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    settings = {"maintainers_channel": POLICY, "briefings_dir": content, "content_apply": "direct"}
    async with workspace.serve(), playing(workspace, **settings) as scene:
        await scene.clicks(await scene.asks("/fact growth zones bids"), "Post to channel")
        await scene.until(lambda: any(OLD in text for text in scene.sees(GRACE, GENERAL)))
        await is_approved(scene)
        await scene.until(lambda: "Published" in scene.last(GRACE, POLICY)["text"])
        await scene.until(lambda: any("said DSIT in July" in text for text in scene.sees(GRACE, GENERAL)))

    today = workspace.clock.now().date().isoformat()
    added = f"  corrected:\n    on: {today}\n    why: '{WHY.replace(chr(39), chr(39) * 2)}'\n"
    after = (content / FILE).read_bytes().replace(b"\r\n", b"\n").decode()
    assert after.replace(added, "") == before.replace(b"\r\n", b"\n").decode().replace(OLD, NEW)
    assert (content / FILE).read_bytes().count(b"\n") == (content / FILE).read_bytes().count(b"\r\n")
