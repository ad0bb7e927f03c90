"""Actions when other parts fail: the actor gets a reply all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.actions import Action
from bot.errors import BriefingBotError
from bot.messages import Outcome, Reply
from bot.store.errors import StoreError
from handlers.listeners.actions import ActionHandler, Actions, Press
from handlers.rendering.modals import Modals
from handlers.slack.gate import Need
from tests.support.slack_clients import only

if TYPE_CHECKING:
    from bot.messages import ChannelRef
    from bot.subscriptions.permissions import Actor

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


class Recorder:
    """Every part that an action in a modal uses; records in order what happens. `fails`: the database is locked."""

    def __init__(self, *, fails: bool = False, is_member: bool = True) -> None:
        """Say what is wrong."""
        self.happened: list[str] = []
        self._fails = fails
        self._is_member = is_member

    async def pause(self, _press: Press) -> Reply:
        """Pause a schedule."""
        if self._fails:
            raise LOCKED
        return Reply(Outcome.SUBSCRIPTIONS, "", note="Paused.")

    async def record_activity(self, _place: ChannelRef) -> None:
        """Record a click."""
        self.happened.append("touched")
        raise LOCKED

    async def require(self, _actor: Actor, _need: Need) -> None:
        """Refuse whoever is no member."""
        if not self._is_member:
            raise BriefingBotError("You are not there.")

    async def update_view(self, _view_id: str, view: dict[str, Any]) -> None:
        """Show something in the modal."""
        self.happened.append(str(view["blocks"]))

    def changed(self, _actor: Actor) -> None:
        """Draw no Home."""


async def pressed(recorder: Recorder) -> list[str]:
    """Press Pause in a modal, and return what happened."""
    part: Any = recorder
    table: dict[str, ActionHandler] = {Action.PAUSE: ActionHandler(recorder.pause, Need.SEE)}
    await Actions(table, only(part), Modals(only(part), part), part, part, part, part, part).run(Press.of(BODY))
    return recorder.happened


async def test_a_click_is_recorded_after_the_reply_or_not_at_all() -> None:
    answer, touched = await pressed(Recorder())
    assert "Paused." in answer
    assert touched == "touched"


@pytest.mark.parametrize(
    ("recorder", "note"),
    [(Recorder(fails=True), StoreError.for_members), (Recorder(is_member=False), "You are not there.")],
)
async def test_a_refused_action_is_answered_and_not_recorded(recorder: Recorder, note: str) -> None:
    (answer,) = await pressed(recorder)
    assert note in answer
