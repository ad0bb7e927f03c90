"""Compares facts with their sources' fingerprints: cited words, numbers, dates, names, quotations, copied words.

A statement is checked when each of its sources has a fingerprint, cited words as soon as their own source has one. What
a source's title, publisher and date say, and memorandum.yaml, counts as written in the source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Final

from bot.content.certainty import Certainty
from bot.content.checks.fingerprints import PhraseSet, has_all
from bot.content.checks.phrases import CURRENCIES, LONGEST, MAGNITUDES, SourceWord, plain_words, read_words
from bot.content.checks.qualifiers import kind_of, qualifier_at, qualifiers_of, with_number
from bot.content.faults import Code
from bot.text import day, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.content.checks.fingerprints import Fingerprint, Phrases
    from bot.content.checks.references import ParsedFacts
    from bot.content.fact_files import ParsedFact
    from bot.content.faults import Fault
    from bot.content.models import Memorandum, Source

_ORDINALS = frozenset({"third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"})
_MONTHS = frozenset(day(date(2000, month, 1)).split()[1].lower() for month in range(1, 13))
_PLAIN_OPENERS: Final = frozenset(
    """
    a about above according across after all also although among an and annual another any as at because before below
    between both but by central civil common company current day decisions details different each earlier early
    efforts either every existing few for four from full further general had has he her his how however if in is it
    its joint large last later less little local long main major many money more most national near nearly neither new
    next no nobody none nor not nothing of officials on once one only open or other our out over own part people plans
    possible private progress public recent regional same several she short similar since small so some special staff
    steps such support talks that the their them then there these they this those three through to today together two
    under unlike until up use uses was we were what when where whether which while who why wide wider will with within
    without work
    """.split()  # noqa: SIM905 — a list of words reads better as words
)
"""Words that often begin a sentence, and are no names."""
_SENTENCE_START = re.compile(r"(?:\A|[.!?:]['”’\"]?\s)[“‘\"']?\Z")
_QUOTED = re.compile(r"“([^”]*)”|\"([^\"]*)\"|‘([^‘’]*)’(?!\w)")
_GIVEN = re.compile(r"\(([A-Z][A-Za-z&]*[A-Z])s?\)")


@dataclass(frozen=True)
class SourceTexts:
    """What is known of the sources' texts: fingerprints by source id, and the words that every fact may use."""

    fingerprints: Mapping[str, Fingerprint]
    sources: Mapping[str, Source]
    memorandum: Memorandum | None
    statements: Sequence[str]

    @cached_property
    def common(self) -> PhraseSet:
        """What memorandum.yaml says: title, parties and areas are the store's own."""
        if self.memorandum is None:
            return PhraseSet(frozenset())
        about = self.memorandum
        titles = (area.title for area in (about.overview, *about.areas))
        return PhraseSet.of((about.title, about.short_title, *about.parties, *titles, day(about.position_on)))

    @cached_property
    def lower_case(self) -> frozenset[str]:
        """Every word that a statement of the store has in small letters: no name, though it may begin a sentence."""
        found = (re.findall(r"\b[a-z]+\b", text) for text in self.statements)
        return frozenset(word for words in found for word in words)

    @cached_property
    def _own(self) -> dict[str, PhraseSet]:
        return {}

    def own(self, source_id: str) -> PhraseSet:
        """Return what sources.yaml says of a source: title, publisher, label and the day it was published."""
        if source_id not in self._own:
            source = self.sources[source_id]
            known = (source.title, source.publisher, source.label, day(source.published))
            self._own[source_id] = PhraseSet.of(known)
        return self._own[source_id]

    def texts(self, fact: ParsedFact) -> tuple[Fingerprint, ...]:
        """Return the fingerprints of all sources of a fact; none when one of them has none."""
        ids = tuple(fact.where())
        return tuple(self.fingerprints[each] for each in ids) if self.fingerprints.keys() >= set(ids) else ()


