"""What somebody typed in Slack, as plain words: the one place that undoes Slack's own markup and escaping."""

from __future__ import annotations

import html
import re

_CONTROL = re.compile(r"<([^<>]*)>")
_ESCAPES = re.compile(r"&(?:amp|lt|gt);")


def unescape(text: str, bot_user: str = "") -> str:
    """Return `text` without Slack's markup: the bot's own mention goes, links and mentions keep the words people see.

    Slack escapes `&`, `<` and `>` in what people type and puts mentions and links between angle brackets (Slack:
    "Formatting text for app surfaces", "Retrieving messages"). Escapes are undone once, after the brackets are gone.
    """

    def shown(match: re.Match[str]) -> str:
        target, _, label = match.group(1).partition("|")
        if target == f"@{bot_user}":
            return " "
        if label:
            return label
        return " " if target.startswith(("@", "#", "!")) else target.removeprefix("mailto:")

    unmarked = _CONTROL.sub(shown, text)
    return _ESCAPES.sub(lambda match: html.unescape(match.group()), unmarked).strip()
