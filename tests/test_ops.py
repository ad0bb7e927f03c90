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
from bot.publishing.publisher import Result
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
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8").partition("## What operators see")[2]
PAGE = PAGE.partition("\n## ")[0]
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
    assert names, where
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
    assert sorted(tried) == sorted([(name, is_on) for name in names for is_on in (True, False)])


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
