"""Modals that show a reply, for presses that stand in no channel: App Home, shortcuts, and what is asked from there.

A reply is mostly there at once, and the modal opens with it. One that takes longer than SLOW_S is announced by a modal
that says so, because a trigger id lives 3 s (Slack: "Modals", "Trigger IDs"), and shown in it as soon as it is there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import structlog

from bot.errors import DeliveryError
from bot.messages import Outcome, Reply
from handlers.errors import or_refusal
from handlers.rendering.blocks import literal
from handlers.rendering.elements import notice, words
from handlers.rendering.replies import Audience, messages, plain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.answers.citation import CopiedCitation
    from bot.subscriptions.permissions import Actor
    from handlers.rendering.blocks import Block
    from handlers.rendering.replies import View

REPLY: Final = "reply"
"""callback_id of a modal that shows a reply."""
SLOW_S: Final = 0.5
MOST_BLOCKS: Final = 100  # Slack: "Views", `blocks`
_NOT_OPENED = Reply(Outcome.REFUSAL, "", note="Slack did not open the window in time. Please try again.")
_LOOKING = Reply(Outcome.NOTICE, "", note="Looking…")
_CUT = "The rest does not fit into this window. Ask for it in a channel, or in a direct message to me."
_KEPT = ("type", "callback_id", "title", "close", "submit", "private_metadata", "blocks")
"""What Slack takes back of a view that it has sent."""
_NOTICE = "notice"
CITATION: Final = "citation"
"""callback_id of a modal with a citation to copy."""
_BOX = 3000  # Slack: "Plain-text input element", `max_length`
_COPY_IT = "Copy the text below. Nothing that you change here is kept."
_CLOSED = frozenset({"not_found", "view_not_found"})
_TITLES = {
    Outcome.BRIEFING: "Briefing",
    Outcome.ANSWER: "Fact",
    Outcome.CLOSEST: "Closest fact",
    Outcome.NO_ANSWER: "We hold nothing on this",
    Outcome.CHANGES: "What changed",
    Outcome.SUBSCRIPTIONS: "Posted here",
}
_NO_TITLE = "Briefing bot"

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stays while a modal's content changes.

    `title` (24 characters) is empty where the reply decides; `channel` is the one that it is about; `above` are blocks
    that stand first.
    """

    callback: str = REPLY
    title: str = ""
    channel: str = ""
    above: tuple[Block, ...] = ()


def modal(reply: Reply, frame: Frame) -> View:
    """Return a modal that shows a reply as its actor alone sees it, cut where Slack would refuse it."""
    shown = messages(replace(reply, feedback=""), Audience.DIRECT)  # Slack: feedback buttons stand in messages only
    blocks = [*frame.above, *chain.from_iterable(each["blocks"] for each in shown)]
    if len(blocks) > MOST_BLOCKS:
        blocks = [*blocks[: MOST_BLOCKS - 1], *plain(_CUT)["blocks"]]
    return {
        "type": "modal",
        "callback_id": frame.callback,
        "title": words(frame.title or _TITLES.get(reply.outcome, _NO_TITLE)),
        "close": words("Close"),
        "private_metadata": frame.channel,
        "blocks": blocks,
    }


def with_notice(view: Mapping[str, Any], reply: Reply) -> View:
    """Return an open modal with a notice at its end, in place of an earlier one."""
    kept = {name: view[name] for name in _KEPT if view.get(name)}
    blocks = [each for each in kept["blocks"] if not str(each.get("block_id", "")).startswith(_NOTICE)]
    added = list(chain.from_iterable(each["blocks"] for each in messages(reply, Audience.DIRECT)))
    named = [{**each, "block_id": f"{_NOTICE}{number}"} for number, each in enumerate(added)]
    return {**kept, "blocks": [*blocks[: MOST_BLOCKS - len(named)], *named]}


def _in_words(reply: Reply, frame: Frame) -> Reply:
    """Return a reply for a direct message; about a channel without buttons, which act where they are."""
    if not frame.channel:
        return reply
    return replace(reply, choices=(), rows=tuple(replace(row, choices=()) for row in reply.rows))


