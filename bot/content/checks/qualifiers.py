"""Words that say how exact a number is, by kind: “over 200” is neither “at least 200” nor “about 200”."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.content.checks.phrases import plain_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_KINDS: Final = {
    "more": ("over", "more than", "above", "exceeding", "in excess of", "greater than"),
    "least": ("at least", "a minimum of", "no fewer than", "no less than", "not less than", "… or more"),
    "most": ("up to", "at most", "a maximum of", "no more than", "not more than", "… or fewer", "… or less"),
    "less": ("under", "fewer than", "less than", "below"),
    "near": ("about", "around", "some", "roughly", "approximately", "… or so"),
    "nearly": ("almost", "nearly", "close to"),
}
"""Those of one kind mean the same; “…” stands for the number."""
_LONGEST_FIRST: Final = sorted((each for meaning in _KINDS.values() for each in meaning), key=len, reverse=True)
_REACH: Final = 30
"""Characters beside a number in which its qualifier is looked for."""


def kind_of(qualifier: str) -> str:
    """Return its kind."""
    return next(kind for kind, meaning in _KINDS.items() if qualifier in meaning)


def with_number(qualifier: str, number: str) -> str:
    """Return both as they are written."""
    return qualifier.replace("…", number) if "…" in qualifier else f"{qualifier} {number}"


def qualifier_at(text: str, start: int, end: int) -> str:
    """Return the qualifier that a text has at a number; "" for none. “No more than” is no “more than”."""
    before, behind = plain_words(text[max(0, start - _REACH) : start]), plain_words(text[end : end + _REACH])
    around = f" {' '.join(before)} … {' '.join(behind)} "
    return next((each for each in _LONGEST_FIRST if f" {with_number(each, '…')} " in around), "")


def qualifiers_of(number: Sequence[str], is_written: Callable[[Sequence[str]], bool]) -> dict[str, str]:
    """Return, by kind, the qualifiers with which a number (in plain words) is written somewhere."""
    words, found = " ".join(number), list[str]()
    for each in _LONGEST_FIRST:
        is_part = any(longer.endswith(f" {each}") for longer in found)
        if not is_part and is_written(with_number(each, words).split()):
            found.append(each)
    return {kind_of(each): each for each in reversed(found)}
