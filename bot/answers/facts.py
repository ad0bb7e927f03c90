"""Replies to look-ups: facts as an answer or as the closest ones held, or that nothing is held."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.actions import Action, Choice
from bot.answers.citation import CLOSEST, cite_value
from bot.answers.snapshot import FactsKey
from bot.errors import BriefingBotError
from bot.lookup.answer import LONGEST_QUERY, TOO_LONG
from bot.lookup.reasons import shown_instead
from bot.messages import Outcome, Reply, Subject
from bot.text import day, digest, escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bot.answers.snapshot import RevisionSnapshot
    from bot.content.checks.reviews import DueReview
    from bot.content.models import Content, Fact
    from bot.lookup.result import Answer

TELL_ME: Final = "Tell me if answered"
_OF_NOW = re.compile(
    r"\A\W*(?:is|are|does|do|has|have|can)(?:n['’]t)?\b"
    r"|\A\W*(?:who|what|where|which|how)(?: \w+){0,2} (?:is|are|does|do|has)\b"
    r"|\b(?:now|currently|today|still|yet|at present)\b",
    re.IGNORECASE,
)
"""A question in the present tense."""
_WHY_NOT = "We will not hold this:"


def look_up(snapshot: RevisionSnapshot, words: str, *, corrects: bool) -> Reply:
    """Return what the look-up finds, or an honest no; words that are too long for it are refused."""
    if len(words) > LONGEST_QUERY:
        return Reply(Outcome.REFUSAL, "", note=TOO_LONG)
    named = snapshot.content.facts.get(words.strip())
    if named is not None and not named.is_current:
        return show_facts(snapshot, Subject(facts=(named.id,)))
    answer = snapshot.lookup.ask(words)
    if answer.outcome == "no_answer":
        return _nothing_held(snapshot, answer, _awaited(words))
    if answer.corrected and not corrects:
        # A word is only ever corrected when no fact holds it: as typed, it finds nothing.
        typed = ", ".join(f"“{word}”" for word in answer.corrected)
        return _nothing_held(snapshot, replace(answer, reason=f"No fact mentions {typed}."))
    choices: list[Choice] = []
    if answer.further:
        choices.append(Choice(Action.MORE, "More related facts", f"{len(answer.facts)} {words}"))
    if answer.corrected:
        choices.append(Choice(Action.VERBATIM, "Search as typed", answer.query))
    ids = tuple(scored.fact.id for scored in answer.facts)
    if answer.outcome == "closest":
        subject = Subject(facts=ids, leading=answer.leading, above=f"{answer.reason} {CLOSEST}")
        note = shown_instead(answer.corrected, answer.expanded)
        if answer.premise is None:  # else the fact does answer: with what the question has wrong
            choices.append(_awaited(words))
        return replace(show_facts(snapshot, subject), note=note, choices=tuple(choices))
    subject = Subject(facts=ids, leading=answer.leading)
    note = " ".join(filter(None, (answer.reason, held_until(snapshot.content, answer, words))))
    return replace(show_facts(snapshot, subject), note=note, choices=tuple(choices))


def with_reason(reply: Reply, reason: str) -> Reply:
    """Return a no-answer with the reason why its question is not for us: below its first paragraph.

    It stands above a fact that is only the closest one. There is nothing to wait for then.
    """
    if not reason:
        return reply
    reply = replace(reply, choices=tuple(each for each in reply.choices if each.ask is not Action.AWAIT))
    if reply.outcome is not Outcome.NO_ANSWER:
        return replace(reply, markdown=f"{_WHY_NOT} {escape(reason)}\n\n{reply.markdown}")
    first, apart, rest = reply.markdown.partition("\n\n")
    return replace(reply, markdown=f"{first}\n\n{_WHY_NOT} {escape(reason)}{apart}{rest}")


def held_until(content: Content, answer: Answer, words: str) -> str:
    """Return until when the facts go, where somebody asks what is so now and nothing later is held.

    Empty for what is only the closest fact, and where a fact beside the answer is a later one.
    """
    fact, position = answer.facts[0].fact, content.memorandum.position_on
    if answer.outcome != "answer" or any(_month(each.fact.as_of) > _month(position) for each in answer.facts):
        return ""
    if fact.since or _month(fact.as_of) != _month(position) or not _OF_NOW.search(words):
        return ""
    return f"As of {day(position).partition(' ')[2]}; we hold nothing later."


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def show_facts(snapshot: RevisionSnapshot, subject: Subject) -> Reply:
    """Return facts as an answer, rendered once a revision and day; each time below a line on what was asked."""
    if subject.above:
        return _render(snapshot, subject)
    key = FactsKey(subject.leading, subject.facts)
    return snapshot.replies.get(key) or snapshot.keep(key, _render(snapshot, subject))


def _render(snapshot: RevisionSnapshot, subject: Subject) -> Reply:
    """Render facts as an answer: the leading ones whole, the others, while they are served, as related."""
    ids, facts = subject.facts, snapshot.content.facts
    if not ids or ids[0] not in facts:
        raise BriefingBotError("We no longer hold that fact.", "Ask again: /fact and a few words.")
    leading = [facts[each] for each in ids[: subject.leading] if each in facts]
    related = tuple(facts[each] for each in ids[subject.leading :] if each in facts and facts[each].is_current)
    markdown = _answers(snapshot, leading, related, subject.above, snapshot.due)
    is_due = any(fact.id in snapshot.due for fact in leading)
    # What stands for the words is the same on any day: that a review is due makes no other answer of it.
    undated = _answers(snapshot, leading, related, subject.above, {}) if is_due else markdown
    outcome = Outcome.CLOSEST if subject.above else Outcome.ANSWER
    cite = cite_value(subject, snapshot.content)
    shown = replace(subject, digest=digest(undated))
    return Reply(outcome, markdown, shown, revision=snapshot.revision.number, cite=cite)


def _answers(
    snapshot: RevisionSnapshot,
    leading: Sequence[Fact],
    related: Sequence[Fact],
    above: str,
    due: Mapping[str, DueReview],
) -> str:
    areas = {area.key: area for area in snapshot.content.areas}
    return "\n\n".join(
        snapshot.renderer.page(
            "answer",
            fact=fact,
            related=() if fact is not leading[-1] else related,
            area=areas[fact.area],
            above=above if fact is leading[0] else "",
            review_due=due[fact.id].due_on if fact.id in due else None,
        )
        for fact in leading
    )


def _awaited(words: str) -> Choice:
    return Choice(Action.AWAIT, TELL_ME, words)


def _nothing_held(snapshot: RevisionSnapshot, answer: Answer, *others: Choice) -> Reply:
    """Say that nothing is held, why, and what is near."""
    told = {"query": answer.query, "reason": answer.reason, "suggestions": answer.suggestions}
    markdown = snapshot.renderer.page("no-answer", **told)
    choices = tuple(
        Choice(Action.FACT, f"Show {number}", near.fact_id) for number, near in enumerate(answer.suggestions, start=1)
    )
    return Reply(Outcome.NO_ANSWER, markdown, choices=(*choices, *others))
