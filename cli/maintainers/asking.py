"""Asks a maintainer at a terminal for what no option gives; elsewhere it is an error that names the options."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from bot.errors import BriefingBotError
from bot.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable


class Questions:
    """What a command still needs. At a terminal each is asked when it is needed, until the answer will do."""

    def __init__(self) -> None:
        self.is_asked = sys.stdin.isatty() and sys.stdout.isatty()
        self._missing: list[str] = []

    def needed(self, option: str, question: str, given: str, check: Callable[[str], str] = str) -> str:
        """Return what an option gave, or the answer; `check` returns it tidied, or raises BriefingBotError."""
        if given.strip():
            return check(given.strip())
        if not self.is_asked:
            self._missing.append(option)
            return ""
        return self._answer(question, check, default=None)

    def wanted(self, question: str, given: str, check: Callable[[str], str] = str, *, default: str = "") -> str:
        """Return what an option gave, or the answer, which may be empty; without a terminal, the default."""
        if given.strip():
            return check(given.strip())
        return self._answer(question, check, default=default) if self.is_asked else default

    def tell(self, text: str) -> None:
        """Say something above a question, at a terminal only."""
        if self.is_asked:
            typer.echo(text)

    def finish(self) -> None:
        """Raise typer.BadParameter where an option is missing and nobody could be asked."""
        if self._missing:
            message = f"Give {', '.join(self._missing)}; at a terminal, they are asked for."
            raise typer.BadParameter(message)

    def _answer(self, question: str, check: Callable[[str], str], default: str | None) -> str:
        while True:
            show = bool(default)
            answer = str(typer.prompt(visible(question), default=default, show_default=show)).strip()
            if not answer and default == "":
                return ""
            try:
                return check(answer)
            except BriefingBotError as error:
                typer.echo(" ".join(filter(None, (error.message, error.hint))))
