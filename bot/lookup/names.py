"""Names of what the store, its areas and its sources are: words that a question may use and a fact need not repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lookup.language.lexicon import FUNCTION_WORDS, MONTH_NAMES
from bot.lookup.language.text import words
from bot.lookup.language.tokens import key_of
from bot.lookup.query import PARTY, WHOLE_STORE, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.models import Content, Fact


def names_in(content: Content) -> Iterator[Name]:
    """Yield the names in the content.

    The whole store goes by its parties under every name, its titles, the overview's names, and each single word of its
    short title; a party and an area by title and aliases; a source by its publisher and its id's words.
    """
    memorandum = content.memorandum
    overview = memorandum.overview
    for text in (
        memorandum.title,
        memorandum.short_title,
        *memorandum.parties,
        *words_apart(memorandum.short_title),
        *acronyms_in(memorandum.title),
        *acronyms_in(" ".join(memorandum.parties)),
    ):
        yield _name(text, WHOLE_STORE)
    for number, party in enumerate(memorandum.parties):
        called = (party, *acronyms_in(party))
        others = [other for name, names in memorandum.other_names if name in called for other in names]
        for text in (*called, *others):
            yield _name(text, f"{PARTY}{number}")
        for text in others:
            yield _name(text, WHOLE_STORE)
    for text in (overview.key, overview.title, *overview.aliases):
        yield _name(text, WHOLE_STORE)
        yield _name(text, overview.key)
    for area in memorandum.areas:
        for text in (area.title, *area.aliases):
            yield _name(text, area.key)
    for source in content.sources.values():
        yield _name(source.publisher, source.id)
        yield _name(source.id.replace("-", " "), source.id)


def other_names_in(content: Content) -> Iterator[tuple[Name, str]]:
    """Yield each other name of what is no party, and the name that the facts use."""
    memorandum = content.memorandum
    parties = {*memorandum.parties, *(short for party in memorandum.parties for short in acronyms_in(party))}
    for name, others in memorandum.other_names:
        if name not in parties:
            yield from ((_name(other, WHOLE_STORE), name) for other in others)


def words_apart(text: str) -> list[str]:
    """Return each word of a text, hyphenated ones in their parts."""
    return [part for word in words(text) for part in (word.parts or (word.form,))]


def acronyms_in(text: str) -> list[str]:
    """Return the words of a text that are all capitals."""
    return [word.raw for word in words(text) if word.raw.isupper() and len(word.raw) > 1]


def as_of_words(fact: Fact) -> tuple[str, str]:
    """Return the month and year that a fact speaks of, in the forms that a query's words have."""
    month = MONTH_NAMES[fact.as_of.month - 1]
    return ("May" if month == "may" else month), str(fact.as_of.year)


def _name(text: str, of: str) -> Name:
    forms = tuple(word.form for word in words(text) if word.form not in FUNCTION_WORDS)
    return Name(forms, tuple(map(key_of, forms)), of)
