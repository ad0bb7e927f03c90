"""A start asks what is published no questions again, unless something about the folder stands told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.clock import SystemClock
from bot.config.maintainers import Maintainers
from bot.outbox.operators import Operators
from bot.publishing import content_check
from bot.publishing.publisher import Publisher
from bot.publishing.startup import publish_first, publish_folder
from tests.support.small_content import BREWING, write_small_content

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.database import Database

QUESTION = "- {ask: price of wibbles, expect: no_answer}\n"
FILE = "brewing/water.yaml"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the folders whose questions were asked, from now on."""
    folders: list[Path] = []
    ask = content_check.check_questions

    def counted(folder: Path, *what: object) -> object:
        folders.append(folder)
        return ask(folder, *what)  # type: ignore[arg-type]

    monkeypatch.setattr(content_check, "check_questions", counted)
    return folders


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # on PostgreSQL a start only compares
async def test_what_is_published_and_in_order_is_not_asked_again(
    database: Database, tmp_path: Path, asked: list[Path]
) -> None:
    folder = write_small_content(tmp_path / "tea")
    (folder / "questions.yaml").write_text(QUESTION)

    def started() -> Publisher:
        return Publisher(database, SystemClock(), Operators(Maintainers("C0MAINTAIN"), SystemClock()))

    await publish_first(database, started(), folder, None)
    assert len(asked) == 1
    await publish_folder(database, started(), folder)
    assert len(asked) == 1, "it is as published"
    (folder / FILE).write_text(BREWING.replace("boiling the water", "boiling water"))
    await publish_folder(database, started(), folder)
    assert len(asked) == 2, "a fact was edited"
    (folder / "questions.yaml").write_text(QUESTION.replace("no_answer", "nothing-of-that-id"))
    publisher = started()
    await publish_folder(database, publisher, folder)
    assert (len(asked), publisher.difference) == (2, ""), "the facts are as published"
    (folder / FILE).write_text("- broken: [\n")
    await publish_folder(database, started(), folder)
    (folder / FILE).write_text(BREWING.replace("boiling the water", "boiling water"))
    publisher = started()
    await publish_folder(database, publisher, folder)
    assert len(asked) == 3, "a fault stood told: all is checked"
    assert "nothing-of-that-id" in publisher.difference
