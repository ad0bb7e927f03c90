"""Slips of a maintainer in the shipped facts: each is refused with its place, its cause and its remedy."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from bot.clock import SystemClock
from bot.config import BRIEFINGS
from bot.content.faults import ContentError
from bot.content.load import FactFileCache
from bot.publishing.content_check import load_content
from cli.report import human

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.content.faults import Fault

CACHE = FactFileCache()
ZONES = "infrastructure/growth-zones.yaml"
PLAN = "infrastructure/action-plan.yaml"
SAID = "agreement/what-they-said.yaml"
MONEY = "transformative-potential/sovereign-ai.yaml"
SHORT = "  short: OpenAI could look at investing in and supporting AI Growth Zones.\n"
POSSIBLE = "  certainty: possible\n"


class Slip(NamedTuple):
    """Replace `old` in `file` by `new`, once: then `code` is reported at the mark ¦ in `at`, with these words."""

    code: str
    at: str
    words: str
    old: str
    new: str
    file: str = ZONES


SLIPS = {
    "a figure": Slip(
        "not-in-source", "re over ¦300 bids f", "“300” is in none", "over 200 bids for", "over 300 bids for"
    ),
    "a figure in one text": Slip(
        "not-in-source", "ew over ¦250 bids f", "“250” is in none", "drew over 200", "drew over 250"
    ),
    "a sum": Slip(
        "not-in-source",
        "an with ¦£5 billion",
        "“£5 billion” is in none",
        "with £2 billion: that",
        "with £5 billion: that",
        PLAN,
    ),
    "an over": Slip("qualifier", "re were ¦200 bids f", "“over” is lost here", "were over 200 bids", "were 200 bids"),
    "an up to": Slip(
        "qualifier",
        "putting ¦£500 milli",
        "“up to” is lost",
        "putting up to £500 million into sovereign AI;",
        "putting £500 million into sovereign AI;",
        MONEY,
    ),
    "a year": Slip("not-in-source", "in July ¦2024.", "“2024” is in none", "DSIT in July 2025.", "DSIT in July 2024."),
    "a could": Slip(
        "hedge-missing",
        "tement: ¦>",
        "has no hedge",
        "OpenAI could look at investing in and supporting AI Growth Zones: no",
        "OpenAI will invest in and support AI Growth Zones: no",
    ),
    "a label, stated": Slip(
        "hedge-in-stated", "OpenAI ¦could look", "readers would see “Stated”", POSSIBLE, "  certainty: stated\n"
    ),
    "a label, intended": Slip(
        "hedge-in-stated",
        "OpenAI ¦could look",
        "readers would see “Intended, not binding”",
        POSSIBLE,
        "  certainty: intended\n",
    ),
    "a label's word": Slip(
        "unknown-certainty", "tainty: ¦Possible", "Did you mean possible?", POSSIBLE, "  certainty: Possible\n"
    ),
    "whose forecast": Slip(
        "said-by-missing", "tainty: ¦forecast", "Add whose words", "  said_by: the UK Government\n", ""
    ),
    "a speaker": Slip(
        "not-in-source", "aid_by: ¦Paul Kyle,", "“Paul” is in none", "said_by: Peter Kyle", "said_by: Paul Kyle", SAID
    ),
    "a day that is not": Slip(
        "bad-date", "as_of: ¦2025-06-31", "is not a date", POSSIBLE, f"{POSSIBLE}  as_of: 2025-06-31\n"
    ),
    "a day in another form": Slip(
        "bad-date", "as_of: ¦21.7.25", "Write it as 2025-07-21", POSSIBLE, f"{POSSIBLE}  as_of: 21.7.25\n"
    ),
    "a correction to come": Slip(
        "future-correction",
        "d: {on: ¦2999-01-02",
        "is still to come",
        POSSIBLE,
        f"{POSSIBLE}  corrected: {{on: 2999-01-02, why: It was wrong.}}\n",
    ),
    "words of a source": Slip(
        "source-words",
        "urces: {¦dsit-press",
        "“offers” is not in the source at all",
        "over 200 bids from across the}",
        "over 200 offers from across the}",
    ),
    "a quotation": Slip(
        "quotation-differs",
        "must be ¦“front and",
        "Copy the words as they are there",
        "“front and centre” in",
        "“front and center” in",
        SAID,
    ),
    "a quotation without its end": Slip(
        "quotation-marks",
        "must be ¦“front and",
        "has no partner",
        "“front and centre” in",
        "“front and centre in",
        SAID,
    ),
    "straight quotation marks": Slip(
        "quotation-marks",
        'must be ¦"front and',
        "between “ and ”",
        "“front and centre” in",
        '"front and centre" in',
        SAID,
    ),
    "text from a web page": Slip(
        "mojibake", "an with ¦Â£2 billio", "Write “£”", "with £2 billion: that", "with Â£2 billion: that", PLAN
    ),
    "marks of a chat": Slip(
        "pasted-markup",
        "OpenAI ¦*could* lo",
        "Delete the asterisks",
        "    OpenAI could look",
        "    OpenAI *could* look",
    ),
    "a tab": Slip("tab", "¦\tcertainty", "Use spaces", POSSIBLE, "\tcertainty: possible\n"),
    "a field at the margin": Slip(
        "yaml-syntax", "¦certainty:", "stands at the margin", POSSIBLE, "certainty: possible\n"
    ),
    "a colon": Slip("yaml-syntax", "ertainty¦ possible", "Write `certainty:`", POSSIBLE, "  certainty possible\n"),
    "a space": Slip(
        "missing-space", "ertainty¦:possible", "Put one space after the colon", POSSIBLE, "  certainty:possible\n"
    ),
    "a bracket": Slip("yaml-syntax", "ources: ¦{dsit-pres", "Close it with }", "invest in and}", "invest in and"),
    "a colon in the text": Slip(
        "unquoted-colon",
        "Possible¦: OpenAI c",
        "makes YAML read a second field",
        SHORT,
        "  short: Possible: OpenAI could look: zones\n",
    ),
    "a hash in the text": Slip(
        "text-after-hash", "k at it ¦#1", "these words are lost", SHORT, "  short: OpenAI could look at it #1\n"
    ),
    "two versions": Slip(
        "merge-conflict",
        "¦<<<<<<< HE",
        "Keep the right version",
        POSSIBLE,
        f"<<<<<<< HEAD\n{POSSIBLE}=======\n>>>>>>> x\n",
    ),
    "a line between two versions": Slip(
        "merge-conflict", "¦=======", "Keep the right version", POSSIBLE, f"=======\n{POSSIBLE}"
    ),
    "a fact's name in a briefing": Slip(
        "unknown-fact",
        "- ¦growth-zon",
        "Did you mean growth-zones-bids?",
        "- growth-zones-bids",
        "- growth-zone-bids",
        "infrastructure/briefing.yaml",
    ),
    "a source's name": Slip(
        "unknown-source",
        "urces: {¦dsit-pres-",
        "Did you mean dsit-press-release?",
        "{dsit-press-release: over 200",
        "{dsit-pres-release: over 200",
    ),
    "a very long line": Slip("too-long", "short: ¦xxxxxxxxxx", "at most 300", SHORT, f"  short: {'x' * 90_000}\n"),
}
BYTES = {
    "UTF-16": ("not-utf-8", lambda data: data.decode().encode("utf-16")),
    "an old Windows editor": ("not-utf-8", lambda data: "# £2\n".encode("cp1252") + data),
    "saved by half, within a character": ("not-utf-8", lambda _: "# “".encode()[:-1]),
    "saved by half": ("missing-field", lambda data: data[: data.index(b"  certainty: forecast")]),
    "empty": ("empty-file", lambda _: b""),
    "nothing but remarks": ("empty-file", lambda _: b"# soon\n"),
    "huge": ("too-large", lambda data: data + b"# x\n" * 300_000),
    "a word processor's": ("word-processor", lambda _: b"PK\x03\x04\x14\x00\x06\x00"),
    "an old word processor's": ("word-processor", lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1"),
    "with holes": ("control-character", lambda data: data.replace(b"growth-zones-investment:", b"growth\0zones:")),
    "an id twice": (
        "duplicate-key",
        lambda data: data + b"\n" + data[data.index(b"growth-zones-bids:") : data.index(b"growth-zones-billions:")],
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(BRIEFINGS, tmp_path / "briefings")


def unstyle(text: str) -> str:
    """Return text without a terminal's colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def place_of(at: str, text: str, near: int) -> tuple[int, int]:
    """Return line and column of the mark in `at`, where its words stand nearest to a place in a text."""
    words = at.replace("¦", "")
    starts = [found.start() for found in re.finditer(re.escape(words), text)]
    place = min(starts, key=lambda start: abs(start - near)) + at.index("¦")
    return text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)


