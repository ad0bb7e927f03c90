"""Types of the outbox: deliveries, their messages and states, and the errors for which they are not delivered."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 — pydantic resolves it
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 — the same
from enum import Enum, IntEnum, StrEnum
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from bot.actions import Button  # noqa: TC001 — pydantic reads the annotation
from bot.errors import DeliveryError
from bot.messages import ListItem, Reply  # noqa: TC001 — the same

if TYPE_CHECKING:
    from datetime import datetime


EXPIRES_AFTER_S: Final = 24 * 60 * 60.0
"""Seconds after which a delivery that could not be posted fails: old news would mislead."""
NOTHING_NEW: Final = "nothing new"
"""Why a scheduled post is not made: nothing has changed."""


class DeliveryKind(StrEnum):
    """What a delivery is: a new post, the change of one (`edit`), or a direct message (`watch`).

    `post` is one that a person asked for by a button, `reply` a post in answer to a mention or a direct message.
    `ephemeral` and `response` (by a response_url) are seen by one person only.
    """

    SCHEDULED = "scheduled"
    CORRECTION = "correction"
    ALERT = "alert"
    EDIT = "edit"
    NOTE = "note"
    WATCH = "watch"
    POST = "post"
    REPLY = "reply"
    EPHEMERAL = "ephemeral"
    RESPONSE = "response"


PRIVATE: Final = frozenset({DeliveryKind.EPHEMERAL, DeliveryKind.RESPONSE})
"""What is in no history: it cannot be looked up, so it is not sent again once Slack's answer was lost."""
REPLIES: Final = PRIVATE | {DeliveryKind.REPLY}
"""What a person waits for: they are told when it fails, and its words are erased once it is settled."""


class Priority(IntEnum):
    """Order in a channel: lower numbers are sent first."""

    REQUESTED = -1
    CORRECTION = 0
    ALERT = 1
    SCHEDULE = 2


