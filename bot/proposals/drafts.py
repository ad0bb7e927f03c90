"""Drafts: what stands in the form for a suggestion, prefilled from a message, a fact, a theme or a proposal."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 — pydantic resolves it
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.content.editing.changes import new_keywords
from bot.proposals.proposals import SuggestionError
from bot.proposals.suggestion import NOTHING, SuggestedSource, Suggestion, SuggestionKind, fields_of

if TYPE_CHECKING:
    from bot.content.models import Content
    from bot.proposals.proposal import Proposal
    from bot.proposals.suggestion import FactFields


class DraftField(StrEnum):
    """The form's fields in their order, by the names that a Suggestion has for them.

    The briefing's line follows the statement: whoever corrects the one has to see the other.
    """

    AREA = "area"
    STATEMENT = "statement"
    SHORT = "short"
    CERTAINTY = "certainty"
    SAID_BY = "said_by"
    SOURCE = "source_id"
    TITLE = "title"
    PUBLISHER = "publisher"
    PUBLISHED = "published"
    URL = "url"
    WORDS = "source_words"
    KEYWORDS = "keywords"
    WAS_RIGHT = "was_right"
    REASON = "reason"


WRONG: Final = "wrong"
RIGHT: Final = "right"
"""The choices of whether the fact was right in its time."""
NEW_SOURCE: Final = "+"
"""The choice of a source that we do not have yet; no source's id."""
_OF_SOURCE: Final = (DraftField.TITLE, DraftField.PUBLISHER, DraftField.PUBLISHED, DraftField.URL)
_TEXTS: Final = (DraftField.STATEMENT, DraftField.CERTAINTY, DraftField.SAID_BY, DraftField.SHORT)
_MISSING: Final = "Fill this in for a new source."
_ONLY_ADDED: Final = "Keywords are only added here: keep {gone}. To take one away, suggest a correction."
_ADDRESS: Final = "Write the address in full, from https:// on."


@dataclass(frozen=True, slots=True)
class ProposalDraft:
    """A form's values by field, and what it is about.

    `digest` is that of the fact's fields as the form shows them. `proposal_id` and `version` are those of a proposal
    that is edited; empty for a new one. `problems` has a sentence for each field that is wrong.
    """

    kind: SuggestionKind
    fact_id: str = ""
    values: Mapping[DraftField, str] = field(default_factory=dict)
    permalink: str = ""
    theme_id: str = ""
    digest: str = NOTHING.digest
    proposal_id: str = ""
    version: int = 0
    problems: Mapping[DraftField, str] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[DraftField, ...]:
        """The fields that are shown, in their order."""
        if self.kind is SuggestionKind.KEYWORDS:
            return DraftField.KEYWORDS, DraftField.REASON
        if self.kind in {SuggestionKind.WITHDRAWAL, SuggestionKind.CHECKED_ON}:
            return (DraftField.REASON,)
        hidden = () if self.values.get(DraftField.SOURCE) == NEW_SOURCE else _OF_SOURCE
        other = DraftField.WAS_RIGHT if self.kind is SuggestionKind.NEW else DraftField.AREA
        return tuple(each for each in DraftField if each not in {*hidden, other})

    @classmethod
    def new(
        cls, *, area: str = "", statement: str = "", keywords: str = "", permalink: str = "", theme_id: str = ""
    ) -> ProposalDraft:
        """Return the draft of a new fact, as far as something is known of it."""
        values = {DraftField.AREA: area, DraftField.STATEMENT: statement, DraftField.KEYWORDS: keywords}
        return cls(SuggestionKind.NEW, values=values, permalink=permalink, theme_id=theme_id)

    @classmethod
    def of_fact(cls, content: Content, fact_id: str, kind: SuggestionKind = SuggestionKind.CORRECTION) -> ProposalDraft:
        """Return the draft of a change of a fact. Raises KeyError for one that is not held."""
        now = fields_of(content, content.facts[fact_id].id)
        return cls(kind, fact_id, _values(content.facts[fact_id].area, now), digest=now.digest)

    @classmethod
    def of_proposal(cls, proposal: Proposal) -> ProposalDraft:
        """Return the draft that edits a proposal."""
        suggestion, source = proposal.suggestion, proposal.suggestion.new_source
        was = RIGHT if suggestion.was_right else WRONG
        asked = {DraftField.REASON: suggestion.reason, DraftField.WAS_RIGHT: was}
        values = _values(suggestion.area, proposal.after) | asked
        if suggestion.source_id:
            cited = {DraftField.SOURCE: suggestion.source_id, DraftField.WORDS: suggestion.source_words or ""}
            values |= cited
        if source:
            published = source.published.isoformat()
            values |= dict(zip(_OF_SOURCE, (source.title, source.publisher, published, source.url), strict=True))
            values[DraftField.SOURCE] = NEW_SOURCE
        return cls(
            suggestion.kind,
            proposal.fact_id,
            values,
            digest=proposal.base.digest,
            proposal_id=proposal.id,
            version=proposal.version,
        )

    def filled(self, values: Mapping[DraftField, str]) -> ProposalDraft:
        """Return the draft with what a person typed in place of what stood there."""
        return replace(self, values={**self.values, **values})


