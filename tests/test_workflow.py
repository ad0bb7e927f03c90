"""The workflow on pull requests: it runs what a maintainer is told to read, and needs no secret."""

from __future__ import annotations

import shlex
from pathlib import Path

import yaml
from typer.testing import CliRunner

from cli.main import app

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / ".github" / "workflows" / "content.yml"


def test_each_pull_request_is_checked_and_nothing_else_may_be_done() -> None:
    workflow = yaml.load(WORKFLOW.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 — strings only
    assert (workflow["on"], workflow["permissions"]) == ("pull_request", {"contents": "read"})
    *_, set_up, check = (step["run"] for step in workflow["jobs"]["check"]["steps"] if "run" in step)
    assert set_up == "make .venv/ready"
    command, *arguments = shlex.split(check)
    assert command == ".venv/bin/briefing-bot"
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.output) == (0, "")


def test_maintainers_are_told_its_name() -> None:
    assert "**Read the check** `content`" in (ROOT / "briefings" / "README.md").read_text(encoding="utf-8")
    assert WORKFLOW.read_text(encoding="utf-8").splitlines()[1] == "name: content"
