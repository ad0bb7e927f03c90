"""Secrets in files and in git's history: `python -m tests.support.audit.secrets [FOLDER]` names their places.

Looked for is what has the shape of a credential (detect-secrets' detectors and Slack's own tokens), everywhere and in
every line that was ever committed; and in files that are no tests also what is named or reads like one. A secret is
never printed.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.settings import transient_settings

from tests.support.audit.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SLACKS: Final = re.compile(r"\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w-]{36,}")
"""Slack's tokens, none of which is shorter: made-up ones of tests are ("Token types" in Slack's reference)."""
_GUESSING: Final = frozenset(
    {"Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector", "BasicAuthDetector", "IPPublicDetector"}
)
"""Detectors that go by names and randomness: a test has too much that is made up for them."""
_REPLACED: Final = _GUESSING | {"SlackDetector"}
_MADE_UP: Final = ("tests/", "bench/")
_OF_HASHES: Final = (".lock", "-lock.json")
KNOWN: Final = {
    "2bb80d537b1da3e3": "a pattern of what people type, in bot/gaps/private_content.py",
    "f23b7b173641ada3": "another one there",
    "469bbcf9c5fb4681": "the name of a secret that an operator makes, in deploy/kubernetes",
    "0be64ae89ddd24e2": "a place to fill in, in deploy/kubernetes/secret.yaml.example",
    "5e884898da280471": "the word password in addresses that show their form, in docs/configuration.md",
}
"""Digests of what was looked at and is no secret, each with the reason."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A place where something looks like a secret; `digest` is for KNOWN."""

    place: str
    kind: str
    digest: str

    def __str__(self) -> str:
        """Return a line for people."""
        return f"{self.place}: {self.kind} ({self.digest})"


def found_in(folder: Path) -> list[Finding]:
    """Return what looks like a secret in a repository's files and in its history, and is not in KNOWN."""
    paths = _files(folder)
    places = dict[str, str]()
    for name, path in paths.items():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            places.setdefault(line, f"{name}:{number}")
    for line, commit in _ever_added(folder):
        places.setdefault(line, commit)
    found = {*_shaped(places), *_guessed(paths)}
    return sorted(each for each in found if each.digest not in KNOWN)


def _files(folder: Path) -> dict[str, Path]:
    names = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return {name: folder / name for name in names if name and (folder / name).is_file()}


def _ever_added(folder: Path) -> Iterator[tuple[str, str]]:
    """Return each line that a commit has added, with the commit."""
    commit = ""
    log = _git(folder, "log", "--all", "--patch", "--unified=0", "--no-color", "--no-ext-diff", "--format=commit %h")
    for line in log.splitlines():
        if line.startswith("commit "):
            commit = line
        elif line.startswith("+") and not line.startswith("+++ "):
            yield line[1:], commit


def _shaped(places: Mapping[str, str]) -> Iterator[Finding]:
    """Return where a line has the shape of a credential."""
    text, where = "\n".join(places), [*places.values()]
    for kind, pattern in _shapes():
        for match in pattern.finditer(text):
            place = where[text.count("\n", 0, match.start())]
            yield Finding(place, kind, _digest(match.group()))


def _guessed(paths: Mapping[str, Path]) -> Iterator[Finding]:
    """Return where a name or randomness speaks for a secret."""
    with transient_settings({"plugins_used": [{"name": each} for each in sorted(_GUESSING)]}):
        for name, path in paths.items():
            if not name.startswith(_MADE_UP) and not name.endswith(_OF_HASHES):
                for each in scan_file(str(path)):
                    yield Finding(f"{name}:{each.line_number}", each.type, _digest(each.secret_value or ""))


@cache
def _shapes() -> list[tuple[str, re.Pattern[str]]]:
    patterns = [("Slack token", _SLACKS)]
    detectors: Mapping[str, Any] = get_mapping_from_secret_type_to_class()
    for kind, detector in detectors.items():
        if issubclass(detector, RegexBasedDetector) and detector.__name__ not in _REPLACED:
            patterns += [(kind, pattern) for pattern in detector.denylist]
    return patterns


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    done = subprocess.run(command, check=True, capture_output=True)  # noqa: S603 — git, with words of this module
    return done.stdout.decode(errors="replace")


if __name__ == "__main__":
    findings = found_in(Path(sys.argv[1]) if sys.argv[1:] else ROOT)
    for finding in findings:
        sys.stderr.write(f"{finding}\n")
    if findings:
        sys.exit(
            "Revoke what is real, and take it out; what is none goes into KNOWN in tests/support/audit/secrets.py."
        )
