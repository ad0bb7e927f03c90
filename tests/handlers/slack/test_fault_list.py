"""Every odd answer to every method that the bot uses, over the wire: judged as docs/operations.md says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp
import pytest

import app as wiring
from bot.clock import ClockSkew, SystemClock
from bot.errors import ConfigError
from bot.outbox.delivery import Attempt, DeliveryKind, DeliveryState, ErrorClass, NotDeliveredError, OutboxMessage
from handlers import slack
from handlers.rendering.replies import plain
from handlers.slack.errors import LONGEST_RETRY_AFTER_S, RETRY_AFTER_S
from handlers.slack.installations.authorization import SingleInstallation
from handlers.slack.transport import SlackTransport
from tests.scenarios.scene import ADA, GENERAL
from tests.support.slack_clients import clients
from workspace.server import Workspace
from workspace.wire.faults import RESPONSE_URL, Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

HTML = {"Content-Type": "text/html"}
UNCONFIRMED, WAIT = ErrorClass.UNCONFIRMED, ErrorClass.WAIT
ANSWERS: Final[list[tuple[int, str, dict[str, str], ErrorClass, float]]] = [
    (503, "upstream connect error", {"Content-Type": "text/plain"}, UNCONFIRMED, 0.0),
    (500, '{"ok": true}', {}, UNCONFIRMED, 0.0),
    (302, "", {"Location": "http://127.0.0.1:9/login"}, UNCONFIRMED, 0.0),
    (200, '{"ok": tr', {}, UNCONFIRMED, 0.0),
    (200, "[]", {}, UNCONFIRMED, 0.0),
    (200, '"x"', {}, UNCONFIRMED, 0.0),
    (200, "null", {}, UNCONFIRMED, 0.0),
    (200, "{}", {}, UNCONFIRMED, 0.0),
    (200, '{"ok": "false", "error": "no_text"}', {}, UNCONFIRMED, 0.0),
    (200, '{"ok": false}', {}, UNCONFIRMED, 0.0),
    (200, "<html>Please log in</html>", HTML, UNCONFIRMED, 0.0),
    (429, "", {"Retry-After": "3"}, WAIT, 3.0),
    (429, "<html>slow down</html>", HTML, WAIT, RETRY_AFTER_S),
    (429, '{"ok": false, "error": "ratelimited"}', {"Retry-After": "-1"}, WAIT, RETRY_AFTER_S),
    (429, "", {"Retry-After": "999999999"}, WAIT, LONGEST_RETRY_AFTER_S),
    (429, "", {"Retry-After": "in a while"}, WAIT, RETRY_AFTER_S),
    (429, "", {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}, WAIT, LONGEST_RETRY_AFTER_S),
]
EMPTY: Final[tuple[int, str, dict[str, str], ErrorClass, float]] = (200, "", {}, UNCONFIRMED, 0.0)
"""An answer without a body: for a response_url, Slack's yes."""


