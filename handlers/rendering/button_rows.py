"""Buttons in one row, as wide as a phone: all of them where they fit, else the first and a ⋯ menu of the others.

A menu takes five options of 150 characters (Slack: "Overflow menu element", "Option object"). An option's value is what
its button would be: the action, a space, the button's value. Slack sends no message with a press on what one person
sees, so a button whose value is longer stands beside the menu; two of those, below a long question, take a second row.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from bot.actions import Action, Button
from handlers.rendering.elements import BUTTON_VALUE, OPTION_VALUE, actions, button, label, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.actions import Choice
    from handlers.rendering.blocks import Block

MENU: Final = "menu"
"""The first part of a menu's action_id: the chosen option says what to do."""
_ROW: Final = 41
"""Characters of the buttons that fit a row 290 pixels wide, _AROUND for each button included."""
_ROW_WITH_MENU: Final = 38
"""The same beside a ⋯ menu."""
_AROUND: Final = 5
_OPTIONS: Final = 5
_PRIMARY: Final = frozenset({Action.POST, Action.APPROVE, Action.LOOK_AGAIN})
_READ: Final = "Read a briefing"


def button_row(buttons: Iterable[Button]) -> list[Block]:
    """Return the blocks for these buttons, the most wanted first; those that Slack would refuse are left out."""
    given = [each for each in buttons if len(each.value) <= BUTTON_VALUE]
    if not given:
        return []
    if _width(given) <= _ROW:
        return actions(_standing(given))
    if _action(given[0]) == Action.BRIEFING:
        areas = [each for each in given if _action(each) == Action.BRIEFING]
        return actions([area_select(areas), *_standing([each for each in given if each not in areas])])
    first, *others = given
    options = [each for each in others if fits_menu(each)]
    standing = [first, *(each for each in others if not fits_menu(each))]
    while len(options) > _OPTIONS:  # two menus look the same: what does not fit one stands, where there is room
        moved = next((each for each in options if _width([*standing, each]) <= _ROW_WITH_MENU), None)
        if moved is None:
            break
        options.remove(moved)
        standing.append(moved)
    menus = [menu(start, options[start : start + _OPTIONS]) for start in range(0, len(options), _OPTIONS)]
    return actions([*_standing(standing), *menus])


def menu(number: int, buttons: Iterable[Button]) -> Block:
    """Return a ⋯ menu of at most five buttons, whose values fit. `number` tells it from others in its block."""
    return {"type": "overflow", "action_id": f"{MENU}:{number}", "options": _options(buttons)}


def area_select(areas: Iterable[Button]) -> Block:
    """Return a list of areas to choose one from: its briefing is shown."""
    return {
        "type": "static_select",
        "action_id": f"{MENU}:{Action.BRIEFING}",
        "placeholder": words(_READ),
        "options": _options(areas),
    }


def fits_menu(each: Button) -> bool:
    """Whether its value fits into an option."""
    return len(_action(each)) + 1 + len(each.value) <= OPTION_VALUE


def as_button(choice: Choice) -> Button:
    """Return the button of a choice."""
    return Button(choice.ask, choice.label, choice.value)


def _options(buttons: Iterable[Button]) -> list[Block]:
    return [{"text": words(label(each.label)), "value": _value(each)} for each in buttons]


def _standing(buttons: Sequence[Button]) -> list[Block]:
    """Return buttons in a row; the action_ids of those that do the same are numbered."""
    times = Counter(each.action for each in buttons)
    return [
        button(
            each.action if times[each.action] == 1 else f"{each.action}:{number}",
            each.label,
            each.value,
            is_primary=each.action in _PRIMARY,
        )
        for number, each in enumerate(buttons)
    ]


def _width(buttons: Iterable[Button]) -> int:
    return sum(len(label(each.label)) + _AROUND for each in buttons)


def _action(each: Button) -> str:
    return each.action.partition(":")[0]


def _value(each: Button) -> str:
    return f"{_action(each)} {each.value}"
