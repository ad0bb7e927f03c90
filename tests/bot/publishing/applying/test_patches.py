"""Patches of approved changes, where the bot writes nothing."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.content.editing.changes import ContentChange
from bot.publishing.applying.patches import PatchApply
from cli.folder_check import check_folder
from tests.support.small_content import FILES

if TYPE_CHECKING:
    from pathlib import Path

    from bot.content.editing.changes import FieldValue
    from bot.publishing.applying.protocol import ApprovedChange

WATER = "brewing/water.yaml"


def git_apply(folder: Path, patch: str) -> None:
    subprocess.run(["git", "apply", "-"], cwd=folder, input=patch.encode(), check=True)  # noqa: S607 — the tests' own git


@pytest.mark.parametrize("text", [FILES[WATER], FILES[WATER].replace("\n", "\r\n"), FILES[WATER].rstrip("\n")])
async def test_git_takes_the_patch_and_the_folder_stays(approved: ApprovedChange, folder: Path, text: str) -> None:
    (folder / WATER).write_bytes(text.encode())

    applied = await PatchApply(folder, check_folder).apply(approved)

    assert applied.where == f"Not written: somebody has to make this change in {WATER}."
    assert (folder / WATER).read_bytes().decode() == text
    git_apply(folder.parent, applied.patch)
    assert "boiling the milk." in (folder / WATER).read_text()
    assert (await PatchApply(folder, check_folder).apply(approved)).patch == ""


async def test_a_new_file_is_in_the_patch(approved: ApprovedChange, folder: Path) -> None:
    fields: dict[str, FieldValue] = {
        "statement": "Cups are white.",
        "certainty": "stated",
        "sources": {"article": "cups are white"},
    }
    change = ContentChange("tea-cups", fields=fields, file="serving/cups.yaml")

    applied = await PatchApply(folder, check_folder).apply(replace(approved, change=change))

    git_apply(folder.parent, applied.patch)
    assert "Cups are white." in (folder / "serving/cups.yaml").read_text()


@pytest.mark.parametrize("top", [".", "..", "../.."])
async def test_git_takes_the_patch_at_the_top_of_the_repository(
    top: str, approved: ApprovedChange, folder: Path
) -> None:
    repository = (folder / top).resolve()
    (repository / ".git").mkdir()

    applied = await PatchApply(folder, check_folder).apply(approved)

    (repository / ".git").rmdir()
    git_apply(repository, applied.patch)
    assert "boiling the milk." in (folder / WATER).read_text()
