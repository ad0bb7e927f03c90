"""Submitted forms that are answered at once: who sent one, and what takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bot.actions import TOO_OLD
from bot.messages import ChannelRef
from bot.store.turnstile import asked_by_a_person
from bot.subscriptions.permissions import Actor
from handlers.errors import refusal
from handlers.slack.installations.request_team import team_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from handlers.rendering.replies import View

_log = structlog.stdlib.get_logger(__name__)


def actor_of(body: Mapping[str, Any], channel: str = "", *, is_there: bool = False) -> Actor:
    """Return who sent a form, or used a shortcut, that is about a channel, if about one."""
    user = body["user"]
    return Actor(ChannelRef(team_of(body), channel), user["id"], str(user.get("team_id") or ""), is_there)


def on_form(app: AsyncApp, form: str, field: str, take: Callable[[Mapping[str, Any]], Awaitable[View | None]]) -> None:
    """Answer submissions of a form, by its callback_id: `take` returns what takes its place, None to close it.

    What is wrong is told on `field` while the form is open.
    """

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        try:
            with asked_by_a_person():
                shown = await take(body)
        except (ValueError, LookupError, TypeError):
            await ack(response_action="errors", errors={field: TOO_OLD})
        except Exception as error:  # noqa: BLE001 — the form says that it was not taken, whatever the reason
            await ack(response_action="errors", errors={field: refusal(error).note})
        else:
            await (ack(response_action="update", view=shown) if shown else ack(response_action="clear"))
            _log.info("form.submitted", team=team_of(body), command=form, faults=0)

    app.view(form)(on_submission)
