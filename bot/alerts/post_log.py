"""Remembering public posts that people asked for: answers and briefings, so that corrections can follow them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.alerts import posts
from bot.alerts.posts import PublicPost
from bot.errors import BriefingBotError

if TYPE_CHECKING:
    from bot.alerts.corrections import Corrections
    from bot.clock import Clock
    from bot.content.models import Content, Fact
    from bot.messages import ChannelRef, Posted, Poster, Reply, Subject
    from bot.store.database import Database

_log = structlog.stdlib.get_logger(__name__)


class PostLog:
    """Remembers which post shows which fact at which wording."""

    def __init__(self, database: Database, corrections: Corrections, clock: Clock) -> None:
        """`corrections` puts a post right that is stale already when it is remembered."""
        self._database = database
        self._corrections = corrections
        self._clock = clock

    async def record(
        self, reply: Reply, place: ChannelRef, posted: Posted, *, thread: str = "", posted_by: Poster | None = None
    ) -> None:
        """Remember that a reply was posted; when the database fails, the post stands and the log is told."""
        if reply.subject is None:
            return
        try:
            await self._keep(reply, reply.subject, place, posted, thread=thread, posted_by=posted_by)
        except Exception as error:  # noqa: BLE001 — the post stands, whatever happens here: its poster is told so
            _log.error("corrections will not follow a post", exc_info=error)

    async def _keep(  # noqa: PLR0913 — the same as above
        self,
        reply: Reply,
        subject: Subject,
        place: ChannelRef,
        posted: Posted,
        *,
        thread: str,
        posted_by: Poster | None,
    ) -> None:
        content = await self._content(reply.revision)
        post = PublicPost(
            place,
            posted.ts,
            reply.outcome.value,
            reply.markdown,
            posts.fact_digests(facts_of(subject, content)),
            self._clock.now(),
            thread=thread,
            buttons=posted.buttons,
            parts=posted.parts,
            answers=subject.facts if subject.leading == 1 else (),
            posted_by=f"Posted by {posted_by.name}." if posted_by else "",
        )
        async with self._database.transaction() as connection:
            await self._corrections.posted(connection, post, reply.revision)

    async def gone(self, place: ChannelRef, ts: str) -> None:
        """Remember that a post was taken away."""
        try:
            async with self._database.transaction() as connection:
                await posts.gone(connection, place, ts)
        except BriefingBotError as error:
            _log.warning("a removed post is still remembered", reason=error.message)

    async def _content(self, revision: int) -> Content:
        latest = await self._database.latest()
        if latest.number != revision and (older := await self._database.revision(revision)) is not None:
            return older.content
        return latest.content


def facts_of(subject: Subject, content: Content) -> tuple[Fact, ...]:
    """Return the facts that a subject shows."""
    if subject.area:
        return content.printed_facts(subject.area, long=subject.is_long)
    return tuple(content.facts[each] for each in subject.facts if each in content.facts)
