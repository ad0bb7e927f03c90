"""Follow-ups: short questions about the fact that was answered last where they are asked, such as `and when?`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.alerts.posts import digest as digest_of
from bot.answers.citation import CLOSEST
from bot.answers.fact_parts import Part, names_other, part_asked, part_named, part_of, told, untold
from bot.answers.facts import look_up, show_facts
from bot.answers.intents import doubted_words
from bot.content.areas import plain_name
from bot.lookup.answer import LONGEST_QUERY
from bot.lookup.language.tokens import key_of
from bot.lookup.query import TermKind
from bot.messages import Outcome, Reply, Subject
from bot.text import MONTHS, day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.answers.snapshot import RevisionSnapshot
    from bot.content.models import Fact
    from bot.lookup.result import Answer

_ABOUT = re.compile(
    r"\W*(?:(?:and|but|so|ok|okay)\b\W*)?(?:(?:what|how) about|what of|and)\b\W*(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_POINTS = re.compile(
    r"\b(?:it(?! (?:true|correct|right|so|the case|possible|likely)\b)|its|they|their|them|he|she|his|her"
    r"|(?:this|that|these|those)(?=\W*\Z|\W+(?:is|are|was|were|will|would|could|may|does|did|has|have|mean|cost"
    r"|start|begin|end|last|agreed|due|final|fixed|\w+(?:ed|ing))\b))\b",
    re.IGNORECASE,
)
"""A pronoun: not "this memorandum", and not "is it true that"."""
_ASIDE = re.compile(r" ?\([^()]*\)|, [^,.;:]*,")
_FEW = 3
"""Words of the subject in a question that points back; one with more stands for itself."""
_NAME = re.compile(r"\b[A-Z](?:[\w&.-]*\w)?(?: [A-Z](?:[\w&.-]*\w)?)*")
_MOST_NAMES = 3
_MEMORANDUM = "The memorandum "
_COMMITS = {
    *("binding", "agreed", "decided", "settled", "final", "fixed", "official"),
    *("guaranteed", "guarantee", "commitment", "committed", "promise", "promised"),
}
"""What a fact may be found by and not say: it is answered only in a statement's own words."""
_UNSAID = "That fact does not say so."
_GONE = "We no longer hold the fact that I answered here. Ask again: a few words, such as a name or a topic."


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """The facts that were answered last, by id, with the digest of the wording shown; empty after another reply."""

    fact_digests: Mapping[str, str] = field(default_factory=dict)


def points_back(words: str) -> bool:
    """Whether words may be about the last answer: only then is it worth reading."""
    if len(words) > LONGEST_QUERY:
        return False
    return bool(part_asked(words) or _ABOUT.match(words) or _POINTS.search(words)) or doubted_words(words) == ""


def shown_again(snapshot: RevisionSnapshot, last: LastAnswer) -> Reply | None:
    """Show the facts of the last answer again; None where none is held."""
    held = tuple(each for each in last.fact_digests if each in snapshot.content.facts)
    return show_facts(snapshot, Subject(facts=held, leading=len(held))) if held else None


def follow_up(snapshot: RevisionSnapshot, words: str, last: LastAnswer) -> Reply | None:
    """Answer words that name no subject from the last answer; None for other words, or without a last answer.

    Words such as "when does it end?" name one where the last answer says nothing of an end.
    """
    part = part_asked(words)
    if part is None or not last.fact_digests:
        return None
    held = [snapshot.content.facts[each] for each in last.fact_digests if each in snapshot.content.facts]
    if not held:
        return Reply(Outcome.NOTICE, "", note=_GONE)
    shown = [_now(snapshot, fact) for fact in held]
    apt = [number for number, fact in enumerate(shown) if not names_other(words, part, fact)]
    if not apt and _subjects(snapshot, words):
        return None
    place = next((number for number in apt if told(shown[number], part)), apt[0] if apt else 0)
    since, fact = _since(held[place], last), shown[place]
    if not apt:
        return show_facts(snapshot, Subject(facts=(fact.id,), above=" ".join(filter(None, (since, _UNSAID)))))
    return _answered(snapshot, fact, part_of(fact, part, words), since)


def in_context(snapshot: RevisionSnapshot, words: str, last: LastAnswer) -> Reply | None:
    """Answer a question that points back ("when will it open", "what about Wales") with the last fact as its context.

    None for one that stands for itself, and where its context finds nothing more. What only a pronoun is the subject of
    is answered by the last fact, or by one that has its name; any other is the closest.
    """
    fact = next((snapshot.content.facts[each] for each in last.fact_digests if each in snapshot.content.facts), None)
    about = _ABOUT.match(words)
    asked = about["rest"] if about else words
    points = bool(_POINTS.search(asked) or part_asked(words))
    if fact is None or not (about or points) or not 0 < len(_subjects(snapshot, asked)) <= _FEW:
        return None
    alone = snapshot.lookup.ask(asked)
    if about and not points and alone.outcome == "answer":
        return look_up(snapshot, asked, corrects=True)
    part = part_named(plain_name(asked))
    part = None if part is Part.FIRM else part
    if part and _holds(alone, fact) and fact.is_current and _says(snapshot, fact, asked) and told(fact, part):
        return _answered(snapshot, fact, part, _since(fact, last))
    for name in _names(snapshot, fact):
        if _is_answered(snapshot, asked, name, part):
            return look_up(snapshot, f"{asked} {name}", corrects=True)
    first = alone.facts[0].fact if alone.outcome == "answer" and points else None
    is_last = first is not None and first.id == fact.id
    if first is None or (is_last and (not _is_exact(asked, part) or _says(snapshot, fact, asked))):
        return None
    return show_facts(snapshot, Subject(facts=(first.id,), above=_UNSAID if is_last else f"{_UNSAID} {CLOSEST}"))


