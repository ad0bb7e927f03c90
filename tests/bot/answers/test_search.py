"""The next related facts, and suggestions while somebody types."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.actions import Action
from bot.answers.search import PAGE, more_related, suggest
from bot.content.models import DatedReason
from bot.errors import BriefingBotError
from bot.messages import Outcome, Reply
from tests.support.newsroom import TODAY, shipped
from tests.support.snapshots import snapshot_of

SNAPSHOT = snapshot_of()
BROAD = "growth zones"


def pages(words: str) -> list[Reply]:
    """Follow More from the answer to the end."""
    found = []
    value = f"3 {words}"
    while value:
        reply = more_related(SNAPSHOT, value)
        found.append(reply)
        value = next((each.value for each in reply.choices if each.ask is Action.MORE), "")
    return found


def test_the_pages_show_each_further_fact_once_and_in_order() -> None:
    answer = SNAPSHOT.lookup.ask(BROAD)
    assert len(answer.further) > PAGE
    shown = [each.value for page in pages(BROAD) for each in page.choices if each.ask is Action.FACT]
    assert shown == [fact.id for fact in answer.further]
    assert len(set(shown)) == len(shown)


def test_a_page_says_where_it_stands_and_leads_back() -> None:
    first, *_, last = pages(BROAD)
    count = len(SNAPSHOT.lookup.ask(BROAD).further) + 3
    assert first.outcome is Outcome.RELATED
    assert f"## Facts 4 to 7 of {count}" in first.markdown
    assert (first.choices[0].ask, first.choices[-1].ask) == (Action.MORE, Action.LOOKUP)
    assert first.choices[-1].value == BROAD
    assert last.choices[0] == first.choices[-1], "the way back is the first button of the last page"
    assert Action.MORE not in {each.ask for each in last.choices}


def test_a_fact_of_a_page_is_named_once_and_shown_by_its_number() -> None:
    first = pages(BROAD)[0]
    assert [each.label for each in first.choices if each.ask is Action.FACT] == ["Show 4", "Show 5", "Show 6", "Show 7"]
    fact = SNAPSHOT.content.facts[first.choices[1].value]
    assert f"- **4** {fact.short or fact.statement}" in first.markdown


def test_the_last_of_all_is_one_more_related_fact() -> None:
    count = len(SNAPSHOT.lookup.ask(BROAD).further) + 3
    assert more_related(SNAPSHOT, f"{count - 1} {BROAD}").markdown.startswith("## One more related fact\n")


def test_the_same_press_shows_the_same() -> None:
    assert more_related(SNAPSHOT, f"3 {BROAD}") == more_related(SNAPSHOT, f"3 {BROAD}")


@pytest.mark.parametrize("value", ["", "3", "3 ", "x growth zones", "-1 growth zones", "３ growth zones", "²  zones"])
def test_a_value_of_another_version_is_refused(value: str) -> None:
    with pytest.raises(BriefingBotError, match="too old"):
        more_related(SNAPSHOT, value)


@pytest.mark.parametrize("value", ["900 growth zones", "3 zebras", f"3 {'x' * 600}"])
def test_where_there_is_no_more_it_says_so(value: str) -> None:
    with pytest.raises(BriefingBotError, match="no more facts"):
        more_related(SNAPSHOT, value)


@pytest.mark.parametrize(("typed", "meant"), [("growth zon", "growth zones"), ("infrastr", "infrastructure")])
def test_suggestions_come_while_a_word_is_not_typed_to_its_end(typed: str, meant: str) -> None:
    suggested = suggest(SNAPSHOT, typed)
    assert not suggested.are_near
    held = {scored.fact for scored in SNAPSHOT.lookup.ask(meant).facts}
    assert held & set(suggested.facts)


def test_what_is_only_near_is_told_apart() -> None:
    suggested = suggest(SNAPSHOT, "growth zones in Sheffield")
    assert suggested.are_near
    assert suggested.facts


@pytest.mark.parametrize("words", ["", "  ", "x" * 501])
def test_nothing_is_suggested_for_nothing(words: str) -> None:
    assert suggest(SNAPSHOT, words).facts == ()


def test_what_is_not_served_is_not_suggested() -> None:
    gone = shipped().facts["growth-zones-investment"]
    snapshot = snapshot_of(replace(gone, withdrawn=DatedReason(on=TODAY, why="Wrong.")))
    for words in ("growth zones", gone.id, "investing in growth zones"):
        assert gone.id not in [fact.id for fact in suggest(snapshot, words).facts]
