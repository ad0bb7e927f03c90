"""Questions are sorted into themes: the same in any order, a confirmed one stays, and no text takes it down."""

from __future__ import annotations

import json
import random
import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import themes
from bot.gaps.sorting import clustering
from bot.gaps.sorting.clustering import MOST_THEMES, Clustering, clusters

POWER = (
    "How much electricity do data centres use?",
    "electricity used by a data centre",
    "Do data centres use much electricity?",
    "data centre electricity use",
)
COPYRIGHT = (
    "Can AI firms train on copyrighted books?",
    "copyrighted books in AI training",
    "is training on copyrighted books legal",
    "training with copyrighted books",
)
POLICE = (
    "Do the police use facial recognition?",
    "facial recognition vans of the police",
    "police facial recognition cameras",
    "where do police cameras use facial recognition",
)
ALL = (*POWER, *COPYRIGHT, *POLICE)


def _groups(questions: list[str], found: Clustering) -> set[frozenset[str]]:
    return {frozenset(questions[place] for place in theme.questions) for theme in found.themes}


def test_questions_about_one_thing_are_one_theme_named_by_one_of_them() -> None:
    found = clusters(ALL, {})
    assert [theme.key for theme in found.themes] == ["new:1", "new:2", "new:3"]
    assert _groups(list(ALL), found) == {frozenset(POWER), frozenset(COPYRIGHT), frozenset(POLICE)}
    for theme in found.themes:
        assert theme.name in {ALL[place] for place in theme.questions}
    power = next(theme for theme in found.themes if 0 in theme.questions)
    assert "electricity" in power.words
    assert len(power.words) == 3
    assert not {"how", "do", "much"} & set(power.words)


@given(st.permutations(ALL), st.permutations(POWER[:2]))
@settings(max_examples=15, deadline=None)
def test_any_order_gives_the_same_themes(order: list[str], examples: list[str]) -> None:
    first, found = clusters(ALL, {"power": POWER[:2]}), clusters(order, {"power": examples})
    assert [(theme.key, theme.name, theme.words) for theme in found.themes] == [
        (theme.key, theme.name, theme.words) for theme in first.themes
    ]
    assert _groups(order, found) == _groups(list(ALL), first)


def test_a_confirmed_question_stays_with_its_theme_however_unlike_it_is() -> None:
    found = clusters(ALL, {"power": POWER[:3], "odd": [POLICE[0], COPYRIGHT[0]]})
    themes = {theme.key: theme for theme in found.themes}
    assert {ALL.index(POLICE[0]), ALL.index(COPYRIGHT[0])} <= set(themes["odd"].questions)
    assert set(range(4)) <= set(themes["power"].questions)
    assert list(themes)[:2] == ["odd", "power"]


def test_a_question_like_no_confirmed_theme_is_new() -> None:
    found = clusters(POLICE, {"power": POWER, "empty": []})
    themes = {theme.key: theme.questions for theme in found.themes}
    assert themes == {"empty": (), "power": (), "new:1": (0, 1, 2, 3)}


def test_new_keys_leave_those_of_confirmed_themes_alone() -> None:
    found = clusters(POLICE, {"new:1": POWER})
    assert {theme.key: len(theme.questions) for theme in found.themes} == {"new:1": 0, "new:2": 4}


def test_the_same_question_in_another_spelling_is_one_and_counts_each_time() -> None:
    found = clusters(["What is Isambard?", "what is isambard", "WHAT IS ISAMBARD", *POWER[:2]], {})
    assert found.themes[0].questions == (0, 1, 2)


def test_a_question_alone_has_no_theme() -> None:
    found = clusters([*POWER, "who chairs the committee"], {})
    assert found.singles == (4,)


def test_more_themes_than_anybody_reads_are_left_out() -> None:
    chance = random.Random(1)  # noqa: S311 — made-up words
    made = ["".join(chance.choices(string.ascii_lowercase, k=9)) for _ in range(2 * MOST_THEMES)]
    found = clusters([f"{word} {ending}" for word in made for ending in ("", "cost")], {"power": POWER})
    assert len(found.themes) == MOST_THEMES
    assert found.themes[0].key == "power"


@pytest.mark.parametrize(
    "questions",
    [
        [],
        [""],
        ["", " ", "\x00", "\u200b", "?!"],
        ["🎉", "🎉🎉", "👩‍💻", "🎉"],
        ["a" * 100_000, "word " * 20_000, "é" * 100_000],
        ["a", "aa", "aaa", "aaaa"] * 50,
        ["what is it", "is it", "what", "it is what it is"],
        ["x\ud800y", "<!channel> <@U1>", "=x=", "new:1"],
    ],
)
def test_hostile_text_is_sorted_or_left_alone(questions: list[str]) -> None:
    for confirmed in ({}, {"": ["", "🎉"], "power": [*POWER, "a" * 100_000]}):
        found = clusters(questions, confirmed)
        placed = sorted([*found.singles, *(place for theme in found.themes for place in theme.questions)])
        assert placed == list(range(len(questions)))


def test_many_identical_questions_are_one_theme() -> None:
    found = clusters(["how much does it cost"] * 1_000, {})
    assert [len(theme.questions) for theme in found.themes] == [1_000]


def test_noise_beyond_the_bound_is_left_as_single_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "MOST_DISTINCT", 150)
    monkeypatch.setattr(clustering, "MOST_EXAMPLES", 40)
    chance = random.Random(2)  # noqa: S311 — made-up words
    noise = ["".join(chance.choices(string.ascii_lowercase + "  ", k=40)) for _ in range(200)]
    confirmed = {"noise": ["".join(chance.choices(string.ascii_lowercase, k=12)) for _ in range(90)]}
    found = clusters([*noise, *confirmed["noise"]], confirmed)
    assert len(found.themes) <= MOST_THEMES
    assert set(range(len(noise), len(noise) + 90)) <= set(found.themes[0].questions)
    assert len(found.singles) >= 50


def test_numpy_is_loaded_by_the_first_sorting_and_not_before() -> None:
    code = "import sys, bot.gaps.sorting.clustering; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 — a constant


def test_the_benchmark_sorts_files_and_scores_collections(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions, examples, out = tmp_path / "q.jsonl", tmp_path / "e.jsonl", tmp_path / "o.jsonl"
    questions.write_text("".join(f"{json.dumps({'id': text, 'text': text})}\n" for text in ALL), encoding="utf-8")
    examples.write_text(f"{json.dumps({'text': POWER[0], 'theme': 'power'})}\n", encoding="utf-8")
    themes.sort_file(questions, out, examples)
    sorted_into = {row["id"]: row["theme"] for row in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    assert {text for text, theme in sorted_into.items() if theme == "power"} == set(POWER)
    assert themes.pair_f1("aabb", "aabb") == 1
    assert themes.pair_f1("aabb", "aaaa") == pytest.approx(0.5)
    assert themes.pair_f1("aabb", "abcd") == 0
    themes.table(Path(themes.__file__).parent / "questions", seeds=1, number=1)
    assert "| government | 0." in capsys.readouterr().out
