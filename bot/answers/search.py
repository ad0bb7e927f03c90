"""Finding facts step by step: the next related ones, and what may be meant while somebody is still typing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.errors import BriefingBotError
from bot.lookup.answer import LONGEST_QUERY
from bot.messages import TOO_OLD, Action, Choice, Outcome, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.answers.snapshot import RevisionSnapshot, Snapshots
    from bot.content.models import Fact
    from bot.lookup.answer import Answer

PAGE: Final = 5
"""Related facts told at once."""
SUGGESTED: Final = 10
"""Facts suggested while somebody types."""


@dataclass(frozen=True, slots=True)
class Related:
    """A fact as templates/more.md.j2 tells it; `area` is its area's title."""

    fact: Fact
    area: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """Facts that may be meant: those that hold the words, or, when none does, those that are near and no answer."""

    facts: tuple[Fact, ...]
    are_near: bool


class FactSearch:
    """Pages through related facts and suggests facts. Takes plain words, as typed."""

    def __init__(self, snapshots: Snapshots) -> None:
        """Nothing is read before somebody asks."""
        self._snapshots = snapshots

    async def more(self, value: str) -> Reply:
        """Show the next facts that hold the words; `value` is how many were shown, and the words.

        Raises BriefingBotError for a value of another form.
        """
        shown, _, words = value.partition(" ")
        if not (shown.isascii() and shown.isdigit() and words.strip()):
            raise BriefingBotError(TOO_OLD, "Ask again.")
        snapshot = await self._snapshots.snapshot()
        answer = snapshot.lookup.ask(words)
        found = _held(answer)
        start = int(shown)
        page = found[start : start + PAGE]
        if not page:
            raise BriefingBotError("There are no more facts on that now.", "Ask again: /fact and a few words.")
        titles = {area.key: area.title for area in snapshot.content.areas}
        related = [Related(fact, titles[fact.area]) for fact in page]
        markdown = snapshot.renderer.page(
            "more", related=related, first=start + 1, last=start + len(page), count=len(found)
        )
        return Reply(Outcome.RELATED, markdown, choices=tuple(_choices(page, start + PAGE, len(found), words)))

    async def suggest(self, words: str) -> Suggested:
        """Return the facts that the words may be the beginning of a question for, best first."""
        snapshot = await self._snapshots.snapshot()
        if not words.strip() or len(words) > LONGEST_QUERY:
            return Suggested((), are_near=False)
        answer = snapshot.lookup.ask(words)
        if answer.facts:
            return Suggested(_held(answer)[:SUGGESTED], are_near=False)
        if begun := _begun(snapshot, words):
            return Suggested(begun[:SUGGESTED], are_near=False)
        facts = snapshot.content.facts
        near = dict.fromkeys(each.fact_id for each in answer.suggestions)
        return Suggested(tuple(facts[each] for each in near), are_near=True)


def _held(answer: Answer) -> tuple[Fact, ...]:
    return (*(each.fact for each in answer.facts), *answer.further)


def _begun(snapshot: RevisionSnapshot, words: str) -> tuple[Fact, ...]:
    """Return the facts that hold all words but the last, and a word that begins with that."""
    before, _, start = words.casefold().rpartition(" ")
    if not before.strip() or not start:
        return ()
    held = _held(snapshot.lookup.ask(before))
    return tuple(fact for fact in held if any(word.startswith(start) for word in _words_of(fact)))


def _words_of(fact: Fact) -> list[str]:
    return " ".join((fact.statement, *fact.keywords)).casefold().split()


def _choices(page: Sequence[Fact], shown: int, count: int, words: str) -> Iterator[Choice]:
    """Yield what can be asked next: each fact by itself, the next page, and the answer again."""
    for fact in page:
        yield Choice(Action.FACT, fact.short or fact.statement, fact.id)
    if shown < count:
        yield Choice(Action.MORE, f"More ({count - shown} left)", f"{shown} {words}")
    yield Choice(Action.LOOKUP, "Back to the answer", words)
