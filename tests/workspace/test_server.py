"""Serving: where it listens, what it refuses, and how it stops."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.workspace.apps import RawApp, manifest
from workspace.server import Workspace

if TYPE_CHECKING:
    import aiohttp


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])  # noqa: S104 — must be refused
async def test_it_serves_this_machine_only(host: str) -> None:
    with pytest.raises(ValueError, match="not a loopback address"):
        async with Workspace(manifest()).serve(host=host):
            pass


async def test_a_taken_port_is_an_os_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="address already in use"):
        async with Workspace(manifest()).serve(port=taken.getsockname()[1]):
            pass


async def test_it_stops_while_an_app_is_connected(session: aiohttp.ClientSession) -> None:
    async with Workspace(manifest()).serve() as workspace:
        app = RawApp(workspace, session)
        await app.connect()
        assert workspace.is_connected
        assert workspace.url.startswith("http://127.0.0.1:")
        assert workspace.api_url == f"{workspace.url}api/"
    assert (await app.receive())["reason"] == "link_disabled"
    assert not workspace.is_connected


async def test_two_workspaces_have_nothing_in_common() -> None:
    one, other = Workspace(manifest()), Workspace(manifest())
    assert one.bot_token != other.bot_token
    assert one.signing_secret != other.signing_secret
    assert one.app_token.startswith("xapp-1-")


async def test_what_the_panel_says_is_passed_on_and_wakes_the_page() -> None:
    due = datetime(2026, 11, 30, 9, tzinfo=UTC)

    class Panel:
        sentences: tuple[str, ...] = ()

        def faults(self) -> tuple[str, ...]:
            return self.sentences

        def warnings(self) -> tuple[str, ...]:
            return ("Line 4 is odd.",)

        def next_due(self) -> datetime:
            return due

        def last_run(self) -> str:
            return "Posted once."

    panel = Panel()
    workspace = Workspace(manifest(), panel=panel)
    assert workspace.faults() == ()
    version = workspace.state.version
    panel.sentences = ("Line 3 is broken.",)
    workspace.notice()
    assert workspace.faults() == ("Line 3 is broken.",)
    assert workspace.state.version > version
    assert workspace.warnings() == ("Line 4 is odd.",)
    assert (workspace.next_due(), workspace.last_run()) == (due, "Posted once.")


def test_without_a_panel_there_is_nothing_to_show() -> None:
    workspace = Workspace(manifest())
    assert (workspace.faults(), workspace.next_due(), workspace.last_run()) == ((), None, "")


async def test_wait_until_gives_up(workspace: Workspace) -> None:
    with pytest.raises(TimeoutError):
        await workspace.wait_until(lambda: False, timeout_s=0.01)
