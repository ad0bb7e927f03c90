"""What is kept of what people type: honest questions nearly all, private content hardly ever; both are measured."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gaps.normal_form import LONGEST_KEPT, NormalForm, normal_form
from bot.gaps.private_content import Dropped, private_content
from bot.lookup.answer import LONGEST_QUERY, Lookup
from tests.support.made_once import lookup_of
from tests.support.newsroom import shipped

HERE = Path(__file__).parent
HONEST = (HERE / "honest.txt").read_text(encoding="utf-8").splitlines()
PRIVATE = (HERE / "private.txt").read_text(encoding="utf-8").splitlines()
_LOOKUP = lookup_of(shipped())
MOST_LOST = 0.05
MOST_SLIPPING = 0.03


@pytest.fixture
def lookup() -> Lookup:
    return _LOOKUP


def kept(text: str, lookup: Lookup) -> str:
    form = normal_form(text, lookup)
    return form.words if isinstance(form, NormalForm) else f"({form})"


def test_few_honest_questions_are_lost(lookup: Lookup) -> None:
    unanswered = [words for words in HONEST if lookup.ask(words).outcome != "answer"]
    lost = [words for words in unanswered if kept(words, lookup).startswith("(")]
    assert len(unanswered) >= 60
    assert len(lost) / len(unanswered) <= MOST_LOST, lost


def test_hardly_any_private_content_slips_through(lookup: Lookup) -> None:
    slipping = [words for words in PRIVATE if not kept(words, lookup).startswith("(")]
    assert len(PRIVATE) >= 60
    assert len(slipping) / len(PRIVATE) <= MOST_SLIPPING, slipping


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hi, does the NHS pay for ChatGPT? Thanks", "does the NHS pay for ChatGPT"),
        ("police drones", "police drones"),
        ("£500,000,000 for zebras", "£500,000,000 for zebras"),
        ("500000 GPUs in zebras by 2026-03-31", "500000 GPUs in zebras by 2026-03-31"),
        ("zebras in 2025/26 and 2026-27", "zebras in 2025/26 and 2026-27"),
        ("GPT-4o and H100 zebras", "GPT-4o and H100 zebras"),
        ("zebra consultaton", "zebra consultaton"),
        ("zebras in Manchester", "zebras in Manchester"),
        ("what does Sam Altman say of zebras", "what does Sam Altman say of zebras"),
        ("zebras at gov.uk", "zebras at gov.uk"),
        ("zebras for axl", "(name)"),
        ("what does Sam Okonkwo say", "(name)"),
        ("ask deepa", "(name)"),
        ("mr brown’s zebra", "(name)"),
        ("is Will Young on the panel", "(name)"),
        ("did mark hill sign", "(name)"),
        ("mark hill’s sick leave", "(name)"),
        ("will young people get zebras", "will young people get zebras"),
        ("zebra whistleblowers and stakeholders", "zebra whistleblowers and stakeholders"),
        ("vehicle AB12 CDE", "(number)"),
        ("£4929123456789012 refund for zebras", "(number)"),
        ("£5 4929123456789012 for zebras", "(number)"),
        ("$4929,1234,5678,9012 for zebras", "(number)"),
        ("9434765919k zebras", "(number)"),
        ("£1,234,567.89 and 31.4bn for zebras", "£1,234,567.89 and 31.4bn for zebras"),
        ("£12345678 zebras", "£12345678 zebras"),
        ("jane.smith", "(name)"),
        ("j.smith@example.com", "(email)"),
        ("jane at dsit dot gov dot uk", "(email)"),
        ("+44 7700 900123 zebras", "(telephone)"),
        ("card 4111 1111 1111 1111", "(number)"),
        ("qq 12 34 56 c", "(number)"),
        ("TRS/2024/00118", "(number)"),
        ("https://example.com/a?b=c", "(link)"),
        ("<@U0123ABCD> zebras", "(mention)"),
        ("U02ABCDEF12 zebras", "(mention)"),
        ("zebras xoxb-123456789012-abcdefghij", "(secret)"),
        ("zebra " * 40, "(long)"),
        ("please", "(no_subject)"),
        ("", "(no_subject)"),
        ("\x00\ud800", "(no_subject)"),
    ],
)
def test_what_is_kept(lookup: Lookup, text: str, shown: str) -> None:
    assert kept(text, lookup) == shown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("what is the pension", "What is a pension?"),
        ("police drones", "POLICE DRONE"),
        ("goverment zebras", "government zebra"),
        ("£5bn zebras", "£5 billion zebras"),
        ("can you tell me about zebras", "zebras"),
    ],
)
def test_the_same_question_has_one_key(lookup: Lookup, one: str, other: str) -> None:
    first, second = normal_form(one, lookup), normal_form(other, lookup)
    assert isinstance(first, NormalForm)
    assert isinstance(second, NormalForm)
    assert first.key == second.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("when is the zebra pilot", "where is the zebra pilot"),
        ("zebras in Wales", "zebras in Scotland"),
        ("US zebras", "let us have zebras"),
        ("do zebras not pay", "do zebras pay"),
        ("OpenAI pays zebras", "zebras pay OpenAI"),
    ],
)
def test_another_question_has_another_key(lookup: Lookup, one: str, other: str) -> None:
    first, second = normal_form(one, lookup), normal_form(other, lookup)
    assert isinstance(first, NormalForm)
    assert isinstance(second, NormalForm)
    assert first.key != second.key


def test_the_words_kept_are_answered_as_the_words_typed(lookup: Lookup) -> None:
    """So that who awaits an answer is told when they would get one."""
    some = HONEST[::4]
    cases = [*some, *(f"Hello, {words}? Many thanks" for words in some), *(f"  {words.upper()} " for words in some)]
    for typed in cases:
        form = normal_form(typed, lookup)
        if isinstance(form, NormalForm):
            before, after = lookup.ask(typed), lookup.ask(form.words)
            assert (after.outcome, [each.fact.id for each in after.facts], after.reason) == (
                before.outcome,
                [each.fact.id for each in before.facts],
                before.reason,
            ), typed


@given(st.text(max_size=400))
def test_any_text_is_kept_whole_or_not_at_all(text: str) -> None:
    form = normal_form(text, _LOOKUP)
    if isinstance(form, NormalForm):
        assert len(form.words) <= LONGEST_KEPT
        assert not private_content(form.words, _LOOKUP.knows)
        assert len(form.id_in("T1")) == 32


def test_long_texts_take_linear_time() -> None:
    """Each would take minutes if a pattern went over it again from every place."""
    started = time.process_time()
    for text in (
        "1 " * 50_000,
        "a." * 50_000,
        "@" * 100_000,
        "+4" * 50_000,
        "£1" * 50_000,
        "a1" * 50_000,
        "x-" * 50_000,
    ):
        assert normal_form(text, _LOOKUP) is Dropped.LONG
        assert isinstance(normal_form(text[:LONGEST_QUERY], _LOOKUP), Dropped)
    assert time.process_time() - started < 60
