"""What is counted over all facts of one moment: the forms that they hold, by number."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.content.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.lookup.language.acronyms import Acronym
    from bot.lookup.tables.form_table import FormTable
    from bot.lookup.tables.texts import FactWords


_BATCH = 1000
"""Forms that are counted in a millisecond."""


@dataclass(slots=True)
class Counts:
    """How many facts hold each form and each key, by number; every count is exact after any row of updates."""

    forms: array[int] = field(default_factory=lambda: array("i"))
    keys: array[int] = field(default_factory=lambda: array("i"))
    acronyms: dict[Acronym, int] = field(default_factory=dict)
    statement_words: int = 0
    keyword_words: int = 0
    keywords: int = 0

    def copy(self) -> Counts:
        """Return the same counts, to be changed apart."""
        return Counts(
            self.forms[:],
            self.keys[:],
            self.acronyms.copy(),
            self.statement_words,
            self.keyword_words,
            self.keywords,
        )

    def take(self, tally: Tally, step: int) -> list[int]:
        """Add (step 1) or take away (step -1) facts.

        Return the numbers of the forms that no fact held before, or that none holds now.
        """
        self.statement_words += step * tally.statement_words
        self.keyword_words += step * tally.keyword_words
        self.keywords += step * tally.keywords
        for acronym in tally.acronyms:
            self._count_acronym(acronym, step)
        begun_and_gone = []
        for batch in in_turns(tally.forms.items(), _BATCH):
            for number, found in batch:
                before = self.forms[number]
                self.forms[number] = after = before + step * found
                if not (before and after):
                    begun_and_gone.append(number)
        for number, found in tally.keys.items():
            self.keys[number] += step * found
        return begun_and_gone

    def make_room(self, table: FormTable) -> None:
        """Let every form and key of the table be counted."""
        for counted in (self.forms, self.keys):
            counted.frombytes(bytes(counted.itemsize * (len(table.forms) - len(counted))))

    def _count_acronym(self, acronym: Acronym, step: int) -> None:
        left = self.acronyms.get(acronym, 0) + step
        if left:
            self.acronyms[acronym] = left
        else:
            del self.acronyms[acronym]


class Tally:
    """Counts some facts."""

    def __init__(self, table: FormTable | None) -> None:
        """Begin with none. `table` has the keys of the forms; without it keys are not counted."""
        self._table = table
        self.forms: Counter[int] = Counter()
        self.keys: Counter[int] = Counter()
        self.acronyms: list[Acronym] = []
        self.statement_words = self.keyword_words = self.keywords = 0

    def add(self, facts: Iterable[FactWords]) -> None:
        """Count facts."""
        forms: list[int] = []
        keys: list[int] = []
        for numbers, statement_length, acronyms in facts:
            held = set(numbers)
            held.discard(0)
            forms += held
            if self._table:
                keys += set(map(self._table.key_number_of, held))
            self.acronyms += acronyms
            breaks = numbers.count(0)
            self.statement_words += statement_length
            self.keyword_words += len(numbers) - statement_length - breaks
            self.keywords += breaks + (len(numbers) > statement_length and numbers[-1] > 0)
        self.forms.update(forms)
        self.keys.update(keys)


def at(counts: array[int], number: int | None) -> int:
    """Return a count; 0 for what was numbered after these were counted."""
    return counts[number] if number is not None and number < len(counts) else 0
