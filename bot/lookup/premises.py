"""Wrong premises: an amount, number, date or name in a question, where the fact that holds the rest has another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.content.certainty import Certainty
from bot.lookup.evidence import Premise, lacks
from bot.lookup.language.lexicon import CURRENCIES, QUANTITIES, SAYING
from bot.lookup.language.spelling import is_name as is_common_name
from bot.lookup.language.spelling import is_plain
from bot.lookup.language.text import runs_once
from bot.lookup.language.tokens import key_of
from bot.lookup.query import DAY_WORDS, WHOLE_STORE, Query, TermKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from bot.content.models import Fact
    from bot.lookup.language.tokens import Word
    from bot.lookup.ranker import Ranked

_REST = 0.6
"""Weighted share of the other words that one fact must hold; less for a value that no fact holds at all."""
_REST_OF_UNKNOWN = 0.4
_LARGE = 20
"""A number from which it is a figure even where it is unclear what it counts."""
_KNOWN_REST = 2
"""Other words that the fact must hold where other facts hold the name that is asked about."""
_NAMED_WITH = 2
"""Words behind a number of which one is what it counts: three main areas."""
_BESIDE = 3
"""Words between a number and what it counts, at most."""
_MOST_VALUES = 8
"""Values of a question that are looked at, the first ones: a list of figures states no premise."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_VERSION = re.compile(r"([a-z]+)\d[\w.]*")
_PLAIN_TEXT = re.compile(r"[\w\s.,;:?!'\"“”‘’()%£$€&+\-‐‑–—…]*")
_SIGNS = frozenset(CURRENCIES.values())


class _Kind(Enum):
    AMOUNT = "amount"
    NUMBER = "number"
    MONTH = "month"
    YEAR = "year"
    VERSION = "version"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class _Value:
    kind: _Kind
    places: tuple[int, ...]
    raw: str


def is_plain_text(text: str) -> bool:
    """Whether a text has only letters, digits and the punctuation of sentences: code and markup state no premise."""
    return _PLAIN_TEXT.fullmatch(text) is not None


def premise_of(
    query: Query,
    found: Ranked,
    weights: Sequence[float],
    parties: AbstractSet[str],
    is_held: Callable[..., bool],
) -> Premise | None:
    """Return the wrong premise that this fact puts right; None where it holds too little else or no such value.

    `parties` are the forms of the parties' names: they stand in most facts, and are not held instead of anything.
    `is_held` says whether another fact on the same thing (`mostly`: most of it) holds these terms, so none is wrong.
    """
    missing = [place for place, term in query.needed if lacks(term, found, place)]
    values = [value for _, value in zip(range(_MOST_VALUES), _values(query, missing), strict=False)]
    if not values:
        return None
    taken = {place for value in values for place in value.places}
    needed = [place for place, term in query.needed if term.is_subject and place not in taken]
    total = sum(weights[place] for place in needed)
    share = sum(weights[place] for place in needed if place not in missing) / total if total else 1.0
    if share < _REST_OF_UNKNOWN:
        return None
    if not total:  # nothing else is asked: only another version of the same thing tells
        values = [value for value in values if value.kind is _Kind.VERSION]
    fact = found.entry.fact
    stated = runs_once(fact.statement)[0]
    rest = sum(place not in missing for place in needed)
    for value in values:
        is_known = any(query.terms[place].is_known for place in value.places)
        if (value.kind is _Kind.NAME and fact.certainty is Certainty.UNSTATED) or (is_known and share < _REST):
            continue
        if is_known and rest < (_KNOWN_REST if value.kind in {_Kind.NAME, _Kind.AMOUNT} else 1):
            continue
        held = _held(query, value, stated, found, parties)
        if held and not is_held(_places(query, value), mostly=held == fact.said_by):
            return Premise(value.raw, held, _sentence(value, held, fact, is_known=is_known))
    return None


def value_places(query: Query) -> frozenset[int]:
    """Return the places of the needed words that are values, or parts of one: no other word makes a premise."""
    return frozenset(place for place, term in query.needed if _is_name(query, place) or _kind(term.word))


