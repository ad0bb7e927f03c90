"""Slack's rich_text block as safe HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from workspace.rendering.emoji import EMOJI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from workspace.rendering.mrkdwn import Inline

_STYLES = (("code", "code"), ("strike", "s"), ("underline", "u"), ("italic", "em"), ("bold", "strong"))
_MAX_INDENT = 8


class RichText:
    """Writes rich_text blocks."""

    def __init__(self, inline: Inline) -> None:
        """Write links, mentions and dates with `inline`."""
        self._inline = inline
        self._elements: dict[str, Callable[[Mapping[str, Any]], Markup]] = {
            "text": lambda element: escape(element.get("text", "")),
            "link": lambda element: inline.link(element.get("url", ""), element.get("text", "")),
            "user": lambda element: inline.mention_of(element.get("user_id", "")),
            "usergroup": lambda element: inline.group(element.get("usergroup_id", "")),
            "channel": lambda element: inline.channel_link(element.get("channel_id", "")),
            "broadcast": lambda element: inline.broadcast(element.get("range", "")),
            "emoji": lambda element: escape(EMOJI.get(element.get("name", ""), f":{element.get('name', '')}:")),
            "color": lambda element: Markup("<code>{}</code>").format(element.get("value", "")),
            "date": lambda element: inline.date(
                str(element.get("timestamp", "")), element.get("format", ""), element.get("fallback", "")
            ),
        }

    def block(self, block: Mapping[str, Any]) -> Markup:
        """Return the whole block."""
        return Markup().join(self._part(part) for part in block.get("elements", ()))

    def _part(self, part: Mapping[str, Any]) -> Markup:
        inner = part.get("elements", ())
        match part.get("type"):
            case "rich_text_section":
                return Markup("<p>{}</p>").format(self._run(inner))
            case "rich_text_list":
                return self._list(part)
            case "rich_text_quote":
                return Markup("<blockquote>{}</blockquote>").format(self._run(inner))
            case "rich_text_preformatted":
                return Markup("<pre><code>{}</code></pre>").format(self._run(inner))
            case unknown:
                return _unknown(unknown)

    def _list(self, part: Mapping[str, Any]) -> Markup:
        items = Markup().join(
            Markup("<li>{}</li>").format(self._run(item.get("elements", ()))) for item in part.get("elements", ())
        )
        indent = min(int(part.get("indent", 0)), _MAX_INDENT)
        if part.get("style") == "ordered":
            start = int(part.get("offset", 0)) + 1
            return Markup('<ol class="indent-{}" start="{}">{}</ol>').format(indent, start, items)
        return Markup('<ul class="indent-{}">{}</ul>').format(indent, items)

    def _run(self, elements: Iterable[Mapping[str, Any]]) -> Markup:
        return Markup().join(self._element(element) for element in elements)

    def _element(self, element: Mapping[str, Any]) -> Markup:
        write = self._elements.get(element.get("type", ""))
        if write is None:
            return _unknown(element.get("type"))
        written = write(element)
        style = element.get("style") or {}
        for name, tag in _STYLES:
            if style.get(name):
                written = Markup("<{0}>{1}</{0}>").format(tag, written)
        return written


def _unknown(kind: object) -> Markup:
    return Markup('<span class="unknown">This page cannot show “{}”.</span>').format(kind)
