"""Metrics: what is counted, and that no request can add a series."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

import app as wiring
from bot.content.faults import Code, Fault, Severity
from bot.messages import Outcome
from bot.outbox.delivery import DeliveryKind, DeliveryState
from bot.publishing.observer import Result
from handlers.metrics.metrics import COMMANDS, ERROR_EVENTS, OTHER, OUTCOMES, REFUSALS, Metrics

ERROR, WARNING = (
    Fault("facts/a.yaml", 1, 1, next(each for each in Code if each.severity is wanted), "Wrong.") for wanted in Severity
)
KNOWN = COMMANDS | OUTCOMES | REFUSALS
HOSTILE = '/fact"} 1\nbriefing_bot_forged 1\n# \\'


def series(metrics: Metrics) -> dict[str, float]:
    """Return every sample as a scrape would read it, by its name and labels."""
    families = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_each_thing_is_counted_by_its_labels() -> None:
    metrics = Metrics()
    metrics.acknowledged("/fact", "answer", 0.02)
    metrics.refused("signature")
    metrics.looked_up(Outcome.NO_ANSWER)
    metrics.settled(DeliveryKind.ALERT, DeliveryState.SENT, 1.5)
    metrics.settled(DeliveryKind.ALERT, DeliveryState.FAILED)
    metrics.called("chat.postMessage", 0.2, "is_archived")
    metrics.reconnected()
    metrics.published(Result.HELD, [ERROR, WARNING, WARNING])
    metrics.loop_was_late(0.001)
    found = series(metrics)
    for name in (
        "ack_seconds_count command=/fact outcome=answer",
        "requests_refused_total reason=signature",
        "look_ups_total outcome=no_answer",
        "deliveries_total kind=alert state=sent",
        "deliveries_total kind=alert state=failed",
        "post_lag_seconds_count kind=alert",
        "slack_call_seconds_count method=chat.postMessage",
        "slack_errors_total code=is_archived method=chat.postMessage",
        "socket_reconnects_total",
        "publications_total result=held",
        "loop_lag_seconds_count",
    ):
        assert found[f"briefing_bot_{name}"] == 1, name
    assert found["briefing_bot_content_faults severity=error"] == 1
    assert found["briefing_bot_content_faults severity=warning"] == 2
    assert not [name for name in found if "_created" in name]


@settings(max_examples=25)
@given(st.lists(st.text().filter(lambda text: text not in KNOWN), max_size=20))
def test_whatever_is_sent_adds_no_series(sent: list[str]) -> None:
    metrics = Metrics()
    metrics.acknowledged("", "", 0)
    metrics.refused("")
    before = series(metrics)
    for text in (*sent, HOSTILE):
        metrics.acknowledged(text, text, 0)
        metrics.refused(text)
    assert series(metrics).keys() == before.keys()
    assert series(metrics)["briefing_bot_requests_refused_total reason=other"] == len(sent) + 2


@pytest.mark.parametrize("values", [COMMANDS, OUTCOMES, REFUSALS])
def test_no_list_of_values_holds_the_word_for_all_others(values: frozenset[str]) -> None:
    assert OTHER not in values


def test_what_a_request_can_be_is_what_the_manifest_has_and_interactions() -> None:
    manifest = wiring.read_manifest()
    commands = {each["command"] for each in manifest["features"]["slash_commands"]}
    events = {each.partition(".")[0] for each in manifest["settings"]["event_subscriptions"]["bot_events"]}
    interactions = COMMANDS - commands - events
    assert interactions == {
        "block_actions",
        "block_suggestion",
        "message_action",
        "shortcut",
        "view_closed",
        "view_submission",
    }


def test_two_parts_count_apart() -> None:
    one, two = Metrics(), Metrics()
    one.refused("signature")
    assert "briefing_bot_requests_refused_total reason=signature" not in series(two)


def test_errors_of_the_log_have_a_number_from_the_start_and_the_names_that_the_page_lists(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = (
        (Path(wiring.__file__).parent / "docs/operations.md").read_text(encoding="utf-8").partition("## Log events")[2]
    )
    rows = re.findall(r"^\| (`[^|]+`) \| ([a-z, ]+) \|", page, re.MULTILINE)
    listed = {event for row, level in rows if "error" in level for event in re.findall(r"`([a-z_.]+)`", row)}
    never_read = {"stop.forced"}  # the process ends in the next statement: nobody can ask it for a number
    assert listed - never_read == ERROR_EVENTS
    assert never_read <= listed
    monkeypatch.setattr("handlers.metrics.metrics.ERRORS", Counter({"task.failed": 2, "": 3, "U0ADA asked": 1}))
    counted = {
        sample.labels["event"]: sample.value
        for family in Metrics().registry.collect()
        for sample in family.samples
        if sample.name == "briefing_bot_errors_total"
    }
    assert counted == dict.fromkeys(ERROR_EVENTS, 0) | {"task.failed": 2, "other": 4}


def test_what_is_read_just_after_the_loop_was_late_has_waited_about_as_long() -> None:
    metrics = Metrics()
    assert metrics.waited_s(perf_counter()) == 0
    metrics.loop_was_late(60)
    assert 0 < metrics.waited_s(perf_counter()) <= 60
    assert metrics.waited_s(perf_counter() + 61) == metrics.waited_s(perf_counter() - 61) == 0
    metrics.loop_was_late(0)
    assert metrics.waited_s(perf_counter()) == 0
