"""Faults of the content folder: what is wrong, where exactly, and how to put it right.

docs/content-faults.md explains every code; a test compares that page with this list.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.errors import OperatorError
from bot.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


Spot = tuple[int, int]
"""Line and column in a file, counted in characters from 1."""


class Severity(StrEnum):
    """Whether the content loads in spite of the fault."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """The kinds of fault."""

    UNREADABLE = "unreadable"
    NOT_UTF8 = "not-utf-8"
    WORD_PROCESSOR = "word-processor"
    TOO_LARGE = "too-large"
    OUTSIDE_FOLDER = "outside-folder"
    STRAY_FILE = "stray-file"
    FILE_NAME = "file-name"
    MISSING_FILE = "missing-file"
    MISSING_FOLDER = "missing-folder"
    UNLISTED_FOLDER = "unlisted-folder"

    CONTROL_CHARACTER = "control-character"
    TAB = "tab"
    LOOK_ALIKE = "look-alike"
    YAML_SYNTAX = "yaml-syntax"
    MISSING_SPACE = "missing-space"
    SEVERAL_DOCUMENTS = "several-documents"
    NESTED_TOO_DEEP = "nested-too-deep"
    EMPTY_FILE = "empty-file"
    ANCHOR = "anchor"
    DUPLICATE_KEY = "duplicate-key"

    TEXT_AFTER_HASH = "text-after-hash"
    COMMA_SPLITS = "comma-splits"
    UNQUOTED_COLON = "unquoted-colon"
    CURLY_QUOTES = "curly-quotes"
    LINE_BREAK = "line-break"
    MOJIBAKE = "mojibake"
    HTML_ENTITY = "html-entity"
    PASTED_MARKUP = "pasted-markup"
    MERGE_CONFLICT = "merge-conflict"

    UNKNOWN_FIELD = "unknown-field"
    MISSING_FIELD = "missing-field"
    EMPTY_FIELD = "empty-field"
    WRONG_KIND = "wrong-kind"
    BAD_VALUE = "bad-value"
    BAD_DATE = "bad-date"
    FUTURE_DATE = "future-date"
    FUTURE_CORRECTION = "future-correction"
    UNKNOWN_CERTAINTY = "unknown-certainty"
    TOO_LONG = "too-long"
    LISTED_TWICE = "listed-twice"
    SAID_BY_MISSING = "said-by-missing"
    SAID_BY_NEEDLESS = "said-by-needless"
    WHERE_MISSING = "where-missing"
    WHERE_NEEDLESS = "where-needless"

    HEDGE_MISSING = "hedge-missing"
    INTENT_MISSING = "intent-missing"
    PREDICTION_MISSING = "prediction-missing"
    SOUNDS_CERTAIN = "sounds-certain"
    NUMBER_DIFFERS = "number-differs"
    LOST_SUBJECT = "lost-subject"
    HEDGE_IN_STATED = "hedge-in-stated"
    HEDGE_CITED = "hedge-cited"
    HEDGE_LOST = "hedge-lost"
    WILL_EXPLORE = "will-explore"
    QUOTATION_MARKS = "quotation-marks"

    SOURCE_WORDS = "source-words"
    NOT_IN_SOURCE = "not-in-source"
    QUALIFIER = "qualifier"
    QUOTATION_DIFFERS = "quotation-differs"
    COPIED_WORDS = "copied-words"
    BAD_FINGERPRINT = "bad-fingerprint"
    NOT_FINGERPRINTED = "not-fingerprinted"

    ID_FORM = "id-form"
    DUPLICATE_ID = "duplicate-id"
    UNKNOWN_SOURCE = "unknown-source"
    UNUSED_SOURCE = "unused-source"
    UNKNOWN_FACT = "unknown-fact"
    WITHDRAWN_FACT = "withdrawn-fact"
    SUPERSEDED_FACT = "superseded-fact"
    SUPERSEDED_CYCLE = "superseded-cycle"
    VANISHED_FACT = "vanished-fact"
    REVIEW_OVERDUE = "review-overdue"
    REVIEW_PASSED = "review-passed"
    LINK_BROKEN = "link-broken"
    LINK_MOVED = "link-moved"
    LINK_UNCLEAR = "link-unclear"

    NAME_TAKEN = "name-taken"
    NAME_RESERVED = "name-reserved"
    NAME_NUMBER = "name-number"

    OLD_BRIEFING = "old-briefing"
    FOREIGN_FACT = "foreign-fact"
    OVER_LIMIT = "over-limit"
    LATER_FACT = "later-fact"

    TEMPLATE_SYNTAX = "template-syntax"
    TEMPLATE_UNDEFINED = "template-undefined"
    TEMPLATE_FAILED = "template-failed"
    SOURCES_MISSING = "sources-missing"

    DUPLICATE_QUESTION = "duplicate-question"
    WRONG_ANSWER = "wrong-answer"

    @property
    def severity(self) -> Severity:
        """Errors keep the content from loading, warnings do not."""
        return Severity.WARNING if self in _WARNINGS else Severity.ERROR


_WARNINGS = frozenset(
    {
        Code.STRAY_FILE,
        Code.FUTURE_DATE,
        Code.LISTED_TWICE,
        Code.INTENT_MISSING,
        Code.PREDICTION_MISSING,
        Code.SOUNDS_CERTAIN,
        Code.NUMBER_DIFFERS,
        Code.LOST_SUBJECT,
        Code.UNUSED_SOURCE,
        Code.VANISHED_FACT,
        Code.REVIEW_OVERDUE,
        Code.REVIEW_PASSED,
        Code.LINK_MOVED,
        Code.LINK_UNCLEAR,
        Code.HEDGE_LOST,
        Code.WILL_EXPLORE,
        Code.COPIED_WORDS,
        Code.NOT_FINGERPRINTED,
        Code.LATER_FACT,
    },
)


Problem = tuple[Code, str, str]
"""A fault's code, message and hint."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to put right. `file` is relative to the content folder; line and column count characters from 1.

    `source_line` is the text of the line, `fact_id` the fact it belongs to, if any. `paste` is the text of a file that
    puts it right, if there is one.
    """

    file: str
    line: int
    column: int
    code: Code
    message: str
    hint: str = ""
    source_line: str = ""
    fact_id: str | None = None
    paste: str = ""

    @property
    def severity(self) -> Severity:
        """Whether the content loads in spite of it."""
        return self.code.severity

    def __str__(self) -> str:
        """Return the fault on one line."""
        where = f"{visible(self.file)}:{self.line}:{self.column}"
        return f"{where} {self.severity} {self.code}: {self.message} {self.hint}".rstrip()


class ContentError(OperatorError):
    """The content folder does not load. `faults` has everything found in `folder`, warnings too, in order."""

    def __init__(self, folder: Path, faults: tuple[Fault, ...]) -> None:
        """Count the errors."""
        errors = sum(fault.severity is Severity.ERROR for fault in faults)
        number = "an error" if errors == 1 else f"{errors} errors"
        super().__init__(f"The content folder {folder} has {number}.", "Run briefing-bot check to see them.")
        self.folder = folder
        self.faults = faults


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return each fault once, by file, line and column: the faults of one fact come together."""
    return tuple(
        sorted(set(faults), key=lambda fault: (fault.file, fault.line, fault.column, fault.code, fault.message))
    )
