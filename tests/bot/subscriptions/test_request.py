"""What somebody wants, read from their words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.subscriptions import ALL
from bot.errors import BriefingBotError, UnknownAreaError
from bot.subscriptions.request import SubscriptionRequest, keys_of, parse_request, read_request
from tests.support.newsroom import shipped

if TYPE_CHECKING:
    from bot.content.models import Area

CONTENT = shipped()
MEMORANDUM = CONTENT.memorandum
INFRA = SubscriptionRequest(("infrastructure",), alerts=True)


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("", SubscriptionRequest()),
        ("infrastructure", SubscriptionRequest(("infrastructure",))),
        ("1, 3", SubscriptionRequest(("transformative-potential", "infrastructure"))),
        ("the public sector and security please", SubscriptionRequest(("adoption", "technical-exchange"))),
        ("all", SubscriptionRequest((ALL,))),
        ("infrastructure everything", SubscriptionRequest((ALL,))),
        ("me to “infrastructure” alerts.", SubscriptionRequest(("infrastructure",), alerts=True)),
        ("infra alerts", SubscriptionRequest(("infrastructure",), alerts=True)),
        ("infra corrections only", SubscriptionRequest(("infrastructure",), corrections_only=True, alerts=True)),
        ("infra when possible becomes intended", replace(INFRA, certainty="possible>intended")),
        ("infra only when a Possible becomes an Intended", replace(INFRA, certainty="possible>intended")),
        ("infra when certainty changes", replace(INFRA, certainty="any")),
        ("infra certainty only, corrections only", replace(INFRA, corrections_only=True, certainty="any")),
        ("fact growth-zones-bids", SubscriptionRequest(("fact:growth-zones-bids",), alerts=True, facts_alone=True)),
        ("infra, fact no-such", SubscriptionRequest(("infrastructure", "fact:no-such"), alerts=True, facts_alone=True)),
        ("weekly digest", SubscriptionRequest(is_digest=True)),
        ("digest alerts", SubscriptionRequest(alerts=True, is_digest=True)),
    ],
)
def test_what_words_ask_for(words: str, wish: SubscriptionRequest) -> None:
    assert read_request(MEMORANDUM, words) == wish


def test_a_word_that_names_no_area_is_told_and_the_rest_is_read() -> None:
    wish = read_request(MEMORANDUM, "infrastrukture adoption gibberish alerts")
    assert wish.areas == ("adoption",)
    assert wish.unknown is not None
    assert str(wish.unknown) == "No area is called “infrastrukture”. Did you mean Infrastructure?"
    assert not wish.is_for_alerts
    with pytest.raises(UnknownAreaError):
        parse_request(MEMORANDUM, "infrastrukture")


@pytest.mark.parametrize("words", ["infra when hopeful becomes intended", "infra when possible becomes <!channel>"])
def test_a_word_that_is_no_certainty_is_told(words: str) -> None:
    if "<" in words:
        assert read_request(MEMORANDUM, words).certainty == ""
        return
    with pytest.raises(BriefingBotError, match=r"“hopeful” is no certainty. They are: stated, intended, possible"):
        read_request(MEMORANDUM, words)


def test_only_areas_and_the_word_alerts_are_for_alerts_alone() -> None:
    assert read_request(MEMORANDUM, "infra alerts").is_for_alerts
    assert not read_request(MEMORANDUM, "infra").is_for_alerts
    assert not read_request(MEMORANDUM, "alerts").is_for_alerts
    assert not read_request(MEMORANDUM, "digest alerts").is_for_alerts


def test_areas_are_posted_in_the_memorandums_order_and_all_means_each() -> None:
    assert keys_of(CONTENT, SubscriptionRequest(("infrastructure", "adoption"))) == ("adoption", "infrastructure")
    assert keys_of(CONTENT, SubscriptionRequest((ALL,))) == tuple(area.key for area in CONTENT.areas)
    assert keys_of(CONTENT, SubscriptionRequest()) == ()


@pytest.mark.parametrize("area", MEMORANDUM.areas, ids=lambda area: area.key)
def test_an_area_is_found_by_its_longest_name_though_dashes_part_it(area: Area) -> None:
    for joint in (" ", " - ", " – "):
        wish = read_request(MEMORANDUM, f"please {joint.join(area.title.replace(',', '').split())} alerts")
        assert (wish.areas, wish.unknown) == ((area.key,), None)


@given(st.text(max_size=700))
def test_any_words_are_read(words: str) -> None:
    wish = read_request(MEMORANDUM, words)
    assert set(wish.areas) <= {ALL, *(area.key for area in CONTENT.areas)}
