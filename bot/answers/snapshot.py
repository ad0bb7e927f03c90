"""What answers: everything that is made once from a revision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bot.content.render import Renderer
from bot.lookup.answer import Lookup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.content.models import Content
    from bot.messages import Reply
    from bot.store.revision import Revision


@dataclass(frozen=True, slots=True)
class RevisionSnapshot:
    """All that is made once from a revision: compiled templates and the look-up's index."""

    revision: Revision
    renderer: Renderer
    lookup: Lookup
    answers: dict[tuple[str, ...], Reply] = field(default_factory=dict)
    """Replies by the facts they show: askers ask for the same few."""

    @classmethod
    def of(
        cls, revision: Revision, before: RevisionSnapshot | None, last_changes: Mapping[str, Sequence[str]]
    ) -> RevisionSnapshot:
        """Compile and index a revision; only facts that changed since `before` are indexed anew.

        `last_changes` are what briefings say of their last change, by area, as lines of plain text.
        """
        content = revision.content
        renderer = Renderer(content, last_changes=last_changes)
        return cls(revision, renderer, before.lookup.refreshed(content) if before else Lookup(content))

    @property
    def content(self) -> Content:
        """What is known in this revision."""
        return self.revision.content


class Snapshots(Protocol):
    """Who has the newest snapshot: the Bot."""

    async def snapshot(self) -> RevisionSnapshot:
        """Return what answers now; the first asker waits for it to be made. Raises NothingPublishedError."""
        ...
