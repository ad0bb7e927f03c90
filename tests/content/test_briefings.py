"""The shipped briefings: short enough for a phone, and with what is asked first."""

from __future__ import annotations

import re

import pytest

from bot.content.render import Renderer
from tests.scenarios.scene import shipped

AREAS = [area.key for area in shipped().areas]


def words(markdown: str) -> list[str]:
    """Return the words that readers see, without the numbers of sources."""
    text = re.sub(r"\]\([^)]*\)", "]", markdown)
    return [word for word in re.sub(r"\\?\[\\?\[?\d+\\?\]+", " ", text).split() if re.search(r"\w", word)]


@pytest.mark.parametrize("area", AREAS)
def test_a_short_briefing_has_150_to_260_words(area: str) -> None:
    assert 150 <= len(words(Renderer(shipped()).briefing(area, long=False))) <= 260


@pytest.mark.parametrize("area", AREAS)
def test_each_briefing_has_status_gaps_and_what_followed(area: str) -> None:
    briefing = Renderer(shipped()).briefing(area, long=False)
    for heading in ("Status", "Not stated in our sources", "After the signing"):
        assert f"\n## {heading}\n" in briefing
    assert "The memorandum is voluntary and not legally binding." in briefing


@pytest.mark.parametrize("area", AREAS)
def test_details_add_and_take_nothing_away(area: str) -> None:
    short, long = (Renderer(shipped()).briefing(area, long=long) for long in (False, True))
    lines = [re.sub(r" \[.*", "", line) for line in short.split("\n") if line.startswith(("- ", "## "))]
    assert all(line in long for line in lines)


def test_what_follows_is_no_line_among_what_was_agreed() -> None:
    content = shipped()
    later = {fact.id for fact in content.facts.values() if fact.place.file.endswith("after-the-signing.yaml")}
    assert len(later) == 30
    for briefing in content.briefings.values():
        for section in briefing.sections:
            if "after the signing" not in section.heading.casefold():
                assert not later.intersection(section.facts), section.heading
