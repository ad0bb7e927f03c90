"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.config import BRIEFINGS

ContentFolder = Annotated[
    Path,
    typer.Option(
        "--content",
        metavar="DIR",
        envvar="BRIEFINGS_DIR",
        exists=True,
        file_okay=False,
        help="The content folder. Without it, the briefings that come with the bot.",
        show_default=False,
    ),
]
DEFAULT_FOLDER = BRIEFINGS
