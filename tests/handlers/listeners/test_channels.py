"""Events about channels: repeated, late, and while the database is away."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.alerts import subscriptions
from bot.clock import SystemClock
from bot.messages import ChannelRef
from bot.store import tables
from bot.store.errors import StoreError
from bot.subscriptions.channel_events import ChannelEvents
from handlers.listeners import channels
from handlers.slack.receiving.router import Router
from handlers.tasks import Tasks
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from bot.store.database import Database
    from handlers.slack.installations.installations import Installations
    from handlers.slack.receiving.router import Kind, Listener

HERE = ChannelRef("T1", "C1")
BOT = "UBOT"


class Listeners(Router):
    """Calls the listeners without Bolt."""

    def __init__(self, database: Database) -> None:
        """Register those of channels."""
        super().__init__()
        self._found: dict[str, Listener] = {}
        self._tasks, self._database = Tasks(), database
        events = ChannelEvents(database, SystemClock(), lambda: None, erase_after_days=30)
        installation = cast("Installations", SimpleNamespace(is_removed=False))
        channels.register(self, events, installation, self._tasks)

    def on(self, kind: Kind, name: str, listener: Listener) -> None:
        """Keep the listener of a kind of event."""
        super().on(kind, name, listener)
        self._found[name] = listener

    async def send(self, kind: str, event_id: str, event_ts: str | None = None) -> None:
        """Let an event come."""
        event = {"type": kind, "channel": HERE.channel, "user": BOT, "event_ts": event_ts}
        body = {"team_id": HERE.team, "event_id": event_id, "event": event}
        more: dict[str, Any] = {"context": SimpleNamespace(bot_user_id=BOT)} if "joined" in kind else {}
        await self._found[kind](body, **more)

    async def paused(self) -> str:
        """Return why the channel is paused in the end; "" while it runs."""
        await self._tasks.finish(PATIENCE_S)
        async with self._database.reading() as connection:
            (found,) = await subscriptions.for_channel(connection, HERE)
        return found.pause_reason


@pytest.fixture
async def listeners(database: Database) -> Listeners:
    row = {"id": "s", "team": HERE.team, "channel": HERE.channel, "area": "all", "corrections_only": False}
    async with database.transaction() as connection:
        made = {"created_at": SystemClock().now(), "created_by": "U1"}
        await connection.execute(tables.subscriptions.insert().values(**row, **made))
    return Listeners(database)


async def test_a_repeated_or_late_archive_pauses_no_channel_that_is_open_again(listeners: Listeners) -> None:
    await listeners.send("channel_archive", "E1", "10.1")
    assert await listeners.paused() == "is_archived"
    await listeners.send("channel_unarchive", "E2", "11.1")
    assert not await listeners.paused()
    await listeners.send("channel_archive", "E1", "10.1")
    await listeners.send("channel_archive", "E0", "9.1")
    assert not await listeners.paused()
    await listeners.send("channel_archive", "E3", "12.1")
    assert await listeners.paused() == "is_archived"


async def test_an_event_without_a_moment_counts(listeners: Listeners) -> None:
    await listeners.send("channel_archive", "E1")
    await listeners.send("channel_unarchive", "E2")
    assert not await listeners.paused()


async def test_who_is_invited_to_a_private_channel_that_was_not_found_goes_on(listeners: Listeners) -> None:
    await listeners.send("group_deleted", "E1", "10.1")
    assert await listeners.paused() == "channel_not_found"
    await listeners.send("member_joined_channel", "E2", "11.1")
    assert not await listeners.paused()


async def test_what_cannot_be_stored_is_stored_later_and_in_order(
    listeners: Listeners, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = database.transaction, [1, 2, 3]

    def transaction() -> object:
        if failures:
            failures.pop()
            raise StoreError("The database cannot be reached.")
        return real()

    monkeypatch.setattr(database, "transaction", transaction)
    monkeypatch.setattr("bot.subscriptions.channel_events._WAITS_S", (0.0,) * 4)
    await listeners.send("channel_archive", "E1", "10.1")
    await listeners.send("channel_unarchive", "E2", "11.1")
    await listeners.send("channel_archive", "E3", "12.1")
    assert await listeners.paused() == "is_archived"
    assert not failures
