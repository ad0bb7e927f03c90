"""Who observes publishing: counts what came of each folder, and traces how long it took."""

from __future__ import annotations

from contextlib import nullcontext
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from bot.content.faults import Fault


class Result(StrEnum):
    """Outcome of a publication; `faulty`: the folder has errors, `failed`: git or the database could not be used."""

    BASELINE = "baseline"
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    HELD = "held"
    FAULTY = "faulty"
    FAILED = "failed"


class PublishingObserver(Protocol):
    """Observes publishing; neither method raises."""

    def publishing(self) -> AbstractContextManager[object]:
        """Return what lasts as long as the publication of a folder."""
        ...

    def published(self, result: str, faults: Sequence[Fault]) -> None:
        """Take note of what came of a folder, a `Result`, and of its faults."""
        ...


class _Nobody:
    def publishing(self) -> AbstractContextManager[object]:
        return nullcontext()

    def published(self, result: str, faults: Sequence[Fault]) -> None:
        pass


NOBODY: Final[PublishingObserver] = _Nobody()
