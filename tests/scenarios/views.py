"""Modals and App Home in scenarios: what stands in them, and pressing what does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.scenarios.scene import ADA, Scene
from workspace.state.forms import ViewPlace

if TYPE_CHECKING:
    from workspace.state.views import Modal


def words_in(view: Any) -> str:  # noqa: ANN401 — any part of a view
    """Return every word that a view shows, in order."""
    if isinstance(view, dict):
        own = [str(view["text"])] if isinstance(view.get("text"), str) else []
        shown = [view["channel_id"]] if view.get("type") == "channel" else []
        return "\n".join(filter(None, [*own, *shown, *map(words_in, view.values())]))
    return "\n".join(filter(None, map(words_in, view))) if isinstance(view, list) else ""


def pressable(view: dict[str, Any], label: str) -> tuple[str, str, dict[str, Any]]:
    """Return the block_id and action_id of the button or menu with this label, and the value that a press gives it."""
    for block in view["blocks"]:
        for each in [*block.get("elements", ()), block.get("accessory") or {}]:
            for option in each.get("options", (each,)):
                if "action_id" in each and option.get("text", {}).get("text") == label:
                    return block["block_id"], each["action_id"], {} if option is each else {"selected_option": option}
    raise LookupError(label)


async def presses(scene: Scene, view: dict[str, Any], label: str, *, user: str = ADA) -> None:
    """Press a button in a view, or choose an option."""
    happened = await scene.workspace.act(user, ViewPlace(view["id"]), *pressable(view, label))
    assert happened.acked, happened


async def modal(scene: Scene, *, user: str = ADA) -> Modal:
    """Return the modal on top, once there is one."""
    await scene.until(lambda: scene.workspace.modals(user))
    return scene.workspace.modals(user)[-1]


async def shows(scene: Scene, part: str, *, user: str = ADA) -> dict[str, Any]:
    """Return the modal on top once these words stand in it."""
    await scene.until(lambda: part in words_in([each.view for each in scene.workspace.modals(user)][-1:]))
    return dict(scene.workspace.modals(user)[-1].view)
