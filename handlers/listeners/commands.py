"""The slash commands. A reply of one message leaves in the ack's own body: no further request, no waiting.

A command that comes twice is answered twice: whoever sends it again has not had the first ack, so nobody has seen the
answer in it. Only what follows by response_url, which no ack carries, is sent once.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import structlog

from handlers.errors import or_refusal
from handlers.listeners.subscriptions import subcommand_of
from handlers.rendering.replies import Audience, messages
from handlers.slack.text import unescape

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.answers.service import Bot
    from handlers.listeners.subscriptions import Subcommands
    from handlers.rendering.replies import Payload
    from handlers.slack.client import SlackClient
    from handlers.tasks import Tasks

BRIEFING: Final = "/briefing"
FACT: Final = "/fact"

_log = structlog.stdlib.get_logger(__name__)


def register(app: AsyncApp, bot: Bot, subcommands: Subcommands, client: SlackClient, tasks: Tasks) -> None:
    """Answer /briefing and /fact."""
    answers = {BRIEFING: bot.briefing, FACT: bot.fact}

    async def on_command(ack: AsyncAck, body: dict[str, Any]) -> None:
        started = perf_counter()
        command = body["command"]
        words = unescape(body.get("text") or "")
        if command == BRIEFING and subcommand_of(words):
            await ack()
            tasks.start(subcommands.run(body, words))
            return
        reply = await or_refusal(answers[command](words))
        first, *rest = messages(reply, audience(body.get("channel_id", "")))
        await ack({"response_type": "ephemeral", **first})
        if rest and tasks.is_new(body.get("trigger_id")):
            tasks.start(_follow(client, body["response_url"], rest))
        took_ms = round((perf_counter() - started) * 1000, 1)
        _log.info(
            "request.answered",
            team=body.get("team_id"),
            channel=body.get("channel_id"),
            command=command,
            outcome=reply.outcome.value,
            took_ms=took_ms,
        )

    for command in answers:
        app.command(command)(on_command)


def audience(channel: str) -> Audience:
    """Return who sees a private reply in a channel: ids of direct messages begin with D."""
    return Audience.DIRECT if channel.startswith("D") else Audience.ACTOR


async def _follow(client: SlackClient, response_url: str, payloads: list[Payload]) -> None:
    """Send what did not fit into the ack, in order."""
    for payload in payloads:
        await client.respond(response_url, payload, response_type="ephemeral", replace_original=False)
