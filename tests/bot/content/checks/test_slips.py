"""What newcomers get wrong first is told once, at its place, in words that say what to do."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.content.load import check
from bot.recurrence.dates import day_in_another_form, is_without_day
from bot.text import is_it_a_typo

if TYPE_CHECKING:
    from pathlib import Path

WATER = "brewing/water.yaml"
PAGE = "brewing/briefing.md.j2"
CALL = '{{ facts("tea-water") }}'
FACT = """\
  statement: >
    Kettle Ltd could look at boiling the water.
  certainty: possible
  sources: {press-release: could look at boiling}
"""
KEYWORDS = "  keywords: [kettle, hot water]\n"


def told(folder: Path, file: str, old: str, new: str) -> list[str]:
    """Return what is told of the whole folder after one change, without the file's name."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return [str(fault).removeprefix(f"{file}:") for fault in check(folder)]


def test_a_copied_fact_needs_a_key_of_its_own(folder: Path) -> None:
    assert told(folder, WATER, KEYWORDS, KEYWORDS + "tea-water:\n" + FACT) == [
        (
            "7:1 error duplicate-key: “tea-water” stands here a second time; the first is in line 1. "
            "Give the second a key of its own."
        )
    ]


def test_a_copied_fact_without_its_key_is_one_fault(folder: Path) -> None:
    assert told(folder, WATER, KEYWORDS, KEYWORDS + FACT + "  colour: green\n") == [
        (
            "7:3 error duplicate-key: "
            "A second `statement` begins here: the line with a fact's key is missing above it. "
            "Write the new fact's key on a line of its own above it, at the margin, with a colon: `its-key:`."
        )
    ]


def test_a_deleted_fact_is_to_be_put_back(folder: Path) -> None:
    assert told(folder, PAGE, CALL, '{{ facts("tea-kettle") }}') == [
        (
            "5:11 error unknown-fact: There is no fact “tea-kettle”. Write the fact into a theme file first. "
            "If you deleted it, put it back and add `withdrawn:`."
        )
    ]


def test_a_misspelt_fact_is_recognised(folder: Path) -> None:
    assert told(folder, PAGE, CALL, '{{ facts("tea-wtaer") }}') == [
        (
            "5:11 error unknown-fact: There is no fact “tea-wtaer”. Did you mean tea-water? "
            "If you deleted it, put it back and add `withdrawn:`."
        )
    ]
    assert is_it_a_typo("no-data", ["no-date", "no-duration"]) == "Did you mean no-date?"
    assert is_it_a_typo("no-payment", ["no-treatment"], "None.") == "None."


def test_marks_need_each_other(folder: Path) -> None:
    assert told(folder, PAGE, "{# end more #}\n", "") == [
        (
            "7:1 error unpaired-more: {# more #} has no {# end more #} after it. "
            "Write {# end more #} where the short form goes on: before the changes."
        )
    ]
    assert told(folder, PAGE, "{# more #}", "{# More #}\n{# end more #}")[0] == (
        "7:1 error unpaired-more: {# More #} is no mark. Write {# more #}."
    )
    assert told(folder, PAGE, "{# More #}\n", "") == [
        (
            "7:1 error unpaired-more: {# end more #} has no {# more #} before it. "
            "Write {# more #} where Details begins, or delete this mark."
        )
    ]


def test_the_short_form_needs_its_sources(folder: Path) -> None:
    assert told(folder, PAGE, "## Sources\n{{ sources() }}\n", "") == [
        (
            "13:1 error sources-missing: This briefing prints facts without their sources. "
            "Write {{ sources() }} at its end."
        )
    ]
    assert told(folder, PAGE, "{# end more #}", "## Sources\n{{ sources() }}\n{# end more #}") == [
        (
            "11:4 error sources-missing: The short form has no sources: they stand before {# end more #}. "
            "Move {# end more #} above their heading."
        )
    ]


