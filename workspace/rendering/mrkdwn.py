"""Slack's mrkdwn, and the inline elements of every text (links, mentions, dates, emoji), as safe HTML.

The rules are those of "Formatting message text" in Slack's documentation: `&amp;`, `&lt;` and `&gt;` stand for the
characters; `<…>` is a link or a live mention; `*bold*`, `_italic_`, `~struck~`, `` `code` ``; `&gt;` begins a quote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from workspace.rendering import emoji
from workspace.rendering.dates import written_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workspace.state.state import State

LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
BROADCASTS = frozenset({"channel", "here", "everyone"})

_FENCE = re.compile(r"```\n?(.*?)```", re.DOTALL)
_QUOTE = "&gt;"
_INLINE = re.compile(
    r"(?P<special><[^<>\n]+>)"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?P<url>https?://[^\s<>|`]+[^\s<>|`.,;:!?'\")\]])"
    r"|(?<![\w*])\*(?P<bold>(?! )[^*\n]+)(?<! )\*(?![\w*])"
    r"|(?<!\w)_(?P<italic>(?! )[^_\n]+)(?<! )_(?!\w)"
    r"|(?<![\w~])~(?P<strike>(?! )[^~\n]+)(?<! )~(?![\w~])"
)
_MENTION = re.compile(r"(<[!@#][^<>\n]+>)")
_TAGS = {"bold": "strong", "italic": "em", "strike": "s"}
_TIMESTAMP = re.compile(r"[0-9]{1,11}")


def unescape(text: str) -> str:
    """Return the text with Slack's three entities replaced by their characters, once."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def has_safe_scheme(url: str) -> bool:
    """Whether a link may be followed: http, https, mailto and tel only."""
    try:
        return urlsplit(url.strip()).scheme.lower() in LINK_SCHEMES
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Inline:
    """Writes inline text for the user id `viewer`.

    With `commands`, code that begins with one of them or with a mention becomes a button that fills the message box.
    """

    state: State
    viewer: str
    commands: frozenset[str] = frozenset()

    def mrkdwn(self, text: str) -> Markup:
        """Return mrkdwn as HTML: paragraphs keep their line breaks, quotes and ``` fences are blocks."""
        parts = _FENCE.split(text)
        return Markup().join(
            Markup("<pre><code>{}</code></pre>").format(unescape(part)) if index % 2 else self._lines(part)
            for index, part in enumerate(parts)
            if part
        )

    def plain(self, text: str) -> Markup:
        """Return a plain_text object's text: literal but for emoji."""
        return escape(emoji.draw(text))

    def literal_with_mentions(self, text: str) -> Markup:
        """Return literal text in which only Slack's live mentions (`<!channel>`, `<@U…>`, `<#C…>`) are marked up."""
        written = (
            self.special(part[1:-1]) if index % 2 else escape(emoji.draw(part))
            for index, part in enumerate(_MENTION.split(text))
        )
        return Markup().join(written)

    def link(self, url: str, label: str = "") -> Markup:
        """Return a link that opens a new tab, or its words alone when its scheme is not safe."""
        shown = label or url
        if not has_safe_scheme(url):
            return escape(shown)
        return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, shown)

    def mention_of(self, user_id: str) -> Markup:
        """Return a live mention of a user, marked when it is the viewer."""
        user = self.state.user(user_id)
        style = "ping ping-live" if user_id == self.viewer else "ping"
        return Markup('<span class="{}">@{}</span>').format(style, user.real_name if user else user_id)

    def channel_link(self, channel_id: str, label: str = "") -> Markup:
        """Return a link to a channel of this workspace, or its name when there is none."""
        channel = self.state.channel(channel_id)
        if channel is None:
            return Markup('<span class="ping">#{}</span>').format(label or channel_id)
        address = f"/client/{self.viewer}/{channel.id}"
        return Markup('<a class="ping" href="{}">#{}</a>').format(address, channel.name)

    def broadcast(self, words: str) -> Markup:
        """Return a ping of everybody (`channel`, `here`, `everyone`): always highlighted, as it notifies the viewer."""
        return Markup('<strong class="ping ping-live" title="A live ping of everybody">@{}</strong>').format(words)

    def group(self, group_id: str, label: str = "") -> Markup:
        """Return a ping of a user group."""
        return Markup('<strong class="ping ping-live" title="A live ping of a group">@{}</strong>').format(
            label.removeprefix("@") or group_id
        )

    def date(self, timestamp: str, pattern: str, fallback: str = "", url: str = "") -> Markup:
        """Return a moment (seconds since 1970) in the viewer’s zone by Slack’s date tokens; with `url`, a link."""
        if not _TIMESTAMP.fullmatch(timestamp):
            return escape(fallback or timestamp)
        user = self.state.user(self.viewer)
        zone = ZoneInfo(user.tz) if user else ZoneInfo("UTC")
        moment = datetime.fromtimestamp(int(timestamp), UTC).astimezone(zone)
        words = written_date(pattern, moment, self.state.now.astimezone(zone))
        written = Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), words)
        return self.link(url, written) if url else written

    def _lines(self, text: str) -> Markup:
        return Markup().join(
            Markup("<{0}>{1}</{0}>").format("blockquote" if quoted else "p", self._inline("\n".join(lines)))
            for quoted, lines in _paragraphs(text)
        )

    def _inline(self, text: str) -> Markup:
        written, end = [], 0
        for match in _INLINE.finditer(text):
            written += [self._literal(text[end : match.start()]), self._matched(match)]
            end = match.end()
        written.append(self._literal(text[end:]))
        return Markup().join(written)

    def _matched(self, match: re.Match[str]) -> Markup:
        kind, inner = match.lastgroup or "", match[match.lastgroup or 0]
        if kind == "special":
            return self.special(inner[1:-1])
        if kind == "code":
            return self._code(unescape(inner))
        if kind == "url":
            return self.link(unescape(inner))
        return Markup("<{0}>{1}</{0}>").format(_TAGS[kind], self._inline(inner))

    def _code(self, words: str) -> Markup:
        code = Markup("<code>{}</code>").format(words)
        first = words.partition(" ")[0]
        if not self.commands or not (first in self.commands or first.startswith("@")):
            return code
        return Markup('<button type="button" class="try" title="Try it" data-insert="{} ">{}</button>').format(
            words, code
        )

    def special(self, inner: str) -> Markup:
        """Return the markup of `<inner>`: a mention, a date or a link."""
        target, _, label = (unescape(part) for part in inner.partition("|"))
        if target.startswith("@"):
            return self.mention_of(target[1:])
        if target.startswith("#"):
            return self.channel_link(target[1:], label)
        if target.startswith("!date^"):
            timestamp, _, pattern = target.removeprefix("!date^").partition("^")
            shape, _, url = pattern.partition("^")
            return self.date(timestamp, shape, label, url)
        if target.startswith("!subteam^"):
            return self.group(target.removeprefix("!subteam^"), label)
        if target.startswith("!") and target[1:] in BROADCASTS:
            return self.broadcast(target[1:])
        return self.link(target, emoji.draw(label)) if has_safe_scheme(target) else escape(f"<{unescape(inner)}>")

    def _literal(self, text: str) -> Markup:
        return escape(emoji.draw(unescape(text)))


def _paragraphs(text: str) -> Iterator[tuple[bool, list[str]]]:
    """Yield runs of quoted or unquoted lines, without quote marks."""
    run: list[str] = []
    was_quoted = False
    for line in text.strip("\n").split("\n"):
        quoted = line.startswith(_QUOTE)
        if run and quoted != was_quoted:
            yield was_quoted, run
            run = []
        run.append(line.removeprefix(_QUOTE).lstrip() if quoted else line)
        was_quoted = quoted
    if any(run):
        yield was_quoted, run
