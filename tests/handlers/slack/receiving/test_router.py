"""The table of listeners: what a request is found by, what a listener is given, and what goes on to Bolt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from structlog.testing import capture_logs

from handlers.slack.receiving.requests import take
from handlers.slack.receiving.router import ANY, Router

if TYPE_CHECKING:
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


async def authorize(**_: object) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="UBOT", bot_id="B1", bot_token="xoxb-1")


def bolt_with(router: Router) -> AsyncApp:
    bolt = AsyncApp(
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        raise_error_for_unhandled_request=True,
    )
    bolt.use(router)
    return bolt


@pytest.mark.parametrize(("kind", "body"), KINDS, ids=[kind for kind, _ in KINDS])
async def test_each_kind_is_found_by_its_name(kind: Kind, body: dict[str, Any]) -> None:
    router, heard = Router(), list[str]()

    async def on_it(ack: AsyncAck) -> None:
        heard.append("it")
        await ack()

    async def on_others() -> None:
        heard.append("another")

    for each, _ in KINDS:
        router.on(each, "that", on_others)
    router.on(kind, "it", on_it)
    response = await take(bolt_with(router), mode="socket_mode", body={"team_id": "T1", **body})
    assert (response.status, response.body, heard) == (200, "", ["it"])


async def test_a_listener_gets_what_it_names_and_its_answer_is_the_ack() -> None:
    router = Router()

    async def on_command(context: AsyncBoltContext, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack(f"{body['text']} {context.team_id} {context.bot_user_id}")

    router.on("command", "/fact", on_command)
    body = {"command": "/fact", "text": "words", "team_id": "T1", "user_id": "U1"}
    response = await take(bolt_with(router), mode="socket_mode", body=body)
    assert (response.status, response.body) == (200, "words T1 UBOT")


async def test_an_event_is_acknowledged_and_the_bots_own_is_not_heard() -> None:
    router, heard = Router(), list[str]()

    async def on_message(body: dict[str, Any]) -> None:
        heard.append(body["event"]["user"])

    router.on("event", "message", on_message)
    for user in ("U1", "UBOT"):
        body = {"type": "event_callback", "team_id": "T1", "event": {"type": "message", "user": user}}
        assert (await take(bolt_with(router), mode="socket_mode", body=body)).status == 200
    assert heard == ["U1"]


async def test_any_takes_what_no_other_does() -> None:
    router, heard = Router(), list[str]()

    async def on_known() -> None:
        heard.append("known")

    async def on_any() -> None:
        heard.append("any")

    router.on("block_action", ANY, on_any)
    router.on("block_action", "known", on_known)
    for action in ("known", "unknown", ""):
        body = {"type": "block_actions", "team_id": "T1", "actions": [{"action_id": action}]}
        assert (await take(bolt_with(router), mode="socket_mode", body=body)).status == 200
    assert heard == ["known", "any", "any"]


@pytest.mark.parametrize("body", NO_KIND, ids=range(len(NO_KIND)))
async def test_what_has_no_kind_reaches_no_listener(body: dict[str, Any]) -> None:
    router, heard = Router(), list[str]()

    async def on_any() -> None:
        heard.append("any")

    for kind, _ in KINDS:
        router.on(kind, ANY, on_any)
    with capture_logs():
        await take(bolt_with(router), mode="socket_mode", body={"team_id": "T1", **body})
    assert not heard


def test_two_listeners_for_one_name_are_a_mistake() -> None:
    router = Router()

    async def on_it() -> None: ...

    router.on("event", "it", on_it)
    with pytest.raises(ValueError, match="Two listeners"):
        router.on("event", "it", on_it)
