"""Publishing, on each kind of database: one way in, all or nothing, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from bot.clock import SystemClock
from bot.config import BRIEFINGS
from bot.config.maintainers import Maintainers
from bot.content.faults import ContentError
from bot.content.models import DatedReason
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.outbox.operators import Operators, remember_team
from bot.publishing.folder_watcher import FolderWatcher
from bot.publishing.observer import Result
from bot.publishing.publisher import HEAD_START_S, Origin, Publisher
from bot.store.errors import StoreError
from bot.store.follower import follow
from bot.store.tables import deliveries, operator_notices, revisions
from tests.support.content_copy import copied
from tests.support.newsroom import shipped
from tests.support.scratch import scratch, with_scratch
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.content.models import Content
    from bot.store.database import Database
    from bot.store.revision import Change, Recorded, Revision

ID = "growth-zones-investment"


class RecordingListener:
    """Notes each revision in the database, as an alert would."""

    def __init__(self) -> None:
        """Work at first."""
        self.is_broken = False

    async def on_published(self, connection: AsyncConnection, revision: Revision, changes: tuple[Change, ...]) -> None:
        """Note how many facts changed; a broken one then fails."""
        await connection.execute(insert(scratch).values(key=f"r{revision.number}", value=len(changes)))
        if self.is_broken:
            raise ZeroDivisionError


@pytest.fixture
async def listener(database: Database) -> RecordingListener:
    await with_scratch(database)
    return RecordingListener()


def publisher_of(database: Database, *listeners: RecordingListener, channel: str = "C0MAINTAIN") -> Publisher:
    return Publisher(database, SystemClock(), Operators(Maintainers(channel), SystemClock()), listeners)


@pytest.fixture
def publisher(database: Database, listener: RecordingListener) -> Publisher:
    return publisher_of(database, listener)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copied(tmp_path / "briefings")


def edited(statement: str, content: Content | None = None) -> Content:
    content = content or shipped()
    return replace(content, facts={**content.facts, ID: replace(content.facts[ID], statement=statement, short=None)})


async def noted(database: Database) -> dict[str, int]:
    async with database.reading() as connection:
        rows = await connection.execute(select(scratch))
        return {row.key: row.value for row in rows}


async def told(database: Database) -> list[str]:
    async with database.reading() as connection:
        rows = await connection.execute(select(deliveries).order_by(deliveries.c.created_at))
        return [row.payload["markdown"] for row in rows]


async def test_the_first_revision_is_a_silent_baseline(database: Database, publisher: Publisher) -> None:
    publication = await publisher.publish(shipped(), Origin("Hello.", "Ada", "abc"))
    assert publication.result is Result.BASELINE
    revision = await database.revision(1)
    assert revision is not None
    assert (revision.note, revision.author, revision.commit) == ("Hello.", "Ada", "abc")
    assert revision.content.facts.keys() == shipped().facts.keys()
    assert list(await database.changes()) == []
    assert await noted(database) == {}


async def test_of_first_publications_at_once_one_is_the_baseline_and_the_others_only_compare(
    database: Database, publisher: Publisher, folder: Path
) -> None:
    """A folder that differs, as an older version's, is no second revision, and nobody is told that all is in order."""
    with pytest.raises(ContentError):
        await publisher.publish_folder(folder / "none", first_only=True)
    before = await told(database)
    late = [publisher_of(database) for _ in range(3)]
    older = edited("OpenAI will invest.")
    made = await asyncio.gather(
        publisher.publish(shipped(), first_only=True), *(each.publish(older, first_only=True) for each in late)
    )
    assert sum(not each.is_dry for each in made) == 1
    assert [await database.revision(number) is not None for number in (1, 2)] == [True, False]
    again = publisher_of(database)
    assert (await again.publish_folder(BRIEFINGS, first_only=True)).is_dry
    assert await told(database) == before
    assert await noted(database) == {}


async def test_an_edit_is_a_revision_with_its_changes_and_plans(database: Database, publisher: Publisher) -> None:
    await publisher.publish(shipped())
    publication = await publisher.publish(edited("OpenAI will invest."), Origin(note="We reread it."))
    assert publication.result is Result.PUBLISHED
    (record,) = await database.changes(area="infrastructure")
    assert (record.revision, record.note, record.change.fact_id) == (2, "We reread it.", ID)
    assert record.change == publication.changes[0]
    assert await database.history(ID) == [record]
    assert list(await database.changes(area="adoption")) == []
    assert list(await database.changes(since=SystemClock().now())) == []
    assert await noted(database) == {"r2": 1}


