"""`make audit`: vulnerabilities, secrets and licences of what runs with the bot."""

from __future__ import annotations

import json
import re
import subprocess
from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.audit import licences, secrets, vulnerabilities
from tests.support.audit.running import ROOT, declared, running_packages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLANTED = "xoxb" + "-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"


def saying(**told: Any) -> tuple[vulnerabilities.Run, list[str]]:  # noqa: ANN401 — pip-audit's JSON, or what is none
    """Return a run of pip-audit that prints this for each service, and the services that it was asked for."""
    asked = list[str]()

    def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        asked.append(command[command.index("--vulnerability-service") + 1])
        printed = told.get(asked[-1], "")
        return subprocess.CompletedProcess(command, 1, printed if isinstance(printed, str) else json.dumps(printed), "")

    return run, asked


def test_a_known_vulnerability_fails_and_a_service_that_is_away_is_told() -> None:
    found = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    away = {"dependencies": [{"name": "idna", "skip_reason": "Dependency not found on PyPI"}]}
    holed = {"dependencies": [{"name": "idna", "version": "1.0", "vulns": [found]}, *away["dependencies"]]}
    sound = {"dependencies": [{"name": "idna", "version": "2.0", "vulns": []}]}
    run, asked = saying(pypi=holed, osv=sound)
    assert vulnerabilities.audited(run) == (
        1,
        "idna 1.0: PYSEC-1, mended in 2.0\n1 packages asked for at pypi, 1 unknown there: 1 known vulnerabilities.",
    )
    assert asked == ["pypi"]
    run, asked = saying(pypi=away, osv=holed)
    assert vulnerabilities.audited(run)[0] == 1
    assert asked == ["pypi", "osv"]
    for answers in ({"pypi": away, "osv": "Connection refused"}, {}):
        code, said = vulnerabilities.audited(saying(**answers)[0])
        assert (code, said.count("\n")) == (0, 0)
        assert said.startswith("No service of vulnerabilities answers")
    assert vulnerabilities.audited(saying(pypi=sound)[0])[0] == 0


def test_a_planted_token_is_found_in_files_and_in_history(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        about = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        command = ["git", "-C", str(tmp_path), *about, *words]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 — git, with words of this test

    git("init", "--quiet")
    (tmp_path / "a.py").write_text(f'first = 1\nlogin("{PLANTED}")\n', encoding="utf-8")
    git("add", "a.py")
    git("commit", "--quiet", "--message", "one")
    (tmp_path / "a.py").write_text("first = 1\n", encoding="utf-8")
    git("commit", "--all", "--quiet", "--message", "two")
    (tmp_path / "b.md").write_text("-----BEGIN " + "RSA PRIVATE KEY-----\n", encoding="utf-8")
    (tmp_path / "c.py").write_text('password = "' + "correct-horse" + '"\n', encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/d.py").write_text('password = "made up"; token = "xoxb-1-secret"\n', encoding="utf-8")
    found = secrets.found_in(tmp_path)
    assert [(each.place.split()[0], each.kind) for each in found] == [
        ("b.md:1", "Private Key"),
        ("c.py:1", "Secret Keyword"),
        ("commit", "Slack token"),
    ]
    assert PLANTED not in "\n".join(map(str, found)), "whoever reads the log gets no token"


def test_each_known_one_has_its_reason() -> None:
    assert all(len(digest) == 16 and reason for digest, reason in secrets.KNOWN.items())


def test_each_package_that_runs_with_the_bot_is_listed_with_its_licence() -> None:
    assert licences.parts()[1] == licences.listed(), "look at its licence, then: make docs"


def test_no_package_that_runs_with_the_bot_has_no_licence_or_the_gpl_alone() -> None:
    for name, package in running_packages(declared()).items():
        licence = licences.licence_of(package)
        assert licence, name
        assert not licences.is_copyleft_only(licence), f"{name}: {licence}"


@pytest.mark.parametrize(
    ("licence", "is_refused"),
    [
        ("GPL-3.0-or-later", True),
        ("GNU General Public License v3 (GPLv3)", True),
        ("AGPL-3.0-only", True),
        ("GPL-2.0-only OR MIT", False),
        ("LGPL-3.0-only", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("MIT AND PSF-2.0", False),
    ],
)
def test_which_licences_are_refused(licence: str, *, is_refused: bool) -> None:
    assert licences.is_copyleft_only(licence) is is_refused


def test_packages_of_development_and_of_extras_that_nobody_asks_for_do_not_run() -> None:
    running = running_packages(declared())
    assert "psycopg" in running
    assert {"pytest", "ruff", "hatchling"}.isdisjoint(running)
    with pytest.raises(PackageNotFoundError):
        running_packages(["no-such-package-is-installed"])


def test_each_rule_of_security_that_is_left_out_has_its_reason() -> None:
    folders = ("bot", "handlers", "workspace", "cli", "tests", "bench")
    for path in (ROOT / "app.py", *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))):
        for line in path.read_text(encoding="utf-8").splitlines():
            left_out = re.search(r"# noqa: ([A-Z0-9, ]+)(.*)", line)
            if left_out and re.search(r"\bS\d", left_out[1]):
                assert re.match(r"— \w", left_out[2]), f"{path.relative_to(ROOT)}: {line.strip()}"
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.ruff.lint]")[2]
    rules = [line for line in project.splitlines() if re.match(r'\s+"S\d+"', line)]
    assert rules
    assert all(re.search(r"# \w", line) for line in rules)


def test_nothing_is_installed_without_its_hash() -> None:
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in (".ci/venv.sh", "Dockerfile"))
    installs = [line for line in text.replace("\\\n", " ").splitlines() if "pip install" in line]
    assert installs
    for each in (part for line in installs for part in line.split("&&") if "pip install" in part):
        assert "--require-hashes" in each or "--no-deps" in each, each
