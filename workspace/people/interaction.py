"""What people type, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workspace.blocks.pings import find_pings
from workspace.errors import SlackError
from workspace.people.results import ActionResult
from workspace.people.typing_box import encode
from workspace.state.records import BOT_USER_ID, SLACKBOT_ID, Message
from workspace.wire.delivery import Dispatch, Dispatcher, Envelope
from workspace.wire.payloads import actor_in
from workspace.wire.responding import ReplyContext, Responder, ack_arguments

if TYPE_CHECKING:
    from workspace.manifest import Command, Manifest
    from workspace.state.state import State
    from workspace.wire.events import Events
    from workspace.wire.payloads import Actor, Payloads

_TEXT_MAX = 40_000


class Interaction:
    """The message box. Every method raises LookupError for a user, channel or message that is not theirs."""

    def __init__(  # noqa: PLR0913 — the parts that an interaction touches
        self,
        *,
        state: State,
        manifest: Manifest,
        dispatcher: Dispatcher,
        events: Events,
        responder: Responder,
        payloads: Payloads,
    ) -> None:
        """Send to the app through the dispatcher; let acks reply through the responder."""
        self._state = state
        self._manifest = manifest
        self._dispatcher = dispatcher
        self._events = events
        self._responder = responder
        self._payloads = payloads

    async def type(self, user_id: str, channel_id: str, text: str, thread_ts: str = "") -> ActionResult:
        """Send what stands in the message box: a slash command when it begins with a slash, else a message."""
        actor = actor_in(self._state, user_id, channel_id)
        text = text.strip()
        if not text:
            return ActionResult(problem="Nothing was typed.")
        if text.startswith("/"):
            return await self._command(actor, text, thread_ts)
        return await self._message(actor, text, thread_ts)

    async def _message(self, actor: Actor, text: str, thread_ts: str) -> ActionResult:
        parent = self._state.message(actor.channel.id, thread_ts) if thread_ts else None
        if thread_ts and (parent is None or parent.is_ephemeral):
            raise LookupError(f"There is no thread {thread_ts} in {actor.channel.id}.")
        encoded = encode(text, self._state)[:_TEXT_MAX]
        message = Message(actor.channel.id, self._state.next_ts(), actor.user.id, encoded, thread_ts=thread_ts)
        message = self._state.put(replace(message, pings=find_pings(encoded, ())))
        if f"<@{BOT_USER_ID}>" in encoded and BOT_USER_ID not in actor.channel.members:
            bot = self._manifest.bot_name
            self._tell(actor, f"{bot} is not in this channel. Type `/invite @{bot}` to add it.", thread_ts)
        return ActionResult(message, await self._events.typed(message))

    async def _command(self, actor: Actor, text: str, thread_ts: str) -> ActionResult:
        name, *rest = text.split(maxsplit=1)
        words = rest[0] if rest else ""
        if thread_ts:
            return self._tell(actor, f"{name} is not supported in threads. Sorry!", thread_ts)
        if name == "/invite":
            return self._invite(actor, words)
        command = self._manifest.command(name)
        if command is None:
            return self._tell(actor, f"{name} is not a valid command.")
        return await self._run(actor, command, words)

    async def _run(self, actor: Actor, command: Command, words: str) -> ActionResult:
        occasion = ReplyContext(actor.user.id, actor.channel.id)
        payload = self._payloads.slash_command(actor, command.name, words, occasion)
        dispatch = await self._dispatcher.send_once(Envelope("slash_commands", payload, command.url))
        error = _command_error(dispatch)
        if not error:
            try:
                self._responder.reply(occasion, ack_arguments(dispatch.ack))
            except SlackError:
                error = "invalid_command_response"
        if error:
            told = self._tell(actor, f'{command.name} failed with the error "{error}"')
            if told.message is not None:
                self._responder.note(occasion, told.message)
            return replace(told, dispatches=(dispatch,))
        return ActionResult(dispatches=(dispatch,))

    def _invite(self, actor: Actor, words: str) -> ActionResult:
        """Do what Slack's own /invite does, for the bot."""
        channel = actor.channel
        if encode(words, self._state) != f"<@{BOT_USER_ID}>" or channel.is_im:
            return self._tell(actor, f"Type `/invite @{self._manifest.bot_name}` in a channel.")
        if BOT_USER_ID in channel.members:
            return self._tell(actor, f"{self._manifest.bot_name} is in this channel already.")
        self._state.join(channel.id, BOT_USER_ID)
        text = f"was added to #{channel.name} by <@{actor.user.id}>."
        message = Message(channel.id, self._state.next_ts(), BOT_USER_ID, text, subtype="channel_join")
        self._state.put(message)
        self._events.joined(channel.id, BOT_USER_ID)
        return ActionResult(message)

    def _tell(self, actor: Actor, text: str, thread_ts: str = "") -> ActionResult:
        """Let Slackbot say something to one person alone."""
        ts = self._state.next_ts()
        told = Message(actor.channel.id, ts, SLACKBOT_ID, text, ephemeral_to=actor.user.id, thread_ts=thread_ts)
        return ActionResult(self._state.put(told))


def _command_error(dispatch: Dispatch) -> str:
    """Return Slack's word for a slash command that failed, or nothing."""
    if dispatch.timed_out:
        return "operation_timeout"
    return "dispatch_failed" if dispatch.failure else ""
