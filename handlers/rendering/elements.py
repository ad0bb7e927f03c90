"""Small pieces of Block Kit: plain words, buttons, rows of buttons; cut where Slack would refuse them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.actions import Action
from handlers.rendering.blocks import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.messages import PersonLine
    from handlers.rendering.blocks import Block

BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2000
BUTTONS_IN_BLOCK: Final = 25
OPTION_VALUE: Final = 150  # Slack: "Composition objects", option
_USER: Final = re.compile(r"[UW][A-Z0-9]+")
_SOMEBODY: Final = "somebody"
"""In the place of what is no user id: Slack refuses a message with one."""
YES: Final = "yes"
NO: Final = "no"
"""How the value of a feedback button begins; what was asked follows."""
_ASKED: Final = "Was this right?"


def words(text: str) -> Block:
    """Return plain words, as titles, labels and sections take them."""
    return {"type": "plain_text", "text": literal(text), "emoji": False}


def label(text: str, longest: int = BUTTON_TEXT) -> str:
    """Return words for a button or a menu."""
    text = literal(text)
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def button(action: str, text: str, value: str, *, is_primary: bool = False) -> Block:
    """Return a button."""
    style = {"style": "primary"} if is_primary else {}
    return {"type": "button", "action_id": action, "text": words(label(text)), "value": value, **style}


def actions(buttons: Sequence[Block]) -> list[Block]:
    """Return the blocks for these buttons, as few as hold them."""
    return [
        {"type": "actions", "elements": list(buttons[start : start + BUTTONS_IN_BLOCK])}
        for start in range(0, len(buttons), BUTTONS_IN_BLOCK)
    ]


def feedback_buttons(value: str) -> list[Block]:
    """Return the question whether it was right and two thumbs; none without a value.

    Slack shows the buttons as icons alone ("Feedback buttons element"), so that the question stands above them.
    """
    if not value:
        return []
    named = {YES: ("positive_button", "This was right"), NO: ("negative_button", "This was not right")}
    buttons = {
        name: {"text": words(text), "accessibility_label": text, "value": f"{vote} {value}"}
        for vote, (name, text) in named.items()
    }
    element = {"type": "feedback_buttons", "action_id": Action.RIGHT.value, **buttons}
    return [notice(_ASKED), {"type": "context_actions", "elements": [element]}]


def person_elements(line: PersonLine) -> list[Block]:
    """Return a sentence as elements of rich_text, its person as a mention (Slack: "Rich text block", user)."""
    person = {"type": "user", "user_id": line.user} if _USER.fullmatch(line.user) else _text(line.user and _SOMEBODY)
    return [each for each in (_text(line.before), person, _text(line.after)) if each.get("text") != ""]


def _text(text: str) -> Block:
    return {"type": "text", "text": literal(text)}


def notice(text: str) -> Block:
    """Return words that are small and grey."""
    return {"type": "context", "elements": [words(text)]}