class Wire:
    """The bot's clients in a workspace, and a call of each method."""

    def __init__(self, workspace: Workspace, session: aiohttp.ClientSession) -> None:
        """Make them."""
        self.workspace = workspace
        every = clients(workspace.api_url, session, workspace.bot_token)
        self.web, self.client = every.web("T1"), every.of("T1")
        self.transport = SlackTransport(every, ClockSkew(SystemClock()))
        self.url = f"{workspace.url}response/unknown"

    def calls(self) -> Mapping[str, Callable[[], Awaitable[object]]]:
        """Return a call of each method, by Slack's name."""
        client, view = self.client, {"type": "modal"}
        return {
            "apps.connections.open": lambda: self.web.apps_connections_open(app_token=self.workspace.app_token),
            "assistant.threads.setStatus": lambda: client.set_status(GENERAL, "1.1", "x"),
            "assistant.threads.setSuggestedPrompts": lambda: client.set_prompts(GENERAL, "1.1", "x", []),
            "assistant.threads.setTitle": lambda: client.set_title(GENERAL, "1.1", "x"),
            "auth.test": SingleInstallation(self.web, self.workspace.bot_token).warm,
            "chat.delete": lambda: client.delete(GENERAL, "1.1"),
            "chat.getPermalink": lambda: client.permalink(GENERAL, "1.1"),
            "chat.postEphemeral": lambda: client.post_ephemeral(GENERAL, ADA, plain("x")),
            "chat.postMessage": lambda: self.transport.send(self.attempt()),
            "chat.update": lambda: self.transport.send(self.attempt(DeliveryKind.EDIT, edits="1.1")),
            "conversations.history": lambda: self.transport.find_sent([self.attempt()]),
            "conversations.members": lambda: client.members_of(GENERAL),
            "conversations.open": lambda: client.direct_with(ADA),
            "conversations.replies": lambda: self.transport.find_sent([self.attempt(thread="1.1")]),
            "usergroups.users.list": lambda: client.group("S1"),
            "users.conversations": lambda: client.channels_of(ADA, ["public_channel"]),
            "users.info": lambda: client.zone_of(ADA),
            "views.open": lambda: client.open_view("1.1", view),
            "views.publish": lambda: client.publish_home(ADA, view),
            "views.push": lambda: client.push_view("1.1", view),
            "views.update": lambda: client.update_view("V1", view),
            RESPONSE_URL: lambda: client.respond(self.url, plain("x")),
        }

    def attempt(self, kind: DeliveryKind = DeliveryKind.ALERT, *, edits: str = "", thread: str = "") -> Attempt:
        """Return a delivery under way."""
        message = OutboxMessage("Words.", edits=edits)
        now = self.workspace.clock.now()
        return Attempt("d1", "T1", GENERAL, kind, message, DeliveryState.SENDING, 1, now, thread=thread)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with Workspace(wiring.read_manifest()).serve() as workspace, aiohttp.ClientSession() as session:
        yield Wire(workspace, session)


METHODS = sorted(re.findall(r'^ {12}"([a-zA-Z.]+)": ', Path(__file__).read_text(encoding="utf-8"), re.MULTILINE))
METHODS.append(RESPONSE_URL)


def test_every_method_that_the_bot_calls_is_in_the_list() -> None:
    folder = Path(slack.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    families = "apps|assistant|auth|chat|conversations|usergroups|users|views"
    called = {name.replace("_", ".") for name in re.findall(rf"client\.((?:{families})_\w+)\(", text)}
    assert called == set(METHODS) - {RESPONSE_URL}
    everywhere = "\n".join(path.read_text(encoding="utf-8") for path in folder.parent.rglob("*.py"))
    assert len(re.findall("AsyncWebClient", everywhere)) == len(re.findall("AsyncWebClient", text)), "one client"


@pytest.mark.parametrize("method", METHODS)
async def test_an_odd_answer_is_judged(wire: Wire, method: str) -> None:
    for status, body, headers, verdict, wait_s in [*ANSWERS, *([] if method == RESPONSE_URL else [EMPTY])]:
        fault = Fault("answer", method, times=1, status=status, body=body, headers=headers)
        wire.workspace.fault_switches.switch([fault])
        with pytest.raises(NotDeliveredError) as raised:
            await wire.calls()[method]()
        assert wire.workspace.fault_switches.hits["answer"], method
        told = raised.value
        assert (told.error_class, told.retry_after_s) == (verdict, wait_s), (method, status, body)
        assert "<" not in told.message + told.code
        wire.workspace.fault_switches.hits.clear()


@pytest.mark.parametrize("method", sorted({*METHODS} - {RESPONSE_URL}))
async def test_a_bare_yes_and_a_bare_no(wire: Wire, method: str) -> None:
    """A yes without what Slack documents is unconfirmed where that is needed, and no code of Slack's raises raw."""
    wire.workspace.fault_switches.switch(
        [Fault("answer", method, times=1, body='{"ok": true, "response_metadata": 5}')]
    )
    try:
        await wire.calls()[method]()
    except NotDeliveredError as error:
        assert error.error_class is UNCONFIRMED  # noqa: PT017 — some methods need nothing of the answer
    wire.workspace.fault_switches.switch([Fault("answer", method, times=1, body='{"ok": false, "error": "<!here>"}')])
    with pytest.raises((NotDeliveredError, ConfigError)) as raised:
        await wire.calls()[method]()
    assert "!here" not in str(raised.value)
