"""A Web API method, and the context of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace.manifest import Manifest
    from workspace.state.agent import AgentThreads
    from workspace.state.state import State
    from workspace.state.triggers import Triggers
    from workspace.state.views import Views
    from workspace.wire.access import Access
    from workspace.wire.address import Address
    from workspace.wire.arguments import Arguments
    from workspace.wire.events import Events
    from workspace.wire.oauth.authorizing import OAuth
    from workspace.wire.oauth.grants import Installation
    from workspace.wire.socket_mode import SocketMode


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of the workspace that methods read and change."""

    manifest: Manifest
    state: State
    access: Access
    events: Events
    address: Address
    socket_mode: SocketMode
    views: Views
    triggers: Triggers
    threads: AgentThreads
    installation: Installation
    oauth: OAuth


@dataclass(frozen=True, slots=True)
class Method:
    """One method: `run` returns the answer without `ok`, or raises SlackError.

    `scopes`: the app needs one of them, if there are any. `accepts_json`: whether a JSON body is read. `caller`: whose
    token it takes, the bot's or the app-level one; anyone needs none. `names_client`: the app also names itself, by its
    client id and secret.
    """

    name: str
    run: Callable[[Context, Arguments], dict[str, Any]]
    scopes: tuple[str, ...] = ()
    accepts_json: bool = False
    caller: Literal["bot", "app", "anyone"] = "bot"
    names_client: bool = False
