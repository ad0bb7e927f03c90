"""Reads a POST that came in one piece, at a fraction of what a server takes for it; of any other it says nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = re.compile(rb"POST (/[!-~]*) HTTP/1\.1\r\n((?:[0-9A-Za-z_-]+:[ \t]*[!-~][ -~\t]*\r\n)+)\r\n")
"""A head without what is rare in one (RFC 9112): empty values, folded lines, letters other than ASCII's."""
_ASK_FOR_MORE: Final = frozenset({"content-encoding", "expect", "transfer-encoding", "upgrade"})
_KEPT: Final = "keep-alive"
"""What a connection of HTTP/1.1 is anyway."""


class RawRequest(NamedTuple):
    """A request: its path, its fields by their names in small letters, and its body."""

    path: str
    fields: Mapping[str, str]
    body: bytes


def read_raw_request(data: bytes) -> RawRequest | None:
    """Return the one request that these bytes are, from the first to the last; None for anything else."""
    head = _HEAD.match(data)
    if head is None:
        return None
    lines = head[2].decode("ascii").split("\r\n")[:-1]
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    is_plain = len(fields) == len(lines) and not fields.keys() & _ASK_FOR_MORE
    is_plain = is_plain and fields.get("connection", _KEPT).lower() == _KEPT
    if not is_plain or fields.get("content-length") != str(len(data) - head.end()):
        return None
    return RawRequest(head[1].decode("ascii"), fields, data[head.end() :])
