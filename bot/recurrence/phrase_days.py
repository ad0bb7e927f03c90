"""Parse the days of a rule: `weekdays`, `mon,thu`, `first monday`, `monthly 1`, `fortnightly tue`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot.recurrence.dates import WEEKDAY_PATTERN, weekday_number
from bot.recurrence.rule import EVERY_DAY, LAST, MONDAY_TO_FRIDAY, Days, Repeat
from bot.recurrence.scanner import HOLE
from bot.text import WEEKDAYS, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.recurrence.scanner import Scanner

_EXAMPLES: Final = "Choose days such as weekdays, mon,thu or first monday."
_WEEKEND: Final = (5, 6)
_LONGEST_MONTH: Final = 31
_ORDINALS: Final = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "last": LAST,
}
_FLAGS: Final = re.IGNORECASE | re.ASCII
"""Without ASCII, `i` would also match the Turkish dotless i and similar letters."""
_TO: Final = r"(?: ?- ?| to | through )"
_SPAN: Final = rf"{WEEKDAY_PATTERN}(?:{_TO}{WEEKDAY_PATTERN})?"
_EACH_SPAN: Final = re.compile(rf"\b(?P<first>{WEEKDAY_PATTERN})(?:{_TO}(?P<last>{WEEKDAY_PATTERN}))?", _FLAGS)
_DAY_NUMBER: Final = re.compile(r"0?[1-9]|[12][0-9]|3[01]")
_MONTHLY: Final = r"(?:monthly|(?:every|each) month)"
_OF_MONTH: Final = r"(?: (?:of |in |each |every )(?:(?:the|each|every|a) )?month)?"


def _phrase(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/-])(?:{pattern})(?![\w/-])", _FLAGS)


_UNKNOWN: Final = _phrase(
    r"hourly|bi-?weekly|bi-?monthly|quarterly|yearly|annually|(?:once|twice|three times) an? (?:day|week|month|year)"
    r"|every \d+ (?:minutes?|hours?|days?|months?|years?)|every (?:minute|hour|quarter|year)"
)
_FORTNIGHT: Final = _phrase(
    rf"every (?:other|second|2nd)(?= {WEEKDAY_PATTERN}(?![\w-]))(?! {WEEKDAY_PATTERN} (?:of|in) )"
    r"|fortnightly|(?:every|each) fortnight|every (?:other|second|two|2) weeks?"
)
_WEEK: Final = _phrase(r"weekly|(?:every|each) week")
_MONTH: Final = _phrase(rf"{_MONTHLY}|of (?:the|every|each) month")
_ON_ORDINAL: Final = _phrase(
    rf"(?:on )?(?:the |every )?(?P<ordinal>{'|'.join(_ORDINALS)}|fifth|5th) (?P<weekday>{WEEKDAY_PATTERN}){_OF_MONTH}"
)
_ON_WORKING_DAY: Final = _phrase(
    rf"(?:on )?(?:the |every )?(?P<ordinal>{'|'.join(_ORDINALS)}|fifth|5th)"
    rf" (?:weekday|(?:work|working|business) ?day){_OF_MONTH}"
)
_ON_DAY: Final = _phrase(
    rf"(?P<last>{_MONTHLY} (?:on )?(?:the )?last(?: day)?|(?:on )?(?:the )?last day){_OF_MONTH}"
    rf"|{_MONTHLY} (?:on )?(?:the |day )?(?P<number>\d+)(?:st|nd|rd|th)?"
    rf"|(?:on )?(?:the )?(?P<nth>\d+)(?:st|nd|rd|th){_OF_MONTH}"
)
_FIRST_OF_MONTH: Final = _phrase(r"first(?= of (?:the|each|every) month)")
_EVERY_DAY: Final = _phrase(r"daily|every ?day|each day|(?:every|each)(?= (?:morning|afternoon|evening|night)(?!\w))")
_WORKING: Final = _phrase(r"(?:(?:every|each|on) )?(?:weekdays?|(?:work|working|business) ?days?)")
_AT_WEEKENDS: Final = _phrase(r"(?:(?:every|each|on|at) )?weekends?")
_LIST: Final = _phrase(rf"(?:(?:on|every|each) )*{_SPAN}(?:(?: ?[,;&/+] ?(?:and )?| and | ){_SPAN})*")


_ORDINAL_ALONE: Final = re.compile(
    rf"(?<![\w/-])(?:on )?(?:the |every )?(?P<said>{'|'.join(_ORDINALS)}|fifth|5th)(?= ?(?:{HOLE}|\d{{1,2}}$|$))",
    _FLAGS,
)
_WORD: Final = re.compile(r"(?<![\w/])[^\W\d_]{5,12}(?![\w/])")
_EXACT: Final = re.compile(
    rf"{WEEKDAY_PATTERN}|weekdays?|weekends?|weeks?|months?|fortnights?|daily|weekly|monthly|fortnightly", _FLAGS
)
_BEFORE_A_DAY: Final = re.compile(
    rf"(?<![\w/-])(?P<said>[a-z]{{4,7}})(?= (?:{WEEKDAY_PATTERN}|weekday)(?![\w-]))", _FLAGS
)
_SCORE_CUTOFF: Final = 82  # accepts “tuseday”, not “money”
_NAMES: Final = ("weekdays", "daily", "weekends", "monthly", "weekly", "fortnightly", *WEEKDAYS)
_IN_LETTERS: Final = tuple(name for name in _ORDINALS if name.isalpha())


def take_days(phrases: Scanner, today: date) -> tuple[Days | None, str]:
    """Cut the days out of a text; return them, what is wrong with them, or neither when it has none.

    Misspelt days are returned with the question whether they are meant. A fortnightly rule begins with the first of its
    days from `today` on.
    """
    unknown = phrases.take(_UNKNOWN)
    for match in reversed(list(_FIRST_OF_MONTH.finditer(phrases.text))):
        phrases.put(match.start(), match.end(), "1st")
    question = _correct(phrases)
    days, problem = _exact_days(phrases, today)
    if unknown:
        return None, f"I can’t post {shown(unknown[0][0])}. {_EXAMPLES}"
    return days, question or problem


def _exact_days(phrases: Scanner, today: date) -> tuple[Days | None, str]:
    """Cut out days that are spelt right. The most specific phrases are matched first."""
    fortnights = phrases.take(_FORTNIGHT)
    found: list[tuple[str, Days | str]] = [
        *((match[0], _on_working_day(match)) for match in phrases.take(_ON_WORKING_DAY)),
        *((match[0], _on_ordinal(match)) for match in phrases.take(_ON_ORDINAL)),
        *((match[0], _on_day(match)) for match in phrases.take(_ON_DAY)),
    ]
    weeks, months = phrases.take(_WEEK), phrases.take(_MONTH)
    for pattern, weekdays in ((_EVERY_DAY, EVERY_DAY), (_WORKING, MONDAY_TO_FRIDAY), (_AT_WEEKENDS, _WEEKEND)):
        found += [(match[0], Days(Repeat.WEEKLY, weekdays)) for match in phrases.take(pattern)]
    found += [(match[0], Days(Repeat.WEEKLY, _weekdays(match[0]))) for match in phrases.take(_LIST)]
    every = {
        Repeat.FORTNIGHTLY: [match[0] for match in fortnights],
        Repeat.WEEKLY: [match[0] for match in weeks],
        Repeat.MONTHLY_ON_DAY: [match[0] for match in months],
    }
    if not found and (alone := phrases.take(_ORDINAL_ALONE)):
        said = alone[0]["said"]
        return None, f"{shown(said)} needs a day: {said} Monday, for example, or {said} working day."
    return _one_of(found, {repeat: said[0] for repeat, said in every.items() if said}, today)


def _correct(phrases: Scanner) -> str:
    """Correct words that are nearly days, or nearly `first` to `last` before a day; return the question about one."""
    question = ""
    for pattern, meant_by in ((_WORD, _day_meant), (_BEFORE_A_DAY, _ordinal_meant)):
        for match in reversed(list(pattern.finditer(phrases.text))):
            if meant := meant_by(match[0]):
                phrases.put(match.start(), match.end(), meant)
                question = f"I don’t recognise {shown(match[0])}. Did you mean {meant}?"
    return question


def _day_meant(word: str) -> str:
    """Return the name of the days that a word is a misspelling of, or ""."""
    if _EXACT.fullmatch(word):
        return ""
    match = process.extractOne(word, _NAMES, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=_SCORE_CUTOFF)
    return match[0] if match else ""


def _ordinal_meant(word: str) -> str:
    """Return the ordinal that a word is a misspelling of, by one letter or two that swapped places, or ""."""
    match = process.extractOne(word.casefold(), _IN_LETTERS, scorer=OSA.distance, score_cutoff=1)
    return match[0] if match and match[1] else ""


def _one_of(found: list[tuple[str, Days | str]], every: Mapping[Repeat, str], today: date) -> tuple[Days | None, str]:
    """Combine the days found with the words for how often; return them, or what is wrong."""
    if not found:
        return None, f"{shown(next(iter(every.values())))} needs a day. {_EXAMPLES}" if every else ""
    said, days = found[0]
    if isinstance(days, str):
        return None, days
    if len(found) > 1:
        return None, f"A schedule can’t have both {shown(said)} and {shown(found[1][0])}. Subscribe twice to get both."
    is_weekly = days.repeat is Repeat.WEEKLY
    fits = {Repeat.WEEKLY, Repeat.FORTNIGHTLY} if is_weekly else {Repeat.MONTHLY_ON_DAY}
    for repeat, often in every.items():
        if repeat not in fits or len(every) > 1:
            return None, f"{shown(often)} and {shown(said)} can’t be combined. {_EXAMPLES}"
    return (_fortnightly(days, today) if Repeat.FORTNIGHTLY in every else days), ""


def _on_ordinal(match: re.Match[str]) -> Days | str:
    ordinal = _ORDINALS.get(match["ordinal"].casefold())
    if ordinal is None:
        return f"Not every month has a {match['ordinal']} {match['weekday']}. Try last {match['weekday']}."
    return Days(Repeat.MONTHLY_ON_WEEKDAY, (weekday_number(match["weekday"]),), ordinal=ordinal)


def _on_working_day(match: re.Match[str]) -> Days | str:
    ordinal = _ORDINALS.get(match["ordinal"].casefold())
    if ordinal not in {1, LAST}:
        return f"I can’t post {shown(match[0])}. Try first working day or last working day."
    return Days(Repeat.MONTHLY_ON_WORKING_DAY, ordinal=ordinal)


def _on_day(match: re.Match[str]) -> Days | str:
    if match["last"]:
        return Days(Repeat.MONTHLY_ON_DAY, day=_LONGEST_MONTH)
    said = match["number"] or match["nth"]
    if not _DAY_NUMBER.fullmatch(said):
        return f"No month has a day {shown(said)}. Use 1 to 31, or last."
    return Days(Repeat.MONTHLY_ON_DAY, day=int(said))


def _weekdays(said: str) -> tuple[int, ...]:
    """Return the weekdays of a list; `fri-mon` wraps over the weekend."""
    found: set[int] = set()
    for span in _EACH_SPAN.finditer(said):
        first = weekday_number(span["first"])
        last = weekday_number(span["last"] or span["first"])
        found.update((first + more) % 7 for more in range((last - first) % 7 + 1))
    return tuple(sorted(found))


def _fortnightly(days: Days, today: date) -> Days:
    wait = min((weekday - today.weekday()) % 7 for weekday in days.weekdays)
    return replace(days, repeat=Repeat.FORTNIGHTLY, anchor=today + timedelta(days=wait))
