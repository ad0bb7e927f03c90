"""A content file's bytes, and its text for editing: marks and line endings come back as they were."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from bot.content.editing.changes import EditError
from bot.content.faults import Fault
from bot.content.files import decode

_BOM: Final = "\ufeff"
_BREAK: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class EditableFile:
    """A file's text with line feeds for line breaks, its mark of UTF-8 and the line breaks that it has."""

    name: str
    text: str
    bom: str
    breaks: tuple[str, ...]

    @classmethod
    def read(cls, name: str, data: bytes | str) -> EditableFile:
        """Read a file. Raises EditError for one that is not UTF-8."""
        data = data.encode() if isinstance(data, str) else data
        file = decode(name, data)
        if isinstance(file, Fault):
            raise EditError(f"{name}:{file.line}: {file.message}", file.hint)
        written = data.decode("utf-8")
        return cls(name, file.text, _BOM * written.startswith(_BOM), tuple(_BREAK.findall(written)))

    def written(self, text: str) -> str:
        """Return the file with another text; a new line ends as the file's first one does."""
        usual = self.breaks[0] if self.breaks else "\n"
        if set(self.breaks) <= {usual}:
            return self.bom + text.replace("\n", usual)
        old, new = self.text.split("\n"), text.split("\n")
        endings = [usual] * (len(new) - 1) + [""]
        for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
            for offset in range(block.size):
                before, after = block.a + offset, block.b + offset
                if before < len(self.breaks) and after < len(new) - 1:
                    endings[after] = self.breaks[before]
        return self.bom + "".join(line + ending for line, ending in zip(new, endings, strict=True))
