"""Known vulnerabilities of what runs with the bot: `python -m tests.support.audit.vulnerabilities` asks pip-audit.

A network that is down is no vulnerability: where no service answers, that is said in a line, and nothing fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tests.support.audit.running import ROOT

SERVICES: Final = ("pypi", "osv")
LOCK: Final = ROOT / "requirements.lock"
TIMEOUT_S: Final = 180

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def audited(run: Run) -> tuple[int, str]:
    """Ask each service until one has answered; return the exit code and what to say. `run` runs a command."""
    for service in SERVICES:
        told = _dependencies(run([sys.executable, "-m", "pip_audit", *_options(service)]).stdout)
        answered = [each for each in told if "vulns" in each]
        if not answered:
            continue
        faults = [_sentence(each, found) for each in answered for found in each["vulns"]]
        unknown = len(told) - len(answered)
        asked = f"{len(answered)} packages asked for at {service}, {unknown} unknown there"
        said = f"{asked}: {len(faults)} known vulnerabilities."
        return (1 if faults else 0), "\n".join([*faults, said])
    return 0, f"No service of vulnerabilities answers ({', '.join(SERVICES)}): nothing was asked."


def _sentence(package: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    mended = ", ".join(found["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {found['id']}, mended in {mended}"


def _options(service: str) -> list[str]:
    lock = ["--requirement", str(LOCK), "--require-hashes", "--disable-pip"]
    return [
        *lock,
        "--vulnerability-service",
        service,
        "--format",
        "json",
        "--progress-spinner",
        "off",
        "--timeout",
        "10",
    ]


def _dependencies(printed: str) -> list[dict[str, Any]]:
    """Return what pip-audit says of each package; of what it could not ask it says `skip_reason`, or nothing at all."""
    try:
        told = json.loads(printed)
    except ValueError:
        return []
    return list(told["dependencies"])


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 — pip-audit, with the options above
            command, check=False, capture_output=True, text=True, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", "")


if __name__ == "__main__":
    code, words = audited(_run)
    sys.stdout.write(f"{words}\n")
    sys.exit(code)
