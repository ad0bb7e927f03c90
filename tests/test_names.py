"""Names and sizes: one class of a name, short functions and modules, few modules in a folder."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path

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


@cache
def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def test_no_two_classes_of_bot_and_handlers_have_one_name() -> None:
    nodes = (node for module in NAMED_ONCE for node in ast.walk(parsed(module)))
    classes = Counter(node.name for node in nodes if isinstance(node, ast.ClassDef))
    assert [each for each, count in classes.items() if count > 1] == []


def test_modules_are_short() -> None:
    lengths = {name(module): len(module.read_text(encoding="utf-8").splitlines()) for module in MODULES}
    assert {module: length for module, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_functions_are_short() -> None:
    functions = (
        (f"{name(module)}: {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for module in MODULES
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert [(function, length) for function, length in functions if length > LONGEST_FUNCTION] == []


def test_a_folder_has_few_modules() -> None:
    folders = {module.parent for module in MODULES} - {ROOT, MIGRATIONS}
    assert {name(folder): len(modules_in(folder)) for folder in folders if len(modules_in(folder)) > MOST_MODULES} == {}


def test_the_root_of_bot_is_for_what_every_package_uses() -> None:
    assert len(modules_in(ROOT / "bot")) <= MOST_AT_BOTS_ROOT
