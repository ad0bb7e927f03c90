"""An approved correction over the wire, with the content in a git repository: from the form to a branch."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

import app as wiring
from tests.scenarios.scene import ADA, ADAS_DM, GRACE, POLICY, ScenarioClock, Scene, playing
from tests.scenarios.views import modal, shows
from tests.support.content_copy import copied
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace

if TYPE_CHECKING:
    from pathlib import Path

FILE = "briefings/infrastructure/growth-zones.yaml"
OLD = "There were over 200 bids for AI Growth Zones from across the country, according to DSIT in July 2025."
NEW = "There were over 200 bids: # from 'across the country' - for AI Growth Zones, said DSIT in July 2025."
WHY = "It said: “according to” # twice, 'so to speak' - see C:\\DSIT."


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Eve", "-c", "user.email=eve@example.org", "-c", "commit.gpgsign=false")
    command = ["git", *who, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout.decode()  # noqa: S603 — our own words


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Return a repository of the briefings, in which one file was saved on Windows."""
    theirs, bare = tmp_path / "theirs", tmp_path / "content.git"
    copied(theirs / "briefings")
    (theirs / FILE).write_bytes((theirs / FILE).read_bytes().replace(b"\n", b"\r\n"))
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    git(theirs, "init", "--quiet", "--initial-branch=main")
    git(theirs, "add", "--all")
    git(theirs, "commit", "--quiet", "--message", "Begin")
    git(theirs, "push", "--quiet", str(bare), "main")
    return bare


async def fetched(scene: Scene) -> None:
    """Wait until the repository has been fetched: before, nothing can be proposed."""
    assert scene.database.file
    data = scene.database.file.path.parent
    async with asyncio.timeout(PATIENCE_S):
        while not any(data.glob("*/.git/index")):  # noqa: ASYNC110 — git tells nobody; it writes this last
            await asyncio.sleep(0.02)


async def approves(scene: Scene) -> None:
    """Suggest the correction as Ada, and approve it as Grace."""
    answer = await scene.asks("/fact growth zones bids")
    await scene.clicks(answer, "Suggest a correction")
    view = (await modal(scene)).view
    values = {name: {name: {"value": value}} for name, value in {"statement": NEW, "reason": WHY}.items()}
    await scene.workspace.submit(ADA, view["id"], values)
    await shows(scene, "Sent.")
    await scene.until(lambda: "A correction is proposed" in "".join(scene.sees(GRACE, POLICY)[-1:]))
    await scene.clicks(scene.last(GRACE, POLICY), "Approve", user=GRACE, channel=POLICY)


async def test_an_approved_correction_is_a_branch_of_its_proposer_in_the_files_own_style(bare: Path) -> None:
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    repository = {"content_git_url": SecretStr(str(bare)), "content_apply": "commit"}
    async with workspace.serve(), playing(workspace, maintainers_channel=POLICY, **repository) as scene:
        await fetched(scene)
        await approves(scene)
        await scene.until(lambda: "Pushed as the branch proposal/" in scene.last(GRACE, POLICY)["text"])
        assert "Not published yet" in scene.last(GRACE, POLICY)["text"]
        await scene.clicks(scene.last(GRACE, POLICY), "Will not be published", user=GRACE, channel=POLICY)
        reason = {"reason": {"reason": {"value": "The branch was deleted."}}}
        await scene.workspace.submit(GRACE, (await modal(scene, user=GRACE)).view["id"], reason)
        await scene.until(lambda: "Not published, closed by Grace: The branch" in scene.last(GRACE, POLICY)["text"])
        await scene.until(lambda: "not be published: The branch was deleted" in scene.sees(ADA, ADAS_DM)[-1])

    before = git(bare, "show", f"main:{FILE}")
    (branch,) = git(bare, "for-each-ref", "--format=%(refname:short)", "refs/heads/proposal").split()
    written = git(bare, "log", "-1", "--format=%an%n%B", branch)
    assert written.startswith("Ada\nCorrect the fact growth-zones-bids\n")
    assert "\nApproved-by: Grace <" in written
    why = WHY.replace("'", "''")
    today = workspace.clock.now().date()
    added = f"  corrected:\r\n    on: {today}\r\n    why: '{why}'\r\n"
    assert git(bare, "show", f"{branch}:{FILE}").replace(added, "") == before.replace(OLD, NEW)
