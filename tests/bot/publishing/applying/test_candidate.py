"""The shipped content with a change made in it, checked as publishing checks it."""

from __future__ import annotations

from datetime import date

import pytest

from bot.config import BRIEFINGS
from bot.content.editing.changes import ContentChange, withdrawal
from bot.publishing.applying.candidate import candidate_of, sound_candidate
from bot.publishing.applying.protocol import ApplyError
from cli.folder_check import check_folder
from tests.support.newsroom import shipped


def test_a_shipped_fact_that_answers_questions_and_stands_in_briefings_can_be_withdrawn() -> None:
    fact = shipped().facts["stargate-uk"]

    candidate = candidate_of(BRIEFINGS, withdrawal(fact, why="It was cancelled.", on=date(2026, 11, 30)), check_folder)

    assert [str(fault) for fault in candidate.faults] == []
    assert candidate.content is not None
    assert not candidate.content.facts["stargate-uk"].is_current
    assert candidate.before.keys() == candidate.after.keys()


def test_a_fault_is_told_at_its_place() -> None:
    change = ContentChange(
        "new-fact",
        fields={"statement": "It could be.", "certainty": "stated", "sources": {"nobody": "words"}},
        file="adoption/new.yaml",
    )

    with pytest.raises(ApplyError, match=r"adoption/new\.yaml:\d+: “could” is a hedge"):
        sound_candidate(BRIEFINGS, change, check_folder)
