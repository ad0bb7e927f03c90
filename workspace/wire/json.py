"""JSON as it comes over the wire: strict, and safe to keep and to show."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def parse_json(raw: str | bytes) -> Any:  # noqa: ANN401 — any JSON value
    """Return the value; raises ValueError for anything that is no JSON.

    Python's own reader is laxer than JSON. Refused too are NaN, numbers too big for it, nesting too deep for it, and
    halves of surrogate pairs, which no page could show.
    """
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("nested too deep") from None
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
