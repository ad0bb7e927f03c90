"""Presses in a view when other parts fail: the presser is answered all the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.messages import Outcome, Reply
from bot.store.errors import StoreError
from handlers.listeners.view_presses import ViewPress, ViewPresses
from handlers.rendering.modals import Modals

if TYPE_CHECKING:
    from bot.messages import ChannelRef
    from bot.subscriptions.permissions import Actor
    from handlers.listeners.house import House

BODY = {
    "actions": [{"action_id": "pause:0", "value": "s1"}],
    "user": {"id": "U1", "name": "ada"},
    "team": {"id": "T1"},
    "trigger_id": "t1",
    "view": {
        "id": "V1",
        "type": "modal",
        "callback_id": "reply",
        "private_metadata": "C1",
        "blocks": [{"type": "divider"}],
    },
}
LOCKED = StoreError("The database is locked by another process.", "")


class Rooms:
    """As much of a house as a press looks at, which records what happens in order; `fails`: the database is locked."""

    def __init__(self, *, fails: bool, is_there: bool = True) -> None:
        """Take what is wrong."""
        self.happened: list[str] = []
        self._fails = fails
        self._is_there = is_there

    def __getattr__(self, _errand: str) -> Any:  # noqa: ANN401 — whatever else a house has
        """Return what no press here asks for."""
        return self

    async def pause(self, _asker: Actor, _schedule: str) -> Reply:
        """Pause a schedule."""
        if self._fails:
            raise LOCKED
        return Reply(Outcome.SUBSCRIPTIONS, "", note="Paused.")

    async def record_activity(self, _place: ChannelRef) -> None:
        """Remember a click."""
        self.happened.append("touched")
        raise LOCKED

    async def require_member(self, _asker: Actor) -> None:
        """Let in, or not."""
        if not self._is_there:
            raise StoreError("You are not there.", "")

    async def update_view(self, _view_id: str, view: dict[str, Any]) -> None:
        """Show something in the modal."""
        self.happened.append(str(view["blocks"]))

    def changed(self, _user: str) -> None:
        """Draw no Home."""


async def pressed(rooms: Rooms) -> list[str]:
    """Press Pause in a modal, and return what happened."""
    modals = Modals(cast("Any", rooms))
    parts = dict.fromkeys(("desk", "tabs", "bot", "schedules", "channel_schedules", "messenger", "presence"), rooms)
    await ViewPresses(cast("House", SimpleNamespace(modals=modals, **parts))).take(ViewPress.of(BODY))
    return rooms.happened


async def test_a_click_is_remembered_after_the_answer_or_not_at_all() -> None:
    answer, touched = await pressed(Rooms(fails=False))
    assert "Paused." in answer
    assert touched == "touched"


@pytest.mark.parametrize(
    ("rooms", "told"),
    [(Rooms(fails=True), "The database is locked"), (Rooms(fails=False, is_there=False), "You are not there.")],
)
async def test_a_refused_press_is_answered_and_not_remembered(rooms: Rooms, told: str) -> None:
    (answer,) = await pressed(rooms)
    assert told in answer
