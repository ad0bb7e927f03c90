"""Shortcuts: "Check against the facts" in a message's menu, and "Find a fact" from anywhere.

Both answer in a modal, which works in every channel and shows to one person alone.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.answers.claim_check import check_message
from handlers.listeners.form_submissions import actor_of
from handlers.rendering.elements import words
from handlers.rendering.modals import Frame
from handlers.slack.text import unescape

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncBoltContext

    from bot.answers.service import Bot
    from bot.messages import Reply
    from handlers.rendering.blocks import Block
    from handlers.rendering.modals import Modals
    from handlers.rendering.replies import View
    from handlers.slack.receiving.router import Router
    from handlers.tasks import Tasks

CHECK: Final = "check_against_facts"
FIND: Final = "find_fact"
"""callback_ids of the shortcuts, and of the modal in which a fact is found, and action_id of its search box."""
SHORTEST_TYPED: Final = 3
"""Characters typed before suggestions are asked for."""
_TITLES = {CHECK: "Check against the facts", FIND: "Find a fact"}

_log = structlog.stdlib.get_logger(__name__)


def search_box() -> Block:
    """Return the box that suggests facts while somebody types."""
    return {
        "type": "section",
        "block_id": FIND,
        "text": words("Type a few words, such as a name, a topic or an amount, and choose."),
        "accessory": {
            "type": "external_select",
            "action_id": FIND,
            "placeholder": words("Type a few words"),
            "min_query_length": SHORTEST_TYPED,
        },
    }


def find_frame() -> Frame:
    """Return what stays in the modal in which facts are found."""
    return Frame(callback=FIND, title=_TITLES[FIND], above=(search_box(),))


def find_view() -> View:
    """Return that modal before anything was chosen."""
    return {
        "type": "modal",
        "callback_id": FIND,
        "title": words(_TITLES[FIND]),
        "close": words("Close"),
        "blocks": [search_box()],
    }


def register(router: Router, bot: Bot, modals: Modals, tasks: Tasks) -> None:
    """Answer both shortcuts."""

    async def on_check(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        if tasks.is_new(body.get("trigger_id")):
            said = unescape((body.get("message") or {}).get("text") or "", context.bot_user_id or "")
            tasks.start(_check(bot, modals, body, said))

    async def on_find(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        if tasks.is_new(body.get("trigger_id")):
            tasks.start(modals.open_form(body["trigger_id"], actor_of(body), find_view()))

    router.on("message_shortcut", CHECK, on_check)
    router.on("global_shortcut", FIND, on_find)


async def _check(bot: Bot, modals: Modals, body: dict[str, Any], said: str) -> None:
    async def check() -> Reply:
        # Ten long sentences take over half a second: meanwhile the loop answers others.
        return await asyncio.to_thread(check_message, await bot.snapshot(), said)

    frame, actor = Frame(title=_TITLES[CHECK]), actor_of(body, (body.get("channel") or {}).get("id") or "")
    reply = await modals.open(body["trigger_id"], actor, check(), frame)
    place, outcome = actor.place, reply.outcome.value
    _log.info("request.answered", team=place.team, channel=place.channel, command="check", outcome=outcome)
