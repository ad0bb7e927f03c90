"""Edits of content files: the lines of the change, and nothing else."""

from __future__ import annotations

import difflib
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.content.editing.changes import (
    ContentChange,
    EditConflictError,
    EditError,
    NewSource,
    added_keywords,
    checked,
    correction,
    entry_digest,
    fact_digest,
    withdrawal,
)
from bot.content.editing.edit import edited
from bot.content.editing.files import EditableFile
from bot.content.editing.scalars import one_paragraph
from bot.content.editing.values import as_plain
from bot.content.editing.yaml_text import YamlText
from bot.content.fact_files import read_fact_file
from bot.content.files import TextFile, list_folder
from bot.content.load import load
from bot.content.yaml.characters import CONTROL
from tests.support.small_content import FILES, write_small_content

if TYPE_CHECKING:
    from bot.content.editing.changes import FieldValue
    from bot.content.models import Content

TODAY = date(2026, 11, 30)
SHIPPED = Path(__file__).parents[4] / "briefings"
HOSTILE = (
    "# not a comment",
    "- no item",
    "a: b",
    "a #b",
    "“quoted”, he said",
    'it\'s "both" of them',
    "{{ 7 * 7 }} {% x %}",
    "[a, b] {c: d}",
    "no",
    "> below",
    "| bar",
    "&anchor *alias !tag",
    "%percent @at `tick`",
    "back\\slash \\n",
    "colon:",
    "statement: >",
    "---",
    "2026-11-30",
    "no\u00a0break",
    "😀 é 漢字 مرحبا",
    "<@U0123> <!channel>",
    "? key",
    "x" * 300,
)
STYLES = """\
# A comment above.
folded:
  # a comment within
  statement: >-   # a comment behind
    One two three
    four five.

  # a comment between
  certainty: stated
  short: 'Single ''quoted'' text'
  sources:   {one: "words, here", two: plain words}   # which
  keywords: [a, 'b', "c, d"]


"quoted-key":
    statement: "Double \\"quoted\\"
      over two lines"
    sources:
        one: words here
        two: 'other words'
    certainty: "stated"
    keywords:
    - a
    - "b"   # behind
    derived: {x: y}
plain: {statement: Flow text here, certainty: stated, sources: {one: words}}
wrapped:
  certainty: stated
  statement: Plain words
    that go on
  sources: {one: words}
  asked: [how many,
    how much]
"""
KEYS = ("folded", "quoted-key", "plain", "wrapped")
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"]), max_size=80),
    st.lists(st.sampled_from(["One", "two", "three", "four", "it's", '"x"', "#", "a:", "-"]), max_size=60).map(
        " ".join
    ),
).filter(lambda text: one_paragraph(text) and not CONTROL.search(text))


@cache
def shipped() -> Content:
    return load(SHIPPED)


@cache
def files() -> dict[str, bytes]:
    return list_folder(SHIPPED).files


def fact_files() -> list[str]:
    return sorted({fact.place.file for fact in shipped().facts.values()})


def lines_changed(before: bytes | str, after: str) -> tuple[list[str], list[str]]:
    old = (before if isinstance(before, str) else before.decode()).splitlines(keepends=True)
    found = [line for line in difflib.ndiff(old, after.splitlines(keepends=True)) if line[0] in "+-"]
    return [line[2:] for line in found if line[0] == "-"], [line[2:] for line in found if line[0] == "+"]


def write(folder: Path, data: dict[str, bytes]) -> None:
    for name, each in data.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(each)


def test_a_correction_of_one_word_is_one_line_of_every_shipped_fact() -> None:
    read = {name: YamlText.read(name, files()[name].decode()) for name in fact_files()}
    for fact in shipped().facts.values():
        before = read[fact.place.file]
        words = fact.statement.split(" ")
        middle = len(words) // 2
        wrong = " ".join([*words[:middle], "Wensleydale", *words[middle + 1 :]])

        after = before.with_value((fact.id, "statement"), wrong)

        pairs = zip(before.text.split("\n"), after.text.split("\n"), strict=True)
        assert len([old for old, new in pairs if old != new]) == 1, fact.id
        assert after.get((fact.id, "statement")) == wrong
        assert before.with_value((fact.id, "statement"), fact.statement).text == before.text


