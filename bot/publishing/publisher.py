"""Publish content: check a folder, compare it with the newest revision, and write a new one with its changes.

The revision, its changes and what the listeners insert (alerts, corrections) are written in one transaction. The first
revision is a silent baseline.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.audit.audit import BOT, AuditEntry, record
from bot.changes.detect import detect_changes
from bot.content.checks.references import check_vanished
from bot.content.faults import ContentError
from bot.content.load import FactFileCache
from bot.outbox.enqueuing import hold_back
from bot.publishing.content_check import ReadyLookup, load_content, version_of
from bot.publishing.notices import ContentNotices, difference, errors, has_passed, hold_reason
from bot.publishing.observer import NOBODY, Result
from bot.store import revisions
from bot.store.revision import Change, Revision
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
    from bot.publishing.observer import PublishingObserver
    from bot.store.database import Database

HEAD_START_S: Final = 10.0
"""Seconds by which a warning to MAINTAINERS_CHANNEL is ahead of the alerts of the same revision."""

_log = structlog.stdlib.get_logger(__name__)


class RevisionListener(Protocol):
    """Inserts what follows from a revision, such as alerts."""

    async def on_published(self, connection: AsyncConnection, revision: Revision, changes: tuple[Change, ...]) -> None:
        """Insert it in the publishing transaction; an exception rolls the revision back as well."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Origin of content: the maintainer's note, the author's name and git commit where known; `who` publishes it."""

    note: str | None = None
    author: str | None = None
    commit: str | None = None
    who: str = BOT


UNKNOWN_ORIGIN: Final = Origin()


@dataclass(frozen=True, slots=True)
class Publication:
    """Outcome of a publication or of its dry run. `revision` is the newest afterwards; None before the first.

    `hold_reason` is a sentence, for content that was held; `warnings` are those of the folder. `is_dry`: nothing was
    written, the content was compared only.
    """

    result: Result
    revision: Revision | None
    changes: tuple[Change, ...] = ()
    hold_reason: str = ""
    warnings: tuple[Fault, ...] = ()
    is_dry: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    """Content with its serialized form and the warnings of its folder."""

    content: Content
    text: str
    hash: str
    warnings: tuple[Fault, ...]

    @classmethod
    def of(cls, content: Content, encoder: Encoder, warnings: tuple[Fault, ...]) -> _Draft:
        text = encoder.encode(content)
        return cls(content, text, content_hash(text), warnings)


