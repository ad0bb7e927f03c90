"""`new fact`, `new source` and `new area` write in the folder's own style: everything, or nothing."""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from bot.content.load import load
from bot.publishing.applying import folder as writing
from cli.main import app
from tests.support.small_content import BREWING, MEMORANDUM, SOURCES, write_small_content

if TYPE_CHECKING:
    from pathlib import Path

FACT = ("--statement", "Kettle Ltd may build a larger kettle.", "--certainty", "possible")
WORDS = ("--source", "press-release=may build a larger kettle")
AREA = ("--title", "Cakes & buns", "--aliases", "cake, bun", *FACT, *WORDS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small_content(tmp_path / "briefings")


def new(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["new", *words, "--content", str(folder)])


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


def test_a_fact_stands_at_the_end_of_its_file_and_below_its_heading(folder: Path) -> None:
    before = texts(folder)
    done = new(folder, "fact", "--file", "brewing/water", *FACT, *WORDS, "--keywords", "urn, big pot", "--heading", "1")
    assert done.exit_code == 0, done.output
    added = (
        "\nkettle-ltd-may-build:\n  statement: >\n    Kettle Ltd may build a larger kettle.\n  certainty: possible\n"
        "  sources: {press-release: may build a larger kettle}\n  keywords: [urn, big pot]\n"
    )
    after = texts(folder)
    assert after.pop("brewing/water.yaml") == BREWING + added
    briefing = after.pop("brewing/briefing.yaml")
    assert briefing == before["brewing/briefing.yaml"].replace(
        "- tea-water\n", "- tea-water\n      - kettle-ltd-may-build\n"
    )
    assert all(before[name] == text for name, text in after.items())
    assert "Compare it with press-release by eye" in done.output
    again = new(folder, "fact", "--file", "brewing/pots.yaml", *FACT, *WORDS)
    assert again.exit_code == 0, again.output
    assert (folder / "brewing" / "pots.yaml").read_text().startswith("# yaml-language-server: $schema=../fact.schema")
    assert "kettle-ltd-may-build-2" in load(folder).facts
    assert "add kettle-ltd-may-build-2 below a heading" in again.output


def test_a_source_and_an_area_are_complete(folder: Path) -> None:
    made = (
        "--title",
        "No: a report",
        "--publisher",
        "The Leaf",
        "--published",
        "2026-03-01",
        "--url",
        "https://a.example",
    )
    done = new(folder, "source", *made, "--month", "--id", "leaf")
    assert done.exit_code == 0, done.output
    assert (folder / "sources.yaml").read_text() == SOURCES + (
        '\nleaf:\n  title: "No: a report"\n  publisher: The Leaf\n  published: 2026-03-01\n  day_known: false\n'
        "  url: https://a.example\n"
    )
    assert "source add FILE --id leaf" in done.output
    done = new(folder, "area", *AREA, "--source", "leaf=a report of kettles")
    assert done.exit_code == 0, done.output
    item = "  - key: cakes-buns\n    title: Cakes & buns\n    aliases: [cake, bun]\n"
    assert (folder / "memorandum.yaml").read_text() == MEMORANDUM + item
    content = load(folder)
    assert content.memorandum.areas[-1].key == "cakes-buns"
    assert content.briefings["cakes-buns"].later_sections[0].heading == "May happen"
    assert "bottom_line in cakes-buns/briefing.yaml" in done.output


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("fact",), 2, "--file, --statement, --certainty, --source"),
        (("area", "--key", "x"), 2, "--title"),
        (("fact", "--file", "brewng/water", *FACT, *WORDS), 1, "Did you mean brewing?"),
        (("fact", "--file", "brewing/../../out", *FACT, *WORDS), 1, "is no fact file"),
        (("fact", "--file", "brewing/briefing", *FACT, *WORDS), 1, "is no fact file"),
        (("fact", "--file", "brewing/water", *FACT, "--source", "press-relase=a b"), 1, "Did you mean press-release?"),
        (
            ("fact", "--file", "brewing/water", *FACT, "--source", "press-release"),
            1,
            "words of press-release are missing",
        ),
        (("fact", "--file", "brewing/water", *FACT, *WORDS, "--id", "tea-milk"), 1, "a fact “tea-milk” already"),
        (("fact", "--file", "brewing/water", *FACT, *WORDS, "--id", "../x"), 1, "is no key"),
        (("fact", "--file", "brewing/water", *FACT, *WORDS, "--heading", "99"), 1, "The headings are: Agreed; Status."),
        (("fact", "--file", "brewing/water", *FACT[:3], "sure", *WORDS), 1, "Write one of stated"),
        (
            ("fact", "--file", "brewing/water", "--statement", "Tea.\x1b[31m", *FACT[2:], *WORDS),
            1,
            "invisible character",
        ),
        (("fact", "--file", "brewing/water", "--statement", "a" * 10_000, *FACT[2:], *WORDS), 1, "Nothing is written"),
        (("fact", "--file", "brewing/water", *FACT[:3], "stated", *WORDS), 1, "Nothing is written"),
        (("fact", "--file", "brewing/water", "--statement", "“x”: {a: [", *FACT[2:], *WORDS), 1, ""),
        (
            ("source", "--title", "T", "--publisher", "P", "--published", "1 May", "--url", "https://a.b"),
            1,
            "is no day",
        ),
        (
            ("source", "--title", "T", "--publisher", "P", "--published", "2026-01-01", "--url", "http://a"),
            1,
            "is no address",
        ),
        (("area", *AREA, "--key", "brewing"), 1, "already"),
        (("area", *AREA, "--key", "templates"), 1, "already"),
        (("area", "--title", "Infusion", "--key", "teas", *FACT, *WORDS), 1, "Nothing is written"),
        (("area", *AREA, "--title", "All", "--key", "all"), 1, "Nothing is written"),
    ],
)
def test_what_check_would_refuse_is_told_and_not_written(
    folder: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    before = texts(folder)
    done = new(folder, *words)
    assert (done.exit_code, texts(folder)) == (code, before), done.output
    assert told in " ".join(f"{done.output} {done.exception}".replace("│", " ").split())


def test_a_folder_with_another_fault_can_still_be_added_to(folder: Path) -> None:
    milk = folder / "serving" / "milk.yaml"
    milk.write_text(milk.read_text() + "  colour: white\n")
    done = new(folder, "fact", "--file", "brewing/water", *FACT, *WORDS)
    assert done.exit_code == 0, done.output
    assert "unknown-field" in done.output
    done = new(folder, "fact", "--file", "serving/milk", *FACT, *WORDS, "--id", "other")
    assert done.exit_code == 1
    assert "colour" in str(done.exception)


def test_a_disk_that_fails_in_the_middle_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = writing.replace_file

    def failing(path: Path, data: bytes) -> None:
        if path.name == "memorandum.yaml":
            raise PermissionError(13, "Permission denied")
        replace(path, data)

    monkeypatch.setattr(writing, "replace_file", failing)
    before = texts(folder)
    done = new(folder, "area", *AREA)
    assert done.exit_code == 1
    assert "may not write to the content folder" in str(done.exception)
    assert texts(folder) == before
    assert not (folder / "cakes-buns").exists()


def at_a_terminal(folder: Path, *answers: str, options: tuple[str, ...] = (), kind: str = "fact") -> tuple[int, str]:
    """Run `new` at a terminal, with these answers; return its code and what it printed."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from cli.main import main; main()", "new", kind, "--content", str(folder)]
    process = subprocess.Popen([*command, *options], stdin=theirs, stdout=theirs, stderr=theirs)  # noqa: S603 — a constant
    os.close(theirs)
    os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
    printed = b""
    while True:
        try:
            read = os.read(ours, 65536)
        except OSError:  # Linux: the other side is closed
            break
        if not read:
            break
        printed += read
    os.close(ours)
    return process.wait(), printed.decode().replace("\r", "")


def test_at_a_terminal_it_asks_until_the_answer_will_do_and_gives_back_what_is_refused(folder: Path) -> None:
    answers = [
        "cellar/wine",
        "brewing/water",
        FACT[1],
        "perhaps",
        "stated",
        "press-release",
        "may build a larger kettle",
    ]
    code, printed = at_a_terminal(folder, *answers, "", "", "", "big-kettle", "1")
    assert code == 1, printed
    assert "There is no area" in printed
    assert "is no certainty" in printed
    assert "Nothing is written" in printed
    again = shlex.split(printed.partition("edit this command:\n")[2])
    assert again[:3] == ["briefing-bot", "new", "fact"]
    again[again.index("stated")] = "possible"
    done = CliRunner().invoke(app, again[1:])
    assert done.exit_code == 0, done.output
    assert load(folder).facts["big-kettle"].statement == FACT[1]
    assert "- big-kettle" in (folder / "brewing" / "briefing.yaml").read_text()


def test_at_a_terminal_nothing_is_asked_where_options_say_all(folder: Path) -> None:
    code, printed = at_a_terminal(folder, options=("--file", "brewing/water", *FACT, *WORDS))
    assert (code, "Enter" in printed) == (0, False), printed


@pytest.mark.parametrize(
    ("kind", "options", "answers"),
    [
        ("fact", (*WORDS, "--certainty", "stated", "--file", "brewing/water.yaml"), (FACT[1], "", "", "", "")),
        (
            "source",
            ("--month", "--title", "T", "--publisher", "P", "--published", "2026-01-02"),
            ("https://a.b", "label " * 40, ""),
        ),
    ],
)
def test_the_command_given_back_has_every_option_that_was_typed(
    kind: str, options: tuple[str, ...], answers: tuple[str, ...], folder: Path
) -> None:
    code, printed = at_a_terminal(folder, *answers, options=options, kind=kind)
    assert code == 1, printed
    again = shlex.split(printed.partition("edit this command:\n")[2])
    assert set(options) <= set(again)
