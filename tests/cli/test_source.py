"""`source add` keeps a fingerprint and not the text; `check` then holds the facts to it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.support.content_copy import copied

BRIEFINGS = Path(__file__).parents[2] / "briefings"
TEXT = "The memorandum of 21 July 2025 names its two parties and their four areas of work.\n" * 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the real briefings."""
    return copied(tmp_path / "briefings")


def run(*words: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(app, list(words), input=given)


def test_a_text_becomes_a_fingerprint(folder: Path, tmp_path: Path) -> None:
    text = tmp_path / "page.txt"
    text.write_text(TEXT, encoding="utf-8")
    done = run("source", "add", str(text), "--id", "mou-page", "--content", str(folder))
    assert done.exit_code == 0
    assert "fingerprints/mou-page: 48 words" in done.output
    written = (folder / "fingerprints" / "mou-page").read_bytes()
    assert len(written) <= 20_000
    assert b"memorandum" not in written
    again = run("source", "add", "-", "--id", "mou-page", "--content", str(folder), given=TEXT.encode())
    assert again.exit_code == 0
    assert (folder / "fingerprints" / "mou-page").read_bytes() == written
    assert "“mou-page” is not fingerprinted" not in run("check", "--sources", "--content", str(folder)).output


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (b"", "no text that could be a source"),
        (b"\xff\xfe\x00a", "not UTF-8 text"),
        (b"%PDF-1.7 and more", "not plain text"),
        (b"<!DOCTYPE html><p>One", "not plain text"),
        (b"a" * (1024 * 1024 + 1), "larger than 1 MiB"),
        (" ".join(map(str, range(9_000))).encode(), "more than a fingerprint can hold"),
    ],
)
def test_what_is_no_text_is_refused(folder: Path, given: bytes, told: str) -> None:
    done = run("source", "add", "-", "--id", "mou-page", "--content", str(folder), given=given)
    assert done.exit_code == 1
    assert told in str(done.exception)
    assert not (folder / "fingerprints" / "mou-page").exists()


def test_an_unknown_source_or_file_is_told(folder: Path) -> None:
    done = run("source", "add", "-", "--id", "mou-pge", "--content", str(folder), given=TEXT.encode())
    assert str(done.exception) == "There is no source “mou-pge”. Did you mean mou-page?"
    done = run("source", "add", "gone.txt", "--id", "mou-page", "--content", str(folder))
    assert "“gone.txt” cannot be read" in str(done.exception)


def test_a_figure_that_no_source_has_is_refused(folder: Path) -> None:
    theme = folder / "infrastructure" / "growth-zones.yaml"
    theme.write_text(theme.read_text(encoding="utf-8").replace("There were over 200", "There were over 300"), "utf-8")
    done = run("check", "--content", str(folder))
    assert done.exit_code == 1
    assert re.search(r"growth-zones.yaml:\d+:21 error not-in-source", done.output)
    assert "“300” is in none of the fact's sources." in done.output


def test_every_source_without_a_fingerprint_is_named_with_its_line_and_what_to_do(folder: Path) -> None:
    done = run("check", "--sources", "--format", "json", "--content", str(folder))
    told = [json.loads(line) for line in done.output.splitlines()]
    held = {path.name for path in (folder / "fingerprints").iterdir()}
    lines = (folder / "sources.yaml").read_text(encoding="utf-8").splitlines()
    missing = [line.removesuffix(":") for line in lines if re.fullmatch(r"[a-z-]+:", line)]
    missing = [each for each in missing if each not in held]
    assert (done.exit_code, {each["code"] for each in told}) == (0, {"not-fingerprinted"})
    assert [(lines[each["line"] - 1].removesuffix(":"), each["column"]) for each in told] == [
        (key, 1) for key in missing
    ]
    assert all(
        each["hint"].endswith(f"briefing-bot source add FILE --id {key}")
        for each, key in zip(told, missing, strict=True)
    )
