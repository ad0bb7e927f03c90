"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.config import BRIEFINGS
from bot.config.values import content_folder
from bot.errors import ConfigError

_VARIABLE = "BRIEFINGS_DIR"


def _existing(context: typer.Context, parameter: typer.CallbackParam, folder: Path) -> Path:
    """Return a content folder that is there. A wrong setting is told as such, a wrong option as wrong usage."""
    try:
        return content_folder(folder)
    except ValueError as error:
        source = context.get_parameter_source(parameter.name or "")
        if source is not None and source.name == "ENVIRONMENT":
            hint = "Set it to the content folder, or leave it out for the briefings that come with the bot."
            raise ConfigError(f"{_VARIABLE} {error}", hint) from None
        raise typer.BadParameter(str(error)) from None


ContentFolder = Annotated[
    Path,
    typer.Option(
        "--content",
        "--briefings-dir",
        metavar="DIR",
        envvar=_VARIABLE,
        callback=_existing,
        help="The content folder. Without it, the briefings that come with the bot.",
        show_default=False,
    ),
]
DEFAULT_FOLDER = BRIEFINGS
PUBLISHED = "published"
"""What stands for the newest revision."""


def revision_number(against: str) -> int | None:
    """Return the number that --against names, None for the newest revision. Raises typer.BadParameter."""
    if against != PUBLISHED and not against.isdecimal():
        raise typer.BadParameter("is neither a number nor `published`.", param_hint="--against")
    return None if against == PUBLISHED else int(against)
