"""A copy of the real briefings, to edit."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.config import BRIEFINGS


def copied(to: Path) -> Path:
    """Copy them, without their questions: asking those is half of a check, and tests/content asks them."""
    return Path(shutil.copytree(BRIEFINGS, to, ignore=shutil.ignore_patterns("questions.yaml")))
