"""When a fact is due for a review, and what a folder may say of that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.checks.reviews import DueReview, ReviewRule, due, review_day
from bot.content.load import load
from bot.content.models import Content, DatedReason
from bot.content.render import Renderer
from bot.store.serialization import Encoder, content_from_json
from tests.support.content_copy import check
from tests.support.newsroom import shipped

if TYPE_CHECKING:
    from pathlib import Path

CHECKED = date(2026, 11, 22)
WATER = "brewing/water.yaml"


def edit(folder: Path, name: str, added: str) -> None:
    file = folder / name
    file.write_text(file.read_text(encoding="utf-8") + added, encoding="utf-8")


def of_water(content: Content, today: date) -> DueReview | None:
    return next((each for each in due(content, today) if each.fact.id == "tea-water"), None)


@pytest.mark.parametrize(
    ("fields", "due_on", "rule"),
    [
        ("", date(2027, 2, 20), ReviewRule.MEMORANDUM),
        ("  review_every: 30\n", date(2026, 12, 22), ReviewRule.REVIEW_EVERY),
        ("  checked_on: 2026-12-01\n  review_every: 30\n", date(2026, 12, 31), ReviewRule.REVIEW_EVERY),
        ("  review_by: 2027-05-01\n", date(2027, 5, 1), ReviewRule.REVIEW_BY),
        ("  review_by: 2026-12-01\n  review_every: 30\n", date(2026, 12, 1), ReviewRule.REVIEW_BY),
        ("  review_by: 2026-12-01\n  checked_on: 2026-11-30\n", date(2026, 12, 1), ReviewRule.REVIEW_BY),
        ("  review_by: 2026-12-01\n  checked_on: 2026-12-01\n", date(2027, 3, 1), ReviewRule.MEMORANDUM),
    ],
)
def test_a_fact_is_due_by_one_rule_from_the_day_after(
    folder: Path, fields: str, due_on: date, rule: ReviewRule
) -> None:
    edit(folder, WATER, fields)
    content = content_from_json(Encoder().encode(load(folder)))
    assert of_water(content, due_on) is None
    found = of_water(content, due_on + timedelta(days=1))
    assert found
    assert (found.due_on, found.rule) == (due_on, rule)
    faults = check(folder, today=due_on + timedelta(days=1), reviews=True)
    assert [each.message for each in faults if each.fact_id == "tea-water"] == [found.line]


def test_the_longest_overdue_comes_first_and_what_is_not_served_never(folder: Path) -> None:
    edit(folder, WATER, "  review_by: 2027-01-01\n")
    content, today = load(folder), date(2027, 3, 1)
    assert [each.fact.id for each in due(content, today)] == ["tea-water", "tea-binding", "tea-milk"]
    gone = DatedReason(on=date(2026, 12, 1), why="Wrong.")
    facts = dict(content.facts)
    facts["tea-water"] = replace(facts["tea-water"], withdrawn=gone)
    facts["tea-milk"] = replace(facts["tea-milk"], superseded_by="tea-binding")
    assert [each.fact.id for each in due(replace(content, facts=facts), today)] == ["tea-binding"]


def test_the_day_is_londons() -> None:
    assert review_day(datetime(2027, 6, 1, 22, 59, tzinfo=UTC)) == date(2027, 6, 1)
    assert review_day(datetime(2027, 6, 1, 23, 0, tzinfo=UTC)) == date(2027, 6, 2)
    assert review_day(datetime(2027, 1, 1, 23, 30, tzinfo=UTC)) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("name", "added", "code", "said"),
    [
        (WATER, "  review_every: 0\n", "bad-value", "above 0"),
        (WATER, "  review_every: 99999999999\n", "bad-value", "smaller number"),
        (WATER, "  review_every: ninety\n", "bad-value", "whole number"),
        (WATER, "  review_by: 1 May 2027\n", "bad-date", "2027-05-01"),
        (WATER, "  review_by: [2027-05-01]\n", "wrong-kind", "review_by"),
        ("memorandum.yaml", "owners: {The tea team: '#tea'}\n", "bad-value", "Slack id"),
        ("memorandum.yaml", "owners: {The tea team: <!channel>}\n", "bad-value", "Slack id"),
        ("memorandum.yaml", "owners: {The tea team: [U0123ABC]}\n", "wrong-kind", "text"),
        ("memorandum.yaml", "owners: [U0123ABC]\n", "wrong-kind", "owners"),
        ("memorandum.yaml", "owners: {'!!': U0123ABC}\n", "empty-field", "owner"),
        ("memorandum.yaml", "owners: {Tea team: U0123ABC, tea  TEAM: C0123ABC}\n", "listed-twice", "tea"),
    ],
)
def test_what_cannot_be_kept_to_is_a_fault(folder: Path, name: str, added: str, code: str, said: str) -> None:
    edit(folder, name, added)
    faults = check(folder, today=CHECKED, reviews=True)
    assert [each.code for each in faults] == [code]
    assert said in f"{faults[0].message} {faults[0].hint}"
    assert faults[0].line == len((folder / name).read_text(encoding="utf-8").splitlines())


def test_owners_are_kept_with_the_content(folder: Path) -> None:
    edit(folder, "memorandum.yaml", "owners: {The tea team: C0123ABC}\n")
    edit(folder, WATER, "  owner: The tea team\n")
    content = content_from_json(Encoder().encode(load(folder)))
    assert content.memorandum.owners == (("The tea team", "C0123ABC"),)


def test_a_fact_that_is_due_comes_last_below_its_heading_and_sources_are_numbered_as_they_come() -> None:
    renderer = Renderer(shipped())
    before = renderer.briefing("infrastructure", long=False)
    first = next(line for line in before.splitlines() if line.startswith("- "))
    section = shipped().briefings["infrastructure"].sections[0]
    after = renderer.briefing("infrastructure", long=False, last={section.facts[0], "no-such-fact"})
    lines = after.partition("\n## ")[2].partition("\n\n")[0].splitlines()
    assert lines[-1].partition(" [")[0] == first.partition(" [")[0]
    assert renderer.briefing("infrastructure", long=False) == before
    cited = after.partition("\n\n\\[1\\]")[0].split("[\\[")[1:]
    seen = list(dict.fromkeys(int(mark.partition("\\]")[0]) for mark in cited))
    assert seen == sorted(seen)


@given(last=st.frozensets(st.sampled_from(sorted(shipped().facts))))
def test_whatever_is_due_a_briefing_has_the_same_lines_below_the_same_headings(last: frozenset[str]) -> None:
    renderer = Renderer(shipped())
    for long in (False, True):
        assert shape(renderer.briefing("adoption", long=long, last=last)) == shape(
            renderer.briefing("adoption", long=long)
        )


def shape(markdown: str) -> list[list[str]]:
    """Return the lines below each heading without their sources, in no order; the bottom line first."""
    parts = markdown.partition("\n\n\\[1\\]")[0].split("\n## ")
    return [sorted(line.partition(" [")[0] for line in part.splitlines()) for part in parts]


def test_a_review_day_before_the_last_comparison_is_a_warning(folder: Path) -> None:
    edit(folder, WATER, "  review_by: 2026-11-21\n")
    faults = check(folder, today=date(2026, 12, 1))
    assert [(each.code, each.file, each.line, each.severity) for each in faults] == [
        ("review-passed", WATER, 7, "warning")
    ]
    assert "on 22 November 2026: the day counts no more" in faults[0].message
