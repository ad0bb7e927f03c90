"""A request of a workspace that has not the app, or has it no longer, is refused, whatever kind of request it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot.store.tables import deliveries, subscriptions, watches
from handlers.listeners.maintainers.proposing import SUGGEST
from handlers.listeners.shortcuts import CHECK, FIND
from handlers.rendering.feedback import FeedbackForm
from handlers.rendering.modals import REPLY
from handlers.slack.receiving.requests import take
from tests.scenarios.installed import ONE, OTHER, Shared, shared
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, POLICY
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

FOREIGN: Final = (
    ("unknown", "T0NOBODY", None),
    ("unknown, of an organisation", "T0NOBODY", "E0NOBODY"),
    ("never installed", OTHER.id, None),
    ("an organisation without a workspace", None, "E0NOBODY"),
    ("removed", "T0GONE", None),
)
MESSAGE: Final = {"type": "message", "ts": "1.2", "text": "growth zones", "user": ADA}
ACTIONS: Final = (
    ("mute", ""),
    ("watch", "bids"),
    ("fact:0", "bids"),
    ("post", "{}"),
    ("approve", "x 1"),
    ("suggest", "bids"),
)


def requests(team: str | None, enterprise: str | None) -> Iterator[Json]:
    """Yield one of each kind that Slack sends, of a workspace."""
    organisation = {"id": enterprise, "name": "Elsewhere"} if enterprise else None
    names = {"team_id": team, "enterprise_id": enterprise, "is_enterprise_install": str(not team).lower()}
    for command, text in (("/fact", "growth zones"), ("/briefing", "subscribe all alerts"), ("/briefing", "gaps")):
        yield {**names, "command": command, "text": text, "channel_id": GENERAL, "user_id": ADA, "trigger_id": "1.1.a"}
    pressed: Json = {
        "team": {"id": team, "domain": "x"} if team else None,
        "enterprise": organisation,
        "is_enterprise_install": not team,
        "user": {"id": ADA, "name": "ada", "team_id": team},
        "trigger_id": f"1.1.{team}",
        "response_url": "https://hooks.slack.example/none",
        "api_app_id": "A0TRY",
    }
    view: Json = {
        "id": "V1",
        "team_id": team,
        "app_installed_team_id": team,
        "private_metadata": POLICY,
        "state": {"values": {}},
    }
    home, modal = {**view, "type": "home"}, {**view, "type": "modal", "callback_id": REPLY}
    for action, value in ACTIONS:
        press = {
            **pressed,
            "type": "block_actions",
            "actions": [{"action_id": action, "value": value, "block_id": "b"}],
        }
        yield {
            **press,
            "container": {"type": "message", "message_ts": "1.2", "channel_id": POLICY},
            "channel": {"id": POLICY},
        }
        yield {**press, "container": {"type": "view", "view_id": "V1"}, "view": modal}
        yield {**press, "container": {"type": "view", "view_id": "V1"}, "view": home}
    for form in ("schedule", *(each.value for each in FeedbackForm)):
        yield {**pressed, "type": "view_submission", "view": {**modal, "callback_id": form}}
    yield {**pressed, "type": "block_suggestion", "action_id": FIND, "block_id": FIND, "value": "growth", "view": modal}
    yield {**pressed, "type": "shortcut", "callback_id": FIND}
    for callback in (CHECK, SUGGEST):
        yield {
            **pressed,
            "type": "message_action",
            "callback_id": callback,
            "message": MESSAGE,
            "channel": {"id": GENERAL},
        }
    asked = {**MESSAGE, "channel": ADAS_DM, "channel_type": "im"}
    for event in (
        asked,
        {**MESSAGE, "type": "app_mention", "channel": GENERAL},
        {"type": "app_home_opened", "user": ADA, "channel": ADAS_DM, "tab": "home"},
        {"type": "member_joined_channel", "user": "U0BOT", "channel": GENERAL, "team": team},
        {"type": "channel_archive", "channel": GENERAL, "user": ADA},
    ):
        known = {"enterprise_id": enterprise, "team_id": team, "user_id": "U0BOT", "is_bot": True}
        yield {
            **names,
            "type": "event_callback",
            "api_app_id": "A0TRY",
            "event": event,
            "event_id": f"Ev{team}{event['type']}",
            "authorizations": [{**known, "is_enterprise_install": not team}],
        }


async def count_of(play: Shared) -> int:
    """Return how much is kept of anybody."""
    async with play.app.database.reading() as connection:
        tables = (deliveries, subscriptions, watches)
        return sum([await connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables])


async def until_removed(play: Shared, team: str) -> None:
    """Wait until the bot knows that a workspace has removed it."""
    async with asyncio.timeout(PATIENCE_S):
        while await play.app.installations.serves(team, None):  # noqa: ASYNC110 — no event tells of it
            await asyncio.sleep(0.02)


async def test_every_request_of_another_workspace_is_refused(unused_tcp_port: int) -> None:
    async with shared(unused_tcp_port, maintainers_channel=POLICY, maintainers_team=ONE.id) as play:
        await play.install(ONE.id)
        await play.install(OTHER.id)
        play.other.uninstall()
        await until_removed(play, OTHER.id)
        await play.app.tasks.finish(PATIENCE_S)
        calls, kept = len(play.one.calls), await count_of(play)
        accepted = []
        with capture_logs() as logs:
            for who, team, enterprise in FOREIGN:
                for body in requests(team, enterprise):
                    response = await take(play.app.bolt, body=body)
                    if (response.status, response.body) != (403, ""):
                        accepted.append((who, body))
        await play.app.tasks.finish(PATIENCE_S)
        assert accepted == []
        assert (len(play.one.calls), await count_of(play)) == (calls, kept)
        assert {line["reason"] for line in logs if line["event"] == "request.refused"} == {"another workspace"}
        for body in list(requests(ONE.id, None))[:1]:
            assert (await take(play.app.bolt, body=body)).status == 200, "of ours it is taken"


async def test_what_is_pressed_after_the_app_was_removed_reaches_nobody(unused_tcp_port: int) -> None:
    async with shared(unused_tcp_port) as play:
        await play.install(ONE.id)
        assert "Growth Zone" in (await play.asks(play.one, "/fact growth zones"))[-1]
        play.one.uninstall()
        await until_removed(play, ONE.id)
        before = play.one.seen_by(ADA, GENERAL)
        happened = await play.one.type(ADA, GENERAL, "/fact growth zones")
        assert happened.dispatches[0].ack in (None, "")
        assert play.one.seen_by(ADA, GENERAL) == before