def check_source_words(parsed: ParsedFacts, texts: SourceTexts) -> Iterator[Fault]:
    """Find what the facts that are served say and their sources do not."""
    if not texts.fingerprints:
        return
    for _, fact in parsed.by_id.values():
        entry = fact.entry
        if entry.withdrawn or entry.superseded_by or not texts.sources.keys() >= fact.where().keys():
            continue
        yield from _check_cited(fact, texts)
        fingerprints = texts.texts(fact)
        if fingerprints and entry.certainty is not Certainty.UNSTATED:
            own = (texts.common, *(texts.own(each) for each in fact.where()))
            for field in ("statement", "short", "said_by"):
                if getattr(entry, field):
                    yield from _TextCheck(fact, field, fingerprints, (*fingerprints, *own), texts.lower_case).faults()


def _check_cited(fact: ParsedFact, texts: SourceTexts) -> Iterator[Fault]:
    for source, where in fact.where().items():
        fingerprint = texts.fingerprints.get(source)
        words = plain_words(where)
        if fingerprint is None or not words or has_all(fingerprint, words):
            continue
        missing = next((word for word in words if not fingerprint.has(word)), None)
        hint = "Copy them from the source as they are there."
        if missing is None:
            hint = f"The words are there, but not in this order. {hint}"
        else:
            hint = f"“{missing}” is not in the source at all. {hint}"
        message = f"The words {shown(where)} are not in {source}."
        yield fact.fault(Code.SOURCE_WORDS, message, hint, field=f"sources.{source}")


