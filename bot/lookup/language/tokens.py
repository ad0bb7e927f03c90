"""Tokens of a text and the key under which each is indexed: one for British and American, singular and plural."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import tantivy

from bot.lookup.language.lexicon import one_spelling


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


_STEMMER = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(tantivy.Filter.stemmer("english")).build()


_PLURAL_ACRONYM = re.compile(r"[^aeiouy]{2,}e?s(?<!ss)")
"""SMEs, LLMs: Porter2 leaves an s that no vowel, or only the one beside it, stands before."""

_APART = {
    form: words.split()[0]
    for words in (
        "accountable accountability",
        "cheque cheques",
        "experience experienced experiences",
        "governance",
        "important importance importantly",
        "objection objections",
        "production productions",
        "publication publications",
        "responsible responsibility responsibilities responsibly",
        "severe severely severity",
        "universe universes universal universally",
    )
    for form in words.split()
}
"""Words that Porter2 gives the stem of words with another meaning: governance is not government."""


@lru_cache(maxsize=8192)
def key_of(form: str) -> str:
    """Return the key under which a form is indexed: its stem by Porter2, after one spelling; numbers stay as they are.

    Two forms with one key count as the same word, and the ranker prefers the same form.
    """
    if not form.isalpha() or not form.isascii() or not form.islower():
        return form
    if form in _APART:
        return _APART[form]
    stems = _STEMMER.analyze(one_spelling(form))
    stem: str = stems[0] if stems else form
    return stem[:-1] if _PLURAL_ACRONYM.fullmatch(stem) else stem
