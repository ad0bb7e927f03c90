"""Mentions and direct messages: the same answers as /fact, and an area's briefing when the words name one.

Slack repeats an event until it is acked. It is acked once its answer is enqueued, so that no answer is lost with the
process, and answered once, by the id of the message that asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.alerts.replies import Request
from bot.answers.conversations import Turn
from bot.answers.intents import command_meant
from bot.messages import ChannelRef, Outcome, Reply
from bot.store.limiter import asked_by_a_person
from handlers.errors import or_refusal
from handlers.slack.installations.request_team import team_of
from handlers.slack.receiving.requests import OUTCOME, USED_UP
from handlers.slack.text import asked_in

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from slack_bolt.async_app import AsyncBoltContext

    from bot.alerts.replies import Replies
    from bot.answers.conversations import Conversations
    from bot.answers.service import Bot
    from bot.gaps.recorder import GapRecorder
    from handlers.fair_share import Shares
    from handlers.listeners.subscriptions import Subcommands
    from handlers.slack.agent_view import AgentView
    from handlers.slack.receiving.router import Router
    from handlers.tasks import Tasks

ENQUEUED_S: Final = 2.5
"""Seconds that an ack waits until the answer is enqueued; Slack sends the event again after 3 s."""
ENOUGH_HERE: Final = "Many answers stand in this channel already: this one is shown to you alone."
_PUBLIC = frozenset({Outcome.ANSWER, Outcome.BRIEFING})
_TYPED = frozenset({None, "", "file_share", "thread_broadcast"})
"""Subtypes of what a person typed: with a file, or from a thread to the channel too (Slack: the event "message")."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question to the bot, its channel and its author; `thread` is the ts of its thread, `ts` its own.

    `key` is the same each time that Slack sends it; `home` is the workspace of its author, as far as Slack says.
    """

    words: str
    team: str
    channel: str
    user: str
    ts: str
    thread: str | None
    key: str
    home: str

    @property
    def place(self) -> ChannelRef:
        """Where it was asked."""
        return ChannelRef(self.team, self.channel)

    def request(self, thread: str | None) -> Request:
        """Return what is replied to, in a thread if one is given."""
        return Request(self.key, self.place, self.user, thread or "", self.ts)

    def turn(self, thread: str) -> Turn:
        """Return it as a turn of the conversation in that thread."""
        return Turn(self.place, self.user, self.ts, thread)


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers what people ask in channels and direct messages."""

    bot: Bot
    conversations: Conversations
    replies: Replies
    gaps: GapRecorder
    view: AgentView
    subcommands: Subcommands
    shares: Shares
    tasks: Tasks

    async def take(self, asked: _Asked, context: AsyncBoltContext) -> bool:
        """Answer a question, once; return whether that was done."""
        is_new = self.tasks.is_new(f"{asked.team} {asked.channel} {asked.key}")
        if not is_new or not await self._may_ask(asked, context):
            return False
        is_direct = asked.place.is_direct
        thread = self.view.thread_of(asked.team, asked.thread, asked.ts) if is_direct else asked.thread
        answer = self._answer_direct if is_direct else self._answer_mention
        await self.tasks.within(ENQUEUED_S, self._change(asked, thread) or answer(asked))
        return True

    async def _may_ask(self, asked: _Asked, context: AsyncBoltContext) -> bool:
        """Whether a person may ask more now; if not, they are told so once."""
        word = self.shares.refusal(asked.place, asked.user)
        if not word:
            return True
        context[OUTCOME] = USED_UP
        if self.shares.is_to_be_told(asked.team, asked.user):
            told = Reply(Outcome.REFUSAL, "", note=word)
            await self.tasks.within(ENQUEUED_S, self.replies.in_private(asked.request(asked.thread), told))
        return False

    async def _answer_mention(self, asked: _Asked) -> None:
        """Answer in the mention's thread: an answer for everybody, all else to the actor alone.

        In a channel that has had as many answers as it gets in a minute, an answer goes to the actor alone too.
        """
        thread = asked.thread or asked.ts
        turn = asked.turn(thread)
        reply = await or_refusal(
            self.bot.ask(asked.words, await self.conversations.last(turn, asked.words), team=asked.team)
        )
        self.gaps.looked_up(asked.team, asked.user, asked.words, reply.outcome)
        is_public = reply.outcome in _PUBLIC
        if is_public and not self.shares.may_answer_in_public(asked.place):
            is_public, reply = False, replace(reply, note=f"{reply.note} {ENOUGH_HERE}".strip())
        await self.conversations.record(turn, reply, is_public=is_public)
        if is_public:
            notice = Reply(Outcome.HELP, "", note=reply.note, choices=reply.choices) if reply.note else None
            await self.replies.in_public(asked.request(thread), reply, notice)
        else:
            # Ephemeral messages in a thread show only where a thread is: below a lone message, in the channel.
            await self.replies.in_private(asked.request(asked.thread), reply)
        _log_answered(asked, "mention", reply)

    async def _answer_direct(self, asked: _Asked) -> None:
        """Answer a direct message in its own thread; as an agent in the one that it begins, else below it."""
        thread = self.view.thread_of(asked.team, asked.thread, asked.ts)
        turn = asked.turn(thread or "")
        making = or_refusal(
            self.bot.ask(asked.words, await self.conversations.last(turn, asked.words), team=asked.team)
        )
        reply = await self.view.with_status(asked.place, thread, making)
        self.gaps.looked_up(asked.team, asked.user, asked.words, reply.outcome)
        await self.conversations.record(turn, reply, is_public=True)
        await self.replies.directly(asked.request(thread), reply)
        _log_answered(asked, "message", reply)

    def _change(self, asked: _Asked, thread: str | None) -> Coroutine[Any, Any, None] | None:
        """Return what subscribes, unsubscribes or lists, when the words ask for that, and answers in the thread."""
        words = command_meant(asked.words)
        if not words:
            return None
        place = asked.place

        async def change() -> None:
            with asked_by_a_person():
                reply = await self.subcommands.typed(place, asked.user, asked.home, words, asked.thread or "")
            if reply is not None:
                give = self.replies.directly if place.is_direct else self.replies.in_private
                await give(asked.request(thread), reply)
            outcome = reply.outcome.value if reply else "done"
            command = words.split(maxsplit=1)[0]
            _log.info("request.answered", team=asked.team, channel=asked.channel, command=command, outcome=outcome)

        return change()


