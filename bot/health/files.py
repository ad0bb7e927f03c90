"""Checks of files and folders: .env, DATA_DIR, the disk and the file system below it. Nothing is made or changed."""

from __future__ import annotations

import errno
import math
import os
import shutil
import stat
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.health.finding import Finding, fail, ok, warn
from bot.store.engine import SQLITE_FILE
from bot.store.sqlite_file import LAST_BACKUP

if TYPE_CHECKING:
    from collections.abc import Iterable

SCARCE: Final = 1024**3
"""Bytes of free disk space below which somebody should look."""
TOO_LITTLE: Final = 100 * 1024**2
"""Bytes below which a backup, a clone or a revision may not fit."""
OLD_BACKUP: Final = timedelta(hours=36)
"""The age from which a backup is old: one a night is usual."""
OTHERS: Final = 0o077
NETWORK: Final = frozenset(
    {
        *(
            "9p",
            "afs",
            "beegfs",
            "ceph",
            "cifs",
            "davfs",
            "fuse.glusterfs",
            "fuse.s3fs",
            "fuse.sshfs",
            "glusterfs",
            "gpfs",
        ),
        *("lustre", "ncpfs", "nfs", "nfs4", "orangefs", "smb3", "smbfs"),
    }
)
"""File systems of other machines, as /proc/self/mountinfo names them: SQLite's locks do not hold there
(SQLite: "Write-Ahead Logging")."""
_SET: Final = "Set DATA_DIR to a folder of the bot's user, which may write there: chown, chmod 700."
MOUNTS: Final = Path("/proc/self/mountinfo")


def secrets(paths: Iterable[Path]) -> Finding:
    """Whether only the bot's user can read .env and files of secrets; one that is missing is the settings' affair."""
    modes: dict[Path, int] = {}
    for path in paths:
        with suppress(OSError):
            modes[path] = stat.S_IMODE((found := path.stat()).st_mode)
            if found.st_uid != os.geteuid():  # the bot reads it as one of the group: systemd and Kubernetes do that
                modes[path] &= ~stat.S_IRGRP
    if opened := [path for path, mode in modes.items() if mode & OTHERS]:
        what = f"Others may read {', '.join(f'{path} ({modes[path]:o})' for path in opened)}."
        return warn("secret files", what, f"chmod 600 {' '.join(map(str, opened))}")
    named = ", ".join(map(str, modes))
    return ok("secret files", f"Only their owner reads {named}." if named else "None: the environment has what is set.")


def data_folder(folder: Path) -> Finding:
    """Whether DATA_DIR is a folder that the bot's user, and nobody else, can use."""
    try:
        found = folder.stat()
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except FileNotFoundError:
        return _can_be_made(folder)
    except OSError as error:
        return _unusable(folder, error)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        is_fixed = os.statvfs(folder).f_flag & os.ST_RDONLY
        whose = "its file system is read-only" if is_fixed else f"it belongs to user {found.st_uid}"
        what = f"{folder} cannot be written by user {os.geteuid()}: {whose}."
        return fail("data folder", what, _SET)
    if closed := [path.name for path in files if not os.access(path, os.R_OK | os.W_OK)]:
        what = f"The bot's user cannot write to {', '.join(closed)} in {folder}."
        return fail("data folder", what, "Give it the files (chown), and see that none is immutable (lsattr).")
    return _open_to_others(folder, files)


def _open_to_others(folder: Path, files: list[Path]) -> Finding:
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *files)}
    if modes[folder] & OTHERS:
        return warn("data folder", f"{folder} is open to others ({modes[folder]:o}).", f"chmod 700 {folder}")
    if opened := [f"{path.name} ({modes[path]:o})" for path in files if modes[path] & OTHERS]:
        what = f"Others may read or write {', '.join(opened)} in {folder}."
        return warn("data folder", what, f"chmod 600 {folder}/briefing-bot.*")
    return ok("data folder", f"{folder} and its files are for the bot's user alone.")


def _can_be_made(folder: Path) -> Finding:
    parent = existing_parent(folder)
    if not os.access(parent, os.W_OK | os.X_OK):
        return fail("data folder", f"{folder} is not there, and {parent} cannot be written.", _SET)
    return ok("data folder", f"{folder} is not there yet: the first start makes it.")


