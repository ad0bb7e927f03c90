"""Messages of the faults that newcomers make first: once, at their place, with what to do."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.recurrence.dates import day_in_another_form, is_without_day
from bot.text import is_it_a_typo
from tests.support.content_copy import check

if TYPE_CHECKING:
    from pathlib import Path

WATER = "brewing/water.yaml"
BRIEFING = "brewing/briefing.yaml"
FACT = """\
  statement: >
    Kettle Ltd could look at boiling the water.
  certainty: possible
  sources: {press-release: could look at boiling}
"""
KEYWORDS = "  keywords: [kettle, hot water]\n"


def reported(folder: Path, file: str, old: str, new: str) -> list[str]:
    """Return the faults of the whole folder after one change, without the file's name."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return [str(fault).removeprefix(f"{file}:") for fault in check(folder)]


def test_a_copied_fact_needs_a_key_of_its_own(folder: Path) -> None:
    assert reported(folder, WATER, KEYWORDS, KEYWORDS + "tea-water:\n" + FACT) == [
        (
            "7:1 error duplicate-key: “tea-water” is here a second time; the first is in line 1. "
            "Give the second a key of its own."
        )
    ]


def test_a_copied_fact_without_its_key_is_one_fault(folder: Path) -> None:
    assert reported(folder, WATER, KEYWORDS, KEYWORDS + FACT + "  colour: green\n") == [
        (
            "7:3 error duplicate-key: "
            "A second `statement` begins here: the line with a fact's key is missing above it. "
            "Write the new fact's key on a line of its own above it, at the margin, with a colon: `its-key:`."
        )
    ]


def test_a_deleted_fact_is_to_be_put_back(folder: Path) -> None:
    assert reported(folder, BRIEFING, "- tea-water", "- tea-kettle") == [
        (
            "4:9 error unknown-fact: There is no fact “tea-kettle”. Write the fact into a fact file first. "
            "If you deleted it, put it back and add `withdrawn:`."
        )
    ]


def test_a_misspelt_fact_is_recognised(folder: Path) -> None:
    assert reported(folder, BRIEFING, "- tea-water", "- tea-wtaer") == [
        (
            "4:9 error unknown-fact: There is no fact “tea-wtaer”. Did you mean tea-water? "
            "If you deleted it, put it back and add `withdrawn:`."
        )
    ]
    assert is_it_a_typo("no-data", ["no-date", "no-duration"]) == "Did you mean no-date?"
    assert is_it_a_typo("no-payment", ["no-treatment"], "None.") == "None."


def test_a_fact_named_twice(folder: Path) -> None:
    assert reported(folder, BRIEFING, "[tea-binding]", "[tea-binding, tea-water]") == [
        "8:26 warning listed-twice: “tea-water” is already in this briefing, in line 4. Remove one."
    ]


def test_a_key_that_a_briefing_does_not_know(folder: Path) -> None:
    assert reported(folder, BRIEFING, "    details:", "    detail:") == [
        "7:5 error unknown-field: There is no field `detail`. Did you mean details?"
    ]
    assert reported(folder, BRIEFING, "    detail: true", "    details: jes") == [
        "7:14 error bad-value: `details` cannot be “jes”. Write true or false."
    ]


def test_a_heading_without_facts(folder: Path) -> None:
    assert reported(folder, BRIEFING, "[tea-binding]", "[]") == [
        "8:5 error empty-field: `facts` is empty. Fill it in, or delete it if it is optional."
    ]


OLD_TEMPLATE = """\
# {{ title() }}
{{ position() }}

{{ line("tea-binding") }}

## Agreed: so far
{{ facts("tea-water",
         'tea-milk') }}

{# more #}
## Status
{{ facts("tea-binding") }}
{{ line("tea-leaf") }}
{# end more #}

## Changed
{{ changes() }}

## Sources
{{ sources() }}
"""
AS_YAML = """\
# yaml-language-server: $schema=../briefing.schema.json
bottom_line: tea-binding
sections:
- heading: 'Agreed: so far'
  facts:
  - tea-water
  - tea-milk
- heading: Status
  details: true
  facts:
  - tea-binding
  - tea-leaf
"""


def test_a_briefing_that_is_still_a_template_is_given_as_yaml_to_paste(folder: Path) -> None:
    old = folder / "brewing" / "briefing.md.j2"
    old.write_text(OLD_TEMPLATE)
    assert [str(fault) for fault in check(folder)] == [
        (
            "brewing/briefing.md.j2:1:1 warning stray-file: "
            "A briefing is a briefing.yaml now; this template is not read. Delete it."
        )
    ]
    (folder / BRIEFING).unlink()
    (fault,) = check(folder)
    assert str(fault) == (
        "brewing/briefing.md.j2:1:1 error old-briefing: A briefing is a briefing.yaml now; this template is not read. "
        "Save the lines below as brewing/briefing.yaml, then delete this file."
    )
    assert fault.paste == AS_YAML
    (folder / BRIEFING).write_text(fault.paste)
    assert [each.code for each in check(folder)] == ["stray-file", "foreign-fact", "listed-twice", "unknown-fact"]


