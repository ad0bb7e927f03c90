"""Names and sizes: one class of a name, short functions and modules, few modules in a folder."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "handlers", "workspace", "cli")
MODULES = [*sorted(each for package in PACKAGES for each in (ROOT / package).rglob("*.py")), ROOT / "app.py"]
NAMED_ONCE = [each for each in MODULES if each.relative_to(ROOT).parts[0] in {"bot", "handlers"}]

LONGEST_MODULE = 300
LONGEST_FUNCTION = 45
MOST_MODULES = 16
MOST_AT_BOTS_ROOT = 6
MIGRATIONS = ROOT / "bot/store/migrations/versions"
"""A list that only grows: nobody looks for something in it."""


def name(module: Path) -> str:
    return str(module.relative_to(ROOT))


def modules_in(folder: Path) -> list[str]:
    return [each.name for each in folder.glob("*.py") if each.name != "__init__.py"]


def test_no_two_classes_of_bot_and_handlers_have_one_name() -> None:
    classes = Counter(
        node.name
        for module in NAMED_ONCE
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [each for each, count in classes.items() if count > 1] == []


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_modules_and_functions_are_short(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    functions = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {each.name: (each.end_lineno or each.lineno) - each.lineno + 1 for each in functions}
    assert {each: length for each, length in lengths.items() if length > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("folder", sorted({each.parent for each in MODULES} - {ROOT, MIGRATIONS}), ids=name)
def test_a_folder_has_few_modules(folder: Path) -> None:
    assert len(modules_in(folder)) <= MOST_MODULES


def test_the_root_of_bot_is_for_what_every_package_uses() -> None:
    assert len(modules_in(ROOT / "bot")) <= MOST_AT_BOTS_ROOT
