"""Briefings and pages from a small content folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.content.load import load
from bot.content.models import Content, DatedReason
from bot.content.render import Renderer, RenderError
from tests.support.content_copy import check

if TYPE_CHECKING:
    from pathlib import Path

LONG = """\
# Brewing
Position at 21 July 2025, compared with its sources on 22 November 2026. We hold nothing later on this.

## Agreed
- Kettle Ltd could look at boiling the water. [\\[1\\]](https://example.org/tea#:~:text=could%20look%20at%20boiling)

## Status
- The memorandum binds nobody. [\\[2\\]](https://example.org/kettle#:~:text=not%20legally%20binding)

\\[1\\] Ministry of Tea, 21 July 2025\
 · \\[2\\] The Leaf, 23 July 2025
"""


def with_answer(folder: Path, text: str) -> Renderer:
    """Return a renderer whose page `answer` is not checked."""
    good = load(folder)
    templates = {**good.templates, "templates/answer.md.j2": text}
    return Renderer(Content(good.memorandum, good.sources, good.facts, templates))


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


def test_the_long_form(folder: Path) -> None:
    assert Renderer(load(folder)).briefing("brewing", long=True) == LONG


def test_the_short_form_leaves_out_what_stands_between_the_marks(folder: Path) -> None:
    short = LONG.replace(LONG[LONG.index("\n## Status") : LONG.index("\n\\[1\\] Ministry")], "")
    assert Renderer(load(folder)).briefing("brewing", long=False) == short.partition(" · ")[0] + "\n"


def test_the_header_says_how_far_the_later_facts_go(folder: Path) -> None:
    edit(folder, "brewing/water.yaml", "  keywords: [kettle, hot water]\n", "  as_of: 2026-01-02\n")
    edit(folder, "brewing/briefing.yaml", "heading: Agreed\n", "heading: Afterwards\n    later: true\n")
    told = "22 November 2026. Afterwards: what we hold to 2 January 2026.\n\n## Afterwards\n"
    assert told in Renderer(load(folder)).briefing("brewing", long=False)
    content = load(folder)
    water = replace(content.facts["tea-water"], withdrawn=DatedReason(on=date(2026, 2, 3), why="Wrong."))
    gone = replace(content, facts={**content.facts, "tea-water": water})
    assert "We hold nothing later on this.\n" in Renderer(gone).briefing("brewing", long=False)


def test_last_changes_are_shown(folder: Path) -> None:
    content = load(folder)
    last = {"brewing": ["*One* was added.", "Two went."], "serving": ["*One* was added."]}
    renderer = Renderer(content, last_changes=last)
    assert "## Changed since last time\n- \\*One\\* was added.\n- Two went.\n" in renderer.briefing(
        "brewing", long=True
    )
    assert "## Changed since last time\n\\*One\\* was added.\n" in renderer.briefing("serving", long=True)
    assert "Changed" not in renderer.briefing("agreement", long=True)


def test_last_checked_is_the_oldest_check_of_the_printed_facts(folder: Path) -> None:
    edit(folder, "brewing/water.yaml", "  keywords: [kettle, hot water]\n", "  checked_on: 2026-01-02\n")
    renderer = Renderer(load(folder))
    assert "compared with its sources on 2 January 2026." in renderer.briefing("brewing", long=False)
    assert "compared with its sources on 22 November 2026." in renderer.briefing("serving", long=False)


def test_a_correction_is_shown(folder: Path) -> None:
    corrected = "  corrected: {on: 2026-12-03, why: It named milk.}\n"
    edit(folder, "brewing/water.yaml", "  keywords: [kettle, hot water]\n", corrected)
    assert "boiling the water. _Corrected 3 December 2026: It named milk._ [" in Renderer(load(folder)).briefing(
        "brewing", long=False
    )


def test_short_comes_before_the_statement(folder: Path) -> None:
    edit(folder, "brewing/water.yaml", "  keywords:", "  short: Kettles could boil 2 * 3 cups.\n  keywords:")
    assert "- Kettles could boil 2 \\* 3 cups. [" in Renderer(load(folder)).briefing("brewing", long=False)


def test_the_bottom_line_is_a_paragraph(folder: Path) -> None:
    edit(folder, "brewing/briefing.yaml", "sections:", "bottom_line: tea-binding\nsections:")
    assert "\n\nThe memorandum binds nobody. [" in Renderer(load(folder)).briefing("brewing", long=False)


def test_a_heading_is_shown_literally(folder: Path) -> None:
    edit(folder, "brewing/briefing.yaml", "Agreed", '"Agreed! 2 * 3 <now"')
    assert "## Agreed\\! 2 \\* 3 \\<now\n" in Renderer(load(folder)).briefing("brewing", long=False)


def test_facts_that_are_no_longer_served_are_left_out(folder: Path) -> None:
    content = load(folder)
    withdrawn = DatedReason(on=date(2026, 12, 1), why="Wrong.")
    facts = {**content.facts, "tea-water": replace(content.facts["tea-water"], withdrawn=withdrawn)}
    briefing = Renderer(replace(content, facts=facts)).briefing("brewing", long=True)
    assert "## Agreed" not in briefing
    assert "\\[1\\] The Leaf" in briefing


def test_a_page_shows_texts_literally(folder: Path) -> None:
    content = load(folder)
    page = (
        "# {{ memorandum.short_title }}\n"
        "{{ related }}: {{ fact.statement }} {{ link('[1]', 'https://e.org') }} {{ area }}\n"
    )
    renderer = with_answer(folder, page)
    shown = renderer.page("answer", related="<!channel> *x*", fact=content.facts["tea-water"], area=date(2025, 7, 21))
    assert shown == (
        "# Tea memorandum\n\\<\\!channel\\> \\*x\\*: Kettle Ltd could look at boiling the water. "
        "[\\[1\\]](https://e.org) 21 July 2025\n"
    )


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'x' * 100000000 }}",
        "{{ '%99999999d' % 1 }}",
        "{{ 9 ** 999999 }}",
        "{{ range(10) }}",
        "{{ lipsum() }}",
        "{{ 'x'.ljust(9999999) }}",
        "{{ words.__class__.__mro__ }}",
        "{{ fact.place.__class__ }}",
        "{{ words.format(1) }}",
        "{{ self._TemplateReference__context }}",
        "{{ unknown }}",
        "{% include 'none' %}",
        "{% for a in words %}{% for b in words %}{% for c in words %}{{ words }}{% endfor %}{% endfor %}{% endfor %}",
        "{% set x = words + words %}{{ x }}",
        "{% set x = words|join(words)|join(words) %}{{ x|length }}",
        "{% set x = words|join(words)|join(words)|join(words)|join(words)|join(words) %}",
        "{% include 'templates/answer.md.j2' %}",
    ],
)
def test_the_sandbox_holds(folder: Path, template: str) -> None:
    renderer = with_answer(folder, template.replace("words", "related"))
    with pytest.raises(RenderError):
        renderer.page("answer", related="w" * 100, fact=load(folder).facts["tea-water"])


@pytest.mark.parametrize(
    "template",
    [
        "{% set x = related ~ related %}",
        "{% set x = [related, related] %}{{ x }}",
        "{% set x = (related, related) %}{{ x }}",
        "{% set x = {'a': related} %}{{ x }}",
        "{% set x %}{{ related }}{{ related }}{% endset %}",
        "{% macro m() %}{{ related }}{{ related }}{% endmacro %}",
        "{% filter trim %}{{ related }}{{ related }}{% endfilter %}",
        "{% import 'templates/no-answer.md.j2' as page %}",
        "{% from 'templates/no-answer.md.j2' import page %}",
    ],
)
def test_what_could_double_a_text_again_and_again_is_a_fault_with_its_line(folder: Path, template: str) -> None:
    (folder / "templates" / "answer.md.j2").write_text(f"\n{template}\n")
    reported = [(fault.file, fault.code, fault.line) for fault in check(folder)]
    assert reported == [("templates/answer.md.j2", "template-syntax", 2)]


def test_join_and_the_names_of_a_loop_still_serve(folder: Path) -> None:
    renderer = with_answer(folder, "{% for a, b in related %}{{ a }}{{ b }};{% endfor %}{{ area|join(', ') }}")
    assert renderer.page("answer", related=(("x", "y"),), area=("p", date(2025, 7, 21))) == "xy;p, 21 July 2025\n"


def test_a_page_is_given_what_it_lists_and_nothing_else(folder: Path) -> None:
    with pytest.raises(TypeError, match="The page no-answer does not show notes, words"):
        Renderer(load(folder)).page("no-answer", query="a", words="b", notes="c")


def test_the_unchanging_part_of_a_briefing(folder: Path) -> None:
    content = load(folder)
    for renderer in (Renderer(content), Renderer(content, last_changes={"brewing": ["One."]})):
        assert renderer.unchanging("brewing", long=True) == LONG
    assert Renderer(content).briefing("brewing", long=True) == LONG


def test_a_text_that_is_compiled_once_still_finds_its_own_neighbours(folder: Path) -> None:
    content = load(folder)

    def answer(neighbour: str) -> str:
        texts = {"templates/answer.md.j2": "{% include 'templates/help.md.j2' %}", "templates/help.md.j2": neighbour}
        return Renderer(replace(content, templates={**content.templates, **texts})).page("answer")

    assert [answer("One"), answer("Two"), answer("One")] == ["One\n", "Two\n", "One\n"]


def test_after_one_edit_of_a_fact_no_template_is_compiled_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(folder)
    edit(folder, "brewing/water.yaml", "could look at", "may look at")
    monkeypatch.setattr(ImmutableSandboxedEnvironment, "compile", None)
    monkeypatch.setattr(ImmutableSandboxedEnvironment, "parse", None)
    assert "may look at" in Renderer(load(folder)).briefing("brewing", long=True)


def test_nobody_who_waits_for_a_page_waits_for_a_template_to_be_compiled(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer = Renderer(load(folder))
    monkeypatch.setattr(ImmutableSandboxedEnvironment, "_load_template", None)
    assert renderer.page("help")
    assert renderer.briefing("brewing", long=True)


def test_a_page_that_is_not_there(folder: Path) -> None:
    with pytest.raises(RenderError, match="no template templates/none"):
        Renderer(load(folder)).page("none")


def test_a_layout_that_prints_too_much_is_a_fault(folder: Path) -> None:
    loops = "".join(f"{{% for {name} in memorandum.title %}}" for name in "abcd")
    text = f"{loops}{{{{ sources }}}}{'{% endfor %}' * 4}"
    (folder / "templates" / "briefing.md.j2").write_text(text)
    reported = [(fault.file, fault.code, fault.message) for fault in check(folder)]
    assert reported == [("templates/briefing.md.j2", "template-failed", "The template prints too much.")]


def test_a_layout_without_sources_is_a_fault(folder: Path) -> None:
    edit(folder, "templates/briefing.md.j2", "for source in sources", "for source in areas")
    reported = [(fault.file, fault.code, fault.line) for fault in check(folder)]
    last = len((folder / "templates" / "briefing.md.j2").read_text().splitlines())
    assert reported == [("templates/briefing.md.j2", "sources-missing", last)]


@pytest.mark.parametrize(
    ("page", "code", "line", "column"),
    [
        ("\n{{ fct.label }}", "template-undefined", 2, 4),
        ("{{ fact.lable }}", "template-failed", 1, 1),
        ("{% for each in related %}{{ each.lable }}{% endfor %}", "template-failed", 1, 1),
        ("{% include 'none' %}", "template-failed", 1, 1),
    ],
)
def test_a_page_is_tried_before_readers_see_it(folder: Path, page: str, code: str, line: int, column: int) -> None:
    (folder / "templates" / "answer.md.j2").write_text(page)
    reported = [(fault.file, fault.code, fault.line, fault.column) for fault in check(folder)]
    assert reported == [("templates/answer.md.j2", code, line, column)]


def test_a_missing_page_is_a_fault(folder: Path) -> None:
    (folder / "templates" / "no-answer.md.j2").unlink()
    assert [(fault.file, fault.code) for fault in check(folder)] == [("templates/no-answer.md.j2", "missing-file")]
