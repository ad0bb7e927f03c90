"""The decision: the fact that answers, or an honest no with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.models import DatedReason
from bot.lookup.answer import LONGEST_QUERY, TOO_LONG, TYPE_SOMETHING, Lookup, newest_first
from bot.lookup.ranker import Ranked
from bot.lookup.result import ECHO_LIMIT
from tests.bot.lookup.conftest import FACTS, content, fact


def first(lookup: Lookup, words: str) -> str:
    answer = lookup.ask(words)
    return answer.facts[0].fact.id if answer.outcome == "answer" else "no_answer"


@pytest.mark.parametrize(
    ("words", "fact_id"),
    [
        ("cranes", "crane-money"),
        ("crane fund", "crane-money"),
        ("£500m", "crane-money"),
        ("500 million", "crane-money"),
        ("half a billion pounds", "crane-money"),
        ("who built the cranes?", "crane-maker"),
        ("which model does Ferryco use", "model"),
        ("gpt 4o", "model"),
        ("GPT4o", "model"),
        ("HSI", "institute"),
        ("harbour safety institute", "institute"),
        ("harbor safety institute", "institute"),
        ("soverign ferries", "institute"),
        ("overeign ferries", "institute"),
        ("sover", "institute"),
        ("r and d", "research"),
        ("startups", "startups"),
        ("start ups", "startups"),
        ("SME", "startups"),
        ("labor organizations", "organisation"),
        ("license program", "organisation"),
        ("datacenter", "organisation"),
        ("data centres of the Port", "organisation"),
        ("WHO", "who-visit"),
        ("the US", "who-visit"),
        ("visit in May 2025", "who-visit"),
        ("what does the deal say about the crane fund in July 2025", "crane-money"),
        ("model", "model"),
        ("crane-maker", "crane-maker"),
    ],
)
def test_words_get_their_fact(lookup: Lookup, words: str, fact_id: str) -> None:
    assert first(lookup, words) == fact_id


@pytest.mark.parametrize(
    "words",
    [
        "$500m",
        "£50m",
        "£500bn",
        "GPT-4",
        "GPT-5",
        "Boatco cranes",
        "cranes in Norway",
        "three cranes",
        "AIGZ",
        "crane prices",
        "visit in June 2025",
        "visit in 2024",
        "police",
        "who",
        "qzx",
        "???",
        "cranes of the institute",
    ],
)
def test_what_no_fact_holds_is_not_answered(lookup: Lookup, words: str) -> None:
    assert lookup.ask(words).outcome != "answer"
    assert lookup.ask(words).reason


def test_a_correction_is_shown(lookup: Lookup) -> None:
    answer = lookup.ask("soverign ferries")
    assert dict(answer.corrected) == {"soverign": "sovereign"}
    assert answer.reason == "Showing “sovereign” for “soverign”."


@pytest.mark.parametrize(
    ("words", "fact_id", "corrected"),
    [
        ("£500 millipn", "crane-money", {"millipn": "million"}),
        ("whicj model", "model", {}),
        ("teh cranes", "crane-money", {}),
        ("teh sovrign ferries", "institute", {"sovrign": "sovereign"}),
        ("cranes of the memroandum", "crane-money", {"memroandum": "memorandum"}),
        ("sovrign ferries", "institute", {"sovrign": "sovereign"}),
        ("cranes built by grabsno", "crane-maker", {"grabsno": "Grabson"}),
    ],
)
def test_a_misspelt_frame_is_mended_and_shown_unless_it_carries_no_subject(
    lookup: Lookup, words: str, fact_id: str, corrected: dict[str, str]
) -> None:
    answer = lookup.ask(words)
    assert answer.facts[0].fact.id == fact_id
    assert dict(answer.corrected) == corrected


def test_an_acronym_is_explained(lookup: Lookup) -> None:
    answer = lookup.ask("HSI")
    assert dict(answer.expanded) == {"HSI": "Harbour Safety Institute"}
    assert answer.reason == "HSI = Harbour Safety Institute."
    assert lookup.ask("hsi").reason == "HSI = Harbour Safety Institute.", "as its meaning has it"
    assert lookup.ask("teh hsi").reason == "HSI = Harbour Safety Institute.", "a function word is mended silently"


@pytest.mark.parametrize("words", ["WHOM ferries", "hsl", "HSJ", "GPT-4p", "cran"])
def test_short_words_capitals_and_digits_are_not_corrected(lookup: Lookup, words: str) -> None:
    assert not lookup.ask(words).corrected


def test_a_correctly_spelt_word_is_not_taken_for_a_near_one() -> None:
    look_up = Lookup(content(fact("policy", "The policy is new.")))
    assert first(look_up, "police") == "no_answer"


def test_a_plain_word_is_not_taken_for_the_start_of_another() -> None:
    look_up = Lookup(content(fact("money", "Billions are forecast.")))
    assert first(look_up, "bill") == "no_answer"
    assert first(look_up, "billi") == "money"


def test_the_reason_names_the_words_that_are_not_held(lookup: Lookup) -> None:
    assert lookup.ask("boatco cranes").reason == "No fact mentions “boatco”."
    assert lookup.ask("institute cranes").reason == "No one fact holds “cranes” together with the rest."
    assert lookup.ask("police horses").reason == "No fact mentions “police” or “horses”."


@pytest.mark.parametrize(
    ("words", "fact_id", "unmatched"),
    [
        ("pls send the crane fund asap", "crane-money", ("send",)),
        ("musings on sovereign ferries", "institute", ("musings",)),
        ("the Gazette had musings about who built the cranes", "crane-maker", ("musings",)),
        ("can you dig out the crane fund", "crane-money", ("dig",)),
        ("crane fund horses", "crane-money", ("horses",)),
        ("for the weekend box: who built the cranes", "crane-maker", ("weekend", "box")),
    ],
)
def test_the_closest_fact_is_shown_with_what_it_lacks(
    lookup: Lookup, words: str, fact_id: str, unmatched: tuple[str, ...]
) -> None:
    answer = lookup.ask(words)
    assert (answer.outcome, answer.facts[0].fact.id, answer.unmatched) == ("closest", fact_id, unmatched)
    assert len(answer.facts) == 1
    assert answer.reason.startswith("No fact mentions")


@pytest.mark.parametrize(
    ("words", "fact_id", "asked", "held"),
    [
        ("£9bn for new cranes", "crane-money", "£9bn", "£500 million"),
        ("nine cranes were built by Grabson", "crane-maker", "nine cranes", "Two cranes"),
        ("three cranes by Grabson", "crane-maker", "three cranes", "Two cranes"),
        ("cranes in Norway", "crane-maker", "Norway", "Grabson"),
        ("did Ferryco use GPT-5", "model", "GPT-5", "GPT-4o"),
        ("the WHO visit in June 2025", "who-visit", "June", "May"),
        ("the WHO visit in May 2024", "who-visit", "2024", "2025"),
    ],
)
def test_a_wrong_premise_is_put_right(lookup: Lookup, words: str, fact_id: str, asked: str, held: str) -> None:
    answer = lookup.ask(words)
    assert (answer.outcome, answer.facts[0].fact.id) == ("closest", fact_id)
    assert answer.premise is not None
    assert (answer.premise.asked, answer.premise.held) == (asked, held)
    assert answer.reason == f"The sources do not say {asked}."


@pytest.mark.parametrize(
    "words", ["NEAR/2 cranes", "\x1b[31m cranes", "cranes {{ 7*7 }}", "cranes' OR 1=1", "3 facts on cranes"]
)
def test_code_and_lists_state_no_premise(lookup: Lookup, words: str) -> None:
    assert lookup.ask(words).premise is None


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("is Ferryco funding new cranes", "That is the Port's, not Ferryco's."),
        ("Ferryco's £500m", "That is the Port's, not Ferryco's."),
    ],
)
def test_who_does_it_is_put_right(lookup: Lookup, words: str, reason: str) -> None:
    answer = lookup.ask(words)
    assert (answer.outcome, answer.facts[0].fact.id) == ("closest", "crane-money")
    assert answer.reason == reason


def test_who_does_it_may_be_asked_of_whoever_does(lookup: Lookup) -> None:
    assert first(lookup, "is the Port putting £500m into cranes") == "crane-money"
    assert first(lookup, "does Ferryco use GPT-4o") == "model"


def test_two_questions_are_both_answered(lookup: Lookup) -> None:
    answer = lookup.ask("who built the cranes and which model does Ferryco use?")
    assert (answer.outcome, answer.leading) == ("answer", 2)
    assert [found.fact.id for found in answer.facts[:2]] == ["crane-maker", "model"]


def test_the_half_that_is_not_answered_is_named(lookup: Lookup) -> None:
    answer = lookup.ask("who built the cranes and where are the horses?")
    assert (answer.outcome, answer.leading) == ("answer", 1)
    assert answer.reason == "On “where are the horses”: No fact mentions “horses”."


@pytest.mark.parametrize(
    "frame",
    [
        *("{} :+1:", ":wave: {}", "{} :flag-gb:", "{} :pray::skin-tone-2:", "{} \N{PERSON WITH FOLDED HANDS}", "{} :)"),
        *("1. {}", "2) {}", "(3) {}", "a) {}", "#4 {}", "Q: {}", "\u2022 {}", "*{}*", "_{}_", "re: {}", "&gt; {}"),
        *("please {}", "{} please", "{} pls", "{} thx", "{} ty", "{} cheers", "thanks, {}", "{} - many thanks!"),
        *("hi {}", "Hi all, {}", "{} thank you so much", "kindly {} asap", "could you please show {}"),
        *("{}\u200b", "\ufeff{}", "\u2060{}\u2060"),
    ],
)
@pytest.mark.parametrize("asked", ["crane fund", "institute cranes", "Boatco cranes", "GPT-5", "$500m"])
def test_courtesy_and_marks_around_a_question_change_nothing(lookup: Lookup, frame: str, asked: str) -> None:
    plain, framed = lookup.ask(asked), lookup.ask(frame.format(asked))
    assert (framed.outcome, framed.facts, framed.reason) == (plain.outcome, plain.facts, plain.reason)
    assert framed.suggestions == plain.suggestions


@pytest.mark.parametrize(
    "frame",
    [
        *("background on {}", "grateful for a steer on {}", "any lines to take on {}", "{} for a submission"),
        *("could you tell me about {}", "do you know {}", "is there anything on {}", "the minister wants to know {}"),
    ],
)
@pytest.mark.parametrize("asked", ["the crane fund", "who built the cranes", "HSI", "which model does Ferryco use"])
def test_words_of_a_request_around_a_question_change_nothing(lookup: Lookup, frame: str, asked: str) -> None:
    plain, framed = lookup.ask(asked), lookup.ask(frame.format(asked))
    assert (framed.outcome, framed.facts[0].fact) == (plain.outcome, plain.facts[0].fact)


def test_a_word_of_a_request_that_a_fact_holds_does_not_answer() -> None:
    look_up = Lookup(content(*FACTS, fact("quick", "The ferry is quick.")))
    assert first(look_up, "how quick is the ferry") == first(look_up, "quick") == "quick"
    assert look_up.ask("quick one: who built the cranes").facts[0].fact.id == "crane-maker"


@pytest.mark.parametrize("joint", ["-", "\u2010", "\u2011", "\u2013", "\u200b", "\u00a0", "\u202f", "_"])
@pytest.mark.parametrize("asked", ["crane fund", "two cranes", "sovereign ferries", "who built the cranes"])
def test_words_joined_by_any_hyphen_are_the_words(lookup: Lookup, joint: str, asked: str) -> None:
    assert first(lookup, asked.replace(" ", joint)) == first(lookup, asked) != "no_answer"


@pytest.mark.parametrize("broken", ["\u200b", "\u00ad", "\u2060"])
def test_a_word_broken_by_what_has_no_width_is_that_word(lookup: Lookup, broken: str) -> None:
    assert first(lookup, f"sove{broken}reign fer{broken}ries") == "institute"


@pytest.mark.parametrize("words", ["thanks", "please", "ty :)", "???", "\u200b"])
def test_courtesy_alone_asks_nothing(lookup: Lookup, words: str) -> None:
    assert lookup.ask(words).outcome == "no_answer"


@pytest.mark.parametrize("words", ["abortion", "saying", "police", "France", "london", "Denmark"])
def test_a_good_word_is_never_corrected(words: str) -> None:
    near = Lookup(content(fact("near", "Adoption of paying policies: finance, lodon, denmar.")))
    assert not near.ask(words).facts


@pytest.mark.parametrize(("words", "fact_id"), [("grabsno", "crane-maker"), ("hul", "research")])
def test_short_and_swapped_words_are_corrected(words: str, fact_id: str) -> None:
    look_up = Lookup(content(*FACTS, fact("hull", "A hull is old.")))
    assert look_up.ask(words).corrected
    assert first(look_up, words) == ("hull" if words == "hul" else fact_id)


@pytest.mark.parametrize(
    ("words", "fact_id", "typed", "meant"),
    [
        ("hat model does Ferryco use", "model", "hat", "what"),
        ("wo built the cranes", "crane-maker", "wo", "who"),
        ("cane fund", "crane-money", "cane", "crane"),
        ("zrane", "crane-money", "zrane", "crane"),
        ("SHI", "institute", "SHI", "hsi"),
    ],
)
def test_a_word_one_letter_from_what_answers_shows_the_closest(
    lookup: Lookup, words: str, fact_id: str, typed: str, meant: str
) -> None:
    answer = lookup.ask(words)
    assert (answer.outcome, answer.facts[0].fact.id, answer.unmatched) == ("closest", fact_id, (typed,))
    assert answer.reason == f"No fact mentions “{typed}”. Perhaps “{meant}” was meant."
    assert not answer.corrected


@pytest.mark.parametrize("words", ["cane", "crave fund", "HSA", "GTP-5", "the cane", "cranes and canes and horses"])
def test_a_good_word_or_a_figure_alone_is_not_taken_for_another(lookup: Lookup, words: str) -> None:
    assert "Perhaps" not in lookup.ask(words).reason


@pytest.mark.parametrize("typed", ["Bramme", "Barme", "Brme"])
def test_a_letter_left_out_doubled_or_swapped_is_likelier_than_another(typed: str) -> None:
    look_up = Lookup(content(fact("one", "Brame sank."), fact("all", "Brammo, Brammo, Barmo and Barmi opened.")))
    assert dict(look_up.ask(typed).corrected) == {typed: "Brame"}


def test_abbreviations_are_read() -> None:
    look_up = Lookup(content(fact("years", "The department spent £500 million in two years.")))
    assert first(look_up, "2 yrs") == first(look_up, "dept") == first(look_up, "500mil") == "years"


def test_near_facts_are_suggestions_never_answers(lookup: Lookup) -> None:
    answer = lookup.ask("cranes and horses and mares and foals and stables")
    assert not answer.facts or answer.outcome == "closest"
    assert {suggestion.kind for suggestion in answer.suggestions} <= {"near"}
    suggestion = lookup.ask("is the institute like the cranes").suggestions[0]
    assert (suggestion.label, suggestion.source) == ("Stated", "The Gazette, 2025")


def test_explain_tells_what_speaks_for_a_fact(lookup: Lookup) -> None:
    best = lookup.explain("crane fund horses")[0]
    assert best.fact_id == "crane-money"
    assert [word for word, _ in best.matched] == ["fund", "crane"]
    assert best.missing == ("horses",)
    assert 0 < best.coverage < 1


def test_a_guess_is_a_suggestion(lookup: Lookup) -> None:
    (suggestion,) = lookup.ask("unstitutte").suggestions
    assert suggestion.kind == "did_you_mean"
    assert (suggestion.text, suggestion.fact_id) == ("Did you mean “institute”?", "institute")


def test_nothing_and_too_much_are_told(lookup: Lookup) -> None:
    assert lookup.ask(" \t\n").reason == TYPE_SOMETHING
    answer = lookup.ask("crane " * LONGEST_QUERY)
    assert (answer.outcome, answer.reason, len(answer.query)) == ("no_answer", TOO_LONG, ECHO_LIMIT)


def test_ties_go_to_the_newer_fact_then_by_id() -> None:
    same = [fact(fact_id, "The bell rings.") for fact_id in ("b", "a")]
    newer = fact("z", "The bell rings.", as_of=date(2026, 1, 1))
    answer = Lookup(content(*same, newer)).ask("bell")
    assert [found.fact.id for found in answer.facts] == ["z", "a", "b"]


def test_the_exact_word_comes_before_another_with_the_same_stem() -> None:
    look_up = Lookup(content(fact("a", "The government met."), fact("b", "The governance is new.")))
    assert first(look_up, "governance") == "b"
    assert first(look_up, "government") == "a"


def test_nothing_else_is_told_in_place_of_a_withdrawn_fact() -> None:
    gone = replace(FACTS[0], withdrawn=DatedReason(on=date(2026, 12, 3), why="The plan was dropped."))
    others = [*FACTS[1:], fact("crane-colour", "The new cranes are green.")]
    answer = Lookup(content(gone, *others)).ask("new cranes")
    assert (answer.outcome, answer.facts) == ("no_answer", ())
    assert answer.reason == "The fact that held this was withdrawn on 3 December 2026: The plan was dropped."
    assert [near.fact_id for near in answer.suggestions] == ["crane-colour"]


def test_what_superseded_a_fact_is_told_in_its_place() -> None:
    gone = replace(FACTS[0], superseded_by="crane-maker")
    look_up = Lookup(content(gone, *FACTS[1:]))
    assert first(look_up, "£500m") == first(look_up, "crane-money") == "crane-maker"


@pytest.mark.parametrize(
    ("words", "found"),
    [("how many cranes", "crane-maker"), ("how many ferries are sovereign", "no_answer"), ("cranes", "crane-money")],
)
def test_how_many_is_answered_with_a_number_or_not_at_all(lookup: Lookup, words: str, found: str) -> None:
    assert first(lookup, words) == found


def test_a_changed_fact_is_found_anew_and_the_old_lookup_goes_on() -> None:
    before = Lookup(content(*FACTS))
    changed = replace(FACTS[0], statement="The Port is putting £7 million into tugs.", keywords=())
    after = before.refreshed(content(changed, *FACTS[2:], fact("bell", "A bell rings.")))
    assert [first(after, words) for words in ("£7m", "£500m", "Grabson", "bell")] == [
        "crane-money",
        "no_answer",
        "no_answer",
        "bell",
    ]
    assert [first(before, words) for words in ("£7m", "£500m", "Grabson")] == [
        "no_answer",
        "crane-money",
        "crane-maker",
    ]


def test_refreshing_gives_the_same_answers_as_building_anew() -> None:
    look_up = Lookup(content(*FACTS))
    for place in range(len(FACTS)):
        look_up = look_up.refreshed(content(*FACTS[:place], *FACTS[place + 1 :]))
        look_up = look_up.refreshed(content(*FACTS))
    anew = Lookup(content(*FACTS))
    for words in ("cranes", "ferries", "HSI", "Port", "sover", "cranes in Norway"):
        assert look_up.ask(words) == anew.ask(words)


@given(st.text(st.characters(exclude_categories=()), max_size=600))
def test_any_text_is_answered_within_bounds(lookup: Lookup, words: str) -> None:
    answer = lookup.ask(words)
    assert len(answer.query) <= ECHO_LIMIT
    assert len(answer.facts) <= 3
    assert len(answer.suggestions) <= 4
    assert len(answer.reason) < 300
    assert answer == lookup.ask(words)


HOSTILE = (
    *(
        "\u1369\u136a cranes built",
        "\u00b2\u00b3 cranes by Grabson",
        "1e309 cranes",
        "9" * 480,
        ":+1:" * 120,
        "please " * 70,
    ),
    *(
        "thanks, " * 60,
        "1. " * 160,
        "- " * 240,
        "a-" * 249,
        "*_~`" * 120,
        "re: " * 120,
        "\u200b" * 499,
        "for on about " * 38,
    ),
    *(
        "(((" * 160,
        "who what when " * 35,
        "<!channel> pls",
        "{{7*7}} thanks",
        "&amp;" * 99,
        "&#" * 249,
        "thanks " * 70 + "x",
    ),
)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_courtesy_is_answered_within_bounds(lookup: Lookup, words: str) -> None:
    answer = lookup.ask(words)
    assert len(answer.reason) < 300
    assert len(answer.facts) <= 3
    assert answer == lookup.ask(words)
    assert lookup.explain(words) == lookup.explain(words)


WORDS = sorted({word for each in FACTS for word in each.statement.rstrip(".").split()})


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), st.data())
def test_an_exact_fact_never_ranks_below_a_corrected_one(
    lookup: Lookup, chosen: list[str], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(chosen) - 1))
    exact = lookup.ask(" ".join(chosen))
    if exact.facts:
        assert not exact.corrected
    typo = [*chosen]
    typo[place] = typo[place][:2] + typo[place][3:]
    corrected = lookup.ask(" ".join(typo))
    if exact.facts and corrected.corrected:
        ids = {found.fact.id: found.score for found in exact.facts}
        for found in corrected.facts:
            assert found.score <= ids.get(found.fact.id, found.score)


def test_what_follows_the_related_facts_is_kept_in_order() -> None:
    facts = tuple(fact(f"crane-{number}", f"Crane {number} stands on the quay.") for number in range(9))
    answer = Lookup(content(*facts)).ask("crane quay")
    assert len(answer.facts) == 3
    assert len(answer.further) == 6
    told = {each.fact.id for each in answer.facts} | {each.id for each in answer.further}
    assert told == {each.id for each in facts}
    assert Lookup(content(*facts[:3])).ask("crane quay").further == ()


@pytest.mark.parametrize(
    ("words", "fact_id"),
    [
        ("Grabson built nine cranes in Denmark.", "crane-maker"),
        ("The Port is putting £9 billion into new cranes.", "crane-money"),
        ("We met the French ambassador.", None),
        ("Grabson met the ambassador.", None),
        ("Ferryco met the French ambassador for lunch on Tuesday.", None),
        ("", None),
        ("x" * 600, None),
    ],
)
def test_the_nearest_fact_holds_at_least_half(lookup: Lookup, words: str, fact_id: str | None) -> None:
    near = lookup.nearest(words)
    assert (near.id if near else None) == fact_id


def test_what_is_not_served_is_not_near() -> None:
    gone = replace(FACTS[1], withdrawn=DatedReason(on=date(2026, 1, 1), why="Wrong."))
    assert Lookup(content(gone)).nearest("Grabson built nine cranes in Denmark.") is None


@pytest.mark.parametrize(("share", "year", "first"), [(0.6, 2026, "later"), (0.59, 2026, "best"), (1, 2024, "best")])
def test_what_came_later_goes_first_where_it_answers_nearly_as_well(share: float, year: int, first: str) -> None:
    facts = (fact("best", "Cranes."), fact("later", "Cranes since.", as_of=date(year, 5, 1)))
    index = Lookup(content(*facts)).index
    entries = {each.id: index.entry(each.id) for each in facts}
    best, later = entries["best"], entries["later"]
    assert best is not None
    assert later is not None
    ranked = newest_first([Ranked(best, 2.5, ()), Ranked(later, 2.5 * share, ())])
    assert ranked[0].entry.fact.id == first
    assert len(ranked) == 2
