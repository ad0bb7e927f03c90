"""The shipped briefings: short enough for a phone, and with what is asked first."""

from __future__ import annotations

import re

import pytest

from bot.content.render import Renderer
from tests.support.newsroom import shipped

AREAS = [area.key for area in shipped().areas]


def words(markdown: str) -> list[str]:
    """Return the words that readers see, without the numbers of sources."""
    text = re.sub(r"\]\([^)]*\)", "]", markdown)
    return [word for word in re.sub(r"\\?\[\\?\[?\d+\\?\]+", " ", text).split() if re.search(r"\w", word)]


@pytest.mark.parametrize("area", AREAS)
def test_a_short_briefing_has_150_to_260_words(area: str) -> None:
    assert 150 <= len(words(Renderer(shipped()).briefing(area, long=False))) <= 260


@pytest.mark.parametrize("area", AREAS)
def test_each_briefing_has_status_what_is_not_stated_and_what_followed(area: str) -> None:
    briefing = Renderer(shipped()).briefing(area, long=False)
    for heading in ("Status", "Not stated in our sources"):
        assert f"\n## {heading}\n" in briefing
    assert ("\n## After the signing\n" in briefing) is ("After the signing: what we hold to " in briefing)
    assert ("\n## After the signing\n" in briefing) is not ("We hold nothing later on this." in briefing)
    assert "The memorandum is voluntary and not legally binding." in briefing


@pytest.mark.parametrize("area", AREAS)
def test_details_add_and_take_nothing_away(area: str) -> None:
    short, long = (Renderer(shipped()).briefing(area, long=long) for long in (False, True))
    lines = [re.sub(r" \[.*", "", line) for line in short.split("\n") if line.startswith(("- ", "## "))]
    assert all(line in long for line in lines)


def test_a_line_stands_where_its_label_says() -> None:
    """“Will explore” is intended, “may” is possible: briefings/README.md has the rule."""
    content = shipped()
    places = {"Intended": {"intended"}, "Also intended": {"intended"}, "May happen": {"possible"}}
    places |= {"Also possible": {"possible"}, "Purpose": {"intended"}}
    places |= {heading: {"unstated"} for heading in ("Not stated in our sources", "Also not stated in our sources")}
    for area, briefing in content.briefings.items():
        for section in briefing.sections:
            found = {content.facts[each].certainty.value for each in section.facts}
            assert found <= places.get(section.heading, found), (area, section.heading)
    assert content.facts["data-centres"].label == "Intended, not binding"
    assert "investing itself is only possible" in content.facts["data-centres"].statement
    assert content.facts["justice-defence-education"].label == "Possible, not decided"


def test_a_line_after_the_signing_has_its_date_in_it() -> None:
    """The header speaks of the day of signing; a present that is meant to last needs none."""
    content = shipped()
    for briefing in content.briefings.values():
        for section in briefing.later_sections:
            for fact in (content.facts[each] for each in section.facts):
                dated = re.search(r"\b20\d\d\b", fact.short or fact.statement)
                assert dated or fact.id == "govuk-chat-hosting", fact.id


def test_what_follows_is_no_line_among_what_was_agreed() -> None:
    content = shipped()
    later = {fact.id for fact in content.facts.values() if fact.place.file.endswith("after-the-signing.yaml")}
    assert len(later) == 30
    assert all(content.facts[each].as_of > content.memorandum.position_on for each in later)
    for briefing in content.briefings.values():
        for section in briefing.sections:
            if "after the signing" not in section.heading.casefold():
                assert not later.intersection(section.facts), section.heading
