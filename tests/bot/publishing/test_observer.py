"""Each publication of a folder is observed once, by what came of it and its faults; a dry run is none."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from bot.clock import SystemClock
from bot.config import Settings
from bot.content.faults import ContentError
from bot.publishing.factory import publisher_for
from bot.store.errors import StoreError
from tests.support.small_content import write_small_content

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bot.content.faults import Fault
    from bot.store.database import Database


class Recording:
    """Notes what it hears."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.heard: list[str] = []

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Note when it begins and ends."""
        self.heard.append("begins")
        try:
            yield
        finally:
            self.heard.append("ends")

    def published(self, result: str, faults: Sequence[Fault]) -> None:
        """Note what came of it, and whether there are faults."""
        self.heard.append(f"{result} {bool(faults)}")


async def test_what_came_of_a_folder_is_heard_while_it_is_traced(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, observer = write_small_content(tmp_path / "content"), Recording()
    publisher = publisher_for(Settings.model_construct(), sqlite_database, SystemClock(), observer=observer)
    await publisher.publish_folder(folder)
    await publisher.publish_folder(folder)
    (folder / "memorandum.yaml").write_text("title: [")
    with pytest.raises(ContentError):
        await publisher.publish_folder(folder)
    folder = write_small_content(tmp_path / "again")

    def away(_self: Database) -> None:
        raise StoreError("The database is away.")

    monkeypatch.setattr(type(sqlite_database), "transaction", away)
    with pytest.raises(StoreError):
        await publisher.publish_folder(folder)
    told = [each.split()[0] for each in observer.heard if each not in {"begins", "ends"}]
    assert told == ["baseline", "unchanged", "faulty", "failed"]
    assert observer.heard[::3] == ["begins"] * 4
    assert observer.heard[2::3] == ["ends"] * 4
    assert "faulty True" in observer.heard


async def test_a_dry_run_is_not_counted(sqlite_database: Database, tmp_path: Path) -> None:
    observer = Recording()
    publisher = publisher_for(Settings.model_construct(), sqlite_database, SystemClock(), observer=observer)
    await publisher.publish_folder(write_small_content(tmp_path / "content"), dry_run=True)
    assert observer.heard == ["begins", "ends"]
