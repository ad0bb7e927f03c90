"""What every scenario plays in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import app as wiring
from tests.scenarios.scene import ScenarioClock, Scene, playing
from tests.support.patient_bot import be_patient
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture(autouse=True)
def _patient(patient_workspace: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 — used for what it does
    """Let no scenario depend on how busy the machine is."""
    be_patient(monkeypatch)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Serve a workspace with the bot in it."""
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace) as scene:
        yield scene
