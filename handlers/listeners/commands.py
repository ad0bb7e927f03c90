"""The slash commands. A reply's first message leaves in the ack's own body: no further request, no waiting.

A look-up that comes twice is answered twice: whoever sends it again has not had the first ack, so nobody has seen the
answer in it. What changes something, and what follows by response_url, which no ack carries, is done once.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import structlog
from slack_bolt.response import BoltResponse

from bot.alerts.replies import Request
from bot.messages import ChannelRef
from bot.store.limiter import asked_by_a_person
from bot.text import storable
from handlers.errors import or_refusal
from handlers.listeners.subscriptions import subcommand_of
from handlers.rendering.acks import AckBodies
from handlers.rendering.replies import Audience
from handlers.slack.installations.request_team import team_of
from handlers.slack.receiving.requests import OUTCOME
from handlers.slack.text import unescape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncBoltContext

    from bot.alerts.replies import Replies
    from bot.answers.service import Bot
    from bot.gaps.recorder import GapRecorder
    from bot.messages import Reply
    from handlers.listeners.subscriptions import Subcommands
    from handlers.slack.receiving.router import Router
    from handlers.tasks import Tasks

BRIEFING: Final = "/briefing"
FACT: Final = "/fact"

_log = structlog.stdlib.get_logger(__name__)


def register(  # noqa: PLR0913, PLR0917 — the parts that it uses
    router: Router, bot: Bot, subcommands: Subcommands, replies: Replies, gaps: GapRecorder, tasks: Tasks
) -> None:
    """Answer /briefing and /fact."""
    log = _log.bind()  # once: what finds the logger's settings costs as much as the line
    bodies = AckBodies()
    bot.on_new_replies(bodies.clear)

    async def on_command(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        started = perf_counter()
        command = body["command"]
        words = storable(unescape(body.get("text") or ""))
        if command == BRIEFING and subcommand_of(words):
            await ack()
            if tasks.is_new(body.get("trigger_id")):
                with asked_by_a_person():
                    tasks.start(subcommands.run(body, words))
            return
        team = team_of(body)
        with asked_by_a_person():
            reply = await or_refusal(bot.fact(words, team=team) if command == FACT else bot.briefing(words))
        context[OUTCOME] = reply.outcome.value
        acked = bodies.of(reply, audience(body.get("channel_id", "")))
        ack.response = BoltResponse(status=200, body=acked.json)
        if acked.has_more and tasks.is_new(body.get("trigger_id")):
            tasks.start(_follow(replies, body, reply))
        if command == FACT:
            gaps.looked_up(team, str(body.get("user_id")), words, reply.outcome)
        log.info(
            "request.answered",
            team=team,
            channel=body.get("channel_id"),
            command=command,
            outcome=reply.outcome.value,
            took_ms=round((perf_counter() - started) * 1000, 1),
        )

    for command in (BRIEFING, FACT):
        router.on("command", command, on_command)


def audience(channel: str) -> Audience:
    """Return who sees a private reply in a channel: ids of direct messages begin with D."""
    return Audience.DIRECT if channel.startswith("D") else Audience.ACTOR


async def _follow(replies: Replies, body: Mapping[str, Any], reply: Reply) -> None:
    """Send what did not fit into the ack, in order."""
    place = ChannelRef(team_of(body), body.get("channel_id") or "")
    request = Request(str(body.get("trigger_id") or body["response_url"]), place, body.get("user_id") or "")
    await replies.by_response_url(request, reply, body["response_url"], begins_with=1)
