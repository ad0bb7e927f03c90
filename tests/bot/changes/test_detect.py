"""Changes are derived from two contents: what counts, as what, and what is silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from bot.changes.detect import detect_changes, old_and_new, withdrawn_share
from bot.content.certainty import Certainty
from bot.content.models import Briefing, Content, DatedReason
from bot.store.revision import ChangeKind
from tests.support.newsroom import shipped

if TYPE_CHECKING:
    from bot.content.models import Fact
    from bot.store.revision import Change

WRONG = DatedReason(on=date(2026, 11, 1), why="The sum was wrong.")
ID = "growth-zones-investment"


def with_fact(fact: Fact, content: Content | None = None) -> Content:
    content = content or shipped()
    return replace(content, facts={**content.facts, fact.id: fact})


def of(**fields: Any) -> tuple[Change, ...]:  # noqa: ANN401 — a fact's fields
    """Return the changes when one fact's fields become these."""
    before = shipped()
    return detect_changes(before, with_fact(replace(before.facts[ID], **fields)))


def rewritten(statement: str, to: str) -> tuple[Change, ...]:
    """Return the changes when one fact's only wording becomes another."""
    fact = replace(shipped().facts[ID], statement=statement, short=None)
    return detect_changes(with_fact(fact), with_fact(replace(fact, statement=to)))


SENTENCE = "OpenAI could invest up to £1.5 million in ten data centres by 2027."


def test_the_same_content_changes_nothing() -> None:
    assert detect_changes(shipped(), shipped()) == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"keywords": ("something else",)},
        {"checked_on": date(2026, 11, 1)},
        {"owner": "Somebody"},
        {"citations": tuple(replace(each, where="other words") for each in shipped().facts[ID].citations)},
        {"place": replace(shipped().facts[ID].place, line=99)},
    ],
)
def test_what_readers_do_not_see_is_silent(fields: dict[str, Any]) -> None:
    assert of(**fields) == ()


@pytest.mark.parametrize(
    "to",
    [
        "openai  could invest up to £1.5 million, in ten data centres by 2027",
        "OpenAI could invest “up to” £1.5 million in ten data centres – by 2027.",
    ],
)
def test_punctuation_case_and_white_space_are_silent(to: str) -> None:
    assert rewritten(SENTENCE, to) == ()


def test_a_spelling_fix_is_silent_when_the_word_stands_elsewhere_and_the_slip_nowhere() -> None:
    assert rewritten("OpenAI could suport investment.", "OpenAI could support investment.") == ()
    assert rewritten("OpenAI could inevst.", "OpenAI could invest.") == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("could invest", "would invest"),
        ("could invest", "may invest"),
        ("could invest", "could not invest"),
        ("up to £1.5", "£1.5"),
        ("£1.5", "£15"),
        ("£1.5", "1.5"),
        ("£1.5", "$1.5"),
        ("million", "billion"),
        ("ten", "two"),
        ("2027", "2028"),
        ("OpenAI", "OpenAl"),
        ("data centres", "data centre"),
        ("in ten data centres by 2027", "by 2027 in ten data centres"),
    ],
)
def test_numbers_names_hedges_negations_and_other_words_are_updates(one: str, other: str) -> None:
    for before, after in ((one, other), (other, one)):
        found = rewritten(SENTENCE.replace(one, before), SENTENCE.replace(one, after))
        assert [change.kind for change in found] == [ChangeKind.UPDATED], (before, after)


@pytest.mark.parametrize(("one", "other"), [("adopt", "adapt"), ("increase", "decrease"), ("include", "exclude")])
def test_two_real_words_a_letter_or_two_apart_are_no_spelling(one: str, other: str) -> None:
    content = with_fact(replace(shipped().facts[ID], id="words", statement=f"Departments {one} and {other} it."))
    fact = replace(shipped().facts[ID], statement=f"Departments {one} it.", short=None)
    found = detect_changes(
        with_fact(fact, content), with_fact(replace(fact, statement=f"Departments {other} it."), content)
    )
    assert [change.kind for change in found] == [ChangeKind.UPDATED]


