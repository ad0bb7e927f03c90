"""Private content of a question, for which nothing of it is kept: addresses, numbers, references, names of people.

A name cannot be told from a word for certain. So a word passes only as one of the facts, of the English lists, of the
places and bodies in known_names.txt, as an acronym, or as such a word with a slip of the keyboard in it; anything else
is taken for a name. What that costs and lets through is measured in tests/bot/gaps/test_private_content.py.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final

from bot.logging import redacted
from bot.lookup.language.lexicon import FRAME_WORDS, MONTHS, plain_words
from bot.lookup.language.lexicon import names as common_names
from bot.lookup.language.spelling import Speller, is_slip
from bot.lookup.language.text import clean, unescaped, words
from bot.lookup.language.tokens import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bot.lookup.language.tokens import Word


class Dropped(StrEnum):
    """Why a question is not kept."""

    EMAIL = "email"
    TELEPHONE = "telephone"
    NUMBER = "number"
    LINK = "link"
    MENTION = "mention"
    SECRET = "secret"  # noqa: S105 — a reason, no password
    NAME = "name"
    LONG = "long"
    NO_SUBJECT = "no_subject"
    ONE_PERSON = "one_person"
    TOO_MANY = "too_many"
    NO_ROOM = "no_room"


REASONS: Final = {
    Dropped.EMAIL: "an e-mail address",
    Dropped.TELEPHONE: "a telephone number",
    Dropped.NUMBER: "a long number, a reference or a postcode",
    Dropped.LINK: "a link with a query",
    Dropped.MENTION: "a mention or a Slack id",
    Dropped.SECRET: "the shape of a secret",
    Dropped.NAME: "perhaps a person’s name",
    Dropped.LONG: "too long",
    Dropped.NO_SUBJECT: "no subject",
    Dropped.ONE_PERSON: "many of one person in a day",
    Dropped.TOO_MANY: "too many at a time",
    Dropped.NO_ROOM: "given up for others: the least asked and oldest",
}

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|\bat\s[\w-]+\sdot\s\w+", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.)\S*[?#&=]\S*|\b[\w-]+(?:\.[\w-]+)+/\S*[?=]\S*", re.IGNORECASE)
_MENTION = re.compile(r"<[@#!]|(?<![\w.])[@#][A-Za-z][\w.-]*|\b[UWCDGTB]0[A-Z0-9]{6,12}\b")
_TELEPHONE = re.compile(r"(?<![\w£$€.,])(?:\+\s?\d|\(?0\d)[\d ().-]{7,16}\d(?!\w)")
_AMOUNT = re.compile(
    r"[£$€]\s?\d[\d,.]*\s?[a-z]*|\b\d[\d,.]*\s?(?:%|[kmb]\b|bn\b|mn?\b|tn\b|million\b|billion\b|trillion\b|[kmgt]wh?\b)"
    r"|\b\d{1,3}(?:,\d{3})+\b|\b[1-9]\d{0,5}000\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d{1,8}(?:\.\d{1,3})?|\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,3})?|[1-9]\d{0,5}000")
"""Digits of an amount: more are the number of a card, a patient or a telephone, whatever stands beside them."""
_DATE = re.compile(
    r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b|\b(?:19|20)\d\d(?:\s?[-/]\s?(?:(?:19|20)?\d\d))?\b"
)
_LONG_NUMBER = re.compile(r"\d(?:[ ./-]?\d){5,}")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_WITH_DIGITS = re.compile(r"(?=[\w/.-]*\d)[\w/.-]*[A-Za-z][\w/.-]*")
_DIGITS_OF_A_REFERENCE = 4
_INSURANCE = re.compile(r"\b[A-Z]{2}\s?\d\d\s?\d\d\s?\d\d\s?[A-D]\b", re.IGNORECASE)
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b", re.IGNORECASE)
_VEHICLE = re.compile(r"\b[A-Z]{2}\d\d\s?[A-Z]{3}\b")
_TITLE = re.compile(r"\b(?:mr|mrs|ms|miss|mx|dr|sir|dame|lord|lady|baroness|cllr)\.? +([A-Za-z][\w'-]*)", re.IGNORECASE)
_INITIAL = re.compile(r"\b[A-Z]\.? (?=[A-Z][a-z])")
_LONGEST_ACRONYM = 6
_START = 4
_LETTERS = 2
_SLIP_FROM = 6
"""Letters from which an unknown word may be a slip: among shorter ones names are as near."""


def dropped_said(counts: Mapping[str, int]) -> str:
    """Return how many were dropped for each reason (a Dropped), in words, in this order."""
    return ", ".join(f"{REASONS[Dropped(reason)]} {count}" for reason, count in counts.items())


def private_content(text: str, knows: Callable[[str], bool]) -> Dropped | None:
    """Return why a text may not be kept; None where nothing speaks against it.

    `knows` says whether facts hold a form. The time may grow with the square of the length: give it no long text.
    """
    plain = unescaped(text)
    if redacted(plain) != plain:
        return Dropped.SECRET
    folded = clean(plain)
    for pattern, reason in ((_LINK, Dropped.LINK), (_EMAIL, Dropped.EMAIL), (_MENTION, Dropped.MENTION)):
        if pattern.search(folded):
            return reason
    if _INSURANCE.search(folded) or _POSTCODE.search(folded) or _VEHICLE.search(folded):
        return Dropped.NUMBER
    if _TELEPHONE.search(folded):
        return Dropped.TELEPHONE
    rest = _AMOUNT.sub(_without_amount, folded)
    if _LONG_NUMBER.search(_DATE.sub(" ~ ", rest)) or any(map(_is_reference, _WITH_DIGITS.findall(rest))):
        return Dropped.NUMBER
    return Dropped.NAME if _names_somebody(folded, knows) else None


def _without_amount(found: re.Match[str]) -> str:
    """Return what takes the place of a seeming amount: its digits in a row where those are too many for one."""
    figure = re.sub(r"[^\d,.]", "", found[0]).rstrip(",.")
    return " ~ " if _FIGURE.fullmatch(figure) else found[0].replace(",", "")


def _is_reference(word: str) -> bool:
    """Whether a word with digits is a reference (TRS/2024/00118) and no name of a thing (GPT-4o, FY2025/26)."""
    return sum(character.isdigit() for character in _YEAR.sub("", word)) >= _DIGITS_OF_A_REFERENCE


def _names_somebody(text: str, knows: Callable[[str], bool]) -> bool:
    """Whether a text may name a person whom the facts do not."""
    if any(not knows(title[1].lower()) for title in _TITLE.finditer(text)) or _INITIAL.search(text):
        return True
    if any(_given_and_family(text, knows)):
        return True
    return any(not _may_stand(form, knows) for word in words(text) for form in _forms(word))


def _given_and_family(text: str, knows: Callable[[str], bool]) -> Iterator[bool]:
    """Yield for two words side by side, the first a given name and an English word, whether they are a name.

    They are with capitals: at the beginning the first one's says nothing (Will OpenAI …), and the facts must hold none
    of the two. In small letters the second is a family name too, and the first no word of a question's frame.
    """
    given, family = _listed_in("given_names.txt"), _listed_in("family_names.txt")
    for first, second in pairwise(re.finditer(r"[A-Za-z']+", text)):
        one, other = first[0].lower(), second[0].lower().removesuffix("'s")
        if one in given and other in family and one not in FRAME_WORDS:
            yield True
        elif one in given and first[0][0].isupper() and second[0][0].isupper():
            is_inside = first.start() > 0 and one not in MONTHS and other in plain_words()
            yield is_inside or not (knows(one) or knows(other))


def _forms(word: Word) -> Sequence[str]:
    """Return the forms of a word that must be known: none of numbers, amounts and acronyms."""
    is_acronym = word.raw.isupper() and 1 < len(word.raw) <= _LONGEST_ACRONYM
    if is_acronym or any(character.isdigit() for character in word.form):
        return ()
    if not word.parts:
        return (word.form,) if word.form.isalpha() and len(word.form) > 1 else ()
    return [part for part in word.parts if part.isalpha() and len(part) > 1]


def _may_stand(form: str, knows: Callable[[str], bool]) -> bool:
    """Whether a form is a word and no name, or a name that the facts hold."""
    form = form.lower()
    if form in FRAME_WORDS or knows(form) or form in _listed_in("known_names.txt") or form in plain_words():
        return True
    if form in common_names():
        return False
    return _is_inflected(form) or _is_misspelt(form)


def _is_inflected(form: str) -> bool:
    """Whether a form is a rarer English word, or one with another ending: redundancy, of redundant."""
    near = _by_letters().get(form[:_LETTERS], "").split()
    return any(key_of(word) == key_of(form) for word in near if word[:_START] == form[:_START])


def _is_misspelt(form: str) -> bool:
    return len(form) >= _SLIP_FROM and any(is_slip(form, each) for each in _speller().corrections(form))


@cache
def _listed_in(file: str) -> frozenset[str]:
    """Return the words of a file, lower case."""
    return frozenset(_words_in(file))


def _words_in(file: str) -> Iterator[str]:
    """Yield the words of a file, lower case; a line that begins with # is a comment."""
    listed = (files("bot.gaps") / file).read_text(encoding="utf-8")
    return (word for line in listed.splitlines() if not line.startswith("#") for word in line.lower().split())


@cache
def _by_letters() -> dict[str, str]:
    """Return all English words by their first letters, blanks between them: each by itself, they took 7 MB more."""
    found: dict[str, list[str]] = {}
    for word in chain(plain_words(), _words_in("rarer_words.txt")):
        found.setdefault(word[:_LETTERS], []).append(word)
    return {letters: " ".join(words_so) for letters, words_so in found.items()}


@cache
def _speller() -> Speller:
    return Speller.of(plain_words(), plain_words().__contains__)


def warm_up() -> None:
    """Read the lists, which takes a moment: call it off the event loop."""
    for file in ("known_names.txt", "given_names.txt", "family_names.txt"):
        _listed_in(file)
    _by_letters()
    _speller()
