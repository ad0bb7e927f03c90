"""Numbers for the forms that facts hold, and for their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lookup.language.tokens import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        self.known_keys: dict[str, tuple[int, ...]] = {}
        """Each key's number, then those of its forms."""
        self.__missing__(BREAK)

    def key_number(self, key: str) -> int | None:
        """Return the key's number, None if it has none."""
        known = self.known_keys.get(key)
        return None if known is None else known[0]

    def key_number_of(self, number: int) -> int:
        """Return the number of the key of the form with this number."""
        return self.known_keys[self.form_keys[number]][0]

    def alike(self, key: str) -> Iterable[int]:
        """Return the numbers of the forms that have the key."""
        return self.known_keys.get(key, ())[1:]

    def __missing__(self, form: str) -> int:
        """Give a form its number."""
        number = len(self.forms)
        key = key_of.__wrapped__(form)  # each form is asked for once: a cache would only grow
        known = self.known_keys.get(key) or (len(self.known_keys),)
        self.known_keys[key] = (*known, number)
        self.forms.append(form)
        self.form_keys.append(form if key == form else key)
        self[form] = number
        return number
