"""The operators' port: what it tells, to whom, and what strangers cannot do to it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from bot.clock import REFUSED_S, ClockSkew, SystemClock
from bot.errors import ConfigError
from bot.store.database import Database
from bot.store.engine import database_url
from handlers.metrics import stored
from handlers.metrics.admin_port import MOST_SCRAPERS, AdminPort
from handlers.metrics.health import Check, Health, Reason, clock_checks
from handlers.metrics.metrics import Metrics
from handlers.metrics.stored import StoredMetrics
from tests.support.up_to_date import copy_up_to_date
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CLOCK = SystemClock()


@dataclass
class Told:
    """A port with its parts, and what is wrong with the process."""

    port: AdminPort
    metrics: Metrics
    stored: StoredMetrics
    skew: ClockSkew
    wrong: str = ""

    async def get(self, path: str, method: str = "GET", **how: str) -> tuple[int, str]:
        """Ask it; return the status and what it says."""
        address = f"http://127.0.0.1:{self.port.port}{path}"
        async with aiohttp.ClientSession() as session, session.request(method, address, headers=how) as answer:
            return answer.status, await answer.text()

    async def scraped(self) -> dict[str, float]:
        """Return what Prometheus would read, by name and labels."""
        status, text = await self.get("/metrics")
        assert status == 200
        return {
            sample.name.removeprefix("briefing_bot_")
            + "".join(f" {each}" for each in sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@asynccontextmanager
async def telling(database: Database) -> AsyncIterator[Told]:
    """Open a port for a database, which is closed at the end."""
    metrics, told, skew = Metrics(), StoredMetrics(database, CLOCK, ()), ClockSkew(CLOCK)
    metrics.registry.register(told)
    metrics.follow(lambda: 0, lambda: skew.seconds, lambda: 1e9, lambda: 1e9)
    checks = (
        Check(Reason.NOT_CONNECTED, lambda: made.wrong),
        Check(Reason.DATABASE_AWAY, lambda: told.fault, stops_work=False),
        Check(Reason.DATABASE_UNWRITABLE, lambda: told.write_fault, stops_work=False),
        Check(Reason.MIGRATION, lambda: told.migration_fault, stops_work=False),
        *clock_checks(skew, is_http=True),
    )
    made = Told(AdminPort("127.0.0.1", 0, metrics, Health(checks), told, header_s=PATIENCE_S), metrics, told, skew)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await stack.enter_async_context(made.port.listening())
        yield made


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the database as long as a busy machine takes; what was read is old when a test says so."""
    for name in ("READ_EVERY_S", "WAIT_S", "KEPT_S", "GIVE_UP_S"):
        monkeypatch.setattr(stored, name, PATIENCE_S)


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    """Open a port for a database without anything in it."""
    async with telling(Database(copy_up_to_date(tmp_path))) as told:
        yield told


async def test_it_tells_how_the_process_is_in_words_and_as_numbers(told: Told) -> None:
    assert await told.get("/livez") == (200, "alive\n")
    assert await told.get("/readyz") == (200, "ready\n")
    told.wrong = "Slack is away."
    assert await told.get("/readyz") == (503, "not ready\nnot_connected: Slack is away.\n")
    numbers = await told.scraped()
    assert (numbers["ready"], numbers["fault not_connected"], numbers["fault clock_skew"]) == (0, 1, 0)
    assert numbers["database_up"] == 1
    assert numbers["open_deliveries pending"] == numbers["scheduled_posts_expected"] == 0
    assert "newest_revision" not in numbers, "nothing is published"


async def test_a_clock_that_is_off_is_told_and_much_off_stops_the_work(told: Told) -> None:
    told.skew.measure(CLOCK.now() + timedelta(seconds=60))
    status, text = await told.get("/readyz")
    assert (status, text.splitlines()[0]) == (200, "ready")
    assert "seconds behind Slack's: set it by NTP." in text
    told.skew.measure(CLOCK.now() - timedelta(seconds=REFUSED_S + 20))
    status, text = await told.get("/readyz")
    assert (status, text.splitlines()[0]) == (503, "not ready")
    assert (await told.scraped())["clock_skew_seconds"] > REFUSED_S


async def test_a_database_that_is_away_is_told_and_its_numbers_are_left_out() -> None:
    database = Database(make_url("postgresql+psycopg://nobody@127.0.0.1:9/none"))
    async with telling(database) as told:
        numbers = await told.scraped()
        assert numbers["database_up"] == 0
        assert not {"late_deliveries", "queue_age_seconds", "open_deliveries pending"} & {*numbers}
        status, text = await told.get("/readyz")
        assert status == 200, "look-ups are answered from memory"
        assert "database_away: The database cannot be reached." in text


