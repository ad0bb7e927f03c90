"""Gives the bot and the workspace as long as a busy machine takes where they go without after seconds.

How long they wait is tested elsewhere.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from bot.alerts.requested_posts import RequestedPosts
from bot.feedback.reports import Reports
from bot.gaps import refusals
from bot.publishing import git_command
from bot.store import engine, limiter, periodic, postgresql
from bot.subscriptions.permissions import Permissions
from cli.operators import stopping
from handlers.listeners import events, form_submissions
from handlers.metrics import stored
from handlers.metrics.admin_port import AdminPort
from handlers.rendering.modals import Modals
from handlers.slack import client, gate
from handlers.slack.agent_view import AgentView
from handlers.slack.receiving import overload, server, socket_mode
from handlers.slack.receiving.http_server import HttpServer, WaitingTimes
from tests.support.waiting import PATIENCE_S
from workspace.state import triggers
from workspace.wire import http_delivery
from workspace.wire import socket_mode as workspace_socket_mode

if TYPE_CHECKING:
    from types import ModuleType

DATABASE: Final[dict[ModuleType, tuple[str, ...]]] = {
    limiter: ("WAIT_S", "READ_S"),
    postgresql: ("STATEMENT_S", "HELD_S", "READ_S", "ANSWER_S", "CONNECT_S", "ASKED_CONNECT_S"),
    engine: ("ASKED_BUSY_S",),
    refusals: ("LOOK_S",),
    periodic: ("_STOP_S",),
    git_command: ("_KILL_S",),
}
"""What is waited for in any test, by module."""
_NAMES: Final[dict[ModuleType, tuple[str, ...]]] = {
    client: ("_NAME_S", "_PERMALINK_S"),
    events: ("ENQUEUED_S",),
    form_submissions: ("ANSWER_S",),
    gate: ("ASKED_S",),
    overload: ("BURST_S", "STANDING_S"),
    server: ("FINISH_TIMEOUT_S",),
    socket_mode: ("HELLO_TIMEOUT_S", "CLOSE_TIMEOUT_S", "ACK_TIMEOUT_S", "PING_INTERVAL_S"),
    stored: ("WAIT_S", "GIVE_UP_S"),
}
_ARGUMENTS: Final[tuple[tuple[type, str], ...]] = (
    (AdminPort, "header_s"),
    (AgentView, "slow_s"),
    (Modals, "slow_s"),
    (Permissions, "look_up_s"),
    (Reports, "awaited_s"),
    (RequestedPosts, "awaited_s"),
)


WORKSPACE: Final = (
    (http_delivery, "ACK_WITHIN_S", PATIENCE_S),
    (workspace_socket_mode, "ACK_WITHIN_S", PATIENCE_S),
    (triggers, "LIFE", timedelta(seconds=PATIENCE_S)),
)
"""What the workspace gives the app, by module."""

PROGRAM: Final = "from tests.support import patient_bot as patient; patient.stay_patient(); "
"""What a process begins with in order to be so; the root of the repository is on its path."""


class Patch(Protocol):
    """What changes attributes and items: pytest's MonkeyPatch, which changes them back."""

    def setattr(self, target: Any, name: str, value: Any, /) -> None:  # noqa: ANN401 — any
        """Set an attribute."""

    def setitem(self, dic: Any, name: str, value: Any, /) -> None:  # noqa: ANN401 — any
        """Set an item."""


class _ForGood:
    """Changes nothing back."""

    def setattr(self, target: Any, name: str, value: Any, /) -> None:  # noqa: ANN401 — as Patch has it
        setattr(target, name, value)

    def setitem(self, dic: Any, name: str, value: Any, /) -> None:  # noqa: ANN401 — as Patch has it
        dic[name] = value


def stay_patient() -> None:
    """Be so for as long as the process runs, which a signal then ends when all is done, however long that takes."""
    for_good = _ForGood()
    be_patient(for_good)
    for_good.setattr(stopping, "FORCED_AFTER_S", PATIENCE_S)
    for module, name, value in WORKSPACE:
        for_good.setattr(module, name, value)


def be_patient(patch: Patch) -> None:
    """Have no part of the bot, which is made after that, go without what it waits for."""
    for module, names in (*DATABASE.items(), *_NAMES.items()):
        for name in names:
            patch.setattr(module, name, PATIENCE_S)
    for made, argument in _ARGUMENTS:
        patch.setitem(_defaults(made), argument, PATIENCE_S)
    patch.setitem(_defaults(HttpServer), "times", WaitingTimes(PATIENCE_S, PATIENCE_S, PATIENCE_S))


def be_impatient(patch: Patch, made: type, argument: str) -> None:
    """Have what is made of a class after that go without it at once: `argument` says how long it waits."""
    patch.setitem(_defaults(made), argument, 0.05)


def _defaults(made: type) -> dict[str, Any]:
    """Return the defaults of what a class is made with."""
    defaults: dict[str, Any] = vars(made)["__init__"].__kwdefaults__
    return defaults
