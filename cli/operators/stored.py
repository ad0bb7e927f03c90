"""Opens the database of a bot, for commands that read or repair it."""

from __future__ import annotations

import getpass
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.audit.audit import CLI
from bot.config import read_settings
from bot.errors import BriefingBotError
from bot.logging import set_up_logging
from bot.store.engine import database_url, sqlite_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.config import Settings
    from bot.store.database import Database


@asynccontextmanager
async def stored() -> AsyncIterator[Database]:
    """Open the database beside a running bot. Raises BriefingBotError when there is none, and makes none."""
    from bot.store.database import Database  # noqa: PLC0415 — it brings Alembic, which no other command needs

    settings = read_settings()
    set_up_logging("error")
    _require(settings)
    async with Database.of(settings).opened(is_shared=True) as database:
        yield database


def operator() -> str:
    """Return who runs this command, for the audit: their login name, where the system has one."""
    try:
        return f"{CLI}{getpass.getuser()}"
    except (OSError, KeyError):  # a container's user without an entry
        return f"{CLI}unknown"


def _require(settings: Settings) -> None:
    """See that a SQLite file is there; a server is asked when it is opened."""
    configured = settings.database_url.get_secret_value() if settings.database_url else ""
    url = database_url(configured, settings.data_dir)
    if sqlite_folder(url) is not None and not Path(url.database or "").exists():
        hint = "Run this where the bot runs, or set DATA_DIR or DATABASE_URL as there; `briefing-bot run` makes it."
        raise BriefingBotError(f"There is no database at {url.database}.", hint)
