"""The file .env: what its lines set, and which of them cannot be read or set nothing that the bot knows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from bot.errors import ConfigError
from bot.text import visible

if TYPE_CHECKING:
    from dotenv.parser import Binding

ENV_FILE: Final = Path(".env")
"""In the folder where the bot is started."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A name that .env sets, and the number of its line."""

    name: str
    line: int


def assignments() -> list[Assignment]:
    """Return what .env sets, without the values: they may be secrets; nothing where there is no such file.

    Raises ConfigError for a file that cannot be read and for lines that set nothing.
    """
    if not (ENV_FILE.is_file() or ENV_FILE.is_dir()):  # a pipe can be read only once
        return []
    found = list(parse_stream(StringIO(_text())))
    broken = [_line(each) for each in found if each.error or (each.key and each.value is None)]
    if broken:
        faults = "\n".join(f"{ENV_FILE}:{line} is not a line such as NAME=value." for line in broken)
        raise ConfigError(faults, "Correct it (a value in quotes needs both), or begin it with #.")
    return [Assignment(visible(each.key), _line(each)) for each in found if each.key]


def variables() -> dict[str, str]:
    """Return the variables of .env and, ahead of those, of the environment by name in lower case; no empty ones."""
    is_there = ENV_FILE.is_file() or ENV_FILE.is_fifo()
    both = (dotenv_values(ENV_FILE, encoding="utf-8-sig") if is_there else {}, os.environ)  # noqa: TID251 — this is bot/config
    return {name.lower(): value for each in both for name, value in each.items() if value}


def _line(binding: Binding) -> int:
    """Return the number of its line: the text of a binding begins with the blank lines before it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _text() -> str:
    try:
        return ENV_FILE.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(
            f"{ENV_FILE} cannot be read: {reason}.", "Let the bot's user read it, or remove it."
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{ENV_FILE}:{line} is not UTF-8 text.", "Save it again as UTF-8.") from None