def register(router: Router, answering: Answering) -> None:
    """Answer app_mention and message.im; whoever has used up their share is told so, and then left unanswered."""

    async def on_mention(body: dict[str, Any], context: AsyncBoltContext) -> None:
        asked = _asked(body, context.bot_user_id or "")
        if asked and not asked.place.is_direct:
            await answering.take(asked, context)

    async def on_message(body: dict[str, Any], context: AsyncBoltContext) -> None:
        if body["event"].get("channel_type") != "im":
            return
        asked = _asked(body, context.bot_user_id or "")
        if asked and await answering.take(asked, context):
            answering.tasks.start(answering.view.title_thread(asked.place, asked.thread, asked.words))

    router.on("event", "app_mention", on_mention)
    router.on("event", "message", on_message)


def _asked(body: dict[str, Any], bot_user: str) -> _Asked | None:
    """Return what a person asked; bots, edits, deletions, other subtypes and mentions in a quote ask nothing."""
    event = body["event"]
    if event.get("subtype") not in _TYPED or event.get("bot_id") or event.get("edited") or not event.get("user"):
        return None
    words, ts = asked_in(event, bot_user), event["ts"]
    if words is None:
        return None
    key = str(event.get("client_msg_id") or ts)
    team, home = team_of(body), str(event.get("user_team") or event.get("team") or "")
    return _Asked(words, team, event["channel"], event["user"], ts, event.get("thread_ts"), key, home)


def _log_answered(asked: _Asked, command: str, reply: Reply) -> None:
    outcome = reply.outcome.value
    _log.info("request.answered", team=asked.team, channel=asked.channel, command=command, outcome=outcome)