def counted_in(query: Query) -> list[str]:
    """Return the numbers that a query counts with: 3 in "three areas"."""
    return [
        term.word.form
        for place, term in enumerate(query.terms)
        if _kind(term.word) is _Kind.NUMBER
        and any(other.word.form.endswith("s") for other in query.terms[place + 1 : place + 1 + _NAMED_WITH])
    ]


def counts_otherwise(counted: Sequence[str], fact: Fact) -> bool:
    """Whether a fact does not state a number that is counted with: its keyword "area 3" is not "three areas"."""
    if not counted:
        return False
    stated = {form for word in runs_once(fact.statement)[0] for form in (word.form, word.broad)}
    return not stated.issuperset(counted)


def counts_another(query: Query, fact: Fact) -> bool:
    """Whether a fact counts something else than "how many" asks of: its 200 bids for zones are not how many zones."""
    asked = query.counted_words
    if not asked:
        return False
    stated = runs_once(fact.statement)[0]
    keys = [key_of(word.form) for word in stated]
    says_unknown = fact.certainty is Certainty.UNSTATED and any(
        word.form in {"many", "number", "numbers"} for word in stated
    )
    if says_unknown or not {key_of(word.form) for word in asked} <= {*keys}:
        return False
    wanted = {key_of(term.word.form) for term in query.terms if term.kind is TermKind.SUBJECT}
    counts = (place for place, word in enumerate(stated) if _kind(word) is _Kind.NUMBER or word.form in QUANTITIES)
    return not any(_counted_key(stated[place + 1 : place + 1 + _BESIDE]) in wanted for place in counts)


def _counted_key(behind: Sequence[Word]) -> str:
    """Return the key of what a number before these words counts: the first plural, else the next word."""
    plural = next((word for word in behind if word.form.endswith("s")), behind[0] if behind else None)
    return key_of(plural.form) if plural else ""


def _values(query: Query, missing: Sequence[int]) -> Iterator[_Value]:
    """Yield the values among the words that the fact lacks; neighbours of one name or date together."""
    terms = query.terms
    run: list[int] = []
    for place in (*missing, -1):
        if run and (place != run[-1] + 1 or not _is_name(query, place)):
            if len(run) > 1 or not is_plain(terms[run[0]].word.form):
                yield _Value(_Kind.NAME, tuple(run), " ".join(terms[each].word.raw for each in run))
            run = []
        if place < 0:
            return
        word = terms[place].word
        if _is_name(query, place):
            run.append(place)
        elif kind := _kind(word):
            yield _Value(kind, (place,), _told(query, place, kind))


@lru_cache(maxsize=4096)
def _kind(word: Word) -> _Kind | None:
    form = word.form
    kind = None
    if form[0] in _SIGNS or form.endswith(("%", "mw", "gw", "kw")):
        kind = _Kind.AMOUNT if any(map(str.isdigit, form)) else None
    elif form in DAY_WORDS:
        kind = _Kind.MONTH
    elif _YEAR.fullmatch(form):
        kind = _Kind.YEAR
    elif form.replace(".", "", 1).isdigit():
        kind = _Kind.NUMBER
    elif _VERSION.fullmatch(form) and len(word.parts) > 1:
        kind = _Kind.VERSION
    return kind


def _is_name(query: Query, place: int) -> bool:
    """Whether a word of the query is a name: a common one, or with one capital, not for beginning the sentence."""
    if place < 0:
        return False
    term = query.terms[place]
    raw = term.word.raw
    is_capital = raw[0].isupper() and not raw.isupper()
    return (
        (is_capital or is_common_name(term.word.form))
        and term.kind is TermKind.SUBJECT
        and term.word.form.isalpha()
        and term.word.form not in DAY_WORDS
        and WHOLE_STORE not in term.names
        and (place > 0 or not is_plain(term.word.form) or _is_name(query, 1 if len(query.terms) > 1 else -1))
    )


def _told(query: Query, place: int, kind: _Kind) -> str:
    """Return a value as the asker wrote it; a number with what it counts."""
    terms = query.terms
    raw = terms[place].word.raw
    if kind is _Kind.NUMBER and (counted := _counted(query, place)) is not None:
        return f"{raw} {terms[counted].word.raw}"
    day = terms[place - 1].word if place else None
    return f"{day.raw} {raw}" if kind is _Kind.MONTH and day and day.form.isdigit() else raw


