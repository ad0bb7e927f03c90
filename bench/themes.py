"""Sorting questions into themes, scored on collections whose themes are known.

    python -m bench.themes DIR [--seeds 5] [--draws 5]
    python -m bench.themes QUESTIONS.jsonl --out OUT.jsonl [--examples EXAMPLES.jsonl]

The first prints a row for each .tsv in DIR (theme TAB question): each draw takes 20 themes and ten questions of each.
Pair-F1 counts which pairs of questions are put together. Then three of each theme are confirmed, and the other seven
asked: how many come to the right one of the 20 themes ("new" is wrong); and, where half of the themes are confirmed,
how many of the other half come to none of them. The second sorts {"id", "text"} into {"id", "theme"}; examples are
{"text", "theme"}.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.gaps.sorting.clustering import clusters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

THEMES: Final = 20
QUESTIONS: Final = 10
CONFIRMED: Final = 3
TIMED: Final = 1_000


def sort(questions: Sequence[str], confirmed: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a theme for each question; a single question has one of its own."""
    found = clusters(questions, confirmed)
    themes = {place: theme.key for theme in found.themes for place in theme.questions}
    return [themes.get(place, f"single:{place}") for place in range(len(questions))]


def pair_f1(right: Sequence[str], got: Sequence[str]) -> float:
    """Return F1 of the pairs that are put together against those that belong together."""
    together, belong, put = (
        sum(size * (size - 1) // 2 for size in Counter(keys).values())
        for keys in (zip(right, got, strict=True), right, got)
    )
    return 2 * together / max(1, belong + put)


def draws(collection: Path, seed: int, number: int) -> Iterator[tuple[random.Random, dict[str, list[str]]]]:
    """Yield themes with their questions, drawn as the goal is stated."""
    by_theme: dict[str, list[str]] = defaultdict(list)
    for line in collection.read_text(encoding="utf-8").splitlines():
        theme, _, text = line.partition("\t")
        by_theme[theme].append(text)
    large = {theme: texts for theme, texts in sorted(by_theme.items()) if len(texts) >= QUESTIONS}
    chance = random.Random(seed)  # noqa: S311 — a draw that can be repeated
    for _ in range(number):
        chosen = chance.sample(sorted(large), min(THEMES, len(large)))
        yield chance, {theme: chance.sample(large[theme], QUESTIONS) for theme in chosen}


def scores(collection: Path, seed: int, number: int) -> tuple[float, float, float]:
    """Return the means of pair-F1, of the right theme after three examples, and of unknown themes kept out."""
    found = []
    for chance, picked in draws(collection, seed, number):
        asked = [(theme, text) for theme, texts in picked.items() for text in texts]
        chance.shuffle(asked)
        f1 = pair_f1([theme for theme, _ in asked], sort([text for _, text in asked], {}))
        rest = [(theme, text) for theme, texts in picked.items() for text in texts[CONFIRMED:]]
        chance.shuffle(rest)
        confirmed = {theme: texts[:CONFIRMED] for theme, texts in picked.items()}
        right = statistics.mean(
            theme == got for (theme, _), got in zip(rest, sort([text for _, text in rest], confirmed), strict=True)
        )
        half = dict(list(confirmed.items())[::2])
        outside = [
            got not in half
            for (theme, _), got in zip(rest, sort([text for _, text in rest], half), strict=True)
            if theme not in half
        ]
        found.append((f1, right, statistics.mean(outside)))
    f1s, rights, outsides = zip(*found, strict=True)
    return statistics.mean(f1s), statistics.mean(rights), statistics.mean(outsides)


def cpu_s(collection: Path) -> float:
    """Return the CPU seconds that 1,000 questions take, imports apart; a small collection is repeated with a number."""
    texts = [line.partition("\t")[2] for line in collection.read_text(encoding="utf-8").splitlines()]
    random.Random(1).shuffle(texts)  # noqa: S311 — a draw that can be repeated
    many = [f"{text} {number // len(texts) or ''}" for number, text in zip(range(TIMED), texts * TIMED, strict=False)]
    begun = time.process_time()
    clusters(many, {})
    return time.process_time() - begun


def table(folder: Path, seeds: int, number: int) -> None:
    """Print a row for each collection, mean and spread over the seeds."""
    print("| collection | pair-F1 | right theme after three | unknown kept out | CPU s, 1,000 |\n|---|---|---|---|---|")
    for collection in sorted(folder.glob("*.tsv")):
        columns = zip(*(scores(collection, seed, number) for seed in range(1, seeds + 1)), strict=True)
        cells = [f"{statistics.mean(column):.3f} ± {statistics.pstdev(column):.3f}" for column in columns]
        print(f"| {collection.stem} | {' | '.join(cells)} | {cpu_s(collection):.2f} |")


def sort_file(questions: Path, out: Path, examples: Path | None) -> None:
    """Sort a file of questions, as the interface of the collection's own script is."""
    asked = _lines(questions)
    confirmed: dict[str, list[str]] = defaultdict(list)
    for entry in _lines(examples) if examples else []:
        confirmed[entry["theme"]].append(entry["text"])
    themes = sort([entry["text"] for entry in asked], confirmed)
    with out.open("w", encoding="utf-8") as file:
        for entry, theme in zip(asked, themes, strict=True):
            file.write(json.dumps({"id": entry["id"], "theme": theme}) + "\n")


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def main() -> None:
    """Read the command line; score a folder or sort a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path, metavar="DIR|QUESTIONS.jsonl")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--examples", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=5)
    options = parser.parse_args()
    if options.questions.is_dir():
        table(options.questions, options.seeds, options.draws)
    elif options.out:
        sort_file(options.questions, options.out, options.examples)
    else:
        parser.error("--out says where the themes go")


if __name__ == "__main__":
    main()
