"""Suggestions as Slack takes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Option

from bot.answers.search import SUGGESTED, Suggested
from handlers.listeners.suggestions import options
from handlers.rendering.elements import OPTION_VALUE
from tests.support.newsroom import shipped

FACTS = tuple(shipped().current_facts())[:SUGGESTED]


def check(option: dict[str, Any]) -> None:
    """Hold an option to slack_sdk's own limits."""
    Option(**option).validate_json()
    assert len(str(option["value"])) <= OPTION_VALUE


def test_facts_come_with_how_certain_they_are() -> None:
    told = options(Suggested(FACTS, are_near=False), "words")["options"]
    assert len(told) == len(FACTS)
    for option, fact in zip(told, FACTS, strict=True):
        check(option)
        assert option["description"]["text"] == fact.label
        assert option["value"] == f"fact {fact.id}"


def test_what_is_near_stands_below_the_honest_no() -> None:
    none, near = options(Suggested(FACTS[:2], are_near=True), "zebras")["option_groups"]
    assert none["options"][0]["value"] == "lookup zebras"
    assert len(near["options"]) == 2


def test_an_id_that_slack_would_cut_is_not_offered() -> None:
    long = replace(FACTS[0], id="x" * OPTION_VALUE)
    assert options(Suggested((long, FACTS[1]), are_near=False), "x")["options"][0]["value"] == f"fact {FACTS[1].id}"
    (group,) = options(Suggested((long,), are_near=False), "x")["option_groups"]
    assert group["label"]["text"] == "We hold nothing on this"


@given(st.text(max_size=600))
def test_anything_typed_makes_an_option_that_slack_takes(typed: str) -> None:
    for group in options(Suggested((), are_near=True), typed)["option_groups"]:
        for option in group["options"]:
            check(option)
