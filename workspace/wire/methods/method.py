"""What a Web API method is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace.wire.arguments import Arguments


@dataclass(frozen=True, slots=True)
class Method:
    """One method: `run` returns the answer without `ok`, or raises SlackError.

    `scopes`: the app needs any one of them; none named means none needed. `accepts_json`: whether a JSON body counts.
    `caller`: whose token it takes, the bot's or the app-level one.
    """

    name: str
    run: Callable[[Arguments], dict[str, Any]]
    scopes: tuple[str, ...] = ()
    accepts_json: bool = False
    caller: Literal["bot", "app"] = "bot"
