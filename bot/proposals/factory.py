"""Proposals as the settings ask for them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.proposals.examining import ContentExaminer
from bot.proposals.proposals import Proposals
from bot.publishing.factory import alerts_for, repository_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.clock import Clock
    from bot.config import Settings
    from bot.publishing.content_check import ContentCheck
    from bot.store.database import Database


def proposals_for(
    settings: Settings, database: Database, clock: Clock, wake: Callable[[], None], check: ContentCheck
) -> Proposals:
    """Return what takes suggestions, which `check` is to pass, and decisions."""
    alerts, folder = alerts_for(settings, clock), partial(_folder, settings)
    examiner = ContentExaminer(database, clock, alerts, folder, check, maintainers=settings.maintainers)
    return Proposals(database, clock, examiner, settings.maintainers, wake)


def _folder(settings: Settings) -> Path:
    """Return where the content is now: the folder, or the clone as it was last fetched."""
    repository = repository_for(settings)
    return repository.folder if repository else settings.briefings_dir
