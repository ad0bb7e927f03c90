"""The forms of themes, as Slack modals: a fact that answers, a reason, a name, and what becomes of questions."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.gaps.theme_words import LONGEST_NAME, LONGEST_REASON
from handlers.rendering.elements import notice, words
from handlers.rendering.forms import form_view, select_field, text_field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.gaps.theme_list import ThemeEntry
    from handlers.rendering.blocks import Block
    from handlers.rendering.replies import View

MOST_OPTIONS: Final = 100  # Slack: "Select menu element", `options`
LONGEST_KEYWORDS: Final = 500
FACT_ID: Final = 200
_SHOWN: Final = 10
"""Questions that a form lists."""
_LINE: Final = 150


class ThemeForm(StrEnum):
    """The forms, by their callback_id."""

    HOLD = "theme_hold"
    REFUSE = "theme_refuse"
    NAME = "theme_name"
    SORT = "theme_sort"


class ThemeField(StrEnum):
    """The fields of the forms, by block_id and action_id."""

    FACT = "fact"
    KEYWORDS = "keywords"
    REASON = "reason"
    NAME = "name"
    INTO = "into"
    QUESTIONS = "questions"


def hold_form(entry: ThemeEntry, near: Mapping[str, str]) -> View:
    """Return the form that says which fact answers; `near` are facts that may, id → words."""
    choices = [_facts(near)] if near else []
    fields = [
        *choices,
        text_field(
            ThemeField.FACT, "Or another fact’s id" if near else "The fact’s id", FACT_ID, is_optional=bool(near)
        ),
        text_field(
            ThemeField.KEYWORDS,
            "Keywords that it gets",
            LONGEST_KEYWORDS,
            is_optional=True,
        ),
        notice(
            "Words that askers type, apart by commas. Somebody else approves them. "
            "These questions are no gap from now on; /briefing gaps takes that back."
        ),
    ]
    return _form(ThemeForm.HOLD, "We hold this", entry, fields)


def refuse_form(entry: ThemeEntry) -> View:
    """Return the form that asks why a theme is not for us."""
    fields = [
        text_field(ThemeField.REASON, "Why, for whoever asks", LONGEST_REASON, is_multiline=True),
        notice(f"Whoever asks one of these gets your reason, as plain text of at most {LONGEST_REASON} characters."),
    ]
    return _form(ThemeForm.REFUSE, "Not for us", entry, fields)


def name_form(entry: ThemeEntry, others: Sequence[ThemeEntry]) -> View:
    """Return the form that renames a theme, or merges it into another."""
    fields = [
        text_field(ThemeField.NAME, "Name", LONGEST_NAME, initial=entry.name, is_optional=bool(others)),
        *_into(others, "Or merge it into"),
    ]
    return _form(ThemeForm.NAME, "Rename or merge", entry, fields)


def sort_form(entry: ThemeEntry, others: Sequence[ThemeEntry]) -> View:
    """Return the form that confirms questions, makes a theme of them, or moves them to another."""
    options = {
        each: f"{'✓ ' if each in entry.examples else ''}{text}"
        for each, text in list(entry.questions.items())[:MOST_OPTIONS]
    }
    left = len(entry.questions) - len(options)
    fields = [
        select_field(ThemeField.QUESTIONS, "Questions", options, is_multiple=True),
        text_field(ThemeField.NAME, "Make a theme of them, called", LONGEST_NAME, is_optional=True),
        *_into(others, "Or move them to"),
        notice(
            "Without a name or a theme they are confirmed where they are. A confirmed one (✓) stays there by itself."
            + (f" {left} more do not fit here." if left > 0 else "")
        ),
    ]
    return _form(ThemeForm.SORT, "Questions", entry, fields)


def _facts(near: Mapping[str, str]) -> Block:
    return select_field(ThemeField.INTO, "The fact that answers", near, is_optional=True)


def _into(others: Sequence[ThemeEntry], title: str) -> list[Block]:
    options = {each.key: each.name for each in others[:MOST_OPTIONS]}
    return [select_field(ThemeField.INTO, title, options, is_optional=True)] if options else []


def _form(form: ThemeForm, title: str, entry: ThemeEntry, fields: Sequence[Block]) -> View:
    """Return a form below the theme's name and its questions."""
    listed = [f"• {each[:_LINE]}" for each in list(entry.questions.values())[:_SHOWN]]
    more = len(entry.questions) - len(listed)
    lines = [
        *filter(None, (entry.name, entry.draft)),
        *(listed if form is not ThemeForm.SORT else ()),
        *([f"… and {more} more"] if more > 0 else []),
    ]
    about: Block = {"type": "section", "text": words("\n".join(lines))}
    return form_view(form, title, "Save", entry.ref.pack(), [about, *fields])
