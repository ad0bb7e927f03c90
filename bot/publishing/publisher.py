"""Publishing: the one way in which content becomes a revision, and changes become deliveries.

A folder is checked, compared with the newest revision, and written with its changes and with whatever the planners
insert (alerts, corrections) in one transaction: all of it happens, or nothing. The first revision is a silent baseline.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.changes.detect import detect_changes, withdrawn_share
from bot.content.checks.references import check_vanished
from bot.content.faults import ContentError, Severity
from bot.content.load import FactFileCache, load
from bot.store import revisions
from bot.store.revision import Change, ChangeKind, Revision
from bot.store.serialization import Encoder, content_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.content.faults import Fault
    from bot.content.load import Limits
    from bot.content.models import Content
    from bot.outbox.operators import Operators
    from bot.store.database import Database

MASS_WITHDRAWAL: Final = 0.2
"""The part of the facts that are served above which withdrawing them all at once needs a person's word."""

_GONE: Final = "Facts are withdrawn without a reason"

_log = structlog.stdlib.get_logger(__name__)


class RevisionListener(Protocol):
    """Plans what follows from a revision, such as alerts."""

    async def on_published(self, connection: AsyncConnection, revision: Revision, changes: tuple[Change, ...]) -> None:
        """Insert it, in the transaction that publishes; raising undoes the revision as well."""
        ...


