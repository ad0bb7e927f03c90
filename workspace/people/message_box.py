"""The message box: messages, slash commands, and Slack's own /invite."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from workspace.blocks.pings import find_pings
from workspace.errors import SlackError
from workspace.parts import Parts
from workspace.people.results import ActionResult
from workspace.state.records import BOT_USER_ID, SLACKBOT_ID, Message
from workspace.wire.payloads import actor_in, escape
from workspace.wire.responding import ReplyContext, ack_arguments

if TYPE_CHECKING:
    from workspace.manifest import Command
    from workspace.state.state import State
    from workspace.wire.payloads import Actor

_TEXT_MAX = 40_000
_BROADCAST = re.compile(r"(?<![\w@])@(channel|here|everyone)\b")


class MessageBox(Parts):
    """Sends what people type to the channel or the app."""

    async def type(self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None) -> ActionResult:
        """Send a slash command or a message; return when the app has acked, or its 3 s ran out.

        Write a mention as a person does: `@` and the bot's name. Raises LookupError for a user, channel or thread that
        is not there.
        """
        actor, text = actor_in(self.state, user_id, channel_id), text.strip()
        if not text:
            return ActionResult(problem="Nothing was typed.")
        if text.startswith("/"):
            return await self._type_command(actor, text, thread_ts or "")
        return await self._type_message(actor, text, thread_ts or "")

    async def _type_message(self, actor: Actor, text: str, thread_ts: str) -> ActionResult:
        parent = self.state.message(actor.channel.id, thread_ts) if thread_ts else None
        if thread_ts and (parent is None or parent.is_ephemeral):
            raise LookupError(f"There is no thread {thread_ts} in {actor.channel.id}.")
        encoded = encode(text, self.state)[:_TEXT_MAX]
        message = Message(actor.channel.id, self.state.next_ts(), actor.user.id, encoded, thread_ts=thread_ts)
        message = self.state.put(replace(message, pings=find_pings(encoded, ())))
        if f"<@{BOT_USER_ID}>" in encoded and BOT_USER_ID not in actor.channel.members:
            bot = self.manifest.bot_name
            self._slackbot(actor, f"{bot} is not in this channel. Type `/invite @{bot}` to add it.", thread_ts)
        return ActionResult(message, await self._events.typed(message))

    async def _type_command(self, actor: Actor, text: str, thread_ts: str) -> ActionResult:
        name, *rest = text.split(maxsplit=1)
        words = rest[0] if rest else ""
        if thread_ts:
            return self._slackbot(actor, f"{name} is not supported in threads. Sorry!", thread_ts)
        if name == "/invite":
            return self._invite(actor, words)
        command = None if self.state.is_external(actor.user) else self.manifest.command(name)
        if command is None:
            return self._slackbot(actor, f"{name} is not a valid command.")
        return await self._run_command(actor, command, words)

    async def _run_command(self, actor: Actor, command: Command, words: str) -> ActionResult:
        context = ReplyContext(actor.user.id, actor.channel.id)
        dispatch = await self._dispatcher.send_once(self._payloads.slash_command(actor, command, words, context))
        error = dispatch.failure and ("operation_timeout" if dispatch.timed_out else "dispatch_failed")
        if not error:
            try:
                self._responder.reply(context, ack_arguments(dispatch.ack))
            except SlackError:
                error = "invalid_command_response"
        if not error:
            return ActionResult(dispatches=(dispatch,))
        result = self._slackbot(actor, f'{command.name} failed with the error "{error}"')
        if result.message is not None:
            self._responder.note(context, result.message)
        return replace(result, dispatches=(dispatch,))

    def _invite(self, actor: Actor, words: str) -> ActionResult:
        """Do what Slack's own /invite does, for the bot."""
        channel = actor.channel
        if encode(words, self.state) != f"<@{BOT_USER_ID}>" or channel.is_im:
            return self._slackbot(actor, f"Type `/invite @{self.manifest.bot_name}` in a channel.")
        if BOT_USER_ID in channel.members:
            return self._slackbot(actor, f"{self.manifest.bot_name} is in this channel already.")
        text = f"was added to #{channel.name} by <@{actor.user.id}>."
        message = Message(channel.id, self.state.next_ts(), BOT_USER_ID, text, subtype="channel_join")
        self._events.joined(self.state.join(channel.id, BOT_USER_ID), BOT_USER_ID, actor.user.id)
        return ActionResult(self.state.put(message))

    def _slackbot(self, actor: Actor, text: str, thread_ts: str = "") -> ActionResult:
        """Post an ephemeral message from Slackbot."""
        ts = self.state.next_ts()
        notice = Message(actor.channel.id, ts, SLACKBOT_ID, text, ephemeral_to=actor.user.id, thread_ts=thread_ts)
        return ActionResult(self.state.put(notice))


def encode(text: str, state: State) -> str:
    """Return typed words as Slack keeps them: entities for & < >, `<@U…>` for names, `<#C…|name>` for channels.

    A name is a user's handle or real name after @, in any case. `<@U0BOT>` typed as such is literal text, as in Slack.
    """
    text = escape(text)
    names = [(name, user.id) for user in state.users for name in (user.name, user.real_name)]
    for name, user_id in sorted(names, key=lambda pair: len(pair[0]), reverse=True):
        text = re.sub(rf"(?<![\w@])@{re.escape(escape(name))}(?!\w)", f"<@{user_id}>", text, flags=re.IGNORECASE)
    for channel in state.channels:
        if channel.name:
            text = re.sub(rf"(?<![\w#&])#{re.escape(channel.name)}(?!\w)", f"<#{channel.id}|{channel.name}>", text)
    return _BROADCAST.sub(r"<!\1>", text)
