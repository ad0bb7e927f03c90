"""Names of what the store, its areas and its sources are: words that a question may use and a fact need not repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lookup.lexicon import FUNCTION_WORDS, MONTH_NAMES
from bot.lookup.query import WHOLE_STORE, Name
from bot.lookup.text import words
from bot.lookup.tokens import key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.models import Content, Fact


def names_in(content: Content) -> Iterator[Name]:
    """Yield the names in the content.

    The whole store goes by its parties, its titles, the overview's names, and each single word of its short title;
    an area by its title and aliases; a source by its publisher and its id's words.
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
    for text in (overview.key, overview.title, *overview.aliases):
        yield _name(text, WHOLE_STORE)
        yield _name(text, overview.key)
    for area in memorandum.areas:
        for text in (area.title, *area.aliases):
            yield _name(text, area.key)
    for source in content.sources.values():
        yield _name(source.publisher, source.id)
        yield _name(source.id.replace("-", " "), source.id)


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
