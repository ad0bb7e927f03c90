"""A copy of the real briefings, to edit, and what is wrong with a folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.config import BRIEFINGS
from bot.content.load import read

if TYPE_CHECKING:
    from bot.content.faults import Fault


def copied(to: Path) -> Path:
    """Copy them, without their questions: asking those is half of a check, and tests/content asks them."""
    return Path(shutil.copytree(BRIEFINGS, to, ignore=shutil.ignore_patterns("questions.yaml")))


def check(folder: Path, **how: Any) -> tuple[Fault, ...]:  # noqa: ANN401 — those of `read`
    """Return all faults of a folder."""
    return read(folder, **how)[1]
