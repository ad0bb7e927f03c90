"""Approved changes in the content folder: whole files, nothing that `check` refuses, and published at once."""

from __future__ import annotations

import asyncio
import errno
import os
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.config import Settings
from bot.content.editing.changes import EditConflictError, added_keywords, correction, withdrawal
from bot.content.load import load
from bot.errors import ConfigError
from bot.publishing.applying import folder as writing
from bot.publishing.applying.branch import BranchApply
from bot.publishing.applying.factory import apply_for
from bot.publishing.applying.folder import FolderApply, replace_file
from bot.publishing.applying.patches import PatchApply
from bot.publishing.applying.protocol import ApplyError
from bot.store.errors import StoreError
from cli.folder_check import check_folder
from tests.support.small_content import FILES

if TYPE_CHECKING:
    from pathlib import Path

    from bot.publishing.applying.protocol import ApprovedChange
    from bot.publishing.publisher import Publisher
    from bot.store.database import Database

WATER = "brewing/water.yaml"
TODAY = date(2026, 11, 22)


@pytest.fixture
def apply(folder: Path, publisher: Publisher) -> FolderApply:
    return FolderApply(folder, publisher, check_folder)


def text(folder: Path, name: str = WATER) -> str:
    return (folder / name).read_bytes().decode()


def hidden_files(folder: Path) -> list[Path]:
    return list(folder.rglob(".*"))


async def test_a_correction_is_written_published_and_written_once(
    apply: FolderApply, approved: ApprovedChange, folder: Path, database: Database, publisher: Publisher
) -> None:
    await publisher.publish_folder(folder)
    group = 12_345 if os.geteuid() == 0 else (os.getgroups() or [os.getegid()])[-1]
    os.chown(folder / WATER, -1, group)
    (folder / WATER).chmod(0o640)

    applied = await apply.apply(approved)

    assert applied.where == "Written into brewing/water.yaml."
    assert text(folder) == FILES[WATER].replace("the water", "the milk") + (
        '  corrected:\n    on: 2026-11-22\n    why: "It says milk."\n'
    )
    kept = (folder / WATER).stat()
    assert (kept.st_mode & 0o777, kept.st_gid) == (0o640, group)
    newest = await database.latest()
    assert (newest.number, newest.author) == (2, approved.proposer.name)
    assert newest.content.facts["tea-water"].corrected is not None

    again = await apply.apply(approved)

    assert again.where == "The content folder has it already."
    assert (await database.refresh()).number == 2
    assert hidden_files(folder) == []


async def test_nothing_is_written_that_check_refuses(
    apply: FolderApply, approved: ApprovedChange, folder: Path
) -> None:
    fact = load(folder).facts["tea-water"]
    firm = correction(fact, {"statement": "Kettle Ltd will boil the water."}, on=TODAY)

    with pytest.raises(ApplyError, match=r"would have a fault: brewing/water\.yaml:\d+: ") as refused:
        await apply.apply(replace(approved, change=firm))

    assert not refused.value.is_temporary
    assert text(folder) == FILES[WATER]


async def test_a_fact_that_changed_meanwhile_is_not_overwritten(
    apply: FolderApply, approved: ApprovedChange, folder: Path
) -> None:
    now = FILES[WATER].replace("boiling the water", "boiling all water")
    (folder / WATER).write_text(now)

    with pytest.raises(EditConflictError, match=r"brewing/water\.yaml:1: .*changed meanwhile"):
        await apply.apply(approved)

    assert text(folder) == now


async def test_two_approvals_at_once_are_both_written(
    folder: Path, publisher: Publisher, approved: ApprovedChange
) -> None:
    fact = load(folder).facts["tea-water"]
    changes = [added_keywords(fact, [word]) for word in ("one", "two", "three")]
    several = [FolderApply(folder, publisher, check_folder) for _ in changes]  # as in several processes

    await asyncio.gather(
        *(each.apply(replace(approved, change=change)) for each, change in zip(several, changes, strict=True))
    )

    assert set(load(folder).facts["tea-water"].keywords) == {"kettle", "hot water", "one", "two", "three"}


