"""What a follow-up asks for, and what a fact says on it."""

from __future__ import annotations

import pytest

from bot.alerts.posts import digest
from bot.answers.fact_parts import Part, part_asked, told, untold
from bot.answers.facts import look_up
from bot.answers.follow_ups import LastAnswer, follow_up, in_context, points_back
from bot.messages import Outcome, Reply
from tests.support.newsroom import shipped
from tests.support.snapshots import snapshot_of

SNAPSHOT = snapshot_of()


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("and when?", Part.WHEN),
        ("when will that happen", Part.WHEN),
        ("what date?", Part.WHEN),
        ("by when exactly please", Part.WHEN),
        ("who by?", Part.WHO),
        ("by whom", Part.WHO),
        ("who said that?", Part.WHO),
        ("where?", Part.WHERE),
        ("and where exactly", Part.WHERE),
        ("how much?", Part.HOW_MUCH),
        ("how many", Part.HOW_MUCH),
        ("how much does it cost?", Part.COST),
        ("why?", Part.WHY),
        ("source?", Part.SOURCE),
        ("what's your source for this", Part.SOURCE),
        ("where is that from?", Part.SOURCE),
        ("says who?", Part.SOURCE),
        ("is that firm?", Part.FIRM),
        ("are you sure?", Part.FIRM),
        ("Really?", Part.FIRM),
        (":thinking_face: and when?", Part.WHEN),
    ],
)
def test_words_without_a_subject_ask_for_a_part(words: str, part: Part) -> None:
    assert part_asked(words) is part
    assert points_back(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "who are you",
        "what time is it",
        "sure",
        "that is right",
        "thanks",
        "when was the memorandum signed",
        "who is Peter Kyle?",
        "how many bids",
        "source of the £2bn",
        "is the memorandum binding?",
        "when " * 300,
        "and when? " * 20,
    ],
)
def test_other_words_ask_for_no_part(words: str) -> None:
    assert part_asked(words) is None


@pytest.mark.parametrize(
    ("fact_id", "part", "line"),
    [
        ("mou-signed-on", Part.WHEN, "In the fact: 21 July 2025."),
        ("london-kings-cross", Part.WHERE, "In the fact ({label}): at King's Cross; in London."),
        (
            "london-kings-cross",
            Part.HOW_MUCH,
            "In the fact ({label}): up to 544 people; about 200 worked.",
        ),
        ("stargate-uk-gpus", Part.HOW_MUCH, "In the fact ({label}): up to 8,000; 31,000."),
        ("stargate-uk-gpus", Part.COST, ""),
        ("north-east-zone-figures", Part.COST, "In the fact ({label}): up to £30 billion."),
        ("kyle-jobs", Part.WHO, "Forecast by Peter Kyle, then Technology Secretary."),
        ("govuk-chat", Part.WHO, "In the fact: by the Government Digital Service."),
        ("mou-four-areas", Part.HOW_MUCH, "In the fact: four main areas."),
        ("aisi-findings", Part.HOW_MUCH, "In the fact ({label}): more than a dozen vulnerabilities."),
        ("mou-parties", Part.COST, ""),
        ("mou-signed-kyle", Part.WHEN, ""),
        ("mou-signed-on", Part.WHO, ""),
        ("no-payment", Part.HOW_MUCH, "Not stated in our sources. That does not mean that it is not so."),
        ("mou-intent", Part.WHEN, ""),
    ],
)
def test_a_fact_tells_a_part_in_its_own_words_with_its_hedge(fact_id: str, part: Part, line: str) -> None:
    fact = shipped().facts[fact_id]
    assert told(fact, part) == line.format(label=fact.label)
    assert line or untold(fact, part).startswith("That fact ")


def test_every_fact_tells_its_source_and_how_firm_it_is() -> None:
    for fact in shipped().facts.values():
        assert all(each.source.title in told(fact, Part.SOURCE) for each in fact.citations)
        assert told(fact, Part.FIRM).startswith(f"{fact.label}. ")


def test_what_a_fact_tells_stands_in_its_statement() -> None:
    for fact in shipped().facts.values():
        for part in (Part.WHEN, Part.WHERE, Part.HOW_MUCH, Part.COST):
            _, _, words = told(fact, part).partition(": ")
            assert all(each in fact.statement for each in words.rstrip(".").split("; "))


def last(fact_id: str) -> LastAnswer:
    return LastAnswer({fact_id: digest(SNAPSHOT.content.facts[fact_id])})


@pytest.mark.parametrize(
    ("before", "words", "found"),
    [
        ("london-kings-cross", "where will it open?", "london-kings-cross"),
        ("stargate-uk", "when was it paused?", "stargate-uk-paused"),
        ("stargate-uk", "how many GPUs will it have", "stargate-uk-gpus"),
        ("govuk-chat", "which model does it use?", "govuk-chat-model"),
        ("humphrey", "which models does it use?", "humphrey-models"),
        ("consult", "how fast is it?", "consult-speed"),
        ("aisi-partnership", "will it be expanded?", "aisi-expansion"),
        ("growth-zones-bids", "what about Wales?", "growth-zones-nations"),
        ("growth-zones-bids", "what about the £2bn", "action-plan-money"),
        ("mou-signed-on", "and the parties?", "mou-parties"),
    ],
)
def test_a_question_that_points_back_is_about_the_last_fact(before: str, words: str, found: str) -> None:
    reply = in_context(SNAPSHOT, words, last(before))
    assert reply is not None
    assert reply.outcome is Outcome.ANSWER
    assert reply.subject is not None
    assert reply.subject.facts[0] == found


