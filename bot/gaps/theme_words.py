"""What experts type about themes, checked, and what is said to them of a theme."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.errors import BriefingBotError
from bot.gaps.themes import StoredTheme, ThemeState
from bot.logging import redacted
from bot.text import day, is_it_a_typo, storable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.content.models import Content, Fact
    from bot.gaps.gaps import Gap

LONGEST_NAME: Final = 80
LONGEST_REASON: Final = 300
GONE: Final = "That theme is no longer there: its questions were erased, or are in another theme now."
_LIVE: Final = re.compile(r"<[@#!]|@(?:channel|here|everyone)\b", re.IGNORECASE)
_MENTION: Final = "Leave out mentions such as @channel: this is read by everybody who asks."
_NOT_ANSWERED: Final = 2


def name_of(typed: str, *, cut: bool = False) -> str:
    """Return a theme's name as it is stored; one that is too long is cut or refused. Raises BriefingBotError."""
    name = _plain(typed) or cut * "A question without words"
    if cut and len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 1].rstrip()}…"
    if not name:
        raise BriefingBotError("Give the theme a name.")
    if len(name) > LONGEST_NAME:
        raise BriefingBotError(f"Keep the name to {LONGEST_NAME} characters: it has {len(name)}.")
    return name


def reason_of(typed: str) -> str:
    """Return the reason that askers get, as it is stored. Raises BriefingBotError for one that may not stand there."""
    reason = _plain(typed)
    if not reason:
        raise BriefingBotError("Say why: whoever asks reads it in place of an answer.")
    if len(reason) > LONGEST_REASON:
        raise BriefingBotError(f"Keep the reason to {LONGEST_REASON} characters: it has {len(reason)}.")
    if _LIVE.search(reason):
        raise BriefingBotError(_MENTION)
    return reason


def fact_named(typed: str, content: Content) -> Fact:
    """Return the current fact with an id. Raises BriefingBotError."""
    fact_id = typed.strip()
    fact = content.facts.get(fact_id)
    if not fact_id:
        raise BriefingBotError("Say which fact answers.")
    if fact is None:
        hint = is_it_a_typo(fact_id, content.facts, "/fact and a few words finds it.")
        raise BriefingBotError(f"No fact has the id “{fact_id[:LONGEST_NAME]}”.", hint)
    if not fact.is_current:
        raise BriefingBotError(f"{fact.id} was withdrawn or superseded: it answers nothing any more.")
    return fact


def problem_of(theme: StoredTheme, left: Sequence[Gap], content: Content) -> str:
    """Return why a theme that a fact was to answer is shown again; nothing where it is not.

    `left` are its questions that the decision does not cover.
    """
    if theme.state not in (ThemeState.HELD, ThemeState.ANSWERED):
        return ""
    fact = content.facts.get(theme.fact_id)
    if fact is None:
        return f"{theme.fact_id}, which was to answer it, is not held any more."
    if not fact.is_current:
        return f"{theme.fact_id}, which was to answer it, was withdrawn or superseded."
    if not left:
        return ""
    asked = "; ".join(f"“{gap.words}”" for gap in left[:_NOT_ANSWERED])
    did = "was published for it" if theme.state is ThemeState.ANSWERED else "was to answer it"
    return f"{theme.fact_id} {did} and does not answer: {asked}{'…' if len(left) > _NOT_ANSWERED else ''}"


def what_happened(theme: StoredTheme, *, is_draft: bool = False) -> str:
    """Return the sentence on what became of a theme, for somebody who acts on it too late.

    `is_draft`: they wanted to draft a fact for it, as whoever stored it did at the same moment.
    """
    is_drafted = is_draft and theme.version == 1
    on = day(theme.changed_at.date())
    did = {
        ThemeState.OPEN: "is drafting a fact for" if is_drafted else "changed it, and it is called",
        ThemeState.HELD: f"said on {on} that {theme.fact_id} answers",
        ThemeState.NOT_FOR_US: f"said on {on} that this is not for us: “{theme.reason}” The theme is",
        ThemeState.ANSWERED: f"closed it on {on}, as {theme.fact_id} answers",
    }[theme.state]
    again = " Look at it again." if theme.state is ThemeState.OPEN else ""
    return f"Too late: {theme.changed_by} {did} “{theme.name}”.{again}"


def told(questions: Collection[str]) -> str:
    """Return how many questions were decided on."""
    return "1 question" if len(questions) == 1 else f"{len(questions)} questions"


def _plain(typed: str) -> str:
    return " ".join(storable(redacted(typed)).split())
