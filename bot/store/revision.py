"""Revisions of the content, and the store that says which one is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from bot.content.models import Content


@dataclass(frozen=True, slots=True)
class Revision:
    """Content as published: `number` counts from 1, `published_at` is aware UTC."""

    number: int
    content: Content
    published_at: datetime


class Store(Protocol):
    """Keeps the revisions."""

    async def latest(self) -> Revision:
        """Return the newest published revision."""
        ...

    async def publish(self, content: Content, published_at: datetime) -> Revision:
        """Make `content` the newest revision and return it; the same content again returns the one that stands."""
        ...


class MemoryStore:
    """A store that lives as long as its process: the content loaded at start, and on change, is the revision."""

    def __init__(self, content: Content, published_at: datetime) -> None:
        """Begin with `content` as revision 1."""
        self._latest = Revision(1, content, published_at)

    async def latest(self) -> Revision:
        """Return the newest published revision."""
        return self._latest

    async def publish(self, content: Content, published_at: datetime) -> Revision:
        """Make `content` the newest revision and return it; the same content again returns the one that stands."""
        if content != self._latest.content:
            self._latest = Revision(self._latest.number + 1, content, published_at)
        return self._latest
