"""Strict JSON parsing."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def parse_json(raw: str | bytes) -> Any:  # noqa: ANN401 — any JSON value
    """Return the value. Raises ValueError for anything that is not JSON.

    Stricter than Python's parser: refuses NaN, numbers and nesting beyond its limits, and halves of surrogate pairs,
    which cannot be encoded.
    """
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("nested too deep") from None
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
