"""Asks a maintainer at a terminal for what no option gives; elsewhere it is an error that names the options."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import typer

from bot.errors import BriefingBotError
from bot.text import visible
from cli.options import DEFAULT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Questions:
    """What a command still needs: at a terminal each is asked, until the answer will do.

    Where options give all that is needed, nothing is asked.
    """

    def __init__(self) -> None:
        self._is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        self._has_asked = False
        self._missing: list[str] = []
        self._options: list[str] = []

    def needed(  # noqa: PLR0913 — what is asked, and how
        self,
        option: str,
        question: str,
        given: str,
        check: Callable[[str], str] = str,
        *,
        about: str = "",
        is_kept: bool = True,
    ) -> str:
        """Return what an option gave, or the answer, asked below the text `about`.

        `check` returns it tidied, or raises BriefingBotError. `is_kept`: the answer alone is the option's value.
        """
        if given.strip():
            return self._kept(option, check(given.strip()))
        if not self._is_terminal:
            self._missing.append(option)
            return ""
        self._has_asked = True
        if about:
            typer.echo(about)
        return self._kept(option if is_kept else "", self._answer(question, check, default=None))

    def wanted(  # noqa: PLR0913 — what is asked, and how
        self,
        option: str,
        question: str,
        given: str,
        check: Callable[[str], str] = str,
        *,
        default: str = "",
        about: str = "",
    ) -> str:
        """Return what an option gave, or the default; the answer, where something else had to be asked."""
        if given.strip():
            return self._kept(option, check(given.strip()))
        if not self._has_asked:
            return default
        if about:
            typer.echo(about)
        return self._kept(option, self._answer(question, check, default=default))

    def finish(self) -> None:
        """Raise typer.BadParameter where an option is missing and nobody could be asked."""
        if self._missing:
            message = f"Give {', '.join(dict.fromkeys(self._missing))}; at a terminal, they are asked for."
            raise typer.BadParameter(message)

    def again(self, command: str, folder: Path) -> str:
        """Return the command that gives all options, and all answers as options; empty where nothing was asked."""
        place = [] if folder == DEFAULT_FOLDER else ["--content", str(folder)]
        return f"briefing-bot {command} {shlex.join([*self._options, *place])}" if self._has_asked else ""

    def keep(self, *words: str) -> None:
        """Keep an option, with its value, for the command that gives all of them."""
        self._options += words

    def _kept(self, option: str, answer: str) -> str:
        if option and answer:
            self.keep(option, answer)
        return answer

    def _answer(self, question: str, check: Callable[[str], str], default: str | None) -> str:
        while True:
            answer = str(typer.prompt(visible(question), default=default, show_default=bool(default))).strip()
            if not answer and default == "":
                return ""
            try:
                return check(answer)
            except BriefingBotError as error:
                typer.echo(" ".join(filter(None, (error.message, error.hint))))