LOOK_ALIKES = [
    (
        "    Kettle",
        "  \u00a0 Kettle",
        (
            "3:3 error look-alike: A no-break space stands in the indentation; it only looks like a space. "
            "Delete the spaces at the start of the line and type them again."
        ),
    ),
    (
        "  certainty: ",
        "  certainty：",
        (
            "4:12 error look-alike: A full-width colon stands after `certainty`; it only looks like a colon. "
            "Type `certainty:` and a space again."
        ),
    ),
    (
        "  certainty: ",
        "  certainty:\u3000",
        (
            "4:13 error look-alike: A special space (U+3000) stands after `certainty:`; it only looks like a space. "
            "Type `certainty:` and a space again."
        ),
    ),
]


@pytest.mark.parametrize(("old", "new", "words"), LOOK_ALIKES)
def test_signs_that_only_look_right(folder: Path, old: str, new: str, words: str) -> None:
    assert told(folder, WATER, old, new) == [words]


def test_a_pasted_fact_is_still_checked(folder: Path) -> None:
    pasted = FACT.replace("  ", "\u00a0\u00a0").replace("possible", "posible")
    faults = told(folder, WATER, FACT, pasted)
    assert [fault.split(":")[0] + fault.split(" ")[2] for fault in faults] == [
        "2look-alike:",
        "3look-alike:",
        "4look-alike:",
        "4unknown-certainty:",
        "5look-alike:",
    ]


def test_no_break_spaces_within_a_text_do_no_harm(folder: Path) -> None:
    assert told(folder, WATER, "could look", "could\u00a0look：\u00a0") == []


@pytest.mark.parametrize(
    ("name", "place"),
    [("statement", "2:12"), ("certainty", "4:12"), ("sources", "5:10"), ("keywords", "6:11"), ("tea-water", "1:10")],
)
def test_a_lost_colon_is_told_where_it_is_lost(folder: Path, name: str, place: str) -> None:
    assert told(folder, WATER, f"{name}:", name) == [
        f"{place} error yaml-syntax: A colon is missing after `{name}`. Write `{name}:`."
    ]


def test_an_entry_that_is_cut_lacks_nothing_else(folder: Path) -> None:
    assert told(folder, WATER, "    Kettle", "Kettle") == [
        (
            "3:1 error yaml-syntax: This line is no field: it has no colon. "
            "Text that goes on over several lines must be indented below its field."
        )
    ]


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("why: a: b", 37, 'The colon in the text of `why` makes YAML read a second field. …: why: "a: b"'),
        (
            "why: He said: a, b",
            43,
            'The colon in the text of `why` makes YAML read a second field. …: why: "He said: a, b"',
        ),
        ('why: a "b": c', 41, "The colon in the text of `why` makes YAML read a second field. …: why: 'a \"b\": c'"),
        ("why: a, b, c", 39, 'The comma before “b” ends the text of `why`. …: why: "a, b, c"'),
    ],
)
def test_text_in_braces_is_given_to_paste(folder: Path, text: str, column: int, words: str) -> None:
    code = "comma-splits" if "comma before" in words else "unquoted-colon"
    faults = told(folder, WATER, KEYWORDS, f"  corrected: {{on: 2026-01-02, {text}}}\n")
    assert faults == [f"6:{column} error {code}: {words.replace('…', 'Put the text in quotation marks')}"]


def test_a_field_behind_the_text_in_braces_is_left_out(folder: Path) -> None:
    [fault] = told(folder, WATER, KEYWORDS, "  corrected: {why: a: b, c, on: 2026-01-02}\n")
    assert fault.endswith('Put the text in quotation marks: why: "a: b, c"')


def test_a_comma_lost_behind_a_date(folder: Path) -> None:
    assert told(folder, WATER, KEYWORDS, "  corrected: {on: 2026-01-02 why: a}\n") == [
        "6:30 error yaml-syntax: A comma is missing before `why`. Write `, why:`."
    ]


