"""What public posts show, and which were removed, so that corrections follow those that stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.alerts import posts
from bot.outbox.enqueuing import cancel_replies
from bot.store.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.content.models import Content, Fact
    from bot.messages import ChannelRef, Reply, Subject
    from bot.store.database import Database

_log = structlog.stdlib.get_logger(__name__)


class PostLog:
    """Takes posts back: what is not sent of them is cancelled, and corrections follow them no longer."""

    def __init__(self, database: Database) -> None:
        """`database` has the posts."""
        self._database = database

    async def begin_removal(self, place: ChannelRef, ts: str) -> tuple[str, ...]:
        """Cancel those of a post's messages that are not sent yet; return the ts of the later ones that are.

        Raises StoreError.
        """
        async with self._database.transaction() as connection:
            await cancel_replies(connection, place, ts)
            return await posts.parts_of(connection, place, ts)

    async def removed(self, place: ChannelRef, ts: str) -> None:
        """Record that a post was removed."""
        try:
            async with self._database.transaction() as connection:
                await posts.gone(connection, place, ts)
        except StoreError as error:
            _log.warning("post.removal_not_recorded", reason=error.message)


async def digests_of(database: Database, reply: Reply) -> dict[str, str]:
    """Return the digest of each fact that a reply shows, as its revision has it."""
    if reply.subject is None:
        return {}
    revision = await database.latest()
    if revision.number != reply.revision:
        revision = await database.revision(reply.revision) or revision
    return posts.fact_digests(facts_of(reply.subject, revision.content))


async def digests_within(connection: AsyncConnection, database: Database, reply: Reply) -> dict[str, str]:
    """Return the same as `digests_of`, read in a transaction that is under way. Raises StoreError."""
    if reply.subject is None:
        return {}
    revision = await database.revision_within(connection, reply.revision) or database.known
    return posts.fact_digests(facts_of(reply.subject, revision.content)) if revision else {}


def facts_of(subject: Subject, content: Content) -> tuple[Fact, ...]:
    """Return the facts that a subject shows."""
    if subject.area:
        return content.printed_facts(subject.area, long=subject.is_long)
    return tuple(content.facts[each] for each in subject.facts if each in content.facts)
