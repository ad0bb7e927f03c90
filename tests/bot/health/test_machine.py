"""Python, installed packages, time zones, and the clock."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import TYPE_CHECKING, NamedTuple

import pytest

from bot.health import machine
from bot.health.finding import Verdict

if TYPE_CHECKING:
    from pathlib import Path


class _Version(NamedTuple):
    major: int
    minor: int


def test_this_python_is_tried_and_one_that_is_not_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.python().verdict is Verdict.OK
    monkeypatch.setattr(sys, "version_info", _Version(3, 99))
    found = machine.python()
    assert (found.verdict, found.to_do) == (Verdict.WARN, "Use one of 3.11, 3.12, 3.13: the bot is tried with those.")


def test_a_package_that_is_missing_is_told_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.installed().verdict is Verdict.OK
    required = ["slack-bolt<2,>=1.30", 'no-such-driver<4,>=3.3; extra == "postgres"']
    monkeypatch.setattr(machine, "requires", lambda _: required)
    assert machine.installed().what.startswith("briefing-bot ")
    found = machine.installed(["postgres"])
    assert (found.verdict, found.what) == (Verdict.FAIL, "no-such-driver is not installed.")
    assert found.to_do.endswith("pip install 'briefing-bot[postgres]'")


@pytest.mark.parametrize(
    ("release", "verdict"), [("2015a", Verdict.WARN), (metadata.version("tzdata")[:4] + "a", Verdict.OK)]
)
def test_the_systems_time_zones_are_compared_with_ours(tmp_path: Path, release: str, verdict: Verdict) -> None:
    (tmp_path / "tzdata.zi").write_text(f"# version {release}\n")
    found = machine.time_zones([str(tmp_path / "none"), str(tmp_path)])
    assert found.verdict is verdict
    assert f"release {release}" in found.what


def test_without_data_of_the_system_the_packages_is_used(tmp_path: Path) -> None:
    assert machine.time_zones([str(tmp_path)]).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("skew_s", "verdict", "words"),
    [
        (0, Verdict.OK, "Within 10 seconds"),
        (45, Verdict.WARN, "0 min 45 s ahead of Slack's"),
        (-605, Verdict.FAIL, "10 min 5 s behind Slack's"),
        (None, Verdict.WARN, "no date"),
    ],
)
def test_a_skew_is_told_with_its_direction(skew_s: float | None, verdict: Verdict, words: str) -> None:
    found = machine.clock(skew_s)
    assert found.verdict is verdict
    assert words in found.what