def _places(query: Query, value: _Value) -> tuple[int, ...]:
    """Return the places of a value; those of a month with its day before it."""
    first = value.places[0]
    has_day = value.kind is _Kind.MONTH and first and query.terms[first - 1].word.form.isdigit()
    return (first - 1, *value.places) if has_day else value.places


def _counted(query: Query, place: int) -> int | None:
    """Return the place of what a number counts: the next word of the subject."""
    following = range(place + 1, min(place + 1 + _BESIDE, len(query.terms)))
    return next((each for each in following if query.terms[each].kind is not TermKind.FUNCTION), None)


def _held(query: Query, value: _Value, stated: Sequence[Word], found: Ranked, parties: AbstractSet[str]) -> str:
    """Return the value of the same kind that the fact holds instead; empty when it has none."""
    if value.kind is _Kind.NAME:
        return _speaker(query, found.entry.fact) or _other_name(query, stated, parties)
    if value.kind is _Kind.NUMBER:
        return _other_number(query, value.places[0], stated) or _other_figure(query, value.places[0], stated)
    asked = query.terms[value.places[0]].word
    for word in stated:
        if _kind(word) is value.kind and word.form != asked.form and _is_comparable(value.kind, asked, word):
            return word.raw
    return ""


def _is_comparable(kind: _Kind, asked: Word, held: Word) -> bool:
    """Whether two values of a kind are of the same thing: the same currency or unit, versions of the same name."""
    if kind is _Kind.VERSION:
        return asked.parts[0] == held.parts[0]
    if kind is _Kind.AMOUNT:
        return asked.form.strip("0123456789.") == held.form.strip("0123456789.")
    return True


def _speaker(query: Query, fact: Fact) -> str:
    """Return whose words a fact are, where the question asks about what somebody said."""
    return fact.said_by or "" if any(term.word.form in SAYING for term in query.terms) else ""


def _other_number(query: Query, place: int, stated: Sequence[Word]) -> str:
    """Return the number that the fact gives for what the query counts: 200 for “300 bids”."""
    counted = _counted(query, place)
    if counted is None:
        return ""
    term = query.terms[counted]
    keys = {key_of(term.word.form)} | {key for match in term.matches for key in match.keys}
    for distance in range(1, _BESIDE + 1):
        for word, other in zip(stated, stated[distance:], strict=False):
            is_number = _kind(word) in {_Kind.NUMBER, _Kind.AMOUNT} and word.form != query.terms[place].word.form
            if is_number and key_of(other.form) in keys:
                return f"{word.raw} {other.raw}"
    return ""


def _other_figure(query: Query, place: int, stated: Sequence[Word]) -> str:
    """Return the first large number of a fact, where the asked one is large, and no fact holds it."""
    if query.terms[place].is_known or not _is_large(query.terms[place].word):
        return ""
    return next((word.raw for word in stated if _kind(word) is _Kind.NUMBER and _is_large(word)), "")


def _is_large(word: Word) -> bool:
    return word.form.replace(".", "", 1).isdecimal() and float(word.form) >= _LARGE  # ፩ is a digit, and no decimal


def _other_name(query: Query, stated: Sequence[Word], parties: AbstractSet[str]) -> str:
    """Return the first name in the statement that the query does not hold: neither its words nor the parties'."""
    asked = {term.word.form for term in query.terms} | DAY_WORDS | parties
    run: list[str] = []
    for word in stated:
        is_name = word.raw[0].isupper() and not word.raw.isupper() and word.form.isalpha()
        if is_name and word.form not in asked and not is_plain(word.form):
            run.append(word.raw)
        elif run:
            break
    return " ".join(run).removesuffix("'s").removesuffix("’s")


def _sentence(value: _Value, held: str, fact: Fact, *, is_known: bool) -> str:
    if held == fact.said_by:
        return f"{held[:1].upper()}{held[1:].partition(',')[0]} said it, not {value.raw}."
    if not is_known or value.kind in {_Kind.NUMBER, _Kind.MONTH, _Kind.YEAR}:
        return f"The sources do not say {value.raw}."
    return f"The sources do not say that of {value.raw}."