async def test_a_withdrawal_that_was_killed_in_the_middle_is_finished(
    apply: FolderApply, approved: ApprovedChange, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = withdrawal(load(folder).facts["tea-milk"], why="It was spilt.", on=TODAY)
    (folder / "serving/milk.yaml").write_text(
        FILES["serving/milk.yaml"] + FILES[WATER].replace("tea-water", "tea-cup").replace("the water", "a cup")
    )
    briefing = FILES["serving/briefing.yaml"].replace("- tea-milk\n", "- tea-milk\n      - tea-cup\n")
    (folder / "serving/briefing.yaml").write_text(briefing)
    written: list[str] = []

    def killed_after_one(path: Path, data: bytes) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(path.name)
        replace_file(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "replace_file", killed_after_one)
        with pytest.raises(KeyboardInterrupt):
            apply._write(replace(approved, change=change))  # noqa: SLF001 — asyncio would end with such a kill
    assert written == ["briefing.yaml"]
    load(folder)

    applied = await apply.apply(replace(approved, change=change))

    assert applied.where == "Written into serving/milk.yaml."
    assert not load(folder).facts["tea-milk"].is_current


@pytest.mark.parametrize(
    ("number", "words", "is_temporary"),
    [
        (errno.ENOSPC, "The disk of the content folder is full.", True),
        (errno.EROFS, "The bot may not write to the content folder.", False),
        (errno.EIO, "The content folder cannot be written: Input/output error.", True),
    ],
)
async def test_a_disk_that_fails_leaves_the_old_file(  # noqa: PLR0913, PLR0917 — a table
    apply: FolderApply,
    approved: ApprovedChange,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    words: str,
    is_temporary: bool,  # noqa: FBT001 — a table
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ApplyError) as refused:
        await apply.apply(approved)

    assert (refused.value.message, refused.value.is_temporary) == (words, is_temporary)
    assert text(folder) == FILES[WATER]
    assert hidden_files(folder) == []


async def test_what_was_written_and_not_published_is_published_by_the_next_try(
    folder: Path, approved: ApprovedChange, database: Database, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publisher.publish_folder(folder)
    apply = FolderApply(folder, publisher, check_folder)

    async def away(*_: object, **__: object) -> None:
        raise StoreError("The database cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(publisher, "publish", away)
        with pytest.raises(ApplyError, match="written, and not published: The database cannot be reached") as refused:
            await apply.apply(approved)
    assert refused.value.is_temporary
    assert "the milk" in text(folder)

    await apply.apply(approved)

    assert (await database.latest()).number == 2


async def test_what_publishing_holds_is_said_with_what_to_do(
    apply: FolderApply, approved: ApprovedChange, folder: Path, publisher: Publisher
) -> None:
    await publisher.publish_folder(folder)
    gone = withdrawal(load(folder).facts["tea-milk"], why="It is wrong.", on=TODAY)
    for _ in range(2):
        applied = await apply.apply(replace(approved, change=gone))
        assert applied.where.startswith("It is written, and not published: It withdraws 1 facts at once (tea-milk)")
        assert "briefing-bot publish --allow-mass-withdrawal" in applied.where


def test_the_start_refuses_what_cannot_work(
    folder: Path, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(**given: str) -> object:
        values = {"briefings_dir": folder, "data_dir": tmp_path} | given
        settings = Settings(**values)
        return apply_for(settings, publisher, check_folder)

    assert isinstance(start(content_apply="direct"), FolderApply)
    assert isinstance(start(content_apply="commit", content_git_url="https://example.org/a.git"), BranchApply)
    assert isinstance(start(content_git_url="https://example.org/a.git"), BranchApply)
    assert isinstance(start(), PatchApply)
    with pytest.raises(ConfigError, match="CONTENT_GIT_URL is not set"):
        start(content_apply="commit")
    with pytest.raises(ConfigError, match="CONTENT_GIT_URL is set"):
        start(content_apply="direct", content_git_url="https://example.org/a.git")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ConfigError, match="may not write to the content folder"):
        start(content_apply="direct")