@settings(max_examples=25)
@given(text=texts, field=st.sampled_from(["statement", "short", "said_by", "owner"]), data=st.data())
def test_any_text_is_read_back_and_no_other_line_changes(text: str, field: str, data: st.DataObject) -> None:
    fact = shipped().facts[data.draw(st.sampled_from(sorted(shipped().facts)))]
    name = fact.place.file
    sources = {"sources.yaml": files()["sources.yaml"]}
    path = fact.id, field

    result = edited({name: files()[name]} | sources, correction(fact, {field: text}, on=TODAY))

    before = YamlText.read(name, files()[name].decode())
    after = YamlText.read(name, result.get(name, before.text))
    assert after.get(path) == one_paragraph(text)
    old = before.get(path)
    if not isinstance(old, str):
        assert after.without(path).text == before.text
        return
    assert after.with_value(path, old).value == before.value
    first = before.line_of(path)
    others = len(before.text.split("\n")) - first - 5
    assert before.text.split("\n")[: first - 1] == after.text.split("\n")[: first - 1]
    assert others < 1 or before.text.split("\n")[-others:] == after.text.split("\n")[-others:]


@settings(max_examples=100)
@given(
    text=texts,
    key=st.sampled_from(KEYS),
    field=st.sampled_from(["statement", "certainty", "short", "owner"]),
    form=st.tuples(st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["", "\ufeff"])),
)
def test_quotes_folds_comments_line_ends_and_marks_stay(text: str, key: str, field: str, form: tuple[str, str]) -> None:
    newline, bom = form
    written = (bom + STYLES.replace("\n", newline)).encode()
    file = EditableFile.read("a/b.yaml", written)
    before = YamlText.read("a/b.yaml", file.text)

    after = before.with_value((key, field), text)
    result = file.written(after.text)

    assert after.get((key, field)) == one_paragraph(text)
    if before.get((key, field)) == one_paragraph(text):
        assert result.encode() == written
    assert result.startswith("\ufeff") == bool(bom)
    assert set("".join(result.split(newline))) & {"\r", "\n"} == set()
    for comment in ("# A comment above.", "# a comment within", "# a comment behind", "# a comment between", "# which"):
        assert comment in result
    where = before.line_of((key, field)) - 1
    if key != "plain":
        assert after.text.split("\n")[:where] == before.text.split("\n")[:where]


def test_a_change_that_changes_nothing_writes_nothing() -> None:
    for fact in {fact.place.file: fact for fact in shipped().facts.values()}.values():
        same = correction(fact, {"statement": fact.statement, "certainty": fact.certainty.value}, on=TODAY)
        name = fact.place.file
        assert edited({name: files()[name], "sources.yaml": files()["sources.yaml"]}, same) == {}
        written = EditableFile.read(name, files()[name])
        assert written.written(written.text).encode() == files()[name]


def test_mixed_line_ends_stay_line_by_line() -> None:
    text = "a:\r\n  x: one\n  y: two\r\n"
    file = EditableFile.read("a/b.yaml", text)

    assert file.written(file.text.replace("one", "three")) == "a:\r\n  x: three\r\n  y: two\r\n"
    assert file.written(file.text) == text


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("words", HOSTILE)
def test_lists_and_cited_words_take_any_text(key: str, words: str) -> None:
    text = YamlText.read("a/b.yaml", STYLES)

    text = text.with_value((key, "sources"), {"one": words, "three": words})
    if text.get((key, "keywords")) is not None:
        text = text.with_item((key, "keywords"), words)
    if text.get((key, "asked")) is not None:
        text = text.with_item((key, "asked"), words)

    assert text.get((key, "sources")) == {"one": one_paragraph(words), "three": one_paragraph(words)}


words = texts.map(one_paragraph)
collections = st.one_of(
    st.dictionaries(st.sampled_from(["one", "two", "three", "a: b", "#"]), words, min_size=1, max_size=3),
    st.lists(words, min_size=1, max_size=4).map(tuple),
)


@settings(max_examples=100)
@given(first=collections, second=collections, key=st.sampled_from(KEYS), field=st.sampled_from(["sources", "keywords"]))
def test_any_mapping_or_list_takes_the_place_of_any_other(
    first: FieldValue, second: FieldValue, key: str, field: str
) -> None:
    before = YamlText.read("a/b.yaml", STYLES)

    after = before.with_value((key, field), first).with_value((key, field), second)

    assert after.get((key, field)) == as_plain(second)
    assert {name: after.get((name,)) for name in KEYS if name != key} == {
        name: before.get((name,)) for name in KEYS if name != key
    }


