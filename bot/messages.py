"""Messages before anything of Slack: replies to a person, public posts, their buttons and where they go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from sys import getsizeof
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, TypeAdapter

from bot.actions import Action, Button, Choice, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Author:
    """Who proposes or decides: a Slack user id, or `cli:` and a login; `name` is what others see."""

    team: str
    user: str
    name: str


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """Where alerts appear: a channel, or somebody's direct message, by Slack's ids, which survive a rename."""

    team: str
    channel: str

    @property
    def is_direct(self) -> bool:
        """Whether it is a direct message; their ids begin with D."""
        return self.channel.startswith("D")


@dataclass(frozen=True, slots=True)
class Poster:
    """Who had something posted: their user id, and the name that readers see."""

    user: str
    name: str


class Outcome(StrEnum):
    """What kind of reply it is: for the log, and for who may see it (in a thread, only answers are public).

    An aside or a refusal never takes the place of what the asker was reading.
    """

    BRIEFING = "briefing"
    ANSWER = "answer"
    CLOSEST = "closest"
    NO_ANSWER = "no_answer"
    RELATED = "related"
    CHECK = "check"
    HELP = "help"
    CHANGES = "changes"
    SUBSCRIPTIONS = "subscriptions"
    NOTICE = "notice"
    REFUSAL = "refusal"


KEPT_OUTCOMES: Final = frozenset({Outcome.ANSWER, Outcome.BRIEFING, Outcome.HELP})
"""Replies that may be kept for whoever asks the same: the others repeat what was typed, which may be private."""


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A sentence in plain text that names a person by their user id, or nobody.

    Slack shows their name, and pings nobody in a message that one person alone sees: it is for those.
    """

    before: str
    user: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list, in plain text, and what can be done about it: at most five choices. `below` it: who did it."""

    text: str
    choices: tuple[Choice, ...] = ()
    below: PersonLine | None = None


@dataclass(frozen=True, slots=True)
class ListItem:
    """An item of a list in a post: Markdown of a few lines, with buttons and a ⋯ menu (at most five) of its own."""

    markdown: str
    buttons: tuple[Button, ...] = ()
    menu: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a reply shows, small enough to travel in a button: an area's briefing, or facts (the answer first).

    `digest` stands for the exact words shown: the same subject rendered to another digest has changed since.
    `leading` facts are shown whole, the others as related; `above` is the line above a fact that is only the closest.
    """

    area: str = ""
    is_long: Annotated[bool, Field(alias="long")] = False
    facts: tuple[str, ...] = ()
    digest: str = ""
    leading: int = 1
    above: str = ""

    @property
    def answers(self) -> tuple[str, ...]:
        """Its facts, if a correction can write the answer anew from them: one fact leads."""
        return self.facts if self.leading == 1 else ()

    def pack(self) -> str:
        """Return it as a button's value."""
        return _SUBJECT.dump_json(self, by_alias=True, exclude_defaults=True).decode()

    @classmethod
    def unpack(cls, value: str) -> Subject:
        """Read a button's value. Raises BriefingBotError for anything else."""
        return unpacked(_SUBJECT, value)


_SUBJECT = TypeAdapter(Subject)


@dataclass(frozen=True, slots=True)
class Removal:
    """What a Remove button carries: who had the message posted, and whether it is a copy, made by response_url."""

    by: str
    is_copy: Annotated[bool, Field(alias="copy")] = False

    def pack(self) -> str:
        """Return it as a button's value."""
        return _REMOVAL.dump_json(self, by_alias=True).decode()

    @classmethod
    def unpack(cls, value: str) -> Removal:
        """Read a button's value. Raises BriefingBotError for anything else."""
        return unpacked(_REMOVAL, value)


