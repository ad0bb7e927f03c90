"""What people do with what only they see: commands answered in private, buttons and menus, a schedule's form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.scenarios.scene import ADA, GENERAL, GRACE, Scene
from workspace.state.forms import MessagePlace, ViewPlace

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from workspace.people.results import ActionResult
    from workspace.state.views import Modal


def private(scene: Scene, user: str = ADA, channel: str = GENERAL) -> list[dict[str, Any]]:
    """Return what a user alone sees in a channel; in a direct message, all of it."""
    seen = scene.shown(user, channel)
    return [each for each in seen if each["is_ephemeral"] or channel.startswith("D")]


async def says(scene: Scene, text: str, *, user: str = ADA, channel: str = GENERAL) -> dict[str, Any]:
    """Type a command and return what its sender alone is told, which comes after the ack."""
    before = len(private(scene, user, channel))
    happened = await scene.types(text, user=user, channel=channel)
    assert happened.acked, happened
    await scene.until(lambda: len(private(scene, user, channel)) > before)
    await scene.settled()
    return private(scene, user, channel)[-1]


async def presses(
    scene: Scene, message: dict[str, Any], label: str, *, user: str = ADA, channel: str = GENERAL
) -> dict[str, Any]:
    """Press the button with this label, and return what the presser alone is told."""
    return await _told(scene, scene.clicks(message, label, user=user, channel=channel), user, channel)


async def _told(scene: Scene, doing: Awaitable[ActionResult], user: str, channel: str) -> dict[str, Any]:
    """Return the private message that is new or has changed."""
    before = private(scene, user, channel)
    happened = await doing
    assert happened.acked, happened
    await scene.until(lambda: private(scene, user, channel) != before)
    return next(each for each in reversed(private(scene, user, channel)) if each not in before)


async def opens(scene: Scene, text: str, *, user: str = ADA, channel: str = GENERAL) -> Modal:
    """Type a command that opens the form, and return it."""
    await scene.types(text, user=user, channel=channel)
    await scene.until(lambda: scene.workspace.modals(user))
    return scene.workspace.modals(user)[-1]


def values(modal: Modal) -> dict[str, Any]:
    """Return what the fields of a form hold, by field, as plain values."""
    return {field: _plain(next(iter(elements.values()))) for field, elements in modal.values.items()}


def _plain(element: dict[str, Any]) -> Any:  # noqa: ANN401 — text, or a list of it
    if "selected_options" in element:
        return [each["value"] for each in element["selected_options"]]
    if element.get("selected_option"):
        return element["selected_option"]["value"]
    return element.get("selected_time") or element.get("selected_date")


def fills_in(modal: Modal, **fields: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401 — text, or a list of it
    """Return values to submit, as Slack's page makes them from what a person chooses."""
    inputs = {block["block_id"]: block["element"] for block in modal.view["blocks"] if block["type"] == "input"}
    return {field: {inputs[field]["action_id"]: _state(inputs[field], value)} for field, value in fields.items()}


def _state(element: dict[str, Any], value: Any) -> dict[str, Any]:  # noqa: ANN401 — text, or a list of it
    groups = element.get("option_groups", ())
    options = [*element.get("options", ()), *(option for group in groups for option in group["options"])]
    if element["type"] == "timepicker":
        return {"selected_time": value}
    if element["type"] == "datepicker":
        return {"selected_date": value}
    if element["type"] == "external_select":
        return {"selected_option": {"text": {"type": "plain_text", "text": value, "emoji": False}, "value": value}}
    if isinstance(value, list):
        return {"selected_options": [each for each in options if each["value"] in value]}
    return {"selected_option": next(each for each in options if each["value"] == value)}


async def decides(scene: Scene, modal: Modal, field: str, value: str | list[str], *, user: str = ADA) -> Modal:
    """Choose in a form what decides which fields it asks, and return it with these fields."""
    drawn = len(scene.calls("views.update"))
    block = next(each for each in modal.view["blocks"] if each.get("block_id") == field)
    action, chosen = block["element"]["action_id"], _state(block["element"], value)
    happened = await scene.workspace.act(user, ViewPlace(modal.view["id"]), field, action, chosen)
    assert happened.acked, happened
    await scene.until(lambda: len(scene.calls("views.update")) > drawn)
    return next(each for each in scene.workspace.modals(user) if each.view["id"] == modal.view["id"])


async def submits(scene: Scene, modal: Modal, *, user: str = ADA, **fields: Any) -> Modal | None:  # noqa: ANN401 — any
    """Submit a form with these fields filled in; return it where it stays open, with its errors."""
    for field in [each for each in ("days", "more", "calendar") if each in fields]:
        modal = await decides(scene, modal, field, fields.pop(field), user=user)
    await scene.workspace.submit(user, modal.view["id"], fills_in(modal, **fields))
    return next(iter(scene.workspace.modals(user)), None)


async def chooses(  # noqa: PLR0913 — what is chosen where, and by whom
    scene: Scene, message: dict[str, Any], line: str, label: str, *, user: str = ADA, channel: str = GENERAL
) -> dict[str, Any]:
    """Choose from the menu of the line that holds these words, and return what comes of it."""
    block = next(each for each in message["blocks"] if line in each.get("text", {}).get("text", ""))
    menu = block["accessory"]
    option = next(each for each in menu["options"] if each["text"]["text"] == label)
    where, chosen = MessagePlace(channel, message["ts"]), {"selected_option": option}
    doing = scene.workspace.act(user, where, block["block_id"], menu["action_id"], chosen)
    return await _told(scene, doing, user, channel)


async def until_seen(scene: Scene, words: str, *, user: str = GRACE, channel: str = GENERAL) -> dict[str, Any]:
    """Wait until a user sees a message that holds these words, and return it."""
    await scene.until(lambda: any(words in text for text in scene.sees(user, channel)))
    return next(each for each in scene.workspace.seen_by(user, channel) if words in each["text"])
