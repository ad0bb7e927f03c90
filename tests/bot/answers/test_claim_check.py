"""A message against the facts: what is a sentence, what is held on it, and where it sounds firmer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers.claim_check import MOST_CHARACTERS, MOST_SENTENCES, check_message, sentences
from bot.answers.claim_parts import halves, together
from bot.messages import Outcome
from handlers.rendering.blocks import to_text
from tests.support.snapshots import snapshot_of

if TYPE_CHECKING:
    from bot.lookup.result import Answer

SNAPSHOT = snapshot_of()


def check(words: str) -> str:
    """Return what is said of a message, as plain text."""
    reply = check_message(SNAPSHOT, words)
    assert reply.outcome is Outcome.CHECK
    return to_text(reply.markdown) or reply.note


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("One. Two! Three? Four", ("One.", "Two!", "Three?", "Four")),
        ("It cost £1.5bn in No. 10, says Dr. Smith. The U.K. agreed.", 2),
        ("- one\n- two\n\n3. three", ("one", "two", "three")),
        ("Yes. 1. The first. 2) The second", ("Yes.", "The first.", "The second")),
        ("He said “Yes.” Then he left.", ("He said “Yes.”", "Then he left.")),
        ("… --- 123 !!", ()),
        (" \n\t ", ()),
        ("one e.g. two", ("one e.g. two",)),
        ("ends with Dr.\nNext line", ("ends with Dr.", "Next line")),
        ("Mr. Smith of No. 10 left. 12. No. 11 stayed", ("Mr. Smith of No. 10 left.", "No. 11 stayed")),
        ("It is in Section A. 1. The rest", ("It is in Section A. 1.", "The rest")),
    ],
)
def test_sentences(words: str, found: tuple[str, ...] | int) -> None:
    told = sentences(words)
    assert (len(told) if isinstance(found, int) else told) == found


@pytest.mark.parametrize("part", ["No. 1 ", "A. ", "Mr. ", ".    ", "x", "1. "])
def test_the_longest_message_that_slack_keeps_is_read(part: str) -> None:
    """How long it takes is in bench/text.py."""
    assert all(sentences(part * (MOST_CHARACTERS // len(part))))


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("GOV.UK Chat runs on OpenAI's models", ("Corrected 22 November 2026: ", "Since then: GOV.UK Chat composes")),
        (
            "OpenAI announced Stargate UK with Nscale",
            ("OpenAI paused its infrastructure plan Stargate UK on 9 April 2026",),
        ),
    ],
)
def test_a_fact_is_shown_with_its_correction_and_what_followed(sentence: str, parts: tuple[str, ...]) -> None:
    told = check(sentence)
    assert [part for part in parts if part not in told] == []


def test_what_slack_does_not_keep_is_not_read() -> None:
    assert sentences("x" * MOST_CHARACTERS + " y") == ("x" * MOST_CHARACTERS,)


def test_a_will_is_told_from_a_fact_that_is_only_possible() -> None:
    told = check("OpenAI will invest in AI Growth Zones.")
    assert "Possible, not decided · OpenAI could look at investing" in told
    assert "“will” sounds firmer than the fact: Possible, not decided." in told
    assert "https://www.gov.uk" in told, "with its source"


@pytest.mark.parametrize(
    ("words", "remark"),
    [
        ("OpenAI invests in AI Growth Zones.", "The sentence has no hedge; the fact is only possible."),
        ("OpenAI could look at investing in AI Growth Zones.", ""),
        ("According to DSIT, OpenAI will invest in AI Growth Zones.", ""),
        ("Will OpenAI invest in AI Growth Zones?", ""),
        ("OpenAI will expand its London office.", "“will” sounds firmer than the fact: Intended, not binding."),
        ("OpenAI plans to expand its London office.", ""),
        (
            "OpenAI plans to invest in UK data centres.",
            "The fact says that this is to be explored; the sentence does not.",
        ),
        ("OpenAI plans to explore investing in UK data centres.", ""),
        ("OpenAI's London office is expanding.", "The sentence has no word of intent"),
        ("AI Growth Zones will attract billions of pounds.", "“will” sounds firmer than the fact: Forecast by"),
        ("AI Growth Zones attract billions of pounds.", "The sentence does not say that it is a forecast, or whose."),
        ("AI Growth Zones are expected to attract billions of pounds.", ""),
        ("The memorandum is legally binding.", "The fact says “not”, or the like; the sentence does not."),
        ("The memorandum isn't legally binding.", ""),
        ("OpenAI has not signed the memorandum.", "The sentence says “not”, or the like; the fact does not."),
    ],
)
def test_only_what_is_firmer_is_remarked(words: str, remark: str) -> None:
    told = check(words)
    assert "Compare:" in told if remark else "Compare:" not in told, told
    assert remark in told


def test_what_no_fact_holds_comes_with_the_nearest_or_with_nothing() -> None:
    told = check("OpenAI will invest £9 billion in AI Growth Zones. We met the French ambassador.")
    near, none = told.split("2. “We met")
    assert "Nearest fact, not the same: Possible, not decided" in near
    assert "The sources do not say £9 billion." in near
    assert "We hold nothing on this. No fact mentions “met”" in none


def test_it_gives_no_verdict() -> None:
    assert "the sentence may still be wrong" in check("OpenAI signed the memorandum.")


def test_a_long_message_says_how_much_was_not_looked_at() -> None:
    told = check("OpenAI signed the memorandum. " * 100)
    assert f"{MOST_SENTENCES}. “OpenAI" in told
    assert f"{MOST_SENTENCES + 1}. “OpenAI" not in told
    assert "90 more sentences were not checked" in told


def test_a_sentence_without_end_is_cut_and_shown_as_it_was_looked_up() -> None:
    told = check("growth zones " * 300)
    assert "growth…”" in told or "zones…”" in told
    assert len(told) < 3000


@pytest.mark.parametrize("words", ["", "   ", "…", "12 34"])
def test_without_words_it_says_so(words: str) -> None:
    assert "no words that could be checked" in check(words)


def test_a_greeting_claims_nothing() -> None:
    assert "names a subject" in check("Yes!")


def test_markup_stays_what_was_typed() -> None:
    told = check("*OpenAI* _signed_ [x](https://evil.example) <!channel> `the` memorandum.")
    assert "“*OpenAI* _signed_ [x](https://evil.example) <!channel> `the` memorandum.”" in told


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_at_all(words: str) -> None:
    reply = check_message(SNAPSHOT, words)
    assert reply.markdown or reply.note


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("Peter Kyle signed the memorandum on 21 July 2025.", ("mou-signed-on", "mou-signed-kyle")),
        ("Sam Altman and Peter Kyle signed the memorandum.", ("mou-signed-altman", "mou-signed-kyle")),
        (
            "The UK is putting up to £500 million into sovereign AI and the Action Plan has £2 billion.",
            ("sovereign-ai-money", "action-plan-money"),
        ),
        (
            "The memorandum is not legally binding, and it was signed by Peter Kyle.",
            ("mou-not-binding", "mou-signed-kyle"),
        ),
    ],
)
def test_two_facts_that_hold_a_sentence_together_are_both_cited(words: str, ids: tuple[str, ...]) -> None:
    told = check(words)
    for fact_id, place in zip(ids, ("Together: ", "And: "), strict=True):
        fact = SNAPSHOT.content.facts[fact_id]
        assert f"{place}{fact.label} · {fact.statement}" in told
        assert fact.citations[0].link in told
    assert "hold nothing" not in told
    assert "Compare" not in told


def test_a_half_that_no_fact_holds_is_named_beside_the_half_that_one_does() -> None:
    told = check("OpenAI gave £5.6 million and Microsoft gave £20 million to the Alignment Project.")
    assert SNAPSHOT.content.facts["alignment-project"].statement in told
    assert "Only a part is held: nothing on “Microsoft gave £20 million to the Alignment Project.”." in told
    assert "The sources do not say £20 million." in told


def test_a_half_that_goes_on_about_a_name_is_not_proved_by_a_fact_on_another() -> None:
    (first, second) = halves(SNAPSHOT.lookup, "OpenAI opened its London office in 2023 and plans to expand it.")
    assert first.fact is not None
    assert second.fact is None


@pytest.mark.parametrize(
    "words",
    [
        "Elon Musk signed the memorandum on 21 July 2025.",
        "Peter Kyle announced Stargate UK.",
        "Sam Altman signed the memorandum in London on 22 July 2025.",
        "OpenAI will spend £500 million on data centres in Wales.",
    ],
)
def test_no_two_facts_are_put_together_for_what_neither_says(words: str) -> None:
    assert together(SNAPSHOT.lookup, words) == ()
    assert "Together" not in check(words)


def test_where_a_half_is_firmer_than_its_fact_it_is_said() -> None:
    told = check("The memorandum was signed on 21 July 2025 and OpenAI will invest in AI Growth Zones.")
    assert "“will” sounds firmer than the fact: Possible, not decided." in told


@pytest.mark.parametrize("words", ["and " * 120, "a and b; " * 60, "£1 and £2 and £3 and £4 and £5 and £6", "; ; and"])
def test_a_sentence_is_parted_at_few_places(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    ask = SNAPSHOT.lookup.ask

    def counted(half: str) -> Answer:
        asked.append(half)
        return ask(half)

    monkeypatch.setattr(SNAPSHOT.lookup, "ask", counted)
    halves(SNAPSHOT.lookup, words)
    assert len(asked) <= 8


def test_a_long_run_of_blanks_parts_no_sentence_in_linear_time() -> None:
    """Quadratic time would take longer than the suite's time limit."""
    assert halves(SNAPSHOT.lookup, f"cranes{' ' * 400_000}x") == ()
