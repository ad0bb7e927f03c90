"""The packages that run with the bot: the dependencies of pyproject.toml and theirs, as they are installed."""

from __future__ import annotations

import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(__file__).parents[3]


def declared() -> list[str]:
    """Return the requirements of pyproject.toml, its extras' included, but not those of development."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    return [*project["dependencies"], *(each for extra in extras for each in extra)]


def running_packages(requirements: Iterable[str]) -> dict[str, Distribution]:
    """Return each package that these requirements bring on this machine, by its name.

    Raises PackageNotFoundError for one that is not installed.
    """
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(each, "") for each in requirements]
    while waiting:
        text, wanted_by = waiting.pop()
        needed = Requirement(text)
        if needed.marker and not needed.marker.evaluate({"extra": wanted_by}):
            continue
        name = canonicalize_name(needed.name)
        found.setdefault(name, distribution(name))
        for extra in ("", *sorted(needed.extras)):
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += [(each, extra) for each in found[name].requires or ()]
    return dict(sorted(found.items()))
