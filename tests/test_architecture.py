"""docs/architecture.md and docs/glossary.md agree with the code."""

from __future__ import annotations

import ast
import re
import tomllib

from tests.support.tree import PAGE, ROOT, tree, written

GLOSSARY = ROOT / "docs/glossary.md"


def test_the_tree_names_every_module_by_its_own_first_line() -> None:
    assert written(PAGE.read_text(encoding="utf-8")) == tree(), "make docs writes it"


def test_the_picture_has_the_packages_as_the_contract_has_them() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(each["layers"] for each in contracts if "from answers down" in each["name"])
    expected = [tuple(name.removeprefix("bot.") for name in layer.split(" : ")) for layer in layers]
    picture = PAGE.read_text(encoding="utf-8").partition("```mermaid\nflowchart TB")[2].partition("```")[0]
    rows = [tuple(re.findall(r"\w+", row)) for row in re.findall(r"\[\"(.+?)\"\]", picture)]
    assert rows[: len(expected)] == expected


def test_the_glossary_names_what_exists_once_and_in_order() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| `([^|`]+)` \|$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    words = [word for word, _ in rows]
    assert words == sorted(set(words), key=str.casefold)
    for word, reference in rows:
        name, _, symbol = reference.partition(":")
        path = ROOT / name
        assert path.exists(), word
        if symbol:
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert symbol in {each.name for each in body if isinstance(each, ast.ClassDef)}, word
