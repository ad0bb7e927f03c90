"""Faults as SARIF 2.1.0 ("Static Analysis Results Interchange Format", OASIS), for code scanning and editors."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from bot.config import BRIEFINGS
from cli.report import repository_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.content.faults import Code, Fault

_PAGE: Final = BRIEFINGS.parent / "docs" / "content-faults.md"
_PAGE_NAME: Final = "docs/content-faults.md"
_SECTION: Final = re.compile(r"^### `([a-z0-9-]+)`\n+(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


def sarif(faults: Iterable[tuple[Path, Fault]]) -> dict[str, Any]:
    """Return one run with a result for each fault; each comes with its content folder.

    Levels are those of the faults (`error`, `warning`), columns count characters, and paths are relative to the top of
    the git repository.
    """
    found = list(faults)
    rules = list(dict.fromkeys(fault.code for _, fault in found))
    driver = {
        "name": "briefing-bot check",
        "semanticVersion": version("briefing-bot"),
        "rules": [_rule(code) for code in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(folder, fault, rules.index(fault.code)) for folder, fault in found],
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _rule(code: Code) -> dict[str, Any]:
    name = code.value.replace("-", " ").capitalize()
    text = _help().get(code.value, name)
    return {
        "id": code.value,
        "shortDescription": {"text": f"{name}."},
        "fullDescription": {"text": " ".join(text.partition("\n\n")[0].split())},
        "help": {
            "text": f"{text}\n\n{_PAGE_NAME}#{code.value}",
            "markdown": f"{text}\n\n[{_PAGE_NAME}]({_PAGE_NAME}#{code.value})",
        },
        "defaultConfiguration": {"level": code.severity.value},
    }


def _result(folder: Path, fault: Fault, rule: int) -> dict[str, Any]:
    file = repository_file(folder, fault.file)
    uri = Path(file).as_uri() if Path(file).is_absolute() else quote(file)
    region: dict[str, Any] = {"startLine": fault.line, "startColumn": fault.column}
    if fault.source_line:
        region["snippet"] = {"text": fault.source_line}
    return {
        "ruleId": fault.code.value,
        "ruleIndex": rule,
        "level": fault.severity.value,
        "message": {"text": _plain(" ".join(filter(None, (fault.message, fault.hint))))},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
    }


def _plain(text: str) -> str:
    """Return a text in which nothing is an embedded link ("Messages with embedded links", SARIF 2.1.0, 3.11.6)."""
    return text.replace("](", "]\u2060(")


@cache
def _help() -> Mapping[str, str]:
    """Return what docs/content-faults.md says of each code, as Markdown; empty where that page is not at hand."""
    if not _PAGE.is_file():
        return {}
    return {code: text.strip() for code, text in _SECTION.findall(_PAGE.read_text(encoding="utf-8"))}