LOOK_ALIKES = [
    (
        "    Kettle",
        "  \u00a0 Kettle",
        (
            "3:3 error look-alike: A no-break space is in the indentation; it only looks like a space. "
            "Delete the spaces at the start of the line and type them again."
        ),
    ),
    (
        "  certainty: ",
        "  certainty：",
        (
            "4:12 error look-alike: A full-width colon follows `certainty`; it only looks like a colon. "
            "Type `certainty:` and a space again."
        ),
    ),
    (
        "  certainty: ",
        "  certainty:\u3000",
        (
            "4:13 error look-alike: A special space (U+3000) follows `certainty:`; it only looks like a space. "
            "Type `certainty:` and a space again."
        ),
    ),
]


@pytest.mark.parametrize(("old", "new", "words"), LOOK_ALIKES)
def test_signs_that_only_look_right(folder: Path, old: str, new: str, words: str) -> None:
    assert reported(folder, WATER, old, new) == [words]


def test_a_pasted_fact_is_still_checked(folder: Path) -> None:
    pasted = FACT.replace("  ", "\u00a0\u00a0").replace("possible", "posible")
    faults = reported(folder, WATER, FACT, pasted)
    assert [fault.split(":")[0] + fault.split(" ")[2] for fault in faults] == [
        "2look-alike:",
        "3look-alike:",
        "4look-alike:",
        "4unknown-certainty:",
        "5look-alike:",
    ]


def test_no_break_spaces_within_a_text_do_no_harm(folder: Path) -> None:
    assert reported(folder, WATER, "could look", "could\u00a0look：\u00a0") == []


@pytest.mark.parametrize(
    ("name", "place"),
    [("statement", "2:12"), ("certainty", "4:12"), ("sources", "5:10"), ("keywords", "6:11"), ("tea-water", "1:10")],
)
def test_a_lost_colon_is_reported_at_its_place(folder: Path, name: str, place: str) -> None:
    assert reported(folder, WATER, f"{name}:", name) == [
        f"{place} error yaml-syntax: A colon is missing after `{name}`. Write `{name}:`."
    ]


def test_an_entry_that_is_cut_lacks_nothing_else(folder: Path) -> None:
    assert reported(folder, WATER, "    Kettle", "Kettle") == [
        (
            "3:1 error yaml-syntax: This line is not a field: it has no colon. "
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
    faults = reported(folder, WATER, KEYWORDS, f"  corrected: {{on: 2026-01-02, {text}}}\n")
    assert faults == [f"6:{column} error {code}: {words.replace('…', 'Put the text in quotation marks')}"]


def test_a_field_behind_the_text_in_braces_is_left_out(folder: Path) -> None:
    [fault] = reported(folder, WATER, KEYWORDS, "  corrected: {why: a: b, c, on: 2026-01-02}\n")
    assert fault.endswith('Put the text in quotation marks: why: "a: b, c"')


def test_a_comma_lost_behind_a_date(folder: Path) -> None:
    assert reported(folder, WATER, KEYWORDS, "  corrected: {on: 2026-01-02 why: a}\n") == [
        "6:30 error yaml-syntax: A comma is missing before `why`. Write `, why:`."
    ]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("21/07/2025", "2025-07-21 (21 July 2025)"),
        ("3 December 2026", "2026-12-03 (3 December 2026)"),
        ("5/6/25", "2025-06-05 (5 June 2025)"),
    ],
)
def test_a_date_in_another_form(folder: Path, given: str, meant: str) -> None:
    assert reported(folder, WATER, KEYWORDS, f"  as_of: {given}\n") == [
        f"6:10 error bad-date: “{given}” is a date in another form. Write it as {meant}."
    ]


def test_a_date_without_a_day(folder: Path) -> None:
    assert reported(folder, WATER, KEYWORDS, "  as_of: July 2025\n") == [
        "6:10 error bad-date: “July 2025” has no day. Write year, month and day: 2025-07-21."
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


@pytest.mark.parametrize("name", ["memorandum.yaml", "sources.yaml", WATER, BRIEFING, "templates/help.md.j2"])
def test_a_word_processors_file_is_one_fault(folder: Path, name: str) -> None:
    (folder / name).write_text("{\\rtf1\\ansi {\\fonttbl x: y}\n\\par tea}\n", encoding="utf-8")
    assert [str(fault) for fault in check(folder) if fault.file == name] == [
        (
            f"{name}:1:1 error word-processor: This is a word processor's file, not plain text. "
            "Save it as plain text (in most word processors: Save as, Plain text, UTF-8)."
        )
    ]
    if name in {WATER, "memorandum.yaml", BRIEFING}:
        assert len(check(folder)) == 1


@pytest.mark.parametrize(
    ("lines", "line", "told"),
    [
        (
            "  corrected:\n   on: 2026-11-22\n    why: x\n",
            9,
            "`why` begins behind 4 spaces, and `on` above it behind 3.",
        ),
        ("  certainty: stated\n   as_of: 2026-11-22\n", 8, "`as_of` begins behind 3 spaces, and `certainty` above it"),
        ("  corrected: 2026-11-30\n", 7, "`corrected` needs fields of its own: `on` and `why`."),
    ],
)
def test_a_wrong_indentation_and_missing_fields_are_named(folder: Path, lines: str, line: int, told: str) -> None:
    path = folder / WATER
    path.write_text(path.read_text("utf-8") + lines, "utf-8")
    first = next(fault for fault in check(folder) if fault.file == WATER)
    assert told in first.message
    assert first.line == line
