"""Work that content may cause has an end, and a place."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.content.load import load, read
from bot.content.render import Renderer, RenderError
from bot.content.sandbox import work
from bot.content.sandbox.templates import MOST_NESTED, SIZE_LIMIT
from bot.publishing.content_check import check_questions
from tests.bot.content.test_render import with_answer
from tests.support.content_copy import check

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "w" * 40
END = "{% endfor %}"


def loops(count: int, over: str = "related") -> str:
    """Return loops within each other, one in a line, that print nothing."""
    return "\n".join(f"{{% for l{number} in {over} %}}" for number in range(count)) + END * count


@pytest.mark.parametrize(
    ("template", "line"),
    [
        (loops(MOST_NESTED), MOST_NESTED),
        ("\n" + loops(2) * 40, 33),
        ("{% for a in related %}{% for b in related %}{% for c in related|sort %}" + END * 3, 1),
        ("{% for a in related %}{% for b in related|list|list|list|list %}{% for c in related %}" + END * 3, 1),
        ("{% for a in related %}{% for b in related %}{% for c in related if false %}" + END * 3, 1),
        ("{% set a = link(related, related) %}" + "{% set a = link(a, a) %}" * 40, 1),
        ("{% for a in related %}{% for b in related %}{% set x = related|join(related)|upper|lower %}" + END * 2, 1),
        ("{% for a in related %}\n{% include 'templates/help.md.j2' %}" + END, 3),
    ],
)
def test_a_page_takes_so_many_steps_and_no_more(folder: Path, template: str, line: int) -> None:
    content = load(folder)
    texts = {"templates/answer.md.j2": template, "templates/help.md.j2": loops(3, "related")}
    renderer = Renderer(replace(content, templates={**content.templates, **texts}))
    with pytest.raises(RenderError, match=r"too many steps|more than 10000 characters") as raised:
        renderer.page("answer", related=WORDS)
    assert raised.value.line == line
    assert raised.value.file == f"templates/{'help' if 'include' in template else 'answer'}.md.j2"


def test_what_is_between_two_steps_is_timed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "RENDER_LIMIT_S", 0.1)
    long = "{% set x = related|join(related) %}{% for a in related %}" + "{{ '' if 'ab' in x }}" * 2000 + END
    with pytest.raises(RenderError, match="too"):
        with_answer(folder, long).page("answer", related=WORDS * 10)


def test_processor_time_is_read_now_and_then_and_only_what_was_used_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now, used, reads = [1000.0], [50.0], [0]

    def thread_time() -> float:
        reads[0] += 1
        return used[0]

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "thread_time", thread_time)
    monkeypatch.setattr(work, "_used", work._Used())  # noqa: SLF001 — as a thread begins
    pages = []
    for _ in range(100):
        pages.append(work.ProcessorTime(1.0))
        assert not pages[-1].is_over
        now[0] += work.READ_EVERY_S / 101
    assert reads == [1]
    now[0] += 10
    assert not any(each.is_over for each in pages), "time has passed, and none was used"
    used[0] += 1.0 + work.READ_EVERY_S
    assert all(each.is_over for each in pages)


def test_pages_count_each_for_itself(folder: Path) -> None:
    renderer = with_answer(folder, loops(2) * 20)
    for _ in range(5):
        assert renderer.page("answer", related=WORDS) == "\n"


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("\n{% if query == 'boom' %}" + loops(6, "query") + "{% endif %}", "template-syntax"),
        ("\n" + loops(MOST_NESTED, "memorandum.title"), "template-failed"),
        ("\n{{ " + "9" * 5000 + " }}", "template-syntax"),
        ("x" * (SIZE_LIMIT + 1), "template-syntax"),
    ],
)
def test_check_ends_and_names_the_template(folder: Path, template: str, code: str) -> None:
    (folder / "templates" / "no-answer.md.j2").write_text(template)
    (found,) = check(folder)
    assert (found.file, found.code) == ("templates/no-answer.md.j2", code)
    assert found.line == ({6: 6, 4: 5}[template.count("endfor")] if "endfor" in template else 1)


def test_a_folder_that_takes_too_long_is_refused_with_the_file_at_which_reading_ended(folder: Path) -> None:
    content, faults = read(folder, limit_s=-1)
    assert content is None
    assert [(fault.file, fault.code) for fault in faults] == [("agreement/briefing.yaml", "too-large")]


def test_questions_that_take_too_long_are_refused_with_their_line(folder: Path) -> None:
    (folder / "questions.yaml").write_text("- ask: boiling the water\n  expect: tea-water\n")
    assert not check_questions(folder, load(folder))
    (found,) = check_questions(folder, load(folder), limit_s=-1)
    assert (found.file, found.line, found.code) == ("questions.yaml", 1, "too-large")
