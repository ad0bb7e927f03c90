"""What people do in the workspace: type and click; and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workspace.blocks import interactive_elements
from workspace.delivery import Dispatch, Dispatcher, Envelope
from workspace.errors import SlackError
from workspace.payloads import Actor, block_actions, slash_command
from workspace.pings import find_pings
from workspace.records import BOT_USER_ID, SLACKBOT_ID, Message
from workspace.responding import Occasion, Responder, ResponseUrls, ack_arguments
from workspace.typing_box import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.events import Events
    from workspace.manifest import Command, Manifest
    from workspace.state import State

_TEXT_MAX = 40_000


@dataclass(frozen=True, slots=True)
class Happened:
    """What came of typing or clicking.

    `message` is what it put on the person's screen at once: the message that they posted, or what Slackbot told them
    alone. `dispatches` is what was sent to the app and how it went. `problem` is a sentence that the person still has
    to be shown because no message holds it, mostly empty.
    """

    message: Message | None = None
    dispatches: tuple[Dispatch, ...] = ()
    problem: str = ""

    @property
    def acked(self) -> bool:
        """Whether something was sent to the app, and it took all of it."""
        return bool(self.dispatches) and not any(dispatch.failure for dispatch in self.dispatches)


class Interaction:
    """The hands of the people. Every method raises LookupError for a user, channel or message that is not theirs."""

    def __init__(  # noqa: PLR0913 — the parts that an interaction touches
        self,
        *,
        state: State,
        manifest: Manifest,
        dispatcher: Dispatcher,
        events: Events,
        responder: Responder,
        response_urls: ResponseUrls,
        verification_token: str,
    ) -> None:
        """Send to the app through the dispatcher; let acks reply through the responder."""
        self._state = state
        self._manifest = manifest
        self._dispatcher = dispatcher
        self._events = events
        self._responder = responder
        self._response_urls = response_urls
        self._verification_token = verification_token

    async def type(self, user_id: str, channel_id: str, text: str, thread_ts: str = "") -> Happened:
        """Send what stands in the message box: a slash command when it begins with a slash, else a message."""
        actor = self._actor(user_id, channel_id)
        text = text.strip()
        if not text:
            return Happened(problem="Nothing was typed.")
        if text.startswith("/"):
            return await self._command(actor, text, thread_ts)
        return await self._message(actor, text, thread_ts)

    async def press(self, user_id: str, channel_id: str, ts: str, action_id: str, block_id: str = "") -> Happened:
        """Click a button of a message that this user sees; `block_id` tells two with the same action_id apart."""
        actor = self._actor(user_id, channel_id)
        message = self._state.message(channel_id, ts)
        if message is None or message.ephemeral_to not in ("", user_id):
            raise LookupError(f"{user_id} sees no message {ts} in {channel_id}.")
        if not self._manifest.interactivity:
            return Happened(problem="This app is not configured to handle interactive responses.")
        action = _action(message, action_id, block_id, self._state.next_ts())
        response_url = self._response_urls.issue(Occasion(user_id, channel_id, ts, message.thread_ts))
        payload = block_actions(
            actor, message, action, response_url=response_url, verification_token=self._verification_token
        )
        dispatch = await self._dispatcher.send_once(Envelope("interactive", payload, self._manifest.interactivity_url))
        return Happened(dispatches=(dispatch,), problem=_click_problem(dispatch))

    def _actor(self, user_id: str, channel_id: str) -> Actor:
        user, channel = self._state.user(user_id), self._state.channel(channel_id)
        if user is None or channel is None or user_id not in channel.members:
            raise LookupError(f"{user_id} is not in {channel_id}.")
        return Actor(user, channel)

    async def _message(self, actor: Actor, text: str, thread_ts: str) -> Happened:
        parent = self._state.message(actor.channel.id, thread_ts) if thread_ts else None
        if thread_ts and (parent is None or parent.is_ephemeral):
            raise LookupError(f"There is no thread {thread_ts} in {actor.channel.id}.")
        encoded = encode(text, self._state)[:_TEXT_MAX]
        message = Message(actor.channel.id, self._state.next_ts(), actor.user.id, encoded, thread_ts=thread_ts)
        message = self._state.put(replace(message, pings=find_pings(encoded, ())))
        if f"<@{BOT_USER_ID}>" in encoded and BOT_USER_ID not in actor.channel.members:
            bot = self._manifest.bot_name
            self._tell(actor, f"{bot} is not in this channel. Type `/invite @{bot}` to add it.", thread_ts)
        return Happened(message, await self._events.typed(message))

    async def _command(self, actor: Actor, text: str, thread_ts: str) -> Happened:
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

    async def _run(self, actor: Actor, command: Command, words: str) -> Happened:
        occasion = Occasion(actor.user.id, actor.channel.id)
        payload = slash_command(
            actor,
            command.name,
            words,
            response_url=self._response_urls.issue(occasion),
            verification_token=self._verification_token,
        )
        dispatch = await self._dispatcher.send_once(Envelope("slash_commands", payload, command.url))
        error = _command_error(dispatch)
        if not error:
            try:
                self._responder.reply(occasion, ack_arguments(dispatch.ack))
            except SlackError:
                error = "invalid_command_response"
        if error:
            told = self._tell(actor, f'{command.name} failed with the error "{error}"')
            return replace(told, dispatches=(dispatch,))
        return Happened(dispatches=(dispatch,))

    def _invite(self, actor: Actor, words: str) -> Happened:
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
        return Happened(message)

    def _tell(self, actor: Actor, text: str, thread_ts: str = "") -> Happened:
        """Let Slackbot say something to one person alone."""
        ts = self._state.next_ts()
        told = Message(actor.channel.id, ts, SLACKBOT_ID, text, ephemeral_to=actor.user.id, thread_ts=thread_ts)
        return Happened(self._state.put(told))


def _action(message: Message, action_id: str, block_id: str, action_ts: str) -> dict[str, Any]:
    """Return what a click on a button sends; raises LookupError when the message has no such button."""
    for block in message.blocks:
        for element in interactive_elements(block):
            if element["action_id"] == action_id and block_id in ("", block["block_id"]):
                return _pressed(element, block["block_id"], action_ts)
    raise LookupError(f"The message {message.ts} has no button {action_id}.")


def _pressed(element: Mapping[str, Any], block_id: str, action_ts: str) -> dict[str, Any]:
    if element["type"] != "button":
        raise LookupError(f"{element['action_id']} is no button.")
    shown = {key: element[key] for key in ("type", "action_id", "text", "value", "style", "url") if key in element}
    return {**shown, "block_id": block_id, "action_ts": action_ts}


def _command_error(dispatch: Dispatch) -> str:
    """Return Slack's word for a slash command that failed, or nothing."""
    if dispatch.timed_out:
        return "operation_timeout"
    return "dispatch_failed" if dispatch.failure else ""


def _click_problem(dispatch: Dispatch) -> str:
    """Return the sentence shown beside a button that failed, or nothing."""
    if dispatch.timed_out:
        return "The app did not answer within 3 seconds."
    if dispatch.failure == "not_connected":
        return "The app is not connected."
    return "The app answered with an error." if dispatch.failure else ""
