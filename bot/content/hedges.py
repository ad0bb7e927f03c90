"""Checks wording by closed lists: words firmer than a fact's certainty, numbers that differ, lost subjects.

Each text is checked by itself, since an answer shows the statement and a briefing the short form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.content.certainty import Certainty
from bot.content.faults import Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.content.entries import FactEntry
    from bot.content.faults import Problem

_HEDGES = (
    r"might|could|can|would|perhaps|whether|possibl[ey]|possibilit(?:y|ies)|potentially"
    r"|explor(?:e[sd]?|ing|ation)|consider(?:s|ed|ing)?|look(?:s|ed|ing)? (?:at|into)"
    r"|(?<!'s )(?<!’s )(?<!\bits )(?<!transformative )potential(?! of\b)"
)
_HEDGE = re.compile(rf"\b(?i:{_HEDGES})\b|\bmay\b|\AMay(?= [a-z])")
"""The month of May is not a hedge, nor is the potential of AI."""
_OPEN = re.compile(r"\b(?:might|could|perhaps|may)\b")
"""A hedge that leaves the exploring open too."""
_FLAT_HEDGE = re.compile(
    r"\b(?i:might|could|perhaps|possibly|potentially|explor(?:e[sd]?|ing)|look(?:s|ed|ing)? (?:at|into|to)"
    r"|consider(?:s|ed|ing)?)\b|\bmay\b"
)
"""A hedge that no firm sentence has; “would” and “whether” may be in one."""
_CITED_HEDGE = re.compile(
    rf"{_FLAT_HEDGE.pattern}|\b(?i:potential(?! of\b)|possible|(?:is|are) (?:expected|likely)|expected to|set to)\b"
)
"""A hedge in words cited for a fact: they alone do not carry what is labelled Stated."""
_CARRIED = frozenset({Certainty.STATED, Certainty.INTENDED, Certainty.POSSIBLE})
_INTENT = re.compile(
    r"\b(?:inten[dt]\w*|(?:is|are|was|were) (?:also )?to|(?<!action )plan(?:s|ned|ning)?|aim(?:s|ed|ing)?|meant"
    r"|sets? out|setting out|seek(?:s|ing)?|sought|visions?|goals?|support(?:s|ed|ing)?|hop(?:es?|ed|ing)"
    r"|wants?|wish(?:es)?|propos(?:es?|ed|als?)|purposes?|objectives?|ambitions?|missions?)\b",
    re.IGNORECASE,
)
_PREDICTION = re.compile(
    r"\b(?:forecasts?|forecasting|predict\w*|expect\w*|set to|would|could|should|likely|estimat\w*|anticipat\w*"
    r"|projected|foresees?|foreseen|believ\w*|hop(?:es?|ed|ing))\b",
    re.IGNORECASE,
)
_CERTAIN = re.compile(r"\b(?:will|shall)\b(?! not\b)|(?<=\w)['’]ll\b(?! not\b)")
_WEAKENED = re.compile(r" (?:(?:also|jointly|together|first) )*(?:explore|be explored)\b")
_PLANNED = re.compile(
    r"\b(?:will|(?:is|are|was|were|plans?|intends?) to)(?: (?:also|jointly|together|first))* (?:be explored|explore)\b",
    re.IGNORECASE,
)
"""A plan to explore: the exploring is intended, what is explored is only possible."""
_NOUN = re.compile(r"(?:\b(?:the|a|at|its|their|his|her|own|free|good|public|political)|['’]s) \Z", re.IGNORECASE)
_ATTRIBUTED = re.compile(
    r"\b(?:according to|says?|said|states|(?:by|in) [^.;]*['’]s? (?:text|words|wording))\b", re.IGNORECASE
)
_COMMITMENT = re.compile(r"\bcommit(?:s|ted|ting|ments?)?\b", re.IGNORECASE)
_NEGATION = re.compile(r"\b(?:no|not|nor|neither|never|none|nobody|nothing|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|‘[^‘’]*’(?!\w)")
_MARKED = re.compile(r"“[^“”]+”")
_OTHER_MARKS = re.compile(r"\"[^\"]+\"|‘[^‘’]+’(?!\w)|(?<!\w)'[^']+'(?!\w)")
_LOST_SUBJECT = re.compile(
    r"(?:(?:It|Its|They|Their|This|These|That|Those|He|His|She|Her|Such)\b|The (?:same|latter|former)\b|Any such\b)"
)
_SENTENCE = re.compile(r"[^.;!?]+(?:[.;!?](?!\s|\Z)[^.;!?]*)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class CertaintyRemark:
    """A problem in the text of `field`, at the occurrence `number` (from 0) of `words` in it.

    Without `words` it concerns the whole text.
    """

    field: str
    problem: Problem
    words: str = ""
    number: int = 0


def check_wording(entry: FactEntry) -> Iterator[CertaintyRemark]:
    """Find words firmer than the fact's certainty, numbers of `short` alone, and lost subjects.

    Facts that are no longer served are not checked.
    """
    if entry.withdrawn or entry.superseded_by:
        return
    found: list[CertaintyRemark] = []
    statement, short = (" ".join((text or "").split()) for text in (entry.statement, entry.short))
    texts = {"statement": statement, "short": short}
    for field, text in texts.items():
        if text:
            found += _check_certainty(field, text, entry.certainty)
            found += _check_stated(field, text, entry.certainty)
            found += _check_subject(field, text)
    firm = next((each for each in found if each.problem[0] is Code.SOUNDS_CERTAIN), None)
    cited = _hedge_of_citations(entry) if firm or entry.certainty is Certainty.STATED else None
    replaced = firm if cited else None
    yield from (each for each in found if not replaced or (each.field, each.words) != (replaced.field, replaced.words))
    yield from _check_quotations(entry, texts)
    if cited:
        where, hedge = cited
        yield _firmer_than_cited(firm, hedge) if firm else _stated_from_hedged(where, hedge)
    elif not found:
        yield from _check_hedge_lost(entry)
    yield from _check_numbers(short, entry.statement)


def firm_words(text: str, certainty: Certainty) -> tuple[str, ...]:
    """Return the words of any text that sound firmer than this certainty: will, shall, commit."""
    if certainty is Certainty.FORECAST:
        own = _unquoted(text)
        return tuple(found[0].strip() for found in _CERTAIN.finditer(own) if not _ATTRIBUTED.search(own))
    return tuple(remark.words for remark in _firm_words("statement", text, certainty))


def is_as_careful(text: str, certainty: Certainty) -> bool:
    """Whether any text has a word that is as careful as this certainty."""
    own = _unquoted(text)
    if certainty in {Certainty.STATED, Certainty.UNSTATED} or _ATTRIBUTED.search(own) or _HEDGE.search(own):
        return True
    careful = {Certainty.INTENDED: _INTENT, Certainty.FORECAST: _PREDICTION}.get(certainty)
    return careful is not None and careful.search(own) is not None


def hedge_in(words: str) -> str:
    """Return the hedge in words cited from a source; "" for none."""
    found = _CITED_HEDGE.search(words)
    return found[0] if found else ""


def loses_exploring(text: str, statement: str) -> bool:
    """Whether a statement says that something is to be explored, and any text on it has no hedge."""
    return _PLANNED.search(statement) is not None and not _HEDGE.search(_unquoted(text))


def is_negated(text: str) -> bool:
    """Whether a text says that something is not so."""
    return _NEGATION.search(text) is not None


def _unquoted(text: str) -> str:
    """Blank out quotations; all other words keep their places."""
    return _QUOTED.sub(lambda quoted: "\0" * len(quoted[0]), text)


def _check_certainty(field: str, text: str, certainty: Certainty) -> Iterator[CertaintyRemark]:
    if certainty is Certainty.POSSIBLE and not _HEDGE.search(text):
        hint = "Keep the source's own: may, might, could, possible, potential, explore, look at, whether."
        message = f"The certainty is possible, but `{field}` has no hedge."
        yield CertaintyRemark(field, (Code.HEDGE_MISSING, message, hint))
        return
    firm = list(_firm_words(field, text, certainty))
    yield from firm
    planned = _PLANNED.search(_unquoted(text)) if certainty is Certainty.POSSIBLE else None
    if planned and not _OPEN.search(text):
        message = f"“{planned[0]}” is a plan: the exploring is intended, and what is explored is only possible."
        hint = "Write `certainty: intended`, with a statement that says what is only possible; or “may explore”."
        yield _remark(field, text, planned, (Code.WILL_EXPLORE, message, hint))
    if firm or _HEDGE.search(text):
        return
    if certainty is Certainty.INTENDED and not _INTENT.search(text):
        message = f"The certainty is intended, but `{field}` has no word of intent."
        hint = "Say so: intends, is to, plans, aims, is meant to, seeks, supports."
        yield CertaintyRemark(field, (Code.INTENT_MISSING, message, hint))
    elif certainty is Certainty.FORECAST and not _PREDICTION.search(text):
        message = f"The certainty is forecast, but `{field}` has no word of prediction."
        hint = "Say so: forecasts, predicted, expects, is set to, would, could."
        yield CertaintyRemark(field, (Code.PREDICTION_MISSING, message, hint))


def _firm_words(field: str, text: str, certainty: Certainty) -> Iterator[CertaintyRemark]:
    """Find a bare "will" and a commitment, outside quotation marks."""
    if certainty not in {Certainty.POSSIBLE, Certainty.INTENDED}:
        return
    own = _unquoted(text)
    weaker = "could or may" if certainty is Certainty.POSSIBLE else "is to, plans to or intends to"
    will_hint = f"Write {weaker}, as the source does; or say whose word it is: By the memorandum's text, … will …"
    commit_hint = "Use a weaker word, such as intends; if the source does commit somebody, change the certainty."
    for sentence in _SENTENCE.finditer(own):
        firm = []
        for found in _CERTAIN.finditer(own, sentence.start(), sentence.end()):
            before = own[sentence.start() : found.start()]
            if not (_WEAKENED.match(own, found.end()) or _NOUN.search(before) or _ATTRIBUTED.search(before)):
                firm.append((found, will_hint))
        if not _NEGATION.search(sentence[0]):
            commitments = _COMMITMENT.finditer(own, sentence.start(), sentence.end())
            firm += [(found, commit_hint) for found in commitments]
        for found, hint in firm:
            message = f"“{found[0]}” sounds firmer than the certainty, which is {certainty.value}."
            yield _remark(field, text, found, (Code.SOUNDS_CERTAIN, message, hint))


def _check_stated(field: str, text: str, certainty: Certainty) -> Iterator[CertaintyRemark]:
    """Find a hedge in what is labelled Stated, and one before any word of intent in what is Intended."""
    own = _unquoted(text)
    found = None
    if certainty is Certainty.STATED:
        found = _FLAT_HEDGE.search(own)
    elif certainty is Certainty.INTENDED and (found := _OPEN.search(own)):
        before = own[: found.start()]
        found = None if _INTENT.search(before) or _CERTAIN.search(before) else found
    if found:
        word, label = certainty.value, certainty.label()
        message = f"“{found[0]}” is a hedge, but the certainty is {word}: readers would see “{label}” beside it."
        what = "states as a fact" if certainty is Certainty.STATED else "intends"
        hint = f"Write `certainty: possible`; or say what the source {what}."
        yield _remark(field, text, found, (Code.HEDGE_IN_STATED, message, hint))


def _check_subject(field: str, text: str) -> Iterator[CertaintyRemark]:
    """Find a text that begins with a word for what stood before it: it is shown alone."""
    if found := _LOST_SUBJECT.match(text):
        message = f"“{found[0]}” begins `{field}`, which is shown alone: readers cannot know what is meant."
        yield _remark(field, text, found, (Code.LOST_SUBJECT, message, "Name the subject."))


def _check_quotations(entry: FactEntry, texts: Mapping[str, str]) -> Iterator[CertaintyRemark]:
    """Find quotation marks that the label beside the text belies: “Quoted” needs them, and “Reported” has none."""
    for field, text in texts.items():
        own = _MARKED.sub(lambda found: "\0" * len(found[0]), text)
        if lone := re.search(r"[“”]", own):
            message, hint = f"“{lone[0]}” has no partner.", "Write “ before the words and ” behind them."
            yield _remark(field, text, lone, (Code.QUOTATION_MARKS, message, hint))
        elif entry.certainty is Certainty.SAID and (found := _OTHER_MARKS.search(own)):
            message = f"The label beside {found[0]} would be “Reported from {entry.said_by} (our words)”."
            hint = "Put the words between “ and ”; or say them in our own words, without marks."
            yield _remark(field, text, found, (Code.QUOTATION_MARKS, message, hint))
    is_quoted = "“" in texts["statement"]
    if entry.certainty is Certainty.SAID and texts["short"] and ("“" in texts["short"]) is not is_quoted:
        label = (
            f"Quoted from {entry.said_by} (their words)" if is_quoted else f"Reported from {entry.said_by} (our words)"
        )
        message = f"`short` quotes {'nothing' if is_quoted else 'words'}, and its label would be “{label}”."
        hint = "Quote in statement and `short`, between “ and ”, or in neither."
        yield CertaintyRemark("short", (Code.QUOTATION_MARKS, message, hint))


def _hedge_of_citations(entry: FactEntry) -> tuple[str, str] | None:
    """Return the first words cited for a fact and their hedge, where every citation has one and the fact has none."""
    if not isinstance(entry.sources, dict) or entry.certainty not in _CARRIED:
        return None
    is_hedged = _HEDGE.search(entry.statement) or _CITED_HEDGE.search(entry.statement)
    if entry.certainty is not Certainty.POSSIBLE and is_hedged:
        return None
    hedges = [(where, hedge) for where in entry.sources.values() if (hedge := hedge_in(where))]
    return hedges[0] if hedges and len(hedges) == len(entry.sources) else None


def _firmer_than_cited(firm: CertaintyRemark, hedge: str) -> CertaintyRemark:
    message = f"“{firm.words}” is firmer than the source's words, which hedge (“{hedge}”)."
    return replace(firm, problem=(Code.HEDGE_CITED, message, firm.problem[2]))


def _stated_from_hedged(where: str, hedge: str) -> CertaintyRemark:
    message = f"The source's words hedge (“{hedge}”), but the certainty is stated: readers would see “Stated”."
    hint = (
        "Keep the hedge, and write `certainty: possible`, or `forecast` if it is one; or cite the words that are firm."
    )
    return CertaintyRemark("sources", (Code.HEDGE_CITED, message, hint), where)


def _check_hedge_lost(entry: FactEntry) -> Iterator[CertaintyRemark]:
    """Find a statement without a hedge whose cited words have one; what is only possible must have one anyway."""
    if entry.certainty in {Certainty.POSSIBLE, Certainty.UNSTATED} or not isinstance(entry.sources, dict):
        return
    if _HEDGE.search(entry.statement) or (
        entry.certainty is Certainty.FORECAST and _PREDICTION.search(entry.statement)
    ):
        return
    for where in entry.sources.values():
        if found := _FLAT_HEDGE.search(where):
            message = f"The source's words hedge (“{found[0]}”), and the statement does not."
            hint = (
                "Keep the hedge, and write `certainty: possible` if it is only that; or cite the words that are firm."
            )
            yield CertaintyRemark("sources", (Code.HEDGE_LOST, message, hint), where)
            return


def _check_numbers(short: str, statement: str) -> Iterator[CertaintyRemark]:
    """Find numbers that only the short form has: after an edit of one text, readers would see two figures."""
    stated = set(_NUMBER.findall(statement))
    for found in _NUMBER.finditer(short):
        if found[0] not in stated:
            message = f"`short` says {found[0]}, and the statement does not."
            hint = "Correct the one that is out of date; write the number in the same figures in both."
            yield _remark("short", short, found, (Code.NUMBER_DIFFERS, message, hint))


def _remark(field: str, text: str, found: re.Match[str], problem: Problem) -> CertaintyRemark:
    words = found[0].strip()
    return CertaintyRemark(field, problem, words, text.count(words, 0, found.start()))
