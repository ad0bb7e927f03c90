"""What is installed: the two locks agree, and hold what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import app

ROOT = Path(app.__file__).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, str]:
    """Return the packages of a lock: name and marker with their version and hashes."""
    lines = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    found = {}
    for line in lines:
        if line.lstrip().startswith("#"):
            continue
        matched = re.fullmatch(r"([a-z0-9-]+)==(\S+)( ; .+?)? +((?:--hash=sha256:[0-9a-f]{64} *)+)", line)
        assert matched, f"{name} has more than packages with versions and hashes: {line}"
        found[f"{matched[1]}{matched[3] or ''} {matched[2]}"] = " ".join(sorted(matched[4].split()))
    return found


def test_what_runs_is_a_part_of_what_developers_have_at_equal_versions() -> None:
    running, developing = locked("requirements.lock"), locked("requirements-dev.lock")
    assert running.items() < developing.items()
    names = {each.split()[0] for each in running}
    assert {"pytest", "mypy", "ruff", "hatchling", "uv"}.isdisjoint(names)


def test_each_dependency_and_each_extra_is_locked_for_running() -> None:
    project = PROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    names = {re.split(r"[^A-Za-z0-9-]", each)[0].lower() for each in wanted}
    assert names <= {each.split()[0] for each in locked("requirements.lock")}
