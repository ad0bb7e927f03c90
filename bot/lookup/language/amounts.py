"""Amounts, spelt numbers and dates to one form each: £500m = £500 million = 500,000,000 pounds; 2nd = second."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.lookup.language.lexicon import CURRENCIES, MONTH_NAMES, MONTHS, MULTIPLIERS, NUMBER_WORDS, ORDINALS
from bot.lookup.language.tokens import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DIGITS = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
_GLUED = re.compile(
    r"(\d{1,15}(?:\.\d{1,9})?)(k|m|mn|mln|mil|bn|bil|b|tn|million|billion|trillion|mw|gw|kw|tw|mwh|gwh|kwh)"
)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_UNITS = {
    **dict.fromkeys(("mw", "megawatt", "megawatts"), "mw"),
    **dict.fromkeys(("gw", "gigawatt", "gigawatts"), "gw"),
    **dict.fromkeys(("kw", "kilowatt", "kilowatts"), "kw"),
    **dict.fromkeys(("%", "percent", "percentage", "pc"), "%"),
}


_STARTS = {*NUMBER_WORDS, *ORDINALS, *CURRENCIES, "half", "may"}
_SIGNS = frozenset("£$€%&+")
_AND = ("&", "+", "and", "n")
GOES_ON = frozenset({*MULTIPLIERS, *NUMBER_WORDS, *CURRENCIES, *_UNITS, *MONTHS, *_AND, "a", "per", "cent"})
"""Forms that an amount, a date or a lettered pair may go on with, or that stand before a day; no others matter."""


def may_join(form: str) -> bool:
    """Whether a form may be part of an amount, a date or letters joined by "and"."""
    return not form.isalpha() or form in _STARTS or len(form) == 1


def join_words(found: list[Word]) -> list[Word]:
    """Return the words with each amount, spelt number, date and lettered pair (R & D) as one word of its one form."""
    places = [place for place, word in enumerate(found) if word.joins]
    if not places:
        return found
    joined: list[Word] = []
    at = 0
    for place in places:
        if place >= at:
            joined += found[at:place]
            told, at = _joined(found, place)
            joined += told
    return joined + found[at:]


def _joined(found: list[Word], at: int) -> tuple[Iterable[Word], int]:
    """Return what the words from `at` on make together, and the place after them."""
    word = found[at]
    told: Iterable[Word]
    after = at + 1
    if pair := _pair(found, at):
        told, after = (pair,), at + 3
    elif word.form in ORDINALS:
        told = (Word(ORDINALS[word.form], word.raw, is_fixed=True),)
    elif date := _DATE.fullmatch(word.form):
        told = _date(date, word.raw)
    elif _DAY.fullmatch(word.form) and _is_month(found, at + 1, at - 1):
        told = (Word(word.form[:-2].lstrip("0"), word.raw, is_fixed=True),)
    elif word.form == "may" and _is_month(found, at):
        told = (Word("May", word.raw, is_fixed=True),)
    else:
        amount, after = _amount(found, at)
        told = (amount,) if amount else () if word.form in _SIGNS else (word,)
    return told, after


def _pair(found: list[Word], at: int) -> Word | None:
    """Read "R & D", "r and d": two letters joined by a word or sign, as R&D is read."""
    if len(found[at].form) > 1 or not found[at].form.isalpha() or at + 2 >= len(found):
        return None
    joint, other = found[at + 1], found[at + 2]
    if joint.form not in _AND or len(other.form) != 1 or not other.form.isalpha():
        return None
    letters = (found[at].form, other.form)
    return Word("".join(letters), f"{found[at].raw} {joint.raw} {other.raw}", letters, is_fixed=True)


def _is_month(found: list[Word], *places: int) -> bool:
    """Whether a month's name stands at one of the places; "may" counts beside a number only."""
    for place in places:
        form = found[place].form if 0 <= place < len(found) else ""
        if form != "may" and form in MONTHS:
            return True
        if form == "may" and any(
            found[beside].form[:1].isdigit() for beside in (place - 1, place + 1) if 0 <= beside < len(found)
        ):
            return True
    return False


