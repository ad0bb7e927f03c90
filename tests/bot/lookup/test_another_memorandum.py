"""All that a look-up does, on a memorandum about something else: nothing of one fact store is built in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.content.certainty import Certainty
from bot.content.models import Area, Content, Memorandum
from bot.lookup.answer import Lookup
from tests.bot.lookup.conftest import SOURCE, fact

DAY = date(2024, 3, 5)
MEMORANDUM = Memorandum(
    title="Memorandum between the Coastal Heritage Board (CHB) and Kelpworks on seaweed farming",
    short_title="Board–Kelpworks memorandum",
    parties=("Coastal Heritage Board (CHB)", "Kelpworks"),
    position_on=DAY,
    checked_on=DAY,
    contact="the harbour office",
    scope="one report",
    review_every=90,
    overview=Area("agreement", 0, "The agreement as a whole", ("memorandum", "the deal")),
    areas=(Area("farms", 1, "Farms and licences", ("licensing",)), Area("science", 2, "Marine science")),
    other_names=(
        ("CHB", ("the Board", "heritage people")),
        ("Kelpworks", ("Kelp Works", "the growers")),
        ("Fisheries Secretary", ("fish sec",)),
    ),
)
FACTS = tuple(
    replace(each, area=area, said_by=said_by)
    for each, area, said_by in (
        (
            fact("signing", "The Board and Kelpworks signed the memorandum in March 2024.", "signature"),
            "agreement",
            None,
        ),
        (fact("grant", "The Board will put £12 million into six new farms off Orkney.", "funding"), "farms", None),
        (fact("licences", "Kelpworks holds 14 licences for sugar kelp.", "permits"), "farms", None),
        (
            replace(
                fact(
                    "no-jobs", "The sources do not say how many jobs Kelpworks will create.", "employment", "investment"
                ),
                certainty=Certainty.UNSTATED,
            ),
            "farms",
            None,
        ),
        (fact("survey", "A survey by Marlin Data counted 300 seals near the farms.", "seal count"), "science", None),
        (
            fact("lab", "The Seaweed Research Institute (SRI) tests alginate at its Oban laboratory.", "lab"),
            "science",
            None,
        ),
        (
            fact("praise", "“Kelp will feed a generation,” the Fisheries Secretary said.", "future of food"),
            "agreement",
            "Moira Tait",
        ),
        (fact("sensor", "Kelpworks uses the SeaEye-3 sensor to measure nitrate.", "which sensor"), "science", None),
    )
)
ASKED = {
    "when was it signed": "signing",
    "funding for new farms": "grant",
    "£12m": "grant",
    "which licences does Kelpworks hold": "licences",
    "permits": "licences",
    "seal count": "survey",
    "who counted the seals": "survey",
    "SRI": "lab",
    "alginate tests": "lab",
    "which sensor measures nitrate": "sensor",
    "SeaEye-3": "sensor",
    "future of food": "praise",
}


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return Lookup(Content(MEMORANDUM, {SOURCE.id: SOURCE}, {each.id: each for each in FACTS}, {}))


def shown(lookup: Lookup, words: str) -> tuple[str, str]:
    answer = lookup.ask(words)
    return answer.outcome, answer.facts[0].fact.id if answer.facts else ""


@pytest.mark.parametrize("words", ASKED)
def test_what_is_held_is_answered(lookup: Lookup, words: str) -> None:
    assert shown(lookup, words) == ("answer", ASKED[words])


@pytest.mark.parametrize(
    "frame",
    ["{} pls", "thanks, {}", "1. {}", "{} :+1:", "background on {}", "could you tell me {}", "{} for a submission"],
)
@pytest.mark.parametrize("words", ASKED)
def test_words_around_a_question_change_nothing(lookup: Lookup, frame: str, words: str) -> None:
    assert shown(lookup, frame.format(words)) == ("answer", ASKED[words])


@pytest.mark.parametrize("frame", ["musings on {}", "press room here - {}", "no idea whom else to pester: {}"])
@pytest.mark.parametrize("words", ASKED)
def test_unlisted_words_around_a_question_show_its_fact(lookup: Lookup, frame: str, words: str) -> None:
    outcome, fact_id = shown(lookup, frame.format(words))
    assert fact_id == ASKED[words]
    assert outcome in {"answer", "closest"}


def test_a_letter_that_is_left_out_seldom_leads_elsewhere(lookup: Lookup) -> None:
    typos = [
        (words, words[:at] + words[at + 1 :])
        for words in ASKED
        for at, letter in enumerate(words)
        if letter.islower() and len(words.split()) > 1
    ]
    others = [typo for words, typo in typos if shown(lookup, typo)[1] != ASKED[words]]
    assert len(others) <= 0.05 * len(typos), others


@pytest.mark.parametrize(
    ("words", "fact_id", "asked", "held"),
    [
        ("£90m for new farms", "grant", "£90m", "£12 million"),
        ("nine new farms off Orkney", "grant", "nine new", "six new"),
        ("500 seals near the farms", "survey", "500 seals", "300 seals"),
        ("seal count by Marlin Data of 900", "survey", "900", "300"),
        ("funding of £90m for those promised farms, any word?", "grant", "£90m", "£12 million"),
        ("was it signed in June 2024", "signing", "June", "March"),
        ("new farms off Shetland funding", "grant", "Shetland", "Orkney"),
        ("does Kelpworks use SeaEye-4", "sensor", "SeaEye-4", "SeaEye-3"),
        ("did Rhona Lyle say kelp will feed a generation", "praise", "Rhona Lyle", "Moira Tait"),
    ],
)
def test_a_wrong_premise_is_put_right(lookup: Lookup, words: str, fact_id: str, asked: str, held: str) -> None:
    answer = lookup.ask(words)
    assert answer.outcome == "closest"
    assert answer.facts[0].fact.id == fact_id
    assert answer.premise is not None
    assert (answer.premise.asked, answer.premise.held) == (asked, held)


@pytest.mark.parametrize(
    ("words", "fact_id", "reason"),
    [
        ("is Kelpworks funding new farms", "grant", "That is the Board's, not Kelpworks'."),
        ("the growers' £12m", "grant", "That is the Board's, not the growers'."),
        ("how much is Kelpworks investing", "no-jobs", ""),
    ],
)
def test_who_does_it_is_told(lookup: Lookup, words: str, fact_id: str, reason: str) -> None:
    answer = lookup.ask(words)
    assert answer.facts[0].fact.id == fact_id
    assert answer.reason == reason


@pytest.mark.parametrize(
    "words", ["who holds licences, the Board or Kelpworks", "is it Kelpworks or the Board with licences"]
)
def test_a_choice_of_two_is_asked_of_neither(lookup: Lookup, words: str) -> None:
    assert shown(lookup, words) == ("answer", "licences")


def test_whose_it_may_be_is_asked_at_the_end(lookup: Lookup) -> None:
    answer = lookup.ask("whose £12 million is put into the new farms, could it be Kelpworks")
    assert (answer.outcome, answer.facts[0].fact.id) == ("closest", "grant")
    assert answer.reason == "That is the Board's, not Kelpworks'."


def test_nothing_is_said_of_whose_a_fact_of_no_party_is(lookup: Lookup) -> None:
    answer = lookup.ask("did Kelpworks fund the seal count by Marlin")
    assert answer.facts[0].fact.id == "survey"
    assert "Kelpworks" not in answer.reason


def test_how_things_stand_is_told_by_what_came_later() -> None:
    before = fact("farms-plan", "Two farms are planned at Wick.", as_of=date(2024, 1, 1))
    after = fact("farms-now", "Two farms stand idle at Wick.", as_of=date(2026, 1, 1))
    linked = replace(before, keywords=("farms at Wick",), since=("farms-now",))
    look_up = Lookup(Content(MEMORANDUM, {SOURCE.id: SOURCE}, {each.id: each for each in (linked, after)}, {}))
    assert shown(look_up, "farms at Wick")[1] == "farms-plan"
    for words in ("are the farms at Wick still on", "what about farms at Wick now", "farms at Wick these days"):
        assert shown(look_up, words) == ("answer", "farms-now")


def test_three_of_some_kind_are_not_the_third(lookup: Lookup) -> None:
    assert lookup.ask("three main farms").outcome != "answer"


@pytest.mark.parametrize(
    "words", ["claim for own licences form on Tuesdays 45p", "rules on purdah for farms and parish polls"]
)
def test_one_word_of_many_after_on_or_for_is_too_little(lookup: Lookup, words: str) -> None:
    assert lookup.ask(words).outcome == "no_answer"


@pytest.mark.parametrize(
    ("words", "fact_id"),
    [
        ("fish sec", "praise"),
        ("CHB funding", "grant"),
        ("Kelp Works licences", "licences"),
        ("heritage people funding", "grant"),
    ],
)
def test_other_names_are_read(lookup: Lookup, words: str, fact_id: str) -> None:
    assert shown(lookup, words)[1] == fact_id


@pytest.mark.parametrize(
    "words",
    ["what's the weather", "train strikes", "best pizza near here", "capital gains tax", "who won the football"],
)
def test_another_subject_is_not_held(lookup: Lookup, words: str) -> None:
    assert shown(lookup, words) == ("no_answer", "")


@pytest.mark.parametrize("words", ["licences for oysters", "the Oban laboratory's budget", "seals in Norway"])
def test_what_is_near_is_never_given_as_the_answer(lookup: Lookup, words: str) -> None:
    assert lookup.ask(words).outcome == "closest"
