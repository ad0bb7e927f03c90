"""The buttons, menus and forms that a person sees, each kind once on each surface."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from handlers.rendering.button_rows import MENU
from workspace.blocks.elements import elements_in
from workspace.state.forms import MessagePlace, ViewPlace
from workspace.state.records import BOT_USER_ID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workspace.blocks.elements import Element
    from workspace.state.forms import Place, Values
    from workspace.workspace import InMemoryWorkspace

_ENDS_SOMETHING: Final = frozenset({"end", "stop", "remove", "unsubscribe", "unwatch", "weekly", "mute", "pause"})
"""Actions after which there is less to press: they come last."""


@dataclass(frozen=True, slots=True)
class Press:
    """One way to use an element; `label` names it, `action` is the first word of what it does."""

    surface: str
    action: str
    label: str
    where: Place
    block_id: str
    action_id: str
    given: Mapping[str, Any] = field(default_factory=dict)


class Presser:
    """Finds what a user has not pressed yet."""

    def __init__(
        self, workspace: InMemoryWorkspace, user: str, channels: tuple[str, ...], *, words: str = "A few words."
    ) -> None:
        """Look into these channels, Home and the modals of a user. `pressed` has what was, `seen` what could be.

        `words` are typed into forms.
        """
        self._words = words
        self._workspace = workspace
        self._user = user
        self._channels = channels
        self.pressed: set[tuple[str, str]] = set()
        self.seen: set[tuple[str, str]] = set()

    def next(self) -> Press | None:
        """Return what to press next, and count it as pressed; what ends something comes last."""
        new = [press for press in self._visible() if self.kind_of(press) not in self.pressed]
        self.seen |= {self.kind_of(press) for press in new}
        if not new:
            return None
        chosen = min(new, key=lambda press: press.action in _ENDS_SOMETHING)
        self.pressed.add(self.kind_of(chosen))
        return chosen

    def kind_of(self, press: Press) -> tuple[str, str]:
        """Return what is pressed once only: an action, on each surface."""
        return press.surface, press.action

    @property
    def missed(self) -> set[tuple[str, str]]:
        """What was seen and not pressed: another press took it away."""
        return self.seen - self.pressed

    def filled_in(self, view: Mapping[str, Any]) -> Values:
        """Return a form as it stands, with words in each box that is empty."""
        filled: Values = {}
        for block, element in elements_in(view["blocks"]):
            if element["type"] == "plain_text_input" and not element.get("initial_value"):
                filled[block["block_id"]] = {element["action_id"]: {"type": element["type"], "value": self._words}}
        return filled

    def _visible(self) -> Iterator[Press]:
        for modal in self._workspace.modals(self._user)[-1:]:
            yield from _presses("modal", ViewPlace(modal.view["id"]), modal.view["blocks"])
        for channel in self._channels:
            for message in reversed(self._workspace.seen_by(self._user, channel)):
                yield from self._in_message(channel, message)
                if message["reply_count"]:
                    for reply in self._workspace.seen_by(self._user, channel, message["ts"])[1:]:
                        yield from self._in_message(channel, reply)
        home = self._workspace.home(self._user)
        if home:
            yield from _presses("Home", ViewPlace(home["id"]), home["blocks"])

    def _in_message(self, channel: str, message: Mapping[str, Any]) -> Iterator[Press]:
        if message.get("user") == BOT_USER_ID:
            direct = "direct message" if channel.startswith("D") else "post"
            surface = "private message" if message["is_ephemeral"] else direct
            yield from _presses(surface, MessagePlace(channel, message["ts"]), message.get("blocks", ()))


def _presses(surface: str, where: Place, blocks: Any) -> Iterator[Press]:  # noqa: ANN401 — Block Kit
    for block, element in elements_in(blocks):
        for action, label, given in _uses(element):
            yield Press(surface, action, label, where, block["block_id"], element["action_id"], given)


def _uses(element: Element) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield action, label and value of each way to use an element; none for what a form holds."""
    action = str(element["action_id"]).partition(":")[0]
    match element["type"]:
        case "button" | "icon_button":
            does = str(element.get("value", "")).partition(" ")[0] if action == MENU else action
            yield does, str(element["text"]["text"]), {}
        case "feedback_buttons":
            for name in ("positive_button", "negative_button"):
                button = element[name]
                yield f"{action} {name}", str(button["text"]["text"]), {"value": button["value"]}
        case "overflow":
            for option in element["options"]:
                does = str(option["value"]).partition(" ")[0]
                yield does, str(option["text"]["text"]), {"selected_option": option}
