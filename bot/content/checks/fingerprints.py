"""Fingerprint of a source: its phrases of one to seven words as a Bloom filter, never its text.

It answers whether a phrase is in the source. One that is not is taken for one that is in at most one of 18
cases (one of 20,000 while the text has fewer than 800 words); never the other way round.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import re
import textwrap
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from bot.content.checks.phrases import phrases, plain_words, windows
from bot.content.faults import Code, Fault
from bot.content.files import FINGERPRINTS, TextFile, decode, list_folder
from bot.content.memorandum import SOURCES_FILE, read_sources
from bot.errors import BriefingBotError
from bot.text import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bot.content.files import Listing

SIZE_LIMIT: Final = 20_000
"""The most bytes of a fingerprint's file."""

_HEAD = "briefing-bot fingerprint 1"
_FILE = re.compile(rf"{_HEAD}\n(\d{{1,9}}) (\d{{1,2}}) (\d{{1,10}})\n([\w+/=\n]*)", re.ASCII)
"""Head; words, hashes and the checksum of the bits; the bits as base64."""
_BITS_EACH = 24
_FEWEST_BITS_EACH = 6
_MOST_BYTES = 14_700
"""As base64, with its line breaks and head, just below SIZE_LIMIT."""
_MOST_HASHES = 16
_LINE = 100
_RARE = 0.001


class TooLongError(BriefingBotError):
    """A source's text has more phrases than a fingerprint can distinguish."""


class Phrases(Protocol):
    """Anything that knows whether a phrase is in a text."""

    def has(self, phrase: str) -> bool:
        """Whether it has a phrase of at most seven words, as `read_words` writes them."""
        ...


@dataclass(frozen=True, slots=True)
class PhraseSet:
    """The phrases of a short text, all of them."""

    phrases: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> PhraseSet:
        """Return the phrases of several texts; none spans two."""
        return cls(frozenset(phrase for text in texts for phrase in phrases(plain_words(text))))

    def has(self, phrase: str) -> bool:
        """Whether a phrase is among them."""
        return phrase in self.phrases


@dataclass(frozen=True)
class Fingerprint:
    """The fingerprint of one source: how many words its text has, hashes a phrase, and the filter's bits."""

    words: int
    hashes: int
    bits: bytes

    @classmethod
    def of(cls, text: str) -> Fingerprint:
        """Make the fingerprint of a text. Raises TooLongError."""
        words = plain_words(text)
        found = set(phrases(words))
        if len(found) * _FEWEST_BITS_EACH > _MOST_BYTES * 8:
            raise TooLongError(
                f"The text has {len(words):,} words, more than a fingerprint can hold (about 2,800).",
                "Give only the parts that the facts cite, in one file.",
            )
        size = max(1, min(_MOST_BYTES, math.ceil(len(found) * _BITS_EACH / 8)))
        hashes = min(_MOST_HASHES, max(1, round(size * 8 / max(1, len(found)) * math.log(2))))
        bits = bytearray(size)
        for phrase in found:
            for bit in _places(phrase, hashes, size * 8):
                bits[bit >> 3] |= 1 << (bit & 7)
        return cls(len(words), hashes, bytes(bits))

    @classmethod
    def read(cls, text: str) -> Fingerprint | None:
        """Return a fingerprint from its file's text; None when it is not a fingerprint."""
        matched = _FILE.fullmatch(text)
        if matched is None:
            return None
        words, hashes, checksum = (int(number) for number in matched.groups()[:3])
        try:
            bits = base64.b64decode("".join(matched[4].split()), validate=True)
        except (binascii.Error, ValueError):
            return None
        is_whole = 0 < hashes <= _MOST_HASHES and 0 < len(bits) <= _MOST_BYTES and zlib.crc32(bits) == checksum
        return cls(words, hashes, bits) if is_whole else None

    @cached_property
    def is_exact(self) -> bool:
        """Whether less than one of 1,000 phrases that are not in the source is taken for one that is."""
        filled = sum(byte.bit_count() for byte in self.bits) / (len(self.bits) * 8)
        return filled**self.hashes < _RARE

    def written(self) -> str:
        """Return its file's text, at most SIZE_LIMIT bytes."""
        encoded = "\n".join(textwrap.wrap(base64.b64encode(self.bits).decode(), _LINE))
        return f"{_HEAD}\n{self.words} {self.hashes} {zlib.crc32(self.bits)}\n{encoded}\n"

    def has(self, phrase: str) -> bool:
        """Whether a phrase of at most seven words is in the source."""
        places = _places(phrase, self.hashes, len(self.bits) * 8)
        return all(self.bits[bit >> 3] & 1 << (bit & 7) for bit in places)


def has_all(text: Phrases, words: Sequence[str]) -> bool:
    """Whether all words are in one place of a text, as far as its phrases show."""
    return all(text.has(window) for window in windows(words))


@dataclass(frozen=True, slots=True)
class FingerprintFiles:
    """The fingerprints of a content folder by source id, and what is wrong with their files."""

    fingerprints: Mapping[str, Fingerprint]
    faults: tuple[Fault, ...]


def read_fingerprints(listing: Listing, sources: Collection[str]) -> FingerprintFiles:
    """Read the fingerprints of a content folder's `sources`. Raises nothing: whatever is wrong is a fault."""
    found: dict[str, Fingerprint] = {}
    faults: list[Fault] = []
    for name, data in listing.files.items():
        folder, _, source = name.partition("/")
        if folder != FINGERPRINTS:
            continue
        file = decode(name, data)
        read = Fingerprint.read(file.text) if isinstance(file, TextFile) else None
        if source not in sources:
            hint = did_you_mean(source, sources, "Remove the file.")
            faults.append(Fault(name, 1, 1, Code.STRAY_FILE, f"There is no source {shown(source)}.", hint))
        elif read is None:
            hint = f"Make it anew: briefing-bot source add FILE --id {source}"
            faults.append(Fault(name, 1, 1, Code.BAD_FINGERPRINT, "This is not a whole fingerprint.", hint))
        else:
            found[source] = read
    return FingerprintFiles(found, tuple(faults))


def missing_fingerprints(folder: Path) -> Iterator[Fault]:
    """Find the sources of a content folder without a fingerprint: their facts are not compared with them."""
    listing = list_folder(folder)
    file = decode(SOURCES_FILE, listing.files.get(SOURCES_FILE, b""))
    if not isinstance(file, TextFile):
        return
    for source, spot in read_sources(file).declared.items():
        if f"{FINGERPRINTS}/{source}" not in listing.files:
            message = f"{shown(source)} is not fingerprinted: its facts are not compared with its text."
            hint = f"Where the text may be read: briefing-bot source add FILE --id {source}"
            yield file.fault(Code.NOT_FINGERPRINTED, message, hint, spot)


def _places(phrase: str, hashes: int, bits: int) -> Iterator[int]:
    """Yield the bits of a phrase: each hash is four bytes of one digest."""
    digest = hashlib.blake2b(phrase.encode(), digest_size=4 * _MOST_HASHES).digest()
    return (int.from_bytes(digest[4 * number : 4 * number + 4]) % bits for number in range(hashes))
