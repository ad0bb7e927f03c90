"""Content at a revision of the git repository around the content folder, copied to a temporary folder.

Only git's plumbing reads it: no hook, filter, pager or other program that the repository sets up is run, and nothing is
fetched.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.content.files import SIZE_LIMIT
from bot.publishing.git_command import GitError, local_environment, reason
from bot.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT_S: Final = 60.0
FILES_LIMIT: Final = 20_000
TOTAL_LIMIT: Final = 256 * 1024 * 1024
"""In bytes."""
_FILE: Final = ("100644", "100755", "100664")
_LINK: Final = "120000"
_Entry: TypeAlias = "tuple[str, str, int, str]"
"""Mode, object, size in bytes and path."""


def root_of(folder: Path) -> Path | None:
    """Return the top of the git repository around a folder; None where there is none."""
    full = folder.absolute()
    return next((each for each in (full, *full.parents) if (each / ".git").exists()), None)


@contextmanager
def folder_at(folder: Path, revision: str) -> Iterator[Path]:
    """Copy a content folder as it is at a revision to a temporary folder, and remove that at the end. Raises GitError.

    `revision` is anything that names a commit (gitrevisions(7)). It is read where the work at hand parted from it, as
    a pull request is: what came later on the other side is no change of this one.
    """
    real = folder.resolve()
    commit = _parted_at(real, _commit(real, revision))
    prefix = _git(real, "rev-parse", "--show-prefix").decode(errors="surrogateescape").rstrip("\n")
    with TemporaryDirectory(prefix="briefing-bot-") as temporary:
        copy = Path(temporary) / real.name
        copy.mkdir()
        _copy(real, f"{commit}:{prefix}", copy, revision)
        yield copy


def _commit(folder: Path, revision: str) -> str:
    try:
        found = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except GitError as error:
        if error.hint:
            raise
        _git(folder, "rev-parse", "--git-dir")
        hint = "Name a branch, a tag or a commit that is here; in a shallow clone, fetch it first."
        raise GitError(f"There is no revision {shown(revision)} in the repository around {folder}.", hint) from None
    return found.decode().strip()


def _parted_at(folder: Path, commit: str) -> str:
    """Return the commit where HEAD parted from one; that one in a shallow clone that does not have it."""
    try:
        return _git(folder, "merge-base", commit, "HEAD").decode().strip()
    except GitError:
        return commit


def _copy(folder: Path, tree: str, to: Path, revision: str) -> None:
    """Write the files of a tree. Raises GitError."""
    try:
        listed = _git(folder, "ls-tree", "-r", "-z", "-l", "--full-tree", tree)
    except GitError:
        raise GitError(f"The content folder is not in revision {shown(revision)}.") from None
    entries = [_entry(each) for each in listed.split(b"\0") if each]
    wanted = [each for each in entries if each[0] in (*_FILE, _LINK) and _is_inside(each[3])]
    if len(wanted) > FILES_LIMIT or sum(size for _, _, size, _ in wanted) > TOTAL_LIMIT:
        raise GitError(f"The content folder is too large in revision {shown(revision)}.", "Remove what is no content.")
    try:
        _write(folder, wanted, to)
    except (OSError, ValueError) as error:  # two files of one name, or a name that this system does not take
        raise GitError(f"The content folder of revision {shown(revision)} cannot be copied: {error}.") from None


def _write(folder: Path, wanted: list[_Entry], to: Path) -> None:
    """Write files, links last: nothing is written through one."""
    small = list(dict.fromkeys(name for _, name, size, _ in wanted if size <= SIZE_LIMIT))
    texts = dict(zip(small, _blobs(folder, small), strict=True))
    too_large = b" " * (SIZE_LIMIT + 1)
    for mode, name, _, path in sorted(wanted, key=lambda each: each[0] == _LINK):
        target = to / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if mode == _LINK:
            target.symlink_to(os.fsdecode(texts.get(name, b".")))
        else:
            with target.open("xb") as file:
                file.write(texts.get(name, too_large))


def _entry(line: bytes) -> _Entry:
    """Return an entry of `git ls-tree -l` (git-ls-tree(1), “Output format”)."""
    about, _, path = line.partition(b"\t")
    mode, _, name, size = about.decode().split()
    return mode, name, int(size) if size.isdecimal() else 0, os.fsdecode(path)


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and not {"..", ".git"}.intersection(parts)


def _blobs(folder: Path, names: list[str]) -> Iterator[bytes]:
    """Yield the bytes of objects, in order (git-cat-file(1), “Batch output”)."""
    if not names:
        return
    out = _git(folder, "cat-file", "--batch", given="".join(f"{name}\n" for name in names).encode())
    at = 0
    for _ in names:
        end = out.index(b"\n", at)
        size = int(out[at:end].rsplit(b" ", 1)[1])
        yield out[end + 1 : end + 1 + size]
        at = end + size + 2


def _git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Run git in a folder and return what it prints. Raises GitError."""
    try:
        done = subprocess.run(  # noqa: S603 — no shell; the revision is verified before it becomes an argument
            ["git", *arguments],  # noqa: S607 — the operator's own git
            cwd=folder,
            env=local_environment(),
            input=given,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError:
        raise GitError("Git is not installed.", "Install git, or compare with --base published.") from None
    except subprocess.TimeoutExpired:
        raise GitError("Git took too long to read the repository around the content folder.") from None
    if done.returncode:
        raise GitError(
            f"Git cannot read the repository around {folder}: {reason(done.stderr.decode(errors='replace'))}"
        )
    return done.stdout