def _date(date: re.Match[str], raw: str) -> Iterator[Word]:
    year, month, day = (date[1], date[2], date[3]) if date[1] else (date[6], date[5], date[4])
    yield Word(day.lstrip("0") or "0", raw, is_fixed=True)
    if 1 <= int(month) <= len(MONTH_NAMES):
        name = MONTH_NAMES[int(month) - 1]
        yield Word("May" if name == "may" else name, raw, is_fixed=True)
    yield Word(year, raw, is_fixed=True)


def _amount(found: list[Word], start: int) -> tuple[Word | None, int]:
    """Read an amount at `start`: return it, or None if there is none, and the place after what was read."""
    at = start
    currency = CURRENCIES.get(found[at].form, "")
    if currency:
        at += 1
    value, after, unit = _number(found, at)
    if value is None:
        return None, start + 1
    at = after
    if not currency and at < len(found) and found[at].form in CURRENCIES and not unit:
        currency = CURRENCIES[found[at].form]
        at += 1
    if not unit and not currency:
        unit, at = _unit(found, at)
    plain = _plain(value)
    raw = " ".join(word.raw for word in found[start:at]).replace("£ ", "£").replace("$ ", "$").replace("€ ", "€")
    if currency:
        return Word(currency + plain, raw, broad=plain, is_fixed=True), at
    return Word(plain + unit, raw, is_fixed=True), at


def _unit(found: list[Word], at: int) -> tuple[str, int]:
    here = found[at].form if at < len(found) else ""
    if here == "per" and at + 1 < len(found) and found[at + 1].form == "cent":
        return "%", at + 2
    return (_UNITS[here], at + 1) if here in _UNITS else ("", at)


def _number(found: list[Word], at: int) -> tuple[Decimal | None, int, str]:
    """Read digits or number words with their multipliers: the value, the place after, and a unit glued to it."""
    if at >= len(found):
        return None, at, ""
    form = found[at].form
    if glued := _GLUED.fullmatch(form):
        unit = _UNITS.get(glued[2], "")
        return Decimal(glued[1]) * (1 if unit else MULTIPLIERS.get(glued[2], 1)), at + 1, unit
    if form == "half":
        return _half(found, at)
    if _DIGITS.fullmatch(form):
        value, after = Decimal(form), at + 1
    elif form in NUMBER_WORDS:
        value, after = _spelt(found, at)
    else:
        return None, at, ""
    if form == "one" and not _multiplies(found, after):
        return None, at, ""
    while _multiplies(found, after) and value < _LARGEST:
        value, after = value * MULTIPLIERS[found[after].form], after + 1
    return value, after, ""


def _half(found: list[Word], at: int) -> tuple[Decimal | None, int, str]:
    """Read "half a billion"."""
    after = at + 1 + (at + 1 < len(found) and found[at + 1].form == "a")
    if _multiplies(found, after) and MULTIPLIERS[found[after].form] >= MULTIPLIERS["million"]:
        return Decimal(MULTIPLIERS[found[after].form]) / 2, after + 1, ""
    return None, at, ""


def _multiplies(found: list[Word], at: int) -> bool:
    """Whether "thousand", "m" or the like stands there; a capital M or K of its own does not count."""
    return at < len(found) and found[at].form in MULTIPLIERS and not found[at].is_fixed


_LARGEST = Decimal(10) ** 30


def _spelt(found: list[Word], at: int) -> tuple[Decimal, int]:
    """Read units and tens: "twenty five" is 25, "two three" stays 2."""
    value = NUMBER_WORDS[found[at].form]
    at += 1
    if value >= 20 and value % 10 == 0 and at < len(found) and 0 < NUMBER_WORDS.get(found[at].form, 0) < 10:  # noqa: PLR2004 — tens, then units
        value += NUMBER_WORDS[found[at].form]
        at += 1
    return Decimal(value), at


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.lstrip("0") or "0"
