"""Finds text that was garbled by a word processor or a web page, and markup in plain text."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from bot.content.faults import Code
from bot.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.content.faults import Fault
    from bot.content.files import TextFile
    from bot.content.yaml.nodes import Path, Plain, RawEntry

_SHOWN: Final = frozenset(
    {"statement", "short", "said_by", "why", "title", "short_title", "publisher", "label", "contact", "scope"}
    | {"heading", "name", "owner"}
)
"""Fields that readers see as they are; others may have markup, such as the words cited from a source."""
_MOST = 5
"""Faults reported for one text."""

_MOJIBAKE = re.compile("[ÂÃâð][\x80-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{1,3}")
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_MARKS: Final = (
    (re.compile(r"\A(?:[-*–·•‣▪][ \t]|>\s?|#{1,6} |[0-9]{1,2}[.)] )|•"), "Delete it."),
    (re.compile(r"\[[^\]\n]+\]\([^()\s]+\)"), "Write the words alone; an address belongs into sources.yaml."),
    (re.compile(r"<(?:https?://|mailto:|[@#!])[^<>\s|]*(?:\|[^<>]*)?>"), "Write the words alone."),
    (re.compile(r"</?[a-z][a-z0-9]*(?: [^<>]*)?/?>", re.IGNORECASE), "Delete it."),
    (re.compile(r"\*\*|(?<![\w*])\*(?=[^\s*])[^*]*[^\s*]\*(?![\w*])"), "Delete the asterisks."),
    (re.compile(r"(?<!\w)_(?=[^\s_])[^_]*(?<=[^\s_])_(?!\w)"), "Delete the underscores."),
    (re.compile(r"(?<!\w)~~?(?=[^\s~])[^~]*(?<=[^\s~])~~?(?!\w)"), "Delete the tildes."),
    (re.compile(r"\{\{|\{%"), "Delete the braces: only templates are filled in."),
    (re.compile(r"`"), "Delete the backticks."),
    (re.compile(r"(?<![\w:]):(?:[a-z][a-z0-9_'+-]*|[+-]1):(?![\w:])"), "Delete the emoji's name."),
)
_CONFLICT = re.compile(r"(?:<{7}|>{7}|\|{7})(?: |\Z)|={7}\Z")


def text_faults(file: TextFile, entries: Mapping[str, RawEntry]) -> Iterator[Fault]:
    """Find broken characters and HTML entities in every text of a file, and markup in those that readers see."""
    for key, raw in entries.items():
        for path, text in _texts(raw.value, ()):
            field = next((step for step in (*reversed(path), key) if isinstance(step, str)), "")
            if field == "url":
                continue
            found = list(_broken(text))
            if field in _SHOWN:
                found += _marked(text, field)
            for code, message, hint, words, start in found[:_MOST]:
                spot = raw.spot_of_words(path, file.lines, words, text.count(words, 0, start))
                yield file.fault(code, message, hint, spot, raw.fact_id)


def conflict_faults(file: TextFile) -> tuple[Fault, ...]:
    """Return a fault for each piece of a file that a merge has left in two versions."""
    marks = [number for number, line in enumerate(file.lines, 1) if _CONFLICT.match(line)]
    starts = [number for number in marks if file.lines[number - 1][0] in "<>"]
    opened = [number for number in starts if file.lines[number - 1][0] == "<"] or starts or marks
    message = "A merge left two versions here: its conflict marks are still in the file."
    hint = "Keep the right version, and delete the lines that begin with <<<<<<<, ======= and >>>>>>>."
    return tuple(file.fault(Code.MERGE_CONFLICT, message, hint, (number, 1)) for number in opened[:_MOST])


def _texts(value: Plain, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
        return
    inner: Iterable[tuple[str | int, Plain]] = value.items() if isinstance(value, dict) else enumerate(value)
    for step, each in inner:
        yield from _texts(each, (*path, step))


def _broken(text: str) -> Iterator[tuple[Code, str, str, str, int]]:
    for found in _MOJIBAKE.finditer(text):
        meant, length = _meant(found[0])
        if length:
            words = found[0][:length]
            message = f"{shown(words)} is a character that was read in the wrong encoding."
            yield Code.MOJIBAKE, message, _write(meant), words, found.start()
    for found in _ENTITY.finditer(text):
        if (meant := html.unescape(found[0])) != found[0]:
            message = f"{shown(found[0])} is HTML for a character."
            yield Code.HTML_ENTITY, message, _write(meant), found[0], found.start()


def _write(meant: str) -> str:
    return f"Write {shown(meant)}." if meant.strip() else "Write a space."


def _meant(text: str) -> tuple[str, int]:
    """Return the character that was read as Windows-1252, and how many characters it became; 0 when it was none."""
    data = b"".join(char.encode("latin-1") if "\x80" <= char <= "\x9f" else char.encode("cp1252") for char in text)
    for length in range(2, len(data) + 1):
        try:
            return data[:length].decode("utf-8"), length
        except UnicodeDecodeError:
            continue
    return "", 0


def _marked(text: str, field: str) -> Iterator[tuple[Code, str, str, str, int]]:
    taken: list[tuple[int, int]] = []
    for pattern, hint in _MARKS:
        for found in pattern.finditer(text):
            if any(start < found.end() and found.start() < end for start, end in taken):
                continue
            taken.append(found.span())
            words = found[0].strip()
            what = "A bullet" if words in {"-", "*", "–", "·", "•", "‣", "▪"} else shown(words)
            message = f"{what} is in `{field}`, which is plain text: readers would see it."
            yield Code.PASTED_MARKUP, message, hint, words, found.start()
            break
