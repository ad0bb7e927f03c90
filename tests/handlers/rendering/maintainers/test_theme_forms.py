"""The forms of themes: what an expert is told before they decide, and what is filled in for them."""

from __future__ import annotations

import json

from bot.actions import Action, Button
from bot.answers.facts import TELL_ME
from bot.gaps.theme_list import ThemeEntry
from handlers.rendering.button_rows import button_row
from handlers.rendering.maintainers.themes import hold_form, refuse_form
from tests.support.themes import gap

ENTRY = ThemeEntry(
    "new-1", "an ombudsman", ("deal", "complaints"), (gap("is there an ombudsman"),), draft="Drafted by Ada."
)


def test_whoever_decides_reads_first_that_a_fact_is_drafted() -> None:
    for form in (hold_form(ENTRY, {}), refuse_form(ENTRY)):
        assert form["blocks"][0]["text"]["text"].startswith("an ombudsman\nDrafted by Ada.\n")


def test_no_keywords_are_filled_in() -> None:
    assert "initial_value" not in json.dumps(hold_form(ENTRY, {}))


def test_what_stands_below_a_no_fits_one_row_without_a_menu() -> None:
    (row,) = button_row([Button(Action.ASK, "Ask the team", "x"), Button(Action.AWAIT, TELL_ME, "x")])
    assert [each["type"] for each in row["elements"]] == ["button", "button"]
