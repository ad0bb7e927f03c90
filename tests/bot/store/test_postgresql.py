"""A PostgreSQL server that is silent, gone, slow or read-only: noticed in seconds, told, and left."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import text

from bot.store import database as store
from bot.store import postgresql
from bot.store.database import Database
from bot.store.errors import StoreError
from bot.store.limiter import asked_by_a_person
from tests.support.postgresql import connected
from tests.support.proxy import Proxy
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from tests.support.postgresql import SharedDatabase

SETTINGS = ("statement_timeout", "idle_in_transaction_session_timeout", "tcp_keepalives_idle")


@asynccontextmanager
async def behind_a_proxy(server: URL) -> AsyncIterator[tuple[Database, Proxy]]:
    """Yield a database whose connections go through a proxy."""
    proxy = Proxy(path=str(Path(str(server.query["host"])) / ".s.PGSQL.5432"))
    async with proxy.serve():
        url = server.set(host="127.0.0.1", port=proxy.port, query={})
        database = Database(url)
        try:
            yield database, proxy
        finally:
            proxy.mend()
            await database.close()


async def number(database: Database) -> int:
    async with database.reading() as connection:
        return int(await connection.scalar(text("SELECT 1")))


async def ask(connection: AsyncConnection, *statements: str) -> None:
    for statement in statements:
        await connection.execute(text(statement))


async def test_the_server_is_asked_to_end_what_hangs(postgresql_server: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "STATEMENT_S", 10)
    monkeypatch.setattr(postgresql, "HELD_S", 15)
    async with behind_a_proxy(postgresql_server) as (database, _), database.reading() as connection:
        shown = [await connection.scalar(text(f"SHOW {name}")) for name in SETTINGS]
    assert shown[:2] == ["10s", "15s"]


async def test_a_silent_server_is_given_up_and_left_alone_until_it_answers_again(
    postgresql_server: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "AWAY_S", PATIENCE_S)
    async with behind_a_proxy(postgresql_server) as (database, proxy), asyncio.timeout(PATIENCE_S):
        async with database.transaction() as before:
            await before.execute(text("SELECT 1"))
            proxy.go_silent()
            monkeypatch.setattr(postgresql, "ANSWER_S", 0.3)
            monkeypatch.setattr(postgresql, "CONNECT_S", 2)
            with pytest.raises(StoreError, match="cannot be reached"):
                async with database.reading() as connection:
                    await connection.execute(text("SELECT 1"))
            tried = proxy.connections
            with pytest.raises(StoreError, match="cannot be reached"):
                await number(database)
            assert proxy.connections == tried, "it was tried again at once"
            for limit in ("ANSWER_S", "CONNECT_S"):
                monkeypatch.setattr(postgresql, limit, PATIENCE_S)
            proxy.mend()
        database._away_until = 0.0  # noqa: SLF001 — as if AWAY_S had passed
        while True:
            try:
                assert await number(database) == 1
                break
            except StoreError:
                await asyncio.sleep(0.1)  # only trying tells


async def test_who_gives_up_a_statement_is_not_held_up_by_a_silent_server(postgresql_server: URL) -> None:
    async with behind_a_proxy(postgresql_server) as (database, proxy), asyncio.timeout(PATIENCE_S):
        await number(database)
        proxy.go_silent()
        reading = asyncio.create_task(number(database))
        while proxy.connections and not reading.done():
            await asyncio.sleep(0)
            reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading


async def test_a_person_is_told_before_the_bots_own_work_gives_up(
    postgresql_server: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with behind_a_proxy(postgresql_server) as (database, proxy), asyncio.timeout(PATIENCE_S):
        await number(database)
        proxy.go_silent()
        monkeypatch.setattr(postgresql, "READ_S", 0.3)
        monkeypatch.setattr(postgresql, "ASKED_CONNECT_S", 2)
        with asked_by_a_person(), pytest.raises(StoreError) as told:
            async with database.transaction() as connection:
                await connection.execute(text("SELECT 1"))
    assert "nothing changed" in told.value.for_members


async def test_a_statement_that_waits_for_a_lock_too_long_is_given_up_by_the_server(
    postgresql_server: URL,
) -> None:
    async with behind_a_proxy(postgresql_server) as (database, _):
        with pytest.raises(StoreError, match="too slow"):
            async with database.transaction() as connection:
                await ask(connection, "SET LOCAL statement_timeout = 50", "SELECT pg_sleep(60)")
        async with database.patient_transaction() as connection:
            assert await connection.scalar(text("SHOW statement_timeout")) == "0"


async def test_a_primary_that_became_read_only_is_left_for_the_new_one(postgresql_server: URL) -> None:
    async with behind_a_proxy(postgresql_server) as (database, proxy):
        async with database.transaction() as connection:
            await ask(connection, "SELECT 1")
        with pytest.raises(StoreError, match="read-only"):
            async with database.transaction() as connection:
                await ask(connection, "SET TRANSACTION READ ONLY", "CREATE TABLE refused (number INTEGER)")
        before = proxy.connections
        await number(database)
        assert proxy.connections == before + 1, "the old connection was used again"


async def test_nothing_is_prepared_on_a_server_behind_a_pooler(postgresql_server: URL) -> None:
    async with behind_a_proxy(postgresql_server) as (database, _), database.transaction() as connection:
        for _ in range(12):
            await connection.execute(text("SELECT 1"))
        assert await connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0


def test_a_test_gets_the_numbers_of_an_empty_database_though_inserts_failed_before(
    postgresql_database: SharedDatabase,
) -> None:
    number = "SELECT nextval('audit_id_seq')"
    with connected(postgresql_database.as_new()) as connection:
        with pytest.raises(psycopg.errors.NotNullViolation):
            connection.execute("INSERT INTO audit DEFAULT VALUES")
        assert connection.execute(number).fetchone() == (2,)
    with connected(postgresql_database.as_new()) as connection:
        assert connection.execute(number).fetchone() == (1,)
