"""What a question takes for granted, read value by value: amounts, numbers, dates, versions and names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.content.certainty import Certainty
from bot.lookup.answer import Lookup
from bot.lookup.premises import counted_in, counts_another, counts_otherwise, is_plain_text
from tests.bot.lookup.conftest import content, fact

if TYPE_CHECKING:
    from bot.content.models import Fact

BIDS = fact("bids", "The Port had over 200 bids for 3 new quays.", "area 4")
OPENED = fact("opened", "Quay Nine opened on 4 May 2025 with Grabson, Ferryco and the Mayor of Hull.", "opening")
TOOL = fact("tool", "The timetable tool runs on GPT-4o in 2.5 seconds.", "timetable")
SAID = replace(
    fact("said", "The Mayor called the quays a wonder.", "wonder"), certainty=Certainty.SAID, said_by="Ann Mayor"
)
UNSTATED = replace(fact("unstated", "The source names no price for the lighthouse."), certainty=Certainty.UNSTATED)
POWER = fact("power", "The cold store draws 5 MW, and costs £3 million a year.", "cold store")


@pytest.fixture(scope="module")
def port() -> Lookup:
    return Lookup(content(BIDS, OPENED, TOOL, SAID, UNSTATED, POWER))


@pytest.mark.parametrize(
    ("words", "asked", "held"),
    [
        ("were there 300 bids for quays", "300 bids", "200 bids"),
        ("are there 7 new quays", "7 new", "3 new"),
        ("did Quay Nine open in June 2025", "June", "May"),
        ("did Quay Nine open on 9 June", "9 June", "May"),
        ("did Quay Nine open in 2023", "2023", "2025"),
        ("does the timetable tool run on GPT-5", "GPT-5", "GPT-4o"),
        ("does the cold store draw 7 MW", "7 MW", "5 MW"),
        ("does the cold store cost £4 million a year", "£4 million", "£3 million"),
        ("did Zoe Zebra call the quays a wonder", "Zoe Zebra", "Ann Mayor"),
    ],
)
def test_a_value_of_each_kind_is_put_right(port: Lookup, words: str, asked: str, held: str) -> None:
    found = port.ask(words)
    assert found.outcome == "closest"
    assert found.premise is not None, found
    assert (found.premise.asked, found.premise.held) == (asked, held)


@pytest.mark.parametrize(
    "words",
    [
        "does the cold store draw 7 GW",  # a figure in another unit is no other value of it
        "did Quay Nine open in May 2025",
        "300 zebras",
        "what does Zebra pay for the lighthouse",  # what is not stated is of nobody
        "GPT-5",
        "does the timetable tool run on Claude-5",  # a version of something else
    ],
)
def test_what_holds_or_is_too_thin_is_not_put_right(port: Lookup, words: str) -> None:
    assert port.ask(words).premise is None


@pytest.mark.parametrize("text", ["£2bn, “quoted” – 40%?", "R&D in the quays’ offices (2025)…"])
def test_letters_digits_and_punctuation_are_plain(text: str) -> None:
    assert is_plain_text(text)


@pytest.mark.parametrize("text", ["<@U1> 300", "a = 300;\nb[0]", "`300 bids`", "*300 bids*", "{300}"])
def test_code_and_markup_are_not(text: str) -> None:
    assert not is_plain_text(text)


@pytest.mark.parametrize(
    ("words", "counted"),
    [("three main quays", ["3"]), ("three quays", ["3"]), ("area three", []), ("three of the many quays", [])],
)
def test_a_number_counts_a_plural_right_behind_it(port: Lookup, words: str, counted: list[str]) -> None:
    assert counted_in(port.read(words)) == counted


def test_a_fact_counts_otherwise_without_the_number_in_its_statement() -> None:
    assert not counts_otherwise((), BIDS)
    assert not counts_otherwise(("3",), BIDS)
    assert not counts_otherwise(("200", "3"), BIDS)
    assert counts_otherwise(("4",), BIDS)
    assert counts_otherwise(("3", "4"), BIDS)


@pytest.mark.parametrize(
    ("words", "asked_of", "is_other"),
    [
        ("how many bids", BIDS, False),
        ("how many quays", BIDS, False),
        ("how many new bids", BIDS, False),
        ("how many Ports", BIDS, True),
        ("how many mayors", OPENED, True),
        ("how many zebras", BIDS, False),
        ("which bids", BIDS, False),
    ],
)
def test_how_many_is_answered_by_what_is_counted(port: Lookup, words: str, asked_of: Fact, is_other: bool) -> None:  # noqa: FBT001 — pytest's
    assert counts_another(port.read(words), asked_of) is is_other


def said(key: str, statement: str, by: str) -> Fact:
    return replace(fact(key, statement), certainty=Certainty.SAID, said_by=by)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("did Nilsen call cranes a pillar of trade", "Ann Mayor said it, not Nilsen."),
        ("Nilsen said cranes are a pillar of trade", "Ann Mayor said it, not Nilsen."),
        ("did Nilsen forecast 90 tugs in dock", "The Port of Hull said it, not Nilsen."),
        ("did Nilsen say ferries are slow", ""),  # he did
        ("did Nilsen call ferries slow ships", ""),  # both spoke of that
    ],
)
def test_a_known_name_is_no_speaker_of_what_another_said(words: str, told: str) -> None:
    by_mayor = said("mayor", "The Mayor called cranes a pillar of trade.", "Ann Mayor, then of Hull")
    also = said("also", "The Mayor called ferries slow ships.", "Ann Mayor, then of Hull")
    other = said("nilsen", "Nilsen said ferries are slow ships of old trade.", "Ole Nilsen")
    port = said("port", "The Port of Hull forecast 90 tugs in dock.", "the Port of Hull")
    found = Lookup(content(by_mayor, also, other, port, BIDS)).ask(words)
    assert (found.reason if found.premise else "") == told
