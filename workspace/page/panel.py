"""What the app's operator tells the workspace about itself, to be shown on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class Panel(Protocol):
    """All that the workspace ever learns of an app from within; a workspace that stands alone learns nothing."""

    def faults(self) -> Sequence[str]:
        """Return what is wrong with the app's content now, a plain sentence each."""
        ...

    def next_due(self) -> datetime | None:
        """Return when the app will next post of its own accord (aware), or None when nothing is planned."""
        ...

    def last_run(self) -> str:
        """Return a plain sentence on what the app last did of its own accord, or empty."""
        ...


class EmptyPanel:
    """The panel of an app that tells nothing."""

    def faults(self) -> Sequence[str]:
        """Return none."""
        return ()

    def next_due(self) -> datetime | None:
        """Return None."""
        return None

    def last_run(self) -> str:
        """Return nothing."""
        return ""
