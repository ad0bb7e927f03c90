"""Paging by cursor ("Pagination" in Slack's reference)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypeVar

from workspace.errors import SlackError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workspace.wire.arguments import Arguments

_Item = TypeVar("_Item")
_LIMIT = 100
_LIMIT_MAX = 999
_MARK = b"next:"


def page(items: Sequence[_Item], arguments: Arguments) -> tuple[Sequence[_Item], dict[str, Any]]:
    """Return the items asked for by `limit` and `cursor`, and `response_metadata` with the cursor of the next page.

    Raises SlackError `invalid_limit` or `invalid_cursor`.
    """
    limit = arguments.integer("limit", _LIMIT)
    if not 0 <= limit <= _LIMIT_MAX:
        raise SlackError("invalid_limit")
    start = _position(arguments.text("cursor"))
    end = start + (limit or _LIMIT)
    more = base64.b64encode(_MARK + str(end).encode()).decode() if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": more}}


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        raw = base64.b64decode(cursor.encode(), validate=True)
        if not raw.startswith(_MARK) or not raw.removeprefix(_MARK).isdigit():
            raise SlackError("invalid_cursor")
        return int(raw.removeprefix(_MARK))
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