async def test_each_areas_last_changes_are_those_of_the_newest_revision_that_had_any(
    database: Database, publisher: Publisher
) -> None:
    await publisher.publish(shipped())
    assert await database.last_changes(1) == {}
    await publisher.publish(edited("New words."))
    other = replace(shipped().facts["govuk-chat-model"], statement="Other words.", short=None)
    later = edited("New words.")
    await publisher.publish(replace(later, facts={**later.facts, other.id: other}))

    def told(found: Mapping[str, Sequence[Recorded]]) -> dict[str, list[tuple[str, int]]]:
        return {area: [(each.change.fact_id, each.revision) for each in records] for area, records in found.items()}

    assert told(await database.last_changes(3)) == {"infrastructure": [(ID, 2)], "adoption": [(other.id, 3)]}
    assert told(await database.last_changes(2)) == {"infrastructure": [(ID, 2)]}


async def test_the_same_twice_does_nothing_and_what_readers_do_not_see_tells_nobody(
    database: Database, publisher: Publisher
) -> None:
    await publisher.publish(shipped())
    assert (await publisher.publish(shipped())).result is Result.UNCHANGED
    moved = replace(shipped().facts[ID], place=replace(shipped().facts[ID].place, line=999))
    elsewhere = replace(shipped(), facts={**shipped().facts, ID: moved})
    assert (await publisher.publish(elsewhere)).result is Result.UNCHANGED
    keywords = replace(shipped().facts[ID], keywords=("zones",))
    publication = await publisher.publish(replace(shipped(), facts={**shipped().facts, ID: keywords}))
    assert (publication.result, publication.changes) == (Result.PUBLISHED, ())
    assert await noted(database) == {}
    assert (await database.latest()).content.facts[ID].keywords == ("zones",)


async def test_a_listener_that_fails_undoes_the_revision(
    database: Database, publisher: Publisher, listener: RecordingListener
) -> None:
    await publisher.publish(shipped())
    listener.is_broken = True
    with pytest.raises(ZeroDivisionError):
        await publisher.publish(edited("OpenAI will invest."))
    assert (await database.refresh()).number == 1
    assert (await noted(database), list(await database.changes())) == ({}, [])
    listener.is_broken = False
    assert (await publisher.publish(edited("OpenAI will invest."))).result is Result.PUBLISHED


async def test_many_at_once_publish_once(database: Database, listener: RecordingListener) -> None:
    await publisher_of(database, listener).publish(shipped())
    content = edited("OpenAI will invest.")
    many = [publisher_of(database, listener).publish(content) for _ in range(6)]
    results = [each.result for each in await asyncio.gather(*many)]
    assert sorted(results) == [Result.PUBLISHED, *[Result.UNCHANGED] * 5]
    async with database.reading() as connection:
        assert list(await connection.scalars(select(revisions.c.number).order_by(revisions.c.number))) == [1, 2]
    assert await noted(database) == {"r2": 1}


async def test_a_dry_run_says_what_would_happen_and_changes_nothing(database: Database, publisher: Publisher) -> None:
    assert (await publisher.publish(shipped(), dry_run=True)).result is Result.BASELINE
    await publisher.publish(shipped())
    publication = await publisher.publish(edited("OpenAI will invest."), dry_run=True)
    assert publication.result is Result.PUBLISHED
    assert [change.fact_id for change in publication.changes] == [ID]
    assert (await database.refresh()).number == 1


async def test_withdrawing_more_than_a_fifth_is_held_and_told_once(
    database: Database, publisher: Publisher, folder: Path
) -> None:
    async with database.transaction() as connection:
        await remember_team(connection, "T0TRY")
    print_one_fact(folder, "mou-procurement")
    await publisher.publish_folder(folder)
    names = (
        "agreement/what-they-said",
        "agreement/what-it-is",
        "infrastructure/growth-zones",
        "infrastructure/action-plan",
    )
    for name in names:
        withdraw_all(folder / f"{name}.yaml")
    for _ in range(2):
        assert (await publisher.publish_folder(folder)).result is Result.HELD
    assert "--allow-mass-withdrawal" in publisher.difference
    assert len(await told(database)) == 1
    assert (await publisher.publish_folder(folder, allow_mass_withdrawal=True)).result is Result.PUBLISHED
    assert publisher.difference == ""


