"""`check`, `brief`, `facts` and `schema`, on copies of the real briefings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner, Result

from bot.content.load import load
from cli.main import app, main
from tests.support.content_copy import copied

BRIEFINGS = Path(__file__).parents[2] / "briefings"
FACT_FILE = "infrastructure/growth-zones.yaml"
CODE = "import sys; sys.path.insert(0, sys.argv.pop(1)); from cli.main import main; main()"
PROCESS = [sys.executable, "-c", CODE, str(BRIEFINGS.parent)]
"""The real command in a process of its own."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the real briefings."""
    return copied(tmp_path / "briefings")


def run(*words: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, list(words), env=env)


def break_a_fact(folder: Path) -> None:
    path = folder / FACT_FILE
    path.write_text(path.read_text(encoding="utf-8").replace("certainty: possible", "certainty: posible", 1), "utf-8")


def ended(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[object, str, str]:
    """Run the whole command, with how it tells errors; return exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["briefing-bot", *words])
    with pytest.raises(SystemExit) as raised:
        main()
    return raised.value.code, *capsys.readouterr()


def test_the_real_briefings_are_clean() -> None:
    result = run("check")
    assert result.exit_code == 0
    assert result.stdout.endswith("no faults.\n")
    assert f"{len(load(BRIEFINGS).facts)} facts on 4 areas and the whole" in result.stdout


def test_check_tells_place_line_caret_message_and_hint(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    break_a_fact(folder)
    result = run("check", "--content", "briefings")
    assert result.exit_code == 1
    assert result.stdout == (
        "growth-zones-investment\n"
        f"briefings/{FACT_FILE}:7:14 error unknown-certainty\n"
        "     7 |   certainty: posible\n"
        "       |              ^\n"
        "  “posible” is not one of the certainty words.\n"
        "  Did you mean possible?\n"
        "\n"
        "1 error in 1 file.\n"
    )


def test_check_as_json_lines(folder: Path) -> None:
    break_a_fact(folder)
    result = run("check", "--content", str(folder), "--format", "json")
    assert result.exit_code == 1
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "file": str(folder / FACT_FILE),
            "line": 7,
            "column": 14,
            "severity": "error",
            "code": "unknown-certainty",
            "message": "“posible” is not one of the certainty words.",
            "hint": "Did you mean possible?",
            "paste": "",
        }
    ]


def test_check_as_github_annotations(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    (folder / FACT_FILE).rename(folder / "infrastructure" / "100%, a:b.yaml")
    path = folder / "infrastructure" / "100%, a:b.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("certainty: possible", "certainty: 100%", 1), "utf-8")
    assert run("check", "--content", "briefings", "--format", "github").stdout == (
        "::error file=briefings/infrastructure/100%25%2C a%3Ab.yaml,line=7,col=14,title=unknown-certainty::"
        "“100%25” is not one of the certainty words.%0A"
        "Use one of: stated, intended, possible, forecast, said, unstated.\n"
    )


def test_check_tells_only_of_the_paths_given(folder: Path) -> None:
    break_a_fact(folder)
    assert run("check", "--content", str(folder), "adoption").exit_code == 0
    assert run("check", "--content", str(folder), FACT_FILE).exit_code == 1
    assert run("check", "--content", str(folder), str(folder / "infrastructure")).exit_code == 1
    assert run("check", str(folder)).exit_code == 1
    assert run("check", str(folder / FACT_FILE)).exit_code == 1
    assert run("check", str(folder / "adoption")).exit_code == 0


def test_check_refuses_paths_that_lead_nowhere(folder: Path) -> None:
    assert run("check", "no-such-file.yaml").exit_code == 2
    assert run("check", str(folder.parent)).exit_code == 2
    assert run("check", "--content", str(folder / "none")).exit_code == 2
    assert run("check", "--format", "xml").exit_code == 2


def test_a_briefing_that_is_still_a_template_comes_with_lines_to_paste(folder: Path) -> None:
    (folder / "adoption" / "briefing.yaml").unlink()
    (folder / "adoption" / "briefing.md.j2").write_text('## Intended\n{{ facts("civil-servants") }}\n')
    shown = run("check", str(folder)).stdout
    assert "error old-briefing\n" in shown
    assert "\nsections:\n- heading: Intended\n  facts:\n  - civil-servants\n\n" in shown


def test_warnings_alone_end_with_0(folder: Path) -> None:
    (folder / "notes.txt").write_text("x")
    result = run("check", "--content", str(folder))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "1 warning in 1 file.")


def test_check_shows_no_control_characters(folder: Path) -> None:
    (folder / FACT_FILE).write_text("bell\x07\x1b[31m: x\u202e\n")
    shown = run("check", "--content", str(folder)).stdout
    assert not {"\x07", "\x1b", "\u202e"} & set(shown)


def test_an_empty_folder_is_reported_in_words(tmp_path: Path) -> None:
    result = run("check", "--content", str(tmp_path))
    assert result.exit_code == 1
    assert "The content folder has no memorandum.yaml." in result.stdout


@pytest.mark.parametrize("area", ["infrastructure", "3", "INFRASTRUCTURE", "Infra"])
def test_brief_knows_an_area_by_its_names(area: str) -> None:
    result = run("brief", area)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "Infrastructure")


def test_brief_takes_a_title_of_several_words() -> None:
    assert run("brief", "technical", "information", "exchange").stdout == run("brief", "4").stdout


def test_brief_without_an_area_is_the_overview() -> None:
    assert run("brief").stdout == run("brief", "agreement").stdout
    assert len(run("brief", "--long").stdout) > len(run("brief").stdout)


def test_brief_in_each_format() -> None:
    assert run("brief", "3", "--format", "markdown").stdout.startswith("# Infrastructure\n")
    assert run("brief", "3", "--format", "html").stdout.startswith("<h1>Infrastructure</h1>\n")
    blocks: dict[str, Any] = json.loads(run("brief", "3", "--format", "blocks").stdout)
    assert blocks["blocks"][0]["type"] == "header"
    text = run("brief", "3", "--format", "text").stdout
    assert not any(mark in text for mark in ("**", "](", "\\", "&amp;", "##"))


def test_brief_tells_what_may_have_been_meant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = ended(capsys, monkeypatch, "brief", "infrastrukture")
    assert (code, out, err) == (1, "", "No area is called “infrastrukture”. Did you mean Infrastructure?\n")


def test_facts_as_json_lines() -> None:
    facts = [json.loads(line) for line in run("facts", "--json").stdout.splitlines()]
    keys = ["id", "area", "statement", "short", "certainty", "said_by", "as_of", "keywords", "asked", "sources"]
    assert all(list(fact) == keys for fact in facts)
    assert len(facts) == len(list(load(BRIEFINGS).current_facts()))
    source = next(fact for fact in facts if fact["id"] == "growth-zones-investment")["sources"][0]
    assert list(source) == ["id", "where", "title", "publisher", "published", "url"]
    only = [json.loads(line)["area"] for line in run("facts", "3", "--json").stdout.splitlines()]
    assert set(only) == {"infrastructure"}


def test_withdrawn_facts_come_with_all(folder: Path) -> None:
    path = folder / "infrastructure" / "more.yaml"
    path.write_text(
        "gone-fact:\n  statement: It was so.\n  certainty: stated\n  sources: {dsit-press-release: it was so}\n"
        "  withdrawn: {on: 2026-01-02, why: It never was.}\n"
    )
    place = ("--content", str(folder))
    assert "gone-fact" not in run("facts", "--json", *place).stdout
    line = next(line for line in run("facts", "--all", "--json", *place).stdout.splitlines() if "gone-fact" in line)
    assert json.loads(line)["withdrawn"] == {"on": "2026-01-02", "why": "It never was."}
    assert "Withdrawn 2 January 2026: It never was." in run("facts", "3", "--all", *place).stdout


def test_facts_for_a_reader() -> None:
    listing = run("facts", "infrastructure").stdout
    assert listing.startswith("Infrastructure\n\n")
    assert "growth-zones-investment · Possible, not decided · 21 July 2025\n" in listing


def test_the_folder_comes_from_the_environment(folder: Path) -> None:
    break_a_fact(folder)
    assert run("check", env={"BRIEFINGS_DIR": str(folder)}).exit_code == 1
    assert run("check", env={"BRIEFINGS_DIR": ""}).exit_code == 0


@pytest.mark.parametrize("command", ["check", "brief", "facts", "diff", "publish", "try"])
def test_a_setting_that_names_no_folder_is_one_sentence_and_78(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BRIEFINGS_DIR", "/nope")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    code, _, err = ended(capsys, monkeypatch, command)
    assert (code, err.startswith("BRIEFINGS_DIR is /nope, which is not a folder. Set it to")) == (78, True)
    monkeypatch.delenv("BRIEFINGS_DIR")
    assert ended(capsys, monkeypatch, command, "--content", "/nope")[0] == 2


def test_content_that_does_not_load_is_reported_as_by_check(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    break_a_fact(folder)
    code, out, err = ended(capsys, monkeypatch, "facts", "--json", "--content", str(folder))
    assert (code, out) == (1, "")
    assert f"{folder / FACT_FILE}:7:14 error unknown-certainty\n" in err


def test_output_is_utf_8_everywhere() -> None:
    plain = {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    result = subprocess.run([*PROCESS, "facts", "--json"], capture_output=True, check=True, env=os.environ | plain)  # noqa: S603, TID251 — our own command, its environment handed on
    assert "£" in result.stdout.decode("utf-8")
    assert b"\\u00a3" not in result.stdout


def test_a_pipe_that_closes_early_is_no_traceback() -> None:
    with subprocess.Popen([*PROCESS, "facts", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603 — our own command
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def schema(kind: str) -> jsonschema.Draft202012Validator:
    """Return what `schema KIND` prints, ready to validate."""
    printed = json.loads(run("schema", kind).stdout)
    jsonschema.Draft202012Validator.check_schema(printed)
    return jsonschema.Draft202012Validator(printed)


def test_the_schemas_describe_the_real_files_and_each_names_its_schema() -> None:
    fact, briefing = schema("fact"), schema("briefing")
    for path in BRIEFINGS.glob("*/*.yaml"):
        text = path.read_text(encoding="utf-8")
        kind, validator = ("briefing", briefing) if path.name == "briefing.yaml" else ("fact", fact)
        assert text.startswith(f"# yaml-language-server: $schema=../{kind}.schema.json\n")
        entries = yaml.safe_load(text) if kind == "briefing" else yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 — texts only
        assert not [error.message for error in validator.iter_errors(entries)], path
    assert list(fact.iter_errors({"Bad Id": {"statement": "x", "colour": "y"}}))
    assert list(briefing.iter_errors({"sections": [{"heading": "One", "facts": []}]}))
    assert run("schema").stdout == run("schema", "fact").stdout


def test_version_and_help() -> None:
    assert run("--version").stdout.startswith("briefing-bot 0.")
    assert run("--help").exit_code == 0
    for command in ("check", "brief", "facts", "schema", "lookup", "run", "try", "manifest"):
        assert run(command, "--help").exit_code == 0


def test_a_fifth_area_needs_a_folder_and_a_line(folder: Path) -> None:
    memorandum = folder / "memorandum.yaml"
    added = "  - {key: skills, title: Skills for work, aliases: [training]}\n"
    memorandum.write_text(memorandum.read_text(encoding="utf-8").rstrip("\n") + "\n" + added, encoding="utf-8")
    (folder / "skills").mkdir()
    (folder / "skills" / "schools.yaml").write_text(
        "skills-schools:\n  statement: >\n    No school is named.\n  certainty: unstated\n"
        "  sources: [dsit-press-release, publictechnology]\n"
    )
    (folder / "skills" / "briefing.yaml").write_text("sections: [{heading: Not stated, facts: [skills-schools]}]\n")
    place = ("--content", str(folder))
    assert run("check", *place).stdout.endswith("on 5 areas and the whole, no faults.\n")
    assert "• No school is named. [1] [2]" in run("brief", "training", *place).stdout
    assert run("brief", "5", *place).stdout == run("brief", "Skills for Work", *place).stdout
    assert json.loads(run("facts", "skills", "--json", *place).stdout)["id"] == "skills-schools"


def test_a_link_to_itself_and_a_name_with_an_escape_are_told(folder: Path) -> None:
    (folder / "agreement" / "loop.yaml").symlink_to("loop.yaml")
    (folder / "agreement" / "a\x1b[31m.yaml").write_text("x", encoding="utf-8")
    for path in (folder, folder / "agreement"):
        result = run("check", str(path), "--content", str(folder))
        assert result.exit_code == 1
        assert "agreement/loop.yaml:1:1 error unreadable" in result.stdout
        assert "agreement/a·[31m.yaml:1:1 error" in result.stdout
        assert "\x1b" not in result.stdout


def test_private_without_links_is_told(folder: Path) -> None:
    done = run("check", "--private", "--content", str(folder))
    assert (done.exit_code, "belongs to --links" in done.stderr) == (2, True)
