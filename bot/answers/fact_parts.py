"""Parts of a fact that a follow-up asks for: when, who, where, how much, why, from which source, how firm."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

from bot.content.areas import plain_name
from bot.content.certainty import Certainty
from bot.lookup.answer import LONGEST_QUERY
from bot.lookup.language.courtesy import bare
from bot.lookup.language.lexicon import FUNCTION_WORDS, NUMBER_WORDS
from bot.lookup.language.spelling import is_plain
from bot.lookup.language.tokens import key_of
from bot.text import MONTHS, day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.models import Fact


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Part(Enum):
    """What a follow-up asks of a fact; the value is how a sentence names it."""

    SOURCE = "where it comes from"
    FIRM = "how firm it is"
    WHEN = "when"
    WHO = "who"
    WHERE = "where"
    COST = "what it costs"
    HOW_MUCH = "how much"
    WHY = "why"


_KEYS: Final = {
    Part.SOURCE: re.compile(
        r"\b(?:sources?|citations?|references?|evidence|link|cite|says who)\b|\bwhere\b.*\b(?:from|written|published)\b"
    ),
    Part.FIRM: re.compile(r"\b(?:firm|certain|sure|definite|confirmed|true|right|correct|quote)\b|\Areally\Z"),
    Part.WHEN: re.compile(
        r"\bwhen\b|\b(?:dates?|deadline|timetable|timing)\b|\bhow soon\b|\bwh(?:at|ich) (?:day|month|year)\b"
    ),
    Part.WHO: re.compile(r"\b(?:who|whom|whose)\b"),
    Part.WHERE: re.compile(r"\b(?:where|whereabouts|place|location|site|city)\b"),
    Part.COST: re.compile(r"\b(?:costs?|price|worth|money|sums?)\b"),
    Part.HOW_MUCH: re.compile(r"\bhow (?:much|many)\b|\b(?:amount|figures?|numbers?)\b"),
    Part.WHY: re.compile(r"\b(?:why|reasons?|how come|what for)\b"),
}
"""What names a part, in the order in which they are tried: "where is that from" asks for the source, no place."""
_ASKS_FIRM: Final = re.compile(r"(?:and |but |so |ok )?(?:is|are|was|were|how|can|may|really|do)\b")
_LIGHT: Final = _words(
    """
    and but so ok okay also then yes yet hm right please pls sorry exactly again though precisely roughly really very
    actually is are was were will would does do did has have had can could may might be been being s i we me
    it that this they these those there its the a an any your you what which how much many about
    by from for with to in at on of since until as
    happen happens happened happening take place say says said saying based words get give
    show see got know according quote rely
    """
)
"""Words that a follow-up may have besides: they name no subject."""
_EVENTS: Final = _words(
    """
    start starts started starting begin begins began begun end ends ended ending due deadline timetable
    timing come comes effect force announced published written confirmed decided held
    """
)
"""Words that name a subject unless the fact has them too: it was signed on a day, which does not say when it ends."""
_BOUNDS: Final = _words("by until since from")
"""What asks for one end of a time."""
_SAYING: Final = _words("say says said saying")
_MOST_WORDS: Final = 10

_MONTH = "|".join(MONTHS)
_DAY = rf"(?:(?:\d{{1,2}} )?(?:{_MONTH})(?: (?:19|20)\d\d)?+|(?:in )?(?:early |late )?(?:19|20)\d\d)\b"
_DATE = re.compile(rf"\b(?:(?:about|around|by|since|from|until|before|after) )?{_DAY}(?! reports?\b)")
_ANY_DAY = re.compile(rf"\b{_DAY}")
_BEFORE_NUMBER = (
    r"(?:\b(?:over|under|up to|(?:more|less|fewer) than|at least|at most|about|around|nearly|almost|some) )?"
)
_COUNTED = r"(?: (?!(?:and|or|in|of|to|for|the|into|on|from|with|by|was|were|is|are|that|so|as|at)\b)[a-z-]+)"
_SPELT = "|".join(sorted(NUMBER_WORDS.keys() - {"zero", "one"}))
_FIGURE = re.compile(
    rf"{_BEFORE_NUMBER}(?<![\w.,-])[£$€]?\d+(?:,\d{{3}})*(?:\.\d+)?(?![\w-]|[.,]\d)"
    rf"(?: ?(?:million|billion|trillion|thousand|bn|per cent|%|MW|GW)\b)?{_COUNTED}?"
    rf"|{_BEFORE_NUMBER}\b(?:{_SPELT}|several|(?:a )?dozen)(?: [a-z-]+s\b|{_COUNTED}{{1,2}})"
    r"|\b(?:hundreds|thousands|millions|billions) of [a-z]+"
)
_MONEY = re.compile(r"[£$€]|\bpounds\b")
_NAME = r"(?P<name>[A-Z][\w.'’&-]*(?: (?:of |and )?[A-Z][\w.'’&-]*)*+)"
_PLACE = re.compile(rf"\b(?:in|at|near|across|outside|within) (?:the )?{_NAME}|\b(?:across the country|nationwide)\b")
_BY = re.compile(rf"\b(?:by|according to) (?:the )?{_NAME}")
_DOER = re.compile(rf"(?:The )?{_NAME}(?: \([A-Z]+\))?,? (?!(?:is|are|was|were)\b)")
_NO_PLACE = re.compile(r"\d|[a-z][A-Z]")
_UNTOLD: Final = {Part.HOW_MUCH: "That fact gives no figure.", Part.COST: "That fact gives no sum of money."}
_FIRMNESS: Final = {
    Certainty.STATED: "The source says so without a hedge.",
    Certainty.INTENDED: "It is no commitment.",
    Certainty.POSSIBLE: "Do not write that it will happen.",
    Certainty.FORECAST: "It is a prediction, not a result.",
    Certainty.SAID: "It is what they said, not a finding.",
    Certainty.UNSTATED: "That does not mean that it is not so.",
}


def part_asked(words: str) -> Part | None:
    """Return the part that words ask for, and name no subject: `and when?`, `who by`, `source please`; else None."""
    if len(words) > LONGEST_QUERY:
        return None
    name = plain_name(bare(words))
    part = part_named(name) if len(name.split()) <= _MOST_WORDS else None
    if part is None or not (_LIGHT | _EVENTS).issuperset(_KEYS[part].sub(" ", name).split()):
        return None
    if part is Part.FIRM and not _ASKS_FIRM.match(name):
        return None
    return None if part is Part.WHO and "you" in name.split() else part


def part_named(name: str) -> Part | None:
    """Return the part that plain words ask for, whatever else they name."""
    return next((part for part, key in _KEYS.items() if key.search(name)), None)


def names_other(words: str, part: Part, fact: Fact) -> bool:
    """Whether words that ask for a part name what a statement does not: `when does it end?` of a day of signing."""
    if part in {Part.SOURCE, Part.FIRM}:
        return False
    asked = set(plain_name(bare(words)).split()) & (_EVENTS | _BOUNDS if part is Part.WHEN else _EVENTS)
    return not {key_of(each) for each in asked} <= {key_of(each) for each in plain_name(fact.statement).split()}


def part_of(fact: Fact, part: Part, words: str) -> Part:
    """Return the part that a fact answers words by: what nobody is quoted with is said by its source."""
    is_said = part is Part.WHO and not fact.said_by and _SAYING.intersection(plain_name(words).split())
    return Part.SOURCE if is_said else part


def told(fact: Fact, part: Part) -> str:
    """Return a line with what a fact says on a part, in its own words; empty where none of them can be named so."""
    if part is Part.SOURCE:
        cited = (
            f"“{each.source.title}”, {each.source.publisher}, {each.source.published_on}" for each in fact.citations
        )
        return f"{'Sources read' if fact.certainty is Certainty.UNSTATED else 'Source'}: {'; '.join(cited)}."
    if part is Part.FIRM or fact.certainty is Certainty.UNSTATED:
        return f"{fact.label}. {_FIRMNESS[fact.certainty]}"
    if part is Part.WHO and fact.said_by:
        return f"{fact.label}."
    found = dict.fromkeys(each.rstrip(".,") for each in _found(fact.statement, part))
    hedge = "" if fact.certainty is Certainty.STATED else f" ({fact.label})"
    return f"In the fact{hedge}: {'; '.join(found)}." if found else ""


def untold(fact: Fact, part: Part) -> str:
    """Return a line that says that a fact does not say it; the fact stands below, and readers judge."""
    if part is Part.WHEN:
        return f"That fact gives no date of its own. It is as of {day(fact.as_of)}."
    return _UNTOLD.get(part, f"That fact does not say {part.value} in so many words.")


def _found(statement: str, part: Part) -> Iterator[str]:
    """Yield the words of a statement that tell a part."""
    if part is Part.WHEN:
        yield from (each.group() for each in _DATE.finditer(statement))
    elif part in {Part.HOW_MUCH, Part.COST}:
        figures = (each.group() for each in _FIGURE.finditer(_ANY_DAY.sub("|", statement)))
        yield from (each for each in figures if part is Part.HOW_MUCH or _MONEY.search(each))
    elif part is Part.WHO:
        doer = _DOER.match(statement)
        if doer and not is_plain(doer["name"].casefold()) and doer["name"].split()[0].casefold() not in FUNCTION_WORDS:
            yield doer["name"]
        yield from (each.group() for each in _BY.finditer(statement))
    elif part is Part.WHERE:
        yield from _places(statement)


def _places(statement: str) -> Iterator[str]:
    """Yield what stands behind "in", "at" and the like with a capital, unless it is a month or a product's name."""
    for found in _PLACE.finditer(statement):
        name = found["name"] or ""
        if not (name.startswith(MONTHS) or name.isupper() or _NO_PLACE.search(name)):
            yield found.group()
