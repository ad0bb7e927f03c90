"""Each kind of fault, at its exact place: break one thing in a good folder, and only that is reported."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.content.faults import Code, ContentError, Fault, Severity, in_order
from bot.content.load import load
from bot.text import did_you_mean, nearest, shown
from tests.support.content_copy import check

WATER = "brewing/water.yaml"
STATEMENT = "  statement: >\n    Kettle Ltd could look at boiling the water.\n"
CERTAINTY = "  certainty: possible\n"
CITED = "  sources: {press-release: could look at boiling}\n"
KEYWORDS = "  keywords: [kettle, hot water]\n"
AS_POSSIBLE = STATEMENT + CERTAINTY
AS_INTENDED = "  statement: >\n    Kettle Ltd is to boil the water.\n  certainty: intended\n"
CITED = "  sources: {press-release: could look at boiling}\n"
FIRM = CITED.replace("could look at boiling", "boiling")
AS_SAID = "  statement: >\n    Kettle Ltd could call it boiling.\n  certainty: said\n  said_by: Kettle Ltd\n"
BRIEFING = "brewing/briefing.yaml"
ANSWER = "templates/answer.md.j2"
NAMED = "      - tea-water\n"


class Break(NamedTuple):
    """Replace `old` in `file` by `new`: then `code` is reported at line and column."""

    code: str
    line: int
    column: int
    old: str
    new: str
    file: str = WATER


def holiday(code: str, line: int, column: int, *entries: str) -> Break:
    """Add bank holidays at the end of memorandum.yaml, from line 18 on."""
    added = "".join(f"  - {{{entry}}}\n" for entry in entries)
    return Break(code, line, column, "title: Serving\n", f"title: Serving\nbank_holidays:\n{added}", "memorandum.yaml")


BREAKS = [
    Break("control-character", 2, 17, STATEMENT, "  statement: may\u200bboil\n"),
    Break("control-character", 3, 5, "Kettle", "\u202eKettle"),
    Break("control-character", 2, 14, STATEMENT, '  statement: "a\\x00b"\n'),
    Break("control-character", 2, 14, STATEMENT, '  statement: "a\\tb"\n'),
    Break("tab", 2, 1, STATEMENT, "\tstatement: Kettle\n"),
    Break("tab", 3, 11, "Kettle Ltd", "Kettle\tLtd"),
    Break("look-alike", 2, 1, STATEMENT, STATEMENT.replace("  statement", "\u00a0\u00a0statement")),
    Break("look-alike", 3, 3, "    Kettle", "  \u3000 Kettle"),
    Break("look-alike", 4, 12, CERTAINTY, "  certainty： possible\n"),
    Break("look-alike", 4, 13, CERTAINTY, "  certainty:\u00a0possible\n"),
    Break("look-alike", 1, 10, "tea-water:", "tea-water："),
    Break("yaml-syntax", 2, 14, STATEMENT, "  statement: 'Kettle\n"),
    Break("yaml-syntax", 2, 23, STATEMENT, '  statement: "Kettle" Ltd\n'),
    Break("yaml-syntax", 2, 16, STATEMENT, '  statement: "a\\q"\n'),
    Break("yaml-syntax", 2, 14, STATEMENT, "  statement: @kettle\n"),
    Break("yaml-syntax", 2, 16, STATEMENT, "  statement: > Kettle\n    more\n"),
    Break("yaml-syntax", 2, 14, STATEMENT, "  statement: - a\n"),
    Break("yaml-syntax", 2, 12, STATEMENT, "  statement Kettle\n"),
    Break("yaml-syntax", 2, 12, "  statement: >", "  statement >"),
    Break("yaml-syntax", 4, 12, CERTAINTY, "  certainty possible\n"),
    Break("yaml-syntax", 5, 10, CITED, CITED.replace(":", "", 1)),
    Break("yaml-syntax", 6, 11, KEYWORDS, KEYWORDS.replace(":", "", 1)),
    Break("yaml-syntax", 1, 10, "tea-water:", "tea-water"),
    Break("yaml-syntax", 1, 6, "title: Memorandum", "title Memorandum", "memorandum.yaml"),
    Break("yaml-syntax", 3, 1, "    Kettle", "Kettle"),
    Break("yaml-syntax", 3, 3, STATEMENT, "   statement: x\n"),
    Break("yaml-syntax", 6, 13, KEYWORDS, "  keywords: [a, b\n"),
    Break("yaml-syntax", 6, 16, KEYWORDS, "  keywords: [a]]\n"),
    Break("yaml-syntax", 6, 17, KEYWORDS, "  keywords: [a, , b]\n"),
    Break("yaml-syntax", 6, 1, KEYWORDS, "- a\n"),
    Break("yaml-syntax", 6, 1, KEYWORDS, "lost\n"),
    Break("yaml-syntax", 4, 1, CERTAINTY, "certainty: possible\n"),
    Break("yaml-syntax", 6, 1, KEYWORDS, "keywords: [kettle]\n"),
    Break("yaml-syntax", 6, 1, KEYWORDS, "short: >\n  Tea.\n"),
    Break("missing-space", 2, 12, STATEMENT, "  statement:Kettle\n"),
    Break("missing-space", 5, 13, CITED, "  sources: {press-release:yes}\n"),
    Break("several-documents", 6, 1, KEYWORDS, "---\n"),
    Break("nested-too-deep", 6, 22, KEYWORDS, "  keywords: " + "[" * 40 + "\n"),
    Break("anchor", 2, 14, STATEMENT, "  statement: *kettle\n"),
    Break("anchor", 2, 14, STATEMENT, "  statement: &a kettle\n"),
    Break("anchor", 2, 14, STATEMENT, "  statement: !!str kettle\n"),
    Break("anchor", 6, 3, KEYWORDS, "  <<: y\n"),
    Break("duplicate-key", 5, 3, CERTAINTY, CERTAINTY + CERTAINTY),
    Break("duplicate-key", 7, 5, CITED, "  sources:\n    article: a\n    article: b\n"),
    Break("duplicate-key", 7, 3, KEYWORDS, KEYWORDS + STATEMENT + CERTAINTY + CITED),
    Break("duplicate-key", 6, 1, KEYWORDS, "tea-water:\n" + STATEMENT + CERTAINTY + CITED),
    Break("text-after-hash", 2, 21, STATEMENT, "  statement: GPT-4o # see\n"),
    Break("text-after-hash", 2, 14, STATEMENT, "  statement: #1 of all\n"),
    Break("text-after-hash", 3, 9, STATEMENT, "  statement: One\n    two # three\n    four\n"),
    Break("text-after-hash", 6, 16, KEYWORDS, "  keywords: [a # x, b\n    ]\n"),
    Break("text-after-hash", 7, 8, KEYWORDS, "  keywords: [a,\n    b, # c, d\n    e]\n"),
    Break("comma-splits", 6, 17, KEYWORDS, "  keywords: [£1,000m]\n"),
    Break("comma-splits", 5, 31, CITED, "  sources: {press-release: £1,000m}\n"),
    Break("comma-splits", 5, 40, CITED, "  sources: {press-release: could look, at boiling}\n"),
    Break("unquoted-colon", 2, 25, STATEMENT, "  statement: Kettle said: boil it\n"),
    Break("unquoted-colon", 5, 32, CITED, "  sources: {press-release: said: yes}\n"),
    Break("unquoted-colon", 6, 14, KEYWORDS, "  keywords: [a: b]\n"),
    Break("unquoted-colon", 7, 7, KEYWORDS, "  keywords:\n    - note: x\n"),
    Break("unquoted-colon", 6, 37, KEYWORDS, "  corrected: {on: 2026-01-02, why: a: b}\n"),
    Break("comma-splits", 6, 39, KEYWORDS, "  corrected: {on: 2026-01-02, why: a, b, c}\n"),
    Break("curly-quotes", 2, 14, STATEMENT, "  statement: “Kettle”\n"),
    Break("curly-quotes", 6, 14, KEYWORDS, "  keywords: [“a, b”]\n"),
    Break("line-break", 2, 14, STATEMENT, "  statement: |\n    One.\n    Two.\n"),
    Break("line-break", 2, 14, STATEMENT, "  statement: >\n    One.\n\n    Two.\n"),
    Break("mojibake", 3, 16, "could", "Â£2bn could"),
    Break("mojibake", 3, 12, "Kettle Ltd", "Kettle â€™ Ltd"),
    Break("mojibake", 6, 14, KEYWORDS, "  keywords: [Ã©clair]\n"),
    Break("html-entity", 3, 12, "Kettle Ltd", "Kettle &amp; Ltd"),
    Break("html-entity", 3, 12, "Kettle Ltd", "Kettle &#39; Ltd"),
    Break("html-entity", 3, 12, "Kettle Ltd", "Kettle &nbsp; Ltd"),
    Break("html-entity", 2, 14, "Tea for all", "Tea &lt; all", "sources.yaml"),
    Break("pasted-markup", 3, 16, "could", "*could*"),
    Break("pasted-markup", 3, 16, "could", "_could_"),
    Break("pasted-markup", 3, 16, "could", "~could~"),
    Break("pasted-markup", 3, 16, "could", "`could`"),
    Break("pasted-markup", 3, 16, "could", "[could](https://example.org)"),
    Break("pasted-markup", 3, 16, "could", "<https://example.org|could> could"),
    Break("pasted-markup", 3, 16, "could", "<@U012AB3CD> could"),
    Break("pasted-markup", 3, 16, "could", ":tada: could"),
    Break("pasted-markup", 3, 5, "Kettle", "> Kettle"),
    Break("pasted-markup", 3, 5, "Kettle", "1. Kettle"),
    Break("pasted-markup", 3, 5, "Kettle", "# Kettle"),
    Break("merge-conflict", 2, 1, STATEMENT, f"<<<<<<< HEAD\n{STATEMENT}=======\n{STATEMENT}>>>>>>> branch\n"),
    Break("merge-conflict", 1, 1, "title: Memorandum", "<<<<<<< HEAD\ntitle: Memorandum", "memorandum.yaml"),
    Break("unknown-fact", 6, 11, KEYWORDS, "  since: [tea-mlik]\n"),
    Break("bad-value", 6, 11, KEYWORDS, "  since: [tea-water]\n"),
    Break("listed-twice", 6, 21, KEYWORDS, "  since: [tea-milk, tea-milk]\n"),
    Break("lost-subject", 6, 10, KEYWORDS, "  short: It could boil.\n"),
    Break("lost-subject", 3, 5, "Kettle Ltd", "They"),
    Break("unknown-field", 2, 3, "  statement:", "  stattement:"),
    Break("unknown-field", 6, 31, KEYWORDS, "  corrected: {on: 2025-07-01, wy: x}\n"),
    Break("missing-field", 1, 1, CERTAINTY, ""),
    Break("missing-field", 6, 3, KEYWORDS, "  corrected: {on: 2025-07-01}\n"),
    Break("missing-field", 1, 1, "title: Memorandum on tea\n", "", "memorandum.yaml"),
    Break("missing-field", 1, 1, "  title: Tea for all\n", "", "sources.yaml"),
    Break("empty-field", 2, 3, STATEMENT, "  statement:\n"),
    Break("empty-field", 6, 3, KEYWORDS, "  owner:\n"),
    Break("empty-field", 6, 17, KEYWORDS, "  keywords: [a, '']\n"),
    Break("empty-field", 6, 1, KEYWORDS, "tea:\n"),
    Break("wrong-kind", 2, 14, STATEMENT, "  statement: [a, b]\n"),
    Break("wrong-kind", 4, 14, CERTAINTY, "  certainty: [possible]\n"),
    Break("wrong-kind", 5, 12, CITED, "  sources: press-release\n"),
    Break("wrong-kind", 6, 13, KEYWORDS, "  keywords: a, b\n"),
    Break("wrong-kind", 6, 14, KEYWORDS, "  withdrawn: yes\n"),
    Break("wrong-kind", 6, 3, KEYWORDS, "  [a]: b\n"),
    Break("bad-value", 8, 15, "review_every: 90", "review_every: 9x", "memorandum.yaml"),
    Break("bad-value", 8, 15, "review_every: 90", "review_every: 0", "memorandum.yaml"),
    Break("bad-value", 13, 10, "key: brewing", "key: Brewing", "memorandum.yaml"),
    Break("bad-value", 15, 15, "[infusion]", "['!!']", "memorandum.yaml"),
    holiday("bad-value", 19, 16, "calendar: Scotland, add: 2027-05-07, name: Tea Day"),
    holiday("bad-value", 19, 5, "calendar: scotland, add: 2027-05-07, remove: 2027-05-08, name: Tea Day"),
    holiday("bad-date", 19, 31, "calendar: scotland, add: 7 May 2027, name: Tea Day"),
    holiday("missing-field", 19, 5, "calendar: scotland, name: Tea Day"),
    holiday("missing-field", 19, 5, "calendar: scotland, add: 2027-05-07"),
    holiday("unknown-field", 19, 26, "calendar: scotland, on: 2027-05-07, remove: 2027-05-07"),
    holiday("listed-twice", 20, 5, "calendar: scotland, remove: 2027-05-07", "calendar: scotland, remove: 2027-05-07"),
    Break("bad-value", 5, 8, "https://example.org/tea", "http://example.org/tea", "sources.yaml"),
    Break("bad-date", 6, 10, KEYWORDS, "  as_of: 2025-02-30\n"),
    Break("bad-date", 6, 10, KEYWORDS, "  as_of: 1753056000\n"),
    Break("bad-date", 6, 10, KEYWORDS, "  as_of: 21/07/2025\n"),
    Break("bad-date", 4, 14, "2025-07-21", "21 July 2025", "sources.yaml"),
    Break("unknown-certainty", 4, 14, CERTAINTY, "  certainty: posible\n"),
    Break("too-long", 2, 14, STATEMENT, "  statement: >\n    " + "x" * 301 + "\n"),
    Break("too-long", 6, 10, KEYWORDS, "  short: " + "may " * 16 + "\n"),
    Break("too-long", 5, 28, CITED, "  sources: {press-release: a b c d e f g h}\n"),
    Break("listed-twice", 6, 17, KEYWORDS, "  keywords: [a, A]\n"),
    Break("listed-twice", 15, 25, "[infusion]", "[infusion, Infusion]", "memorandum.yaml"),
    Break("said-by-missing", 4, 14, CERTAINTY, "  certainty: forecast\n"),
    Break("said-by-needless", 6, 3, KEYWORDS, "  said_by: Kettle Ltd\n"),
    Break("where-missing", 5, 13, CITED, "  sources: {press-release}\n"),
    Break("where-missing", 5, 12, CITED, "  sources: [press-release]\n"),
    Break("where-needless", 5, 28, CERTAINTY, "  certainty: unstated\n"),
    Break("hedge-missing", 2, 14, "could look at boiling", "is to boil"),
    Break("hedge-missing", 6, 10, KEYWORDS, "  short: Kettle Ltd boils the water.\n"),
    Break("intent-missing", 2, 14, AS_POSSIBLE, AS_INTENDED.replace("is to boil", "boils")),
    Break("prediction-missing", 2, 14, AS_POSSIBLE, AS_INTENDED.replace("intended", "forecast\n  said_by: Kettle Ltd")),
    Break("hedge-cited", 3, 52, "the water.", "the water. It will boil."),
    Break("hedge-cited", 6, 21, KEYWORDS, "  short: Kettle Ltd will boil what it may.\n"),
    Break("hedge-cited", 3, 19, AS_POSSIBLE, AS_INTENDED.replace("is to", "is committed to")),
    Break("sounds-certain", 3, 19, AS_POSSIBLE + CITED, AS_INTENDED.replace("is to", "is committed to") + FIRM),
    Break("number-differs", 6, 32, KEYWORDS, "  short: Kettle Ltd could boil 200 cups.\n"),
    Break("pasted-markup", 3, 16, "could", "**could**"),
    Break("pasted-markup", 3, 16, "could", "<b>could</b>"),
    Break("pasted-markup", 3, 5, "Kettle", "- Kettle"),
    Break("pasted-markup", 6, 10, KEYWORDS, "  short: • Kettle Ltd could boil.\n"),
    Break("hedge-in-stated", 3, 16, CERTAINTY, "  certainty: stated\n"),
    Break("hedge-lost", 5, 28, AS_POSSIBLE, AS_INTENDED),
    Break("hedge-cited", 5, 28, AS_POSSIBLE, AS_INTENDED.replace("intended", "stated").replace("is to boil", "boils")),
    Break("will-explore", 3, 12, "Kettle Ltd could look at", "Kettle will explore"),
    Break("quotation-marks", 3, 30, AS_POSSIBLE, AS_SAID.replace("boiling", '"boiling"')),
    Break("quotation-marks", 3, 30, AS_POSSIBLE, AS_SAID.replace("boiling", "‘boiling’")),
    Break("quotation-marks", 3, 30, AS_POSSIBLE, AS_SAID.replace("boiling", "“boiling")),
    Break("quotation-marks", 3, 37, AS_POSSIBLE, AS_SAID.replace("boiling", "boiling”")),
    Break("quotation-marks", 7, 10, AS_POSSIBLE + CITED, AS_SAID + CITED + "  short: Tea is “hot”.\n"),
    Break(
        "quotation-marks",
        7,
        10,
        AS_POSSIBLE + CITED,
        AS_SAID.replace("boiling", "“boiling”") + CITED + "  short: Tea is hot.\n",
    ),
    Break("lost-subject", 3, 5, "Kettle Ltd", "The same company"),
    Break("lost-subject", 3, 5, "Kettle Ltd", "Any such firm"),
    Break("id-form", 7, 1, KEYWORDS, KEYWORDS + "bad Key:\n" + STATEMENT + CERTAINTY + CITED),
    Break("id-form", 1, 1, "press-release:", "Press:", "sources.yaml"),
    Break("unknown-source", 5, 13, CITED, "  sources: {press-relese: could look}\n"),
    Break(
        "unused-source",
        11,
        1,
        "https://example.org/kettle\n",
        "https://example.org/kettle\n"
        """\