def suggestion_of(draft: ProposalDraft, base: FactFields, area: str, today: date) -> Suggestion:
    """Return what a draft suggests: only what differs from the fact's fields. Raises SuggestionError.

    `area` is that of the fact, for a draft that does not ask for it.
    """
    asked, values = draft.asked, {name: value.strip() for name, value in draft.values.items()}
    texts = {each.value: values.get(each, "") for each in _TEXTS if each in asked}
    changed = {name: value for name, value in texts.items() if value != getattr(base, name)}
    keywords = _keywords(values.get(DraftField.KEYWORDS, "")) if DraftField.KEYWORDS in asked else base.keywords
    if draft.kind is SuggestionKind.KEYWORDS and (gone := new_keywords(keywords, base.keywords)):
        raise SuggestionError({DraftField.KEYWORDS.value: _ONLY_ADDED.format(gone=", ".join(gone))})
    suggestion = Suggestion(
        draft.kind,
        values.get(DraftField.AREA, "") if DraftField.AREA in asked else area,
        draft.fact_id,
        statement=changed.get("statement"),
        certainty=changed.get("certainty"),
        said_by=changed.get("said_by"),
        short=changed.get("short"),
        keywords=keywords if keywords != base.keywords else None,
        checked_on=today if draft.kind is SuggestionKind.CHECKED_ON else None,
        was_right=values.get(DraftField.WAS_RIGHT) == RIGHT,
        reason=values.get(DraftField.REASON, ""),
        permalink=draft.permalink,
        theme_id=draft.theme_id,
    )
    source, words = values.get(DraftField.SOURCE, ""), values.get(DraftField.WORDS, "")
    if DraftField.SOURCE not in asked or not source or dict(base.sources).get(source) == words:
        return suggestion
    suggestion = replace(suggestion, source_words=words)
    if source == NEW_SOURCE:
        return replace(suggestion, new_source=_new_source(values))
    return replace(suggestion, source_id=source)


def _new_source(values: Mapping[DraftField, str]) -> SuggestedSource:
    title, publisher, published, url = (values.get(each, "") for each in _OF_SOURCE)
    problems: dict[str, str] = {each.value: _MISSING for each in _OF_SOURCE if not values.get(each)}
    if url and not url.startswith("https://"):
        problems[DraftField.URL.value] = _ADDRESS
    if problems:
        raise SuggestionError(problems)
    return SuggestedSource(title, publisher, date.fromisoformat(published), url)


def _keywords(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (each.strip() for each in text.replace("\n", ",").split(",")))))


def _values(area: str, fact: FactFields) -> dict[DraftField, str]:
    source, words = next(iter(fact.sources), ("", ""))
    return {
        DraftField.AREA: area,
        DraftField.STATEMENT: fact.statement,
        DraftField.CERTAINTY: fact.certainty,
        DraftField.SAID_BY: fact.said_by,
        DraftField.SHORT: fact.short,
        DraftField.SOURCE: source,
        DraftField.WORDS: words,
        DraftField.KEYWORDS: ", ".join(fact.keywords),
    }
