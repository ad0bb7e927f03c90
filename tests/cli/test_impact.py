"""`impact` on a git repository with a copy of the real briefings: what a pull request's edit would change."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner, Result

from bot.config import BRIEFINGS, Settings
from bot.content.faults import Code, Fault
from bot.publishing.impact import Impact
from cli.main import app
from cli.maintainers.comment import LIMIT, MARKER, comment

FILE = "infrastructure/growth-zones.yaml"
ID = "growth-zones-investment"


def git(*arguments: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "core.hooksPath=/dev/null")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)  # noqa: S603, S607 — made up here


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the briefings in a repository, at main, with nothing edited; it is the working directory."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    folder = Path(shutil.copytree(BRIEFINGS, tmp_path / "briefings"))
    git("init", "--quiet", "--initial-branch=main")
    commit()
    return folder


def commit() -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message=Edit")


def impact(*words: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["impact", "--base", "main", "--briefings-dir", "briefings", *words])
    assert result.exit_code == exit_code, result.output
    return result


def edit(folder: Path, old: str, new: str, file: str = FILE) -> None:
    path = folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_one_word_as_a_comment(folder: Path) -> None:
    edit(folder, "could look at investing in and supporting AI Growth Zones: no", "might look at them: no")
    shown = impact("--format", "github")
    assert shown.stdout.startswith(f"{MARKER}\n\n### 1 fact changes against main; an alert\n")
    assert "<details open><summary><b>Facts: 1</b></summary>\n\n- **growth-zones-investment** updated" in shown.stdout
    assert f"(Infrastructure), {FILE}:4" in shown.stdout
    assert "# What changed: Infrastructure" in shown.stdout
    assert "Channels are known to the running bot only." in shown.stdout
    assert shown.stdout.count("<details") == shown.stdout.count("</details>")
    assert shown.stderr == ""


def test_a_fault_is_an_exit_code_an_annotation_and_the_first_thing_said(folder: Path) -> None:
    edit(folder, "certainty: possible", "certainty: maybe")
    shown = impact("--format", "github", exit_code=1)
    assert shown.stdout.splitlines()[2].endswith("to put right: this cannot be published")
    assert f"::error file=briefings/{FILE},line=" in shown.stderr
    assert "title=unknown-certainty::" in shown.stderr
    told = json.loads(impact("--format", "json", exit_code=1).stdout)
    assert told["faults"][0]["code"] == "unknown-certainty"
    assert told["changes"] == []


def test_the_same_in_a_folder_below_the_top_is_annotated_from_the_top(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(folder, "certainty: possible", "certainty: maybe")
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(app, ["impact", "--base", "main", "--content", ".", "--format", "github"])
    assert f"::error file=briefings/{FILE},line=" in result.stderr


def test_a_base_that_does_not_parse_is_said_and_the_candidate_shown_alone(folder: Path) -> None:
    good = (folder / FILE).read_text()
    (folder / FILE).write_text("a: [\n")
    commit()
    (folder / FILE).write_text(good)
    text = impact().stdout
    assert text.startswith("# Not compared: main does not load\n\nWhat is shown is the candidate alone.\n")
    assert f"**{FILE}:" in text


def test_a_base_with_briefings_of_the_older_form_is_said(folder: Path) -> None:
    file = folder / "infrastructure" / "briefing.yaml"
    new = file.read_text()
    file.unlink()
    (folder / "infrastructure" / "briefing.md.j2").write_text("# {{ area.title }}\n- {{ fact('growth-zones-bids') }}\n")
    commit()
    (folder / "infrastructure" / "briefing.md.j2").unlink()
    file.write_text(new)
    assert "old-briefing" in impact().stdout


def test_a_renamed_file_with_windows_line_ends_changes_nothing(folder: Path) -> None:
    (folder / "infrastructure" / "zones.yaml").write_bytes((folder / FILE).read_bytes().replace(b"\n", b"\r\n"))
    (folder / FILE).unlink()
    assert impact().stdout == "# No fact changes against main; no alert\n"


def test_a_fact_that_moves_to_another_area(folder: Path) -> None:
    source = folder / "technical-exchange" / "security-risks.yaml"
    entry = next(each for each in source.read_text().split("\n\n") if each.startswith("identifying-risks:"))
    source.write_text(source.read_text().replace(f"\n\n{entry}", ""))
    target = folder / "agreement" / "signing.yaml"
    target.write_text(f"{target.read_text().rstrip()}\n\n{entry.rstrip()}\n")
    told = json.loads(impact("--format", "json").stdout)
    assert [(each["fact"], each["kind"]) for each in told["changes"]] == [("identifying-risks", "moved")]
    assert told["edits"][0]["weighty"] == {"gone": [], "new": []}
    assert {"name": "area", "before": "technical-exchange", "after": "agreement"} in told["edits"][0]["fields"]


def test_a_deleted_area_has_no_briefing_and_its_facts_are_gone(folder: Path) -> None:
    shutil.rmtree(folder / "technical-exchange")
    (folder / "questions.yaml").unlink()
    memorandum = (folder / "memorandum.yaml").read_text()
    (folder / "memorandum.yaml").write_text(memorandum[: memorandum.index("  - key: technical-exchange")])
    edit(folder, "      - exchange-bottom-line\n", "", "agreement/briefing.yaml")
    edit(folder, ", alignment-project]", "]", "agreement/not-stated.yaml")
    text = impact().stdout
    assert text.startswith("# 20 facts change against main; an alert\n")
    assert "withdrawn (Technical information exchange" in text
    assert "Briefing: Technical information exchange" in text
    assert "withdraws it without a reason" in text


def test_what_a_statement_holds_stays_words(folder: Path) -> None:
    hostile = "::error file=x::no @everyone | ##[error]y"
    edit(folder, "OpenAI could look at investing in and supporting AI Growth Zones: no", f"{hostile} may be: no")
    shown = impact("--format", "github")
    for output in (shown.stdout, shown.stderr):
        assert not re.search(r"^\s*::(?!warning file=briefings/)", output, re.MULTILINE)
        assert not re.search(r"##\\?\[|@everyone", output)


def test_what_check_refuses_stays_words_too(folder: Path) -> None:
    hostile = "`x` </details> <img src=x> <!-- @everyone"
    edit(folder, "OpenAI could look at investing in and supporting AI Growth Zones: no", f"{hostile} may be: no")
    shown = impact("--format", "github", exit_code=1)
    html = MarkdownIt("commonmark", {"html": True}).render(shown.stdout)
    assert not re.search("<img|<code|@everyone", html)
    assert html.count("</details>") == html.count("<details") == 1


def test_what_a_template_holds_does_not_break_out(folder: Path) -> None:
    edit(
        folder,
        "{% for line in lines %}",
        "```\n</details><b>@everyone\n{% for line in lines %}",
        "templates/alert.md.j2",
    )
    edit(folder, "could look at investing in and supporting AI Growth Zones: no", "might look at them: no")
    html = MarkdownIt("commonmark", {"html": True}).render(impact("--format", "github").stdout)
    assert not re.search("<code|@everyone", html)
    assert html.count("</details>") == html.count("<details") > 1


def test_a_comment_stays_below_the_limit_and_says_what_is_left_out() -> None:
    faults = tuple(Fault(f"area/{n}.yaml", n, 1, Code.YAML_SYNTAX, "£" * 9_000, "€" * 9_000) for n in range(1, 200))
    found = Impact("main`@everyone", faults=faults, base_faults=faults * 9)
    text = comment(found, "briefing-bot impact --base 'main`@everyone'")
    assert len(text.encode()) <= LIMIT < 65_536
    assert "and 189 more" in text
    assert "**Left out for want of room, wholly or in part:** Why main\\`@\u2060everyone does not load." in text
    assert text.count("<details") == text.count("</details>")
    assert "@everyone" not in text


def test_it_says_what_it_compared_and_is_plain_text_at_a_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(folder, "could look at investing", "might look at investing")
    shown = impact()
    assert shown.stderr == "briefings/ against main:\n"
    assert f"**{ID}**" in shown.stdout
    monkeypatch.setattr("cli.maintainers.impact.is_terminal", lambda: True)
    plain = impact().stdout
    assert ID in plain
    assert "**" not in plain
    assert impact("--format", "markdown").stdout == shown.stdout