async def test_a_database_that_takes_no_changes_is_told_though_nobody_writes(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.sqlite_file.NO_ROOM", 2**80)
    status, text = await told.get("/readyz")
    assert (status, text.splitlines()[0]) == (200, "ready")
    assert "database_unwritable: The database's disk is full. Make room in DATA_DIR" in text
    numbers = await told.scraped()
    assert (numbers["database_up"], numbers["fault database_unwritable"]) == (1, 1)


async def test_a_database_that_does_not_answer_is_given_up(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await told.scraped())["database_up"] == 1
    asked = asyncio.Event()

    @asynccontextmanager
    async def hanging(_self: Database) -> AsyncIterator[None]:
        asked.set()
        await asyncio.Event().wait()
        yield

    monkeypatch.setattr(Database, "reading", hanging)
    monkeypatch.setattr(stored, "GIVE_UP_S", 0.02)
    monkeypatch.setattr(told.stored, "_read_next_at", 0.0)
    numbers = await told.scraped()
    assert asked.is_set()
    assert numbers["database_up"] == 0
    assert "late_deliveries" not in numbers
    assert "The database does not answer" in (await told.get("/readyz"))[1]


async def test_what_a_slow_database_says_is_for_the_next_scrape(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, answers, asked = Database.reading, asyncio.Event(), []

    @asynccontextmanager
    async def slow(self: Database) -> AsyncIterator[object]:
        asked.append(1)
        await answers.wait()
        async with reading(self) as connection:
            yield connection

    monkeypatch.setattr(Database, "reading", slow)
    monkeypatch.setattr(stored, "WAIT_S", 0.01)
    for _ in range(3):
        assert "database_up" not in await told.scraped(), "it has neither answered nor failed"
    monkeypatch.setattr(stored, "WAIT_S", PATIENCE_S)
    answers.set()
    assert (await told.scraped())["late_deliveries"] == 0
    assert len(asked) == 1, "the read under way is waited for"
    answers.clear()
    monkeypatch.setattr(stored, "WAIT_S", 0.01)
    monkeypatch.setattr(told.stored, "_read_next_at", 0.0)
    numbers = await told.scraped()
    assert (len(asked), numbers["database_up"], numbers["late_deliveries"]) == (2, 1, 0), "what was read before stands"
    assert await told.get("/readyz") == (200, "ready\n")
    monkeypatch.setattr(stored, "KEPT_S", 0.0)
    numbers = await told.scraped()
    assert (numbers["database_up"], "late_deliveries" in numbers) == (1, False), "an old number is not shown"


async def test_the_database_is_asked_once_however_often_it_is_scraped(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    reading = Database.reading

    def counted(self: Database) -> object:
        reads.append(1)
        return reading(self)

    monkeypatch.setattr(Database, "reading", counted)
    for _ in range(5):
        await told.scraped()
    assert len(reads) == 1


async def test_a_database_of_another_version_is_told(told: Told) -> None:
    async with told.stored._database.transaction() as connection:  # noqa: SLF001 — the test's own
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert "migration_behind: The database is at migration 0001" in (await told.get("/readyz"))[1]


async def test_a_scrape_before_the_first_start_made_the_tables_logs_no_error(tmp_path: Path) -> None:
    async with telling(Database(database_url("", tmp_path))) as told:
        with capture_logs() as logs:
            assert "database_away: The database has no tables yet" in (await told.get("/readyz"))[1]
        assert logs == []
        await told.stored._database.migrate()  # noqa: SLF001 — the test's own
        assert await told.get("/readyz") == (200, "ready\n")


async def test_other_methods_and_other_paths_are_refused(told: Told) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        for path in ("/metrics", "/livez", "/readyz"):
            assert await told.get(path, method) == (405, "")
    for path in ("/", "/slack/events", "/metrics/", "/metrics/../etc", "/%2e%2e/", "/debug"):
        assert await told.get(path) == (404, "")


async def test_whatever_a_scraper_says_of_itself_it_gets_the_plain_text(told: Told) -> None:
    for accept in ("application/openmetrics-text", "*/*;q=x", 'text/plain;escaping="', "x" * 4000):
        status, text = await told.get("/metrics?name[]=x", Accept=accept)
        assert status == 200
        assert "# TYPE briefing_bot_ready gauge" in text


async def test_garbage_is_refused_and_counted(told: Told) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", told.port.port)
    writer.write(b"GET /metrics HTTP/9\r\n\r\n")
    await asyncio.wait_for(reader.read(), PATIENCE_S)
    writer.close()
    await writer.wait_closed()
    assert (await told.scraped())["requests_refused_total no HTTP"] == 1


async def test_slow_clients_are_closed_for_others(tmp_path: Path) -> None:
    async with telling(Database(copy_up_to_date(tmp_path))) as told:
        slow = [await asyncio.open_connection("127.0.0.1", told.port.port) for _ in range(MOST_SCRAPERS + 5)]
        for _, writer in slow:
            writer.write(b"GET /metrics HTTP/1.1\r\nHost:")
        assert (await told.scraped())["requests_refused_total too many connections"] >= 5
        for reader, _ in slow[:5]:
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await asyncio.wait_for(reader.readexactly(1), PATIENCE_S)
        for _, writer in slow:
            writer.transport.abort()


async def test_a_taken_port_is_told_with_the_settings_names(told: Told) -> None:
    other = AdminPort("127.0.0.1", told.port.port, Metrics(), Health(()), told.stored)
    with pytest.raises(ConfigError, match="ADMIN_HOST and ADMIN_PORT"):
        async with other.listening():
            pass


async def test_without_a_port_nothing_listens(told: Told) -> None:
    silent = AdminPort("127.0.0.1", None, Metrics(), Health(()), told.stored)
    async with silent.listening():
        assert silent.port == 0
