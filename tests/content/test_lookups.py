"""Look-ups over the briefings as shipped: forty samples of every kind."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.lookup.answer import LONGEST_QUERY, Lookup
from bot.lookup.result import ECHO_LIMIT, Answer
from tests.support.made_once import lookup_of
from tests.support.newsroom import shipped

SAMPLES = yaml.safe_load((Path(__file__).parent / "lookups.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return lookup_of(shipped())


def matches(patterns: list[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample["id"] for sample in SAMPLES])
def test_a_sample_is_answered_rightly(lookup: Lookup, sample: dict[str, Any]) -> None:
    answer = lookup.ask(sample["q"] * sample.get("repeat", 1))
    statements = [found.fact.statement for found in answer.facts]
    assert not matches(sample.get("must_not", []), "\n".join(statements))
    if sample.get("expect") == "safe":
        assert_bounded(answer)
    elif sample.get("expect") == "no_answer":
        allowed = sample.get("absence_ok", False) and bool(answer.facts)
        is_honest = answer.outcome == "no_answer" or (answer.outcome == "closest" and bool(answer.reason))
        assert is_honest or (allowed and answer.facts[0].fact.certainty == "unstated")
    elif answer.outcome == "no_answer":
        assert sample.get("no_answer_ok", False), answer.reason
    else:
        assert matches(sample["expect_any"], statements[0]), statements[0]
        assert any(matches(sample["expect_top3"], statement) for statement in statements)


def assert_bounded(answer: Answer) -> None:
    assert len(answer.query) <= ECHO_LIMIT
    assert len(answer.reason) <= ECHO_LIMIT
    assert len(answer.suggestions) <= 4


def calls_of(lookup: Lookup, question: str) -> int:
    """Return how many functions are called for a question."""
    count = 0

    def counted(_frame: object, event: str, _what: object) -> None:
        nonlocal count
        count += event == "call"

    lookup.ask(f"{question} ")  # what is cached is not counted
    sys.setprofile(counted)
    try:
        lookup.ask(question)
    finally:
        sys.setprofile(None)
    return count


def test_a_list_of_figures_is_not_compared_with_each_fact(lookup: Lookup) -> None:
    """Steps are counted, not timed: fifteen times the figures took fourteen times the steps."""
    few, many = (f"growth zones {' '.join(map(str, range(11, 11 + count)))}" for count in (8, 120))
    assert len(many) <= LONGEST_QUERY
    assert calls_of(lookup, many) <= 7 * calls_of(lookup, few)
