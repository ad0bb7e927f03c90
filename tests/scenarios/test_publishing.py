"""Edits over the wire: the real process publishes them, answers from them, and tells what they changed."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

import app as wiring
from bot.config import Settings
from bot.content.faults import ContentError
from bot.publishing import publisher
from bot.publishing.content_check import load_content
from bot.publishing.factory import publisher_for
from bot.publishing.git_command import GitError
from bot.publishing.publisher import HEAD_START_S
from bot.publishing.startup import publish_folder
from bot.store.database import Database
from handlers.tasks import kept
from tests.bot.publishing.test_git_poller import Repository
from tests.scenarios.private_replies import says
from tests.scenarios.scene import ADA, GENERAL, POLICY, ScenarioClock, Scene, playing, settings_for
from tests.scenarios.test_alerts import until_posted
from tests.scenarios.test_process import command, ended, tokens
from tests.support.content_copy import copied
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.engine import URL

FILE = "infrastructure/growth-zones.yaml"
ID = "growth-zones-investment"


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        yield workspace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copied(tmp_path / "briefings")


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / FILE
    file.write_text(file.read_text().replace(old, new))


async def answer_of(workspace: Workspace, words: str) -> str:
    happened = await workspace.type(ADA, GENERAL, words)
    assert happened.acked
    text: str = workspace.seen_by(ADA, GENERAL)[-1]["text"]
    return text


async def until_answer_holds(workspace: Workspace, words: str, part: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while part not in await answer_of(workspace, words):  # noqa: ASYNC110 — nobody is told when a bot has read anew
            await asyncio.sleep(0.1)


async def start(settings: Settings) -> wiring.App:
    """Start the bot and stop it again."""
    app = wiring.create_app(settings)
    async with app.running():
        return app


async def test_changes_and_history_are_told_in_slack(scene: Scene) -> None:
    facts = scene.content.facts
    new = replace(facts[ID], statement=facts[ID].statement.replace("could", "will"))
    await scene.publisher.publish(replace(scene.content, facts={**facts, ID: new}))
    await scene.bot.refresh()
    for words in ("/briefing changes", "/briefing changes 3 since 2026-01-01", f"/fact history {ID}"):
        reply = await scene.asks(words)
        assert "OpenAI could look" in reply["text"], words
        assert "OpenAI will look" in reply["text"], words
    assert "is not a date" in (await scene.asks("/briefing changes since Christmas"))["text"]


async def test_run_publishes_at_start_and_with_watch_each_edit(
    workspace: Workspace, folder: Path, tmp_path: Path
) -> None:
    settings = tokens(workspace) | {"BRIEFINGS_DIR": str(folder)}
    async with command(tmp_path, "run", "--watch", **settings) as process:
        await workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S)
        assert "could look" in await answer_of(workspace, f"/fact {ID}")
        async with command(tmp_path, "run", **settings) as second:
            code, _, err = await ended(second)
        assert code == 78
        assert err.startswith(f"Another briefing-bot (process {process.pid}) uses the database in var.")
        edit(folder, "could look at", "could yet look at")
        await until_answer_holds(workspace, f"/fact {ID}", "could yet look")
        process.send_signal(signal.SIGTERM)
        assert (await ended(process))[0] == 0
    edit(folder, "certainty: possible", "certainty: maybe")
    async with command(tmp_path, "run", **settings) as process:
        await workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S)
        assert "could yet look" in await answer_of(workspace, f"/fact {ID}"), "the last good revision answers"
        process.send_signal(signal.SIGTERM)
        code, _, err = await ended(process)
    assert code == 0
    assert f"{FILE}:" in err


async def test_a_warning_reaches_log_and_maintainers_before_the_alert_leaves(folder: Path) -> None:
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace, maintainers_channel=POLICY) as scene:
        await says(scene, "/briefing subscribe infrastructure alerts")
        await until_posted(scene, "subscribed this channel")
        edit(folder, "could look at", "could yet look at")
        edit(folder, "short: OpenAI could", "short: It could")
        with capture_logs() as logged:
            await scene.publisher.publish_folder(folder)
        (notified,) = (each for each in logged if each["event"] == "operators.notified")
        assert notified["lines"][0].startswith(f"{FILE}:")
        warning = await until_posted(scene, "The published content has warnings", channel=POLICY)
        assert re.search(rf"{FILE}:\d+:10 warning lost-subject: “It” begins", warning["text"])
        assert not any("What changed" in text for text in scene.sees()), "the warning has a head start"
        workspace.clock.jump_to(workspace.clock.now() + timedelta(seconds=HEAD_START_S))
        alert = await until_posted(scene, "What changed")
        assert "Now: OpenAI could yet look at" in alert["text"]
        assert float(alert["ts"]) > float(warning["ts"])


async def test_a_fault_nobody_foresaw_while_the_folder_is_read_is_logged_and_it_is_read_again(
    workspace: Workspace, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(workspace, data_dir=tmp_path, briefings_dir=folder)
    await start(settings)
    edit(folder, "could look at", "could yet look at")
    app, again = wiring.create_app(settings), asyncio.Event()

    def fails(*_where: object, **_how: object) -> None:
        monkeypatch.setattr(publisher, "load_content", load_content)
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(publisher, "load_content", fails)
    monkeypatch.setattr(wiring, "publish_folder", partial(counted, again))
    monkeypatch.setattr(wiring, "kept", partial(kept, again_s=0.0))
    with capture_logs() as logs:
        async with app.running():
            await asyncio.wait_for(again.wait(), PATIENCE_S)
    (line,) = (line for line in logs if line["event"] == "task.failed")
    assert isinstance(line["exc_info"], RuntimeError) or line["exc_info"] is True


async def counted(done: asyncio.Event, *what: Any) -> None:  # noqa: ANN401 — publish_folder's own
    await publish_folder(*what)
    done.set()


async def test_publish_beside_a_running_bot_shows_within_seconds(
    workspace: Workspace, folder: Path, tmp_path: Path
) -> None:
    settings = tokens(workspace) | {"BRIEFINGS_DIR": str(folder)}
    async with command(tmp_path, "run", **settings) as process:
        await workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S)
        edit(folder, "could look at", "could yet look at")
        async with command(tmp_path, "publish", **settings) as publishing:
            code, out, err = await ended(publishing)
        assert (code, err) == (0, "")
        assert f"updated: {ID}" in out
        await until_answer_holds(workspace, f"/fact {ID}", "could yet look")
        process.send_signal(signal.SIGTERM)
        assert (await ended(process))[0] == 0


@pytest.mark.parametrize("new_database_url", ["postgresql"], indirect=True)
async def test_run_refuses_a_postgresql_that_is_out_of_date(
    workspace: Workspace, tmp_path: Path, new_database_url: URL
) -> None:
    settings = tokens(workspace) | {"DATABASE_URL": new_database_url.render_as_string(hide_password=False)}
    async with command(tmp_path, "run", **settings) as process:
        code, _, err = await ended(process)
    assert code == 78
    assert err.startswith("The database is empty; this version needs migration")
    assert err.endswith("Run: briefing-bot migrate\n")


@pytest.mark.parametrize("new_database_url", ["postgresql"], indirect=True)
async def test_on_postgresql_the_first_start_publishes_and_a_later_one_compares(
    folder: Path, tmp_path: Path, new_database_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how the folder differs, and answers from what is published."""
    monkeypatch.setattr(wiring, "PUBLISH_WAIT_S", PATIENCE_S)
    url = SecretStr(new_database_url.render_as_string(hide_password=False))
    settings = Settings.model_construct(database_url=url, data_dir=tmp_path / "var", briefings_dir=folder)
    async with Database.of(settings).opened(is_shared=True, migrate=True) as database:
        edit(folder, "certainty: possible", "certainty: maybe")
        with pytest.raises(ContentError):
            await start(settings)
        edit(folder, "certainty: maybe", "certainty: possible")
        await start(settings)
        assert (await database.refresh()).number == 1
        assert await database.changes() == []
        edit(folder, "could look at", "could yet look at")
        app = await start(settings)
        assert (await database.refresh()).number == 1
        assert (
            app.publisher.difference == "The content folder is not what is published: 1 fact differs from revision 1."
        )