spare:
  title: Spare
  publisher: Nobody
  published: 2025-01-01
  url: https://example.org/spare
""",
        "sources.yaml",
    ),
    Break("unknown-fact", 4, 9, "- tea-water", "- tea-watr", BRIEFING),
    Break("unknown-fact", 1, 14, "sections:", "bottom_line: tea-watr\nsections:", BRIEFING),
    Break("foreign-fact", 8, 13, "[tea-binding]", "[tea-milk]", BRIEFING),
    Break("listed-twice", 8, 13, "[tea-binding]", "[tea-water]", BRIEFING),
    Break("empty-field", 8, 5, "[tea-binding]", "[]", BRIEFING),
    Break("empty-field", 4, 9, "- tea-water", "- ''", BRIEFING),
    Break("empty-field", 2, 5, "heading: Agreed", "heading:", BRIEFING),
    Break("missing-field", 6, 5, "  - heading: Status\n    details", "  - details", BRIEFING),
    Break("unknown-field", 7, 5, "details:", "detail:", BRIEFING),
    Break("bad-value", 7, 14, "true", "maybe", BRIEFING),
    Break("wrong-kind", 8, 12, "[tea-binding]", "tea-binding", BRIEFING),
    Break("pasted-markup", 2, 15, "Agreed", "'## Agreed'", BRIEFING),
    Break("text-after-hash", 2, 14, "Agreed", "## Agreed", BRIEFING),
    Break("unquoted-colon", 2, 20, "Agreed", "Agreed: so far", BRIEFING),
    Break("name-taken", 17, 12, "title: Serving", "title: Infusion", "memorandum.yaml"),
    Break("name-reserved", 15, 15, "[infusion]", "[Subscribe]", "memorandum.yaml"),
    Break("name-number", 15, 15, "[infusion]", "['7']", "memorandum.yaml"),
    Break("template-syntax", 1, 3, "{{ fact.label }}", "{{ fact.label", ANSWER),
    Break("template-syntax", 1, 3, "{{ fact.label }}", "{{ fact.label | shout }}", ANSWER),
    Break("template-undefined", 1, 6, "fact.label", "fakt.label", ANSWER),
]

SHOWN_ELSEWHERE = {
    "unreadable",
    "not-utf-8",
    "word-processor",
    "too-large",
    "outside-folder",
    "stray-file",
    "file-name",
    "missing-file",
    "missing-folder",
    "unlisted-folder",
    "empty-file",
    "future-date",
    "future-correction",
    "review-overdue",
    "review-passed",
    "link-broken",
    "link-moved",
    "link-unclear",
    "source-words",
    "not-in-source",
    "qualifier",
    "quotation-differs",
    "copied-words",
    "bad-fingerprint",
    "not-fingerprinted",
    "duplicate-id",
    "withdrawn-fact",
    "superseded-fact",
    "superseded-cycle",
    "vanished-fact",
    "old-briefing",
    "later-fact",
    "template-failed",
    "sources-missing",
    "over-limit",
    "duplicate-question",
    "wrong-answer",
}


def edit(folder: Path, file: str, old: str, new: str) -> None:
    """Replace one piece of a file."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def codes(faults: tuple[Fault, ...]) -> list[str]:
    return [fault.code for fault in faults]


