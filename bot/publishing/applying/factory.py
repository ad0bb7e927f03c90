"""Applying as the settings ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import ConfigError
from bot.publishing.applying.branch import BranchApply
from bot.publishing.applying.clone import ProposalClone
from bot.publishing.applying.folder import FolderApply, is_writable
from bot.publishing.applying.patches import PatchApply

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.publishing.applying.protocol import Apply
    from bot.publishing.content_check import ContentCheck
    from bot.publishing.publisher import Publisher

CLONE = "proposals.git"
"""The clone in DATA_DIR that branches are made in; the one that is published from is another."""


def apply_for(settings: Settings, publisher: Publisher, check: ContentCheck) -> Apply:
    """Return what applies approved changes, each once its content has passed the check. Raises ConfigError."""
    address, folder = settings.content_git_url, settings.briefings_dir
    if settings.content_apply == "commit":
        if address is None:
            raise ConfigError("CONTENT_APPLY is commit, and CONTENT_GIT_URL is not set.", "Set it to the repository.")
    elif settings.content_apply == "direct":
        if address is not None:
            message = "CONTENT_APPLY is direct, and CONTENT_GIT_URL is set: what is written into a folder is not read."
            raise ConfigError(message, "Set CONTENT_APPLY=commit.")
        if not is_writable(folder):
            message = f"CONTENT_APPLY is direct, and the bot may not write to the content folder {folder}."
            raise ConfigError(message, "Let the bot's user write to it, or set CONTENT_APPLY=off.")
        return FolderApply(folder, publisher, check)
    if address is None:
        return PatchApply(folder, check)
    clone = settings.data_dir / CLONE
    repository = ProposalClone(address.get_secret_value(), settings.content_git_branch, clone)
    return BranchApply(repository, check, writes=settings.content_apply == "commit")
