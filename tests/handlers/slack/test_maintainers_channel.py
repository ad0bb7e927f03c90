"""Whether MAINTAINERS_CHANNEL takes posts, as the local workspace tells it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

import app as wiring
from bot.clock import ClockSkew, SystemClock
from bot.outbox.delivery import ErrorClass, NotDeliveredError
from handlers.slack.clients import SlackClients
from handlers.slack.installations.authorization import session_to
from handlers.slack.maintainers_channel import NOT_INSTALLED, MaintainersChannel
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace
from workspace.wire.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

POLICY, RANDOM = "C0POLICY", "C0RANDOM"


@asynccontextmanager
async def looking_at(channel: str) -> AsyncIterator[tuple[Workspace, MaintainersChannel]]:
    """Serve a workspace, and return it with what looks at a channel of it."""
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        session = session_to(workspace.api_url, ClockSkew(SystemClock()))

        async def token_of(_team: str) -> str:
            return workspace.bot_token

        clients = SlackClients(workspace.api_url, session, token_of)
        yield workspace, MaintainersChannel(channel, clients, lambda: "T0TRY", every_s=0.01)
        await session.close()


@pytest.mark.parametrize(
    ("channel", "words"),
    [(POLICY, ""), (RANDOM, "the bot is not in it"), ("C0NOTHERE", "it is not there, or is private")],
)
async def test_one_that_takes_no_posts_is_told_with_what_to_do(channel: str, words: str) -> None:
    async with looking_at(channel) as (_, looked_at):
        with capture_logs() as lines:
            await looked_at.look()
            await looked_at.look()
    assert words in looked_at.fault
    assert bool(words) is looked_at.fault.endswith("Invite the bot there with /invite, or name another channel.")
    assert [line["event"] for line in lines] == ["maintainers.unreached"] * bool(words), "once"


async def test_a_workspace_of_the_maintainers_without_the_app_is_told() -> None:
    async def token_of(_team: str) -> str:
        raise NotDeliveredError("It has not.", code="not_installed", error_class=ErrorClass.AUTH)

    session = session_to("http://127.0.0.1:9/api/", ClockSkew(SystemClock()))
    looked_at = MaintainersChannel(POLICY, SlackClients("http://127.0.0.1:9/api/", session, token_of), lambda: "T0NOT")
    await looked_at.look()
    await session.close()
    assert looked_at.fault == NOT_INSTALLED


async def test_it_is_looked_at_again_and_what_slack_does_not_tell_changes_nothing() -> None:
    async with looking_at(POLICY) as (workspace, looked_at):
        (connected := asyncio.Event()).set()
        running = asyncio.create_task(looked_at.run(connected))
        workspace.archive(POLICY)
        await until(lambda: "it is archived" in looked_at.fault)
        workspace.fault_switches.switch([Fault("rate_limit", "conversations.info")])
        asked = len(workspace.calls)
        await until(lambda: len(workspace.calls) > asked + 1)
        assert "it is archived" in looked_at.fault
        workspace.fault_switches.switch([])
        workspace.unarchive(POLICY)
        workspace.invite_bot(POLICY)
        await until(lambda: not looked_at.fault)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until it is so: no event tells."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 — as said
            await asyncio.sleep(0.01)
