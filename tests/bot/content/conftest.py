"""A small content folder without faults, for tests to break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.small_content import write_small_content

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a content folder without faults."""
    return write_small_content(tmp_path / "briefings")
