"""`check --format sarif`: one SARIF document, whatever the folders and the faults."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from bot.config import BRIEFINGS
from bot.content.faults import Code, Fault
from cli.main import app
from cli.maintainers import sarif as module
from cli.maintainers.sarif import sarif

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FOLDER = BRIEFINGS


def assert_valid(document: dict[str, Any]) -> None:
    """Hold a document to what SARIF 2.1.0 and GitHub's code scanning ask of what is used."""
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        for text in (rule["shortDescription"]["text"], rule["fullDescription"]["text"], rule["help"]["text"]):
            assert text.strip()
        assert len(rule["fullDescription"]["text"]) <= 1024, "GitHub takes no more"
        assert rule["help"]["markdown"].endswith(f"(docs/content-faults.md#{rule['id']})")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == rules[result["ruleIndex"]]["defaultConfiguration"]["level"]
        assert result["level"] in {"error", "warning"}
        assert "](" not in result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert uri.isascii()
        assert not {" ", "\\", "#", "?"}.intersection(uri)
        assert place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1


def test_every_kind_of_fault_has_a_rule_with_the_words_of_its_page() -> None:
    faults = [(FOLDER, Fault("a b/ü#?.yaml", 3, 7, code, "See [this](x).", "Do that.", "  text: x")) for code in Code]
    document = sarif(faults)
    assert_valid(document)
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [code.value for code in Code]
    assert all(rule["fullDescription"]["text"] != rule["shortDescription"]["text"] for rule in rules)
    assert {rule["id"]: rule["defaultConfiguration"]["level"] for rule in rules} == {
        code.value: code.severity.value for code in Code
    }
    place = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "briefings/a%20b/%C3%BC%23%3F.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 7, "snippet": {"text": "  text: x"}}


def test_without_its_page_a_rule_has_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_PAGE", tmp_path / "none.md")
    module._help.cache_clear()  # noqa: SLF001 — the page is read once
    document = sarif([(FOLDER, Fault("a.yaml", 1, 1, Code.TAB, "A tab."))])
    module._help.cache_clear()  # noqa: SLF001 — for the other tests
    assert_valid(document)


def test_two_folders_make_one_document_and_an_error_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for name in ("one", "two"):
        shutil.copytree(BRIEFINGS, tmp_path / "sub" / name)
        file = tmp_path / "sub" / name / "infrastructure" / "growth-zones.yaml"
        file.write_text(file.read_text().replace("certainty: possible", "certainty: maybe", 1))
        (tmp_path / "sub" / name / "x.txt").write_text("stray")
    monkeypatch.chdir(tmp_path / "sub")
    result = CliRunner().invoke(app, ["check", "one", "two", "--format", "sarif"])
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert_valid(document)
    found = document["runs"][0]["results"]
    uris = [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in found]
    assert "sub/one/infrastructure/growth-zones.yaml" in uris
    assert "sub/two/x.txt" in uris
    assert {each["level"] for each in found} == {"error", "warning"}


def test_without_a_fault_it_is_a_document_all_the_same() -> None:
    result = CliRunner().invoke(app, ["check", "--format", "sarif"])
    assert (result.exit_code, json.loads(result.stdout)["runs"][0]["results"]) == (0, [])
