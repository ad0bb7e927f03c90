"""`briefing-bot conformance`: what the bot sends is complete, taken by the workspace, and Slack is asked with care."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.actions import Action
from bot.config import BRIEFINGS, Settings
from bot.content.load import load
from bot.errors import BriefingBotError
from cli.conformance.command import judged
from cli.conformance.sent import Sent
from cli.conformance.walk import walked
from cli.main import app
from tests.support.audited import audited, require_audited

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from cli.conformance.command import Row

pytestmark = pytest.mark.usefixtures("patient_workspace")

Answer = web.Response
TOKEN = "xoxe.xoxp-1-secret"
GOOD = Sent("good", "post", "message", {"text": "x", "blocks": [{"type": "divider"}]})
BAD = Sent("bad", "modal", "view", {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [{}]})
FORMS = {"reply", "post", "private message", "edit", "modal", "Home"}
OF_OLD_MESSAGES = {Action.SOURCE.value}
CAUSES = {
    "a fact asked for",
    "a misspelt question",
    "the closest fact",
    "no answer",
    "an area that is none",
    "what changed",
    "the form with what was not understood",
    "a list of schedules",
    "a greeting",
    "a mention",
    "a follow-up",
    "opening Home",
    "the Messages tab opened",
    "the bot invited",
    "subscribing to some changes",
    "subscribing to a fact",
    "pausing until a day",
    "pausing",
    "days off",
    "defaults",
    "a pause in a direct message",
    "checking a message",
    "a fact found by the search",
    "an alert",
    "a correction",
    "a withdrawal",
    "a notice to operators",
    "a scheduled post",
    "a question whether to go on",
    "the answer of each fact",
    "“Post a copy” in a private message",
}

ACTIONS = {
    *("alerts.added", "alerts.paused", "alerts.resumed", "alerts.removed"),
    *("schedule.added", "schedule.changed", "schedule.paused", "schedule.resumed", "schedule.removed"),
    *("schedule.posted_now", "schedule.kept", "days_off.added", "days_off.removed", "defaults.changed"),
    "revision.published",
}
"""What the audit has of a walk at least."""


async def test_everything_is_sent_and_taken() -> None:
    content = load(BRIEFINGS)
    async with walked(content) as walk:
        await require_audited(walk.app.database)
        recorded = {each.action for each in await audited(walk.app.database)}
    assert ACTIONS - recorded == set()
    assert walk.failed == []
    pressed = {action.partition(" ")[0] for _, action in walk.presser.pressed}  # two for feedback
    assert {action.value for action in Action} - pressed <= OF_OLD_MESSAGES, "a button or menu that nobody pressed"
    found = Counter(each.cause for each in walk.sent)
    assert CAUSES - found.keys() == set()
    assert {each.form for each in walk.sent} == FORMS
    assert found["the answer of each fact"] >= len(content.facts)
    rows = await judged(walk.sent, None)
    assert [row.cells() for row in rows if row.is_faulty or row.differs] == []
    assert [row.cause for row in rows if row.form == "manifest"] == ["app.yaml", "app.yaml for HTTP"]


async def test_content_without_a_fact_is_said_so() -> None:
    with pytest.raises(BriefingBotError, match="serves no fact"):
        await walked(replace(load(BRIEFINGS), facts={})).__aenter__()


async def test_a_fault_is_told_with_its_place() -> None:
    too_long = Sent("long", "post", "message", GOOD.payload, "msg_blocks_too_long")
    rows = await judged([GOOD, BAD, too_long, GOOD], None)
    assert [row.cells()[:5] for row in rows[:3]] == [
        ("good", "post", "2", "taken", "no verdict: not asked"),
        ("bad", "modal", "1", "refused: missing required field: type at /blocks/0", "no verdict: not asked"),
        ("long", "post", "1", "refused: msg_blocks_too_long", "no verdict: not asked"),
    ]
    assert [row.is_faulty for row in rows] == [False, True, True, False, False]


@asynccontextmanager
async def slack(answer: Callable[[str, str], Answer]) -> AsyncIterator[tuple[Settings, list[tuple[str, str, str]]]]:
    """Serve what stands for Slack: yield settings that lead to it, and its calls as method, token and form."""
    calls: list[tuple[str, str, str]] = []

    async def handle(request: web.Request) -> Answer:
        method, form = request.match_info["method"], await request.post()
        calls.append((method, request.headers.get("Authorization", ""), str(dict(form))))
        return answer(method, str(dict(form)))

    served = web.Application()
    served.router.add_post("/api/{method}", handle)
    async with TestServer(served) as server:
        address = str(server.make_url("/api/"))
        yield Settings.model_construct(slack_api_url=address, slack_config_token=SecretStr(TOKEN)), calls


def ok(_method: str, _form: str) -> Answer:
    """Take everything."""
    return web.json_response({"ok": True})


def refuse(method: str, _form: str) -> Answer:
    """Refuse everything, as Slack does."""
    code = "invalid_manifest" if method.startswith("apps.") else "invalid_message"
    fault = {"code": "failed_constraint", "message": "no", "pointer": "/blocks/0", "constraint": {"type": "enum"}}
    return web.json_response({"ok": False, "error": code, "errors": [fault]})


async def test_slack_is_asked_without_a_token_but_for_the_manifest() -> None:
    async with slack(ok) as (settings, calls):
        rows = await judged([GOOD], settings)
    assert [(method, token) for method, token, _ in calls] == [
        ("blocks.validate", ""),
        *[("apps.manifest.validate", f"Bearer {TOKEN}")] * 2,
    ]
    assert not any(row.differs or row.is_faulty for row in rows)
    assert all(TOKEN not in cell for row in rows for cell in row.cells())


async def test_a_difference_is_found_in_both_directions() -> None:
    async with slack(refuse) as (settings, _):
        strict = await judged([GOOD, BAD], settings)
    assert [row.differs for row in strict] == [True, False, True, True]
    assert strict[0].cells()[3:] == ("taken", "refused: no at /blocks/0", "yes")
    async with slack(ok) as (settings, _):
        lenient = await judged([GOOD, BAD], settings)
    assert [row.differs for row in lenient] == [False, True, False, False]


async def test_without_a_token_the_manifest_is_not_shown_to_slack() -> None:
    async with slack(ok) as (settings, calls):
        rows = await judged([GOOD], settings.model_copy(update={"slack_config_token": None}))
    assert [method for method, _, _ in calls] == ["blocks.validate"]
    assert "SLACK_CONFIG_TOKEN is not set" in rows[-1].cells()[4]


HOSTILE: dict[str, Callable[[str, str], Answer]] = {
    "no JSON": lambda *_: web.Response(text="<html>", status=502),
    "a list": lambda *_: web.json_response([]),
    "a redirect": lambda *_: web.Response(status=302, headers={"Location": "https://example.org/"}),
    "an unknown error": lambda *_: web.json_response({"ok": False, "error": "fatal_error"}),
    "wait for ever": lambda *_: web.Response(status=429, headers={"Retry-After": "0"}),
    "no error": lambda *_: web.json_response({"ok": False}),
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE.keys())
async def test_no_verdict_is_no_difference_and_no_crash(answer: Callable[[str, str], Answer]) -> None:
    async with slack(answer) as (settings, _):
        row, *_ = await judged([GOOD], settings)
    assert row.cells()[4].startswith("no verdict: ")
    assert not row.differs


async def test_slack_is_given_the_time_that_it_asks_for() -> None:
    answers = [web.Response(status=429, headers={"Retry-After": "0"})]
    async with slack(lambda *call: answers.pop() if answers else ok(*call)) as (settings, calls):
        rows = await judged([GOOD], settings)
    assert [method for method, _, _ in calls][:2] == ["blocks.validate"] * 2
    assert not any(row.is_faulty for row in rows)


def run(monkeypatch: pytest.MonkeyPatch, rows: list[Row], *options: str) -> tuple[int, str]:
    """Run the command with these rows as what came of it; return its exit code and output."""

    async def found(*_: object, **__: object) -> list[Row]:
        return rows

    monkeypatch.setattr("cli.conformance.command._rows", found)
    done = CliRunner().invoke(app, ["conformance", *options])
    return done.exit_code, done.output


def test_the_command_prints_a_table_and_fails_for_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    good, faulty = (asyncio.run(judged(sent, None)) for sent in ([GOOD], [GOOD, BAD]))
    code, output = run(monkeypatch, good)
    assert code == 0
    assert output.splitlines()[0].split() == ["kind", "sent", "as", "number", "workspace"], "nothing was asked of Slack"
    assert "3 messages, views and manifests of 3 kinds: 0 kinds refused, Slack was not asked." in output
    assert run(monkeypatch, faulty)[0] == 1
    code, output = run(monkeypatch, good, "--live")
    assert code == 1, "Slack gave no verdict"
    assert output.splitlines()[0].split()[-2:] == ["Slack", "difference"]
    code, output = run(monkeypatch, good, "--json")
    assert (code, json.loads(output.splitlines()[0])["workspace"]) == (0, "taken")


def test_ci_never_asks_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    code, output = run(monkeypatch, [], "--live")
    assert code == 2
    assert "CI is set" in output
