"""What is installed: the locks agree and hold what pyproject.toml asks for; the wheel holds the bot and no test."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
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


def test_what_builds_is_a_part_of_what_developers_have() -> None:
    building = locked("requirements-build.lock")
    assert building.items() < locked("requirements-dev.lock").items()
    assert {"hatchling", "uv"} <= {each.split()[0] for each in building}


def test_each_dependency_and_each_extra_is_locked_for_running() -> None:
    project = PROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    names = {re.split(r"[^A-Za-z0-9-]", each)[0].lower() for each in wanted}
    assert names <= {each.split()[0] for each in locked("requirements.lock")}


def test_the_wheel_holds_all_that_the_bot_reads_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 — our own
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = {name for name in opened.namelist() if ".dist-info/" not in name}
        (entry,) = (name for name in opened.namelist() if name.endswith("entry_points.txt"))
        assert "briefing-bot = cli.main:main" in opened.read(entry).decode()
    packages = ("bot", "handlers", "workspace", "cli", "briefings")
    here = {path for package in packages for path in (ROOT / package).rglob("*") if path.is_file()}
    wanted = {str(path.relative_to(ROOT)) for path in here if path.suffix != ".pyc"}
    assert names == wanted | {"app.py", "app.yaml", "docs/content-faults.md"}