def refused(folder: Path) -> tuple[Fault, ...]:
    """Return the faults for which `publish`, and whatever else publishes, refuses the folder."""
    with pytest.raises(ContentError) as raised:
        load_content(folder, SystemClock(), cache=CACHE)
    return raised.value.faults


def test_the_shipped_facts_have_no_fault(folder: Path) -> None:
    assert load_content(folder, SystemClock(), cache=CACHE)[1] == ()


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
def test_a_slip_is_refused_with_its_place_cause_and_remedy(folder: Path, slip: Slip) -> None:
    path = folder / slip.file
    text = path.read_text(encoding="utf-8")
    edited = text.replace(slip.old, slip.new, 1)
    assert edited != text
    path.write_text(edited, encoding="utf-8")
    line, column = place_of(slip.at, edited, text.index(slip.old))
    faults = refused(folder)
    (found,) = (each for each in faults if (each.code, each.line, each.column) == (slip.code, line, column))
    assert found.file == slip.file
    assert slip.words in f"{found.message} {found.hint}"
    assert found.hint.endswith((".", "?", "`", '"', "…"))
    assert f"{slip.file}:{line}:{column} error {slip.code}\n" in unstyle(human(faults, folder))


@pytest.mark.parametrize(("code", "damage"), BYTES.values(), ids=BYTES)
def test_a_damaged_file_is_refused_by_name(folder: Path, code: str, damage: Callable[[bytes], bytes]) -> None:
    path = folder / ZONES
    path.write_bytes(damage(path.read_bytes()))
    assert code in {each.code for each in refused(folder) if each.file == ZONES}