def test_the_good_folder_has_no_fault(folder: Path) -> None:
    assert check(folder, today=date(2026, 12, 1), reviews=True) == ()


@pytest.mark.parametrize("broken", BREAKS, ids=[f"{each.code}-{n}" for n, each in enumerate(BREAKS)])
def test_each_fault_has_its_place(folder: Path, broken: Break) -> None:
    edit(folder, broken.file, broken.old, broken.new)
    reported = [(fault.code, fault.line, fault.column) for fault in check(folder) if fault.file == broken.file]
    assert reported == [(broken.code, broken.line, broken.column)]


@pytest.mark.parametrize("broken", BREAKS, ids=[f"{each.code}-{n}" for n, each in enumerate(BREAKS)])
def test_errors_keep_the_content_from_loading(folder: Path, broken: Break) -> None:
    edit(folder, broken.file, broken.old, broken.new)
    if Code(broken.code).severity is Severity.ERROR:
        with pytest.raises(ContentError, match=r"has (an error|[23] errors)"):
            load(folder)
    else:
        assert load(folder).facts


def test_a_header_claims_no_day_that_a_line_below_it_breaks(folder: Path) -> None:
    edit(folder, WATER, KEYWORDS, "  as_of: 2025-08-21\n")
    assert check(folder) == (), "a report may be a month younger than what it reports"
    edit(folder, WATER, "2025-08-21", "2025-09-21")
    [found, _] = check(folder)
    assert (found.file, found.line, found.column, found.code) == ("agreement/briefing.yaml", 4, 9, "later-fact")
    assert found.message == "“tea-water” is of 21 September 2025; the briefing's header says 21 July 2025."
    for file in ("agreement/briefing.yaml", BRIEFING):
        edit(folder, file, "  - heading: Agreed\n", "  - heading: Afterwards\n    later: true\n")
    assert check(folder) == ()


