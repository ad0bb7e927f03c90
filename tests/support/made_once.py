"""What hundreds of tests would make of the same content, made once: a look-up, and its answers to the questions."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from bot.config import BRIEFINGS
from bot.content.questions import QUESTIONS_FILE
from bot.lookup.answer import Lookup
from bot.publishing.content_check import check_questions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.content.faults import Fault
    from bot.content.models import Content
    from bot.publishing.content_check import ReadyLookup


class _Newest:
    """Remembers what was made last, by what it was made of: content has no hash, and is compared."""

    def __init__(self) -> None:
        self._made: deque[tuple[object, Any]] = deque(maxlen=8)

    def get(self, key: object, make: Callable[[], Any]) -> Any:  # noqa: ANN401 — what `make` returns
        """Return what was made of an equal key, or make it."""
        for each, made in tuple(self._made):
            if each == key:
                return made
        self._made.appendleft((key, made := make()))
        return made


class _SharedLookup(Lookup):
    """A look-up that several bots ask; only one index may follow an index, so each that goes on gets its own."""

    def refreshed(self, content: Content) -> Lookup:
        """Return the look-up over newer content."""
        return Lookup(self._content).refreshed(content)


_SHIPPED = (BRIEFINGS / QUESTIONS_FILE).read_bytes()
_lookups, _checked = _Newest(), _Newest()


def lookup_of(content: Content) -> Lookup:
    """Return the look-up over a content, shared by all who ask."""
    found: Lookup = _lookups.get(content, lambda: _SharedLookup(content))
    return found


def questions_checked(folder: Path, content: Content, ready: ReadyLookup | None = None) -> tuple[Fault, ...]:
    """Return the faults of a folder's questions; the shipped ones are asked once of the same content."""
    file = folder / QUESTIONS_FILE
    if not file.is_file() or file.read_bytes() != _SHIPPED:
        return check_questions(folder, content, ready)
    found: tuple[Fault, ...] = _checked.get(content, lambda: check_questions(folder, content))
    return found
