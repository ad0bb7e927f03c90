"""Deliveries: what is to be posted while nobody waits for it, and what carries it, without knowing which messenger.

A delivery is enqueued in the ledger (bot/outbox/outbox.py), in the transaction that causes it; a `Courier` carries it.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 — pydantic resolves it
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 — the same
from enum import Enum, IntEnum, StrEnum
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final, Protocol

from pydantic import TypeAdapter

from bot.errors import DeliveryError
from bot.messages import Button, Link  # noqa: TC001 — the same

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


EXPIRES_AFTER_S: Final = 24 * 60 * 60.0
"""Seconds after which a delivery that could not be posted is given up: old news would mislead."""


class DeliveryKind(StrEnum):
    """What a delivery is: a new post, the change of one (`edit`), or a direct message (`watch`).

    `post` is one that a person asked for by a button.
    """

    SCHEDULED = "scheduled"
    CORRECTION = "correction"
    ALERT = "alert"
    EDIT = "edit"
    NOTE = "note"
    WATCH = "watch"
    POST = "post"


class Priority(IntEnum):
    """Who goes first in a channel; the lower number does."""

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
    """What a scheduled delivery is to say; it is written at the last moment, so that it says what holds then.

    `schedule` is its id, `on` the local day that it is for. `areas` are keys, in the order in which they are posted.
    `is_digest`: only what changed is told, over all areas. `since` is the revision that this channel's last post told
    of, 0 when this is the first. `is_late`: it makes up for a time that was missed. `only_line`: nothing changed, and
    one line says so.
    """

    schedule_id: str
    local_date: date
    areas: tuple[str, ...]
    is_digest: bool = False
    since: int = 0
    is_late: bool = False
    only_line: bool = False


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """What a delivery says: Markdown as rendered, the buttons below it, and where it goes in its channel.

    `thread` is the ts of the post whose thread it goes to; `edits` the ts of the bot's own post that it changes, and
    `parts` those of its later messages; all are empty for a new post. `shown` holds, for each fact that it shows, the
    digest of the wording shown; `told`, for a fact whose change it tells, the part of the Markdown that does. `since`
    is the first revision that an alert tells of; the delivery's own revision is the last. `part` counts the messages of
    a text that is too long for one: the ledger makes the later ones itself, and `follows` is then the ts of the first.
    `due` says what a scheduled post is to say: its Markdown is written when it is claimed. Of a post that somebody
    asked for, `footer` says who in plain text, `links` lead to its sources, and `answers` are the facts that it answers
    with.
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
    links: tuple[Link, ...] = ()
    answers: tuple[str, ...] = ()


_MESSAGE = TypeAdapter(OutboxMessage)


def message_to_json(message: OutboxMessage) -> dict[str, Any]:
    """Return a message as `deliveries.payload` keeps it, without what is empty."""
    payload: dict[str, Any] = _MESSAGE.dump_python(message, mode="json", exclude_defaults=True)
    return payload


def message_from_json(payload: Mapping[str, Any]) -> OutboxMessage:
    """Return the message of a payload, without what a newer version has added. Raises ValueError for another form."""
    return _MESSAGE.validate_python(payload)


def new_id() -> str:
    """Return an id that nothing else has."""
    return token_hex(16)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to post: enqueue it with `bot.ledger.ledger.enqueue`, in the transaction that causes it.

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
    """A delivery on its way, or one whose way is over: as the ledger holds it.

    `fence` counts the claims: who holds an older number no longer decides. `thread` is the ts of the thread that it
    goes to, `ts` its own once it is posted, `error` why it failed and `error_class` what that means. `claimed_at` is
    when it was last tried, `begins_at` when the pace of its channel lets it go, `answered_at` when Slack answered.
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


class ErrorClass(Enum):
    """What an error of Slack's means for a delivery (docs/operations.md has the table)."""

    WAIT = "Slack refused it for now: it is sent again after Retry-After"
    AUTH = "Slack refuses the whole installation: everything waits and is tried again"
    CHANNEL = "failed: this channel takes no posts; its subscriptions are paused and a person is told"
    NOT_FOUND = "failed: the post or thread that it belongs to is gone; recorded, nobody is bothered"
    MESSAGE = "failed: Slack refuses this message; a person is told"
    UNCONFIRMED = "unconfirmed: it may have been posted; reading the channel settles it"
    CANNOT_VERIFY = (
        "nobody may look into the channel: an unknown outcome stays unknown, and is never posted again by itself"
    )


class NotDeliveredError(DeliveryError):
    """Slack refused a delivery, or did not answer. `retry_after_s` is 0 where Slack did not name it."""

    def __init__(self, message: str, *, code: str, error_class: ErrorClass, retry_after_s: float = 0.0) -> None:
        """Add what follows from it."""
        super().__init__(message, code=code, is_unknown=error_class is ErrorClass.UNCONFIRMED)
        self.error_class = error_class
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """What a scheduled delivery says now, and the revision whose content and changes it tells."""

    message: OutboxMessage
    revision: int


class Renderer(Protocol):
    """Writes scheduled deliveries at the last moment, so that they say what holds then."""

    async def render(
        self, connection: AsyncConnection, request: ScheduledPostRequest, *, team: str, channel: str
    ) -> RenderedMessage:
        """Return what to post; it only reads, within the transaction that claims the delivery.

        A delivery that it raises for fails. The outbox keeps `request` in the message itself.
        """
        ...


class DeliveryListener(Protocol):
    """Called within the transaction that posts a delivery or gives it up."""

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Take note: `attempt.state` is sent (with its `ts`) or failed (with its `error` and `error_class`)."""
        ...


class OperatorListener(Protocol):
    """Called within the transaction in which an operator retries or drops a delivery."""

    async def on_operator_change(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Take note: `attempt.state` is pending again (`error` says why it had failed) or cancelled."""
        ...


class Transport(Protocol):
    """Carries deliveries into channels, and looks which of them arrived."""

    async def send(self, attempt: Attempt) -> str:
        """Post or edit it, once, marked with its id, and return its ts. Raises NotDeliveredError."""
        ...

    async def find_sent(self, attempts: Sequence[Attempt]) -> Mapping[str, str]:
        """Return id → ts of those that stand in the channel: all are of one channel and thread.

        Raises NotDeliveredError.
        """
        ...

    def message_count(self, message: OutboxMessage) -> int:
        """Return how many messages a text needs; the later ones go to the thread of the first."""
        ...

    def api_method(self, kind: DeliveryKind) -> str:
        """Return the name under which Slack counts calls for this kind of delivery."""
        ...
