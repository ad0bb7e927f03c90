"""Recognise what words ask for besides a look-up: help, a briefing, changes, a command, or small talk."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from bot.changes.history import before_since
from bot.content.areas import names_area, plain_name
from bot.lookup.answer import LONGEST_QUERY
from bot.lookup.language.courtesy import bare, unmarked

if TYPE_CHECKING:
    from bot.content.models import Area, Memorandum

_HELP = re.compile(
    r"(?:please )?help(?: me)?(?: please)?|(?:who|what) are you|what ?i?s this(?: (?:bot|app|thing))?(?: for)?"
    r"|what (?:can|do) you do|what can i ask(?: you)?|how (?:does this|do you) work|how do i use (?:this|you)"
    r"|are you (?:a |an )?(?:bot|human|robot|person|ai|real)"
)
_HELLO = re.compile(
    r"(?:hello|hi|hey|hiya|(?:good )?(?:morning|afternoon|evening))(?: (?:there|all|everyone|bot|team))*"
)
_THANKS = re.compile(
    r"\b(?:thank|thanks|thanx|thx|ty|ta|cheers|appreciated|perfect|brilliant|great|lovely|excellent|awesome|noted|nice)\b"
)
_WITH_THANKS = re.compile(
    r"(?:(?:ok|okay|many|a|lot|so|very|much|really|that|thats|is|s|was|all|you|for|your|the|help|bot|one|good|job|got|it"
    r"|helpful|kindly|wonderful|super|oh|ah|this|again|everyone|team|and|just|what|i|needed|work)\b ?)*"
)
_DOUBT = re.compile(
    r"(?:i|we) (?:think|believe|reckon|suspect|fear) (?:that )?(.*?) ?(?:is|are|was|looks?|seems?|might be|may be)"
    r" (?:wrong|incorrect|out of date|outdated|not right|mistaken|false)(?: now)?"
    r"|(?:that|this|it) ?i?s (?:wrong|incorrect|not right|a mistake|an error)|report (?:an? )?(?:error|mistake)"
)
_BRIEF = re.compile(r"^brief(?:ing)?\b(?: me)?(?: on| about)? ?| ?\bbrief(?:ing)?$")
_NUMBERED = re.compile(r"brief(?:ing)?(?: me)?(?: on| about)? (?:area )?(\d{1,9})")
_COMMAND_ONLY = re.compile(r"[/ ]*(?:briefing\s+)?((?:un)?subscribe|subscriptions)\b\s*(.*)", re.IGNORECASE | re.DOTALL)
_CHANGED = re.compile(r"(?:changes|what(?:['’]s| has)? changed)\b(?: (?:in|to|on|for)\b)?", re.IGNORECASE)


class SmallTalk(Enum):
    """Words that ask for nothing."""

    HELLO = "hello"
    THANKS = "thanks"


def wants_help(words: str) -> bool:
    """Whether help was asked for, or nothing."""
    return not words.strip() or names_help(words)


def names_help(words: str) -> bool:
    """Whether help was asked for, or what this is, in any case and however punctuated: help!, /help."""
    return len(words) <= LONGEST_QUERY and _HELP.fullmatch(_said(words)) is not None


def small_talk(words: str) -> SmallTalk | None:
    """Return the kind of small talk, if the words are nothing else."""
    if len(words) > LONGEST_QUERY:
        return None
    name = _said(words)
    if _HELLO.fullmatch(name):
        return SmallTalk.HELLO
    rest, thanks = _THANKS.subn("", name)
    is_thanks = thanks and _WITH_THANKS.fullmatch(" ".join(rest.split()))
    return SmallTalk.THANKS if is_thanks else None


def doubted_words(words: str) -> str | None:
    """Return what somebody thinks is wrong ("" where they do not name it); None for other words."""
    found = _DOUBT.fullmatch(_said(words)) if len(words) <= LONGEST_QUERY else None
    if found is None:
        return None
    return "" if found[1] in {None, "that", "this", "it"} else found[1]


def _said(words: str) -> str:
    """Return what was said as it is compared: without emoji, punctuation and capitals."""
    return plain_name(unmarked(words))


def briefing_asked(memorandum: Memorandum, words: str) -> Area | None:
    """Return the area that the words name, alone or with the word briefing; that word alone means the overview."""
    if len(words) > LONGEST_QUERY:
        return None
    name = plain_name(bare(words))
    rest = _BRIEF.sub("", name)
    return names_area(memorandum, name) or (names_area(memorandum, rest) if rest or not name else memorandum.overview)


def area_number_asked(words: str) -> str:
    """Return the number after the word briefing, whether or not an area has it; empty for other words."""
    found = _NUMBERED.fullmatch(plain_name(bare(words))) if len(words) <= LONGEST_QUERY else None
    return found[1] if found else ""


def command_meant(words: str) -> str:
    """Return the command to type for what needs a command, such as subscribing; empty for other words."""
    found = _COMMAND_ONLY.fullmatch(words) if len(words) <= LONGEST_QUERY else None
    return f"/briefing {found[1].casefold()} {' '.join(found[2].split())}".rstrip() if found else ""


def parse_changes_intent(memorandum: Memorandum, words: str) -> str | None:
    """Return the words after `changes` or `what changed`: an area, `since` and a day, or none. None for other words.

    "changes to procurement" is a question about facts, and no area's name.
    """
    asked = bare(words).strip() if len(words) <= LONGEST_QUERY else ""
    found = _CHANGED.match(asked)
    if found is None:
        return None
    rest = asked[found.end() :].strip(" ?!.,")
    named = before_since(rest)
    return rest if not named or names_area(memorandum, named) else None