def _unusable(folder: Path, error: OSError) -> Finding:
    if error.errno == errno.ELOOP:
        return fail("data folder", f"{folder} is a symbolic link that leads to itself.", "Remove it, or set DATA_DIR.")
    if error.errno == errno.ENOTDIR:
        return fail("data folder", f"{folder} is not a folder, or a part of its path is none.", _SET)
    return fail("data folder", f"{folder} cannot be read: {error.strerror}.", _SET)


def free_bytes(folder: Path) -> float:
    """Return the room on the disk where DATA_DIR is; not a number where that is not told."""
    try:
        return shutil.disk_usage(existing_parent(folder)).free
    except OSError:
        return math.nan


def backup_made_at(folder: Path | None) -> float:
    """Return when `briefing-bot backup` last made one of the SQLite database in a folder; not a number for never.

    None for PostgreSQL: a time that an earlier SQLite database left in DATA_DIR says nothing of that.
    """
    if folder is None:
        return math.nan
    try:
        return (folder / LAST_BACKUP).stat().st_mtime
    except OSError:
        return math.nan


def backup(folder: Path | None, now: datetime) -> Finding:
    """Whether the SQLite database in a folder has a backup that is not old; None for PostgreSQL."""
    if folder is None:
        return ok("backup", "Of PostgreSQL its own tools make backups: docs/run-in-a-department.md.")
    if not (folder / SQLITE_FILE).exists():
        return ok("backup", "There is nothing to back up yet.")
    to_do = "briefing-bot backup makes one; briefing-bot-backup.timer each night: docs/run-in-a-department.md."
    made_at = backup_made_at(folder)
    if math.isnan(made_at):
        return warn("backup", "None has been made of the database by `briefing-bot backup`.", to_do)
    age = now - datetime.fromtimestamp(made_at, tz=now.tzinfo)
    what = f"The newest is {age.total_seconds() / 3600:,.0f} hours old."
    return warn("backup", what, f"See why there was none since: {to_do}") if age > OLD_BACKUP else ok("backup", what)


def disk_space(folder: Path) -> Finding:
    """Whether there is room where DATA_DIR is, in bytes and in files."""
    where = existing_parent(folder)
    free = shutil.disk_usage(where).free
    system = os.statvfs(where)
    if system.f_files and not system.f_favail:
        return fail("disk space", f"{where} has no room for another file (inodes).", "Remove files there.")
    what = f"{free / 1024**2:,.0f} MiB are free at {where}."
    if free < TOO_LITTLE:
        return fail("disk space", what, "Make room: the bot saves nothing once the disk is full.")
    return warn("disk space", what, "Make room before it is full.") if free < SCARCE else ok("disk space", what)


def file_system(folder: Path, mounts: Path = MOUNTS) -> Finding:
    """Whether a SQLite file there would be on a local disk that can be written."""
    where = existing_parent(folder)
    kind = _kind_of(where.resolve(), mounts)
    if os.statvfs(where).f_flag & os.ST_RDONLY:
        return fail("file system", f"{where} is on a read-only file system.", "Mount it read-write, or set DATA_DIR.")
    if kind in NETWORK:
        to_do = "Set DATA_DIR to a folder on a local disk, or DATABASE_URL to a PostgreSQL database."
        return fail(
            "file system", f"{where} is on a network file system ({kind}): SQLite's locks do not hold there.", to_do
        )
    return ok("file system", f"{where} is on {kind or 'a file system of unknown kind'}.")


def _kind_of(path: Path, mounts: Path) -> str:
    """Return the kind of file system that a path is on, by proc_pid_mountinfo(5); empty where it is not known."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for fields, rest in (line.split(" - ", 1) for line in lines if " - " in line):
        point = fields.split()[4].encode().decode("unicode_escape")
        is_above = path == Path(point) or Path(point) in path.parents
        if is_above and len(point) >= len(best):  # of two at one place the later one hides the other
            best, kind = point, rest.split()[0]
    return kind


def existing_parent(path: Path) -> Path:
    """Return the path itself, or the nearest folder above it that is there."""
    for each in (path.absolute(), *path.absolute().parents):
        if each.exists():
            return each
    return Path("/")
