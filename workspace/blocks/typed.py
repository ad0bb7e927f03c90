"""The rich_text block that Slack makes of typed text: sections, quotes (`>`) and code blocks (three backticks)."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_CODE = re.compile(r"```(.*?)```", re.DOTALL)
_MARKED = re.compile(r"(<[^<>]+>)")
_ENTITIES = {"@": ("user", "user_id"), "#": ("channel", "channel_id"), "!": ("broadcast", "range")}


def rich_text(encoded: str) -> dict[str, Any]:
    """Return the block of a message's text, as Slack keeps it (entities, `<@U…>`)."""
    return {"type": "rich_text", "block_id": "typed", "elements": list(_elements(encoded))}


def _elements(encoded: str) -> Iterator[dict[str, Any]]:
    for number, part in enumerate(_CODE.split(encoded)):
        if number % 2:
            yield {"type": "rich_text_preformatted", "elements": _leaves(part.strip("\n")), "border": 0}
            continue
        quoted: list[bool] = []
        runs: list[list[str]] = []
        for line in part.strip("\n").split("\n"):
            is_quote = line.startswith("&gt;")
            if not quoted or quoted[-1] != is_quote:
                quoted.append(is_quote)
                runs.append([])
            runs[-1].append(line.removeprefix("&gt;").strip() if is_quote else line)
        for is_quote, lines in zip(quoted, runs, strict=True):
            if any(lines):
                kind = "rich_text_quote" if is_quote else "rich_text_section"
                yield {"type": kind, "elements": _leaves("\n".join(lines))}


def _leaves(encoded: str) -> list[dict[str, Any]]:
    return [_leaf(piece) for piece in _MARKED.split(encoded) if piece]


def _leaf(piece: str) -> dict[str, Any]:
    if not _MARKED.fullmatch(piece):
        return {"type": "text", "text": html.unescape(piece)}
    target = piece[1:-1].partition("|")[0]
    kind, name = _ENTITIES.get(target[0], ("link", "url"))
    return {"type": kind, name: html.unescape(target) if kind == "link" else target[1:]}
