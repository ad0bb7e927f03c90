"""Notices to operators: in MAINTAINERS_CHANNEL and in the log, each once."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import delete, select

from bot.logging import redacted
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.store.engine import insert_into
from bot.store.tables import operator_notices, workspaces
from bot.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.config.maintainers import Maintainers

MOST_LINES: Final = 10
MOST_KNOWN: Final = 100
"""Lines that are logged and remembered of one notice: a broken file may have a hundred thousand faults."""

_CODE: Final = re.compile(r"\\`((?:[^\\`]|\\[^`])+)\\`")
"""Words in backticks, after escaping."""
_PLAIN: Final = re.compile(r"[^<@&`\\]+")
"""What can stand in Markdown code as it is: no mention, no link, no HTML."""

_log = structlog.stdlib.get_logger(__name__)


class Operators:
    """Notifies operators of each line once. Methods take a connection and belong to the caller's transaction."""

    def __init__(self, maintainers: Maintainers, clock: Clock) -> None:
        """Without a channel of `maintainers` everything only goes to the log."""
        self.has_channel = bool(maintainers.channel)
        self._maintainers = maintainers
        self._clock = clock

    async def notify(self, connection: AsyncConnection, heading: str, lines: Sequence[str]) -> bool:
        """Send the lines (plain text) that are new, below a heading; return whether there were any.

        What has the shape of a secret is blotted out, as in the log. Of more than MOST_KNOWN lines the others are
        counted in a last one.
        """
        if len(lines) > MOST_KNOWN:
            lines = [*lines[:MOST_KNOWN], f"{len(lines) - MOST_KNOWN} more: briefing-bot check lists them all."]
        digests = {_digest(line): redacted(line) for line in lines}
        now = self._clock.now()
        added = await self._add(connection, digests, now)
        new = {digest: line for digest, line in digests.items() if digest in added}
        if not new:
            return False
        _log.warning("operators.notified", heading=heading, lines=list(new.values()))
        team, channel = await team_of_maintainers(connection, self._maintainers), self._maintainers.channel
        if channel and team:
            text = OutboxMessage(_markdown(heading, tuple(new.values())))
            await enqueue(connection, [Delivery(team, channel, DeliveryKind.ALERT, text)], now)
        return True

    async def remember(self, connection: AsyncConnection, line: str) -> None:
        """Remember a line as sent, without sending it, until it is forgotten."""
        await self._add(connection, [_digest(line)], self._clock.now())

    async def _add(self, connection: AsyncConnection, digests: Iterable[str], now: datetime) -> set[str]:
        """Store digests, and return those that were not known; of two processes at once only one adds a line."""
        rows = [{"digest": digest, "notified_at": now} for digest in sorted(digests)]
        if not rows:
            return set()
        added = insert_into(connection, operator_notices).values(rows).on_conflict_do_nothing()
        return set(await connection.scalars(added.returning(operator_notices.c.digest)))

    async def forget(self, connection: AsyncConnection, line: str = "") -> None:
        """Forget a line, or all, as the cause is fixed: when it comes back, it is sent again."""
        query = delete(operator_notices)
        await connection.execute(query.where(operator_notices.c.digest == _digest(line)) if line else query)


async def is_known(connection: AsyncConnection, line: str) -> bool:
    """Whether operators were sent a line, or it is remembered, and was not forgotten since."""
    known = select(operator_notices.c.digest).where(operator_notices.c.digest == _digest(line))
    return await connection.scalar(known) is not None


async def team_of_maintainers(connection: AsyncConnection, maintainers: Maintainers) -> str:
    """Return the id of the maintainers' workspace; nothing where that is not known."""
    if maintainers.team or maintainers.has_others:
        return maintainers.team
    return str(await connection.scalar(select(workspaces.c.team)) or "")


async def remember_team(connection: AsyncConnection, team: str) -> None:
    """Store the id of the only workspace, for processes that do not call Slack, such as `publish`."""
    await connection.execute(delete(workspaces).where(workspaces.c.team != team))
    await connection.execute(insert_into(connection, workspaces).values(team=team).on_conflict_do_nothing())


def _markdown(heading: str, lines: Sequence[str]) -> str:
    listed = [f"- {_with_code(line)}" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        listed.append(f"- … and {len(lines) - MOST_LINES} more: briefing-bot check lists them all.")
    return "\n".join((f"**{escape(heading)}**", "", *listed, ""))


def _with_code(line: str) -> str:
    """Return a line as Markdown: all of it escaped, but plain words in backticks, which are code there too."""

    def kept(found: re.Match[str]) -> str:
        words = re.sub(r"\\(.)", r"\1", found[1])
        return f"`{words}`" if _PLAIN.fullmatch(words) else found[0]

    return _CODE.sub(kept, escape(line))


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
