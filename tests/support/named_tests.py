"""The tests that a page of the documentation names."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
NAMED: Final = re.compile(r"`([\w/.-]+\.py)::(\w+)`")


@cache
def collected(path: Path) -> frozenset[str]:
    """Return the tests of a file that pytest runs; none for a file that is not there or that it does not collect."""
    if not path.is_file() or not re.fullmatch(r"test_\w+\.py", path.name):
        return frozenset()
    module = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        each.name
        for each in module.body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        and each.name.startswith("test_")
        and not any("skip" in ast.unparse(decorator) for decorator in each.decorator_list)
    )
