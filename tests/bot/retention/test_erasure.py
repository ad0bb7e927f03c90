"""What is held on a person or a workspace is found in every table, erased, and nothing else is touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from sqlalchemy import JSON, Text, cast, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from bot.audit.audit import FORMER, AuditEntry, record
from bot.feedback.reports import edit_id
from bot.feedback.votes import Voter, Votes
from bot.installations import workspaces
from bot.messages import Asked, Outcome, Removal
from bot.outbox.delivery import DeliveryState
from bot.retention.columns import Holds, columns_of, holds, personal_columns, unclassified
from bot.retention.erasure import counts_of, forget_person, forget_workspace, found_on
from bot.retention.personal_data import FORMER_NAME, Person, on_their_way, published_naming, without_others
from bot.store.errors import StoreError
from bot.store.installation_tables import slack_bots, slack_installations
from bot.store.maintainer_tables import audit, feedback, proposals, reports, theme_questions, themes
from bot.store.tables import deliveries, metadata, posts, revisions, schedule_runs, schedules, subscriptions
from tests.support.newsroom import HandClock
from tests.support.rows import row_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Column, Table

    from bot.store.database import Database

ADA, GRACE = "U0ADA", "U0ADAM"
"""The one begins as the other."""
NAME = "Ada Lovelace"
PERSON = Person(ADA, "T1", frozenset({NAME}))
REST = {Holds.TEAM, Holds.PUBLISHED, Holds.VOTER, None}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def votes(database: Database, clock: HandClock) -> Votes:
    return Votes(database, clock, SecretStr("xoxb-a-secret"))


def naming(column: Column[Any], user: str, name: str) -> object:
    """Return a value with which a column tells of a person."""
    match holds(column):
        case Holds.PERSON:
            return user
        case Holds.NAME:
            return name
        case Holds.PEOPLE:
            return [["U0EVE", "Eve"], [user, name]]
        case Holds.MENTIONS if isinstance(column.type, JSON):
            posted = {"posted_by": f"Posted by {name}."} if column.table in {posts, deliveries} else {}
            return {"markdown": f"by <@{user}>"} | posted
        case Holds.MENTIONS:
            return f"by {user}"
    return None


def filled(table: Table, number: int, clock: HandClock, user: str, name: str) -> dict[str, Any]:
    """Return a row that tells of a person in every column that can."""
    named = {each.name: naming(each, user, name) for each in table.columns if holds(each) not in {*REST, Holds.PLACE}}
    return row_of(table, number, clock.now()) | named


async def put(database: Database, table: Table, *rows: Mapping[str, Any]) -> None:
    async with database.transaction() as connection:
        for row in rows:
            await connection.execute(insert(table).values(**row))


async def everything(database: Database) -> str:
    """Return all that the database holds, as text."""
    found = []
    async with database.reading() as connection:
        for table in metadata.sorted_tables:
            found += [str(dict(row)) for row in (await connection.execute(select(table))).mappings()]
    return "\n".join(found)


def test_every_column_of_text_is_classified() -> None:
    assert unclassified() == [], "say in bot/retention/columns.py what it holds of people"


async def test_a_person_is_found_and_forgotten_in_every_column_and_nobody_else(
    database: Database, clock: HandClock, votes: Votes
) -> None:
    tables = [table for table, columns in personal_columns() if any(holds(each) not in REST for each in columns)]
    named = [table for table in tables if any(holds(each) not in {*REST, Holds.PLACE} for each in table.columns)]
    await put(database, themes, row_of(themes, 7, clock.now()))
    await put(database, schedules, *(row_of(schedules, each, clock.now(), id=f"S{each}") for each in (1, 2)))
    for table in metadata.sorted_tables:
        if table in named:
            rows = [filled(table, 1, clock, ADA, NAME), filled(table, 2, clock, GRACE, "Grace")]
            part = {"theme_id": "I7"} if table is theme_questions else {}
            await put(database, table, *(row | part for row in rows))
    known, held = await found_on(database, PERSON, votes)
    assert {row.table for row in held} == set(named)
    before = await everything(database)
    assert before.count(GRACE) > before.count(NAME) > len(named) / 4
    done = await forget_person(database, clock, known, votes, "cli:op")
    assert set(done) == {table.name for table in named}
    after = await everything(database)
    assert "'U0ADA'" not in after
    assert "@U0ADA>" not in after
    assert NAME not in after
    assert after.count(GRACE) == before.count(GRACE)
    assert after.count("'Grace'") == before.count("'Grace'")
    assert "person.forgotten" in after
    assert await forget_person(database, clock, known, votes, "cli:op") == {}, "a second time there is nothing"
    assert (await everything(database)) == after


async def test_a_direct_message_goes_whole_and_channels_keep_what_they_have(
    database: Database, clock: HandClock, votes: Votes
) -> None:
    base = row_of(subscriptions, 0, clock.now()) | {"created_by": ADA}
    await put(database, subscriptions, base | {"channel": "D0ADA"}, base | {"id": "i2", "channel": "C1"})
    run = row_of(schedules, 0, clock.now()) | {"created_by": GRACE}
    await put(database, schedules, run | {"channel": "D0ADA"}, run | {"id": "i2", "channel": "D0GRACE"})
    mention = {"markdown": f"Approved by <@{ADA}>"}
    sent = row_of(deliveries, 0, clock.now())
    await put(
        database,
        deliveries,
        sent | {"id": "mine", "channel": ADA},
        sent | {"id": "direct", "channel": "D0ADA"},
        sent | {"id": "other", "channel": "D0GRACE", "payload": mention},
        sent | {"id": "waits", "channel": "C1", "payload": mention, "state": DeliveryState.PENDING.value},
        sent | {"id": "apart", "channel": "C1", "payload": {"markdown": f"<@{GRACE}>"}},
    )
    await forget_person(database, clock, PERSON, votes, "cli:op")
    async with database.reading() as connection:
        kept = list(await connection.execute(select(subscriptions.c.channel, subscriptions.c.created_by)))
        rows = {row.id: row for row in await connection.execute(select(deliveries))}
        directs = list(await connection.scalars(select(schedules.c.channel)))
    ((channel, who),) = kept
    assert (channel, who.startswith(FORMER)) == ("C1", True)
    assert directs == ["D0GRACE"]
    assert set(rows) == {"other", "waits", "apart"}
    assert (rows["other"].payload, rows["other"].state) == ({}, "sent")
    assert (rows["waits"].payload, rows["waits"].state) == ({}, "cancelled")
    assert rows["waits"].fencing_token == sent["fencing_token"] + 1
    assert rows["apart"].payload


async def test_what_corrections_follow_stands_without_the_name_and_reports_go_with_their_messages(
    database: Database, clock: HandClock, votes: Votes
) -> None:
    remove = [{"action": "remove", "label": "Remove", "value": Removal(ADA).pack()}]
    payload = {"markdown": "200 bids.", "posted_by": "Posted by Ada Lovelace.", "buttons": remove}
    await put(database, posts, row_of(posts, 0, clock.now()) | {"payload": payload})
    await put(database, reports, row_of(reports, 0, clock.now()) | {"id": "r", "user": ADA, "name": NAME})
    words = {"markdown": "Somebody wrote: 201."}
    for each in ("r", edit_id("r")):
        await put(database, deliveries, row_of(deliveries, 0, clock.now()) | {"id": each, "payload": words})
    await forget_person(database, clock, PERSON, votes, "cli:op")
    async with database.reading() as connection:
        post = (await connection.execute(select(posts))).one()
        left = set(await connection.scalars(select(cast(deliveries.c.payload, Text))))
    assert post.payload["posted_by"] == f"Posted by {FORMER_NAME}."
    assert post.payload["markdown"] == "200 bids."
    assert Removal.unpack(post.payload["buttons"][0]["value"]).by.startswith(FORMER)
    assert left == {"{}"}


async def test_votes_are_told_by_their_hash_and_those_of_others_stay(
    database: Database, clock: HandClock, votes: Votes
) -> None:
    bids = Asked(Outcome.ANSWER, "growth-zones-bids", "how many bids")
    for user in (ADA, GRACE):
        await votes.cast(Voter("T1", user), bids, is_right=False)
    await votes.explain(Voter("T1", ADA), Asked(Outcome.NO_ANSWER, words="zebras"), "You should know.", "zebras")
    await votes.cast(Voter("T2", ADA), bids, is_right=False)
    assert await forget_person(database, clock, PERSON, votes, "cli:op") == {"feedback": 2}
    async with database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(feedback)) == 2


async def test_one_name_stands_for_a_forgotten_person_in_the_audit_and_no_other_change_gets_through(
    database: Database, clock: HandClock, votes: Votes
) -> None:
    async with database.transaction() as connection:
        for action in ("proposal.suggested", "alerts.paused"):
            await record(connection, AuditEntry("T1", ADA, action, "C1", "", f"paused by {ADA}"), clock.now())
        await record(connection, AuditEntry("T1", GRACE, "proposal.approved", "P1"), clock.now())
    await forget_person(database, clock, PERSON, votes, "cli:op")
    async with database.reading() as connection:
        rows = (await connection.execute(select(audit).order_by(audit.c.id))).all()
    first, second, third, last = rows
    assert first.who == second.who == last.subject
    assert first.who.startswith(FORMER)
    assert second.after == f"paused by {first.who}"
    assert (third.who, last.who, last.action) == (GRACE, "cli:op", "person.forgotten")
    words = "paused by former:0123abcd and nobody else"
    texts: list[dict[str, Any]] = [
        {"after": each} for each in ("nothing", words, "former:0123abcd", "paused former: by U0ADA")
    ]
    other: list[dict[str, Any]] = [
        {"who": "U0EVE"},
        {"subject": "P1 former:0123abcd"},
        {"action": "x"},
        {"at": clock.now() + timedelta(1)},
    ]
    for change in (*other, *texts):
        with pytest.raises((StoreError, DBAPIError)):
            async with database.transaction() as connection:
                await connection.execute(update(audit).where(audit.c.id == third.id).values(**change))


async def test_a_person_reads_their_own_rows_without_the_ids_of_others(
    database: Database, clock: HandClock, votes: Votes
) -> None:
    row = row_of(proposals, 0, clock.now())
    await put(
        database,
        proposals,
        row | {"user": ADA, "name": NAME, "approver": GRACE, "approver_name": "Grace", "editors": [[GRACE, "Grace"]]},
    )
    known, (held,) = await found_on(database, Person(ADA), votes)
    assert known.names == {NAME}
    shown = without_others(held, known)
    assert (shown["user"], shown["name"]) == (ADA, NAME)
    assert "Grace" not in str(shown)
    assert GRACE not in str(shown)
    await put(database, revisions, row_of(revisions, 1, clock.now()) | {"content": f'{{"owner": "{ADA}"}}'})
    async with database.reading() as connection:
        assert await published_naming(connection, known) == 1


async def test_a_workspace_goes_from_every_table_and_the_other_one_stays(database: Database, clock: HandClock) -> None:
    of_a_team = {table for table in metadata.sorted_tables if columns_of(table, Holds.TEAM)}
    parts = {theme_questions: "theme_id", schedule_runs: "schedule_id"}
    for number, team in ((1, "T1"), (2, "T2")):
        for table in metadata.sorted_tables:
            if table in of_a_team or table in parts:
                row = row_of(table, number, clock.now())
                row |= {column.name: team for column in columns_of(table, Holds.TEAM)}
                row |= {parts[table]: f"I{number}"} if table in parts else {}
                await put(database, table, row)
    async with database.transaction() as connection:
        counts = await counts_of(connection, "T1")
        assert await forget_workspace(connection, "T1") == counts
        assert await forget_workspace(connection, "T1") == {}
    assert set(counts) == {table.name for table in of_a_team | set(parts)}
    assert set(counts.values()) == {1}
    left = await everything(database)
    assert "'T1'" not in left
    async with database.reading() as connection:
        assert await counts_of(connection, "T2") == counts


async def test_an_organisation_goes_with_its_tokens_and_the_workspaces_that_had_the_app_by_it(
    sqlite_database: Database, clock: HandClock
) -> None:
    now = clock.now()
    whole = {"enterprise_id": "E1", "team_id": None, "is_enterprise_install": True, "user_id": "U0INST"}
    for number, table in enumerate((slack_bots, slack_installations)):
        row = row_of(table, number, now)
        await put(sqlite_database, table, row | {name: value for name, value in whole.items() if name in table.c})
    await put(sqlite_database, subscriptions, row_of(subscriptions, 1, now) | {"team": "T1"})
    await put(sqlite_database, subscriptions, row_of(subscriptions, 2, now) | {"team": "T2"})
    async with sqlite_database.transaction() as connection:
        await workspaces.install(connection, "E1", now, enterprise="E1")
        await workspaces.install(connection, "T1", now, enterprise="E1", is_covered=True)
        await workspaces.install(connection, "T2", now, enterprise="E1")
        counts = await counts_of(connection, "E1")
        assert await forget_workspace(connection, "E1") == counts
    assert counts == {"installed_workspaces": 2, "slack_bots": 1, "slack_installations": 1, "subscriptions": 1}
    left = await everything(sqlite_database)
    assert ("U0INST" in left, "'T1'" in left, left.count("'T2'")) == (False, False, 2)


async def test_every_table_of_rows_that_name_a_channel_or_a_person_names_its_workspace() -> None:
    """So that it goes with the workspace; what is published belongs to none."""
    for table, columns in personal_columns():
        kinds = {holds(column) for column in columns}
        if kinds & {Holds.PERSON, Holds.PLACE, Holds.VOTER, Holds.PEOPLE}:
            assert columns_of(table, Holds.TEAM), table.name


async def test_what_is_on_its_way_with_their_name_is_told_and_gone_once_it_is_settled(
    database: Database, clock: HandClock, votes: Votes
) -> None:
    card = {"markdown": f"{NAME} suggests a fact."}
    row = row_of(deliveries, 0, clock.now()) | {"kind": "note", "payload": card}
    states = [DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCONFIRMED]
    await put(database, deliveries, *(row | {"id": each.value, "state": each.value} for each in states))
    person = replace(PERSON, names=frozenset({NAME}))
    await forget_person(database, clock, person, votes, "cli:op")
    async with database.reading() as connection:
        assert await on_their_way(connection, person) == len(states)
        assert await on_their_way(connection, replace(person, team="T2")) == 0
    async with database.transaction() as connection:
        await connection.execute(update(deliveries).values(state="sent"))
    await forget_person(database, clock, person, votes, "cli:op")
    async with database.reading() as connection:
        assert await on_their_way(connection, person) == 0
        assert set(await connection.scalars(select(deliveries.c.payload["markdown"].as_string()))) == {None}


async def test_another_workspace_keeps_its_own_of_the_same_ids(
    database: Database, clock: HandClock, votes: Votes
) -> None:
    base = row_of(subscriptions, 0, clock.now())
    here = base | {"channel": "D0X", "created_by": ADA}
    await put(database, subscriptions, here, here | {"id": "i2", "team": "T2", "created_by": GRACE})
    plan = row_of(schedules, 0, clock.now())
    await put(database, schedules, plan | {"id": "S0"}, plan | {"id": "S1", "team": "T2"})
    run = row_of(schedule_runs, 0, clock.now()) | {"reason": f"cancelled by {ADA}"}
    await put(database, schedule_runs, run, run | {"schedule_id": "S1"})
    await forget_person(database, clock, PERSON, votes, "cli:op")
    async with database.reading() as connection:
        assert list(await connection.scalars(select(subscriptions.c.team))) == ["T2"]
        told = await connection.execute(select(schedule_runs.c.schedule_id, schedule_runs.c.reason))
        reasons = {row.schedule_id: row.reason for row in told}
    assert ADA not in reasons["S0"]
    assert ADA in reasons["S1"]
    await forget_person(database, clock, replace(PERSON, team=""), votes, "cli:op")
    assert GRACE in await everything(database), "her direct message of the same id"


async def test_who_forgets_themselves_is_not_named_by_it(database: Database, clock: HandClock, votes: Votes) -> None:
    async with database.transaction() as connection:
        await record(connection, AuditEntry("T1", "cli:ada", "proposal.approved", "P1"), clock.now())
    for expected in ({"audit": 1}, {}):
        assert await forget_person(database, clock, Person("cli:ada"), votes, "cli:ada") == expected
    assert "cli:ada" not in await everything(database)