class Result(StrEnum):
    """What came of publishing."""

    BASELINE = "baseline"
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where content comes from: the maintainer's note to readers, the author's name and the git commit, if known."""

    note: str | None = None
    author: str | None = None
    commit: str | None = None


UNKNOWN_ORIGIN: Final = Origin()


@dataclass(frozen=True, slots=True)
class Publication:
    """What came of publishing, or would come of it. `revision` is the one that stands then; None before the first.

    `held_why` says, as a sentence, why content was held.
    """

    result: Result
    revision: Revision | None
    changes: tuple[Change, ...] = ()
    held_why: str = ""


@dataclass(frozen=True, slots=True)
class _Draft:
    """Content on its way, with what it is kept as."""

    content: Content
    text: str
    hash: str

    @classmethod
    def of(cls, content: Content, encoder: Encoder) -> _Draft:
        text = encoder.encode(content)
        return cls(content, text, content_hash(text))


class Publisher:
    """Publishes content into a database, one publication at a time across all processes.

    `difference` says, as a sentence, how the folder that it last saw differs from what is published; empty when it does
    not.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        maintainers: Operators,
        planners: Sequence[RevisionListener] = (),
        *,
        limits: Limits | None = None,
    ) -> None:
        """`planners` are asked in order about each revision that changes something; `limits` are the messenger's."""
        self.difference = ""
        self._database = database
        self._clock = clock
        self._maintainers = maintainers
        self._planners = planners
        self._limits = limits
        self._cache = FactFileCache()
        self._encoder = Encoder()

    async def publish_folder(
        self,
        folder: Path,
        origin: Origin = UNKNOWN_ORIGIN,
        *,
        allow_mass_withdrawal: bool = False,
        dry_run: bool = False,
    ) -> Publication:
        """Load a folder and publish it; faults and what is held are told to the maintainers, once.

        Raises ContentError, and then the last good revision stands; StoreError.
        """
        try:
            content = await asyncio.to_thread(load, folder, cache=self._cache, limits=self._limits)
        except ContentError as error:
            self._differs(f"The content folder has faults: {_errors(error)[0]}")
            if not dry_run:
                await self._tell_faults(error)
            raise
        publication = await self.publish(content, origin, allow_mass_withdrawal=allow_mass_withdrawal, dry_run=dry_run)
        if dry_run:
            self._differs(_difference(publication))
        else:
            await self._tell_result(publication)
        return publication

    async def publish(
        self,
        content: Content,
        origin: Origin = UNKNOWN_ORIGIN,
        *,
        allow_mass_withdrawal: bool = False,
        dry_run: bool = False,
    ) -> Publication:
        """Make content the newest revision, unless it is already, or withdraws too much. Raises StoreError.

        A dry run says what would happen, and changes nothing.
        """
        draft = await asyncio.to_thread(_Draft.of, content, self._encoder)
        if dry_run:
            async with self._database.reading() as connection:
                return await self._prepare(connection, draft, origin, allow_mass_withdrawal=allow_mass_withdrawal)
        async with self._database.transaction() as connection:
            await revisions.lock_publishing(connection)
            made = await self._prepare(connection, draft, origin, allow_mass_withdrawal=allow_mass_withdrawal)
            if made.revision is not None and made.result in (Result.BASELINE, Result.PUBLISHED):
                await revisions.insert_revision(connection, made.revision, draft.text, draft.hash, made.changes)
                for planner in self._planners if made.changes else ():
                    await planner.on_published(connection, made.revision, made.changes)
        if made.revision is not None and made.result in (Result.BASELINE, Result.PUBLISHED):
            self._database.adopt(made.revision)
            _log.info("published", revision=made.revision.number, changes=len(made.changes))
        return made

    async def tell(self, heading: str, lines: Sequence[str]) -> None:
        """Tell the maintainers those lines that they were not told before. Raises StoreError."""
        async with self._database.transaction() as connection:
            await self._maintainers.notify(connection, heading, lines)

    async def _prepare(
        self, connection: AsyncConnection, draft: _Draft, origin: Origin, *, allow_mass_withdrawal: bool
    ) -> Publication:
        """Compare with the newest revision; within the lock nobody else can publish meanwhile."""
        number, newest_hash = await revisions.newest_hash(connection)
        revision = Revision(number + 1, draft.content, self._clock.now(), origin.note, origin.author, origin.commit)
        if number == 0:
            return Publication(Result.BASELINE, revision)
        newest = await self._newest(connection, number)
        if newest is None:
            _log.warning("the newest revision is of another version; nobody is told what changed", revision=number)
            return Publication(Result.BASELINE, revision)
        if newest_hash == draft.hash:
            return Publication(Result.UNCHANGED, newest)
        found = await asyncio.to_thread(detect_changes, newest.content, draft.content)
        if withdrawn_share(newest.content, found) > MASS_WITHDRAWAL and not allow_mass_withdrawal:
            return Publication(Result.HELD, newest, found, _held_why(found))
        return Publication(Result.PUBLISHED, revision, found)

    async def _newest(self, connection: AsyncConnection, number: int) -> Revision | None:
        """Return the newest revision; None when it is of another version's form."""
        known = self._database.known
        if known is not None and known.number == number:
            return known
        try:
            return await revisions.read_revision(connection, number)
        except ValueError:
            return None

    def _differs(self, difference: str) -> None:
        if difference and difference != self.difference:
            _log.warning("the content folder is not what is published", difference=difference)
        self.difference = difference

    async def _tell_faults(self, error: ContentError) -> None:
        await self.tell("An edit has faults; nothing of it is published", _errors(error))

    async def _tell_result(self, publication: Publication) -> None:
        self._differs(publication.held_why)
        async with self._database.transaction() as connection:
            if publication.result is Result.HELD:
                await self._maintainers.notify(connection, "An edit is held", [publication.held_why])
            else:
                await self._maintainers.forget(connection)
                if gone := vanished(publication):
                    await self._maintainers.notify(connection, _GONE, [str(fault) for fault in gone])


def vanished(publication: Publication) -> tuple[Fault, ...]:
    """Return a fault for each fact that a publication withdraws because no file holds it any more."""
    if publication.revision is None:
        return ()
    gone = [change.before for change in publication.changes if change.after is None and change.before is not None]
    return tuple(check_vanished(gone, publication.revision.content))


def _errors(error: ContentError) -> list[str]:
    return [str(fault) for fault in error.faults if fault.severity is Severity.ERROR]


def _difference(publication: Publication) -> str:
    """Return how content differs from what is published, as a sentence; nothing when it does not."""
    if publication.result is Result.PUBLISHED and publication.revision is not None:
        number = publication.revision.number - 1
        count = "1 fact differs" if len(publication.changes) == 1 else f"{len(publication.changes)} facts differ"
        return f"The content folder is not what is published: {count} from revision {number}."
    return publication.held_why


def _held_why(found: Sequence[Change]) -> str:
    gone = [change.fact_id for change in found if change.kind is ChangeKind.WITHDRAWN]
    named = ", ".join(gone[:3]) + (" and others" if len(gone) > len(gone[:3]) else "")
    return (
        f"It withdraws {len(gone)} facts at once ({named}), more than a fifth of all. "
        "If that is meant, run: briefing-bot publish --allow-mass-withdrawal"
    )
