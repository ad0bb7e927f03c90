"""`briefing-bot proposals`: what is proposed, for people and programs, and decisions with no Slack at hand."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from bot.audit.audit import AuditFilter, read_audit
from bot.store.database import Database
from bot.store.engine import database_url
from cli.main import app
from cli.operators.stored import operator
from tests.bot.proposals.test_proposals import ADA, CORRECTION, Desk
from tests.support.newsroom import Newsroom
from tests.support.up_to_date import copy_up_to_date

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["proposals", *words])


@pytest.fixture
def proposal_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "")

    async def fill() -> list[str]:
        database = Database(copy_up_to_date(tmp_path))
        desk = Desk(await Newsroom.opened(database))
        made = [await desk.proposals.suggest(CORRECTION, ADA, f"{number}") for number in range(2)]
        await database.close()
        return made

    return asyncio.run(fill())


def test_proposals_are_listed_shown_and_decided_on(proposal_ids: list[str], tmp_path: Path) -> None:
    first, second = proposal_ids
    lines = sorted(run().stdout.splitlines())
    assert [line.partition(" ")[0] for line in lines] == sorted(each[:8] for each in proposal_ids)
    assert "waiting    correction of growth-zones-bids, by U0Ada" in lines[0]
    shown = run("show", first).stdout
    assert "A correction is proposed by U0Ada" in shown
    assert "The check finds no fault." in shown
    assert run("approve", first[:6]).stdout == f"{first} is approved. The running bot writes it.\n"
    assert "This is decided already: approved" in str(run("approve", first).exception)
    assert "This is decided already: approved" in str(run("close", first, "--reason", "Not merged.").exception)
    assert run("decline", second, "--reason", "It says 200.").stdout == f"{second} is declined.\n"
    assert "--reason" in run("decline", second).stderr
    assert "id begins with abc" in str(run("show", "abc").exception)
    (approved,) = map(json.loads, run("--json", "--state", "approved").stdout.splitlines())
    assert (approved["id"], approved["approver"]["user"]) == (first, operator())
    assert "No proposal is in such a state" in run("--state", "failed").stderr

    async def audited() -> list[tuple[str, str]]:
        database = Database(database_url("", tmp_path))
        async with database.reading() as connection:
            found = await read_audit(connection, AuditFilter(who=operator()))
        await database.close()
        return [(each.entry.action, each.entry.subject) for each in found]

    assert second[:8] not in run().stdout, "only open ones"
    assert second[:8] in run("--all").stdout
    assert asyncio.run(audited()) == [("proposal.approved", first), ("proposal.declined", second)]


@pytest.mark.parametrize("reason", ["", " ", "\n"])
def test_a_decline_without_a_reason_decides_nothing(reason: str, proposal_ids: list[str]) -> None:
    done = run("decline", proposal_ids[0], "--reason", reason)
    assert "Say why" in str(done.exception)
    assert len(run("--state", "waiting").stdout.splitlines()) == len(proposal_ids)
