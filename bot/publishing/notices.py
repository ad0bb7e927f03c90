"""Notices to operators of what they publish: faults, warnings, what was held, and that all of it is put right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.changes.detect import withdrawn_share
from bot.content.faults import Severity
from bot.outbox.operators import is_known
from bot.store.revision import ChangeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.content.faults import ContentError
    from bot.content.models import Content
    from bot.outbox.operators import Operators
    from bot.store.revision import Change

MASS_WITHDRAWAL: Final = 0.2
"""Share of the current facts that one publication may withdraw without `--allow-mass-withdrawal`."""

FAULTS: Final = "An edit has faults: nothing was published"
HELD: Final = "An edit was not published"
WARNED: Final = "The published content has warnings"
GONE: Final = "Facts are withdrawn without a reason"
IN_ORDER: Final = "The content is in order again"
_PUT_RIGHT: Final = "No fault and no warning that was told is left."
_TOLD: Final = "faults or warnings of the content were told"
"""Remembered, and never sent: until it is forgotten, operators wait to hear that all is put right."""
_FAULTY: Final = "the content that was to be published last has faults"
"""Remembered, and never sent: whichever process publishes next without faults forgets it."""


class ContentNotices:
    """Notifies operators of each fault and warning once. Methods belong to the caller's transaction."""

    def __init__(self, operators: Operators) -> None:
        self._operators = operators

    async def faulty(self, connection: AsyncConnection, faults: Sequence[str]) -> None:
        """Tell why an edit was not published."""
        await self._operators.notify(connection, FAULTS, faults)
        await self._operators.remember(connection, _TOLD)
        await self._operators.remember(connection, _FAULTY)

    async def held(self, connection: AsyncConnection, reason: str) -> None:
        """Tell why an edit without faults was not published."""
        await self._operators.forget(connection, _FAULTY)
        await self._operators.notify(connection, HELD, [reason])
        await self._operators.remember(connection, _TOLD)

    async def published(self, connection: AsyncConnection, warnings: Sequence[str], vanished: Sequence[str]) -> bool:
        """Tell of the warnings of what is published and of facts that no file has any more; say whether any was new."""
        await self.unchanged(connection, warnings)
        warned = await self._operators.notify(connection, WARNED, warnings)
        gone = await self._operators.notify(connection, GONE, vanished)
        return warned or gone

    async def unchanged(self, connection: AsyncConnection, warnings: Sequence[str]) -> None:
        """Forget what was told, so that it is told anew if it comes back; where nothing is left, say that once."""
        was_told = await is_known(connection, _TOLD)
        await self._operators.forget(connection)
        if warnings:
            await self._operators.remember(connection, _TOLD)
        elif was_told:
            await self._operators.notify(connection, IN_ORDER, [_PUT_RIGHT])

    async def passed(self, connection: AsyncConnection, number: int, version: str) -> None:
        """Remember that a revision was made of a folder in order, so that a start need not read it again.

        `version` is its `version_of`, the same before it was read and afterwards.
        """
        await self._operators.remember(connection, _passed(number, version))


async def has_passed(connection: AsyncConnection, number: int, version: str) -> bool:
    """Whether a revision was made of this very folder, in order, by this version of the bot."""
    return await is_known(connection, _passed(number, version))


def _passed(number: int, version: str) -> str:
    """Return what is remembered, and never sent, of a revision whose folder had neither fault nor warning."""
    return f"revision {number} is of a folder in order: {version}"


async def is_faulty(connection: AsyncConnection) -> bool:
    """Whether what was to be published last, by whichever process, has faults."""
    return await is_known(connection, _FAULTY)


def hold_reason(before: Content, found: tuple[Change, ...]) -> str:
    """Return why these changes are held unless that is allowed: they withdraw too much at once. Mostly empty."""
    if withdrawn_share(before, found) <= MASS_WITHDRAWAL:
        return ""
    gone = [change.fact_id for change in found if change.kind is ChangeKind.WITHDRAWN]
    named = ", ".join(gone[:3]) + (" and others" if len(gone) > len(gone[:3]) else "")
    return (
        f"It withdraws {len(gone)} facts at once ({named}), more than a fifth of all. "
        "If that is meant, run: briefing-bot publish --allow-mass-withdrawal"
    )


def errors(error: ContentError) -> list[str]:
    """Return the faults that keep a folder from being published, in words."""
    return [str(fault) for fault in error.faults if fault.severity is Severity.ERROR]


def difference(number: int, found: tuple[Change, ...]) -> str:
    """Return a sentence on a folder whose facts differ so from a revision's."""
    count = "1 fact differs" if len(found) == 1 else f"{len(found)} facts differ"
    return f"The content folder is not what is published: {count} from revision {number}."
