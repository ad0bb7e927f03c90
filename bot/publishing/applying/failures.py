"""Why git could not write, in words for an approver."""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass
from typing import Final

from bot.logging import redacted
from bot.publishing.applying.protocol import ApplyError
from bot.publishing.git_command import reason
from bot.text import sentence

_AGAIN: Final = "It is tried again by itself."
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class _GitFailure:
    """A kind of failure: its signs in git's words, what is said of it, and whether trying again may help."""

    signs: re.Pattern[str]
    message: str
    hint: str
    is_temporary: bool = False


_PROTECTED: Final = _GitFailure(
    re.compile(r"protected branch|GH006|GH013|create protected|repository rule", re.IGNORECASE),
    "The repository protects branches named proposal/…: the bot may not push there.",
    "Let the bot's key push to proposal/*, then try again.",
)
_FULL: Final = _GitFailure(
    re.compile(r"No space left on device|quota exceeded", re.IGNORECASE),
    "A disk is full: the bot's own, or the repository's.",
    f"Make room. {_AGAIN}",
    is_temporary=True,
)
_NO_RIGHTS: Final = _GitFailure(
    re.compile(
        r"could not read Username|Authentication failed|Permission denied|permission to .* denied|\b40[13]\b|"
        r"read[- ]only|not allowed to (?:push|upload)|access denied|insufficient permission|unable to (?:write|create)|"
        r"deploy key|insufficient scope",
        re.IGNORECASE,
    ),
    "The bot may not push to the repository.",
    "Give its key or token in CONTENT_GIT_URL the right to write, then try again.",
)
_AWAY: Final = _GitFailure(
    re.compile(
        r"Could not resolve host|unable to access|Connection (?:refused|reset|timed out)|timed? ?out|too long|"
        r"Could not read from remote|remote end hung up|early EOF|Another process uses|\b50\d\b",
        re.IGNORECASE,
    ),
    "The repository cannot be reached.",
    _AGAIN,
    is_temporary=True,
)
_RACE: Final = re.compile(r"non-fast-forward|fetch first|already exists|cannot lock ref|incorrect old value|stale info")
_REMOTE: Final = re.compile(r"^remote: ?(.*?)\s*$", re.MULTILINE)
_REFUSED: Final = re.compile(r"! \[(?:remote )?rejected\].*\((.*)\)")


class PushRaceError(ApplyError):
    """The branch appeared between the look and the push."""


def push_failure(said: str) -> ApplyError:
    """Return why a push failed, from all that git said."""
    if _RACE.search(said):
        return PushRaceError("Somebody pushed the same branch at this moment.", _AGAIN, is_temporary=True)
    kind = next((each for each in (_PROTECTED, _FULL, _NO_RIGHTS, _AWAY) if each.signs.search(said)), None)
    if "hook declined" in said and kind is not _PROTECTED:
        words = redacted(" ".join(line for line in _REMOTE.findall(said) if line))[:_LONGEST]
        message = f"The repository refused the branch: {words or 'a hook of its own declined it, without a reason'}"
        return ApplyError(sentence(message), "Ask who keeps the repository; then try again.")
    if kind is not None:
        return ApplyError(kind.message, kind.hint, is_temporary=kind.is_temporary)
    refused = _REFUSED.search(said)
    why = redacted(refused[1]) if refused else reason(said)
    return ApplyError(sentence(f"Git could not push the branch: {why}"), "Put that right, then try again.")


def read_failure(message: str) -> ApplyError:
    """Return why a repository could not be read, from git's error."""
    if _NO_RIGHTS.signs.search(message):
        hint = "Give its key or token in CONTENT_GIT_URL the right to read and write, then try again."
        return ApplyError(message, hint)
    is_temporary = any(kind.signs.search(message) for kind in (_FULL, _AWAY))
    return ApplyError(message, _AGAIN if is_temporary else "", is_temporary=is_temporary)


def disk_failure(error: OSError, place: str) -> ApplyError:
    """Return why a place on the bot's own disk could not be written; `place` as in “the content folder”."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return ApplyError(f"The disk of {place} is full.", f"Make room. {_AGAIN}", is_temporary=True)
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return ApplyError(f"The bot may not write to {place}.", "Let the bot's user write to it, then try again.")
    return ApplyError(f"{place[0].upper()}{place[1:]} cannot be written: {error.strerror}.", _AGAIN, is_temporary=True)