class Publisher:
    """Publishes content into a database, one publication at a time across all processes.

    `difference` is a sentence on how the folder that was last read differs from what is published; empty for none.
    `ready` has the look-up over a folder that was just published.
    """

    def __init__(  # noqa: PLR0913 — its parts, once
        self,
        database: Database,
        clock: Clock,
        operators: Operators,
        listeners: Sequence[RevisionListener] = (),
        *,
        limits: Limits | None = None,
        observer: PublishingObserver = NOBODY,
    ) -> None:
        """Take its parts; `listeners` are called in order for each revision that changes facts."""
        self.difference = ""
        self.observer = observer
        self.ready = ReadyLookup()
        self._database = database
        self._clock = clock
        self._operators = operators
        self._notices = ContentNotices(operators)
        self._listeners = listeners
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
        first_only: bool = False,
    ) -> Publication:
        """Load a folder and publish it; operators are notified once of faults and of a publication that is held.

        Raises ContentError, StoreError: the newest revision stays as it is.
        """
        result = Result.FAILED
        found: tuple[Fault, ...] = ()
        with self.observer.publishing():
            try:
                version = await asyncio.to_thread(version_of, folder)
                read = partial(load_content, folder, self._clock, cache=self._cache, limits=self._limits)
                content, found = await asyncio.to_thread(read, ready=self.ready)
                how = {"allow_mass_withdrawal": allow_mass_withdrawal, "dry_run": dry_run, "first_only": first_only}
                publication = await self.publish(content, origin, **how, warnings=found)
                result, dry_run = publication.result, publication.is_dry
            except ContentError as error:
                result, found = Result.FAULTY, error.faults
                self._note_difference(f"The content folder has faults: {errors(error)[0]}")
                if not dry_run:
                    async with self._database.transaction() as connection:
                        await self._notices.faulty(connection, errors(error))
                raise
            finally:
                if dry_run or result not in (Result.BASELINE, Result.PUBLISHED):
                    self.ready.take(None)
                if not dry_run:
                    self.observer.published(result, found)
        if dry_run:
            new = publication.revision if publication.result is Result.PUBLISHED else None
            self._note_difference(difference(new.number - 1, publication.changes) if new else publication.hold_reason)
        else:
            is_read = version == await asyncio.to_thread(version_of, folder)
            await self._notify_of_result(publication, version if is_read else "")
        return publication

    async def note_if_unchanged(self, folder: Path, *, dry_run: bool = False) -> bool:
        """Tell operators that a folder is in order if the newest revision is of this very one, found so by this bot.

        Return whether it is: then it need not be read again. A dry run only looks. Raises StoreError.
        """
        version = await asyncio.to_thread(version_of, folder)
        async with self._database.reading() if dry_run else self._database.transaction() as connection:
            is_same = await has_passed(connection, number := await revisions.newest_number(connection), version)
            if is_same and not dry_run:
                await self._notices.unchanged(connection, [])
                await self._notices.passed(connection, number, version)
        if is_same and not dry_run:
            self.observer.published(Result.UNCHANGED, ())
        return is_same

    async def publish(  # noqa: PLR0913 — what, and how
        self,
        content: Content,
        origin: Origin = UNKNOWN_ORIGIN,
        *,
        allow_mass_withdrawal: bool = False,
        dry_run: bool = False,
        first_only: bool = False,
        warnings: tuple[Fault, ...] = (),
    ) -> Publication:
        """Make content the newest revision, unless it is that already, or withdraws too much. Raises StoreError.

        Operators are notified of `warnings` before any alert is enqueued. A dry run returns what would happen and
        writes nothing; so does `first_only` where any process has published a revision.
        """
        draft = await asyncio.to_thread(_Draft.of, content, self._encoder, warnings)
        preparing = partial(self._prepare, draft=draft, origin=origin, allow_mass_withdrawal=allow_mass_withdrawal)
        if dry_run:
            async with self._database.reading() as connection:
                return replace(await preparing(connection), is_dry=True)
        async with self._database.transaction() as connection:
            await revisions.lock_publishing(connection)
            made = await preparing(connection)
            if first_only and await revisions.newest_number(connection):
                return replace(made, is_dry=True)
            if made.revision is not None and made.result in (Result.BASELINE, Result.PUBLISHED):
                await revisions.insert_revision(connection, made.revision, draft.text, draft.hash, made.changes)
                await record(connection, _audited(made, made.revision.number, origin), self._clock.now())
                gone = [*map(str, vanished(made))]
                has_warned = await self._notices.published(connection, [*map(str, made.warnings)], gone)
                for listener in self._listeners if made.changes else ():
                    await listener.on_published(connection, made.revision, made.changes)
                if has_warned and self._operators.has_channel:
                    until = self._clock.now() + timedelta(seconds=HEAD_START_S)
                    await hold_back(connection, made.revision.number, until)
        if made.revision is not None and made.result in (Result.BASELINE, Result.PUBLISHED):
            self._database.adopt(made.revision)
            _log.info("revision.published", revision=made.revision.number, changes=len(made.changes))
        return made

    async def notify_operators(self, heading: str, lines: Sequence[str], *, instead_of: str = "") -> None:
        """Notify operators of the lines that they have not seen yet; `instead_of` is forgotten. Raises StoreError."""
        async with self._database.transaction() as connection:
            if instead_of:
                await self._operators.forget(connection, instead_of)
            await self._operators.notify(connection, heading, lines)

    async def _prepare(
        self, connection: AsyncConnection, draft: _Draft, origin: Origin, *, allow_mass_withdrawal: bool
    ) -> Publication:
        """Compare content with the newest revision; the caller holds the publishing lock."""
        number, newest_hash = await revisions.newest_hash(connection)
        revision = Revision(number + 1, draft.content, self._clock.now(), origin.note, origin.author, origin.commit)
        if number == 0:
            return Publication(Result.BASELINE, revision, warnings=draft.warnings)
        newest = await self._newest(connection, number)
        if newest is None:
            _log.warning("revision.unreadable", revision=number)
            return Publication(Result.BASELINE, revision, warnings=draft.warnings)
        if newest_hash == draft.hash:
            return Publication(Result.UNCHANGED, newest, warnings=draft.warnings)
        found = await asyncio.to_thread(detect_changes, newest.content, draft.content)
        held = hold_reason(newest.content, found)
        if held and not allow_mass_withdrawal:
            return Publication(Result.HELD, newest, found, held, draft.warnings)
        return Publication(Result.PUBLISHED, revision, found, warnings=draft.warnings)

    async def _newest(self, connection: AsyncConnection, number: int) -> Revision | None:
        """Return the newest revision; None when another version of the bot serialized it."""
        if (known := self._database.known) and known.number == number:
            return known
        try:
            return await revisions.read_revision(connection, number)
        except ValueError:
            return None

    def _note_difference(self, sentence: str) -> None:
        if sentence and sentence != self.difference:
            _log.warning("content.differs", difference=sentence)
        self.difference = sentence

    async def _notify_of_result(self, publication: Publication, version: str) -> None:
        """Notify operators; `version` is the folder's, unless it was edited meanwhile."""
        self._note_difference(publication.hold_reason)
        async with self._database.transaction() as connection:
            if publication.result is Result.HELD:
                await self._notices.held(connection, publication.hold_reason)
            elif publication.result is Result.UNCHANGED:
                await self._notices.unchanged(connection, [*map(str, publication.warnings)])
            is_in_order = publication.result is not Result.HELD and not publication.warnings
            if publication.revision and is_in_order and version:
                await self._notices.passed(connection, publication.revision.number, version)


def vanished(publication: Publication) -> tuple[Fault, ...]:
    """Return a fault for each fact that a publication withdraws because it is gone from the files."""
    if publication.revision is None:
        return ()
    gone = [change.before for change in publication.changes if change.after is None and change.before is not None]
    return tuple(check_vanished(gone, publication.revision.content))


def _audited(made: Publication, number: int, origin: Origin) -> AuditEntry:
    did = ", ".join(f"{change.kind.value} {change.fact_id}" for change in made.changes) or made.result.value
    by = ", ".join(filter(None, (origin.author, origin.commit)))
    return AuditEntry("", origin.who, "revision.published", str(number), after=f"{did} ({by})" if by else did)
