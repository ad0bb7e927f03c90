"""Compare a message with the facts, sentence by sentence: the fact on its subject, and where the message is firmer.

No verdict is given: each sentence is looked up like a question, and the reader compares the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.answers.claim_parts import halves, together
from bot.content.certainty import Certainty
from bot.content.hedges import firm_words, is_as_careful, is_negated, loses_exploring
from bot.lookup.answer import LONGEST_QUERY, NOTHING_TO_FIND
from bot.messages import Outcome, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.answers.snapshot import RevisionSnapshot
    from bot.content.models import Fact

MOST_SENTENCES: Final = 10
"""Sentences of one message that are checked; the others are counted."""
MOST_CHARACTERS: Final = 40_000
"""Characters of one message that are read: Slack keeps no more (Slack: chat.postMessage, `text`)."""

_ENDS = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"'”’)\]]))\s+(?=[\"'“‘(\[]?[A-Z0-9£$€])")
_ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|Rt|Hon|St|No|Nos|vs|cf|e\.g|i\.e|etc|[A-Z])\.\Z")
_NUMBER = re.compile(r"\A\d{1,2}\.\Z")
_MARK = re.compile(r"\A(?:[-*–•▪‣◦>]+|\d{1,2}[.)])\s+")
_WORD = re.compile(r"[^\W\d_]")
_CLAUSE = re.compile(r"[:;]")
_NO_WORDS = "This message has no words that could be checked. Pictures and files are not read."
_NO_SUBJECT = "Nothing in this message names a subject that could be looked up."
_HALF = "Only a part is held: nothing on “{words}”. {reason}"
_DENIES = "The sentence says “not”, or the like; the fact does not."
_ASSERTS = "The fact says “not”, or the like; the sentence does not."
_EXPLORED = "The fact says that this is to be explored; the sentence does not."
_CARELESS = {
    Certainty.POSSIBLE: "The sentence has no hedge; the fact is only possible.",
    Certainty.INTENDED: "The sentence has no word of intent; the fact is intent, and not binding.",
    Certainty.FORECAST: "The sentence does not say that it is a forecast, or whose.",
    Certainty.SAID: "The sentence does not say whose words these are.",
}


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence with the facts that hold it together, mostly one, for templates/check.md.j2.

    `is_near`: the fact lacks something. `reason` says what no fact has, of the sentence or of a half of it. Without a
    fact, none is on the subject. `remarks` say where the sentence is firmer than a fact.
    """

    words: str
    facts: tuple[Fact, ...]
    is_near: bool
    reason: str
    remarks: tuple[str, ...]

    @property
    def fact(self) -> Fact | None:
        """The first fact: pages of an older content folder show it alone."""
        return self.facts[0] if self.facts else None


def check_message(snapshot: RevisionSnapshot, words: str) -> Reply:
    """Compare a message, as plain text, with the facts."""
    found = sentences(words)
    if not found:
        return Reply(Outcome.CHECK, "", note=_NO_WORDS)
    checked = [each for each in (_check_sentence(snapshot, each) for each in found[:MOST_SENTENCES]) if each]
    if not checked:
        return Reply(Outcome.CHECK, "", note=_NO_SUBJECT)
    left_out = max(0, len(found) - MOST_SENTENCES)
    return Reply(Outcome.CHECK, snapshot.renderer.page("check", assertions=checked, left_out=left_out))


def sentences(words: str) -> tuple[str, ...]:
    """Return the sentences of a text, each on one line and without a list's mark; what has no words is left out."""
    found: list[str] = []
    for piece in _pieces(words):
        sentence = _MARK.sub("", " ".join(piece.split()))
        if _WORD.search(sentence):
            found.append(sentence)
    return tuple(found)


def _pieces(words: str) -> Iterator[str]:
    """Yield the text between ends of sentences; the dot of an abbreviation, or of a list's number, ends none."""
    for line in words[:MOST_CHARACTERS].splitlines():
        begun: list[str] = []
        for piece in _ENDS.split(line.strip()):
            is_number = not begun and _NUMBER.match(piece)
            begun.append(piece)
            if not is_number and not _ABBREVIATED.search(piece):
                yield " ".join(begun)
                begun = []
        yield " ".join(begun)


def _check_sentence(snapshot: RevisionSnapshot, sentence: str) -> CheckedSentence | None:
    """Look one sentence up; None for one that names no subject, such as a greeting.

    What is too long for the look-up is cut, and shown as it was looked up.
    """
    if len(sentence) > LONGEST_QUERY:
        sentence = f"{_cut(sentence, LONGEST_QUERY - 1)}…"
    answer = snapshot.lookup.ask(sentence)
    if answer.outcome == "answer":
        return _held(sentence, [(sentence, found.fact) for found in answer.facts[: answer.leading]])
    if answer.reason == NOTHING_TO_FIND:
        return None
    if pair := together(snapshot.lookup, sentence):
        return _held(sentence, [(sentence, fact) for fact in pair])
    if parted := halves(snapshot.lookup, sentence):
        held = [(half.words, half.fact) for half in parted if half.fact]
        reasons = [_HALF.format(words=half.words, reason=half.reason).rstrip() for half in parted if not half.fact]
        return _held(sentence, held, " ".join(reasons))
    near = snapshot.lookup.nearest(sentence)
    firmer = tuple(_remarks(sentence, near)) if near else ()
    facts = (near,) if near else ()
    return CheckedSentence(sentence, facts, is_near=near is not None, reason=answer.reason, remarks=firmer)


def _held(sentence: str, held: list[tuple[str, Fact]], reason: str = "") -> CheckedSentence:
    """Return a sentence whose words, or whose halves, are held by facts."""
    facts = tuple({fact.id: fact for _, fact in held}.values())
    remarks = [remark for words, fact in held for remark in _remarks(words, fact)]
    opposite = [tuple(_opposite(words, fact)) for words, fact in held]
    if all(opposite) or held[0][0] != sentence:  # of two facts for the same words, one may say their "not"
        remarks += [remark for each in opposite for remark in each]
    return CheckedSentence(sentence, facts, is_near=False, reason=reason, remarks=tuple(dict.fromkeys(remarks)))


def _cut(sentence: str, longest: int) -> str:
    """Return the beginning of a sentence, whole words of it if it has any."""
    return sentence[:longest].rpartition(" ")[0] or sentence[:longest]


def _remarks(sentence: str, fact: Fact) -> Iterator[str]:
    """Yield where a sentence is firmer than a fact; a question claims nothing."""
    if sentence.endswith("?"):
        return
    if firm := firm_words(sentence, fact.certainty):
        words = " and ".join(f"“{word}”" for word in dict.fromkeys(firm))
        yield f"{words} {'sounds' if len(firm) == 1 else 'sound'} firmer than the fact: {fact.label}."
    elif not is_as_careful(sentence, fact.certainty):
        yield _CARELESS[fact.certainty]
    elif loses_exploring(sentence, fact.statement):
        yield _EXPLORED


def _opposite(sentence: str, fact: Fact) -> Iterator[str]:
    """Yield which of the two alone says "not"; what a fact adds behind a colon is its own matter."""
    if fact.certainty is Certainty.UNSTATED or sentence.endswith("?"):
        return
    denies = is_negated(sentence)
    if denies is not is_negated(_CLAUSE.split(fact.statement)[0]):
        yield _DENIES if denies else _ASSERTS
