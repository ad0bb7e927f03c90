"""What holds for any words: what a fact holds as typed comes before what it holds by a correction."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.lookup.answer import Lookup
from bot.lookup.language.spelling import is_plain
from bot.lookup.language.tokens import key_of
from tests.bot.lookup.conftest import content, fact

CONSONANTS, VOWELS = "bdfgklmnprtv", "aou"
SYLLABLES = st.sampled_from([consonant + vowel for consonant in CONSONANTS for vowel in VOWELS])
MADE_UP = st.lists(SYLLABLES, min_size=4, max_size=5).map("".join)
"""Words of eight to ten letters, none of them English."""


@settings(max_examples=40)
@given(
    MADE_UP,
    st.integers(1, 7),
    st.sampled_from(CONSONANTS),
    st.sampled_from(["", "may one day, if all goes well, "]),
    st.integers(1, 3),
)
def test_exact_is_never_ranked_below_corrected(word: str, place: int, letter: str, detour: str, times: int) -> None:
    near = word[:place] + letter + word[place + 1 :]
    assume(key_of(near) != key_of(word) and not is_plain(word) and not is_plain(near))
    typed = fact("typed", f"The Port {detour}build {word}.")
    other = fact("other", f"The Port builds {' and '.join([near] * times)}.", near)
    both = Lookup(content(typed, other))
    assert [both.ask(word).facts[0].fact, dict(both.ask(word).corrected)] == [typed, {}]
    ranked = [found.entry.fact.id for found in both.search(f"{word} port", 10)]
    assert ranked[0] == "typed"
    alone = Lookup(content(other)).ask(word)
    assert dict(alone.corrected) == {word: near}
    assert alone.facts[0].fact is other


@settings(max_examples=40)
@given(st.lists(MADE_UP, min_size=1, max_size=4, unique=True))
def test_an_answer_never_says_a_word_was_corrected_that_a_fact_holds(words: list[str]) -> None:
    lookup = Lookup(content(*(fact(f"fact-{number}", f"It is {word}.") for number, word in enumerate(words))))
    for number, word in enumerate(words):
        answer = lookup.ask(word)
        assert answer.facts[0].fact.id == f"fact-{number}"
        assert not answer.corrected
