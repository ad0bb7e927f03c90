"""The content folder at a revision of git: copied without running anything that the repository sets up."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from bot.content.files import SIZE_LIMIT
from bot.publishing import git_tree
from bot.publishing.git_command import GitError
from bot.publishing.git_tree import folder_at, root_of

if TYPE_CHECKING:
    from pathlib import Path


def git(repository: Path, *arguments: str, given: str = "") -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "core.hooksPath=/dev/null")
    command = ["git", *who, *arguments]
    done = subprocess.run(command, cwd=repository, input=given, check=True, capture_output=True, text=True)  # noqa: S603 — git
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with a content folder and one commit, on main."""
    repository = tmp_path / "repository"
    (repository / "briefings" / "area").mkdir(parents=True)
    git(repository, "init", "--quiet", "--initial-branch=main")
    (repository / "briefings" / "area" / "facts.yaml").write_bytes(b"one: 1\r\n")
    (repository / "briefings" / "nam\u00e9 \u201cx\u201d.yaml").write_text("two", encoding="utf-8")
    (repository / "other.txt").write_text("not content", encoding="utf-8")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=First")
    return repository


def test_the_folder_is_copied_byte_by_byte_and_removed(repository: Path) -> None:
    (repository / "briefings" / "area" / "facts.yaml").write_text("edited", encoding="utf-8")
    with folder_at(repository / "briefings", "main") as copy:
        found = {str(path.relative_to(copy)): path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert found == {"area/facts.yaml": b"one: 1\r\n", "nam\u00e9 \u201cx\u201d.yaml": b"two"}
    assert not copy.exists()


def test_it_is_read_where_the_two_sides_parted(repository: Path) -> None:
    git(repository, "switch", "--quiet", "--create=edit")
    git(repository, "switch", "--quiet", "main")
    (repository / "briefings" / "later.yaml").write_text("later", encoding="utf-8")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=Later")
    git(repository, "switch", "--quiet", "edit")
    with folder_at(repository / "briefings", "main") as copy:
        assert not (copy / "later.yaml").exists()


def test_nothing_that_the_repository_sets_up_is_run(repository: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (repository / ".gitattributes").write_text("* filter=evil diff=evil\n", encoding="utf-8")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=Attributes")
    program = f"touch {ran}; cat"
    for key in (
        *("filter.evil.smudge", "filter.evil.clean", "filter.evil.process", "diff.evil.textconv", "core.pager"),
        *("core.fsmonitor", "core.sshCommand", "alias.ls-tree", "alias.cat-file", "pager.ls-tree", "core.askPass"),
    ):
        git(repository, "config", key, f"!{program}" if key.startswith("alias") else program)
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        file = repository / ".git" / "hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\ntouch {ran}\n", encoding="utf-8")
        file.chmod(0o755)
    with folder_at(repository / "briefings", "main") as copy:
        assert (copy / "area" / "facts.yaml").read_bytes() == b"one: 1\r\n"
    assert not ran.exists()


def test_links_are_kept_and_nothing_is_written_through_them(repository: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repository / "briefings" / "link").symlink_to(outside)
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=Link")
    with folder_at(repository / "briefings", "main") as copy:
        assert (copy / "link").is_symlink()
    assert list(outside.iterdir()) == []


def test_a_file_that_is_too_large_is_still_seen_as_such(repository: Path) -> None:
    (repository / "briefings" / "large.yaml").write_bytes(b"#" * (SIZE_LIMIT + 5))
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=Large")
    with folder_at(repository / "briefings", "main") as copy:
        assert (copy / "large.yaml").stat().st_size == SIZE_LIMIT + 1


def test_a_folder_with_too_many_files_is_refused(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_tree, "FILES_LIMIT", 1)
    with pytest.raises(GitError, match="too large in revision “main”"), folder_at(repository / "briefings", "main"):
        pass


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("nowhere", "There is no revision “nowhere” in the repository"),
        ("--output=x", "There is no revision “--output=x”"),
        ("main:other.txt", "There is no revision “main:other.txt”"),
        ("", "There is no revision “”"),
        ("x" * 5_000, "There is no revision “xxx"),
    ],
)
def test_a_revision_that_is_none_is_told(repository: Path, revision: str, said: str) -> None:
    with pytest.raises(GitError, match=said), folder_at(repository / "briefings", revision):
        pass


def test_a_folder_that_the_revision_does_not_have_is_told(repository: Path) -> None:
    (repository / "elsewhere").mkdir()
    with pytest.raises(GitError, match="not in revision “main”"), folder_at(repository / "elsewhere", "main"):
        pass


def test_a_folder_outside_of_git_is_told(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not a git repository"), folder_at(tmp_path, "main"):
        pass
    assert root_of(tmp_path) is None


def test_a_hook_that_runs_this_does_not_lead_it_astray(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    with folder_at(repository / "briefings", "main") as copy:
        assert (copy / "area").is_dir()
    assert root_of(repository / "briefings") == repository


def test_a_tree_with_two_entries_of_one_name_is_refused(repository: Path, tmp_path: Path) -> None:
    """Git makes no such tree; a hostile one has a link and a folder of one name, to write through the link."""
    blob = git(repository, "hash-object", "-w", "--stdin", given=str(tmp_path))
    inner = git(repository, "mktree", given=f"100644 blob {blob}\tinner.yaml\n")
    top = git(
        repository, "mktree", given=f"120000 blob {blob}\tarea\n040000 tree {inner}\tarea\n100644 blob {blob}\t..\n"
    )
    whole = git(repository, "mktree", given=f"040000 tree {top}\tbriefings\n")
    commit = git(repository, "commit-tree", whole, "-m", "Hostile")
    with pytest.raises(GitError, match="cannot be copied"), folder_at(repository / "briefings", commit):
        pass
    assert not (tmp_path / "inner.yaml").exists()
