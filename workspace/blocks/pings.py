"""Live mentions: the parts of a message that notify people in Slack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LIVE = re.compile(r"<(?:!(?:channel|here|everyone)|@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+)(?:\|[^<>]*)?>")
_LINKED_NAME = re.compile(r"(?<!\w)@(channel|here|everyone)\b")
_PARSED = frozenset({"mrkdwn", "markdown"})


def find_pings(text: str, blocks: Sequence[Mapping[str, Any]], *, link_names: bool = False) -> tuple[str, ...]:
    """Return each live mention of a message once, as Slack writes it (`<!channel>`, `<@U0ADA>`), in order.

    Live are mentions in the top-level text, in mrkdwn and markdown, and the rich_text elements user, usergroup and
    broadcast; plain_text and rich_text's text never are. With `link_names` the bare words @channel, @here and @everyone
    in the text are live too.
    """
    found = [_bare(match) for match in _LIVE.findall(text)]
    if link_names:
        found += [f"<!{name}>" for name in _LINKED_NAME.findall(text)]
    found += _in_blocks(list(blocks))
    return tuple(dict.fromkeys(found))


def _in_blocks(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _in_blocks(inner)
    elif isinstance(value, dict):
        yield from _in_object(value)
        for inner in value.values():
            yield from _in_blocks(inner)


def _in_object(item: Mapping[str, Any]) -> Iterator[str]:
    match item.get("type"):
        case "user" if "user_id" in item:
            yield f"<@{item['user_id']}>"
        case "usergroup" if "usergroup_id" in item:
            yield f"<!subteam^{item['usergroup_id']}>"
        case "broadcast" if "range" in item:
            yield f"<!{item['range']}>"
        case kind if kind in _PARSED and isinstance(item.get("text"), str):
            yield from (_bare(match) for match in _LIVE.findall(item["text"]))


def _bare(mention: str) -> str:
    """Return `<@U0ADA>` for `<@U0ADA|ada>`."""
    return mention.split("|", maxsplit=1)[0].rstrip(">") + ">"
