"""A snapshot of the shipped content, without a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from bot.answers.snapshot import RevisionSnapshot
from bot.store.revision import Revision
from tests.support.newsroom import shipped

if TYPE_CHECKING:
    from bot.content.models import Fact


@cache
def snapshot_of(*facts: Fact) -> RevisionSnapshot:
    """Return revision 7: the shipped content, with these facts in the place of those of the same id."""
    content = shipped()
    changed = replace(content, facts={**content.facts, **{fact.id: fact for fact in facts}})
    published_at = datetime(2026, 11, 3, 9, tzinfo=UTC)
    return RevisionSnapshot.of(Revision(7, changed, published_at), None, {}, published_at.date())
