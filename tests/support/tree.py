"""The tree of modules in docs/architecture.md, made from their docstrings: `python -m tests.support.tree` writes it."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/architecture.md"
_BEGIN, _END = "<!-- tree: make docs writes it -->\n", "<!-- end of the tree -->\n"
_PACKAGES = ("bot", "handlers", "workspace", "cli")
_LEFT_OUT = {"versions"}  # the migrations' history


def tree() -> str:
    """Return a line for each package and module: its name and the first line of its docstring."""
    lines = [_line(ROOT / "app.py", 0)]
    for name in _PACKAGES:
        lines += _folder(ROOT / name, 0)
    return "```text\n" + "\n".join(lines) + "\n```\n"


def _folder(folder: Path, depth: int) -> list[str]:
    lines = [_line(folder / "__init__.py", depth)]
    for path in sorted(folder.iterdir(), key=lambda each: (each.is_dir(), each.name)):
        if path.is_dir() and (path / "__init__.py").exists() and path.name not in _LEFT_OUT:
            lines += _folder(path, depth + 1)
        elif path.suffix == ".py" and path.name not in {"__init__.py", "__main__.py"}:
            lines.append(_line(path, depth + 1))
    return lines


def _line(path: Path, depth: int) -> str:
    name = f"{path.parent.name}/" if path.name == "__init__.py" else path.name
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return f"{'  ' * depth}{name:<{26 - 2 * depth}}{docstring.partition(chr(10))[0]}"


def written(page: str) -> str:
    """Return the tree as a page has it."""
    return page.partition(_BEGIN)[2].partition(_END)[0]


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    PAGE.write_text(before + _BEGIN + tree() + _END + rest.partition(_END)[2], encoding="utf-8")
