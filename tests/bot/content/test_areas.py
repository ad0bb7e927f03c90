"""Areas by every name that people type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.content.areas import find_area, names_area, plain_name
from bot.content.load import load
from bot.errors import UnknownAreaError

if TYPE_CHECKING:
    from pathlib import Path

    from bot.content.models import Memorandum


@pytest.fixture
def memorandum(folder: Path) -> Memorandum:
    return load(folder).memorandum


@pytest.mark.parametrize(
    "words", ["brewing", "BREWING", " Brewing. ", "1", "#1", "Area 1", "infusion", "“Infusion”", "ｂrewing"]
)
def test_names_of_an_area(memorandum: Memorandum, words: str) -> None:
    assert find_area(memorandum, words).key == "brewing"


@pytest.mark.parametrize("words", ["agreement", "Overview", "0", "the whole-agreement"])
def test_names_of_the_overview(memorandum: Memorandum, words: str) -> None:
    assert find_area(memorandum, words).number == 0


@pytest.mark.parametrize("words", ["", " ", "brew", "brewing tea", "3", "x" * 10_000, "\ud800", "*"])
def test_other_words_name_none(memorandum: Memorandum, words: str) -> None:
    assert names_area(memorandum, words) is None
    with pytest.raises(UnknownAreaError, match=r"Did you mean|The areas are: 1 Brewing, 2 Serving"):
        find_area(memorandum, words)


def test_a_near_miss_gets_suggestions(memorandum: Memorandum) -> None:
    with pytest.raises(UnknownAreaError) as error:
        find_area(memorandum, "Bruwing")
    assert error.value.suggestions == ("Brewing",)
    assert error.value.hint == "Did you mean Brewing?"


def test_plain_names() -> None:
    assert plain_name("  R&D — “Labs”_x ") == "r and d labs x"
