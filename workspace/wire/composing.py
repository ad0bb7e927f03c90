"""Message content from the arguments of a call: parsed and validated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.blocks.check import check_blocks, check_message_size, with_ids
from workspace.blocks.pings import find_pings
from workspace.errors import SlackError
from workspace.state.records import BOT_ID, BOT_USER_ID, Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.wire.arguments import Arguments

_TEXT_MAX = 40_000
_MARKDOWN_MAX = 12_000
_ATTACHMENTS_MAX = 100


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a message. `blocks`, `attachments` and `metadata` are None where the app left them out."""

    text: str
    blocks: tuple[Mapping[str, Any], ...] | None
    attachments: tuple[Mapping[str, Any], ...] | None
    metadata: Mapping[str, Any] | None
    pings: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether it has no text, blocks or attachments."""
        return not (self.text or self.blocks or self.attachments)


def compose(arguments: Arguments, *, limit_size: bool = True) -> Content:
    """Read text, markdown_text, blocks, attachments and metadata; text above 40,000 characters is cut.

    `limit_size` is for chat.*: the limit on all blocks together. Raises SlackError.
    """
    blocks = _blocks(arguments)
    if blocks is not None and limit_size:
        check_message_size(blocks)
    text = arguments.text("text")[:_TEXT_MAX]
    attachments = _attachments(arguments)
    pings = find_pings(text, blocks or (), link_names=arguments.flag("link_names"))
    return Content(text, blocks, attachments, _metadata(arguments), pings)


def bot_message(channel_id: str, ts: str, content: Content, thread_ts: str) -> Message:
    """Return a message by the bot with this content."""
    return Message(
        channel=channel_id,
        ts=ts,
        user=BOT_USER_ID,
        bot_id=BOT_ID,
        text=content.text,
        blocks=content.blocks or (),
        attachments=content.attachments or (),
        metadata=content.metadata or None,
        pings=content.pings,
        thread_ts=thread_ts,
    )


def _blocks(arguments: Arguments) -> tuple[Mapping[str, Any], ...] | None:
    markdown = arguments.text("markdown_text")
    blocks = arguments.structure("blocks", "invalid_blocks_format")
    if markdown:
        if arguments.text("text") or blocks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > _MARKDOWN_MAX:
            raise SlackError("msg_too_long")
        blocks = [{"type": "markdown", "text": markdown}]
    if blocks is None:
        return None
    check_blocks(blocks, "message")
    return with_ids(blocks)


def _attachments(arguments: Arguments) -> tuple[Mapping[str, Any], ...] | None:
    attachments = arguments.structure("attachments", "invalid_attachments")
    if attachments is None:
        return None
    if not isinstance(attachments, list) or not all(isinstance(entry, dict) for entry in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > _ATTACHMENTS_MAX:
        raise SlackError("too_many_attachments")
    return tuple(attachments)


def _metadata(arguments: Arguments) -> Mapping[str, Any] | None:
    """Return the metadata; `{}` stays `{}`, which is how chat.update removes it."""
    metadata = arguments.structure("metadata", "invalid_metadata_format")
    if not metadata:
        return {} if metadata == {} else None
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    payload = metadata.get("event_payload", "")
    if payload is None:  # Bolt for Python's say() sends this in every thread of a direct message
        payload = {}
    if not isinstance(metadata.get("event_type"), str) or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_schema")
    return {**metadata, "event_payload": payload}