def _subjects(snapshot: RevisionSnapshot, asked: str) -> set[str]:
    """Return the keys of the words that name a subject; none for a question that is too long to be read."""
    terms = snapshot.lookup.read(asked).terms if len(asked) <= LONGEST_QUERY else ()
    return {key_of(term.word.form) for term in terms if term.kind is TermKind.SUBJECT}


def _says(snapshot: RevisionSnapshot, fact: Fact, asked: str) -> bool:
    """Whether a statement itself has what a question names: what it may be found by says less."""
    return _subjects(snapshot, asked) <= {key_of(each) for each in plain_name(fact.statement).split()}


def _is_exact(asked: str, part: Part | None) -> bool:
    """Whether only a statement's own words answer a question: one for a time, or for a commitment."""
    return part is Part.WHEN or not _COMMITS.isdisjoint(plain_name(asked).split())


def _is_answered(snapshot: RevisionSnapshot, asked: str, name: str, part: Part | None) -> bool:
    """Whether a question together with a name finds a fact of that name that says what is asked."""
    named = snapshot.lookup.ask(f"{asked} {name}")
    if named.outcome != "answer" or name not in (found := named.facts[0].fact).statement:
        return False
    is_exact = name in _MEMORANDUM or _is_exact(asked, part)
    return (not part or bool(told(found, part))) and (not is_exact or _says(snapshot, found, asked))


def _answered(snapshot: RevisionSnapshot, fact: Fact, part: Part, since: str) -> Reply:
    """Show a fact whole below what it says on a part; where it says nothing, another that does, as the closest."""
    if line := told(fact, part):
        above = " ".join(filter(None, (since, line)))
        return replace(show_facts(snapshot, Subject(facts=(fact.id,), above=above)), outcome=Outcome.ANSWER)
    line = untold(fact, part)
    if fact.is_current and not since and (other := _elsewhere(snapshot, fact, part)):
        return show_facts(snapshot, Subject(facts=(other.id,), above=f"{line} {CLOSEST}"))
    return show_facts(snapshot, Subject(facts=(fact.id,), above=" ".join(filter(None, (since, line)))))


def _elsewhere(snapshot: RevisionSnapshot, fact: Fact, part: Part) -> Fact | None:
    """Return another fact that answers the part for what the last one's statement is about; its values are left out."""
    terms = snapshot.lookup.read(_ASIDE.sub(" ", fact.statement)[:LONGEST_QUERY]).terms
    subject = [
        term.word
        for term in terms
        if term.kind is TermKind.SUBJECT and not term.is_of_a_day and not any(map(str.isdigit, term.word.form))
    ]
    for chosen in (subject, [word for word in subject if not word.raw[0].isupper()]):
        words = " ".join((part.value, *(word.raw for word in chosen)))
        answer = snapshot.lookup.ask(words[:LONGEST_QUERY])
        for found in answer.facts if answer.outcome == "answer" and len(chosen) > 1 else ():
            if found.fact.id != fact.id and found.fact.area == fact.area and told(found.fact, part):
                return found.fact
    return None


def _now(snapshot: RevisionSnapshot, fact: Fact) -> Fact:
    """Return the fact that superseded one, at the end of the row, else the fact itself."""
    facts = snapshot.content.facts
    while fact.superseded_by and (instead := facts.get(fact.superseded_by)) is not None:
        fact = instead
    return fact


def _since(fact: Fact, last: LastAnswer) -> str:
    """Say what became of a fact since it was answered; empty when it reads as it did."""
    if fact.withdrawn:
        return f"That fact was withdrawn on {day(fact.withdrawn.on)}: do not quote it."
    if fact.superseded_by:
        return "The fact that I answered here was superseded by this one."
    if last.fact_digests[fact.id] == digest_of(fact):
        return ""
    return (
        "That fact was corrected since I answered here."
        if fact.corrected
        else "That fact has changed since I answered here."
    )


def _holds(answer: Answer, fact: Fact) -> bool:
    """Whether a fact is among those that hold all the words."""
    held = (*(found.fact for found in answer.facts), *answer.further) if answer.outcome == "answer" else ()
    return any(each.id == fact.id for each in held)


def _names(snapshot: RevisionSnapshot, fact: Fact) -> Iterator[str]:
    """Yield the first names in a statement, what it is about, without those of the whole store: the parties'."""
    if fact.statement.startswith(_MEMORANDUM):
        yield _MEMORANDUM.split()[1]
    places = told(fact, Part.WHERE)
    found = [
        name
        for name in _NAME.findall(fact.statement)
        if name not in places and not set(name.split()).intersection(MONTHS)
    ]
    for name in dict.fromkeys(found[:_MOST_NAMES]):
        if any(term.kind is TermKind.SUBJECT and not term.names for term in snapshot.lookup.read(name).terms):
            yield name
