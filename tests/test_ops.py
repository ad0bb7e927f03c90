"""ops/ and docs/operations.md agree with the metrics: an alert or a panel on a metric that is not there is silent."""

from __future__ import annotations

import asyncio
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import app as wiring
from bot.outbox.delivery import DeliveryState
from bot.publishing.observer import Result
from handlers.metrics.health import Reason
from handlers.metrics.metrics import COMMANDS, OUTCOMES, REFUSALS
from handlers.slack.errors import counted_code
from tests.support.scrape import scraped

ROOT = Path(wiring.__file__).parent
ALERTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "ops/alerts.yml").read_text(encoding="utf-8"))["groups"][0][
    "rules"
]
TESTS = yaml.safe_load((ROOT / "ops/alerts.test.yml").read_text(encoding="utf-8"))["tests"]
DASHBOARD = json.loads((ROOT / "ops/dashboard.json").read_text(encoding="utf-8"))
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
PAGE = OPERATIONS.partition("\n## What operators see\n")[2].partition("\n## ")[0]
FAULTS = OPERATIONS.partition("\n## What each fault costs\n")[2].partition("\n## ")[0]
JOB = "briefing-bot"
ALLOWED = {
    "command": COMMANDS,
    "outcome": OUTCOMES,
    "reason": REFUSALS | {each.value for each in Reason},
    "result": {each.value for each in Result},
    "state": {each.value for each in DeliveryState},
}


@cache
def series() -> dict[str, dict[str, set[str]]]:
    """Return every series of ours as Prometheus names it, with its labels and the values that each has in a scrape."""
    found: dict[str, dict[str, set[str]]] = {}
    for family in asyncio.run(scraped()).registry.collect():
        for sample in family.samples if family.name.startswith("briefing_bot_") else ():
            for label, value in {"": "", **sample.labels}.items():
                found.setdefault(sample.name, {}).setdefault(label, set()).add(value)
    return found


def metrics() -> set[str]:
    """Return their names as the page has them: a histogram is one."""
    return {re.sub("_(bucket|count|sum)$", "", name) if "seconds" in name else name for name in series()}


def expressions() -> list[tuple[str, str]]:
    """Return every query of the alerts, the dashboard and the page, each with where it stands."""
    panels = [
        (f"panel {panel['title']}", target["expr"])
        for panel in DASHBOARD["panels"]
        for target in panel.get("targets", ())
    ]
    page = [
        ("operations.md", query) for query in re.findall(r"^(?:    )?((?:sum|max|histogram).+)$", PAGE, re.MULTILINE)
    ]
    return [*((rule["alert"], rule["expr"]) for rule in ALERTS), *panels, *page]


@pytest.mark.parametrize(("where", "query"), expressions())
def test_a_query_names_metrics_labels_and_values_that_exist(where: str, query: str) -> None:
    names = re.findall(r"briefing_bot_\w+", query)
    assert names or f'up{{job="{JOB}"}}' in query, where
    assert set(names) <= {*series()}, where
    for name, selectors in re.findall(r"(briefing_bot_\w+)\{([^}]*)\}", query):
        for label, values in re.findall(r'(\w+)=~?"([^"]*)"', selectors):
            assert label in series()[name], (where, name)
            known = ALLOWED.get(label, set()) | series()[name][label]
            for value in values.split("|"):
                assert value in known or (label == "code" and counted_code(value) == value), (where, value)
    for labels in re.findall(r"by \(([^)]*)\)", query):
        assert {*labels.split(", ")} - {"instance"} <= {label for name in names for label in series()[name]}, where


def test_the_page_lists_every_metric_once_in_order_and_no_other() -> None:
    listed = re.findall(r"^\| `(briefing_bot_\w+)` \|", PAGE, re.MULTILINE)
    assert listed == sorted(listed)
    assert set(listed) == metrics()


def test_every_alert_has_a_first_response_and_a_test_in_which_it_is_on_and_one_in_which_it_is_off() -> None:
    names = [rule["alert"] for rule in ALERTS]
    assert len(names) == len(set(names))
    assert re.findall(r"^\| `(BriefingBot\w+)` \|", PAGE, re.MULTILINE) == names
    tried = [(each["alertname"], bool(each["exp_alerts"])) for test in TESTS for each in test["alert_rule_test"]]
    assert {*tried} == {(name, is_on) for name in names for is_on in (True, False)}
    all_is_well = TESTS[-1]["alert_rule_test"]
    assert sorted(each["alertname"] for each in all_is_well if not each["exp_alerts"]) == sorted(names)


def test_a_process_that_is_gone_is_missed_by_the_job_that_the_pages_configure() -> None:
    """Its own series are stale then: only what Prometheus itself says of each target can tell."""
    assert [rule["expr"] for rule in ALERTS if rule["alert"] == "BriefingBotReplicaDown"] == [f'up{{job="{JOB}"}} == 0']
    for page in ("operations.md", "run-in-a-department.md"):
        assert re.findall(r"job_name: (\S+)", (ROOT / "docs" / page).read_text(encoding="utf-8")) == [JOB], page


def test_the_table_of_faults_names_alerts_that_exist() -> None:
    told = {name for row in FAULTS.splitlines() for name in re.findall(r"`(BriefingBot\w+)`", row)}
    assert told
    assert told <= {rule["alert"] for rule in ALERTS}


def test_every_alert_says_how_bad_it_is_and_what_is_wrong() -> None:
    for rule in ALERTS:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"].endswith(".")


def test_the_dashboard_shows_every_metric_and_can_be_imported() -> None:
    panels = DASHBOARD["panels"]
    assert len({each["id"] for each in panels}) == len(panels)
    places = [(each["gridPos"]["x"], each["gridPos"]["y"]) for each in panels]
    assert len(set(places)) == len(places)
    assert all(each["gridPos"]["x"] + each["gridPos"]["w"] <= 24 for each in panels)
    assert {each["datasource"]["uid"] for each in panels if each["type"] != "row"} == {"${datasource}"}
    shown = " ".join(target["expr"] for each in panels for target in each.get("targets", ()))
    assert {name for name in metrics() if name not in shown} == set()
