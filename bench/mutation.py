"""Change the code at random places, one at a time, and count the changes that the tests of its package notice.

    python -m bench.mutation [--places N] [--seed N] [PACKAGE …]

Works in a copy of the checkout. At each chosen place stands one of cosmic-ray's changes: another comparison, operator,
number or branch. Left out are changes that no test could notice: in annotations (`|`), of `is` to `==` and back, of
imports for type checkers, of frozen dataclasses, of cache sizes. Prints each change that was not noticed, as a diff.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome

if TYPE_CHECKING:
    from cosmic_ray.work_item import MutationSpec

_ROOT = Path(__file__).parents[1]
_PACKAGES = {
    "recurrence": (("bot/recurrence",), "tests/bot/recurrence"),
    "outbox": (("bot/outbox",), "tests/bot/outbox -k not(postgresql)"),
    "lookup": (
        ("bot/lookup/answer.py", "bot/lookup/closest.py", "bot/lookup/evidence.py", "bot/lookup/premises.py"),
        "tests/bot/lookup tests/content/test_lookups.py tests/content/test_lookups_questions.py",
    ),
}
_SAME = re.compile(r"_BitOr_|_(Is|Eq)_(Is|Eq)$|_(IsNot|NotEq)_(IsNot|NotEq)$")
_UNTESTABLE = ("TYPE_CHECKING", "frozen=", "cache(", "CACHED")
_TIME_LIMIT_S = 600.0  # a change that makes the tests hang counts as noticed


def _modules(paths: tuple[str, ...]) -> list[Path]:
    found = [file for path in map(Path, paths) for file in ([path] if path.is_file() else sorted(path.glob("*.py")))]
    return [file for file in found if file.name != "__init__.py"]


def _place(change: MutationSpec) -> tuple[str, tuple[int, int], tuple[int, int]]:
    return str(change.module_path), change.start_pos, change.end_pos


def _can_be_noticed(change: MutationSpec) -> bool:
    line = Path(change.module_path).read_text().splitlines()[change.start_pos[0] - 1]
    return not (_SAME.search(change.operator_name) or any(word in line for word in _UNTESTABLE))


def _changes(modules: list[Path], places: int, seed: int) -> list[MutationSpec]:
    """One random change at each of `places` random places."""
    with use_db(":memory:", WorkDB.Mode.create) as database:
        init(modules, database, {})
        every = [change for item in database.work_items for change in item.mutations]
    changes = sorted((one for one in every if _can_be_noticed(one)), key=_place)
    choose = random.Random(seed)  # noqa: S311 — a repeatable sample, no secret
    one_each = [choose.choice(list(group)) for _, group in groupby(changes, key=_place)]
    return choose.sample(one_each, min(places, len(one_each)))


def _try(name: str, places: int, seed: int) -> None:
    paths, tests = _PACKAGES[name]
    command = f"{sys.executable} -m pytest -q -x -p no:cacheprovider {tests}"
    subprocess.run(command.split(), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 — unchanged code must pass
    changes = _changes(_modules(paths), places, seed)
    unnoticed = 0
    for number, change in enumerate(changes, 1):
        result = mutate_and_test([change], command, _TIME_LIMIT_S)
        if result.test_outcome is TestOutcome.SURVIVED:
            unnoticed += 1
            print(result.diff, flush=True)
        print(f"{name}: {number} of {len(changes)} changes, {unnoticed} not noticed", file=sys.stderr, flush=True)
    print(f"{name}: {1 - unnoticed / len(changes):.3f} of {len(changes)} changes noticed", flush=True)


def main() -> None:
    """Copy the checkout, and try each package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=", ".join(_PACKAGES))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="briefing-bot-") as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(
            _ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "var", "node_modules", "__pycache__")
        )
        os.chdir(copy)
        for name in options.packages or _PACKAGES:
            _try(name, options.places, options.seed)


if __name__ == "__main__":
    main()
