"""Loading: what a fact becomes, what is kept between two loads, and how long it takes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.content import load as loading
from bot.content.certainty import Certainty
from bot.content.entries import FactEntry
from bot.content.fact_files import FactFile, read_fact_file
from bot.content.faults import ContentError
from bot.content.load import FactFileCache, load
from bot.content.models import Content, SourceLocation
from bot.content.pages import PAGES
from bot.content.schema import saved_forms
from tests.support.content_copy import check

if TYPE_CHECKING:
    from bot.content.files import TextFile

BRIEFINGS = Path(__file__).parents[3] / "briefings"


def test_a_fact_is_complete(folder: Path) -> None:
    content = load(folder)
    fact = content.facts["tea-water"]
    assert (fact.area, fact.certainty, fact.keywords) == ("brewing", Certainty.POSSIBLE, ("kettle", "hot water"))
    assert fact.statement == "Kettle Ltd could look at boiling the water."
    assert (fact.as_of, fact.checked_on) == (date(2025, 7, 21), date(2026, 11, 22))
    assert fact.place == SourceLocation("brewing/water.yaml", 1, 1)
    assert content.facts["tea-milk"].as_of == date(2025, 7, 23)
    assert [citation.where for citation in content.facts["tea-milk"].citations] == ["", ""]
    assert list(content.facts) == ["tea-binding", "tea-water", "tea-milk"]
    assert [area.number for area in content.areas] == [0, 1, 2]
    assert list(content.briefings) == ["agreement", "brewing", "serving"]
    assert set(content.templates) == {f"templates/{page}.md.j2" for page in PAGES}


def test_the_same_folder_is_the_same_content(folder: Path) -> None:
    assert load(folder) == load(folder)


def test_an_error_carries_all_faults(folder: Path) -> None:
    (folder / "brewing" / "water.yaml").write_text("tea-water:\n  a: b\n")
    with pytest.raises(ContentError) as error:
        load(folder)
    assert error.value.faults == check(folder)
    assert error.value.folder == folder


def test_a_briefing_over_the_messengers_limits_does_not_load(folder: Path) -> None:
    def limits(markdown: str) -> list[str]:
        return ["It is too long."] if "Serving" in markdown else []

    with pytest.raises(ContentError) as error:
        load(folder, limits=limits)
    assert {(fault.file, fault.code) for fault in error.value.faults} == {("serving/briefing.yaml", "over-limit")}
    assert load(folder, limits=lambda _: []) == load(folder)


def test_after_one_edit_one_file_is_read_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = read_fact_file

    def counted(file: TextFile) -> FactFile:
        read.append(file.name)
        return real(file)

    monkeypatch.setattr(loading, "read_fact_file", counted)
    cache = FactFileCache()
    first = load(folder, cache=cache)
    assert len(read) == 3
    assert load(folder, cache=cache) == first
    path = folder / "brewing" / "water.yaml"
    path.write_text(path.read_text().replace("boiling", "heating"))
    assert "heating" in load(folder, cache=cache).facts["tea-water"].statement
    assert read[3:] == ["brewing/water.yaml"]


def test_ten_thousand_facts(folder: Path) -> None:
    for file in range(100):
        facts = "".join(
            f"tea-{file}-{n}:\n  statement: >\n    Kettle {n} could boil water in house {file}, as said.\n"
            "  certainty: possible\n  sources: {press-release: could look at boiling}\n"
            f"  keywords: [k{n}, tea house]\n"
            for n in range(100)
        )
        (folder / "brewing" / f"theme-{file}.yaml").write_text(facts)
    cache = FactFileCache()
    assert len(load(folder, cache=cache).facts) == 10_003
    path = folder / "brewing" / "theme-7.yaml"
    path.write_text(path.read_text().replace("as said", "as reported"))
    assert load(folder, cache=cache).facts["tea-7-0"].statement.endswith("as reported.")


def test_the_saved_schema_and_the_guides_field_table_are_fresh() -> None:
    for file, text in saved_forms(BRIEFINGS).items():
        assert file.read_text(encoding="utf-8") == text, f"{file.name}: run `make docs`"


def test_the_guide_has_a_line_for_every_field() -> None:
    guide = (BRIEFINGS / "README.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in guide for name in FactEntry.model_fields)


def test_content_is_frozen(folder: Path) -> None:
    content: Content = load(folder)
    with pytest.raises(TypeError, match="does not support item assignment"):
        content.facts["new"] = content.facts["tea-milk"]  # type: ignore[index]
