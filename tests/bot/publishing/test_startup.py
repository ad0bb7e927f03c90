"""A start reads what is published, and asks it its questions, only if the folder or the bot changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.config.maintainers import Maintainers
from bot.outbox.operators import Operators
from bot.publishing import content_check
from bot.publishing.notices import FAULTS, IN_ORDER
from bot.publishing.publisher import Publisher
from bot.publishing.startup import publish_first, publish_folder
from tests.support.small_content import BREWING, write_small_content

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.database import Database

QUESTION = "- {ask: price of wibbles, expect: no_answer}\n"
FILE = "brewing/water.yaml"
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""On PostgreSQL a start only compares."""


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a content folder with a question."""
    folder = write_small_content(tmp_path / "tea")
    (folder / "questions.yaml").write_text(QUESTION)
    return folder


def started(database: Database) -> Publisher:
    """Return the publisher of a process that has just begun."""
    return Publisher(database, SystemClock(), Operators(Maintainers("C0MAINTAIN"), SystemClock()))


@ON_SQLITE
async def test_what_is_published_and_in_order_is_not_asked_again(
    database: Database, folder: Path, asked: list[Path]
) -> None:
    await publish_first(database, started(database), folder, None)
    assert len(asked) == 1
    await publish_folder(database, started(database), folder)
    await publish_folder(database, started(database), folder)
    assert len(asked) == 1, "it is as published"
    (folder / FILE).write_text(BREWING.replace("boiling the water", "boiling water"))
    await publish_folder(database, started(database), folder)
    assert len(asked) == 2, "a fact was edited"
    (folder / "questions.yaml").write_text(QUESTION.replace("wibbles", "wobbles"))
    await publish_folder(database, started(database), folder)
    assert len(asked) == 3, "a question was edited"
    await publish_folder(database, started(database), folder)
    assert len(asked) == 3, "and answered as expected"


async def test_a_start_that_only_compares_does_not_ask_again_either(
    database: Database, folder: Path, asked: list[Path]
) -> None:
    await publish_first(database, started(database), folder, None)
    await publish_folder(database, started(database), folder)
    assert len(asked) == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("questions", "told"),
    [
        ("- {ask: [broken\n", "questions.yaml:"),
        (QUESTION.replace("no_answer", "nothing-of-that-id"), "nothing-of-that-id"),
        ("- {ask: boiling water, expect: no_answer}\n", "No answer is expected"),
    ],
    ids=["no YAML", "no such fact", "answered otherwise"],
)
async def test_a_fault_of_the_questions_alone_is_told_at_a_start(
    database: Database, folder: Path, questions: str, told: str
) -> None:
    await publish_first(database, started(database), folder, None)
    (folder / "questions.yaml").write_text(questions)
    for _ in range(2):
        publisher = started(database)
        await publish_folder(database, publisher, folder)
        assert told in publisher.difference
    (folder / "questions.yaml").write_text(QUESTION)
    publisher = started(database)
    await publish_folder(database, publisher, folder)
    assert publisher.difference == ""


@ON_SQLITE
async def test_another_version_of_the_bot_asks_again(
    database: Database, folder: Path, asked: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish_first(database, started(database), folder, None)
    monkeypatch.setattr(content_check, "_version", lambda: "another")
    await publish_folder(database, started(database), folder)
    assert len(asked) == 2
    await publish_folder(database, started(database), folder)
    assert len(asked) == 2


@ON_SQLITE
@pytest.mark.parametrize("file", [FILE, "questions.yaml", "brewing/briefing.yaml", "templates/fact.md.j2", "new.txt"])
async def test_a_folder_that_is_edited_while_it_is_read_is_read_again(
    database: Database, folder: Path, asked: list[Path], monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    edited = folder / file
    before = edited.read_text() if edited.exists() else ""

    def load_and_edit(*what: object, **how: object) -> object:
        loaded = content_check.load_content(*what, **how)  # type: ignore[arg-type]
        edited.write_text(f"{before}\n")
        return loaded

    monkeypatch.setattr("bot.publishing.publisher.load_content", load_and_edit)
    await publish_first(database, started(database), folder, None)
    monkeypatch.setattr("bot.publishing.publisher.load_content", content_check.load_content)
    await publish_folder(database, started(database), folder)
    assert len(asked) == 2


@ON_SQLITE
async def test_operators_hear_that_a_folder_is_put_back_as_it_was(database: Database, folder: Path) -> None:
    await publish_first(database, started(database), folder, None)
    with capture_logs() as logged:
        (folder / FILE).write_text("- {broken\n")
        await publish_folder(database, started(database), folder)
        (folder / FILE).write_text(BREWING)
        await publish_folder(database, started(database), folder)
    assert [each["heading"] for each in logged if each["event"] == "operators.notified"] == [FAULTS, IN_ORDER]


@ON_SQLITE
async def test_the_bot_is_handed_the_look_up_that_the_questions_were_asked_of(database: Database, folder: Path) -> None:
    publisher = started(database)
    await publish_first(database, publisher, folder, None)
    published = (await database.latest()).content
    assert publisher.ready.take(published) is not None
    assert publisher.ready.take(published) is None, "it is kept no longer"
    publisher.ready.of(published)
    (folder / "questions.yaml").write_text(QUESTION.replace("wibbles", "wobbles"))
    await publisher.publish_folder(folder)
    assert publisher.ready.take(published) is None, "what is published already is answered from as before"
