"""The repository that content comes from: there, without the branch, and away."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.health.finding import Verdict
from bot.health.repository import repository
from bot.publishing.git_command import GitError

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_branch_is_looked_for_and_nothing_is_fetched(tmp_path: Path) -> None:
    assert (await repository(None, "main")).verdict is Verdict.OK
    author = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    for arguments in (["init", "-q", "-b", "main"], [*author, "commit", "-q", "--allow-empty", "-m", "First"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)  # noqa: ASYNC221, S603, S607 — it is over at once
    address = SecretStr(str(tmp_path))
    found = await repository(address, "main")
    assert found.verdict is Verdict.OK
    assert found.what.startswith(f"{tmp_path} has main, at ")
    found = await repository(address, "mian")
    assert (found.verdict, found.to_do) == (Verdict.FAIL, "Correct CONTENT_GIT_BRANCH.")


async def test_one_that_cannot_be_read_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(GitError, match=r"^Git cannot read CONTENT_GIT_URL: "):
        await repository(SecretStr(str(tmp_path / "none")), "main")
    with pytest.raises(GitError) as raised:
        await repository(SecretStr("https://bot:hunter2@127.0.0.1:9/x.git"), "main")
    assert "hunter2" not in str(raised.value)