class DeliveryState(StrEnum):
    """State of a delivery.

    `unconfirmed`: Slack's answer was lost, and reading the channel settles it. `failed`: it is not sent again by
    itself. `cancelled`: by an operator, by what replaced it, or because the post that it belongs to failed.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ScheduledPostRequest:
    """Contents of a scheduled post, which is rendered when it is claimed, so that it is up to date.

    `local_date` is the day of the run. `areas` are keys, in the order in which they are posted. `is_digest`: changes
    only, of all areas. `since` is the revision of this channel's last post, 0 for the first. `is_late`: it catches up
    on a missed run. When nothing has changed since, `only_line` posts one line that says so, `if_changed` nothing.
    """

    schedule_id: str
    local_date: date
    areas: tuple[str, ...]
    is_digest: bool = False
    since: int = 0
    is_late: bool = False
    only_line: bool = False
    if_changed: bool = False


@dataclass(frozen=True, slots=True)
class PersonalReply:
    """A reply with what is for its reader alone: the note, rows and choices.

    `is_direct`: it is read in a direct message. `replaces`: it takes the place of the message that was acted on, by
    `response_url`, which only a delivery of the kind `response` has.
    """

    reply: Reply
    is_direct: bool = False
    response_url: str = ""
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """Message of a delivery: Markdown, at most twenty `items` and the buttons below it, and its place in the channel.

    `thread` is the ts of the post that it replies to, `edits` the ts of the bot's own post that it changes, and `parts`
    are the ts of that post's later messages; all are empty for a new post. `fact_digests` has the digest of each fact's
    wording, `rendered_changes` the part of the Markdown that reports a fact's change. An alert covers the revisions
    from `since` to the delivery's own. `part` numbers the messages of a text too long for one: the outbox enqueues the
    later ones, and `follows` is the ts of the first. `request` is what a scheduled post contains, rendered when it is
    claimed. For a requested post or a reply, `footer` names who asked, `answers` are its facts; with `is_closest` its
    first paragraph is the line above the closest fact. `asker` waits for it, `question` is the ts of what asked it,
    `personal` is shown in its place, `feedback` is its buttons' value. What `quotes_questions` goes once it is sent.
    """

    markdown: str = ""
    buttons: tuple[Button, ...] = ()
    thread: str = ""
    edits: str = ""
    fact_digests: Mapping[str, str] = field(default_factory=dict)
    rendered_changes: Mapping[str, str] = field(default_factory=dict)
    since: int = 0
    part: int = 0
    parts: tuple[str, ...] = ()
    follows: str = ""
    request: ScheduledPostRequest | None = None
    footer: str = ""
    answers: tuple[str, ...] = ()
    is_closest: bool = False
    asker: str = ""
    question: str = ""
    personal: PersonalReply | None = None
    feedback: str = ""
    items: tuple[ListItem, ...] = ()
    quotes_questions: bool = False


_MESSAGE = TypeAdapter(OutboxMessage)


def message_to_json(message: OutboxMessage) -> dict[str, Any]:
    """Return a message as `deliveries.payload` keeps it, without what is empty."""
    payload: dict[str, Any] = _MESSAGE.dump_python(message, mode="json", exclude_defaults=True, by_alias=True)
    return payload


def message_from_json(payload: Mapping[str, Any]) -> OutboxMessage:
    """Return the message of a payload, without what a newer version has added. Raises ValueError for another form."""
    return _MESSAGE.validate_python(payload)


def new_id() -> str:
    """Return a random id."""
    return token_hex(16)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to post; enqueue it (bot.outbox.enqueuing) in the transaction that causes it.

    `channel` is a channel's id, or a user's for a direct message. `due_at` None means at once. `parent_id` is the id
    of the delivery whose thread it goes to: it waits until that one is posted, and is cancelled if it fails.
    """

    team: str
    channel: str
    kind: DeliveryKind
    message: OutboxMessage
    priority: Priority = Priority.ALERT
    due_at: datetime | None = None
    expires_after_s: float = EXPIRES_AFTER_S
    revision: int | None = None
    schedule_id: str | None = None
    parent_id: str | None = None
    id: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery as it was claimed or settled.

    `fencing_token` counts the claims: an update with an older one changes nothing. `thread` is the ts of the thread
    that it belongs to, `ts` its own once it is posted, `error` the code of the error and `error_class` what follows.
    `claimed_at` is its last claim, `begins_at` when the pace of its channel allows it, `answered_at` Slack's answer,
    `due_at` when it was to be sent.
    """

    id: str
    team: str
    channel: str
    kind: DeliveryKind
    message: OutboxMessage
    state: DeliveryState
    fencing_token: int
    claimed_at: datetime
    thread: str = ""
    ts: str = ""
    error: str = ""
    error_class: ErrorClass | None = None
    revision: int | None = None
    schedule_id: str | None = None
    begins_at: datetime | None = None
    answered_at: datetime | None = None
    due_at: datetime | None = None


class ErrorClass(Enum):
    """What an error of Slack's means for a delivery (docs/operations.md has the table)."""

    WAIT = "Slack refused it for now: it is sent again after Retry-After"
    AUTH = "Slack refuses the whole installation: everything waits and is tried again"
    CHANNEL = "failed: this channel takes no posts; what it gets is paused and operators are notified"
    NOT_FOUND = "failed: the post or thread that it belongs to is gone; nobody is notified"
    MESSAGE = "failed: Slack refuses this message; operators are notified"
    UNCONFIRMED = "unconfirmed: it may have been posted; reading the channel settles it"
    CANNOT_VERIFY = "the channel cannot be read: an unconfirmed delivery fails, and is never sent again by itself"


class NotDeliveredError(DeliveryError):
    """Slack refused a delivery, or did not answer. `retry_after_s` is 0 where Slack did not name it."""

    def __init__(self, message: str, *, code: str, error_class: ErrorClass, retry_after_s: float = 0.0) -> None:
        """Keep the class of the error, and Slack's Retry-After in seconds."""
        super().__init__(message, code=code, is_unknown=error_class is ErrorClass.UNCONFIRMED)
        self.error_class = error_class
        self.retry_after_s = retry_after_s
