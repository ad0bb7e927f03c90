"""What somebody typed in Slack, as plain words: the one place that undoes Slack's own markup and escaping."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CONTROL = re.compile(r"<([^<>]*)>")
_ESCAPES = re.compile(r"&(?:amp|lt|gt);")
_FENCED = re.compile(r"(```.*?(?:```|\Z))", re.DOTALL)
_QUOTED_LINES = re.compile(r"(^(?:&gt;).*$)", re.MULTILINE)
_QUOTED_TYPES = frozenset({"rich_text_quote", "rich_text_preformatted"})


class _Piece(NamedTuple):
    """A part of a message: its plain words, whether it is a quote or code, and whether it mentions the bot."""

    words: str
    is_quoted: bool
    mentions_bot: bool


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


def asked_in(event: Mapping[str, Any], bot_user: str = "") -> str | None:
    """Return the words that a message asks: those outside of quotes and code blocks, if there are any.

    None for a mention that stands in a quote or code block alone: the bot was not asked. Slack tells quotes apart in
    the event's rich_text blocks (Slack: "Rich text block"); without those, they are found in the text.
    """
    text = str(event.get("text") or "")
    pieces = _rich_pieces(event.get("blocks"), bot_user) or list(_text_pieces(text, bot_user))
    if not any(piece.is_quoted for piece in pieces):
        return unescape(text, bot_user)
    own = [piece for piece in pieces if not piece.is_quoted]
    if event.get("type") == "app_mention" and not any(piece.mentions_bot for piece in own):
        return None
    words = "\n".join(filter(None, (piece.words.strip() for piece in own)))
    return words or "\n".join(piece.words.strip() for piece in pieces).strip()


def _rich_pieces(blocks: object, bot_user: str) -> list[_Piece]:
    """Return the pieces of rich_text blocks; none where the blocks are not as Slack documents them."""
    pieces: list[_Piece] = []
    for block in blocks if isinstance(blocks, list) else ():
        if not isinstance(block, dict) or block.get("type") != "rich_text":
            return []
        for element in _elements(block):
            leaves = list(_leaves(element))
            words = "".join(_leaf_words(leaf, bot_user) for leaf in leaves)
            pieces.append(_Piece(words, element.get("type") in _QUOTED_TYPES, _mentions(leaves, bot_user)))
    return pieces


def _elements(element: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = element.get("elements")
    return (each for each in (found if isinstance(found, list) else ()) if isinstance(each, dict))


def _leaves(element: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield texts, links, users and the like, an item of a list on a line of its own; lists do not nest deeper."""
    for each in _elements(element):
        if each.get("type") == "rich_text_section":
            yield from _elements(each)
            yield {"type": "text", "text": "\n"}
        else:
            yield each


def _leaf_words(leaf: Mapping[str, Any], bot_user: str) -> str:
    """Return the words that people see of it, as `unescape` does."""
    if leaf.get("type") == "emoji":
        return f":{leaf.get('name')}:"
    return " " if leaf.get("user_id") == bot_user else str(leaf.get("text") or leaf.get("url") or " ")


def _mentions(leaves: list[Mapping[str, Any]], bot_user: str) -> bool:
    return any(leaf.get("type") == "user" and leaf.get("user_id") == bot_user for leaf in leaves)


def _text_pieces(text: str, bot_user: str) -> Iterator[_Piece]:
    for number, part in enumerate(_FENCED.split(text)):
        is_code = number % 2 == 1
        for place, piece in enumerate([part] if is_code else _QUOTED_LINES.split(part)):
            words = unescape(piece.strip("`") if is_code else piece.removeprefix("&gt;"), bot_user)
            mentions = f"<@{bot_user}>" in piece or f"<@{bot_user}|" in piece
            yield _Piece(words, is_code or place % 2 == 1, mentions)
