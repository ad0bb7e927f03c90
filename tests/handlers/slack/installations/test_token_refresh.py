"""Tokens that expire: refreshed once among several processes, and never lost with a refresh token that was used."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import Fernet
from slack_sdk.oauth.installation_store.models.installation import Installation

from bot.installations.token_keys import TokenKeys
from bot.outbox.delivery import ErrorClass, NotDeliveredError
from bot.subscriptions.channel_events import ChannelEvents
from handlers.slack.installations.oauth_installations import OAuthInstallations
from handlers.slack.installations.store import AppCredentials, whole_seconds
from handlers.tasks import Tasks
from tests.support.newsroom import HandClock
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.database import Database

KEYS = TokenKeys([Fernet.generate_key().decode()])


class Slack:
    """Refreshes each token once; `lost` is the code of the answer in place of the next."""

    def __init__(self) -> None:
        """Begin with the refresh token that the installation has."""
        self.valid, self.count, self.lost = "xoxe-1-0", 0, ""
        self.go_on, self.asked = asyncio.Event(), asyncio.Event()
        self.go_on.set()

    async def oauth_v2_access(self, *, refresh_token: str, **_asked: str) -> Any:  # noqa: ANN401 — an answer
        """Refresh."""
        self.asked.set()
        await self.go_on.wait()
        if refresh_token != self.valid:
            raise NotDeliveredError("No.", code="invalid_refresh_token", error_class=ErrorClass.MESSAGE)
        self.count += 1
        self.valid = f"xoxe-1-{self.count}"
        if self.lost:
            raise NotDeliveredError("No answer.", code=self.lost, error_class=ErrorClass.UNCONFIRMED)
        token = f"xoxe.xoxb-1-{self.count}"
        data = {"access_token": token, "refresh_token": self.valid, "expires_in": 43_200}
        return SimpleNamespace(data=data, get=data.get)


def process(database: Database, clock: HandClock, slack: Slack) -> OAuthInstallations:
    """Return what one process knows of the workspaces."""
    client: Any = slack
    events = ChannelEvents(database, clock, lambda: None, erase_after_days=30)
    app = AppCredentials("1.2", "secret", KEYS)
    return OAuthInstallations(database, clock, client, app, events, Tasks(), public_url="https://bot.example", home="")


def installation(clock: HandClock, team: str = "T1") -> Installation:
    expires_at = int((clock.now() + timedelta(hours=12)).timestamp())
    return Installation(
        app_id="A1",
        team_id=team,
        bot_token="xoxe.xoxb-1-0",
        bot_id="B1",
        bot_user_id="U1",
        bot_scopes="chat:write",
        bot_refresh_token="xoxe-1-0",
        bot_token_expires_at=expires_at,
        user_id="U2",
        installed_at=whole_seconds(clock.now()),
    )


async def test_one_of_two_processes_refreshes_and_the_other_learns_of_it(database: Database) -> None:
    clock, slack = HandClock(), Slack()
    one, other = process(database, clock, slack), process(database, clock, slack)
    await one.install(installation(clock))
    assert await other.serves("T1", None)
    clock.pass_by(hours=9, minutes=59)
    await one.look()
    assert slack.count == 0, "not due yet"
    clock.pass_by(minutes=1)
    slack.go_on.clear()
    looking = asyncio.create_task(one.look())
    await asyncio.wait_for(slack.asked.wait(), PATIENCE_S)
    await other.look()
    assert (slack.count, await other.token_of("T1")) == (0, "xoxe.xoxb-1-0"), "the token before is good for two hours"
    slack.go_on.set()
    await looking
    await other.look()
    assert [slack.count, await one.token_of("T1"), await other.token_of("T1")] == [1, *["xoxe.xoxb-1-1"] * 2]
    assert await process(database, clock, slack).serves("T1", None), "it is stored"


async def test_a_refresh_token_whose_answer_was_lost_takes_nothing_away(
    sqlite_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    clock, slack = HandClock(), Slack()
    here = process(sqlite_database, clock, slack)
    await here.install(installation(clock))
    clock.pass_by(hours=11)
    slack.lost = "TimeoutError"
    await here.look()
    slack.lost = ""
    for _ in range(2):
        clock.pass_by(minutes=2)
        await here.look()
    assert await here.token_of("T1") == "xoxe.xoxb-1-0", "Slack takes it until it expires"
    told = capsys.readouterr().out
    assert "invalid_refresh_token" in told
    assert "install the app again" in told
    clock.pass_by(hours=1)
    with pytest.raises(NotDeliveredError) as refused:
        await here.token_of("T1")
    assert (refused.value.code, refused.value.error_class) == ("token_expired", ErrorClass.WAIT)
    slack.valid = "xoxe-1-0"
    await here.install(installation(clock))
    assert await here.token_of("T1") == "xoxe.xoxb-1-0"


async def test_a_removal_in_one_process_is_noticed_in_the_other_and_ends_a_refresh(database: Database) -> None:
    clock, slack = HandClock(), Slack()
    one, other = process(database, clock, slack), process(database, clock, slack)
    await one.install(installation(clock))
    assert await other.token_of("T1") if await other.serves("T1", None) else None
    events = ChannelEvents(database, clock, lambda: None, erase_after_days=30)
    await events.removed("T1")
    await other.look()
    assert not await other.serves("T1", None)
    with pytest.raises(NotDeliveredError) as refused:
        await other.token_of("T1")
    assert (refused.value.code, refused.value.error_class) == ("not_installed", ErrorClass.AUTH)


async def test_an_installation_is_stored_whole_or_not_at_all(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, slack = HandClock(), Slack()
    here = process(sqlite_database, clock, slack)
    await here.install(installation(clock))

    async def fails(_connection: AsyncConnection, _team: str, **_how: bool) -> None:
        raise RuntimeError

    monkeypatch.setattr(here.events, "resume_all", fails)
    again = installation(clock)
    again.bot_token = "xoxe.xoxb-1-another"
    with pytest.raises(RuntimeError):
        await here.install(again)
    assert await process_token(sqlite_database, clock, slack) == "xoxe.xoxb-1-0"


async def process_token(database: Database, clock: HandClock, slack: Slack) -> str:
    """Return the token as a process reads it that is started now."""
    started = process(database, clock, slack)
    await started.warm()
    return await started.token_of("T1")
