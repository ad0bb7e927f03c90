"""What the bot says to an asker, before anything of Slack: the words, what they show, and what can be asked next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What kind of reply it is: for the log, and for who may see it (in a thread, only answers are public).

    An aside or a refusal never takes the place of what the asker was reading.
    """

    BRIEFING = "briefing"
    ANSWER = "answer"
    GAP = "gap"
    HELP = "help"
    CHANGES = "changes"
    SUBSCRIPTIONS = "subscriptions"
    ASIDE = "aside"
    REFUSAL = "refusal"


class Ask(StrEnum):
    """What a choice asks for; its value is an area's key or title, a fact's id, words to look up, or what to do again.

    From WHY on, the answer depends on who asks and where.
    """

    BRIEFING = "briefing"
    FACT = "fact"
    LOOKUP = "lookup"
    VERBATIM = "verbatim"
    WHY = "why"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    UNDO = "undo"
    MUTE = "mute"
    UNMUTE = "unmute"
    WATCH = "watch"
    UNWATCH = "unwatch"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be asked next with one press."""

    ask: Ask
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a reply shows, small enough to travel in a button: an area's briefing, or facts (the answer first).

    `digest` stands for the exact words shown: the same subject rendered to another digest has changed since.
    """

    area: str = ""
    is_long: bool = False
    facts: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply. `markdown` is what may be quoted and posted; `note` is plain text for the asker alone.

    `has_more` says that a longer form of the same subject exists. A refusal has a note and perhaps choices,
    no Markdown. `revision` is the number of the revision that a subject was rendered from.
    """

    outcome: Outcome
    markdown: str
    subject: Subject | None = None
    has_more: bool = False
    note: str = ""
    choices: tuple[Choice, ...] = ()
    revision: int = 0