def citation_view(copied: CopiedCitation) -> View:
    """Return a modal with a citation in boxes of plain text, which select and copy whole, as they are."""
    text = "\n".join(literal(line) for line in copied.text.split("\n"))
    boxes = [text[start : start + _BOX] for start in range(0, len(text), _BOX)]
    return {
        "type": "modal",
        "callback_id": CITATION,
        "title": words("Copy citation"),
        "submit": words("Done"),
        "close": words("Close"),
        "blocks": [
            *([notice(copied.note)] if copied.note else ()),
            notice(_COPY_IT),
            *(
                {
                    "type": "input",
                    "block_id": f"{CITATION}{number}",
                    "optional": True,
                    "label": words("Citation" if len(boxes) == 1 else f"Citation, part {number}"),
                    "element": {
                        "type": "plain_text_input",
                        "action_id": CITATION,
                        "multiline": True,
                        "initial_value": box,
                    },
                }
                for number, box in enumerate(boxes, start=1)
            ),
        ],
    }


Write: TypeAlias = "Callable[[str, str, Reply], Awaitable[None]]"
"""Gives a workspace's user a reply in their direct message with the bot."""


class Views(Protocol):
    """The calls of the Slack client that modals need. Methods raise DeliveryError."""

    async def open_view(self, trigger: str, view: View, /) -> str:
        """Open a modal, and return its id."""
        ...

    async def push_view(self, trigger: str, view: View, /) -> str:
        """Put a modal on top of another, and return its id."""
        ...

    async def update_view(self, view_id: str, view: View, /) -> None:
        """Show something else in it."""
        ...


class ViewClients(Protocol):
    """Slack's clients, one for each workspace."""

    def of(self, team: str, /) -> Views:
        """Return the one of a workspace."""
        ...


class Modals:
    """Opens and updates modals. No method raises DeliveryError: where Slack shows no modal, it writes to the user."""

    def __init__(self, clients: ViewClients, write: Write, *, slow_s: float = SLOW_S) -> None:
        """After `slow_s` seconds a reply counts as slow."""
        self._clients = clients
        self._write = write
        self._slow_s = slow_s

    async def open(self, trigger: str, actor: Actor, making: Awaitable[Reply], frame: Frame) -> Reply:
        """Open a modal with a reply, or a placeholder until it is there; where Slack opens none, write to the actor."""
        task = asyncio.ensure_future(or_refusal(making))
        await asyncio.wait({task}, timeout=self._slow_s)
        shown = task.result() if task.done() else _LOOKING
        try:
            view_id = await self._clients.of(actor.place.team).open_view(trigger, modal(shown, frame))
        except DeliveryError as error:
            _log.warning("modal.open_failed", reason=error.message)
            await self._write(actor.place.team, actor.user, _in_words(await task, frame))
        else:
            if shown is _LOOKING and not await self._update(actor, view_id, modal(await task, frame)):
                await self._write(actor.place.team, actor.user, _in_words(await task, frame))
        return await task

    async def open_form(self, trigger: str, actor: Actor, view: View, *, on_top: bool = False) -> None:
        """Open a modal to fill in, perhaps on top of one; where Slack opens none, tell the actor by direct message."""
        client = self._clients.of(actor.place.team)
        show = client.push_view if on_top else client.open_view
        try:
            await show(trigger, view)
        except DeliveryError as error:
            _log.warning("modal.open_failed", reason=error.message)
            await self._write(actor.place.team, actor.user, _NOT_OPENED)

    async def show(self, view: Mapping[str, Any], actor: Actor, reply: Reply, frame: Frame) -> None:
        """Show a reply in an open modal: a refusal or a notice below its content, anything else in place of it.

        A reply that is only a note is a notice in a modal that shows facts; in one about a channel it is the new
        content. Where Slack does not update the modal, write to the actor.
        """
        is_note = not reply.markdown and not frame.channel
        is_notice = is_note or reply.outcome in (Outcome.REFUSAL, Outcome.NOTICE)
        shown = with_notice(view, reply) if is_notice else modal(reply, frame)
        if not await self._update(actor, view["id"], shown):
            await self._write(actor.place.team, actor.user, _in_words(reply, frame))

    async def _update(self, actor: Actor, view_id: str, view: View) -> bool:
        """Update a modal; return False when Slack refused. A modal that the actor has closed counts as updated."""
        try:
            await self._clients.of(actor.place.team).update_view(view_id, view)
        except DeliveryError as error:
            is_closed = error.code in _CLOSED
            (_log.info if is_closed else _log.warning)("modal.update_failed", reason=error.message)
            return is_closed
        return True
