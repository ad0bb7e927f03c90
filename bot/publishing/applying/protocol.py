"""Protocol of what applies an approved change, and its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from bot.errors import BriefingBotError

if TYPE_CHECKING:
    from bot.content.editing.changes import ContentChange


NOT_PUBLISHED: Final = "It is written, and not published:"
"""What begins the sentence on a change that is in the content folder, where publishing it failed or is held."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who proposed or approved: a Slack user id, or `cli:` and a login, and the name that others see."""

    user: str
    name: str


@dataclass(frozen=True, slots=True)
class ApprovedChange:
    """A change that was approved. `id` is the proposal's, `why` its reason in plain words (may be empty)."""

    id: str
    change: ContentChange
    why: str
    proposer: Signature
    approver: Signature


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a change: `where` it is now, as a sentence for people.

    `link` opens the pull request, or is empty. `patch` is for `git apply`, where nothing was written.
    """

    where: str
    link: str = ""
    patch: str = ""


class ApplyError(BriefingBotError):
    """A change could not be applied, in words for an approver; the proposal stays approved.

    `is_temporary`: trying again by itself may help. Else somebody has to do something first.
    """

    def __init__(self, message: str, hint: str = "", *, is_temporary: bool = False) -> None:
        """Add whether to try again."""
        super().__init__(message, hint)
        self.is_temporary = is_temporary


class Apply(Protocol):
    """Applies approved changes, one at a time."""

    async def apply(self, approved: ApprovedChange) -> Applied:
        """Apply a change once, however often it is called with the same id.

        Raises EditConflictError where the fact was changed meanwhile, EditError where the files cannot be edited, and
        ApplyError.
        """
        ...
