"""`publish`, `diff` and `migrate`, on a copy of the real briefings and a database of their own."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from bot.alerts.subscriptions import ALL, subscribe, wanted
from bot.clock import SystemClock
from bot.config import Settings
from bot.gaps.gaps import Gap, add
from bot.messages import ChannelRef
from bot.store.database import Database
from bot.store.engine import SQLITE_FILE, database_url
from bot.store.revisions import newest_number
from cli.main import app
from tests.support.content_copy import copied

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import URL

FILE = "infrastructure/growth-zones.yaml"
ID = "growth-zones-investment"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the real briefings beside an empty DATA_DIR; no other setting is made."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    for command in ("operators.publish", "maintainers.impact"):  # the runner's stderr is closed behind it
        monkeypatch.setattr(f"cli.{command}.set_up_logging", lambda _level: None)
    return copied(tmp_path / "briefings")


def run(*words: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(app, [*words, "--content", "briefings"])
    assert result.exit_code == exit_code, result.output
    return result


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / FILE
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def subscribe_channel(folder: Path) -> None:
    async def main() -> None:
        database = Database(database_url("", folder.parent / "var"))
        async with database.transaction() as connection:
            place = ChannelRef("T0TRY", "C0POLICY")
            now = SystemClock().now()
            await subscribe(connection, place, wanted(place, [ALL], by="U0ADA", at=now))
            await add(connection, [Gap("T0TRY", "wibble zones", 3, now.date(), now.date())])
        await database.close()

    asyncio.run(main())


def test_publish_tells_what_it_did(folder: Path) -> None:
    first = run("publish", "--dry-run").output
    assert first.startswith("There was no database at ")
    assert first.endswith("Would publish revision 1, the baseline. No alert is posted.\n")
    assert "There was no database" not in run("publish", "--dry-run").output
    assert run("publish").output.endswith("Published revision 1, the baseline. No alert is posted.\n")
    assert run("publish").output.endswith("Nothing to publish: revision 1 is the same.\n")
    edit(folder, "OpenAI could look at", "It might look at")
    assert f"Would publish revision 2:\n  updated: {ID}\n" in run("publish", "--dry-run").output
    published = run("publish", "--note", "We reread it.").output
    assert f"Published revision 2:\n  updated: {ID}\n" in published
    assert "warning lost-subject: “It” begins" in published.partition("Published")[2]
    edit(folder, "data centre zones", "datacentre zones")
    assert "no alert is posted" in run("publish").output


def test_publish_tells_faults_and_publishes_nothing(folder: Path) -> None:
    run("publish")
    edit(folder, "certainty: possible", "certainty: maybe")
    result = run("publish", exit_code=1)
    assert str(result.exception).startswith("The content folder briefings has")
    with sqlite3.connect(folder.parent / "var" / SQLITE_FILE) as connection:
        assert connection.execute("SELECT max(number) FROM revisions").fetchone() == (1,)
    connection.close()


def test_diff_shows_changes_briefings_and_the_alert_with_its_channels(folder: Path) -> None:
    run("publish")
    subscribe_channel(folder)
    assert run("diff").stdout.startswith("No fact changes against revision 1; no alert\n")
    edit(folder, "could look at", "might look at")
    edit(folder, "keywords: [AIGZ, AIGZs,", "keywords: [wibble zones, AIGZ, AIGZs,")
    human = run("diff").stdout
    assert human.startswith("1 fact changes against revision 1; an alert to 1 channel\n")
    assert f"{ID} updated (Infrastructure" in human
    assert "Briefing: Infrastructure, short and with the details" in human
    assert "In C0POLICY:" in human
    assert f"Asked by people: “wibble zones”: was closest: growth-zones-participation, now {ID}" in human
    markdown = run("impact", "--base", "published").output
    assert "---\n\n# What changed: Infrastructure" in markdown
    told = json.loads(run("diff", "--against", "1", "--format", "json").stdout)
    assert (told["base"], told["changes"][0]["fact"]) == ("revision 1", ID)
    assert told["changes"][0]["before"]["statement"].startswith("OpenAI could")
    assert [alert["channel"] for alert in told["alerts"]] == ["C0POLICY"]
    assert "infrastructure" in {briefing["area"] for briefing in told["briefings"]}
    posted = told["alerts"][0]["markdown"]
    run("publish")
    with sqlite3.connect(folder.parent / "var" / SQLITE_FILE) as connection:
        (payload,) = connection.execute("SELECT payload FROM deliveries").fetchone()
    connection.close()
    assert json.loads(payload)["markdown"] == posted[0], "diff shows the alert as it is posted"


def test_a_fact_that_vanishes_is_told_by_check_diff_and_publish(folder: Path) -> None:
    """Nothing else notices: no template prints it, and no question asks for it."""
    run("publish")
    file = folder / "technical-exchange/security-risks.yaml"
    entries = file.read_text().split("\n\n")
    file.write_text("\n\n".join(entry for entry in entries if not entry.startswith("identifying-risks:")))
    warning = "“identifying-risks” is published and in no file any more: publishing withdraws it without a reason."
    assert "no faults" in run("check").output
    assert warning in run("check", "--against", "published").output
    assert "vanished-fact" in run("check", "--against", "1", "--format", "github").output
    assert f"warning, vanished-fact: {warning} Put it back" in run("diff").output
    assert json.loads(run("diff", "--format", "json").output)["vanished"] == ["identifying-risks"]
    published = run("publish").output
    assert "warning vanished-fact: “identifying-risks”" in published.partition("  withdrawn: identifying-risks\n")[2]
    assert "no faults" in run("check", "--against", "published").output
    assert warning in run("check", "--against", "1").output


def test_check_against_what_is_no_revision() -> None:
    assert "Nothing is published yet." in str(run("check", "--against", "published", exit_code=1).exception)
    assert run("check", "--against", "yesterday", exit_code=2).output


def test_diff_refuses_what_is_no_revision() -> None:
    run("publish")
    assert run("diff", "--against", "yesterday", exit_code=2).output
    assert str(run("diff", "--against", "7", exit_code=1).exception) == "There is no revision 7."


def test_diff_before_the_first_publish_says_so() -> None:
    assert "Nothing is published yet." in str(run("diff", exit_code=1).exception)


def test_migrate_brings_a_database_up_to_date(new_database_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", new_database_url.render_as_string(hide_password=False))
    if new_database_url.get_backend_name() == "postgresql":
        refused = run("publish", exit_code=1)
        assert "Run: briefing-bot migrate" in str(refused.exception)
    for _ in range(2):
        result = CliRunner().invoke(app, ["migrate"])
        assert (result.exit_code, result.output) == (0, "The database is up to date.\n")
    run("publish")

    async def number() -> int:
        database = Database(new_database_url)
        async with database.reading() as connection:
            found = await newest_number(connection)
        await database.close()
        return found

    assert asyncio.run(number()) == 1


def test_a_backup_taken_while_the_bot_runs_restores_everything(folder: Path) -> None:
    """The commands of docs/operations.md: VACUUM INTO a file, put it in place of a lost database."""
    run("publish")
    subscribe_channel(folder)
    var = folder.parent / "var"
    with sqlite3.connect(var / SQLITE_FILE) as connection:
        connection.execute("VACUUM INTO ?", (str(folder.parent / "backup.db"),))
    connection.close()
    shutil.rmtree(var)
    var.mkdir()
    (folder.parent / "backup.db").rename(var / SQLITE_FILE)
    assert run("publish").output == "Nothing to publish: revision 1 is the same.\n"
    edit(folder, "could look at", "might look at")
    assert "an alert to 1 channel" in run("diff").output
