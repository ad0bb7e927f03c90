"""Gives the bot as long as a busy machine takes, where it goes without after seconds: how long is tested elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.alerts.requested_posts import RequestedPosts
from bot.feedback.reports import Reports
from bot.gaps import refusals
from bot.store import engine, limiter, periodic, postgresql
from bot.subscriptions.permissions import Permissions
from handlers.listeners import form_submissions
from handlers.metrics import stored
from handlers.metrics.admin_port import AdminPort
from handlers.rendering.modals import Modals
from handlers.slack import client, gate
from handlers.slack.agent_view import AgentView
from handlers.slack.receiving import overload, server, socket_mode
from handlers.slack.receiving.http_server import HttpServer, WaitingTimes
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from types import ModuleType

    import pytest

DATABASE: Final[dict[ModuleType, tuple[str, ...]]] = {
    limiter: ("WAIT_S", "READ_S"),
    postgresql: ("STATEMENT_S", "HELD_S", "READ_S", "ANSWER_S", "CONNECT_S", "ASKED_CONNECT_S"),
    engine: ("ASKED_BUSY_S",),
    refusals: ("LOOK_S",),
    periodic: ("_STOP_S",),
}
"""What is waited for in any test, by module."""
_NAMES: Final[dict[ModuleType, tuple[str, ...]]] = {
    client: ("_NAME_S", "_PERMALINK_S"),
    form_submissions: ("ANSWER_S",),
    gate: ("ASKED_S",),
    overload: ("LAG_S", "MOST_LAG_S"),
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


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no part of the bot, which is made after that, go without what it waits for."""
    for module, names in _NAMES.items():
        for name in names:
            monkeypatch.setattr(module, name, PATIENCE_S)
    for made, argument in _ARGUMENTS:
        monkeypatch.setitem(_defaults(made), argument, PATIENCE_S)
    monkeypatch.setitem(_defaults(HttpServer), "times", WaitingTimes(PATIENCE_S, PATIENCE_S, PATIENCE_S))


def _defaults(made: type) -> dict[str, Any]:
    """Return the defaults of what a class is made with."""
    defaults: dict[str, Any] = vars(made)["__init__"].__kwdefaults__
    return defaults
