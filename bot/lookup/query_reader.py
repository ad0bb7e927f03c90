"""Reads what an asker typed against one index: spelling, abbreviations, acronyms, names, and who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bot.lookup.language.amounts import join_words
from bot.lookup.language.lexicon import ABBREVIATIONS, COURTESY, FRAME_WORDS, FUNCTION_WORDS
from bot.lookup.language.spelling import is_plain, is_slip
from bot.lookup.language.text import words
from bot.lookup.language.tokens import Word, key_of
from bot.lookup.query import WHOLE_STORE, Match, Query, Term, TermKind, kind_of
from bot.lookup.questions import request_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.lookup.index import Index
    from bot.lookup.language.acronyms import Acronym
    from bot.lookup.language.spelling import Correction, Speller
    from bot.lookup.query import Name

_LOOKALIKES = str.maketrans("l01", "iol")
"""Letters and digits that look like others: openAl for OpenAI."""
_SPLIT_SHORTEST = 3
_SHORT_NAME = 5
_PREFIX_SHORTEST = 4
_PREFIX_KEYS = 8
_Named = TypeVar("_Named")


class Reader:
    """Reads queries against one index."""

    def __init__(
        self, index: Index, speller: Speller, names: Iterable[Name], other_names: Iterable[tuple[Name, str]]
    ) -> None:
        """Take the names of what the store, an area or a source is about, and other names for words of the facts."""
        self._index = index
        self._speller = speller
        names = tuple(names)
        self._frame = FRAME_WORDS | {form for name in names for form in name.forms}
        self._names = _by_first((name.keys, name) for name in names)
        self._acronyms: dict[str, list[Acronym]] = {}
        for acronym in index.acronyms:
            self._acronyms.setdefault(acronym.form, []).append(acronym)
        self._others = _by_first(
            (keys, (tuple(key_of(word.form) for word in words(name)), name))
            for other, name in other_names
            for keys in dict.fromkeys(
                (other.keys, tuple(key_of(ABBREVIATIONS.get(each, each)) for each in other.forms))
            )
        )
        self._meanings = _by_first((acronym.keys, acronym) for acronym in index.acronyms)

    def knows(self, form: str) -> bool:
        """Whether a fact, or a name of the store, an area or a source, holds a form in some writing."""
        key = key_of(form)
        return form in self._frame or self._index.facts_with(key) > 0 or key in self._others

    def read(self, text: str) -> Query:
        """Read a query. Any text is allowed; one of no words gives a query of no terms."""
        found = self._spelt_out(words(text))
        near = self._corrections(found)
        mended = self._mended(near)
        if mended:  # read anew: "£500 millipn" is no amount yet
            told = {word.raw: _in_case(mended[word.form], word.raw) for word in found if word.form in mended}
            found = self._spelt_out(words(" ".join(told.get(word.raw, word.raw) for word in found)))
        else:
            told = {}
        found = _now(found)
        if found and found[0].form == "us":  # a question hardly begins with the pronoun
            found[0] = found[0]._replace(form="US", is_fixed=True)
        terms = [Term(word, kind_of(word)) for word in request_in(found) if word.form not in COURTESY]
        for place, term in enumerate(terms):
            self._read_word(term, is_last=place == len(terms) - 1)
        for place in range(len(terms) - 1):
            self._read_joined(terms[place], terms[place + 1])
        self._read_runs([term for term in terms if term.kind is not TermKind.FUNCTION])
        for term in terms:
            if not term.is_known:
                self._correct(term, near.get(term.word.form, ()))
            term.is_needed = term.kind is TermKind.SUBJECT and WHOLE_STORE not in term.names
        return Query(tuple(terms), told)

    def _spelt_out(self, found: list[Word]) -> list[Word]:
        """Write common abbreviations out (dept), and compounds that only stand apart in facts as their words."""
        spelt: list[Word] = []
        for word in found:
            held = self._index.has_form(word.form)
            if not held and word.form in ABBREVIATIONS:
                spelt.append(word._replace(form=ABBREVIATIONS[word.form]))
            elif not held and len(word.parts) > 1 and self._stands_apart(word.parts):
                spelt += [each for part in word.parts for each in words(part)]
            elif len(word.parts) > 1 and not any(map(self._index.has_form, word.parts)):  # one word, broken
                spelt.append(word._replace(parts=()))
            elif not held and (meant := word.form.translate(_LOOKALIKES)) != word.form and self._index.has_form(meant):
                spelt.append(word._replace(form=meant))
            else:
                spelt.append(word)
        return join_words(spelt) if len(spelt) > len(found) else spelt

    def _stands_apart(self, parts: tuple[str, ...]) -> bool:
        """Whether every part of a compound is a word of the facts, or of a question's frame beside such a word."""
        held = list(map(self._index.has_form, parts))
        return any(held) and all(is_held or part in self._frame for part, is_held in zip(parts, held, strict=True))

    def _corrections(self, found: list[Word]) -> dict[str, Sequence[Correction]]:
        """Return what each unknown word may have been meant as; nothing for the start of a word at the end."""
        near = {word.form: self._speller.corrections(word.form) for word in found if self._is_unknown(word)}
        for word in found:
            if word.form in near:
                likely = [each for each in near[word.form] if _may_be(word, each)]
                names = [each for each in likely if word.raw[0].isupper() and not is_plain(each.form)]
                near[word.form] = names or likely
        last = found[-1].form if found else ""
        if last in near and len(last) >= _PREFIX_SHORTEST and self._index.keys_from(last, 1):
            del near[last]
        return near

    def _mended(self, near: Mapping[str, Sequence[Correction]]) -> dict[str, str]:
        """Return the words that are surely misspelt ones of a question's frame (which, million) or of the facts."""
        return {form: nearest[0].form for form, nearest in near.items() if nearest and self._is_sure(form, nearest)}

    def _is_sure(self, typed: str, nearest: Sequence[Correction]) -> bool:
        """Whether the first correction is likelier than all others that are another word."""
        first = nearest[0]
        if first.edits > 1:
            return False
        if first.form in FUNCTION_WORDS and sorted(typed) == sorted(first.form):
            return True  # teh: letters that changed places in one of the commonest words
        rank = is_slip(typed, first), first.keeps_first_letter
        return all(
            (is_slip(typed, other), other.keeps_first_letter) < rank or key_of(other.form) == key_of(first.form)
            for other in nearest[1:]
        )

    def _is_unknown(self, word: Word) -> bool:
        form = word.form
        return (
            not word.is_fixed
            and form.isalpha()
            and form not in self._frame
            and not self._index.facts_with(key_of(form))
        )

    def _read_word(self, term: Term, *, is_last: bool) -> None:
        index, word = self._index, term.word
        key = key_of(word.form)
        if index.facts_with(key):
            term.matches.append(Match((key,)))
        if word.parts:
            keys = tuple(map(key_of, word.parts))
            if all(map(index.facts_with, keys)):
                term.matches.append(Match(keys, 0.95, "joined"))
        if (whole := ABBREVIATIONS.get(word.form)) and index.facts_with(key_of(whole)):
            term.matches.append(Match((key_of(whole),), 0.9, "expanded"))
        for acronym in self._acronyms.get(word.form, ()):
            term.meaning = term.meaning or acronym.meaning
            term.matches.append(Match(acronym.keys, 0.9, "expanded", acronym.meaning))
        if not term.matches and not word.is_fixed and word.form.isalpha():
            term.matches += self._split(word.form)
            if is_last and not term.matches and len(word.form) >= _PREFIX_SHORTEST and not is_plain(word.form):
                term.matches += self._prefixed(word.form)

    def _split(self, form: str) -> list[Match]:
        for cut in range(_SPLIT_SHORTEST, len(form) - _SPLIT_SHORTEST + 1):
            before, after = form[:cut], form[cut:]
            if self._index.has_form(before) and self._index.facts_with(key_of(after)):
                return [Match((key_of(before), key_of(after)), 0.9, "joined")]
        return []

    def _prefixed(self, start: str) -> list[Match]:
        return [Match((key,), 0.8, "prefix") for key in self._index.keys_from(start, _PREFIX_KEYS)]

    def _read_joined(self, term: Term, following: Term) -> None:
        """Let "chat gpt" be ChatGPT where facts hold that."""
        joined = term.word.form + following.word.form
        if TermKind.FUNCTION not in (term.kind, following.kind) and self._index.has_form(joined):
            for half in (term, following):
                half.matches.append(Match((key_of(joined),), 0.95, "joined"))

    def _read_runs(self, terms: list[Term]) -> None:
        """Find names of the whole store, and the words that an acronym of a fact stands for."""
        keys = [key_of(term.word.form) for term in terms]
        for place, key in enumerate(keys):
            for run, acronym in self._meanings.get(key, ()):
                if tuple(keys[place : place + len(run)]) == run:
                    for term in terms[place : place + len(run)]:
                        term.matches.append(Match((acronym.form,), 0.9, "expanded"))
            for run, name in self._names.get(key, ()):
                if tuple(keys[place : place + len(run)]) == run:
                    for term in terms[place : place + len(run)]:
                        term.names.add(name.of)
            self._read_other_names(terms[place:], keys[place:])

    def _read_other_names(self, terms: list[Term], keys: list[str]) -> None:
        """Let another name at the beginning of these terms be what the facts call it."""
        for run, (name_keys, shown) in self._others.get(keys[0], ()):
            if tuple(keys[: len(run)]) == run:
                for term in terms[: len(run)]:
                    term.meaning = shown
                    term.matches.append(Match(name_keys, 0.9, "expanded", shown))

    def _correct(self, term: Term, near: Iterable[Correction]) -> None:
        for correction in near:
            if correction.form in FRAME_WORDS:  # it carries no subject
                continue
            factor = 0.8 if correction.keeps_first_letter else 0.7
            term.matches.append(
                Match((key_of(correction.form),), factor / correction.edits**0.5, "corrected", correction.form)
            )


def _now(found: list[Word]) -> list[Word]:
    """Read "these days" as one word that asks how things stand."""
    for place in range(len(found) - 1):
        if (found[place].form, found[place + 1].form) == ("these", "days"):
            return [*found[:place], Word("nowadays", "these days"), *found[place + 2 :]]
    return found


def _in_case(form: str, raw: str) -> str:
    return form.capitalize() if raw[0].isupper() else form


def _may_be(word: Word, correction: Correction) -> bool:
    """Whether a word may be a misspelt other one: a short name (Sora) is no English word with another letter (sort)."""
    is_short_name = word.raw[0].isupper() and len(word.form) <= _SHORT_NAME
    is_replaced = len(correction.form) == len(word.form) and sorted(correction.form) != sorted(word.form)
    return not (is_short_name and is_replaced and is_plain(correction.form))


def _by_first(named: Iterable[tuple[tuple[str, ...], _Named]]) -> dict[str, list[tuple[tuple[str, ...], _Named]]]:
    found: dict[str, list[tuple[tuple[str, ...], _Named]]] = {}
    for keys, thing in named:
        if keys:
            found.setdefault(keys[0], []).append((keys, thing))
    return found
