"""One word of a text, as look-ups compare it."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """One word of a text. `form` is what it is compared by, `raw` what was typed, for messages.

    `parts` are the forms that the same word has when written apart (GPT-4o: gpt, 4o), `broad` a form that says less
    (£500m: 500000000). `is_fixed`: a number, amount or acronym, which is never taken for a misspelling.
    `joins`: it may make one word with its neighbours (500 million, R & D).
    """

    form: str
    raw: str
    parts: tuple[str, ...] = ()
    broad: str = ""
    is_fixed: bool = False
    joins: bool = False
