"""The marks `{# more #}` and `{# end more #}` of a briefing's template, between which only the long form reads on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.content.faults import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.faults import Fault
    from bot.content.files import TextFile

_MARK = re.compile(r"\{#-?\s*(?P<end>end[\s_-]*)?more\s*-?#\}", re.IGNORECASE)
_EXACT = {False: re.compile(r"\{#-?\s*more\s*-?#\}"), True: re.compile(r"\{#-?\s*end more\s*-?#\}")}
_WRITTEN = {False: "{# more #}", True: "{# end more #}"}


def check_markers(file: TextFile) -> Iterator[Fault]:
    """Find marks that are misspelt or lack their partner."""
    opened: re.Match[str] | None = None
    for mark in _MARK.finditer(file.text):
        ends = mark["end"] is not None
        if not _EXACT[ends].fullmatch(mark[0]):
            yield _fault(file, mark, f"{mark[0]} is no mark.", f"Write {_WRITTEN[ends]}.")
        elif ends and opened is None:
            message = "{# end more #} has no {# more #} before it."
            yield _fault(file, mark, message, "Write {# more #} where Details begins, or delete this mark.")
        elif not ends and opened is not None:
            line = file.text.count("\n", 0, opened.start()) + 1
            message = f"A second {{# more #}} stands before the first, in line {line}, has ended."
            yield _fault(file, mark, message, "Delete one of the two, or write {# end more #} between them.")
        opened = None if ends else opened or mark
    if opened is not None:
        message = "{# more #} has no {# end more #} after it."
        yield _fault(file, opened, message, "Write {# end more #} where the short form goes on: before the changes.")


def _fault(file: TextFile, mark: re.Match[str], message: str, hint: str) -> Fault:
    line = file.text.count("\n", 0, mark.start()) + 1
    column = mark.start() - file.text.rfind("\n", 0, mark.start())
    return file.fault(Code.UNPAIRED_MORE, message, hint, line=line, column=column)
