"""The shipped content as something that answers, without a store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.answers.snapshot import RevisionSnapshot
from bot.store.revision import Revision
from tests.support.newsroom import shipped

if TYPE_CHECKING:
    from bot.content.models import Fact


@dataclass
class OneEdition:
    """Always answers from the same content."""

    made: RevisionSnapshot

    @classmethod
    def of(cls, *facts: Fact) -> OneEdition:
        """Take the shipped content, with these facts in the place of those of the same id."""
        content = shipped()
        changed = replace(content, facts={**content.facts, **{fact.id: fact for fact in facts}})
        return cls(RevisionSnapshot.of(Revision(7, changed, datetime(2026, 11, 3, 9, tzinfo=UTC)), None, {}))

    async def snapshot(self) -> RevisionSnapshot:
        """Return it."""
        return self.made
