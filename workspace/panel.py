"""The app's operator panel: what `try` tells the page about the app from the inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class Panel(Protocol):
    """Answers the page's questions about the app; a workspace on its own has none."""

    def faults(self) -> Sequence[str]:
        """Return what keeps the app's content from being published now, a plain sentence for each fault."""
        ...

    def warnings(self) -> Sequence[str]:
        """Return what to look at in the content that is published, a plain sentence each."""
        ...

    def next_due(self) -> datetime | None:
        """Return when the app's next scheduled post is due (aware), or None when none is planned."""
        ...

    def last_run(self) -> str:
        """Return a plain sentence on the app's last scheduled run, or an empty string."""
        ...