def test_every_code_is_shown_by_a_test() -> None:
    assert {each.code for each in BREAKS} | SHOWN_ELSEWHERE == {code.value for code in Code}


def test_every_code_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "content-faults.md").read_text(encoding="utf-8")
    assert re.findall(r"^### `(.+)`$", page, re.MULTILINE) == [code.value for code in Code]
    for code, text in zip(Code, re.split(r"^### .*$", page, flags=re.MULTILINE)[1:], strict=True):
        assert ("A warning" in text) is (code.severity is Severity.WARNING), code


def test_all_faults_of_all_files_come_in_one_run(folder: Path) -> None:
    edit(folder, WATER, KEYWORDS, "  keywords: [a, b\ntea-leaf:\n  certainty: maybe\n  colour: green\n")
    edit(folder, "serving/milk.yaml", "unstated", "unsaid")
    edit(folder, "sources.yaml", "url: https://example.org/tea", "url: tea")
    reported = [(fault.file, fault.line, fault.code, fault.fact_id) for fault in check(folder)]
    assert reported == [
        (WATER, 6, "yaml-syntax", "tea-water"),
        (WATER, 7, "missing-field", "tea-leaf"),
        (WATER, 7, "missing-field", "tea-leaf"),
        (WATER, 8, "unknown-certainty", "tea-leaf"),
        (WATER, 9, "unknown-field", "tea-leaf"),
        ("serving/milk.yaml", 4, "unknown-certainty", "tea-milk"),
        ("sources.yaml", 5, "bad-value", None),
    ]


