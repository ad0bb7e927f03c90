"""Posting at once, by a person's own press; what nobody waits for goes through the ledger (bot/delivery.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.delivery import Button
    from bot.reply import Link, Subject


@dataclass(frozen=True, slots=True)
class Poster:
    """Who had something posted: their user id, and the name that readers see."""

    user: str
    name: str


@dataclass(frozen=True, slots=True)
class Post:
    """A public message to be: Markdown as rendered, who had it posted, and what it shows, to find it again.

    `has_more` says that a longer form of the subject exists, to be offered below; `links` lead to its sources.
    """

    channel: str
    markdown: str
    posted_by: Poster | None = None
    subject: Subject | None = None
    has_more: bool = False
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that stands in a channel; `ts` is its id there, `buttons` are those below it.

    A text too long for one message goes on in others: `parts` are their ts, and their buttons are among `buttons`.
    """

    channel: str
    ts: str
    buttons: tuple[Button, ...] = ()
    parts: tuple[str, ...] = ()

    @classmethod
    def of(cls, messages: Sequence[Posted]) -> Posted:
        """Return the messages of one text, in order, as one post."""
        first, *rest = messages
        buttons = tuple(button for each in messages for button in each.buttons)
        return cls(first.channel, first.ts, buttons, tuple(each.ts for each in rest))


class Messenger(Protocol):
    """Puts posts into channels."""

    async def post(self, post: Post) -> Posted:
        """Post it, once. Raises DeliveryError when it is refused."""
        ...

    async def remove(self, posted: Posted) -> None:
        """Take a post away again. Raises DeliveryError when it is refused."""
        ...
