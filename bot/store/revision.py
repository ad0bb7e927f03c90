"""Revisions, their changes, and the protocol of the store."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from bot.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.content.models import Content, DatedReason, Fact


class NothingPublishedError(OperatorError):
    """There is no revision yet, or none with this number."""

    for_members = "I have no facts to answer from yet. Try again in a few minutes."

    def __init__(self, number: int | None = None) -> None:
        """With `number`, that revision is missing; without, nothing is published."""
        if number is None:
            super().__init__("Nothing is published yet.", "Run: briefing-bot publish")
        else:
            super().__init__(f"There is no revision {number}.")


class ChangeKind(StrEnum):
    """Kind of a change. A withdrawn fact that is served again counts as added."""

    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    UPDATED = "updated"
    ADDED = "added"
    MOVED = "moved"

    @property
    def is_correction(self) -> bool:
        """Whether the earlier wording must no longer be relied on; such a change is never delayed."""
        return self in (ChangeKind.CORRECTED, ChangeKind.WITHDRAWN, ChangeKind.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Change:
    """What one revision did to one fact; silent changes have none.

    `before` is None for a new fact, `after` for one that is no longer in the files. `areas` are keys: the fact's
    folder first, then every area whose template prints it, as it was and as it is. `position` counts from 0 within the
    revision: corrections first, then in the order of the files.
    """

    fact_id: str
    kind: ChangeKind
    areas: tuple[str, ...]
    before: Fact | None
    after: Fact | None
    position: int

    @property
    def fact(self) -> Fact:
        """The fact as it is now; as it last was, if it is gone from the files."""
        fact = self.after or self.before
        if fact is None:
            raise ValueError(f"A change of nothing: {self.fact_id}")
        return fact

    @property
    def reason(self) -> DatedReason | None:
        """When and why, for a correction or a withdrawal, as the maintainer wrote it."""
        if self.kind is ChangeKind.CORRECTED:
            return self.fact.corrected
        return self.fact.withdrawn if self.kind is ChangeKind.WITHDRAWN else None

    @property
    def labels(self) -> tuple[str, str] | None:
        """How certain it was and how certain it is, as readers see it; None when that stayed the same."""
        if self.before is None or self.after is None or self.before.label == self.after.label:
            return None
        return self.before.label, self.after.label


@dataclass(frozen=True, slots=True)
class Revision:
    """Content as published: `number` counts from 1, `published_at` is aware UTC.

    `note` is the maintainer's word to readers; `author` and `commit` say where it came from, as far as that is known.
    """

    number: int
    content: Content
    published_at: datetime
    note: str | None = None
    author: str | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stored change, with the revision that made it."""

    change: Change
    revision: int
    published_at: datetime
    note: str | None = None


class Store(Protocol):
    """Stores revisions and their changes."""

    async def latest(self) -> Revision:
        """Return the newest published revision. Raises NothingPublishedError."""
        ...

    async def changes(self, *, area: str | None = None, since: datetime | None = None) -> Sequence[Recorded]:
        """Return the changes of an area (all without one) since a moment (aware UTC), newest revision first."""
        ...

    async def last_changes(self, number: int) -> Mapping[str, Sequence[Recorded]]:
        """Return, by area, the changes of the newest revision up to `number` that changed facts there."""
        ...

    async def history(self, fact_id: str) -> Sequence[Recorded]:
        """Return every change of a fact, newest first; none for a fact that never changed."""
        ...

    async def first_published_at(self) -> datetime:
        """Return when the first revision was published. Raises NothingPublishedError."""
        ...
