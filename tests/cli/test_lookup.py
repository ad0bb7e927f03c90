"""`briefing-bot lookup`, for readers and for programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from cli import lookup
from cli.main import app
from tests.support.newsroom import HandClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True, scope="module")
def _before_any_review() -> Iterator[None]:
    """Look up on a day on which no fact of the shipped content is due for a review."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "SystemClock", lambda: HandClock(datetime(2026, 11, 25, 10, tzinfo=UTC)))
        yield


def run(*words: str, typed: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["lookup", *words], input=typed)


def asked(*words: str) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == 0
    return dict(json.loads(result.stdout))


def test_an_answer_as_json() -> None:
    told = asked("soverign", "AI")
    assert list(told) == [
        "query",
        "outcome",
        "answers",
        "corrected",
        "expanded",
        "suggestions",
        "reason",
        "unmatched",
        "premise",
    ]
    assert (told["query"], told["outcome"], told["corrected"]) == (
        "soverign AI",
        "answer",
        {"soverign": "sovereign"},
    )
    fact = told["answers"][0]
    listed = CliRunner().invoke(app, ["facts", "--json"]).stdout.splitlines()
    assert {key: value for key, value in fact.items() if key != "score"} in map(json.loads, listed)
    assert fact["score"] > 0


def test_nothing_held_as_json_ends_with_0() -> None:
    told = asked("Anthropic", "MoU")
    assert (told["outcome"], told["answers"], told["reason"]) == ("no_answer", [], "No fact mentions “Anthropic”.")


def test_a_suggestion_leads_to_a_fact() -> None:
    near = asked("police", "consultation", "responses")["suggestions"]
    assert near
    assert all(set(each) == {"kind", "text", "fact_id", "label", "source"} for each in near)


def test_the_closest_fact_as_json_says_what_it_lacks() -> None:
    told = asked("background", "growth", "zone", "bids")
    assert (told["outcome"], told["unmatched"], told["premise"]) == ("closest", ["background"], None)
    assert told["answers"][0]["id"] == "growth-zones-bids"


def test_a_wrong_premise_as_json() -> None:
    told = asked("£5bn", "in", "sovereign", "AI")
    assert (told["outcome"], told["premise"]) == ("closest", {"asked": "£5bn", "held": "£500 million"})
    assert told["reason"] == "The sources do not say £5bn."


def test_explain_prints_the_decision_and_its_evidence() -> None:
    told = run("--explain", "weekend", "growth", "zone", "bids").stdout
    assert "Decision: closest." in told
    assert "1. growth-zones-bids (shown): holds bids" in told
    assert "lacks weekend" in told
    assert "holds none" not in told
    whose = run("--explain", "how", "much", "is", "OpenAI", "investing").stdout
    assert "sovereign-ai-money: holds investing" in whose
    assert "is of another party than the question" in whose
    premise = run("--explain", "£5bn", "in", "sovereign", "AI").stdout
    assert "has £500 million where the question says £5bn" in premise
    evidence = asked("--explain", "growth", "zone", "bids")["evidence"]
    assert evidence[0]["fact_id"] == "growth-zones-bids"


def test_a_reader_sees_the_fact_its_label_area_day_and_source() -> None:
    told = run("£2bn").stdout
    for part in ("£2 billion", "Stated", "Infrastructure", "2025", "https://www.gov.uk/"):
        assert part in told


def test_a_reader_is_told_that_nothing_is_held_why_and_whom_to_ask() -> None:
    told = run("Anthropic").stdout
    for part in ("We hold nothing", "No fact mentions “Anthropic”", "the two July 2025 reports", "ask the team"):
        assert part in told


def test_a_reader_is_told_what_was_corrected() -> None:
    assert run("growht", "zones").stdout.endswith("\nShowing “Growth” for “growht”.\n")


def test_a_reader_who_asks_what_is_so_now_is_told_how_far_the_facts_go() -> None:
    told = "As of July 2025; we hold nothing later."
    assert run("is it legally binding?").stdout.rstrip().endswith(told)
    assert told not in run("was it legally binding?").stdout
    assert told not in run("who is Technology Secretary").stdout, "a later fact is held"


def test_words_may_begin_with_a_hyphen() -> None:
    assert asked("-AISI")["outcome"] == "answer"


def test_neither_words_nor_batch_is_wrong_usage() -> None:
    assert run().exit_code == 2
    assert run("AISI", "--batch", "-").exit_code == 2


def test_a_batch_is_answered_in_order(tmp_path: Path) -> None:
    lines = ["£2bn", "", "x" * 5_000, "a\x00b\nc\u2028d", "Anthropic"]
    batch = tmp_path / "asked.jsonl"
    batch.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    told = [json.loads(line) for line in run("--batch", str(batch)).stdout.split("\n") if line]
    assert [each["query"] for each in told] == [line[:200] for line in lines]
    assert [each["outcome"] for each in told] == ["answer", *["no_answer"] * 4]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=())), max_size=20))
def test_a_batch_takes_any_strings(lines: list[str]) -> None:
    typed = "".join(f"{json.dumps(line)}\n" for line in lines)
    result = run("--batch", "-", typed=typed)
    assert result.exit_code == 0
    assert len([line for line in result.stdout_bytes.split(b"\n") if line]) == len(lines)


def test_a_line_that_is_no_json_string_is_told_with_its_number() -> None:
    result = run("--batch", "-", typed='"AISI"\n7\n')
    assert result.exit_code == 1
    assert "Line 2" in str(result.exception)


def test_a_missing_batch_is_told(tmp_path: Path) -> None:
    assert "cannot be read" in str(run("--batch", str(tmp_path / "none")).exception)


def test_a_fact_is_cited_as_plain_text_to_paste() -> None:
    lines = run("--cite", "how many bids").stdout.rstrip("\n").split("\n")
    assert lines[0].startswith("There were over 200 bids for AI Growth Zones")
    assert lines[1] == "Stated, as of 21 July 2025"
    assert lines[2].startswith("OpenAI to expand UK office")
    assert ", Department for Science, Innovation and Technology (GOV.UK), 21 July 2025, https://" in lines[2]
    assert len(lines) == 3
    closest = run("--cite", "background growth zone bids").stdout
    assert closest.startswith("No fact mentions “background”. The closest we hold:\n\n")
    assert "We hold nothing" in run("--cite", "zebras").stdout
