"""Submitted forms: who sent one, what takes its place, and what is shown once it took longer than Slack waits.

Slack waits 3 s for the answer to a submission (Slack: "Modals", "Handling view submissions").
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog

from bot.messages import Author, ChannelRef
from bot.store.limiter import asked_by_a_person
from bot.subscriptions.permissions import Actor
from handlers.errors import refusal
from handlers.slack.installations.request_team import team_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.async_app import AsyncAck

    from bot.answers.service import Bot
    from bot.clock import Clock
    from bot.content.models import Content
    from handlers.rendering.modals import Modals, Write
    from handlers.rendering.replies import View
    from handlers.slack.clients import SlackClients
    from handlers.slack.gate import Gate
    from handlers.slack.receiving.router import Router
    from handlers.tasks import Tasks

ANSWER_S: Final = 2.0
"""Seconds after which a submission is answered, whether all is done or not."""
_Result = TypeVar("_Result")

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FormParts:
    """What forms are opened, checked and answered with; `write` tells a person what came too late for a form."""

    bot: Bot
    clients: SlackClients
    modals: Modals
    gate: Gate
    clock: Clock
    tasks: Tasks
    write: Write

    async def content(self) -> Content:
        """Return the newest content."""
        return (await self.bot.snapshot()).content

    async def author_of(self, actor: Actor) -> Author:
        """Return an actor with the name that others see."""
        return Author(actor.place.team, actor.user, await self.clients.of(actor.place.team).name_of(actor.user))


async def in_time(
    work: Awaitable[_Result],
    tasks: Tasks,
    later: Callable[[asyncio.Future[_Result]], Awaitable[None]],
    *,
    answer_s: float | None = None,
) -> asyncio.Future[_Result] | None:
    """Do what a form asks for, and return it when it is done; None where that takes longer than `answer_s` (ANSWER_S).

    Then it goes on, and `later` gets it once it is done, or has failed.
    """
    doing = asyncio.ensure_future(work)
    await asyncio.wait({doing}, timeout=ANSWER_S if answer_s is None else answer_s)
    if doing.done():
        return doing
    tasks.start(_after(doing, later))
    return None


async def _after(doing: asyncio.Future[_Result], later: Callable[[asyncio.Future[_Result]], Awaitable[None]]) -> None:
    await asyncio.wait({doing})
    await later(doing)


def actor_of(body: Mapping[str, Any], channel: str = "", *, is_there: bool = False) -> Actor:
    """Return who sent a form, or used a shortcut, that is about a channel, if about one."""
    user = body["user"]
    return Actor(ChannelRef(team_of(body), channel), user["id"], str(user.get("team_id") or ""), is_there)


def on_form(router: Router, form: str, field: str, take: Callable[[Mapping[str, Any]], Awaitable[View | None]]) -> None:
    """Answer submissions of a form, by its callback_id: `take` returns what takes its place, None to close it.

    What is wrong is told on `field` while the form is open.
    """

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        try:
            with asked_by_a_person():
                shown = await take(body)
        except Exception as error:  # noqa: BLE001 — the form says that it was not taken, whatever the reason
            await ack(response_action="errors", errors={field: refusal(error).note})
        else:
            await (ack(response_action="update", view=shown) if shown else ack(response_action="clear"))
            _log.info("form.submitted", team=team_of(body), command=form, faults=0)

    router.on("view", form, on_submission)