@dataclass(frozen=True)
class _TextCheck:
    """A text of a fact that readers see, the texts of its sources, and all that counts as written there."""

    fact: ParsedFact
    field: str
    fingerprints: tuple[Fingerprint, ...]
    known: tuple[Phrases, ...]
    lower_case: frozenset[str]

    @cached_property
    def text(self) -> str:
        return " ".join(getattr(self.fact.entry, self.field).split())

    @cached_property
    def words(self) -> list[SourceWord]:
        return read_words(self.text)

    @cached_property
    def derived(self) -> frozenset[str]:
        return frozenset(word for each in self.fact.entry.derived for word in plain_words(each))

    def faults(self) -> Iterator[Fault]:
        quoted = [(found.start(), found.end()) for found in _QUOTED.finditer(self.text)]
        yield from self._check_quotations()
        own = [word for word in self.words if not any(start < word.start < end for start, end in quoted)]
        yield from self._check_numbers(own)
        yield from self._check_names(own)
        yield from self._check_copied(quoted)

    def _has(self, words: Sequence[str]) -> bool:
        return any(has_all(each, words) for each in self.known)

    def _fault(self, code: Code, message: str, hint: str, words: str) -> Fault:
        return self.fact.fault_at(code, message, hint, self.field, words)

    def _check_quotations(self) -> Iterator[Fault]:
        for found in _QUOTED.finditer(self.text):
            inner = next(group for group in found.groups() if group is not None)
            parts = [plain_words(part) for part in re.split(r"…|\.\.\.|\[[^\]]*\]", inner)]
            if not all(self._has(part) for part in parts if part):
                hint = "Copy the words as they are there, or take the quotation marks away and use our own."
                message = f"{shown(inner)} is quoted, and none of the fact's sources has these words."
                yield self._fault(Code.QUOTATION_DIFFERS, message, hint, found[0].split()[0])

    def _check_numbers(self, words: Sequence[SourceWord]) -> Iterator[Fault]:
        for place, word in enumerate(words):
            if not (word.is_number or word.word in _ORDINALS) or word.word in self.derived:
                continue
            phrase = self._number(words, place)
            plain = [each.word for each in phrase]
            written = self.text[phrase[0].start : phrase[-1].end]
            if not self._has(plain):
                hint = "Correct it; or, where it follows from the sources, say how under `derived:`."
                message = f"{shown(written)} is in none of the fact's sources."
                yield self._fault(Code.NOT_IN_SOURCE, message, hint, written)
            elif word.is_number:
                yield from self._check_qualifier(phrase, plain, written)

    def _number(self, words: Sequence[SourceWord], place: int) -> list[SourceWord]:
        """Return a number with its currency before it, and its magnitude or month behind it."""
        first, last = place, place
        if place and words[place - 1].word in CURRENCIES:
            first = place - 1
        if place + 1 < len(words) and (words[place + 1].word in MAGNITUDES | _MONTHS):
            last = place + 1
        return list(words[first : last + 1])

    def _check_qualifier(self, phrase: Sequence[SourceWord], plain: Sequence[str], written: str) -> Iterator[Fault]:
        """Find a number that is qualified otherwise than in its sources: “over”, “at least” and “up to” differ."""
        given = qualifier_at(self.text, phrase[0].start, phrase[-1].end)
        meant = qualifiers_of(plain, self._is_written)
        is_exact = all(each.is_exact for each in self.fingerprints)
        said = ", ".join(f"“{with_number(each, written)}”" for each in meant.values())
        if not given and meant and is_exact:
            lost = with_number(next(iter(meant.values())), "").strip()
            message = f"The source says {said}; “{lost}” is lost here."
        elif given and kind_of(given) not in meant:
            told, word = with_number(given, written), with_number(given, "").strip()
            found = (
                f"the source says {said}" if meant and is_exact else f"none of the fact's sources says “{word}” there"
            )
            message = f"“{told}”: {found}."
        else:
            return
        yield self._fault(Code.QUALIFIER, message, "Write it as the source does.", written)

    def _is_written(self, words: Sequence[str]) -> bool:
        return any(has_all(each, words) for each in self.fingerprints)

    def _check_names(self, words: Sequence[SourceWord]) -> Iterator[Fault]:
        given = set(_explained(self.text))
        for place, word in enumerate(words):
            written = self.text[word.start : word.end]
            if not any(char.isupper() for char in written) or written in given or word.word in self.derived:
                continue
            has = self._has([word.word]) or self._has([f"{word.word}s"])
            if has or not self._is_name(words, place, written):
                continue
            message = f"{shown(written)} is in none of the fact's sources."
            hint = "Correct the name; or, where it follows from the sources, say how under `derived:`."
            yield self._fault(Code.NOT_IN_SOURCE, message, hint, written)

    def _is_name(self, words: Sequence[SourceWord], place: int, written: str) -> bool:
        """Whether a word with a capital letter is one for another reason than that it begins a sentence."""
        word = words[place]
        if written[1:] != written[1:].lower() or not _SENTENCE_START.search(self.text[: word.start]):
            return True
        following = words[place + 1] if place + 1 < len(words) else None
        is_pair = following is not None and self.text[word.end : following.start + 1].strip().isupper()
        if word.word in _PLAIN_OPENERS:
            return False
        return is_pair or not (word.word in self.lower_case or word.word.endswith(("ing", "ed", "ly")))

    def _check_copied(self, quoted: Iterable[tuple[int, int]]) -> Iterator[Fault]:
        """Find eight words in a row as a source has them; names and titles may be long."""
        spans = tuple(quoted)
        words = [word for word in self.words if not any(start < word.start < end for start, end in spans)]
        for place in range(len(words) - LONGEST):
            run = words[place : place + LONGEST + 1]
            capitals = sum(self.text[word.start].isupper() for word in run)
            is_one = self.text.find("“", run[0].start, run[-1].end) < 0
            plain = [word.word for word in run]
            if is_one and capitals * 2 < len(run) and any(has_all(each, plain) for each in self.fingerprints):
                written = self.text[run[0].start : run[-1].end]
                message = f"{shown(written)} is copied word for word from a source."
                yield self._fault(
                    Code.COPIED_WORDS, message, "Say it in our own words.", self.text[run[0].start : run[1].end]
                )
                return


def _explained(text: str) -> Iterator[str]:
    """Yield the acronyms in brackets behind the words that they are made of."""
    for found in _GIVEN.finditer(text):
        before = re.findall(r"[A-Za-z]+", text[: found.start()])[-10:]
        initials = "".join(
            word if word.isupper() else word[0] for word in before if word.lower() not in {"and", "of", "the", "for"}
        )
        acronym = re.sub(r"[^A-Za-z]", "", found[1])
        if initials.lower().endswith(acronym.lower()):
            yield from re.findall(r"[A-Za-z]+", found[1])
