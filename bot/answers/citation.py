"""Facts as plain text to paste into a document, with statement, label, correction, sources and later facts; sources."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bot.errors import BriefingBotError
from bot.messages import Outcome, Reply, Subject
from bot.text import day, digest, escape, link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.answers.snapshot import RevisionSnapshot
    from bot.content.checks.reviews import DueReview
    from bot.content.models import Content, Fact

CLOSEST: Final = "The closest we hold:"
"""Ends the line above a fact that is only the closest one."""
_GONE = ("We no longer hold that fact.", "Ask again: /fact and a few words.")
_CHANGED = "This fact has changed since you read it. This is how it reads now."


@dataclass(frozen=True, slots=True)
class CopiedCitation:
    """A citation to copy; `note` says whether it has changed since it was read."""

    text: str
    note: str = ""


def citation(
    content: Content, facts: Iterable[Fact], above: str, due: Mapping[str, DueReview] = MappingProxyType({})
) -> str:
    """Return facts as they are pasted, below the line that says what they lack, when they are only the closest.

    `due` has, by the fact's id, the reviews that are past, of which those facts say so.
    """
    cited = (content.cited(fact, due[fact.id].line if fact.id in due else "") for fact in facts)
    return "\n\n".join((*([above] if above.endswith(CLOSEST) else ()), *cited))


def cite_value(subject: Subject, content: Content) -> str:
    """Return the value of the button that copies the citation of a subject's leading facts."""
    ids = tuple(each for each in subject.facts[: subject.leading] if each in content.facts)
    above = subject.above if subject.above.endswith(CLOSEST) else ""
    text = citation(content, (content.facts[each] for each in ids), above)  # as on any day, so that none changes it
    return Subject(facts=ids, leading=len(ids), above=above, digest=digest(text)).pack()


def copied(snapshot: RevisionSnapshot, value: str) -> CopiedCitation:
    """Return the citation that a button carries, as it reads now.

    Raises BriefingBotError for a fact that is gone, withdrawn or superseded, and for a value of another kind.
    """
    subject, held = Subject.unpack(value), snapshot.content.facts
    facts = [held[each] for each in subject.facts if each in held]
    if not facts:
        raise BriefingBotError(*_GONE)
    for fact in facts:
        if fact.withdrawn:
            raise BriefingBotError(
                f"The fact was withdrawn on {day(fact.withdrawn.on)}: {fact.withdrawn.why}", "Do not quote it."
            )
        if fact.superseded_by:
            raise BriefingBotError(
                "The fact was superseded.", f"Do not quote it; ask for {fact.superseded_by} instead."
            )
    is_same = digest(citation(snapshot.content, facts, subject.above)) == subject.digest
    text = citation(snapshot.content, facts, subject.above, snapshot.due)
    return CopiedCitation(text, "" if is_same else _CHANGED)


def sources(content: Content, value: str) -> Reply:
    """Return what facts cite, each source by its title, with a link to the cited words; `value` has the facts' ids.

    Raises BriefingBotError where none of them is held.
    """
    facts = [content.facts[each] for each in value.split() if each in content.facts]
    if not facts:
        raise BriefingBotError(*_GONE)
    return Reply(Outcome.RELATED, "\n\n".join("\n\n".join((escape(fact.statement), *_cited(fact))) for fact in facts))


def _cited(fact: Fact) -> Iterator[str]:
    for each in fact.citations:
        source = each.source
        yield f"- {link(source.title, each.link)}, {escape(source.publisher)}, published {source.published_on}"
