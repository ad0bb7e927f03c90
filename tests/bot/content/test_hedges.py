"""A "could" must not become a "will" unseen: the words of each text are held to the fact's certainty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.content.certainty import Certainty
from bot.content.entries import FactEntry
from bot.content.faults import Code
from bot.content.hedges import check_wording, firm_words, is_as_careful, is_negated, loses_exploring
from tests.support.content_copy import check

if TYPE_CHECKING:
    from pathlib import Path


def remarks(certainty: str, statement: str, **others: object) -> list[tuple[str, str]]:
    """Return code and words of the remarks on a fact."""
    speaker = {"said_by": "Kettle Ltd"} if certainty in {"forecast", "said"} else {}
    fields = {"statement": statement, "certainty": certainty, "sources": {"press-release": "x"}, **speaker, **others}
    return [(remark.problem[0], remark.words) for remark in check_wording(FactEntry.model_validate(fields))]


@pytest.mark.parametrize(
    "statement",
    [
        "OpenAI invests in AI Growth Zones.",
        "OpenAI will invest in AI Growth Zones.",
        "OpenAI is to invest in AI Growth Zones.",
        "In May 2025 OpenAI invested in AI Growth Zones.",
        "On the transformative potential of AI, OpenAI invests.",
        "OpenAI cannot but invest.",
        "OpenAI invests in the UK's potential.",
        "OpenAI invests considerably.",
    ],
)
def test_a_possible_fact_needs_a_hedge(statement: str) -> None:
    assert remarks("possible", statement) == [("hedge-missing", "")]


@pytest.mark.parametrize(
    "statement",
    [
        "OpenAI could invest.",
        "The work may include safeguards.",
        "May include safeguards.",
        "Tea might help.",
        "Investing is possible.",
        "Potential routes are named.",
        "The parties may explore investing, and will explore whether they could.",
        "Whether OpenAI takes part is open.",
    ],
)
def test_a_hedge_is_enough_for_a_possible_fact(statement: str) -> None:
    assert remarks("possible", statement) == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("The parties will explore investing.", "will explore"),
        ("The parties will also jointly explore potential routes.", "will also jointly explore"),
        ("Uses in justice will be explored.", "will be explored"),
        ("Both plan to explore investing, and investing is possible.", "plan to explore"),
    ],
)
def test_what_will_be_explored_is_intended_and_no_more(statement: str, words: str) -> None:
    assert remarks("possible", statement) == [("will-explore", words)]
    assert remarks("intended", statement) == []
    assert loses_exploring("OpenAI intends to invest.", statement)
    assert not loses_exploring("OpenAI is to explore investing.", statement)
    assert not loses_exploring("OpenAI intends to invest.", "OpenAI intends to invest.")


def test_the_short_form_is_held_to_the_same_words() -> None:
    entry = FactEntry.model_validate(
        {
            "statement": "OpenAI could invest.",
            "short": "OpenAI invests.",
            "certainty": "possible",
            "sources": {"press-release": "x"},
        }
    )
    [remark] = check_wording(entry)
    assert remark.field == "short"
    assert remark.problem == (
        Code.HEDGE_MISSING,
        "The certainty is possible, but `short` has no hedge.",
        "Keep the source's own: may, might, could, possible, potential, explore, look at, whether.",
    )


@pytest.mark.parametrize("certainty", ["possible", "intended"])
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("OpenAI will invest, which could help.", "will"),
        ("OpenAI'll invest, and plans more, which could help.", "'ll"),
        ("OpenAI shall invest, which could help.", "shall"),
        ("By the memorandum's text it is meant to help, and may; OpenAI will invest.", "will"),
        ("OpenAI will look at investing.", "will"),
        ("OpenAI has committed to exploring it.", "committed"),
        ("A commitment to explore it.", "commitment"),
    ],
)
def test_firm_words_are_remarks(certainty: str, statement: str, words: str) -> None:
    assert remarks(certainty, statement) == [("sounds-certain", words)]


@pytest.mark.parametrize(
    "statement",
    [
        "By the memorandum's text, the partnership will support what could help.",
        "In the memorandum's words, it will help and may grow.",
        "DSIT says OpenAI will expand, which could help.",
        "Tea might be “what we will do”.",
        "The political will to explore it is there; the UK's will could grow.",
        "Tea could help; nobody is committed to anything.",
        "Tea could help, but will not bind.",
        "The committee could meet.",
    ],
)
def test_careful_words_are_not_remarks(statement: str) -> None:
    assert remarks("possible", statement) == []
    assert {code for code, _ in remarks("intended", statement)} <= {"hedge-in-stated"}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("OpenAI could look at investing in and supporting zones.", "could"),
        ("It may be that OpenAI plans more.", "may"),
        ("OpenAI is to look at what could help.", ""),
        ("The memorandum's text says it will help and may grow.", ""),
        ("OpenAI plans “what could be”.", ""),
    ],
)
def test_what_could_be_is_not_intended(statement: str, words: str) -> None:
    found = [words for code, words in remarks("intended", statement) if code == "hedge-in-stated"]
    assert found == ([words] if words else [])


@pytest.mark.parametrize(
    ("certainty", "bare", "careful", "code"),
    [
        ("intended", "OpenAI enlarges its office.", "OpenAI plans to enlarge its office.", "intent-missing"),
        ("intended", "The AI Opportunities Action Plan is read.", "Both are to read it.", "intent-missing"),
        ("forecast", "Zones bring billions.", "Zones are expected to bring billions.", "prediction-missing"),
        ("forecast", "Zones will bring billions.", "Zones would bring billions.", "prediction-missing"),
    ],
)
def test_intent_and_prediction_need_their_words(certainty: str, bare: str, careful: str, code: str) -> None:
    assert remarks(certainty, bare) == [(code, "")]
    assert remarks(certainty, careful) == []


def test_other_certainties_and_facts_no_longer_served_are_left_alone() -> None:
    for certainty in ("stated", "said", "unstated"):
        assert remarks(certainty, "OpenAI will invest and is committed.") == []
    assert remarks("possible", "OpenAI will invest.", superseded_by="another") == []
    assert remarks("possible", "OpenAI will invest.", withdrawn={"on": "2026-01-02", "why": "Tea could."}) == []


def test_the_words_are_found_over_several_lines(folder: Path) -> None:
    path = folder / "brewing" / "water.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(
            "the water.\n",
            "the water,\n    willing or not; by the text's words it will\n    be. And so it will\n    boil.\n",
        ),
        encoding="utf-8",
    )
    [fault] = check(folder)
    assert (fault.line, fault.column, fault.fact_id) == (5, 19, "tea-water")
    assert fault.message == "“will” is firmer than the source's words, which hedge (“could”)."
    assert fault.hint == (
        "Write could or may, as the source does; or say whose word it is: By the memorandum's text, … will …"
    )


@pytest.mark.parametrize(
    ("text", "certainty", "firm", "careful"),
    [
        ("It will go.", Certainty.POSSIBLE, ("will",), False),
        ("It will go.", Certainty.INTENDED, ("will",), False),
        ("It will go.", Certainty.FORECAST, ("will",), False),
        ("It will go.", Certainty.STATED, (), True),
        ("They'll commit to it.", Certainty.INTENDED, ("'ll", "commit"), False),
        ("Tea could go.", Certainty.POSSIBLE, (), True),
        ("It plans to go.", Certainty.POSSIBLE, (), False),
        ("It plans to go.", Certainty.INTENDED, (), True),
        ("Tea is expected to go.", Certainty.FORECAST, (), True),
        ("It goes.", Certainty.SAID, (), False),
        ("She said that it goes.", Certainty.SAID, (), True),
        ("According to DSIT it will go.", Certainty.FORECAST, (), True),
        ("It goes.", Certainty.UNSTATED, (), True),
        ("“It will go”, and could.", Certainty.POSSIBLE, (), True),
        ("It goes “as it may”.", Certainty.POSSIBLE, (), False),
    ],
)
def test_anybodys_words_beside_a_certainty(
    text: str, certainty: Certainty, firm: tuple[str, ...], *, careful: bool
) -> None:
    assert firm_words(text, certainty) == firm
    assert is_as_careful(text, certainty) is careful


@pytest.mark.parametrize(
    ("text", "negated"),
    [("It is not so.", True), ("It isn't so.", True), ("Nobody goes.", True), ("It goes.", False)],
)
def test_what_is_said_not_to_be_so(text: str, *, negated: bool) -> None:
    assert is_negated(text) is negated


@pytest.mark.parametrize(
    ("statement", "short", "numbers"),
    [
        ("Over 220 bids came.", "Over 200 bids.", ["200"]),
        ("Over 220 bids came by 21 July 2025.", "220 bids by July 2025.", []),
        ("Tea is £2 billion.", "Tea is £2bn.", []),
        ("Tea is 1,500 and 3.5%.", "1,500; 5%; 3.5%.", ["5"]),
        ("No number.", "None.", []),
    ],
)
def test_the_short_form_has_no_number_of_its_own(statement: str, short: str, numbers: list[str]) -> None:
    assert remarks("stated", statement, short=short) == [("number-differs", number) for number in numbers]


@pytest.mark.parametrize(
    "words",
    [
        "could look to invest in and",
        "may invest",
        "identify potential routes",
        "explore investing",
        "is expected to invest",
        "are set to invest",
        "looks to invest",
    ],
)
def test_what_every_source_hedges_is_not_stated(words: str) -> None:
    statement = "OpenAI will invest in and support AI Growth Zones."
    assert remarks("stated", statement, sources={"press-release": words}) == [("hedge-cited", words)]
    assert remarks("stated", f"It is so: {statement}", sources={"a": words, "b": words})[-1][0] == "hedge-cited"
    assert ("hedge-cited", words) not in remarks("stated", statement, sources={"a": words, "b": "invests in"})
    assert ("hedge-cited", words) not in remarks("intended", statement, sources={"a": words})
    assert remarks("stated", "The text says “could”.", sources={"a": words}) == []
    assert remarks("stated", statement, sources={"a": "in May 2025 it invested", "b": "the potential of AI"}) == []


def test_a_could_that_became_a_will_is_an_error() -> None:
    cited = {"press-release": "could look to invest in"}
    will = "OpenAI will look at investing in AI Growth Zones."
    could = will.replace("will", "could")
    assert remarks("possible", could, sources=cited) == []
    assert remarks("possible", will, sources=cited) == [("hedge-cited", "will")]
    assert remarks("possible", could, short=will, sources=cited) == [("hedge-cited", "will")]
    assert remarks("intended", "OpenAI will invest.", sources=cited) == [("hedge-cited", "will")]
    assert remarks("possible", will, sources={"press-release": "looks at zones"}) == [("hedge-cited", "will")]
    assert remarks("possible", will, sources={**cited, "other": "is sure to do it"}) == [("sounds-certain", "will")]
