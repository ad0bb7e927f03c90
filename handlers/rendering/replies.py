"""A reply → Slack messages: the words, then a note, then buttons."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.actions import Action, Button
from bot.messages import Outcome, Reply, Row, offered
from handlers.rendering.blocks import Block, escape, literal
from handlers.rendering.button_rows import as_button, button_row, fits_menu, menu
from handlers.rendering.elements import actions, button, feedback_buttons, person_elements
from handlers.rendering.splitting import SlackMessage, split, split_anew, split_corrected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.messages import ListItem, PersonLine
    from bot.outbox.delivery import OutboxMessage

Payload: TypeAlias = "dict[str, Any]"
"""`text` and `blocks` of one message, ready for chat.postMessage, an ack's body or a response_url."""

View: TypeAlias = "dict[str, Any]"
"""A modal or a Home tab, ready for views.open, views.push, views.update or views.publish."""

_NOTE_LIMIT = 1500
_UPDATE_TEXT = 4000  # Slack: chat.update, `text`
_NO_ROOM = "The correction left no room here for the rest of this text: ask for it again to see it whole."
_MOVED_UP = "Moved to the previous message."
_COPY = "This copy cannot be corrected later."


class Audience(Enum):
    """Who sees a message: the actor alone in a channel, the actor in a direct message, or everybody there."""

    ACTOR = "actor"
    DIRECT = "direct"
    EVERYBODY = "everybody"


def messages(reply: Reply, audience: Audience) -> list[Payload]:
    """Return a reply's messages, in order. What is for the actor alone is left out of a public one."""
    # “No answer” repeats what its actor typed: it is not kept for others, nor in place of what they ask for.
    split_now = split_anew if reply.outcome is Outcome.NO_ANSWER else split
    parts = split_now(reply.markdown) if reply.markdown else ()
    payloads = [_payload(part) for part in parts] or [{"text": "", "blocks": []}]
    last = payloads[-1]
    if reply.note and audience is not Audience.EVERYBODY:
        _add_words(last, reply.note, is_notice=bool(parts))
    for number, row in enumerate(reply.rows if audience is not Audience.EVERYBODY else ()):
        _add_row(last, row, number)
    last["blocks"] += [*button_row(_buttons(reply, audience)), *feedback_buttons(reply.feedback)]
    return payloads


def _buttons(reply: Reply, audience: Audience) -> Iterator[Button]:
    """Yield the buttons below a reply, the most wanted first."""
    if reply.subject and audience is Audience.ACTOR:
        yield Button(Action.POST, "Post to channel", reply.subject.pack())
    yield from offered(reply)
    if audience is not Audience.EVERYBODY:
        yield from map(as_button, reply.choices)


def delivered(message: OutboxMessage) -> list[Payload]:
    """Return a delivery's messages, as many as its text needs; the buttons are below the first."""
    if message.personal:
        return messages(message.personal.reply, Audience.DIRECT if message.personal.is_direct else Audience.ACTOR)
    return _with_buttons(split(message.markdown), message)


def copied(message: OutboxMessage) -> list[Payload]:
    """Return the messages of a copy. Nobody learns their ts, so each is signed, and removed by its own Remove."""
    payloads = [_payload(part) for part in split(message.markdown)]
    remove = message.buttons[-1:]
    for payload in payloads:
        is_last = payload is payloads[-1]
        _add_words(payload, f"{message.footer} {_COPY}", is_notice=True)
        payload["blocks"] += button_row(message.buttons if is_last else remove)
    return payloads


def _with_buttons(parts: Sequence[SlackMessage], message: OutboxMessage) -> list[Payload]:
    payloads = [_payload(part) for part in parts]
    for number, item in enumerate(message.items):
        _add_item(payloads[0], item, number)
    if message.footer:
        _add_words(payloads[0], message.footer, is_notice=True)
    payloads[0]["blocks"] += [*button_row(message.buttons), *feedback_buttons(message.feedback)]
    return payloads


def for_update(payload: Payload) -> Payload:
    """Return a message as chat.update takes it: plain text that is too long for it is cut, the blocks are whole."""
    text = payload["text"]
    if len(text) > _UPDATE_TEXT:
        text = text[:_UPDATE_TEXT].rpartition("\n")[0] or text[:_UPDATE_TEXT]
    return {**payload, "text": text}


def edited(message: OutboxMessage) -> list[Payload]:
    """Return the new messages of a post, one for each that exists; a line says so when the text no longer fits."""
    payloads = _with_buttons(split_corrected(message.markdown), message)
    standing = 1 + len(message.parts)
    if len(payloads) > standing:
        del payloads[standing:]
        _add_words(payloads[-1], _NO_ROOM, is_notice=True)
    payloads += [plain(_MOVED_UP) for _ in range(standing - len(payloads))]
    return [for_update(payload) for payload in payloads]


def plain(words: str) -> Payload:
    """Return a message of nothing but plain words."""
    payload: Payload = {"text": "", "blocks": []}
    _add_words(payload, words, is_notice=False)
    return payload


def _payload(part: SlackMessage) -> Payload:
    """Return a message that may be added to: the part itself is shared."""
    return {"text": part.text, "blocks": list(part.blocks)}


def _add_words(payload: Payload, words: str, *, is_notice: bool) -> None:
    """Add plain words below: small and grey as a notice."""
    words = literal(words)[:_NOTE_LIMIT]
    text: Block = {"type": "plain_text", "text": words, "emoji": False}
    payload["blocks"].append(
        {"type": "context", "elements": [text]} if is_notice else {"type": "section", "text": text}
    )
    payload["text"] = "\n\n".join(filter(None, (payload["text"], escape(words))))


def _add_item(payload: Payload, item: ListItem, number: int) -> None:
    """Add an item of a list, its buttons side by side below it: a narrow window wraps them."""
    part = split(item.markdown)[0]
    standing = [button(f"{each.action}:{number}", each.label, each.value) for each in item.buttons]
    payload["blocks"] += [*part.blocks, *actions([*standing, *([menu(number, item.menu)] if item.menu else [])])]
    payload["text"] = "\n\n".join(filter(None, (payload["text"], part.text)))


def _add_row(payload: Payload, row: Row, number: int) -> None:
    """Add a line with its menu. What Slack would refuse for its length is left out."""
    if row.text:
        _add_words(payload, row.text, is_notice=False)
    choices = [each for each in map(as_button, row.choices) if fits_menu(each)]
    if choices:
        payload["blocks"][-1]["accessory"] = menu(number, choices)
    if row.below:
        _add_person(payload, row.below)


def _add_person(payload: Payload, line: PersonLine) -> None:
    """Add a sentence that names a person: for a message that one person alone sees."""
    elements = person_elements(line)
    payload["blocks"].append({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]})
    named = "".join(f"<@{each['user_id']}>" if "user_id" in each else escape(each["text"]) for each in elements)
    payload["text"] = "\n".join(filter(None, (payload["text"], named)))
