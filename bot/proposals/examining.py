"""Examines a suggestion: what `check` finds in the content with it, by field, and what would change for readers."""

from __future__ import annotations

import asyncio
import re
from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.config.maintainers import ONE_WORKSPACE
from bot.content.certainty import Certainty
from bot.content.editing.changes import EditError
from bot.content.faults import Severity
from bot.content.hedges import firm_words, hedge_in
from bot.content.memorandum import MEMORANDUM_FILE
from bot.content.questions import read_questions
from bot.errors import BriefingBotError
from bot.gaps.themes import questions_of
from bot.proposals.changes import change_of
from bot.proposals.proposal import LEADS_END
from bot.proposals.proposals import Examination
from bot.proposals.suggestion import SuggestionKind, fields_of, proposed
from bot.publishing.applying.candidate import candidate_of
from bot.publishing.comparing.changed_answers import Questions
from bot.publishing.impact_text import lead, sections
from bot.publishing.preview import preview
from bot.text import escape, link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.alerts.alerts import Alerts
    from bot.clock import Clock
    from bot.config.maintainers import Maintainers
    from bot.content.faults import Fault
    from bot.content.models import Content, Fact
    from bot.proposals.suggestion import Suggestion
    from bot.publishing.applying.candidate import Candidate
    from bot.publishing.content_check import ContentCheck
    from bot.store.database import Database

AREA: Final = "area"
STATEMENT: Final = "statement"
SOURCE: Final = "source_id"
REASON: Final = "reason"
"""Names of fields of a Suggestion, as problems name them."""
_FIELD: Final = re.compile(r"  ([a-z_]+):")
_NAMES: Final = {"sources": "source_words", "corrected": REASON, "withdrawn": REASON}
THEME_ASKED: Final = 5
"""Questions of a theme that the card lists."""
_LONGEST_PART: Final = 800
"""Characters of one part of a preview."""
_UNKNOWN_AREA: Final = "We hold no such area."
_UNKNOWN_FACT: Final = "We no longer hold that fact."
_NO_SOURCE: Final = "Choose the source that says so."
_UNKNOWN_SOURCE: Final = "That is not one of our sources. Choose one, or add a new one."
_NO_REASON: Final = "Say why: readers see it."
_NOTHING: Final = "Nothing is different from the fact as it is."
_NO_FOLDER: Final = "I have no content folder to check it in yet. Try again in a minute."
_NOT_COMPARED: Final = "Nothing was compared with the new source: read it before you approve."
_ELSEWHERE: Final = "Channels of other workspaces get an alert too; they are not listed here."
_IN_NO_BRIEFING: Final = "No briefing shows it until a maintainer lists it in the area’s briefing.yaml."


@dataclass(frozen=True, slots=True)
class ContentExaminer:
    """Examines suggestions in a copy of the content folder (Examiner).

    `folder` returns where the content is now; `maintainers` read the preview.
    """

    database: Database
    clock: Clock
    alerts: Alerts
    folder: Callable[[], Path]
    check: ContentCheck
    _: KW_ONLY
    maintainers: Maintainers = ONE_WORKSPACE

    async def examine(self, suggestion: Suggestion, content: Content) -> Examination:
        """Return the faults that it makes, by field; without any, what it would change."""
        problems = dict(_references(suggestion, content))
        base = fields_of(content, suggestion.fact_id)
        if not problems and proposed(base, suggestion) == base:
            problems = {STATEMENT: _NOTHING}
        if problems:
            return Examination(problems)
        folder = self.folder()
        if not (folder / MEMORANDUM_FILE).is_file():  # a clone of a repository before it was first fetched
            raise BriefingBotError(_NO_FOLDER)
        try:
            change = change_of(suggestion, base, content, self.clock.now().date())
            candidate = await asyncio.to_thread(candidate_of, folder, change, self.check)
        except EditError as error:
            return Examination({STATEMENT: str(error)})
        except OSError:
            raise BriefingBotError(_NO_FOLDER) from None
        if candidate.content is None:
            return Examination(_by_field(candidate, suggestion.fact_id))
        return Examination(preview=await self._previewed(candidate, candidate.content, folder, suggestion))

    async def _previewed(self, candidate: Candidate, after: Content, folder: Path, suggestion: Suggestion) -> str:
        """Return what would change as Markdown, each part of it bounded."""
        questions, _ = await asyncio.to_thread(read_questions, folder, after.facts)
        asked = Questions([each.ask for each in questions], theme=await self._of_theme(suggestion.theme_id))
        own = [each for each in candidate.faults if each.fact_id == suggestion.fact_id or each.file in candidate.after]
        impact = await preview(self.database, after, self.alerts, self.clock, questions=asked, faults=own)
        ours = tuple(each for each in impact.alerts or () if self.maintainers.are_in(each.place.team))
        has_others = len(ours) < len(impact.alerts or ())
        impact = replace(impact, alerts=ours if ours or not has_others else None)
        leads: list[str] = [*lead(impact), *([_ELSEWHERE] if has_others else [])]
        answers = tuple(each for each in impact.answers if each.is_always_shown or each.before != each.after)
        shown = replace(impact, edits=(), answers=answers)  # the card has the words that differ already
        parts = [_cut(f"**{each.title}**\n\n{each.markdown}") for each in sections(shown)]
        leads.append(parts.pop(0) if own else "The check finds no fault.")
        leads[:0] = _lost_hedges(after.facts[suggestion.fact_id])
        if suggestion.kind not in {SuggestionKind.KEYWORDS, SuggestionKind.WITHDRAWAL}:
            leads.append(_to_compare(after.facts[suggestion.fact_id]))
        if suggestion.new_source:
            leads.append(_NOT_COMPARED)
        if suggestion.kind is SuggestionKind.NEW:
            parts.insert(0, _IN_NO_BRIEFING)
        return LEADS_END.join("\n\n".join(each) for each in (leads, parts))

    async def _of_theme(self, theme_id: str) -> tuple[str, ...]:
        """Return the first questions of the theme that a suggestion answers."""
        if not theme_id:
            return ()
        async with self.database.reading() as connection:
            return (await questions_of(connection, theme_id))[:THEME_ASKED]


