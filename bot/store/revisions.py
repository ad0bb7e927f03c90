"""Revisions and their changes, read and written on a connection that is within a transaction."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, false, func, insert, or_, select, text

from bot.content.turns import in_thread
from bot.store.revision import Change, ChangeKind, Recorded, Revision
from bot.store.serialization import content_from_json, fact_from_json, fact_to_json
from bot.store.tables import changes, revisions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

LONGEST_LIST = 500
"""The most changes that are read at once."""


async def lock_publishing(connection: AsyncConnection) -> None:
    """Let one transaction publish at a time; on SQLite writers are serialised anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("LOCK TABLE revisions IN EXCLUSIVE MODE"))


async def hold_off_publishing(connection: AsyncConnection) -> None:
    """Let no revision be published until this transaction ends; several transactions can do so at once."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("LOCK TABLE revisions IN ROW SHARE MODE"))


async def newest_number(connection: AsyncConnection) -> int:
    """Return the newest revision's number; 0 when nothing is published."""
    return await connection.scalar(select(func.max(revisions.c.number))) or 0


async def newest_hash(connection: AsyncConnection) -> tuple[int, str]:
    """Return the newest revision's number and its content's hash; 0 and nothing when nothing is published."""
    query = select(revisions.c.number, revisions.c.content_hash).order_by(revisions.c.number.desc()).limit(1)
    row = (await connection.execute(query)).first()
    return (row.number, row.content_hash) if row else (0, "")


async def first_published_at(connection: AsyncConnection) -> datetime | None:
    """Return when the first revision was published, if any was."""
    return await connection.scalar(select(revisions.c.published_at).order_by(revisions.c.number).limit(1))


async def last_change_at(connection: AsyncConnection, number: int) -> datetime | None:
    """Return when the newest revision up to `number` that changed a fact was published; None when none did."""
    changed = select(func.max(changes.c.revision)).where(changes.c.revision <= number)
    newest = revisions.c.number == changed.scalar_subquery()
    return await connection.scalar(select(revisions.c.published_at).where(newest))


async def read_revision(connection: AsyncConnection, number: int) -> Revision | None:
    """Return a revision, if there is one of that number. Raises ValueError for content of another version."""
    row = (await connection.execute(select(revisions).where(revisions.c.number == number))).first()
    if row is None:
        return None
    content = await in_thread(partial(content_from_json, row.content))
    return Revision(row.number, content, row.published_at, row.note, row.author, row.commit)


async def insert_revision(
    connection: AsyncConnection, revision: Revision, content: str, content_hash: str, found: Sequence[Change]
) -> None:
    """Write a revision and what it changes; `content` is the revision's, as an Encoder writes it."""
    await connection.execute(
        insert(revisions).values(
            number=revision.number,
            published_at=revision.published_at,
            content_hash=content_hash,
            content=content,
            note=revision.note,
            author=revision.author,
            commit=revision.commit,
        )
    )
    if found:
        await connection.execute(insert(changes), [_row(change, revision.number) for change in found])


async def read_changes(
    connection: AsyncConnection,
    *,
    area: str | None = None,
    since: datetime | None = None,
    fact_id: str | None = None,
    revision: int | None = None,
) -> list[Recorded]:
    """Return changes, newest revision first, at most LONGEST_LIST."""
    query = _all_changes()
    if area is not None:
        query = query.where(_touches(area))
    if since is not None:
        query = query.where(revisions.c.published_at >= since)
    if fact_id is not None:
        query = query.where(changes.c.fact_id == fact_id)
    if revision is not None:
        query = query.where(changes.c.revision == revision)
    return [_recorded(row) for row in await connection.execute(query.limit(LONGEST_LIST))]


async def changed_since(
    connection: AsyncConnection, areas: Iterable[str] | None, revision: int, until: int | None = None
) -> tuple[Recorded, ...]:
    """Return every change that revisions after `revision` made to these areas (None: to any), the oldest first.

    `until` is the last revision that counts; without it, the newest.
    """
    wanted = None if areas is None else tuple(areas)
    query = _all_changes().where(changes.c.revision > revision)
    if until is not None:
        query = query.where(changes.c.revision <= until)
    if wanted is not None:
        query = query.where(or_(false(), *map(_touches, wanted)))
    query = query.order_by(None).order_by(changes.c.revision, changes.c.position)
    return tuple(_recorded(row) for row in await connection.execute(query))


async def last_changes(connection: AsyncConnection, number: int) -> dict[str, tuple[Recorded, ...]]:
    """Return, by area, the changes of the newest revision up to `number` that changed facts there."""
    areas = cast(changes.c.areas, Text)
    ranked = select(areas, func.max(changes.c.revision)).where(changes.c.revision <= number).group_by(areas)
    newest: dict[str, int] = {}
    for row in await connection.execute(ranked):
        for area in json.loads(row[0]):
            newest[area] = max(row[1], newest.get(area, 0))
    query = _all_changes().where(changes.c.revision.in_(set(newest.values())))
    found = [_recorded(row) for row in await connection.execute(query)]
    return {
        area: tuple(each for each in found if each.revision == revision and area in each.change.areas)
        for area, revision in newest.items()
    }


def _touches(area: str) -> ColumnElement[bool]:
    """Say in SQL that a change concerns an area: keys are small letters, digits and hyphens, and stand in quotes."""
    return cast(changes.c.areas, Text).contains(f'"{area}"')


def _all_changes() -> Select[Any]:
    query = select(changes, revisions.c.published_at, revisions.c.note)
    return query.join(revisions, revisions.c.number == changes.c.revision).order_by(
        changes.c.revision.desc(), changes.c.position
    )


def _row(change: Change, revision: int) -> dict[str, Any]:
    return {
        "revision": revision,
        "fact_id": change.fact_id,
        "kind": change.kind.value,
        "areas": list(change.areas),
        "before": fact_to_json(change.before) if change.before else None,
        "after": fact_to_json(change.after) if change.after else None,
        "position": change.position,
    }


def _recorded(row: Row[Any]) -> Recorded:
    change = Change(
        row.fact_id,
        ChangeKind(row.kind),
        tuple(row.areas),
        fact_from_json(row.before) if row.before else None,
        fact_from_json(row.after) if row.after else None,
        row.position,
    )
    return Recorded(change, row.revision, row.published_at, row.note)
