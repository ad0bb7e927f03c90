"""What is counted over all facts of one moment: the forms that they hold, by number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.lookup.language.tokens import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.lookup.language.acronyms import Acronym

BREAK = ""
"""Stands between two keywords, so that words of different keywords are never neighbours; its number is 0."""


class FormTable(dict[str, int]):
    """Numbers for forms and their keys: `table[form]` is its number, a new one if it had none.

    It only grows, so that every moment of an index shares it.
    """

    def __init__(self) -> None:
        """Begin with BREAK alone."""
        super().__init__()
        self.forms: list[str] = []
        self.form_keys: list[str] = []
        """Each form's key, by the form's number."""
        self.key_numbers: list[int] = []
        """Each form's key's number, by the form's number."""
        self._keys: dict[str, tuple[int, list[int]]] = {}
        self.__missing__(BREAK)

    def key_number(self, key: str) -> int | None:
        """Return the key's number, None if it has none."""
        known = self._keys.get(key)
        return None if known is None else known[0]

    def alike(self, key: str) -> Iterable[int]:
        """Return the numbers of the forms that have the key."""
        known = self._keys.get(key)
        return () if known is None else known[1]

    def __missing__(self, form: str) -> int:
        """Give a form its number."""
        number = len(self.forms)
        key = key_of(form)
        key_number, alike = self._keys.setdefault(key, (len(self._keys), []))
        self.forms.append(form)
        self.form_keys.append(key)
        self.key_numbers.append(key_number)
        alike.append(number)
        self[form] = number
        return number


@dataclass(slots=True)
class Counts:
    """How many facts hold each form and each key, by number; every count is exact after any row of updates."""

    forms: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    acronyms: dict[Acronym, int] = field(default_factory=dict)
    statement_words: int = 0
    keyword_words: int = 0
    keywords: int = 0

    def copy(self) -> Counts:
        """Return the same counts, to be changed apart."""
        return Counts(
            self.forms.copy(),
            self.keys.copy(),
            self.acronyms.copy(),
            self.statement_words,
            self.keyword_words,
            self.keywords,
        )

    def make_room(self, table: FormTable) -> None:
        """Let every form and key of the table be counted."""
        size = len(table.forms)
        self.forms.extend([0] * (size - len(self.forms)))
        self.keys.extend([0] * (size - len(self.keys)))

    def count(self, held: set[int], table: FormTable, step: int) -> None:
        """Add (step 1) or take away (step -1) a fact that holds these forms."""
        forms, keys, key_numbers = self.forms, self.keys, table.key_numbers
        for number in held:
            forms[number] += step
        for number in {key_numbers[number] for number in held}:
            keys[number] += step

    def count_acronyms(self, acronyms: Iterable[Acronym], step: int) -> None:
        """Add or take away what a fact's acronyms stand for."""
        for acronym in acronyms:
            left = self.acronyms.get(acronym, 0) + step
            if left:
                self.acronyms[acronym] = left
            else:
                del self.acronyms[acronym]