@pytest.mark.parametrize(
    ("call", "column", "words"),
    [
        ("{{ facts(“tea-water”) }}", 10, 'Curly quotation marks stand here. Use straight quotes: "…".'),
        (
            '{{ facts("tea-water" "tea-binding") }}',
            22,
            'A comma is missing between “tea-water” and “tea-binding”. Write "tea-water", "tea-binding".',
        ),
        (
            '{{ facts("tea-water) }}',
            10,
            "This quotation mark has no partner. Put one before and one after each text, both of the same kind.",
        ),
        ('{{ facts("tea-water" }}', 22, "A closing bracket is missing before these braces. Write ) }}."),
        ('{{ facts("tea-water")) }}', 22, "This closing bracket has no partner. Delete it, or write its ( as well."),
        ('{{ facts("tea-water") }', 23, "A closing brace is missing. Write }}."),
        ('{{ facts("tea-water")', 22, "The two closing braces are missing. Write }} here."),
        ('{ facts("tea-water") }', 1, 'A call needs two braces before and after it. Write {{ facts("tea-water") }}.'),
        ('{{ facts("tea-water"; "tea-binding") }}', 21, "Only a comma can stand between two ids. Write a comma here."),
        ('{{ facts "tea-water" }}', 9, 'An opening bracket is missing. Write facts("…").'),
        ('{{ facts("tea-water") }}}', 25, "This brace is one too many. Write {{ and }}, two of each."),
        ("{{{ position() }}", 3, "This brace is one too many. Write {{ and }}, two of each."),
    ],
)
def test_slips_in_a_template(folder: Path, call: str, column: int, words: str) -> None:
    assert told(folder, PAGE, CALL, call) == [f"5:{column} error template-syntax: {words}"]


def test_words_of_a_heading_are_no_call(folder: Path) -> None:
    assert told(folder, PAGE, "## Agreed", "## Agreed facts (July), changes(2)") == []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("21/07/2025", "2025-07-21 (21 July 2025)"),
        ("3 December 2026", "2026-12-03 (3 December 2026)"),
        ("5/6/25", "2025-06-05 (5 June 2025)"),
    ],
)
def test_a_date_in_another_form(folder: Path, given: str, meant: str) -> None:
    assert told(folder, WATER, KEYWORDS, f"  as_of: {given}\n") == [
        f"6:10 error bad-date: “{given}” is a date in another form. Write it as {meant}."
    ]


def test_a_date_without_a_day(folder: Path) -> None:
    assert told(folder, WATER, KEYWORDS, "  as_of: July 2025\n") == [
        "6:10 error bad-date: “July 2025” names no day. Write year, month and day: 2025-07-21."
    ]
    assert is_without_day("2025-07")
    assert not is_without_day("soon")


@pytest.mark.parametrize(
    "text",
    [
        "21.07.2025",
        "21-7-2025",
        "07/21/2025",
        "2025/07/21",
        "2025-7-21",
        "20250721",
        "2025-07-21T10:00:00Z",
        "21st July 2025",
        "Monday, 21 Jul 2025",
        "July 21, 2025",
        "2025 July 21",
        "21 of July, 2025",
    ],
)
def test_forms_of_a_date(text: str) -> None:
    assert day_in_another_form(text) == date(2025, 7, 21)


@pytest.mark.parametrize("text", ["2025-07-21", "2025-02-30", "30/02/2025", "2025-13-01", "soon", "", "1753056000"])
def test_what_is_no_other_form_of_a_date(text: str) -> None:
    assert day_in_another_form(text) is None


@pytest.mark.parametrize("name", ["memorandum.yaml", "sources.yaml", WATER, PAGE, "templates/help.md.j2"])
def test_a_word_processors_file_is_one_fault(folder: Path, name: str) -> None:
    (folder / name).write_text("{\\rtf1\\ansi {\\fonttbl x: y}\n\\par tea}\n", encoding="utf-8")
    assert [str(fault) for fault in check(folder) if fault.file == name] == [
        (
            f"{name}:1:1 error word-processor: This is a word processor's file, not plain text. "
            "Save it as plain text (in most word processors: Save as, Plain text, UTF-8)."
        )
    ]
    if name in {WATER, "memorandum.yaml", PAGE}:
        assert len(check(folder)) == 1