async def test_a_fact_that_vanishes_from_the_files_is_withdrawn_and_its_maintainers_are_told(
    database: Database, publisher: Publisher, folder: Path
) -> None:
    async with database.transaction() as connection:
        await remember_team(connection, "T0TRY")
    await publisher.publish_folder(folder)
    file = folder / "technical-exchange/security-risks.yaml"
    before = file.read_text()
    file.write_text(without("identifying-risks", before))
    publication = await publisher.publish_folder(folder)
    assert [(change.fact_id, change.kind) for change in publication.changes] == [("identifying-risks", "withdrawn")]
    (message,) = await told(database)
    assert message.startswith("**Facts are withdrawn without a reason**")
    assert "technical-exchange/security-risks.yaml:1:1 warning vanished-fact: “identifying-risks”" in unescaped(message)
    assert "Put it back, and say why with `withdrawn:`." in unescaped(message)
    file.write_text(before)
    await publisher.publish_folder(folder)
    file.write_text(before.replace("identifying-risks:", "naming-risks:"))
    await publisher.publish_folder(folder)
    assert "put the old one back, with `superseded_by: naming-risks`" in unescaped((await told(database))[-1])


def without(fact_id: str, text: str) -> str:
    """Return a fact file's text without one of its facts."""
    kept = [entry for entry in text.split("\n\n") if not entry.startswith(f"{fact_id}:")]
    assert len(kept) < len(text.split("\n\n"))
    return "\n\n".join(kept)


def unescaped(markdown: str) -> str:
    return markdown.replace("\\", "")


def print_one_fact(folder: Path, fact_id: str) -> None:
    """Take every other fact out of the briefings: they must not show what is withdrawn."""
    for briefing in folder.glob("*/briefing.yaml"):
        briefing.write_text(f"sections: [{{heading: Status, facts: [{fact_id}]}}]\n")


def withdraw_all(file: Path) -> None:
    """Withdraw every fact of a fact file."""
    lines = []
    for line in file.read_text().splitlines():
        lines.append(line)
        if line and not line.startswith((" ", "#")):
            lines += ["  withdrawn:", "    on: 2026-11-01", "    why: It was wrong."]
    file.write_text("\n".join(lines) + "\n")


async def test_a_fault_publishes_nothing_and_is_told_once_until_it_is_put_right(
    database: Database, publisher: Publisher, folder: Path
) -> None:
    async with database.transaction() as connection:
        await remember_team(connection, "T0TRY")
    await publisher.publish_folder(folder)
    file = folder / "infrastructure/growth-zones.yaml"
    good = file.read_text()
    for number in (1, 1, 2):
        file.write_text(good + "\nbroken: [\n" if number == 1 else good + "\n\n\nbroken: [\n")
        with pytest.raises(ContentError):
            await publisher.publish_folder(folder)
    messages = await told(database)
    assert len(messages) == 2
    assert "infrastructure/growth-zones.yaml:" in messages[0]
    assert publisher.difference.startswith("The content folder has faults: infrastructure/growth-zones.yaml:")
    assert (await database.refresh()).number == 1
    file.write_text(good)
    assert (await publisher.publish_folder(folder)).result is Result.UNCHANGED
    assert publisher.difference == ""
    file.write_text(good + "\nbroken: [\n")
    with pytest.raises(ContentError):
        await publisher.publish_folder(folder)
    _, _, in_order, again = await told(database)
    assert in_order.startswith("**The content is in order again**")
    assert again.startswith("**An edit has faults")


async def test_a_missing_or_wrong_folder_withdraws_nothing(
    database: Database, publisher: Publisher, folder: Path
) -> None:
    await publisher.publish_folder(folder)
    for name in ("missing", "adoption"):
        with pytest.raises(ContentError):
            await publisher.publish_folder(folder / name)
    assert (await database.refresh()).number == 1