def _lost_hedges(fact: Fact) -> Iterator[str]:
    """Yield what the words cited for a fact hedge, where its statement has no hedge."""
    if hedge_in(fact.statement) or fact.certainty is Certainty.UNSTATED:
        return
    firm = ", ".join(f"“{each}”" for each in dict.fromkeys(firm_words(fact.statement, Certainty.INTENDED)))
    for cited in fact.citations:
        if hedge := hedge_in(cited.where):
            says = f"says {escape(firm)}" if firm else "has no hedge"
            yield f"**The source says “{escape(hedge)}”; the statement {says}.**"
            return


def _to_compare(fact: Fact) -> str:
    """Return what an approver compares: how certain the fact is, and its sources by their titles, with links."""
    cited = (
        link(f"{each.source.name}: {each.source.title}", each.link) + (f" “{escape(each.where)}”" if each.where else "")
        for each in fact.citations
    )
    return f"It is given as _{escape(fact.label)}_. Compare it with {' · '.join(cited)}"


def _references(suggestion: Suggestion, content: Content) -> Iterator[tuple[str, str]]:
    if suggestion.area not in {each.key for each in content.areas}:
        yield AREA, _UNKNOWN_AREA
    fact, kind = content.facts.get(suggestion.fact_id), suggestion.kind
    if kind is not SuggestionKind.NEW and (fact is None or not fact.is_current):
        yield STATEMENT, _UNKNOWN_FACT
    if kind in {SuggestionKind.CORRECTION, SuggestionKind.WITHDRAWAL} and not suggestion.reason.strip():
        yield REASON, _NO_REASON
    if kind is SuggestionKind.NEW and not suggestion.source_id:
        yield SOURCE, _NO_SOURCE
    if suggestion.source_id and not suggestion.new_source and suggestion.source_id not in content.sources:
        yield SOURCE, _UNKNOWN_SOURCE


def _by_field(candidate: Candidate, fact_id: str) -> dict[str, str]:
    """Return the errors in their own words, by the field that they are about; of other facts, on the first field."""
    found: dict[str, str] = {}
    for fault in candidate.faults:
        if fault.severity is Severity.ERROR:
            is_own = fault.fact_id == fact_id or (fault.fact_id is None and fault.file in candidate.after)
            field = _field_at(candidate.after.get(fault.file, ""), fault) if is_own else STATEMENT
            where = "" if is_own else f"{fault.file}:{fault.line}: "
            found[field] = f"{found.get(field, '')} {where}{fault.message} {fault.hint}".strip()
    return found


def _field_at(text: str, fault: Fault) -> str:
    """Return the field in whose lines a fault is."""
    for line in reversed(text.splitlines()[: fault.line]):
        if named := _FIELD.match(line):
            return _NAMES.get(named[1], named[1])
        if line and not line.startswith((" ", "#")):
            break
    return STATEMENT


def _cut(markdown: str) -> str:
    """Return the first lines of a part, and how many follow."""
    if len(markdown) <= _LONGEST_PART:
        return markdown
    kept = markdown[:_LONGEST_PART].rpartition("\n")[0]
    more = sum(bool(line.strip()) for line in markdown[len(kept) :].split("\n"))
    return f"{kept}\n\n{escape(f'and {more} more lines')}"
