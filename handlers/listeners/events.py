"""Mentions and direct messages: the same answers as /fact, and an area's briefing when the words name one.

Slack repeats an event until it is acked, so it is acked at once and answered once, by its event id, in the background.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from bot.answers.conversations import Turn
from bot.messages import ChannelRef, Outcome, Posted, Reply
from handlers.errors import or_refusal
from handlers.rendering.replies import Audience, messages
from handlers.slack.text import asked_in

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp, AsyncBoltContext

    from bot.alerts.post_log import PostLog
    from bot.answers.conversations import Conversations
    from bot.answers.service import Bot
    from handlers.slack.assistant_pane import AssistantPane
    from handlers.slack.client import SlackClient
    from handlers.tasks import Tasks

_PUBLIC = frozenset({Outcome.ANSWER, Outcome.BRIEFING})
_TYPED = frozenset({None, "", "file_share", "thread_broadcast"})
"""Subtypes of what a person typed: with a file, or from a thread to the channel too (Slack: the event "message")."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question to the bot, its channel and its author; `thread` is the ts of its thread, `ts` its own."""

    words: str
    channel: str
    user: str
    ts: str
    thread: str | None

    def turn(self, team: str, thread: str) -> Turn:
        """Return it as a turn of the conversation in that thread."""
        return Turn(ChannelRef(team, self.channel), self.user, self.ts, thread)


def register(  # noqa: PLR0913, PLR0917 — the parts that it uses
    app: AsyncApp,
    bot: Bot,
    conversations: Conversations,
    client: SlackClient,
    post_log: PostLog,
    pane: AssistantPane,
    tasks: Tasks,
) -> None:
    """Answer app_mention and message.im."""

    async def on_mention(body: dict[str, Any], context: AsyncBoltContext) -> None:
        asked = _asked(body["event"], context.bot_user_id or "")
        if asked and not asked.channel.startswith("D") and tasks.is_new(body.get("event_id")):
            tasks.start(_answer_mention(bot, conversations, client, post_log, asked, body.get("team_id") or ""))

    async def on_message(body: dict[str, Any], context: AsyncBoltContext) -> None:
        event = body["event"]
        if event.get("channel_type") != "im":
            return
        asked = _asked(event, context.bot_user_id or "")
        if asked and tasks.is_new(body.get("event_id")):
            tasks.start(_answer_direct(bot, conversations, client, pane, asked, body.get("team_id") or ""))

    app.event("app_mention")(on_mention)
    app.event("message")(on_message)


def _asked(event: dict[str, Any], bot_user: str) -> _Asked | None:
    """Return what a person asked; bots, edits, deletions, other subtypes and mentions in a quote ask nothing."""
    if event.get("subtype") not in _TYPED or event.get("bot_id") or event.get("edited") or not event.get("user"):
        return None
    words = asked_in(event, bot_user)
    if words is None:
        return None
    return _Asked(words, event["channel"], event["user"], event["ts"], event.get("thread_ts"))


async def _answer_mention(  # noqa: PLR0913, PLR0917 — the parts that it uses
    bot: Bot, conversations: Conversations, client: SlackClient, post_log: PostLog, asked: _Asked, team: str
) -> None:
    """Answer in the mention's thread: an answer for everybody, all else to the actor alone."""
    thread = asked.thread or asked.ts
    turn = asked.turn(team, thread)
    reply = await or_refusal(bot.ask(asked.words, await conversations.last(turn, asked.words)))
    is_public, ts = reply.outcome in _PUBLIC, ""
    if is_public:
        posted = Posted.of(
            [await client.say(asked.channel, each, thread=thread) for each in messages(reply, Audience.EVERYBODY)]
        )
        ts = posted.ts
        await post_log.record(reply, turn.place, posted, thread)
        notice = Reply(Outcome.HELP, "", note=reply.note, choices=reply.choices)
    else:
        notice = reply
    if notice.markdown or notice.note:
        # Ephemeral messages in a thread show only where a thread is: under a lone message they stand in the channel.
        where = thread if asked.thread or is_public else None
        for payload in messages(notice, Audience.ACTOR):
            await client.post_ephemeral(asked.channel, asked.user, payload, thread=where)
    await conversations.record(turn, reply, ts, is_public=is_public)
    _log.info("request.answered", team=team, channel=asked.channel, command="mention", outcome=reply.outcome.value)


async def _answer_direct(  # noqa: PLR0913, PLR0917 — the parts that it uses
    bot: Bot, conversations: Conversations, client: SlackClient, pane: AssistantPane, asked: _Asked, team: str
) -> None:
    """Answer a direct message in its own thread, or below it."""
    turn = asked.turn(team, asked.thread or "")
    making = or_refusal(bot.ask(asked.words, await conversations.last(turn, asked.words)))
    reply = await pane.with_status(asked.channel, asked.thread, making)
    said = [await client.say(asked.channel, each, thread=asked.thread) for each in messages(reply, Audience.DIRECT)]
    await conversations.record(turn, reply, said[0].ts, is_public=True)
    await pane.title_thread(asked.channel, asked.thread, asked.words)
    _log.info("request.answered", team=team, channel=asked.channel, command="message", outcome=reply.outcome.value)