async def test_content_of_another_version_is_published_over_in_silence(
    database: Database, publisher: Publisher
) -> None:
    async with database.transaction() as connection:
        row = {"number": 1, "published_at": SystemClock().now(), "content_hash": "old", "content": '{"facts": 1}'}
        await connection.execute(insert(revisions).values(**row))
    assert (await publisher.publish(shipped())).result is Result.BASELINE
    assert (await database.latest()).number == 2
    assert await noted(database) == {}


async def test_a_replica_follows(database: Database, publisher: Publisher) -> None:
    await publisher.publish(shipped())
    replica = type(database)(database.url)
    seen: asyncio.Queue[int] = asyncio.Queue()

    async def on_new() -> None:
        seen.put_nowait((await replica.latest()).number)

    await replica.refresh()
    following = asyncio.create_task(follow(replica, on_new, every_s=0.01))
    await publisher.publish(edited("OpenAI will invest."))
    async with asyncio.timeout(PATIENCE_S):
        assert await seen.get() == 2
    assert (await replica.latest()).content.facts[ID].statement == "OpenAI will invest."
    following.cancel()
    await replica.close()


async def test_a_replica_whose_database_goes_away_between_reading_and_answering_follows_all_the_same(
    database: Database, publisher: Publisher
) -> None:
    await publisher.publish(shipped())
    tried: asyncio.Queue[int] = asyncio.Queue()

    async def on_new() -> None:
        tried.put_nowait(len(tries))
        if tries.pop():
            raise StoreError("The database cannot be reached.")

    tries = [False, True, True]
    following = asyncio.create_task(follow(database, on_new, every_s=0.01))
    await publisher.publish(edited("New words."))
    async with asyncio.timeout(PATIENCE_S):
        assert [await tried.get() for _ in range(3)] == [3, 2, 1]
    following.cancel()


async def test_a_correction_is_recorded_with_its_reason(database: Database, publisher: Publisher) -> None:
    await publisher.publish(shipped())
    reason = DatedReason(on=date(2026, 11, 1), why="The source says so.")
    fact = replace(shipped().facts[ID], statement="OpenAI will invest.", short=None, corrected=reason)
    await publisher.publish(replace(shipped(), facts={**shipped().facts, ID: fact}))
    (record,) = await database.history(ID)
    assert record.change.reason == reason
    assert record.change.before == shipped().facts[ID]


class Away:
    """Makes a database fail a few times, each time that it is asked."""

    def __init__(self, database: Database, times: int) -> None:
        """Take the place of its ways in."""
        self._times = times
        self._ways = {name: getattr(database, name) for name in ("transaction", "reading")}

    def way(self, name: str) -> Callable[[], AbstractAsyncContextManager[AsyncConnection]]:
        """Return what stands in for a method."""

        def opened() -> AbstractAsyncContextManager[AsyncConnection]:
            if self._times:
                self._times -= 1
                raise StoreError("The database cannot be reached.")
            found: AbstractAsyncContextManager[AsyncConnection] = self._ways[name]()
            return found

        return opened


