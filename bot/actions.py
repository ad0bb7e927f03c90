"""Actions: what buttons and menus do, and what their values carry from one message to the next request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from bot.errors import BriefingBotError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_Packed = TypeVar("_Packed")

TOO_OLD: Final = "That button is too old to be understood."
TOO_OLD_FORM: Final = "This form is too old to be understood."
"""What is said of a button that an older or newer version made, or nobody."""


class Action(StrEnum):
    """What a button or a menu's option does: the first part of its action_id.

    Its value is an area's key or title, a fact's id, words to look up, a packed subject, or what to do again. DETAILS
    shows the long form of a subject, CHANNEL the list of what a channel gets, CAUSE what caused a post, SOURCES what
    facts cite, CITE facts as text to copy. SOURCE stands below older messages only: its button opens an address.
    """

    BRIEFING = "briefing"
    FACT = "fact"
    LOOKUP = "lookup"
    VERBATIM = "verbatim"
    MORE = "more"
    DETAILS = "details"
    SOURCE = "source"
    SOURCES = "sources"
    CITE = "cite"
    FIND = "find"
    POST = "post"
    COPY = "copy"
    REMOVE = "remove"
    CHANNEL = "why"
    CAUSE = "cause"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    UNDO = "undo"
    MUTE = "mute"
    UNMUTE = "unmute"
    WATCH = "watch"
    UNWATCH = "unwatch"
    AWAIT = "await"
    UNAWAIT = "unawait"
    SCHEDULES = "schedules"
    SET_UP = "set_up"
    EDIT = "edit"
    POST_NOW = "post_now"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"
    KEEP = "keep"
    WEEKLY = "weekly"
    STOP = "stop"
    RIGHT = "right"
    REASON = "reason"
    REPORT = "report"
    ASK = "ask"
    DEALT = "dealt"
    SUGGEST = "suggest"
    APPROVE = "approve"
    LOOK_AGAIN = "look_again"
    AMEND = "amend"
    DECLINE = "decline"
    APPLY_AGAIN = "apply_again"
    WITHDRAW = "withdraw"
    THEMES = "themes"
    THEME_DRAFT = "theme_draft"
    THEME_HOLD = "theme_hold"
    THEME_REFUSE = "theme_refuse"
    THEME_NAME = "theme_name"
    THEME_SORT = "theme_sort"
    THEME_REOPEN = "theme_reopen"
    THEME_FORGET = "theme_forget"
    STILL_RIGHT = "still_right"
    REVIEW_CORRECT = "review_correct"
    REVIEW_WITHDRAW = "review_withdraw"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be asked next with one press."""

    ask: Action
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message: `action` says what it does, `value` (at most 2,000 characters) with what."""

    action: str
    label: str
    value: str


def unpacked(adapter: TypeAdapter[_Packed], value: str) -> _Packed:
    """Read a button's value. Raises BriefingBotError for one that this version cannot read."""
    try:
        return adapter.validate_json(value)
    except ValueError:
        raise BriefingBotError(TOO_OLD, "Ask again.") from None
