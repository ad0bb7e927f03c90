"""Fixtures: a served workspace with an echo app installed, and its clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.workspace.apps import Api, ManualClock, RawApp, manifest
from tests.workspace.recorder import Recorder
from workspace.page.page import mount
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.workspace.recorder import Browser


@pytest.fixture
async def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def workspace(clock: ManualClock) -> AsyncIterator[Workspace]:
    async with Workspace(manifest(), clock=clock).serve() as served:
        yield served


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def api(workspace: Workspace, session: aiohttp.ClientSession) -> Api:
    return Api(workspace, session)


@pytest.fixture
async def app(workspace: Workspace, session: aiohttp.ClientSession) -> AsyncIterator[RawApp]:
    raw = RawApp(workspace, session)
    await raw.connect()
    yield raw
    await raw.socket.close()


@pytest.fixture
async def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def browser(recorder: Recorder) -> AsyncIterator[Browser]:
    app = web.Application()
    mount(app, recorder)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client