def test_a_correction_says_when_and_why_and_loads(tmp_path: Path) -> None:
    fact = shipped().facts["growth-zones-bids"]
    new = fact.statement.replace("over 200", "more than 200")
    result = edited(files(), correction(fact, {"statement": new}, why="The source: says “more”.", on=TODAY))

    write(tmp_path, files() | _bytes(result))
    read = load(tmp_path).facts[fact.id]

    assert read.statement == new
    assert read.corrected is not None
    assert (read.corrected.on, read.corrected.why) == (TODAY, "The source: says “more”.")
    removed, added = lines_changed(files()[fact.place.file], result[fact.place.file])
    assert len(removed) == 1
    assert added[1:] == ["  corrected:\n", "    on: 2026-11-30\n", '    why: "The source: says “more”."\n']


def test_a_second_correction_replaces_day_and_reason() -> None:
    fact = next(each for each in shipped().facts.values() if each.corrected)
    assert fact.corrected is not None

    with pytest.raises(EditError, match="same reason"):
        correction(fact, {"short": "x"}, why=fact.corrected.why, on=fact.corrected.on)
    result = edited(files(), correction(fact, {}, why="Once more.", on=TODAY))

    removed, added = lines_changed(files()[fact.place.file], result[fact.place.file])
    assert (len(removed), added) == (2, ["    on: 2026-11-30\n", '    why: "Once more."\n'])


def test_a_withdrawn_fact_is_taken_out_of_what_names_it(tmp_path: Path) -> None:
    fact = shipped().facts["stargate-uk"]

    result = edited(files(), withdrawal(fact, why="It was cancelled.", on=TODAY))

    write(tmp_path, files() | _bytes(result))
    assert edited(files() | _bytes(result), withdrawal(fact, why="It was cancelled.", on=TODAY)) == {}
    assert not load(tmp_path).facts[fact.id].is_current
    assert 'ask: "Stargate", expect: [no_answer, stargate-uk-paused]}' in result["questions.yaml"]
    assert 'ask: "Stargate UK"' not in result["questions.yaml"]
    assert "infrastructure/briefing.yaml" in result
    assert list(result)[-1] == fact.place.file, "it is written after what names it"


def test_the_last_fact_of_a_briefing_is_withdrawn_only_once_another_is_shown(tmp_path: Path) -> None:
    fact = load(write_small_content(tmp_path)).facts["tea-milk"]
    alone = FILES["serving/briefing.yaml"].partition("\n  - heading: Status")[0]

    with pytest.raises(
        EditError, match=r"serving/briefing\.yaml:4: the briefing shows this fact alone, below “Agreed”"
    ):
        edited({**FILES, "serving/briefing.yaml": alone}, withdrawal(fact, why="It is sold.", on=TODAY))


def test_the_only_question_goes_with_its_fact(tmp_path: Path) -> None:
    fact = load(write_small_content(tmp_path)).facts["tea-milk"]
    asked = {**FILES, "questions.yaml": "# Asked\n- {ask: Is there milk, expect: tea-milk}\n"}

    assert edited(asked, withdrawal(fact, why="It is sold.", on=TODAY))["questions.yaml"] == "# Asked\n[]\n"


@pytest.mark.parametrize("empty", ["keywords: []", "keywords: [ ]  # none yet", "keywords:\n    []"])
def test_an_empty_list_takes_keywords(empty: str, tmp_path: Path) -> None:
    text = FILES["brewing/water.yaml"].replace("keywords: [kettle, hot water]", empty)
    fact = load(write_small_content(tmp_path)).facts["tea-water"]
    fact = replace(fact, keywords=())
    for change in (added_keywords(fact, ["urn"]), ContentChange(fact.id, fact_digest(fact), {"keywords": ("urn",)})):
        (result,) = edited({**FILES, "brewing/water.yaml": text}, change).values()
        assert read_fact_file(TextFile("brewing/water.yaml", result)).facts[0].entry.keywords == ["urn"]


def test_an_empty_mapping_takes_fields_and_an_emptied_list_is_written() -> None:
    text = YamlText.read("x.yaml", "a: {}\nb:\n- c\n")
    assert text.with_value(("a",), {"d": "e: f"}).text == 'a: {d: "e: f"}\nb:\n- c\n'
    assert text.without(("b", 0)).value == {"a": {}, "b": []}


def test_keywords_come_last_once_each_and_a_check_is_one_line() -> None:
    fact = shipped().facts["growth-zones-bids"]

    found = edited(files(), added_keywords(fact, ["BID", "zone, bids", "zone, bids", "no"]))[fact.place.file]
    stamped = edited(files(), checked(fact, TODAY))[fact.place.file]

    removed, added = lines_changed(files()[fact.place.file], found)
    assert added == [removed[0].replace("]\n", ', "zone, bids", no]\n')]
    assert lines_changed(files()[fact.place.file], stamped) == ([], ["  checked_on: 2026-11-30\n"])


