"""The workflow on pull requests: it runs what a maintainer is told to read, and nothing of it may write."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from cli.main import app
from cli.maintainers.comment import MARKER

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / ".github" / "workflows" / "content.yml"
TEXT = WORKFLOW.read_text(encoding="utf-8")
_GIT = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org")


@pytest.fixture
def workflow() -> Any:  # noqa: ANN401 — what YAML holds
    return yaml.load(TEXT, yaml.BaseLoader)  # noqa: S506 — strings only


def test_only_the_job_that_runs_nothing_of_a_pull_request_may_write(workflow: Any) -> None:  # noqa: ANN401
    assert workflow["on"] == {"pull_request": {"paths": ["briefings/**"]}}
    assert workflow["permissions"] == {}
    check, comment = (workflow["jobs"][name] for name in ("check", "comment"))
    assert check["permissions"] == {"contents": "read"}
    assert check["steps"][0]["with"]["persist-credentials"] == "false"
    assert comment["permissions"] == {"pull-requests": "write"}
    assert not any("uses" in step for step in comment["steps"])
    assert "head.repo.full_name == github.repository" in comment["if"]
    used = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/(checkout|setup-python)@[0-9a-f]{40}", each) for each in used)
    assert not any("${{" in step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"])


def test_the_steps_make_a_comment_and_a_later_run_edits_it(workflow: Any, tmp_path: Path) -> None:  # noqa: ANN401
    """The shell of both jobs runs as it is; `gh` is a script that writes down what it was asked."""
    shutil.copytree(ROOT / "briefings", tmp_path / "briefings")
    shell = [*_GIT, "init", "--quiet"], [*_GIT, "add", "-A"], [*_GIT, "commit", "--quiet", "--message=x"]
    for command in (*shell, ["git", "update-ref", "refs/remotes/origin/main", "HEAD"]):
        subprocess.run(command, cwd=tmp_path, check=True)  # noqa: S603 — made up here
    facts = tmp_path / "briefings/infrastructure/growth-zones.yaml"
    facts.write_text(facts.read_text().replace("certainty: possible", "certainty: maybe", 1))
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "gh").write_text('#!/bin/sh\necho "$@" >> calls\ncase "$*" in *--paginate*) cat earlier;; esac\n')
    (tools / "gh").chmod(0o755)
    (tmp_path / "earlier").write_text("")
    environment = {
        **{name: value for name, value in os.environ.items() if name in ("HOME", "LANG")},  # noqa: TID251 — for a child
        "PATH": f"{tools}:/usr/local/bin:/usr/bin:/bin",
        "BRIEFINGS_DIR": "briefings",
        "GITHUB_BASE_REF": "main",
        "GITHUB_OUTPUT": "output",
        "GITHUB_STEP_SUMMARY": "summary",
        "GITHUB_REPOSITORY": "example/facts",
        "NUMBER": "7",
    }

    def run(script: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-eo", "pipefail", "-c", script]
        return subprocess.run(  # noqa: S603 — the workflow's own script
            command, cwd=tmp_path, env=environment | more, capture_output=True, text=True, check=False
        )

    checked = run(next(step["run"] for step in workflow["jobs"]["check"]["steps"] if step.get("id") == "impact"))
    assert checked.returncode == 1
    assert "::error file=briefings/infrastructure/growth-zones.yaml" in checked.stderr
    assert (tmp_path / "summary").read_text(encoding="utf-8").startswith(MARKER)
    name, _, text = (tmp_path / "output").read_text().rstrip("\n").partition("=")
    assert name == "comment"
    script = workflow["jobs"]["comment"]["steps"][0]["run"]
    assert MARKER in script
    whole = (tmp_path / "comment.md").read_bytes()
    (tmp_path / "comment.md").unlink()
    for earlier, asked in (("", "--method POST repos/example/facts/issues/7/comments"), ("31\n", "issues/comments/31")):
        (tmp_path / "earlier").write_text(earlier)
        assert run(script, COMMENT=text).returncode == 0
        assert asked in (tmp_path / "calls").read_text().splitlines()[-1]
    assert (tmp_path / "comment.md").read_bytes() == whole


def test_maintainers_are_told_its_name() -> None:
    assert "**Read the check** `content`" in (ROOT / "briefings" / "README.md").read_text(encoding="utf-8")
    assert "\nname: content\n" in TEXT


def test_the_hook_of_pre_commit_is_a_command_that_checks_the_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["id"], hook["language"], hook["pass_filenames"]) == ("briefing-bot-check", "python", False)
    monkeypatch.chdir(ROOT)
    command, *arguments = shlex.split(hook["entry"])
    assert command == "briefing-bot"
    result = CliRunner().invoke(app, [*arguments, *hook["args"]])
    assert result.exit_code == 0
    assert result.output.startswith("briefings/: ")
    assert "briefing-bot-check" in (ROOT / "briefings" / "README.md").read_text(encoding="utf-8")
