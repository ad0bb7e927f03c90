"""`briefing-bot deliveries` and `feedback` on a SQLite file, as an operator runs them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from bot.clock import SystemClock
from bot.feedback.votes import Voter, Votes
from bot.messages import Asked, Outcome
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.store.database import Database
from bot.store.tables import deliveries
from cli.main import app
from tests.support.newsroom import HandClock
from tests.support.up_to_date import copy_up_to_date

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Make a database with a pending, a dead and a posted delivery; return their ids."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "")
    wanted = {
        name: Delivery("T1", f"C{name.upper()}", DeliveryKind.ALERT, OutboxMessage("x"))
        for name in ("pending", "failed", "sent")
    }

    async def fill() -> None:
        database = Database(copy_up_to_date(tmp_path))
        async with database.transaction() as connection:
            await enqueue(connection, wanted.values(), SystemClock().now())
            for state in ("failed", "sent"):
                change = deliveries.update().where(deliveries.c.id == wanted[state].id)
                await connection.execute(change.values(state=state, error="is_archived" if state == "failed" else None))
        await database.close()

    asyncio.run(fill())
    return {name: each.id for name, each in wanted.items()}


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["deliveries", *words])


def test_the_counts_and_each_delivery(ids: dict[str, str]) -> None:
    counts, *lines = run().stdout.splitlines()
    assert counts == "expected 3 · posted 1 · pending 1 · unconfirmed 0 · failed 1 · late 0"
    assert {line.split()[0] for line in lines} == {each[:8] for each in ids.values()}
    assert any("CFAILED" in line and line.endswith("is_archived") for line in lines)


def test_as_json_by_state_and_channel(ids: dict[str, str]) -> None:
    tally, *rows = map(json.loads, run("--json", "--state", "failed", "--state", "sent").stdout.splitlines())
    assert (tally["expected"], {row["id"] for row in rows}) == (3, {ids["failed"], ids["sent"]})
    (tally, row) = map(json.loads, run("--json", "--channel", "CPENDING").stdout.splitlines())
    assert (tally["expected"], row["state"], row["reason"]) == (1, "pending", "")


def test_a_dead_one_goes_again_and_a_pending_one_is_dropped(ids: dict[str, str]) -> None:
    assert "will be posted to CFAILED" in run("retry", ids["failed"][:8]).stdout
    assert "will not be posted to CPENDING" in run("cancel", ids["pending"]).stdout
    assert run().stdout.startswith("expected 2 · posted 1 · pending 1 · unconfirmed 0 · failed 0")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("retry", "{sent}"), "only a failed one"),
        (("cancel", "{sent}"), "cannot be cancelled"),
        (("retry", "ffffffffffff"), "No delivery begins with"),
        (("cancel", "%"), "at least 6 letters and digits"),
    ],
)
def test_what_cannot_be_done_is_said(ids: dict[str, str], words: tuple[str, str], sentence: str) -> None:
    result = run(*(word.format(**ids) for word in words))
    assert result.exit_code == 1
    assert sentence in str(result.exception)


def test_what_people_say_of_answers_the_most_doubted_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "")
    given_at = SystemClock().now()

    async def fill() -> None:
        database = Database(copy_up_to_date(tmp_path))
        votes = Votes(database, HandClock(given_at), None)
        money, none = Asked(Outcome.ANSWER, "action-plan-money"), Asked(Outcome.NO_ANSWER, words="zebras")
        await votes.cast(Voter("T1", "U1"), money, is_right=True)
        await votes.cast(Voter("T1", "U2"), money, is_right=False)
        for user in ("U1", "U2"):
            await votes.explain(Voter("T1", user), none, "We do\nhold it\x1b[31m", "zebras")
        await database.close()

    asyncio.run(fill())
    assert "Nobody" not in CliRunner().invoke(app, ["feedback"]).output
    reason = f"  {given_at:%Y-%m-%d}  We do·hold it·[31m (asked: zebras)"
    printed = CliRunner().invoke(app, ["feedback"]).stdout
    assert printed.splitlines() == [
        "no answer: not right 2, right 0",
        *(reason, reason),
        "action-plan-money: not right 1, right 1",
    ]
    rows = [json.loads(line) for line in CliRunner().invoke(app, ["feedback", "--json"]).stdout.splitlines()]
    assert {row["fact_id"] for row in rows} == {"", "action-plan-money"}
    assert {tuple(row) for row in rows} == {("given_on", "is_right", "outcome", "fact_id", "reason", "words")}


def test_no_feedback_is_said_so_and_prints_nothing_for_programs(ids: dict[str, str]) -> None:
    assert ids
    said = CliRunner().invoke(app, ["feedback"])
    assert (said.stdout, said.stderr) == (
        "",
        "Nobody has said of an answer whether it was right in the last 90 days.\n",
    )
    assert CliRunner().invoke(app, ["feedback", "--json"]).output == ""