@pytest.mark.parametrize("change", [b"\r\n", b"\r"])
def test_other_line_breaks_are_read(folder: Path, change: bytes) -> None:
    path = folder / ZONES
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", change))
    assert load_content(folder, SystemClock(), cache=CACHE)[1] == ()


@pytest.mark.parametrize("name", ["a\x1b[31m.yaml", "a\nb.yaml", "a\u202eb.yaml"])
def test_a_name_that_a_terminal_would_act_on_is_refused_and_shown_with_dots(folder: Path, name: str) -> None:
    (folder / ZONES).rename(folder / "infrastructure" / name)
    (found,) = refused(folder)
    assert (found.code, found.line, found.column) == ("file-name", 1, 1)
    assert str(found).isprintable()
    assert unstyle(human([found], folder)).replace("\n", "").isprintable()


def test_a_name_with_an_arrow_or_a_space_is_a_name(folder: Path) -> None:
    (folder / ZONES).rename(folder / "infrastructure" / "growth -> zones.yaml")
    assert load_content(folder, SystemClock(), cache=CACHE)[1] == ()


def test_a_folder_in_the_place_of_a_file_is_named(folder: Path) -> None:
    (folder / ZONES).unlink()
    (folder / ZONES).mkdir()
    assert (ZONES, "unreadable") in {(each.file, each.code) for each in refused(folder)}


def test_a_source_that_is_dated_in_the_future_is_named(folder: Path) -> None:
    path = folder / "sources.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("2025-07-21", "2952-07-21", 1), encoding="utf-8")
    assert ("sources.yaml", "future-date") in {(each.file, each.code) for each in refused(folder)}