@pytest.mark.parametrize(
    "words",
    [
        "who signed this memorandum?",
        "is it true that Kyle signed?",
        "are there any growth zones in Wales?",
        "what is it",
        "and zebras?",
        "does it say that OpenAI and Microsoft pay for the London office",
        "it " * 400,
    ],
)
def test_what_stands_for_itself_or_finds_nothing_is_looked_up_alone(words: str) -> None:
    assert in_context(SNAPSHOT, words, last("stargate-uk")) is None


def test_what_another_area_holds_on_a_question_that_points_back_is_only_the_closest() -> None:
    reply = in_context(SNAPSHOT, "who signed it?", last("stargate-uk"))
    assert reply is not None
    assert reply.outcome is Outcome.CLOSEST
    assert reply.markdown.startswith("_That fact does not say so. The closest we hold:_")


def reply_to(before: str, words: str) -> Reply:
    """Answer as the bot does: a follow-up, a question in context, else looked up alone."""
    about = last(before)
    reply = follow_up(SNAPSHOT, words, about) or in_context(SNAPSHOT, words, about)
    return reply or look_up(SNAPSHOT, words, corrects=True)


@pytest.mark.parametrize(
    ("before", "words", "found"),
    [
        ("mou-signed-on", "when will it start?", "no-adoption-details"),
        ("mou-signed-on", "when did it take effect?", "efficiency-demonstration"),
        ("mou-signed-on", "when is it due?", "no-milestones"),
        ("mou-signed-on", "until when?", "mou-signed-on"),
        ("mou-signed-on", "by when?", "mou-signed-on"),
        ("mou-signed-on", "is it final?", "area-4-name"),
        ("mou-signed-kyle", "is it binding?", "mou-not-binding"),
        ("mou-signed-kyle", "did they break it?", "no-governance"),
        ("stargate-uk", "when does it end?", "no-duration"),
        ("stargate-uk", "and is it binding?", "mou-not-binding"),
        ("growth-zones-investment", "was it cancelled?", "stargate-uk-paused"),
        ("growth-zones-investment", "was this cancelled?", "stargate-uk-paused"),
        ("growth-zones-investment", "when was it paused?", "stargate-uk-paused"),
        ("growth-zones-investment", "is it a promise?", "mou-intent"),
        ("growth-zones-investment", "end date?", "no-duration"),
        ("london-kings-cross", "has it opened?", "london-office-first"),
        ("kyle-jobs", "is it guaranteed?", "mou-intent"),
    ],
)
def test_what_neither_the_last_fact_nor_one_of_its_name_says_is_only_the_closest(
    before: str, words: str, found: str
) -> None:
    reply = reply_to(before, words)
    assert reply.outcome is Outcome.CLOSEST
    assert reply.subject is not None
    assert reply.subject.facts[0] == found
    assert reply.subject.above.startswith("That fact does not say so.")


@pytest.mark.parametrize(
    ("before", "words", "found", "above"),
    [
        ("mou-signed-on", "when does it end?", "no-duration", ""),
        ("mou-signed-on", "is it binding?", "mou-not-binding", ""),
        ("mou-signed-on", "and is this binding?", "mou-not-binding", ""),
        ("mou-signed-on", "is there a deadline?", "no-milestones", ""),
        ("mou-signed-on", "can I quote that?", "mou-signed-on", "Stated. The source says so without a hedge."),
        ("stargate-uk", "when was it announced?", "stargate-uk", "In the fact: 16 September 2025."),
        ("stargate-uk", "was this paused?", "stargate-uk-paused", ""),
        ("stargate-uk", "is it a commitment?", "stargate-uk-gpus", ""),
    ],
)
def test_what_the_last_fact_or_one_of_its_name_says_is_the_answer(
    before: str, words: str, found: str, above: str
) -> None:
    reply = reply_to(before, words)
    assert reply.outcome is Outcome.ANSWER
    assert reply.subject is not None
    assert (reply.subject.facts[0], reply.subject.above) == (found, above)


def test_who_said_what_nobody_is_quoted_with_is_its_source_and_not_who_did_it() -> None:
    reply = reply_to("mou-signed-kyle", "who said that?")
    assert reply.subject is not None
    assert reply.subject.above.startswith("Source: ")


def test_without_a_last_answer_nothing_is_a_follow_up() -> None:
    assert follow_up(SNAPSHOT, "and when?", LastAnswer()) is None
    assert in_context(SNAPSHOT, "what about Wales?", LastAnswer()) is None


def test_a_fact_that_is_no_longer_held_is_told() -> None:
    reply = follow_up(SNAPSHOT, "and when?", LastAnswer({"gone": "d"}))
    assert reply is not None
    assert reply.note.startswith("We no longer hold the fact")
