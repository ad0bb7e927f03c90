"""What any test may ask for: a database of each kind, empty and up to date."""

from __future__ import annotations

import asyncio
import gc
import random
import socket
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import structlog
import uvloop
from hypothesis import settings
from sqlalchemy.ext.asyncio import create_async_engine

from bot.answers import snapshot
from bot.content import load as loading
from bot.content.fact_files import read_fact_file
from bot.publishing import content_check
from bot.store import engine, postgresql
from bot.store.database import Database
from bot.store.engine import database_url
from tests.support import patient_bot
from tests.support.compiled_statements import CompiledStatements
from tests.support.made_once import lookup_of, questions_checked
from tests.support.postgresql import SharedDatabase, connected, running_server, scratch_database
from tests.support.up_to_date import copy_up_to_date, make_tables
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from sqlalchemy.engine import URL

settings.register_profile("any machine", deadline=None, derandomize=True)
settings.load_profile("any machine")

_TESTS: Final = Path(__file__).parent
_OVER_THE_WIRE: Final = (_TESTS / "handlers/slack",)


def pytest_configure() -> None:
    """Have exceptions logged as Python prints them: their colours and variables cost a second each.

    The collector is off until all tests are collected: it would look through all of them again and again.
    """
    structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave what was collected alone: only what tests make is looked through, and not for each 700 objects."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_asyncio_loop_factories(
    config: pytest.Config,  # noqa: ARG001 — the hook's signature
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Return the event loop that `briefing-bot run` has, for tests over the wire: others leave at other times.

    What is written before a connection is cut, for one. Loops of other tests are those of commands.
    """
    is_over_the_wire = any(item.path.is_relative_to(folder) for folder in _OVER_THE_WIRE)
    return {"loop": uvloop.new_event_loop if is_over_the_wire else asyncio.new_event_loop}


@pytest.fixture(autouse=True)
def fresh_logging() -> Iterator[None]:
    """Undo what a command run within a test did to logging."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def fact_files_read_once() -> Iterator[None]:
    """Read a fact file's text once for all tests: most load the same ones. What is read of a text is never changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "read_fact_file", lru_cache(maxsize=256)(read_fact_file))
        yield


@pytest.fixture(scope="session", autouse=True)
def content_indexed_once() -> Iterator[None]:
    """Index the same content once for all tests, and ask it a folder's questions once: half of a bot's start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "Lookup", lookup_of)
        patch.setattr(content_check, "Lookup", lookup_of)
        patch.setattr(content_check, "check_questions", questions_checked)
        yield


@pytest.fixture(scope="session", autouse=True)
def nothing_synced() -> Iterator[None]:
    """Let SQLite write to memory alone, as PostgreSQL's server here: nobody pulls this machine's plug."""
    prepare = engine._prepare_sqlite  # noqa: SLF001 — the tests' own setting is nobody else's

    def without_sync(busy_s: float, connection: Any, entry: Any) -> None:  # noqa: ANN401 — as SQLAlchemy calls it
        prepare(busy_s, connection, entry)
        connection.execute("PRAGMA synchronous = OFF").close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_prepare_sqlite", without_sync)
        yield


@pytest.fixture(scope="session", autouse=True)
def database_waited_for() -> Iterator[None]:
    """Wait for a database as long as a busy machine takes; tests of what is given up sooner say after how long."""
    with pytest.MonkeyPatch.context() as patch:
        for module, names in patient_bot.DATABASE.items():
            for name in names:
                patch.setattr(module, name, PATIENCE_S)
        patch.setitem(vars(Database)["__init__"].__kwdefaults__, "busy_s", PATIENCE_S)
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """Compile a statement once for all databases of a kind: each test opens its own, and an engine compiles anew."""
    making = partial(create_async_engine, execution_options={"compiled_cache": CompiledStatements()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "create_async_engine", making)
        patch.setattr(postgresql, "create_async_engine", making)
        yield


@pytest.fixture
def patient_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the app as long as a busy machine takes: Slack's three seconds are tried in tests/workspace."""
    for module, name, value in patient_bot.WORKSPACE:
        monkeypatch.setattr(module, name, value)


@pytest.fixture
def unused_tcp_port() -> int:
    """Return a free port."""
    return _unused_port()


@pytest.fixture
def another_tcp_port() -> int:
    """Return one more free port."""
    return _unused_port()


def _unused_port() -> int:
    """Return a free port below those that systems give to connections: between choice and use nobody else gets it."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), k=100):
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise LookupError("no port is free")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """Run one PostgreSQL server for all tests and return its address."""
    with running_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """Return the address of an empty database without tables; a test that asks runs once on each kind."""
    if request.param == "sqlite":
        yield database_url("", tmp_path)
        return
    with scratch_database(request.getfixturevalue("postgresql_server"), "template1") as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: URL) -> str:
    """Return the name of a database with all tables, to make others from: faster than its migrations, run anew."""
    name = "up_to_date"
    with connected(postgresql_server) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    make_tables(postgresql_server.set(database=name))
    return name


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: URL, postgresql_template: str) -> SharedDatabase:
    """Return a database with all tables, for one test after another."""
    return SharedDatabase(postgresql_server, postgresql_template)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Open an empty database that is up to date; a test that asks runs once on each kind."""
    is_sqlite = request.param == "sqlite"
    url = copy_up_to_date(tmp_path) if is_sqlite else request.getfixturevalue("postgresql_database").as_new()
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture
async def sqlite_database(tmp_path: Path) -> AsyncIterator[Database]:
    """Open an empty SQLite database that is up to date, for tests that no other kind would tell more."""
    database = Database(copy_up_to_date(tmp_path))
    yield database
    await database.close()
