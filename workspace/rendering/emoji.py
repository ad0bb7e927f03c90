"""The emoji names that the page draws; any other stays `:name:`."""

from __future__ import annotations

import re
from types import MappingProxyType

EMOJI = MappingProxyType(
    {
        "+1": "👍",
        "-1": "👎",
        "arrow_right": "➡️",
        "bell": "🔔",
        "blue_book": "📘",
        "book": "📖",
        "books": "📚",
        "bulb": "💡",
        "calendar": "📅",
        "clipboard": "📋",
        "eyes": "👀",
        "hourglass": "⌛",
        "house": "🏠",
        "information_source": "ℹ️",
        "large_green_circle": "🟢",
        "link": "🔗",
        "lock": "🔒",
        "loudspeaker": "📢",
        "mag": "🔍",
        "memo": "📝",
        "newspaper": "📰",
        "no_entry": "⛔",
        "page_facing_up": "📄",
        "pencil2": "✏️",
        "point_right": "👉",
        "pray": "🙏",
        "pushpin": "📌",
        "question": "❓",
        "red_circle": "🔴",
        "robot_face": "🤖",
        "scroll": "📜",
        "smile": "😄",
        "sparkles": "✨",
        "speech_balloon": "💬",
        "star": "⭐",
        "tada": "🎉",
        "thumbsup": "👍",
        "warning": "⚠️",
        "wave": "👋",
        "white_check_mark": "✅",
        "x": "❌",
    }
)

_NAME = re.compile(r":([a-z0-9_+'-]{1,60}):")


def draw(text: str) -> str:
    """Return the text with each known `:name:` replaced by its character."""
    return _NAME.sub(lambda match: EMOJI.get(match[1], match[0]), text)