def test_a_comment_behind_a_closed_form_loses_nothing(folder: Path) -> None:
    edit(folder, WATER, CERTAINTY, "  certainty: possible # “could”\n  # a comment of its own\n")
    edit(folder, WATER, KEYWORDS, '  keywords: [kettle, "hot water"] # more to come\n')
    assert check(folder) == ()


def test_everything_stays_text(folder: Path) -> None:
    edit(folder, WATER, KEYWORDS, "  keywords: [no, 007, 1e3, 2025-07-21, null, ~, 0x1F]\n")
    assert load(folder).facts["tea-water"].keywords == ("no", "007", "1e3", "2025-07-21", "null", "~", "0x1F")


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d💻 could boil",
        "❤\ufe0f\u200d🔥 could boil",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f could boil",
        "می\u200cخواهم could boil",
        "क्\u200dष could boil",
        "snake_case_name could cost £2 at 10:30:45, 3 * 4 * 5, R&D <5 °C, café – “naïve” Â (AT&T); [sic]",
    ],
)
def test_what_a_script_or_a_sum_needs_is_right(folder: Path, text: str) -> None:
    edit(folder, WATER, "Kettle Ltd could look at boiling the water.", f"The {text}.")
    assert check(folder) == ()


@pytest.mark.parametrize("text", ["a\u200db", "a\u200cb", "👩\u200dx", "x\U000e0067", "a\u200bb", "a\u200fb"])
def test_a_joiner_between_latin_letters_is_told(folder: Path, text: str) -> None:
    edit(folder, WATER, "Kettle Ltd", text)
    assert codes(check(folder)) == ["control-character"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [("Â£2bn", "Write “£”."), ("itâ€™s", "Write “’”."), ("R&amp;D", "Write “&”."), ("a&nbsp;b", "Write a space.")],
)
def test_the_remedy_of_broken_text_is_the_right_character(folder: Path, text: str, hint: str) -> None:
    edit(folder, WATER, "Kettle Ltd", f"Kettle {text}")
    assert [fault.hint for fault in check(folder)] == [hint]


