"""Slack's own validation of a submitted modal, before anything is sent: required fields, lengths, formats."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from workspace.blocks.elements import is_empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.blocks.elements import Element
    from workspace.state.forms import Values

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def refusals(view: Mapping[str, Any], values: Values) -> dict[str, str]:
    """Return a sentence for each invalid input block of a view, by block_id."""
    refused: dict[str, str] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            state = values[block["block_id"]][block["element"]["action_id"]]
            sentence = _refusal(block, state)
            if sentence:
                refused[block["block_id"]] = sentence
    return refused


def _refusal(block: Element, state: Mapping[str, Any]) -> str:
    if is_empty(state):
        return "" if block.get("optional") else "Please complete this required field."
    element, value = block["element"], state.get("value")
    match element["type"]:
        case "plain_text_input":
            return _wrong_length(element, str(value))
        case "email_text_input" if not _EMAIL.fullmatch(str(value)):
            return "Please enter an email address."
        case "url_text_input" if not _is_address(str(value)):
            return "Please enter an address that begins with http:// or https://."
        case "number_input":
            return _wrong_number(element, str(value))
    return ""


def _wrong_length(element: Element, value: str) -> str:
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    if len(value) > element.get("max_length", 3000):
        return f"Please enter at most {element.get('max_length', 3000)} characters."
    return ""


def _wrong_number(element: Element, value: str) -> str:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        return "Please enter a number."
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return "Please enter a whole number."
    if "min_value" in element and number < Decimal(element["min_value"]):
        return f"Please enter {element['min_value']} or more."
    if "max_value" in element and number > Decimal(element["max_value"]):
        return f"Please enter {element['max_value']} or less."
    return ""


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
