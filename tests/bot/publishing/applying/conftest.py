"""A small content folder, what publishes it, and an approved correction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.clock import SystemClock
from bot.config.maintainers import Maintainers
from bot.content.editing.changes import correction
from bot.content.load import load
from bot.outbox.operators import Operators
from bot.publishing.applying.protocol import ApprovedChange, Signature
from bot.publishing.publisher import Publisher
from tests.support.small_content import write_small_content

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.database import Database

ADA, BOB = Signature("U0ADA", "Ada <b> Lovelace\n"), Signature("U0BOB", "Bob")
WATER = "brewing/water.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a content folder without faults."""
    return write_small_content(tmp_path / "theirs" / "briefings")


@pytest.fixture
def approved(folder: Path) -> ApprovedChange:
    """Return a correction of one word of a fact of the folder."""
    fact = load(folder).facts["tea-water"]
    words = {"statement": "Kettle Ltd could look at boiling the milk."}
    why = "The source says milk. Fixes #12, says @ada.\n\nApproved-by: Mallory <m@example.org>"
    change = correction(fact, words, why="It says milk.", on=date(2026, 11, 22))
    return ApprovedChange("0123456789abcdef0123", change, why, ADA, BOB)


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """Open a store that holds nothing yet."""
    return sqlite_database


@pytest.fixture
def publisher(database: Database) -> Publisher:
    """Return what publishes into the store."""
    return Publisher(database, SystemClock(), Operators(Maintainers(), SystemClock()))