async def test_the_watcher_and_the_follower_outlast_a_database_that_is_away(
    database: Database, publisher: Publisher, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publisher.publish_folder(folder)
    seen: asyncio.Queue[int] = asyncio.Queue()

    async def on_new() -> None:
        seen.put_nowait((await database.latest()).number)

    away = Away(database, 5)
    for name in ("transaction", "reading"):
        monkeypatch.setattr(database, name, away.way(name))
    following = asyncio.create_task(follow(database, on_new, every_s=0.01))
    file = folder / "infrastructure/growth-zones.yaml"
    file.write_text(file.read_text().replace("could look at", "may look at"))
    await FolderWatcher(folder, publisher, on_new, retry_s=0.01).publish()
    async with asyncio.timeout(PATIENCE_S):
        assert [await seen.get(), await seen.get()] == [2, 2]
    following.cancel()


async def test_a_question_answered_otherwise_is_not_published(publisher: Publisher, folder: Path) -> None:
    (folder / "questions.yaml").write_text('- {ask: "is it legally binding?", expect: mou-what}\n', encoding="utf-8")
    with pytest.raises(ContentError) as raised:
        await publisher.publish_folder(folder)
    assert [fault.code.value for fault in raised.value.faults] == ["wrong-answer"]


async def test_a_correction_in_the_future_is_not_published(publisher: Publisher, folder: Path) -> None:
    path = folder / "infrastructure" / "growth-zones.yaml"
    dated = "  corrected: {on: 2999-01-02, why: It was wrong.}\n"
    path.write_text(
        path.read_text(encoding="utf-8").replace("  certainty: possible\n", f"  certainty: possible\n{dated}", 1)
    )
    with pytest.raises(ContentError) as raised:
        await publisher.publish_folder(folder)
    assert [fault.code.value for fault in raised.value.faults] == ["future-correction"]


@pytest.mark.parametrize(
    ("channel", "warned", "ahead_s"), [("C0TOLD", True, HEAD_START_S), ("C0TOLD", False, 0), ("", True, 0)]
)
async def test_a_warning_has_a_head_start_where_it_is_posted(
    database: Database, folder: Path, channel: str, *, warned: bool, ahead_s: float
) -> None:
    class Listener:
        async def on_published(
            self, connection: AsyncConnection, revision: Revision, changes: tuple[Change, ...]
        ) -> None:
            del changes
            alert = Delivery("T0TEA", "C0TEA", DeliveryKind.ALERT, OutboxMessage("x"), revision=revision.number)
            await enqueue(connection, [alert], SystemClock().now())

    publisher = Publisher(database, SystemClock(), Operators(Maintainers(channel), SystemClock()), [Listener()])
    await publisher.publish_folder(folder)
    path = folder / "infrastructure" / "growth-zones.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("OpenAI could look at", "OpenAI may look at"), "utf-8")
    if warned:
        (folder / "notes.txt").write_text("Mine.", encoding="utf-8")
    await publisher.publish_folder(folder)
    async with database.reading() as connection:
        columns = deliveries.c.due_at, deliveries.c.created_at
        due_at, created_at = (await connection.execute(select(*columns).where(deliveries.c.channel == "C0TEA"))).one()
    assert int((due_at - created_at).total_seconds()) == ahead_s


async def test_warnings_are_told_before_an_alert_is_planned(database: Database, folder: Path) -> None:
    alerts: list[list[str]] = []

    class Listener:
        async def on_published(
            self, connection: AsyncConnection, revision: Revision, changes: tuple[Change, ...]
        ) -> None:
            del revision, changes
            alerts.append(list(await connection.scalars(select(operator_notices.c.digest))))

    publisher = Publisher(database, SystemClock(), Operators(Maintainers(), SystemClock()), [Listener()])
    await publisher.publish_folder(folder)
    path = folder / "infrastructure" / "growth-zones.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("OpenAI could look at investing", "OpenAI may look at investing"), encoding="utf-8")
    (folder / "notes.txt").write_text("Mine.", encoding="utf-8")
    publication = await publisher.publish_folder(folder)
    assert [fault.code.value for fault in publication.warnings] == ["stray-file"]
    assert [len(lines) for lines in alerts] == [2], "the warning, and that one was told"


@pytest.mark.parametrize("is_faulty", [False, True])
async def test_operators_hear_once_that_all_is_put_right(
    database: Database, publisher: Publisher, folder: Path, *, is_faulty: bool
) -> None:
    async with database.transaction() as connection:
        await remember_team(connection, "T1")
    await publisher.publish_folder(folder)
    assert await told(database) == []
    path = folder / "infrastructure" / "growth-zones.yaml"
    text = path.read_text(encoding="utf-8")
    if is_faulty:
        path.write_text(f"{text}x: [", encoding="utf-8")
        with pytest.raises(ContentError):
            await publisher.publish_folder(folder)
        path.write_text(text, encoding="utf-8")
    else:
        (folder / "notes.txt").write_text("Mine.", encoding="utf-8")
        path.write_text(text.replace("OpenAI could look at investing", "OpenAI may look at investing"), "utf-8")
        await publisher.publish_folder(folder)
        await publisher.publish_folder(folder)
        (folder / "notes.txt").unlink()
    for _ in range(3):
        await publisher.publish_folder(folder)
    first, *rest = await told(database)
    assert first.startswith("**An edit has faults" if is_faulty else "**The published content has warnings**")
    assert [each.splitlines()[0] for each in rest] == ["**The content is in order again**"]
