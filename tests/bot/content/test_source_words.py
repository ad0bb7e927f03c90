"""Facts are held to the fingerprints of their sources: cited words, numbers, dates, names, qualifiers, quotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.content.checks.fingerprints import Fingerprint, TooLongError, missing_fingerprints
from bot.content.checks.phrases import plain_words
from bot.content.faults import ContentError
from bot.content.load import load
from tests.support.content_copy import check

if TYPE_CHECKING:
    from pathlib import Path

    from bot.content.faults import Fault

WATER = "brewing/water.yaml"
RELEASE = """\
Kettle Ltd could look at boiling the water with the Ministry of Tea’s Leaf Unit. There were over 200 cups from
across the country, and up to £500 million for GPT 4o. Minister Ada Brown said: “tea for all and for ever”. It took
83 per cent of two hours and world-
changing effort by every single person in the old kitchen of the house.
"""


@pytest.fixture
def told_folder(folder: Path) -> Path:
    """Return a content folder without faults in which the press release has a fingerprint."""
    (folder / "fingerprints").mkdir()
    (folder / "fingerprints" / "press-release").write_text(Fingerprint.of(RELEASE).written(), encoding="utf-8")
    return folder


def faults(folder: Path, statement: str, extra: str = "", where: str = "could look at boiling") -> tuple[Fault, ...]:
    (folder / WATER).write_text(
        f"tea-water:\n  statement: >\n    {statement}\n  certainty: possible\n"
        f'  sources: {{press-release: "{where}"}}\n{extra}',
        encoding="utf-8",
    )
    return check(folder)


@pytest.mark.parametrize(
    "statement",
    [
        "Kettle Ltd might look at boiling over 200 cups.",
        "Up to £500m could go to the Ministry of Tea's Leaf Unit.",
        "Exploring the kitchen is possible for Ada Brown, a Minister, in July 2025.",
        "The cups might have taken 83% of two hours, for a Memorandum on tea, on 21 July 2025.",
        "Kettle Ltd might use GPT-4o, for “tea for all … and for ever”.",
        "The Ministry of Tea (MT) might look at boiling.",
        "Joint work is possible.",
    ],
)
def test_what_the_source_says_may_be_said(told_folder: Path, statement: str) -> None:
    assert faults(told_folder, statement) == ()


@pytest.mark.parametrize(
    ("statement", "code", "column"),
    [
        ("Over 300 cups are possible.", "not-in-source", 10),
        ("Some nine hundred cups are possible.", "not-in-source", 10),
        ("The 200 cups are possible.", "qualifier", 9),
        ("Two hundred cups are possible.", "qualifier", 5),
        ("£500 million is possible.", "qualifier", 5),
        ("Over £500 million is possible.", "qualifier", 10),
        ("Up to $500 million is possible.", "not-in-source", 11),
        ("Up to £500 billion is possible.", "not-in-source", 11),
        ("Over two hours are possible.", "qualifier", 10),
        ("Boiling is possible in August.", "not-in-source", 28),
        ("Boiling is possible in July 2026.", "not-in-source", 33),
        ("Boiling is possible on 22 July 2025.", "not-in-source", 28),
        ("Teapot Ltd could look at it.", "not-in-source", 5),
        ("Anthropic could look at it.", "not-in-source", 5),
        ("Kettle Ltd and Pot Ltd could look at it.", "not-in-source", 20),
        ("The third cup is possible.", "not-in-source", 9),
        ("It could be “tea for none”.", "quotation-differs", 17),
        ("GPT-5 is possible.", "not-in-source", 9),
    ],
)
def test_what_no_source_says_is_told(told_folder: Path, statement: str, code: str, column: int) -> None:
    found = {(fault.code.value, fault.line, fault.column) for fault in faults(told_folder, statement)}
    assert (code, 3, column) in found
    with pytest.raises(ContentError):
        load(told_folder)


SAID = {
    "more": ("over 200", "more than 200", "above 200", "in excess of 200"),
    "least": ("at least 200", "no fewer than 200", "not less than 200", "200 or more"),
    "most": ("up to 200", "at most 200", "no more than 200", "200 or fewer"),
    "less": ("under 200", "fewer than 200", "less than 200", "below 200"),
    "near": ("about 200", "around 200", "some 200", "200 or so"),
    "nearly": ("almost 200", "nearly 200"),
    "": ("200",),
}


def qualified(folder: Path, source: str, statement: str) -> list[str]:
    """Return what is told of a statement's qualifiers where its source says this alone."""
    (folder / "fingerprints").mkdir(exist_ok=True)
    (folder / "fingerprints" / "press-release").write_text(Fingerprint.of(source).written(), encoding="utf-8")
    return [each.message for each in faults(folder, statement, where="could boil") if each.code == "qualifier"]


@pytest.mark.parametrize("kind", sorted(SAID))
def test_a_qualifier_of_another_kind_is_told(folder: Path, kind: str) -> None:
    source = f"They could boil {SAID[kind][0]} cups."
    for other, written in SAID.items():
        for each in written:
            assert bool(qualified(folder, source, f"Boiling {each} cups is possible.")) == (other != kind), each