def test_a_correction_dated_in_the_future_is_an_error(folder: Path) -> None:
    edit(folder, WATER, KEYWORDS, "  corrected: {on: 2027-01-02, why: It was wrong.}\n")
    [fault] = check(folder, today=date(2026, 12, 1))
    assert (fault.code, fault.severity, fault.line, fault.column) == ("future-correction", "error", 6, 19)


def test_columns_count_characters(folder: Path) -> None:
    edit(folder, WATER, CITED, "  sources: {press-release: “é😀 ”, articl: x}\n")
    assert [(fault.code, fault.column) for fault in check(folder)] == [("curly-quotes", 28)]
    edit(folder, WATER, "“é😀 ”", "é😀")
    assert [(fault.code, fault.column) for fault in check(folder)] == [("unknown-source", 32)]


def test_a_byte_order_mark_and_dos_line_ends_do_no_harm(folder: Path) -> None:
    path = folder / WATER
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert check(folder) == ()
    edit(folder, WATER, "possible", "posible")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert [(fault.line, fault.column) for fault in check(folder)] == [(4, 14)]


@pytest.mark.parametrize(
    ("data", "code", "line", "column"),
    [
        (b"", "empty-file", 1, 1),
        (b"# nothing\n", "empty-file", 1, 1),
        (b"- a\n", "wrong-kind", 1, 1),
        (b"tea\n", "wrong-kind", 1, 1),
        (b"a:\n  b: \xff\n", "not-utf-8", 2, 6),
        (b"a: " + b"x" * 1024 * 1024, "too-large", 1, 1),
        (b"- " * 100_000, "nested-too-deep", 1, 23),
        (b"[" * 100_000, "nested-too-deep", 1, 1001),
        (b"? " * 100_000, "nested-too-deep", 1, 23),
    ],
)
def test_a_file_that_cannot_be_read_is_one_fault(folder: Path, data: bytes, code: str, line: int, column: int) -> None:
    (folder / WATER).write_bytes(data)
    assert [(fault.code, fault.line, fault.column) for fault in check(folder)] == [(code, line, column)]


