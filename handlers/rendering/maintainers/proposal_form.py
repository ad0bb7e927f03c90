"""The forms of proposals as Slack modals: a suggestion, and the reason for declining one."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from bot.actions import TOO_OLD_FORM
from bot.content.certainty import Certainty
from bot.errors import BriefingBotError
from bot.proposals.card import CLOSES
from bot.proposals.drafts import NEW_SOURCE, RIGHT, WRONG, DraftField, ProposalDraft
from bot.proposals.proposals import LONGEST_REASON
from bot.proposals.suggestion import SuggestionKind
from handlers.rendering.elements import label, notice, words
from handlers.rendering.forms import form_view, text_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.content.models import Content
    from handlers.rendering.blocks import Block
    from handlers.rendering.replies import View

TITLES: Final = {
    SuggestionKind.NEW: "Suggest a fact",
    SuggestionKind.CORRECTION: "Suggest a correction",
    SuggestionKind.WITHDRAWAL: "Suggest withdrawing it",
    SuggestionKind.KEYWORDS: "Suggest keywords",
    SuggestionKind.CHECKED_ON: "Say that it is right",
}
_LONGEST: Final = 3000  # Slack: "Plain-text input element", `max_length`
_HINT: Final = 2000  # Slack: "Input block", `hint`
_OPTIONS: Final = 100  # Slack: "Select menu element", `options`
_SEEN_BY_CHANNEL: Final = "The maintainers see it in their channel, with your name. Somebody else has to approve it."
_SEEN_BY_OPERATOR: Final = (
    "Whoever runs me sees it, with your name, and approves it or not. There is no channel for it."
)
_READ: Final = "Who proposed it reads your reason."
_CERTAINTIES: Final = {
    Certainty.STATED: "Stated: it is so, or was done",
    Certainty.INTENDED: "Intended: plans, will work together",
    Certainty.POSSIBLE: "Possible: may, could, explore",
    Certainty.FORECAST: "Forecast: expected by somebody",
    Certainty.SAID: "Said: a person’s words",
    Certainty.UNSTATED: "Unstated: our sources do not say",
}
_WAS: Final = {WRONG: "They were wrong: posts are corrected", RIGHT: "They were right in their time"}
_LABELS: Final = {
    DraftField.AREA: "Area",
    DraftField.STATEMENT: "The fact, in one or two plain sentences",
    DraftField.CERTAINTY: "How firm the source is",
    DraftField.SAID_BY: "Whose forecast or words",
    DraftField.SHORT: "The briefing’s line",
    DraftField.SOURCE: "Source",
    DraftField.TITLE: "Title of the new source",
    DraftField.PUBLISHER: "Who published it",
    DraftField.PUBLISHED: "Published on",
    DraftField.URL: "Its address",
    DraftField.WORDS: "Up to seven words, exactly as the source has them",
    DraftField.KEYWORDS: "Keywords: words that people type, with commas",
    DraftField.WAS_RIGHT: "The old words",
    DraftField.REASON: "Why",
}
_HINTS: Final = {
    DraftField.SOURCE: "One source can be named here. A further one is added in the fact’s file.",
    DraftField.SAID_BY: "For a forecast or a person’s words only.",
    DraftField.SHORT: "At most 15 words, hedge included. Without it, briefings show the fact itself.",
}
_LONG: Final = frozenset({DraftField.STATEMENT, DraftField.KEYWORDS, DraftField.REASON})
_NEEDED: Final = frozenset(
    {
        *(DraftField.AREA, DraftField.STATEMENT, DraftField.CERTAINTY),
        *(DraftField.SOURCE, DraftField.PUBLISHED, DraftField.WAS_RIGHT),
    }
)
_KEPT: Final = TypeAdapter(ProposalDraft)


class ProposalForm(StrEnum):
    """The forms, by their callback_id."""

    SUGGEST = "proposal_suggest"
    DECLINE = "proposal_decline"


def suggestion_form(draft: ProposalDraft, content: Content, *, has_channel: bool, note: str = "") -> View:
    """Return the form for a suggestion; each problem is shown below its field, and the first such field has the focus.

    `note` stands above the fields.
    """
    faulty = [each for each in draft.asked if each in draft.problems]
    fact = content.facts.get(draft.fact_id)
    line = f" In briefings: {fact.short}" if fact and fact.short else ""
    above = [notice(f"{fact.id}, as it is now: {fact.statement}{line}")] if fact else []
    if draft.theme_id and not fact and (asked := draft.values.get(DraftField.REASON)):
        above.append(notice(asked))
    seen = _SEEN_BY_CHANNEL if has_channel else _SEEN_BY_OPERATOR
    fields = [_input(draft, each, content, has_focus=each in faulty[:1]) for each in draft.asked]
    above = [*([{"type": "section", "text": words(note)}] if note else ()), *above]
    title, submit = ("Edit the proposal", "Save") if draft.proposal_id else (TITLES[draft.kind], "Send")
    return form_view(ProposalForm.SUGGEST, title, submit, _pack(draft), [*above, *fields, notice(seen)])


def decline_form(proposal_id: str, *, closes: bool = False) -> View:
    """Return the form that asks why a proposal is declined, or `closes` it: it will not be published."""
    blocks = [text_field(DraftField.REASON, "Why", LONGEST_REASON, is_multiline=True), notice(_READ)]
    if closes:
        return form_view(ProposalForm.DECLINE, "Will not be published", "Close it", f"{proposal_id} {CLOSES}", blocks)
    return form_view(ProposalForm.DECLINE, "Decline the proposal", "Decline", proposal_id, blocks)


def draft_in(view: Mapping[str, Any]) -> ProposalDraft:
    """Return the draft of a submitted or changed form. Raises BriefingBotError for what this version did not draw."""
    try:
        kept = _KEPT.validate_json(view.get("private_metadata") or "")
    except ValueError:
        raise BriefingBotError(TOO_OLD_FORM, "Close it, and ask again.") from None
    return kept.filled({each: _value_in(view, each) for each in DraftField if each in view["state"]["values"]})


def _value_in(view: Mapping[str, Any], name: DraftField) -> str:
    element = view["state"]["values"].get(name, {}).get(name, {})
    option = (element.get("selected_option") or {}).get("value")
    return str(option or element.get("selected_date") or element.get("value") or "")


def _pack(draft: ProposalDraft) -> str:
    """Return what a form keeps of its draft: not its values, which stand in its fields."""
    kept = ProposalDraft(
        draft.kind,
        draft.fact_id,
        permalink=draft.permalink,
        theme_id=draft.theme_id,
        digest=draft.digest,
        proposal_id=draft.proposal_id,
        version=draft.version,
    )
    return _KEPT.dump_json(kept, exclude_defaults=True).decode()


def _input(draft: ProposalDraft, name: DraftField, content: Content, *, has_focus: bool) -> Block:
    value = draft.values.get(name, "")
    if name is DraftField.AREA:
        element = _select(((each.key, each.title) for each in content.areas), value)
    elif name is DraftField.CERTAINTY:
        element = _select(((each.value, text) for each, text in _CERTAINTIES.items()), value)
    elif name is DraftField.SOURCE:
        element = _select(((NEW_SOURCE, "A new source"), *_sources(content, value)), value)
    elif name is DraftField.PUBLISHED:
        element = {"type": "datepicker", **({"initial_date": value} if value else {})}
    elif name is DraftField.WAS_RIGHT:
        element = _select(_WAS.items(), value or WRONG)
    else:
        longest = LONGEST_REASON if name is DraftField.REASON else _LONGEST
        element = text_field(name, "", longest, initial=value, is_multiline=name in _LONG)["element"]
    is_needed = name in _NEEDED or (name is DraftField.REASON and draft.kind is not SuggestionKind.NEW)
    below = draft.problems.get(name) or _HINTS.get(name, "")
    return {
        "type": "input",
        "block_id": name.value,
        "label": words(_LABELS[name]),
        "element": {**element, "action_id": name.value, **({"focus_on_load": True} if has_focus else {})},
        "optional": not is_needed,
        **({"hint": words(below[:_HINT])} if below else {}),
        **({"dispatch_action": True} if name is DraftField.SOURCE else {}),
    }


def _sources(content: Content, chosen: str) -> list[tuple[str, str]]:
    """Return the sources to choose from, the newest first, and the chosen one wherever it is."""
    known = sorted(content.sources.values(), key=lambda each: each.published, reverse=True)
    shown = [*(each for each in known if each.id == chosen), *(each for each in known if each.id != chosen)]
    return [(each.id, f"{each.name}: {each.title}") for each in shown[: _OPTIONS - 1]]


def _select(options: Iterable[tuple[str, str]], chosen: str) -> Block:
    shown = [{"text": words(label(text)), "value": value} for value, text in options]
    initial = next((each for each in shown if each["value"] == chosen), None)
    return {"type": "static_select", "options": shown, **({"initial_option": initial} if initial else {})}
