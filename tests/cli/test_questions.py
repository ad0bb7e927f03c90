"""`check` and questions.yaml: a wrong answer is reported with its place and those of the facts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app

BRIEFINGS = Path(__file__).parents[2] / "briefings"
BINDING = "agreement/status.yaml"
MOU = "mou-not-binding"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the real briefings with one question, seen from the folder around it."""
    monkeypatch.chdir(tmp_path)
    copied = Path(shutil.copytree(BRIEFINGS, tmp_path / "briefings"))
    ask(copied, '- {ask: "is it legally binding?", expect: mou-not-binding}')
    return copied


def ask(folder: Path, *lines: str) -> None:
    (folder / "questions.yaml").write_text("# Ours\n" + "\n".join(lines) + "\n", encoding="utf-8")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def check(*words: str, path: str = "briefings/questions.yaml") -> Result:
    return CliRunner().invoke(app, ["check", path, "--content", "briefings", *words])


def reported(path: str = "briefings/questions.yaml") -> list[tuple[str, int, int, str, str]]:
    faults = map(json.loads, check("--format", "json", path=path).stdout.splitlines())
    return [(each["code"], each["line"], each["column"], each["message"], each["hint"]) for each in faults]


def line_of(folder: Path, file: str, fact_id: str) -> int:
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(f"{fact_id}:"))


@pytest.mark.usefixtures("folder")
def test_a_question_that_works_is_no_fault() -> None:
    result = check()
    assert (result.exit_code, "no faults" in result.stdout) == (0, True)


def test_a_folder_without_questions_is_fine(folder: Path) -> None:
    (folder / "questions.yaml").unlink()
    assert check(path="briefings").exit_code == 0


def test_another_answer_is_reported_with_the_places_of_both_facts(folder: Path) -> None:
    ask(folder, '- {ask: "is it legally binding?", expect: mou-signed-on}')
    expected, found = line_of(folder, "agreement/signing.yaml", "mou-signed-on"), line_of(folder, BINDING, MOU)
    result = check()
    assert result.exit_code == 1
    assert result.stdout == (
        "briefings/questions.yaml:2:9 error wrong-answer\n"
        '     2 | - {ask: "is it legally binding?", expect: mou-signed-on}\n'
        "       |         ^\n"
        f"  “is it legally binding?” is answered by {MOU} ({BINDING}:{found})."
        f" Expected is mou-signed-on (agreement/signing.yaml:{expected}).\n"
        "  Make the words of the two facts differ more; or change what is expected.\n"
        "\n1 error in 1 file.\n"
    )
    assert check("--format", "github").stdout.startswith(
        "::error file=briefings/questions.yaml,line=2,col=9,title=wrong-answer::“is it legally binding?” is answered by"
    )


def test_an_edit_that_takes_an_answer_away_is_reported(folder: Path) -> None:
    ask(folder, '- {ask: "treaty", expect: mou-not-binding}')
    assert check().exit_code == 0
    edit(folder / BINDING, "treaty, ", "")
    place = f"{BINDING}:{line_of(folder, BINDING, MOU)}"
    assert [(code, message) for code, _, _, message, _ in reported()] == [
        (
            "wrong-answer",
            f"“treaty” is not answered: No fact mentions “treaty”. Expected is {MOU} ({place}).",
        )
    ]


def test_an_answer_where_none_is_expected_is_reported(folder: Path) -> None:
    ask(folder, '- {ask: "is it legally binding?", expect: no_answer}')
    assert [message.rpartition(". ")[2] for _, _, _, message, _ in reported()] == ["No answer is expected."]


@pytest.mark.parametrize("expected", ["[mou-signed-on, mou-not-binding]", "[no_answer, mou-not-binding]"])
def test_one_of_several_answers_is_enough(folder: Path, expected: str) -> None:
    ask(folder, f'- {{ask: "is it legally binding?", expect: {expected}}}')
    assert check().exit_code == 0


@pytest.mark.parametrize(
    ("line", "code", "column", "hint"),
    [
        ("- {ask: binding, expects: mou-not-binding}", "unknown-field", 18, "Did you mean expect?"),
        ("- {ask: binding}", "missing-field", 3, "Add it."),
        ("- {expect: mou-not-binding}", "missing-field", 3, "Add it."),
        ("- {ask: binding, expect: []}", "empty-field", 18, "Fill it in, or delete it if it is optional."),
        ("- {ask: '', expect: no_answer}", "empty-field", 4, "Fill it in, or delete it if it is optional."),
        ("- {ask: binding, expect: mou-not-bindin}", "unknown-fact", 26, "Did you mean mou-not-binding?"),
        ("- {ask: binding, expect: [no_answer, mou-not-bindin]}", "unknown-fact", 38, "Did you mean mou-not-binding?"),
        (
            "- {ask: what: now, expect: no_answer}",
            "unquoted-colon",
            13,
            'Put the text in quotation marks: ask: "what: now"',
        ),
        ("- words", "wrong-kind", 3, "Write its fields on the lines below it, indented."),
    ],
)
def test_a_malformed_question_is_told_at_its_place(folder: Path, line: str, code: str, column: int, hint: str) -> None:
    ask(folder, '- {ask: "legal status", expect: mou-not-binding}', line)
    assert [(each[0], each[1], each[2], each[4]) for each in reported()] == [(code, 3, column, hint)]


def test_a_question_stands_once(folder: Path) -> None:
    ask(folder, '- {ask: "binding", expect: mou-not-binding}', '- {ask: "binding", expect: no_answer}')
    code, line, column, message, _ = reported()[0]
    assert (code, line, column) == ("duplicate-question", 3, 9)
    assert message == "“binding” is already asked in line 2."


@pytest.mark.parametrize(
    ("ends", "code"),
    [("withdrawn: {on: 2026-01-02, why: No more.}", "withdrawn-fact"), (f"superseded_by: {MOU}", "superseded-fact")],
)
def test_a_fact_that_is_not_served_cannot_be_expected(folder: Path, ends: str, code: str) -> None:
    (folder / "agreement" / "gone.yaml").write_text(
        "gone-fact:\n  statement: It was so.\n  certainty: stated\n"
        f"  sources: {{dsit-press-release: it was so}}\n  {ends}\n"
    )
    ask(folder, '- {ask: "was it so", expect: gone-fact}')
    assert [each[:3] for each in reported()] == [(code, 2, 30)]


def test_a_file_that_is_no_list_is_told(folder: Path) -> None:
    ask(folder, "ask: binding")
    assert [each[:3] for each in reported()] == [("wrong-kind", 2, 1)]


def test_content_that_does_not_load_is_told_first(folder: Path) -> None:
    ask(folder, "- nonsense")
    edit(folder / BINDING, "certainty: ", "certainty: x")
    assert reported() == []
    assert "unknown-certainty" in [each[0] for each in reported("briefings")]
