"""Normal form of a question, as gaps keep it: the same for the same question, or the reason why it is not kept."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2s
from typing import TYPE_CHECKING, Final

from bot.gaps.private_content import Dropped, private_content
from bot.lookup.answer import LONGEST_QUERY
from bot.lookup.language.courtesy import bare
from bot.lookup.language.lexicon import QUESTION_WORDS
from bot.lookup.language.text import clean
from bot.lookup.language.tokens import key_of
from bot.lookup.query import TermKind
from bot.text import storable

if TYPE_CHECKING:
    from bot.lookup.answer import Lookup
    from bot.lookup.query import Term

LONGEST_KEPT: Final = 200
"""Characters; longer texts are pasted from somewhere."""
_MEANT: Final = QUESTION_WORDS | {"not", "no", "without", "much", "many"}
"""Small words that make another question of the same other words."""


@dataclass(frozen=True, slots=True)
class NormalForm:
    """A question that may be kept: `words` to read, and to look up again; `key` is the same for the same question."""

    words: str
    key: str

    def id_in(self, team: str) -> str:
        """Return what stands for the question in a workspace."""
        return blake2s(f"{team}\0{self.key}".encode("utf-8", "replace"), digest_size=16).hexdigest()


def normal_form(text: str, lookup: Lookup) -> NormalForm | Dropped:
    """Return the normal form of what somebody typed, or why nothing of it is kept.

    The words are those that the look-up reads: without a greeting, please and thanks, accents and odd blanks. Two
    questions are the same when the look-up reads the same words, misspelt or not, in one order, but for small words.
    """
    if len(text) > LONGEST_QUERY:
        return Dropped.LONG
    if found := private_content(text, lookup.knows):
        return found
    words = storable(clean(bare(text)))
    if len(words) > LONGEST_KEPT:
        return Dropped.LONG
    terms = lookup.read(words).terms
    if not any(term.kind is TermKind.SUBJECT for term in terms):
        return Dropped.NO_SUBJECT
    return NormalForm(words, " ".join(key_of(term.word.form) for term in terms if _counts(term)))


def _counts(term: Term) -> bool:
    return term.kind is not TermKind.FUNCTION or term.word.form in _MEANT
