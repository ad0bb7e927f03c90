"""Why a look-up answered as it did, in one plain sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.lookup.query import TermKind
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.content.models import Fact
    from bot.lookup.query import Query

_WORD_LIMIT = 40


def shown_instead(corrected: Mapping[str, str], expanded: Mapping[str, str]) -> str:
    """Say which words were corrected, and what acronyms stand for; empty when neither."""
    told = [f"showing “{used}” for “{_cut(typed)}”" for typed, used in corrected.items()]
    told += [f"{_cut(_as_written(typed, meaning))} = {meaning}" for typed, meaning in expanded.items()]
    text = "; ".join(told)
    return _sentence(text) if corrected or not told else f"{text}."  # an acronym keeps its letters


def _as_written(typed: str, meaning: str) -> str:
    """Return an acronym with the capitals that its meaning gives it (MoU), or as it was typed."""
    words = re.findall(r"[^\W\d_]+", meaning)
    for chosen in (words, [word for word in words if word[0].isupper()]):
        made = "".join(word if word.isupper() else word[0] for word in chosen)
        if made.casefold() == typed.casefold():
            return made
    return typed


def withdrawn(fact: Fact) -> str:
    """Say that the fact which held this is no longer served, since when and why."""
    if fact.withdrawn is None:
        return "The fact that held this was superseded by one that is withdrawn."
    return f"The fact that held this was withdrawn on {day(fact.withdrawn.on)}: {fact.withdrawn.why}"


def unmatched(query: Query) -> tuple[str, ...]:
    """Return the words that no fact holds; where each is held, all words that are needed."""
    subject = [term for term in query.terms if term.kind is TermKind.SUBJECT]
    needed = [term for term in subject if term.is_needed] or subject
    return tuple(term.word.raw for term in needed if not term.is_known) or tuple(term.word.raw for term in needed)


def nothing_held(query: Query) -> str:
    """Say which words no fact holds, or that no one fact holds them all."""
    words = unmatched(query)
    if len(words) == 1 or any(term.word.raw in words and not term.is_known for term in query.terms):
        return f"No fact mentions {_listed(words, 'or')}."
    return f"No one fact holds {_listed(words, 'and')} together."


def not_mentioned(query: Query, missing: Sequence[str]) -> str:
    """Say which words the closest fact lacks: words that no fact holds, or that others hold."""
    unknown = [term.word.raw for term in query.terms if not term.is_known and term.word.raw in missing]
    if unknown:
        return f"No fact mentions {_listed(unknown, 'or')}."
    if missing:
        return f"No one fact holds {_listed(missing, 'and')} together with the rest."
    return "No fact gives that number." if query.asks_number else "No fact says quite that."


def perhaps_meant(typed: str, meant: str) -> str:
    """Say which word no fact holds, and the one that may have been meant."""
    return f"No fact mentions “{_cut(typed)}”. Perhaps “{meant}” was meant."


def _listed(raw: Iterable[str], joint: str) -> str:
    told = [f"“{_cut(word)}”" for word in dict.fromkeys(raw)][:4]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} {joint} {told[-1]}"


def _cut(word: str) -> str:
    return word if len(word) <= _WORD_LIMIT else word[: _WORD_LIMIT - 1] + "…"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""