def test_what_the_source_says_is_told_with_its_number(folder: Path) -> None:
    source = "They could boil no more than £5 million, and 7 or more."
    assert qualified(folder, source, "Up to £5m and at least seven are possible.") == []
    assert qualified(folder, source, "Of more than £5m it is possible.") == [
        "“more than £5m”: the source says “no more than £5m”."
    ]
    assert qualified(folder, source, "Some 7 are possible.") == ["“some 7”: the source says “7 or more”."]
    assert qualified(folder, source, "Seven are possible.") == [
        "The source says “Seven or more”; “or more” is lost here."
    ]
    assert qualified(folder, "There are 7.", "Some 7 are possible.") == [
        "“some 7”: none of the fact's sources says “some” there."
    ]


def test_the_short_form_is_held_too(told_folder: Path) -> None:
    found = faults(told_folder, "Over 200 cups are possible.", "  short: Over 300 cups are possible.\n")
    assert ("not-in-source", 6, 15) in {(fault.code.value, fault.line, fault.column) for fault in found}


def test_what_follows_from_the_sources_is_derived(told_folder: Path) -> None:
    derived = '  derived: {2023: "Two years before July 2025."}\n'
    assert faults(told_folder, "Boiling is possible since 2023.", derived) == ()
    assert faults(told_folder, "Boiling is possible since 2023.", "  derived: {2023: }\n")


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        ("nine hundred cups from the moon", "“900” is not in the source at all."),
        ("boiling look at could", "The words are there, but not in this order."),
        ("over 200 cups of water", "The words are there"),
    ],
)
def test_cited_words_must_stand_in_the_source(told_folder: Path, where: str, hint: str) -> None:
    [fault] = faults(told_folder, "Boiling is possible.", where=where)
    assert (fault.code, fault.line, fault.column) == ("source-words", 5, 13)
    assert fault.hint.startswith(hint)


def test_eight_words_in_a_row_are_copied(told_folder: Path) -> None:
    [fault] = faults(told_folder, "Work by every single person in the old kitchen of the house is possible.")
    assert (fault.code, fault.severity, fault.column) == ("copied-words", "warning", 10)


def test_a_fact_with_a_source_of_unknown_text_is_not_judged(folder: Path) -> None:
    assert faults(folder, "Anthropic could look at 900 cups.") == ()


def test_a_fact_no_longer_served_may_stand(told_folder: Path) -> None:
    withdrawn = "  withdrawn: {on: 2025-08-01, why: It was wrong.}\n"
    told = {fault.code.value for fault in faults(told_folder, "Over 300 cups are possible.", withdrawn)}
    assert told == {"withdrawn-fact"}


def test_a_damaged_fingerprint_is_an_error_and_a_strange_one_a_warning(told_folder: Path) -> None:
    file = told_folder / "fingerprints" / "press-release"
    (told_folder / "fingerprints" / "press-relase").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8")[:-30], encoding="utf-8")
    assert [(fault.file, fault.code.value) for fault in check(told_folder)] == [
        ("fingerprints/press-relase", "stray-file"),
        ("fingerprints/press-release", "bad-fingerprint"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b"briefing-bot fingerprint 1\n",
        b"briefing-bot fingerprint 1\n9 0 1\nAAAA\n",
        b"briefing-bot fingerprint 1\n" + b"9" * 5000 + b" 3 1\nAAAA\n",
        b"briefing-bot fingerprint 1\n9 3 1\n!!!!\n",
        b"briefing-bot fingerprint 1\n9 3 1\n" + b"AAAA" * 100_000 + b"\n",
    ],
)
def test_any_bytes_are_a_fingerprint_or_a_fault(folder: Path, data: bytes) -> None:
    (folder / "fingerprints").mkdir()
    (folder / "fingerprints" / "press-release").write_bytes(data)
    assert {fault.code.value for fault in check(folder)} == {"bad-fingerprint"}


def test_a_source_without_a_fingerprint_is_named(told_folder: Path) -> None:
    [fault] = missing_fingerprints(told_folder)
    assert (fault.file, fault.line, fault.code.value) == ("sources.yaml", 6, "not-fingerprinted")


def test_a_fingerprint_is_small_and_holds_no_text() -> None:
    long = " ".join(f"word{number % 700} and{number}" for number in range(640))
    written = Fingerprint.of(long).written()
    assert len(written.encode()) <= 20_000
    assert Fingerprint.read(written) == Fingerprint.of(long)
    assert "word" not in written
    with pytest.raises(TooLongError):
        Fingerprint.of(" ".join(map(str, range(5_000))))


def test_a_fingerprint_tells_phrases_apart() -> None:
    held = Fingerprint.of(RELEASE)
    words = plain_words(RELEASE)
    assert all(held.has(" ".join(words[start : start + 7])) for start in range(len(words) - 6))
    assert sum(held.has(f"over {number} cups") for number in range(1_000, 3_000)) <= 10


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("£2bn, £2 billion", "£ 2 billion £ 2 billion"),
        ("OVER two hundred", "over 200"),
        ("GPT-4o GPT4o", "gpt 4o gpt 4o"),
        ("83 per cent, 83%", "83 % 83 %"),
        ("U.K.’s café", "uk s cafe"),
        ("twenty-two; 50,000", "22 50000"),
        ("world-\nchanging", "world changing"),
        ("one of ten", "one of 10"),
        ("", ""),
    ],
)
def test_typography_is_no_difference(text: str, words: str) -> None:
    assert " ".join(plain_words(text)) == words
