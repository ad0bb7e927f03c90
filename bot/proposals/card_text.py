"""The text of a proposal's card: what nobody may miss comes first, whole; long fields are shortened where they must be.

A card that leaves something out says what, and where it can be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.changes.detect import marked
from bot.changes.word_diff import compare
from bot.content.certainty import Certainty
from bot.content.hedges import firm_words
from bot.proposals.proposal import LEADS_END
from bot.proposals.suggestion import SuggestionKind
from bot.text import day, escape, escape_lines, link

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.proposals.proposal import Proposal
    from bot.proposals.suggestion import FactFields, SuggestedSource

_SHORTENED: Final = (300, 60)
"""Characters to which long fields are cut, one after the other, until the rest fits."""
_TITLES: Final = {
    SuggestionKind.NEW: "A new fact is proposed",
    SuggestionKind.CORRECTION: "A correction is proposed",
    SuggestionKind.WITHDRAWAL: "A withdrawal is proposed",
    SuggestionKind.KEYWORDS: "Keywords are proposed",
    SuggestionKind.CHECKED_ON: "A fact is said to be still right",
}
_WAS_RIGHT: Final = "It was right in its time: channels get an alert, and nothing that was posted is corrected."
_FIELDS: Final = {
    "statement": "Statement",
    "certainty": "Certainty",
    "said_by": "Whose words",
    "short": "Briefing’s line",
    "checked_on": "Last check",
}
_LISTS: Final = {"sources": "Sources", "keywords": "Keywords"}


def card_text(proposal: Proposal, longest: int | None = None) -> str:
    """Return what is proposed, by whom and why, as Markdown of at most so many characters; without a number, all."""
    leads, _, rest = proposal.preview.partition(LEADS_END)
    head = _head(proposal, leads, None)
    text = "\n\n".join(filter(None, (head, rest)))
    if longest is None or len(text) <= longest:
        return text
    for most in (None, *_SHORTENED):
        shorter = _head(proposal, leads, most)
        left_out = "what readers would see" if shorter == head else "parts of long fields, and what readers would see"
        cut = f"\n\n**Left out here:** {left_out}. To read all: **briefing-bot proposals show {proposal.id[:8]}**"
        room = longest - len(shorter) - len(cut) - len("\n\n…\n\n")
        if room >= 0:
            kept = rest[:room].rpartition("\n")[0].rstrip()
            return shorter + (f"\n\n{kept}\n\n…" if kept else "") + cut
    return shorter[: longest - len(cut)].rpartition("\n")[0] + cut


def differences(before: FactFields, after: FactFields, most: int | None = None) -> Iterator[str]:
    """Yield a line of Markdown for each field that differs: its words, those that differ in bold.

    Of sources and keywords, those that come and go, in at most so many characters.
    """
    for name, label in _FIELDS.items():
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        one, other = compare(old, new)
        if not old:
            yield f"{label}: {escape(new)}"
        elif not new:
            yield f"{label}: {marked(one)} → none"
        else:
            yield f"{label}: {marked(one)} → {marked(other)}"
    for name, label in _LISTS.items():
        held, wanted = (tuple(map(_item, getattr(each, name))) for each in (before, after))
        come = [each for each in wanted if each not in held]
        gone = [each for each in held if each not in wanted]
        told = (("added", come), ("gone", gone)) if held else (("", come),)
        if parts := [f"{what} {_listed(words, most)}".lstrip() for what, words in told if words]:
            yield f"{label}: {'; '.join(parts)}"


def _head(proposal: Proposal, leads: str, most: int | None) -> str:
    """Return all but what would change for readers; what people may write at length has at most so many characters."""
    suggestion, before, after = proposal.suggestion, proposal.base, proposal.after
    name = escape(proposal.author.name)
    lines = "\n".join(f"- {line}" for line in differences(before, after, most))
    parts = [
        f"**{_TITLES[suggestion.kind]}** by {name}: {escape(proposal.fact_id)}, in {escape(suggestion.area)}",
        leads,
        f"It says: {escape(after.statement)}" * (before.statement == after.statement != ""),
        lines,
        f"Why: {escape_lines(_cut(suggestion.reason, most))}" * bool(suggestion.reason),
        _source(suggestion.new_source, most) if suggestion.new_source else "",
        _WAS_RIGHT * suggestion.was_right,
        link("The message that led to it", suggestion.permalink) * bool(suggestion.permalink),
    ]
    return "\n\n".join(part for part in parts if part)


def _source(source: SuggestedSource, most: int | None) -> str:
    title, publisher, address = (_cut(each, most) for each in (source.title, source.publisher, source.url))
    return f"New source: {escape(f'{title}, {publisher}, {day(source.published)}, {address}')}"


def _item(each: str | tuple[str, str]) -> str:
    if isinstance(each, str):
        return each
    source_id, words = each
    return f"{source_id} “{words}”" if words else source_id


def _listed(words: Sequence[str], most: int | None) -> str:
    """Return words with commas, those first that promise; then how many more there are."""
    first = sorted(words, key=lambda each: not firm_words(each, Certainty.INTENDED))
    shown = len(first)
    while most is not None and shown > 1 and len(", ".join(first[:shown])) > most:
        shown -= 1
    more = f" and {len(first) - shown} more" if shown < len(first) else ""
    return f"{escape(', '.join(_cut(each, most) for each in first[:shown]))}{more}"


def _cut(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else f"{text[:most]}…"
