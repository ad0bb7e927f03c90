"""Search beyond the first answer: pages of related facts, and suggestions while somebody types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.actions import TOO_OLD, Action, Choice
from bot.errors import BriefingBotError
from bot.lookup.answer import LONGEST_QUERY
from bot.messages import Outcome, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.answers.snapshot import RevisionSnapshot
    from bot.content.models import Fact
    from bot.lookup.result import Answer

PAGE: Final = 4
"""Related facts on one page: with the way back, a menu takes no more."""
SUGGESTED: Final = 10
"""Facts suggested while somebody types."""


@dataclass(frozen=True, slots=True)
class Related:
    """A fact in templates/more.md.j2: its place among all of them, from 1, and its area's title."""

    number: int
    fact: Fact
    area: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """Suggested facts: matches, or, where there are none, facts on the same subject (`are_near`)."""

    facts: tuple[Fact, ...]
    are_near: bool


def more_related(snapshot: RevisionSnapshot, value: str) -> Reply:
    """Return the next page of related facts; `value` is the number of facts already shown, and the query.

    Raises BriefingBotError for a malformed value, and past the last page.
    """
    shown, _, words = value.partition(" ")
    if not (shown.isascii() and shown.isdigit() and words.strip()):
        raise BriefingBotError(TOO_OLD, "Ask again.")
    found = _matches(snapshot.lookup.ask(words))
    start = int(shown)
    page = found[start : start + PAGE]
    if not page:
        raise BriefingBotError("There are no more facts on that now.", "Ask again: /fact and a few words.")
    titles = {area.key: area.title for area in snapshot.content.areas}
    related = [Related(number, fact, titles[fact.area]) for number, fact in enumerate(page, start=start + 1)]
    markdown = snapshot.renderer.page(
        "more", related=related, first=start + 1, last=start + len(page), count=len(found)
    )
    return Reply(Outcome.RELATED, markdown, choices=tuple(_choices(page, start + 1, len(found), words)))


def suggest(snapshot: RevisionSnapshot, words: str) -> Suggested:
    """Return the facts that an unfinished query may mean, best first."""
    if not words.strip() or len(words) > LONGEST_QUERY:
        return Suggested((), are_near=False)
    answer = snapshot.lookup.ask(words)
    if matches := (_matches(answer) if answer.outcome == "answer" else ()) or _completions(snapshot, words):
        return Suggested(matches[:SUGGESTED], are_near=False)
    facts = snapshot.content.facts
    near = dict.fromkeys([*(each.fact.id for each in answer.facts), *(each.fact_id for each in answer.suggestions)])
    return Suggested(tuple(facts[each] for each in near), are_near=True)


def _matches(answer: Answer) -> tuple[Fact, ...]:
    return (*(each.fact for each in answer.facts), *answer.further)


def _completions(snapshot: RevisionSnapshot, words: str) -> tuple[Fact, ...]:
    """Return the facts that match all words but the last, and contain a word that begins with the last."""
    before, _, start = words.casefold().rpartition(" ")
    if not before.strip() or not start:
        return ()
    answer = snapshot.lookup.ask(before)
    found = _matches(answer) if answer.outcome == "answer" else ()
    return tuple(fact for fact in found if any(word.startswith(start) for word in _words_of(fact)))


def _words_of(fact: Fact) -> list[str]:
    return " ".join((fact.statement, *fact.keywords)).casefold().split()


def _choices(page: Sequence[Fact], first: int, count: int, words: str) -> Iterator[Choice]:
    """Yield the buttons: the next page, or back to the answer, and one for each fact by its number."""
    left = count - first - len(page) + 1
    back = Choice(Action.LOOKUP, "Back to the answer", words)
    yield Choice(Action.MORE, f"More ({left} left)", f"{count - left} {words}") if left else back
    for number, fact in enumerate(page, start=first):
        yield Choice(Action.FACT, f"Show {number}", fact.id)
    if left:
        yield back