def test_an_alias_bomb_is_not_followed(folder: Path) -> None:
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    (folder / WATER).write_text(f"a0: &a0 [x]\n{bomb}z: &z [*z]\n")
    reported = [fault.code for fault in check(folder) if fault.file == WATER]
    assert set(reported) == {Code.ANCHOR}


def test_a_file_of_tabs_is_told_quickly(folder: Path) -> None:
    (folder / WATER).write_text("\tx: y\n" * 150_000)
    assert codes(check(folder)).count(Code.TAB) == 20


def test_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    outside = folder.parent / "outside.yaml"
    outside.write_text("tea-leaf:\n")
    (folder / "brewing" / "leaf.yaml").symlink_to(outside)
    (folder / "brewing" / "copy.yaml").symlink_to(folder / "brewing" / "copy.yaml")
    assert [(fault.file, fault.code) for fault in check(folder)] == [
        ("brewing/copy.yaml", "unreadable"),
        ("brewing/leaf.yaml", "outside-folder"),
    ]


def test_a_linked_folder_is_not_walked(folder: Path) -> None:
    (folder / "brewing" / "up").symlink_to(folder)
    assert codes(check(folder)) == [Code.STRAY_FILE]


def test_a_pipe_is_refused(folder: Path) -> None:
    os.mkfifo(folder / "brewing" / "pipe.yaml")
    assert [(fault.file, fault.code) for fault in check(folder)] == [("brewing/pipe.yaml", "unreadable")]


def test_a_link_within_the_folder_is_read(folder: Path) -> None:
    real = folder / "..data"
    real.mkdir()
    (folder / WATER).rename(real / "water.yaml")
    (folder / WATER).symlink_to(real / "water.yaml")
    assert check(folder) == ()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert codes(check(tmp_path / "nothing"))[:1] == [Code.MISSING_FILE]
    assert Code.UNREADABLE in codes(check(tmp_path / "nothing"))


def test_files_that_belong_nowhere(folder: Path) -> None:
    for name in ("notes.txt", "brewing/leaf.yml", "brewing/deep/leaf.yaml", "sorces.yaml", "brewing/README.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x: y\n")
    (folder / ".hidden").write_text("x")
    reported = [(fault.file, fault.code, fault.hint) for fault in check(folder)]
    assert reported == [
        ("brewing/deep/leaf.yaml", "stray-file", "Move it out of the content folder."),
        ("brewing/leaf.yml", "file-name", "Rename it."),
        ("notes.txt", "stray-file", "Move it out of the content folder."),
        ("sorces.yaml", "stray-file", "Did you mean sources.yaml?"),
    ]