def test_a_change_of_certainty_is_an_update_and_named() -> None:
    (change,) = of(certainty=Certainty.INTENDED)
    assert change.kind is ChangeKind.UPDATED
    assert change.labels == ("Possible, not decided", "Intended, not binding")


def test_a_new_reason_makes_a_correction_and_the_same_one_does_not() -> None:
    (change,) = of(statement="OpenAI will invest.", corrected=WRONG)
    assert (change.kind, change.reason) == (ChangeKind.CORRECTED, WRONG)
    once = with_fact(replace(shipped().facts[ID], corrected=WRONG))
    (update,) = detect_changes(
        once, with_fact(replace(once.facts[ID], statement="OpenAI will invest in it.", short=None))
    )
    assert update.kind is ChangeKind.UPDATED
    again = DatedReason(on=WRONG.on, why="Another reason.")
    (correction,) = detect_changes(once, with_fact(replace(once.facts[ID], corrected=again)))
    assert correction.kind is ChangeKind.CORRECTED


def test_withdrawn_superseded_gone_added_and_moved() -> None:
    assert [each.kind for each in of(withdrawn=WRONG)] == [ChangeKind.WITHDRAWN]
    assert [each.kind for each in of(superseded_by="sovereign-ai")] == [ChangeKind.SUPERSEDED]
    (moved,) = of(area="adoption")
    assert (moved.kind, moved.areas[:2]) == (ChangeKind.MOVED, ("adoption", "infrastructure"))
    before = shipped()
    without = replace(before, facts={key: fact for key, fact in before.facts.items() if key != ID})
    (gone,) = detect_changes(before, without)
    assert (gone.kind, gone.after, gone.fact) == (ChangeKind.WITHDRAWN, None, before.facts[ID])
    (added,) = detect_changes(without, before)
    assert (added.kind, added.before) == (ChangeKind.ADDED, None)


def test_a_fact_that_is_not_served_changes_in_silence() -> None:
    gone = with_fact(replace(shipped().facts[ID], withdrawn=WRONG))
    assert detect_changes(gone, with_fact(replace(gone.facts[ID], statement="Anything else.", corrected=WRONG))) == ()
    assert [each.kind for each in detect_changes(gone, shipped())] == [ChangeKind.ADDED]


def test_areas_are_the_folder_and_every_area_that_prints_it() -> None:
    content = shipped()
    overview = Briefing(bottom_line=ID, sections=content.briefings["agreement"].sections)
    printed = replace(content, briefings={**content.briefings, "agreement": overview})
    (change,) = detect_changes(content, with_fact(replace(content.facts[ID], statement="OpenAI will invest."), printed))
    assert change.areas == ("infrastructure", "agreement")


def test_templates_alone_change_nothing() -> None:
    content = shipped()
    other = replace(content, templates={**content.templates, "templates/help.md.j2": "Ask.\n"})
    assert detect_changes(content, other) == ()


def test_corrections_come_first_then_the_order_of_the_files() -> None:
    content = shipped()
    first, second, third = list(content.facts.values())[:3]
    facts = {
        **content.facts,
        first.id: replace(first, statement="Something else entirely."),
        second.id: replace(second, withdrawn=WRONG),
        third.id: replace(third, statement="Put right.", corrected=WRONG),
    }
    found = detect_changes(content, replace(content, facts=facts))
    assert [(each.fact_id, each.position) for each in found] == [(third.id, 0), (second.id, 1), (first.id, 2)]


def test_old_and_new_words_side_by_side() -> None:
    (change,) = rewritten("OpenAI could invest *now*.", "OpenAI will invest *now*.")
    assert old_and_new(change) == (r"OpenAI **could** invest \*now\*.", r"OpenAI **will** invest \*now\*.")


def test_the_share_of_facts_withdrawn_at_once() -> None:
    content = shipped()
    served = [fact.id for fact in content.current_facts()]
    half = set(served[: len(served) // 2])
    kept = replace(content, facts={key: fact for key, fact in content.facts.items() if key not in half})
    assert withdrawn_share(content, detect_changes(content, kept)) == pytest.approx(0.5, abs=0.01)
    assert withdrawn_share(replace(content, facts={}), ()) == 0.0
