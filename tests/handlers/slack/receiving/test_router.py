"""The table of listeners: what a request is found by, what a listener is given, and what goes on to Bolt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from structlog.testing import capture_logs

from handlers.listeners.registration import RoutedApp
from handlers.slack.installations.authorization import SingleInstallation
from handlers.slack.receiving.requests import take
from handlers.slack.receiving.router import ANY, Router
from handlers.slack.web_client import WebClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_bolt.async_app import AsyncAck, AsyncBoltContext

    from handlers.slack.receiving.router import Kind

KINDS: list[tuple[Kind, dict[str, Any]]] = [
    ("command", {"command": "it"}),
    ("event", {"type": "event_callback", "event": {"type": "it"}}),
    ("block_action", {"type": "block_actions", "actions": [{"action_id": "it"}, {"action_id": "that"}]}),
    ("view", {"type": "view_submission", "view": {"callback_id": "it"}}),
    ("options", {"type": "block_suggestion", "action_id": "it"}),
    ("message_shortcut", {"type": "message_action", "callback_id": "it"}),
    ("global_shortcut", {"type": "shortcut", "callback_id": "it"}),
]
NO_KIND: list[dict[str, Any]] = [
    {},
    {"type": "view_closed", "view": {"callback_id": "it"}},
    {"type": "event_callback", "event": {"type": ["it"]}},
    {"type": "event_callback", "event": {}},
    {"command": {"it": "it"}},
]


class Installed(SingleInstallation):
    """The workspace T1, whose bot is UBOT."""

    async def warm(self) -> AuthorizeResult:
        """Return the bot."""
        self._result = AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="UBOT", bot_id="B1")
        return self._result


@pytest.fixture
async def app() -> AsyncIterator[RoutedApp]:
    """Return Bolt's app without a listener."""
    async with aiohttp.ClientSession() as session:
        client = WebClient("http://127.0.0.1:9/api/", session)
        yield RoutedApp(Installed(client, "xoxb-1"), client)


@pytest.mark.parametrize(("kind", "body"), KINDS, ids=[kind for kind, _ in KINDS])
async def test_each_kind_is_found_by_its_name(app: RoutedApp, kind: Kind, body: dict[str, Any]) -> None:
    router, heard = app.router, list[str]()

    async def on_it(ack: AsyncAck) -> None:
        heard.append("it")
        await ack()

    async def on_others() -> None:
        heard.append("another")

    for each, _ in KINDS:
        router.on(each, "that", on_others)
    router.on(kind, "it", on_it)
    response = await take(app, body={"team_id": "T1", **body})
    assert (response.status, response.body, heard) == (200, "", ["it"])


async def test_a_listener_gets_what_it_names_and_its_answer_is_the_ack(app: RoutedApp) -> None:
    router = app.router

    async def on_command(context: AsyncBoltContext, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack(f"{body['text']} {context.team_id} {context.bot_user_id}")

    router.on("command", "/fact", on_command)
    body = {"command": "/fact", "text": "words", "team_id": "T1", "user_id": "U1"}
    response = await take(app, body=body)
    assert (response.status, response.body) == (200, "words T1 UBOT")


async def test_an_event_is_acknowledged_and_the_bots_own_is_not_heard(app: RoutedApp) -> None:
    router, heard = app.router, list[str]()

    async def on_message(body: dict[str, Any]) -> None:
        heard.append(body["event"]["user"])

    router.on("event", "message", on_message)
    for user in ("U1", "UBOT"):
        body = {"type": "event_callback", "team_id": "T1", "event": {"type": "message", "user": user}}
        assert (await take(app, body=body)).status == 200
    assert heard == ["U1"]


async def test_any_takes_what_no_other_does(app: RoutedApp) -> None:
    router, heard = app.router, list[str]()

    async def on_known() -> None:
        heard.append("known")

    async def on_any() -> None:
        heard.append("any")

    router.on("block_action", ANY, on_any)
    router.on("block_action", "known", on_known)
    for action in ("known", "unknown", ""):
        body = {"type": "block_actions", "team_id": "T1", "actions": [{"action_id": action}]}
        assert (await take(app, body=body)).status == 200
    assert heard == ["known", "any", "any"]


@pytest.mark.parametrize("body", NO_KIND, ids=range(len(NO_KIND)))
async def test_what_has_no_kind_reaches_no_listener(app: RoutedApp, body: dict[str, Any]) -> None:
    router, heard = app.router, list[str]()

    async def on_any() -> None:
        heard.append("any")

    for kind, _ in KINDS:
        router.on(kind, ANY, on_any)
    with capture_logs():
        await take(app, body={"team_id": "T1", **body})
    assert not heard


async def test_another_workspace_is_refused_whether_there_is_a_listener_or_not(app: RoutedApp) -> None:
    heard = list[str]()

    async def on_command() -> None:
        heard.append("it")

    app.router.on("command", "/fact", on_command)
    for command in ("/fact", "/other"):
        body = {"command": command, "team_id": "T2", "user_id": "U1"}
        assert (await take(app, body=body)).status == 403
    assert not heard


async def test_a_listener_that_raises_is_logged_and_refuses_the_request(app: RoutedApp) -> None:
    async def on_command(body: dict[str, Any]) -> None:
        raise KeyError(body["command"])

    app.router.on("command", "/fact", on_command)
    with capture_logs() as logs:
        response = await take(app, body={"command": "/fact", "team_id": "T1"})
    assert response.status == 400
    assert [(line["event"], line["reason"]) for line in logs] == [("request.malformed", "KeyError")]


async def test_what_checks_is_asked_in_order_until_one_answers(app: RoutedApp) -> None:
    heard = list[str]()

    class Check(AsyncMiddleware):
        def __init__(self, name: str, answer: BoltResponse | None) -> None:
            self._name, self._answer = name, answer

        async def async_process(self, *, next: Any, **_request: Any) -> BoltResponse | None:  # noqa: A002, ANN401 — Bolt's
            heard.append(self._name)
            return self._answer or await next()

    async def on_command() -> None:
        heard.append("listener")

    app.router.on("command", "/fact", on_command)
    app.check_by(Check("first", None))
    assert (await take(app, body={"command": "/fact", "team_id": "T1"})).status == 200
    app.check_by(Check("second", BoltResponse(status=200, body="stop")))
    assert (await take(app, body={"command": "/fact", "team_id": "T1"})).body == "stop"
    assert heard == ["first", "listener", "first", "second"]


async def test_slacks_check_of_the_address_is_answered(app: RoutedApp) -> None:
    response = await take(app, body={"type": "url_verification", "challenge": "abc"})
    assert (response.status, json.loads(response.body)) == (200, {"challenge": "abc"})


def test_two_listeners_for_one_name_are_a_mistake() -> None:
    router = Router()

    async def on_it() -> None: ...

    router.on("event", "it", on_it)
    with pytest.raises(ValueError, match="Two listeners"):
        router.on("event", "it", on_it)