@pytest.mark.parametrize("new_database_url", ["postgresql"], indirect=True)
async def test_two_first_starts_at_once_publish_one_baseline(
    workspace: Workspace, folder: Path, tmp_path: Path, new_database_url: URL
) -> None:
    """One of them is of the version before, with another folder: it answers from the same revision."""
    before = shutil.copytree(folder, tmp_path / "before")
    edit(before, "could look at", "could once look at")
    settings = tokens(workspace) | {"DATABASE_URL": new_database_url.render_as_string(hide_password=False)}
    async with (
        Database(new_database_url).opened(is_shared=True, migrate=True) as database,
        command(tmp_path, "run", **settings, BRIEFINGS_DIR=str(folder), DATA_DIR="a") as one,
        command(tmp_path, "run", **settings, BRIEFINGS_DIR=str(before), DATA_DIR="b") as other,
    ):
        await workspace.wait_until(lambda: opened(workspace) == 2, timeout_s=PATIENCE_S)
        for process in (one, other):
            process.send_signal(signal.SIGTERM)
        logs = []
        for process in (one, other):
            code, _, err = await ended(process)
            assert code == 0, err
            logs.append(err)
        assert (await database.refresh()).number == 1
        assert await database.changes() == []
    assert "".join(logs).count('"revision.published"') == 1


def opened(workspace: Workspace) -> int:
    """Count the connections asked for: a process asks once it has something to answer from."""
    return sum(call.method == "apps.connections.open" for call in workspace.calls)


async def test_run_publishes_from_git(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "theirs")
    address = SecretStr(str(repository.folder))
    settings = Settings.model_construct(content_git_url=address, data_dir=tmp_path / "var")
    app = await start(settings)
    assert app.database.known is not None
    assert app.database.known.author == "Ada"


async def test_a_repository_that_cannot_be_read_ends_the_first_start_only(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "theirs")
    settings = Settings.model_construct(content_git_url=SecretStr("/nowhere"), data_dir=tmp_path / "var")
    with pytest.raises(GitError, match="Git cannot read CONTENT_GIT_URL") as raised:
        await start(settings)
    assert raised.value.message.endswith("."), "a sentence of its own"
    assert raised.value.hint.startswith("Nothing is published yet, so the bot ends.")
    assert "tried again" not in str(raised.value)
    async with Database.of(settings).opened() as database:
        await publisher_for(settings, database).publish_folder(repository.folder / "briefings")
    await start(settings)
