"""Remote control of the clock and the connections."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.support.waiting import PATIENCE_S
from workspace.wire.remote import CLOCK, CONNECTIONS

if TYPE_CHECKING:
    from tests.workspace.apps import RawApp
    from workspace.server import Workspace


async def put(workspace: Workspace, session: aiohttp.ClientSession, path: str, body: object) -> tuple[int, str]:
    """Put a JSON body; return status and text."""
    async with session.put(f"{workspace.url.rstrip('/')}{path}", json=body) as answer:
        return answer.status, await answer.text()


async def test_the_clock_is_put_forward(workspace: Workspace, session: aiohttp.ClientSession) -> None:
    status, clock = await put(workspace, session, CLOCK, {"to": "2026-11-30T10:00:00+01:00"})
    assert (status, workspace.clock.now()) == (200, datetime(2026, 11, 30, 9, tzinfo=UTC))
    assert '"now": "2026-11-30T09:00:00+00:00"' in clock
    await put(workspace, session, CLOCK, {"by": 1.5})
    assert workspace.clock.now() == datetime(2026, 11, 30, 9, 0, 1, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"to": 3},
        {"to": "noon"},
        {"to": "2026-11-30T09:00:00"},
        {"by": "1"},
        {"by": True},
        {"by": -1},
        {"by": 1e30},
    ],
)
async def test_a_moment_that_is_none_moves_nothing(
    workspace: Workspace, session: aiohttp.ClientSession, body: object
) -> None:
    assert (await put(workspace, session, CLOCK, body))[0] == 400
    assert workspace.clock.offset_s == 0


async def test_connections_are_sent_away(workspace: Workspace, session: aiohttp.ClientSession, app: RawApp) -> None:
    going = asyncio.create_task(put(workspace, session, CONNECTIONS, {"disconnect": "refresh_requested"}))
    assert (await app.receive())["reason"] == "refresh_requested"
    await app.socket.receive(timeout=PATIENCE_S)
    assert (await going)[0] == 204
    assert not workspace.is_connected


async def test_connections_are_cut_without_a_close_frame(
    workspace: Workspace, session: aiohttp.ClientSession, app: RawApp
) -> None:
    assert (await put(workspace, session, CONNECTIONS, {"reset": True}))[0] == 204
    last = await app.socket.receive(timeout=PATIENCE_S)
    assert last.type is not aiohttp.WSMsgType.CLOSE
    await workspace.wait_until(lambda: not workspace.is_connected, PATIENCE_S)


@pytest.mark.parametrize("body", [None, {}, {"disconnect": "bored"}, {"disconnect": ["warning"]}, {"reset": 1}])
async def test_connections_go_for_slacks_reasons_only(
    workspace: Workspace, session: aiohttp.ClientSession, app: RawApp, body: object
) -> None:
    assert app.socket
    assert (await put(workspace, session, CONNECTIONS, body))[0] == 400
    assert workspace.is_connected


async def test_only_this_machine_may(workspace: Workspace, session: aiohttp.ClientSession) -> None:
    for path, method in ((CLOCK, "GET"), (CLOCK, "PUT"), (CONNECTIONS, "PUT")):
        address = f"{workspace.url.rstrip('/')}{path}"
        async with session.request(method, address, headers={"Host": "example.org"}) as answer:
            assert answer.status == 403
