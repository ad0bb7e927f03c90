"""Turns a briefing.md.j2, the form in which briefings were written first, into a briefing.yaml."""

from __future__ import annotations

import re
from typing import Any

_PART = re.compile(
    r"\{#-?\s*(?P<mark>more|end more)\s*-?#\}"
    r"|^\#{2,6} +(?P<heading>.+)$"
    r"|\{\{-?\s*(?P<call>facts|line)\((?P<ids>[^)]*)\)",
    re.MULTILINE,
)
_ID = re.compile("[\"']([^\"']+)[\"']")


def briefing_of_template(text: str) -> dict[str, Any]:
    """Return what the briefing.yaml in place of this template says; headings without facts are left out.

    The first fact above all headings is the bottom line; others above them come under “In short”.
    """
    bottom_line = ""
    sections: list[dict[str, Any]] = []
    heading, is_details = "In short", False
    for part in _PART.finditer(text):
        if part["mark"]:
            is_details = part["mark"] == "more"
        elif part["heading"]:
            heading = part["heading"].strip()
        else:
            ids = _ID.findall(part["ids"])
            if part["call"] == "line" and not bottom_line and not sections:
                bottom_line = ids.pop(0) if ids else ""
            if ids and sections and sections[-1]["heading"] == heading:
                sections[-1]["facts"] += ids
            elif ids:
                sections.append({"heading": heading, **({"details": True} if is_details else {}), "facts": ids})
    return ({"bottom_line": bottom_line} if bottom_line else {}) | {"sections": sections}