_REMOVAL = TypeAdapter(Removal)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked and found, as feedback and reports carry it: the outcome, the fact's id, the words as typed.

    No fact where nothing is held; no words where a fact was opened by its id, and in public: `key` stands for them.
    """

    outcome: Outcome
    fact: str = ""
    words: str = ""
    key: str = ""

    def pack(self, longest: int) -> str:
        """Return it as a value of at most so many characters: words that do not fit are cut."""
        shown, words = self, self.words
        while True:
            value = _ASKED.dump_json(shown, exclude_defaults=True).decode()
            if len(value) <= longest or not shown.words:
                return value
            words = words[: max(0, len(words) - (len(value) - longest) - 1)].rstrip()
            shown = replace(self, words=f"{words}…" if words else "")

    @classmethod
    def unpack(cls, value: str) -> Asked:
        """Read a value. Raises BriefingBotError for anything else."""
        return unpacked(_ASKED, value)


_ASKED = TypeAdapter(Asked)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply. `markdown` is what may be quoted and posted; `note` is plain text for the asker alone.

    `has_more` says that a longer form of the same subject exists. A refusal has a note and perhaps choices,
    no Markdown. `revision` is the number of the revision that a subject was rendered from. `rows` stand below the note.
    `cite` is the value of the button that copies the citation, `report` of the one that reports a problem, and
    `feedback` of those that say whether it was right; empty without them. `may_suggest`: its reader can suggest a
    correction of the fact.
    """

    outcome: Outcome
    markdown: str
    subject: Subject | None = None
    has_more: bool = False
    note: str = ""
    choices: tuple[Choice, ...] = ()
    revision: int = 0
    rows: tuple[Row, ...] = ()
    cite: str = ""
    report: str = ""
    feedback: str = ""
    may_suggest: bool = True


def bytes_of(reply: Reply) -> int:
    """Return the bytes that a reply takes, those of its short parts roughly: for what is kept of many."""
    texts = [reply.markdown, reply.note, reply.cite, reply.report, reply.feedback]
    if reply.subject:
        texts += [reply.subject.above, *reply.subject.facts]
    for choice in reply.choices:
        texts += [choice.label, choice.value]
    return _REPLY_BYTES + sum(map(getsizeof, texts))


_REPLY_BYTES: Final = 500
"""Of the objects themselves, and of the words that were typed where no choice repeats them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that whoever reads a reply can do with what it shows.

    `value` makes its button's value from the reply; an empty one leaves the button out.
    """

    action: Action
    label: str
    value: Callable[[Reply], str]


def _long_form(reply: Reply) -> str:
    return reply.subject.pack() if reply.subject and reply.has_more else ""


def _first_fact(reply: Reply) -> str:
    return reply.subject.facts[0] if reply.subject and reply.subject.facts else ""


def _answered_fact(reply: Reply) -> str:
    """Return the fact of an answer; not below one that offers to search as typed: there it would take a second menu."""
    is_corrected = any(each.ask is Action.VERBATIM for each in reply.choices)
    is_offered = reply.may_suggest and reply.outcome is Outcome.ANSWER and not is_corrected
    return _first_fact(reply) if is_offered else ""


def _leading_facts(reply: Reply) -> str:
    return " ".join(reply.subject.facts[: reply.subject.leading]) if reply.subject else ""


OFFERS: Final = (
    Offer(Action.DETAILS, "Details", _long_form),
    Offer(Action.CITE, "Copy citation", lambda reply: reply.cite),
    Offer(Action.WATCH, "Tell me if this changes", _first_fact),
    Offer(Action.REPORT, "Report a problem", lambda reply: reply.report),
    Offer(Action.SUGGEST, "Suggest a correction", _answered_fact),
    Offer(Action.SOURCES, "Sources", _leading_facts),
)
"""What is offered below a reply, in private and in public, the most wanted first; handlers/rendering lays it out."""


def offered(reply: Reply) -> tuple[Button, ...]:
    """Return the buttons of what is offered below a reply."""
    return tuple(Button(each.action, each.label, value) for each in OFFERS if (value := each.value(reply)))
