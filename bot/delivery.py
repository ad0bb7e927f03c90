"""Posting to channels: what the bot needs of a messenger, without knowing which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.reply import Subject


@dataclass(frozen=True, slots=True)
class Poster:
    """Who had something posted: their user id, and the name that readers see."""

    user: str
    name: str


@dataclass(frozen=True, slots=True)
class Post:
    """A public message to be: Markdown as rendered, who had it posted, and what it shows, to find it again.

    `has_more` says that a longer form of the subject exists, to be offered below.
    """

    channel: str
    markdown: str
    posted_by: Poster | None = None
    subject: Subject | None = None
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that stands in a channel; `ts` is its id there."""

    channel: str
    ts: str


class Messenger(Protocol):
    """Puts posts into channels."""

    async def post(self, post: Post) -> Posted:
        """Post it, once. Raises DeliveryError when it is refused."""
        ...

    async def remove(self, posted: Posted) -> None:
        """Take a post away again. Raises DeliveryError when it is refused."""
        ...