def test_the_day_of_a_check_is_never_moved_back() -> None:
    fact = shipped().facts["growth-zones-bids"]
    later = edited(files(), checked(fact, TODAY))
    (text,) = later.values()
    assert edited(files() | _bytes(later), checked(fact, date(2026, 11, 23))) == {}
    assert "checked_on: 2026-11-30" in text


def test_a_new_fact_with_a_new_source_comes_last_in_its_file_and_below_its_heading() -> None:
    change = ContentChange(
        "tea-is-served",
        fields={
            "sources": {"tea-board": "tea: is served"},
            "statement": "Tea is served " + "every day " * 20,
            "certainty": "stated",
        },
        keywords=("cuppa",),
        file="adoption/tea.yaml",
        heading="Intended",
        source=NewSource(
            "tea-board",
            {"title": "A: tea", "publisher": "T", "published": "2026-01-02", "url": "https://tea.example/#a"},
        ),
    )
    result = edited(files(), change)

    assert result["adoption/tea.yaml"].startswith(
        "# yaml-language-server: $schema=../fact.schema.json\n\ntea-is-served:"
    )
    assert '  sources: {tea-board: "tea: is served"}\n  keywords: [cuppa]\n' in result["adoption/tea.yaml"]
    assert result["sources.yaml"].endswith('\n\ntea-board:\n  title: "A: tea"\n' + "  publisher: T\n" + LAST)
    assert lines_changed(files()["adoption/briefing.yaml"], result["adoption/briefing.yaml"])[1] == [
        "      - tea-is-served\n"
    ]
    assert list(result) == ["sources.yaml", "adoption/tea.yaml", "adoption/briefing.yaml"]
    assert edited(files() | _bytes(result), change) == {}
    with pytest.raises(EditConflictError, match=r"adoption/tea\.yaml:3: there is a fact"):
        edited(files() | _bytes(result), replace(change, source=None, file="adoption/other.yaml"))


LAST = "  published: 2026-01-02\n  url: https://tea.example/#a\n"


def test_what_changed_meanwhile_is_gone_or_has_faults_is_told_with_its_line() -> None:
    fact = shipped().facts["growth-zones-bids"]
    name = fact.place.file
    change = correction(fact, {"statement": "X"}, on=TODAY)
    other = files() | {name: files()[name].replace(b"over 200 bids for AI", b"over 201 bids for AI")}
    gone = files() | {name: b"# nothing\n"}
    broken = files() | {name: files()[name].replace(b"  certainty: stated\n  short: AI G", b"  short: AI: G")}

    with pytest.raises(EditConflictError, match=r"infrastructure/growth-zones\.yaml:31: .*changed meanwhile"):
        edited(other, change)
    with pytest.raises(EditConflictError, match="No file has the fact"):
        edited(gone, change)
    with pytest.raises(EditError, match=r"infrastructure/growth-zones\.yaml:3\d: "):
        edited(broken, change)
    with pytest.raises(EditError, match="invisible character"):
        edited(files(), correction(fact, {"statement": "a\u202eb"}, on=TODAY))
    with pytest.raises(EditError, match="UTF-8"):
        edited(files() | {name: b"\xff"}, change)


def test_keywords_added_meanwhile_do_not_stop_a_correction() -> None:
    fact = shipped().facts["growth-zones-bids"]
    result = edited(files(), added_keywords(fact, ["one"]))

    again = edited(files() | _bytes(result), added_keywords(fact, ["two"]))

    assert ", one, two]\n" in again[fact.place.file]


def test_the_digest_is_the_same_from_a_file_and_from_what_is_published() -> None:
    for name in fact_files():
        for parsed in read_fact_file(TextFile(name, files()[name].decode())).facts:
            assert entry_digest(parsed.entry, shipped().sources) == fact_digest(shipped().facts[parsed.id])


def test_a_change_can_be_kept_as_json() -> None:
    change = ContentChange("a", "d", {"x": ("1", "2"), "y": {"k": "v"}, "z": "t"}, ("k",), source=NewSource("s", {}))
    adapter = TypeAdapter(ContentChange)

    assert adapter.validate_json(adapter.dump_json(change)) == change


def _bytes(texts: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in texts.items()}
