"""Time zones by the names that people type."""

from __future__ import annotations

import pytest

from bot.content.areas import names_of
from bot.recurrence.zones import zone_meant, zone_named, zones_like
from tests.support.newsroom import shipped


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        ("UK", "Europe/London"),
        ("europe/london", "Europe/London"),
        ("gb", "GB"),
        ("new york", "America/New_York"),
        ("Buenos Aires", "America/Argentina/Buenos_Aires"),
        ("UTC", "UTC"),
        ("EST", None),
        ("Mars/Phobos", None),
        ("localtime", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_a_name(words: str, zone: str | None) -> None:
    assert zone_named(words) == zone


def test_a_search_lists_the_best_first() -> None:
    assert zones_like("lond", 5) == ("Europe/London",)
    assert zones_like("BST", 1) == ("Europe/London",)
    assert zones_like("new_y", 3) == ("America/New_York",)
    assert zones_like("Eurpe/Lodnon", 3) == ("Europe/London",)
    assert zones_like("europe/", 4) == ("Europe/Amsterdam", "Europe/Andorra", "Europe/Astrakhan", "Europe/Athens")
    assert zones_like("", 3) == ()
    assert zones_like("Mars/Phobos", 3) == ()


def test_no_name_of_an_area_passes_for_a_misspelt_zone() -> None:
    content = shipped()
    words = {word for area in content.areas for name in names_of(area) for word in name.split()}
    assert {word for word in words if zone_named(word) or zone_meant(word)} <= {"UK"}
