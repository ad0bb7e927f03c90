"""Public posts that corrections track: the facts each shows, with a digest of the wording shown.

Functions take a connection and belong to the caller's transaction. Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 — pydantic resolves it
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2s
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Text, cast, insert, or_, select, update

from bot.actions import Button  # noqa: TC001 — pydantic reads the annotation
from bot.changes.detect import seen
from bot.messages import ChannelRef
from bot.store.tables import posts as table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.content.models import Fact

TRACKED_FOR: Final = timedelta(days=90)
"""How long corrections edit a post after it was posted."""


class PostState(StrEnum):
    """State of a post: as posted, edited by a correction, or gone (deleted, or no longer editable)."""

    STANDING = "standing"
    EDITED = "edited"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class PublicPost:
    """A post that everybody in a channel sees.

    `fact_digests` has the digest of each shown fact's wording, by the fact's id. `kind` is an answer, a briefing, or a
    delivery's kind. `markdown` and `buttons` are the original text, without the `banners` that corrections have put
    above it, newest first. `rendered_changes` has, by the fact's id, the part of the Markdown that reports its change.
    `answers` are the facts of an answer, the best first. `thread` is the ts of its thread, empty outside one. `parts`
    are the ts of its later messages, empty for one that never arrived.
    """

    place: ChannelRef
    ts: str
    kind: str
    markdown: str
    fact_digests: Mapping[str, str]
    posted_at: datetime
    thread: str = ""
    buttons: tuple[Button, ...] = ()
    answers: tuple[str, ...] = ()
    posted_by: str = ""
    banners: tuple[str, ...] = ()
    rendered_changes: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()


_POST = TypeAdapter(PublicPost)
_COLUMNS = {"place", "ts", "kind", "fact_digests", "posted_at"}
"""Fields with columns of their own; the payload has the others."""


def digest(fact: Fact) -> str:
    """Return a digest of a fact as readers see it: its words and its certainty."""
    return blake2s("\0".join(seen(fact)).encode(), digest_size=8).hexdigest()


def fact_digests(facts: Iterable[Fact]) -> dict[str, str]:
    """Return the digest of each fact's wording, by its id."""
    return {fact.id: digest(fact) for fact in facts}


async def record(connection: AsyncConnection, post: PublicPost) -> None:
    """Record a new post."""
    await connection.execute(
        insert(table).values(
            team=post.place.team,
            channel=post.place.channel,
            ts=post.ts,
            kind=post.kind,
            fact_digests=dict(post.fact_digests),
            payload=_payload(post),
            posted_at=post.posted_at,
            state=PostState.STANDING.value,
        )
    )


async def edited(connection: AsyncConnection, post: PublicPost) -> None:
    """Save the text of a post that a correction edits."""
    values = {"fact_digests": dict(post.fact_digests), "payload": _payload(post), "state": PostState.EDITED.value}
    await connection.execute(update(table).where(*_of(post.place, post.ts)).values(**values))


async def continued(
    connection: AsyncConnection, place: ChannelRef, ts: str, part: int, part_ts: str
) -> PublicPost | None:
    """Record the ts of a post's later message, counted from 1; return the post, if it is tracked."""
    row = (await connection.execute(select(table).where(*_of(place, ts)).with_for_update())).first()
    if row is None or row.state == PostState.GONE.value:
        return None
    post = _read(row)
    parts = [*post.parts, *[""] * (part - len(post.parts))]
    parts[part - 1] = part_ts
    post = replace(post, parts=tuple(parts))
    await connection.execute(update(table).where(*_of(place, ts)).values(payload=_payload(post)))
    return post


async def at(connection: AsyncConnection, place: ChannelRef, ts: str) -> PublicPost | None:
    """Return a post by its ts; None for one that is not followed."""
    row = (await connection.execute(select(table).where(*_of(place, ts)))).first()
    return _read(row) if row else None


async def parts_of(connection: AsyncConnection, place: ChannelRef, ts: str) -> tuple[str, ...]:
    """Return the ts of a post's later messages; none for a post that is not followed."""
    post = await at(connection, place, ts)
    return tuple(part for part in post.parts if part) if post else ()


async def gone(connection: AsyncConnection, place: ChannelRef, ts: str) -> None:
    """Record that a post was deleted or can no longer be edited: corrections skip it."""
    await connection.execute(update(table).where(*_of(place, ts)).values(state=PostState.GONE.value))


async def found_again(connection: AsyncConnection, place: ChannelRef, ts: str) -> None:
    """Record that a post marked as gone could be edited after all: corrections track it again."""
    was_gone = (*_of(place, ts), table.c.state == PostState.GONE.value)
    await connection.execute(update(table).where(*was_gone).values(state=PostState.EDITED.value))


async def showing(connection: AsyncConnection, facts: Iterable[str], since: datetime) -> tuple[PublicPost, ...]:
    """Return the posts since `since` that show one of these facts and can be edited, oldest first."""
    wanted = set(facts)
    if not wanted:
        return ()
    digests = cast(table.c.fact_digests, Text)
    names = or_(*(digests.contains(f'"{fact_id}"', autoescape=True) for fact_id in sorted(wanted)))
    query = select(table).where(table.c.posted_at >= since, table.c.state != PostState.GONE.value, names)
    rows = await connection.execute(query.order_by(table.c.posted_at, table.c.ts))
    return tuple(post for post in map(_read, rows) if wanted.intersection(post.fact_digests))


async def reported(connection: AsyncConnection, place: ChannelRef, since: datetime) -> Mapping[str, frozenset[str]]:
    """Return the changes that posts in a channel have reported since a moment: digests of the wordings, by fact."""
    here = table.c.team == place.team, table.c.channel == place.channel, table.c.posted_at >= since
    found: dict[str, frozenset[str]] = {}
    for row in await connection.execute(select(table).where(*here, table.c.state != PostState.GONE.value)):
        post = _read(row)
        for fact_id in post.rendered_changes.keys() & post.fact_digests.keys():
            found[fact_id] = found.get(fact_id, frozenset()) | {post.fact_digests[fact_id]}
    return found


def _of(place: ChannelRef, ts: str) -> tuple[Any, ...]:
    return table.c.team == place.team, table.c.channel == place.channel, table.c.ts == ts


def _payload(post: PublicPost) -> dict[str, Any]:
    payload: dict[str, Any] = _POST.dump_python(post, mode="json", exclude=_COLUMNS)
    return payload


def _read(row: Row[Any]) -> PublicPost:
    columns = {name: getattr(row, name) for name in ("ts", "kind", "fact_digests", "posted_at")}
    return _POST.validate_python({**row.payload, **columns, "place": ChannelRef(row.team, row.channel)})
