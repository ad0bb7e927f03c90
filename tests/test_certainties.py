"""Every place that lists certainties knows each: one more would be left out in silence, or end in a KeyError."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.answers import claim_check, fact_parts
from bot.content import certainty, fact_files, hedges
from bot.content.certainty import Certainty
from bot.publishing import impact
from cli.maintainers import new
from handlers.rendering.maintainers import proposal_form

EVERY = set(Certainty)
SPOKEN = {each for each in Certainty if each.label("Ada") != each.label("Grace")}


@pytest.mark.parametrize(
    "listed",
    [
        certainty._LABELS,  # noqa: SLF001 — these tables are what the test is about, here and below
        fact_parts._FIRMNESS,  # noqa: SLF001
        new._HEADINGS,  # noqa: SLF001
        proposal_form._CERTAINTIES,  # noqa: SLF001
        (*impact._FIRM, *impact._LOOSE),  # noqa: SLF001
    ],
    ids=["labels", "how firm it is", "headings of an area", "the form", "firmer than before"],
)
def test_each_is_listed_once(listed: dict[Certainty, str] | tuple[Certainty, ...]) -> None:
    assert set(listed) == EVERY
    assert len(listed) == len(EVERY)


def test_who_said_it_is_asked_where_the_label_says_it() -> None:
    assert fact_files._SPEAKERS == SPOKEN  # noqa: SLF001
    assert new._SPOKEN == SPOKEN  # noqa: SLF001


def test_a_careless_sentence_has_a_remark() -> None:
    careless = {each for each in Certainty if not hedges.is_as_careful("The building opened.", each)}
    assert set(claim_check._CARELESS) == careless  # noqa: SLF001


def test_the_check_of_wordings_treats_each() -> None:
    tree = ast.parse(Path(hedges.__file__).read_text(encoding="utf-8"))
    names = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Certainty"
    }
    assert names == {each.name for each in Certainty}
