"""Which forms are the same word: British or American, singular or plural, sign, signed or signing."""

from __future__ import annotations

import re
from functools import lru_cache

import tantivy

from bot.lookup.lexicon import one_spelling

_STEMMER = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(tantivy.Filter.stemmer("english")).build()

_PLURAL_ACRONYM = re.compile(r"[^aeiouy]{2,}e?s(?<!ss)")
"""SMEs, LLMs: Porter2 leaves an s that no vowel, or only the one beside it, stands before."""


@lru_cache(maxsize=8192)
def key_of(form: str) -> str:
    """Return the key under which a form is indexed: its stem by Porter2, after one spelling; numbers stay as they are.

    Two forms with one key count as the same word, and the ranker prefers the same form.
    """
    if not form.isalpha() or not form.isascii() or not form.islower():
        return form
    stems = _STEMMER.analyze(one_spelling(form))
    stem: str = stems[0] if stems else form
    return stem[:-1] if _PLURAL_ACRONYM.fullmatch(stem) else stem
