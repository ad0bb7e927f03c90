"""The workspaces that installed the app: since when, whether they have removed it, and from when on they are erased.

A workspace's row is raised to a new revision with each change of it or of its tokens, so that every process notices.
Times are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, or_, select, update

from bot.store.engine import insert_into
from bot.store.installation_tables import installed_workspaces as table
from bot.store.installation_tables import slack_bots, slack_installations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

REFRESH_LEASE: Final = timedelta(minutes=1)
"""How long a process has to refresh a workspace's tokens before another one may try."""
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class InstalledWorkspace:
    """A workspace (T…) that installed the app, or an organisation (E…) that did so for all of its workspaces.

    `is_covered`: it has no tokens of its own, but those of its organisation, `enterprise`.
    """

    workspace: str
    enterprise: str
    name: str
    is_covered: bool
    installed_at: datetime
    removed_at: datetime | None
    erase_after: datetime | None
    revision: int

    @property
    def is_organisation(self) -> bool:
        """Whether it is an organisation as a whole; their ids begin with E."""
        return self.workspace.startswith("E")


async def all_workspaces(connection: AsyncConnection) -> list[InstalledWorkspace]:
    """Return every one, also those that have removed the app, by id."""
    columns = (table.c[name] for name in InstalledWorkspace.__slots__)
    return [InstalledWorkspace(*row) for row in await connection.execute(select(*columns).order_by(table.c.workspace))]


async def removed(connection: AsyncConnection) -> set[str]:
    """Return the ids of those that have removed the app."""
    return set(await connection.scalars(select(table.c.workspace).where(table.c.removed_at.is_not(None))))


async def install(  # noqa: PLR0913 — the columns of a row
    connection: AsyncConnection,
    workspace: str,
    now: datetime,
    *,
    enterprise: str = "",
    name: str = "",
    is_covered: bool = False,
) -> None:
    """Store that a workspace has the app as of now: nothing of it is erased any more."""
    row = {"enterprise": enterprise, "name": name[:_LONGEST_NAME], "is_covered": is_covered, "installed_at": now}
    back = {**row, "removed_at": None, "erase_after": None, "revision": table.c.revision + 1}
    adding = insert_into(connection, table).values(workspace=workspace, revision=1, **row)
    await connection.execute(adding.on_conflict_do_update(index_elements=[table.c.workspace], set_=back))


async def remove(
    connection: AsyncConnection, workspace: str, now: datetime, happened_at: datetime, erase_after_days: int
) -> Sequence[str]:
    """Store that a workspace has removed the app, erase its tokens, and return the workspaces that lost it by that.

    Nothing is done about what `happened_at` before the newest installation: Slack repeats events for an hour. With no
    days to wait, nothing is erased but the tokens.
    """
    known = (await connection.execute(select(table).where(table.c.workspace == workspace))).one_or_none()
    if known and (known.removed_at or happened_at < known.installed_at.replace(microsecond=0)):
        return ()
    erase_after = now + timedelta(days=erase_after_days) if erase_after_days else None
    gone = {"removed_at": now, "erase_after": erase_after, "refreshing_until": None}
    if known is None:
        row = {"workspace": workspace, "enterprise": "", "name": "", "is_covered": False, "installed_at": happened_at}
        await connection.execute(table.insert().values(revision=1, **row, **gone))
        return (workspace,)
    its_own = table.c.workspace == workspace
    if workspace.startswith("E"):
        its_own = or_(its_own, (table.c.enterprise == workspace) & table.c.is_covered)
    query = update(table).where(its_own, table.c.removed_at.is_(None)).values(**gone, revision=table.c.revision + 1)
    lost = sorted(await connection.scalars(query.returning(table.c.workspace)))
    await forget_tokens(connection, workspace)
    return tuple(lost)


async def forget_tokens(connection: AsyncConnection, workspace: str) -> None:
    """Erase the tokens of a workspace, or of an organisation as a whole."""
    for tokens in (slack_bots, slack_installations):
        await connection.execute(delete(tokens).where(is_token_of(tokens, workspace)))


def is_token_of(tokens: Table, workspace: str) -> ColumnElement[bool]:
    """Return which rows of a table of tokens are a workspace's, or an organisation's as a whole."""
    if workspace.startswith("E"):
        return (tokens.c.enterprise_id == workspace) & tokens.c.is_enterprise_install
    return tokens.c.team_id == workspace


async def lease(connection: AsyncConnection, workspace: str, revision: int, now: datetime) -> bool:
    """Whether this process may refresh the tokens that a revision has: one may, until REFRESH_LEASE is over."""
    query = update(table).where(
        table.c.workspace == workspace,
        table.c.revision == revision,
        table.c.removed_at.is_(None),
        or_(table.c.refreshing_until.is_(None), table.c.refreshing_until < now),
    )
    taken = await connection.execute(query.values(refreshing_until=now + REFRESH_LEASE))
    return taken.rowcount == 1


async def refreshed(connection: AsyncConnection, workspace: str, revision: int) -> bool:
    """Store that the tokens of a revision were refreshed; False where the workspace has removed the app meanwhile."""
    query = update(table).where(
        table.c.workspace == workspace, table.c.revision == revision, table.c.removed_at.is_(None)
    )
    done = await connection.execute(query.values(refreshing_until=None, revision=table.c.revision + 1))
    return done.rowcount == 1


async def cover(
    connection: AsyncConnection, workspace: str, organisation: str, since: datetime, happened_at: datetime | None
) -> bool:
    """Store that a workspace has the app by its organisation, and erase its own tokens.

    Return False, and do nothing, for one that has removed the app, unless `happened_at` is later than that.
    """
    row = {"enterprise": organisation, "is_covered": True, "installed_at": since}
    back = {**row, "removed_at": None, "erase_after": None, "refreshing_until": None, "revision": table.c.revision + 1}
    has_it = table.c.removed_at.is_(None)
    may = has_it if happened_at is None else or_(has_it, table.c.removed_at < happened_at)
    adding = insert_into(connection, table).values(workspace=workspace, name="", revision=1, **row)
    adding = adding.on_conflict_do_update(index_elements=[table.c.workspace], set_=back, where=may)
    if await connection.scalar(adding.returning(table.c.workspace)) is None:
        return False
    await forget_tokens(connection, workspace)
    return True


async def bring_back(connection: AsyncConnection, organisation: str, now: datetime) -> Sequence[str]:
    """Give the workspaces of an organisation the app back with it, and return all that it covers."""
    is_its = (table.c.enterprise == organisation) & table.c.is_covered
    back = {"installed_at": now, "removed_at": None, "erase_after": None, "revision": table.c.revision + 1}
    await connection.execute(update(table).where(is_its, table.c.removed_at.is_not(None)).values(**back))
    return await covered(connection, organisation)


async def covered(connection: AsyncConnection, organisation: str) -> Sequence[str]:
    """Return the workspaces that have the app, or had it, by an organisation."""
    is_its = (table.c.enterprise == organisation) & table.c.is_covered
    return sorted(await connection.scalars(select(table.c.workspace).where(is_its)))
