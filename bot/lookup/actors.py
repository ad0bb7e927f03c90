"""Who does it: a party that a question makes the subject of a verb of money or action must be the fact's subject."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from bot.content.certainty import Certainty
from bot.lookup.language.lexicon import AUXILIARIES, DEEDS, FUNCTION_WORDS, GIVING
from bot.lookup.language.text import runs_once
from bot.lookup.language.tokens import key_of
from bot.lookup.query import PARTY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.content.models import Fact
    from bot.lookup.language.tokens import Word
    from bot.lookup.query import Name, Query, Term

_DEED_KEYS = frozenset(map(key_of, DEEDS))
_FINITE = ("s", "d", "ing", "t")
"""Endings of a verb that has a subject before it: invests, invested, spent."""
_CLAUSES = 12
"""Words of a statement among which its subject stands."""


class Actors:
    """Finds the party that a question, or a fact, is about as the one who acts."""

    def __init__(self, names: Sequence[Name]) -> None:
        """Keep the names of the parties, the longest first."""
        self._names = sorted((name for name in names if name.of.startswith(PARTY)), key=lambda name: -len(name.keys))
        self.forms = frozenset(form for name in self._names for form in name.forms)
        """Every word of the parties' names."""

    def asked(self, query: Query) -> str:
        """Return the party that the question makes an owner of an amount or the subject of a deed; else nothing."""
        terms = query.terms
        if any(term.word.form == "or" for term in terms) and len(set(filter(None, map(_party, terms)))) > 1:
            return ""  # it asks which of them
        place = 0
        while place < len(terms):
            party = _party(terms[place])
            start = place
            while party and place + 1 < len(terms) and _party(terms[place + 1]) == party:
                place += 1
            if party and _acts(terms, start, place):
                return party
            place += 1
        return ""

    def owner(self, fact: Fact) -> str:
        """Return the party that a fact's statement names first, near its beginning; else nothing."""
        stated = runs_once(fact.statement)[0][:_CLAUSES]
        keys = [key_of(word.form) for word in stated]
        for place in range(len(keys)):
            for name in self._names:
                if tuple(keys[place : place + len(name.keys)]) == name.keys:
                    return name.of
        return ""

    def fits(self, fact: Fact, party: str, query: Query) -> bool:
        """Whether a fact may answer what a party does: it is that party's, or says what is not stated."""
        is_free = fact.certainty is Certainty.UNSTATED or self.owner(fact) == party
        return is_free or self.is_in_longer_name(query, party, fact)

    def is_in_longer_name(self, query: Query, party: str, fact: Fact) -> bool:
        """Whether the question names the party as a part of a longer name that the fact has: UK in Stargate UK."""
        stated = runs_once(fact.statement)[0]
        capitals = [word.raw[0].isupper() and word.form not in FUNCTION_WORDS for word in stated]
        pairs = {
            (one.form, other.form)
            for (one, first), (other, second) in pairwise(zip(stated, capitals, strict=True))
            if first and second
        }
        return any(
            (one.word.form, other.word.form) in pairs and party in one.names | other.names
            for one, other in pairwise(query.terms)
            if _party(one) != _party(other)
        )

    def put_right(self, fact: Fact, party: str, asked: str) -> str:
        """Return one sentence that says whose matter the fact is; empty where it names no party, or is that one's."""
        owner = self.owner(fact)
        if not owner:
            return ""
        stated = runs_once(fact.statement)[0]
        return f"That is {_as_stated(self._names, stated, owner)}, not {_possessive(asked)}." if owner != party else ""


def asked_name(query: Query, party: str) -> str:
    """Return how the question names the party."""
    places = [place for place, term in enumerate(query.terms) if _party(term) == party]
    run = dict.fromkeys(query.terms[place].word.raw for place in places)
    has_article = places[0] > 0 and query.terms[places[0] - 1].word.form == "the"
    return ("the " if has_article else "") + " ".join(run).removesuffix("'s").removesuffix("’s")


def _party(term: Term) -> str:
    return next((name for name in sorted(term.names) if name.startswith(PARTY)), "")


def _acts(terms: Sequence[Term], start: int, end: int) -> bool:
    """Whether the party from `start` to `end` owns or is given an amount, or does what the next words say."""
    if start > 1 and terms[start - 1].word.form == "to" and terms[start - 2].word.form in GIVING:
        return True
    after = terms[end + 1] if end + 1 < len(terms) else None
    if after is None:
        return start > 1 and terms[start - 1].word.form in {"be", "it", "that"}  # "could it be …"
    raw = terms[end].word.raw
    if raw.endswith(("'s", "’s")) or (raw.endswith("s") and after.word.broad):  # an apostrophe behind an s is not read
        return bool(after.word.broad)
    if any(term.word.form in AUXILIARIES for term in terms[max(0, start - 2) : start]):
        return any(_is_deed(term.word) for term in terms[end + 1 : end + 3])
    if after.word.form in AUXILIARIES:
        return any(_is_deed(term.word) for term in terms[end + 2 : end + 4])
    return _is_deed(after.word) and after.word.form.endswith(_FINITE)


def _possessive(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _is_deed(word: Word) -> bool:
    return word.form in DEEDS or key_of(word.form) in _DEED_KEYS


def _as_stated(names: Sequence[Name], stated: Sequence[Word], owner: str) -> str:
    """Return the owner's name as the statement writes it, as a possessive."""
    keys = [key_of(word.form) for word in stated]
    for place in range(len(keys)):
        for name in names:
            if name.of == owner and tuple(keys[place : place + len(name.keys)]) == name.keys:
                raw = " ".join(word.raw for word in stated[place : place + len(name.keys)])
                has_article = place > 0 and stated[place - 1].form == "the"
                raw = raw.removesuffix("'s").removesuffix("’s")
                return _possessive(f"the {raw}" if has_article else raw)
    return "another party's"
