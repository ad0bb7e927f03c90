"""Replies made of a snapshot and of what was asked alone, so that they may be kept: look-ups, briefings and help."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.actions import Action, Choice
from bot.answers.facts import look_up
from bot.answers.intents import SmallTalk, asks_what_came_later, doubted_words, small_talk, wants_help
from bot.content.areas import find_area
from bot.errors import UnknownAreaError
from bot.lookup.answer import LONGEST_QUERY
from bot.messages import Outcome, Reply, Subject
from bot.text import digest

if TYPE_CHECKING:
    from bot.answers.offers import TeamOffers
    from bot.answers.snapshot import RevisionSnapshot
    from bot.content.models import Content

_WHO_CORRECTS: Final = (
    "If a fact is wrong, tell {contact}: they compare it with its source, and every post that showed it is corrected."
)


def answer(snapshot: RevisionSnapshot, words: str, offers: TeamOffers, *, corrects: bool) -> Reply:
    """Return help, a greeting's answer, or what a look-up shows, with what is offered."""
    if wants_help(words):
        return help_page(snapshot)
    if talk := small_talk(words):
        return _greet(snapshot, talk)
    if asks_what_came_later(words):
        return briefing_of(snapshot, snapshot.content.memorandum.overview.key, is_long=False)
    asked = "" if words.strip() in snapshot.content.facts else words
    return offers.added(look_up(snapshot, words, corrects=corrects), asked, snapshot.lookup)


def help_page(snapshot: RevisionSnapshot) -> Reply:
    """Return the help page, with a button for each area."""
    return Reply(Outcome.HELP, snapshot.renderer.page("help"), choices=area_choices(snapshot.content))


def _greet(snapshot: RevisionSnapshot, talk: SmallTalk) -> Reply:
    """Answer a greeting or thanks, and say how to ask."""
    markdown = snapshot.renderer.page("greeting", is_thanks=talk is SmallTalk.THANKS)
    return Reply(Outcome.HELP, markdown, choices=area_choices(snapshot.content))


def doubt(snapshot: RevisionSnapshot, words: str, offers: TeamOffers) -> Reply | None:
    """Show the fact that somebody thinks is wrong, and say who corrects facts; None for words that doubt none."""
    if (doubted := doubted_words(words)) is None:
        return None
    note = who_corrects(snapshot)
    found = look_up(snapshot, doubted, corrects=True) if doubted else None
    reply = replace(found, note=note) if found and found.subject else Reply(Outcome.NOTICE, "", note=note)
    return offers.added(reply, doubted, snapshot.lookup)


def who_corrects(snapshot: RevisionSnapshot) -> str:
    """Say who corrects facts."""
    return _WHO_CORRECTS.format(contact=snapshot.content.memorandum.contact)


def brief(snapshot: RevisionSnapshot, words: str) -> Reply:
    """Return the briefing that words without courtesies name, the overview's without words, or a refusal."""
    memorandum = snapshot.content.memorandum
    if not words.strip():
        return briefing_of(snapshot, memorandum.overview.key, is_long=False)
    if len(words) > LONGEST_QUERY:
        return refused(snapshot, f"No area has a name of {len(words)} characters. Name one in a few words.")
    try:
        return briefing_of(snapshot, find_area(memorandum, words).key, is_long=False)
    except UnknownAreaError as error:
        return refused(snapshot, str(error), error.suggestions, look_up=words)


def briefing_of(snapshot: RevisionSnapshot, key: str, *, is_long: bool) -> Reply:
    """Return a briefing; the overview has a button for each area."""
    markdown = snapshot.renderer.briefing(key, long=is_long, last=snapshot.due.keys())
    return Reply(
        Outcome.BRIEFING,
        markdown,
        Subject(area=key, is_long=is_long, digest=digest(snapshot.renderer.unchanging(key, long=is_long))),
        has_more=not is_long and snapshot.renderer.briefing(key, long=True, last=snapshot.due.keys()) != markdown,
        choices=area_choices(snapshot.content)[1:] if key == snapshot.content.memorandum.overview.key else (),
        revision=snapshot.revision.number,
    )


def area_choices(content: Content) -> tuple[Choice, ...]:
    """Return a button for each area, the overview first."""
    return tuple(Choice(Action.BRIEFING, area.title, area.key) for area in content.areas)


def refused(snapshot: RevisionSnapshot, note: str, titles: tuple[str, ...] = (), *, look_up: str = "") -> Reply:
    """Refuse a briefing, with a button for each area that may have been meant, and for a look-up."""
    near = tuple(choice for choice in area_choices(snapshot.content) if choice.label in titles)
    choices = near or area_choices(snapshot.content)
    if look_up:
        choices += (Choice(Action.LOOKUP, "Look it up", look_up),)
    return Reply(Outcome.REFUSAL, "", note=note, choices=choices)
