"""The doctor asks for the packages that the settings need, and prints plainly."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, version
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.health import machine
from bot.health.finding import Verdict, fail, ok, warn
from cli.operators.doctor import channels, command
from cli.operators.doctor.checks import checks
from cli.operators.doctor.slack import Identity


async def test_a_package_that_a_setting_needs_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str) -> str:
        if name.startswith(("sentry", "opentelemetry")):
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(machine, "version", without)
    unset = Settings.model_construct()
    for settings, expected in (
        (unset, Verdict.OK),
        (unset.model_copy(update={"sentry_dsn": SecretStr("https://public@sentry.example/1")}), Verdict.FAIL),
        (unset.model_copy(update={"otel_exporter_otlp_endpoint": "http://collector:4318/"}), Verdict.FAIL),
    ):
        async with checks(settings, {}) as listed:
            found = await dict(listed)["version"]()
            assert found.verdict is expected
            assert ("pip install 'briefing-bot[" in found.to_do) is (expected is Verdict.FAIL)


@pytest.mark.parametrize(("is_terminal", "no_color"), [(False, ""), (True, "1"), (True, "")])
def test_for_people_it_is_aligned_and_coloured_only_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,  # noqa: FBT001 — pytest's
    no_color: str,
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("COLUMNS", "60")
    findings = [ok("a", "Well."), fail("a longer one", "word " * 30, "Do it."), warn("b", "Hm.", "Look.")]
    *lines, summary = "\n".join(command.lines(findings)).splitlines()
    assert summary == "1 ok, 1 warn, 1 fail."
    assert ("\x1b[" in "".join(lines)) is (is_terminal and not no_color)
    plain = [re.sub(r"\x1b\[\d+m", "", line) for line in lines]
    column = plain[0].index("Well.")
    assert all(line[column - 2 : column] == "  " and line[column] != " " for line in plain)
    assert [line[:column].split(maxsplit=1) for line in plain if line[:1] != " "] == [
        ["ok", "a" + " " * (column - 7)],
        ["fail", "a longer one  "],
        ["warn", "b" + " " * (column - 7)],
    ]
    assert all(len(line) <= 60 for line in plain) is is_terminal


def test_checks_that_were_not_made_for_one_reason_are_one_line() -> None:
    findings = [fail("settings", "X is empty.", "Do it."), ok("python", "Well.")]
    findings += [warn(name, "Not checked: see the settings.", "") for name in ("a", "b")]
    findings.append(warn("c", "Not checked: Slack is away.", ""))
    shown = [line.split(maxsplit=1) for line in command.lines(findings)]
    assert ["warn", "2 checks  Not checked: see the settings. These are: a, b."] in shown
    assert ["warn", "c         Not checked: Slack is away."] in shown
    assert " ".join(shown[-1]) == "1 ok, 3 warn, 1 fail."
    assert len(shown) == 6


async def test_a_workspace_of_the_maintainers_that_has_not_installed_the_app_is_told_as_that() -> None:
    """Another one's token is tried then, which sees no such channel: to invite the bot would not help."""

    async def identity() -> Identity:
        return Identity("bot", "T0OTHER", "Other", "B1", None)

    asked: Any = SimpleNamespace(identity=identity)
    found = await channels.maintainers(asked, "C0POLICY", "T0HOME")
    assert found.what == "The workspace MAINTAINERS_TEAM has not installed the app, or has removed it."
    assert found.to_do == "Install it there, or correct the id."
