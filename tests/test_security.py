"""docs/security.md agrees with the code and its tests."""

from __future__ import annotations

import re

import pytest

from bot.config import Settings
from tests.support.named_tests import NAMED, ROOT, collected

PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
THREATS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in PAGE.partition("<!-- threats -->")[2].partition("<!-- end of threats -->")[0].splitlines()
    if re.match(r"\| \d", line)
]


def test_the_threats_are_numbered_and_of_each_kind() -> None:
    assert [row[0] for row in THREATS] == [str(number) for number in range(1, len(THREATS) + 1)]
    assert {row[1] for row in THREATS} == set("STRIDE")


@pytest.mark.parametrize("row", THREATS, ids=lambda row: row[0])
def test_each_threat_has_its_mitigation_and_its_test(row: list[str]) -> None:
    *_, where, tests = row
    places = re.findall(r"`([^`]+)`", where)
    assert any(not each.isupper() for each in places), "a file holds it"
    for place in places:
        known = place.lower() in Settings.model_fields if place.isupper() else (ROOT / place).is_file()
        assert known, f"{place} is neither a file nor a setting"
    named = NAMED.findall(tests)
    assert named
    for file, test in named:
        assert test in collected(ROOT / file), f"{file}::{test} is not run"


def test_each_test_that_the_page_names_elsewhere_is_there() -> None:
    for name in re.findall(r"`(tests/[\w/]+\.py)`", PAGE):
        assert (ROOT / name).is_file(), name


def test_the_cloud_security_principles_are_fourteen() -> None:
    part = PAGE.partition("## The NCSC's cloud security principles")[2].partition("\n## ")[0]
    assert re.findall(r"^(\d+)\. \*\*", part, re.MULTILINE) == [str(number) for number in range(1, 15)]


def test_who_finds_a_problem_is_led_to_the_page() -> None:
    assert "docs/security.md#report-a-problem" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "\n## Report a problem\n" in PAGE


def test_a_test_that_is_skipped_or_not_there_is_none() -> None:
    assert "test_a_test_that_is_skipped_or_not_there_is_none" in collected(ROOT / "tests/test_security.py")
    assert not collected(ROOT / "tests/support/named_tests.py")
    assert not collected(ROOT / "tests/test_nothing.py")
