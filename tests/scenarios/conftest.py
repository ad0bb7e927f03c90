"""What every scenario plays in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import app as wiring
from handlers.listeners import form_submissions
from handlers.slack import client, gate
from tests.scenarios.scene import ScenarioClock, Scene, playing
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture(autouse=True)
def _patient(patient_workspace: None) -> None:
    """Let no scenario depend on how busy the machine is."""


@pytest.fixture(autouse=True)
def _in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait as long as a busy machine takes for what the code goes without after a second."""
    monkeypatch.setattr(gate, "ASKED_S", PATIENCE_S)
    monkeypatch.setattr(client, "_NAME_S", PATIENCE_S)
    monkeypatch.setattr(client, "_PERMALINK_S", PATIENCE_S)
    monkeypatch.setattr(form_submissions, "ANSWER_S", PATIENCE_S)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Serve a workspace with the bot in it."""
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace) as scene:
        yield scene