def test_areas_and_folders_must_match(folder: Path) -> None:
    (folder / "serving").rename(folder / "servings")
    reported = [(fault.file, fault.line, fault.column, fault.code, fault.hint) for fault in check(folder)]
    assert reported == [
        ("memorandum.yaml", 12, 1, "unlisted-folder", "Did you mean serving?"),
        ("memorandum.yaml", 16, 10, "missing-folder", "Did you mean servings?"),
    ]


@pytest.mark.parametrize("name", ["memorandum.yaml", "sources.yaml"])
def test_a_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert [(fault.file, fault.code) for fault in check(folder)] == [(name, "missing-file")]


def test_an_area_without_a_briefing(folder: Path) -> None:
    (folder / BRIEFING).unlink()
    reported = [(fault.file, fault.line, fault.column, fault.code) for fault in check(folder)]
    assert reported == [("memorandum.yaml", 13, 10, "missing-file")]


def test_one_id_in_two_files(folder: Path) -> None:
    (folder / "serving" / "more.yaml").write_text((folder / WATER).read_text())
    reported = [(fault.file, fault.line, fault.code, fault.fact_id) for fault in check(folder)]
    assert reported == [("serving/more.yaml", 1, "duplicate-id", "tea-water")]


def test_withdrawn_facts_cannot_be_printed(folder: Path) -> None:
    edit(folder, WATER, KEYWORDS, "  withdrawn: {on: 2026-01-02, why: It was wrong.}\n")
    assert [(fault.file, fault.code) for fault in check(folder)] == [
        ("agreement/briefing.yaml", "withdrawn-fact"),
        (BRIEFING, "withdrawn-fact"),
    ]


def test_facts_that_replace_one_another(folder: Path) -> None:
    leaf = "tea-leaf:\n" + STATEMENT + CERTAINTY + CITED
    (folder / "brewing" / "leaf.yaml").write_text(leaf + "  superseded_by: tea-water\n")
    assert check(folder) == ()
    edit(folder, WATER, KEYWORDS, "  superseded_by: tea-leaf\n")
    reported = {(fault.file, fault.line, fault.code) for fault in check(folder)}
    assert reported == {
        ("brewing/leaf.yaml", 6, "superseded-cycle"),
        (WATER, 6, "superseded-cycle"),
        (BRIEFING, 4, "superseded-fact"),
        ("agreement/briefing.yaml", 4, "superseded-fact"),
    }
    (folder / "brewing" / "leaf.yaml").write_text(leaf + "  withdrawn: {on: 2026-01-02, why: Wrong.}\n")
    assert (WATER, "withdrawn-fact") in {(fault.file, fault.code) for fault in check(folder)}
    (folder / "brewing" / "leaf.yaml").unlink()
    assert (WATER, "unknown-fact") in {(fault.file, fault.code) for fault in check(folder)}


def test_dates_are_compared_with_today_when_it_is_given(folder: Path) -> None:
    edit(folder, WATER, KEYWORDS, "  checked_on: 2027-01-02\n")
    assert check(folder) == ()
    late = check(folder, today=date(2026, 12, 1))
    assert [(fault.code, fault.line, fault.severity) for fault in late] == [("future-date", 6, "warning")]
    overdue = check(folder, today=date(2027, 3, 1), reviews=True)
    assert [(fault.code, fault.fact_id) for fault in overdue] == [
        ("review-overdue", "tea-binding"),
        ("review-overdue", "tea-milk"),
    ]


def test_limits_are_passed_in(folder: Path) -> None:
    def limits(markdown: str) -> list[str]:
        return ["Too long."] if "# Brewing" in markdown else []

    reported = [(fault.file, fault.code, fault.message) for fault in check(folder, limits=limits)]
    assert reported == [
        (BRIEFING, "over-limit", "The long form breaks a limit: Too long."),
        (BRIEFING, "over-limit", "The short form breaks a limit: Too long."),
    ]


def test_faults_read_well() -> None:
    fault = Fault("a.yaml", 3, 5, Code.BAD_DATE, "No date.", "Write one.")
    assert str(fault) == "a.yaml:3:5 error bad-date: No date. Write one."
    assert in_order([fault, fault]) == (fault,)
    assert shown("a\x00b\n" + "c" * 99) == f"“a b {'c' * 55}…”"
    assert did_you_mean("kettel", ["kettle", "water"]) == "Did you mean kettle?"
    assert did_you_mean("zzz", ["kettle"], "Try again.") == "Try again."
    assert nearest("", ["kettle"]) == ()
