"""The form for a suggestion: what it takes over, what comes back, and forms that nobody drew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.models.blocks import InputBlock
from slack_sdk.models.views import View

from bot.errors import BriefingBotError
from bot.proposals.drafts import NEW_SOURCE, DraftField, ProposalDraft, suggestion_of
from bot.proposals.proposals import SuggestionError
from bot.proposals.suggestion import NOTHING, SuggestionKind, fields_of
from handlers.rendering.maintainers.proposal_form import decline_form, draft_in, suggestion_form
from tests.support.newsroom import TODAY, shipped

BIDS = "growth-zones-bids"


def submitted(view: dict[str, Any]) -> dict[str, Any]:
    """Return a view as Slack sends it back when nobody has changed a field."""
    state: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            kept = {
                "value": element.get("initial_value"),
                "selected_option": element.get("initial_option"),
                "selected_date": element.get("initial_date"),
            }
            state[block["block_id"]] = {element["action_id"]: kept}
    return {**view, "state": {"values": state}}


def is_valid(view: dict[str, Any]) -> None:
    View(**view).validate_json()
    for block in view["blocks"]:
        if block["type"] == "input":
            InputBlock(**{name: value for name, value in block.items() if name != "type"}).validate_json()
    assert len(view["private_metadata"]) <= 3000


def test_a_fact_that_nobody_changed_suggests_nothing() -> None:
    content = shipped()
    for fact_id in (BIDS, "growth-zones-billions", "no-investment-details"):
        view = suggestion_form(ProposalDraft.of_fact(content, fact_id), content, has_channel=True)
        is_valid(view)
        draft, base = draft_in(submitted(view)), fields_of(content, fact_id)
        suggestion = suggestion_of(draft, base, "infrastructure", TODAY)
        told = (suggestion.statement, suggestion.certainty, suggestion.short, suggestion.source_id, suggestion.keywords)
        assert told == (None,) * 5
        assert (draft.digest, suggestion.fact_id) == (base.digest, fact_id)


def test_a_correction_shows_the_briefings_line_beside_the_statement() -> None:
    content = shipped()
    view = suggestion_form(ProposalDraft.of_fact(content, BIDS), content, has_channel=True)
    fields = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    assert fields[:2] == [DraftField.STATEMENT, DraftField.SHORT]
    assert f"In briefings: {content.facts[BIDS].short}" in str(view["blocks"][0])
    assert "One source can be named here" in str(view["blocks"])


def test_the_form_that_closes_is_told_from_the_one_that_declines() -> None:
    closing, declining = decline_form("abc", closes=True), decline_form("abc")
    is_valid(closing)
    assert (closing["private_metadata"], declining["private_metadata"]) == ("abc closes", "abc")


def test_a_long_message_is_taken_over_as_far_as_slack_takes_it() -> None:
    draft = ProposalDraft.new(
        statement="<!channel> {{ x }} \u202e" * 1000, permalink="https://x.test/p1", theme_id="t1"
    )
    view = suggestion_form(draft, shipped(), has_channel=False)
    is_valid(view)
    again = draft_in(submitted(view))
    assert (again.permalink, again.theme_id, len(again.values[DraftField.STATEMENT])) == (
        "https://x.test/p1",
        "t1",
        3000,
    )


def test_a_new_source_needs_all_of_it() -> None:
    draft = ProposalDraft.new(area="infrastructure", statement="A.")
    draft = draft.filled({DraftField.SOURCE: NEW_SOURCE, DraftField.URL: "javascript:alert(1)"})
    is_valid(suggestion_form(draft, shipped(), has_channel=True))
    with pytest.raises(SuggestionError) as caught:
        suggestion_of(draft, NOTHING, "", TODAY)
    assert set(caught.value.problems) == {"title", "publisher", "published", "url"}


def test_each_kind_asks_for_what_it_changes_and_shows_what_is_wrong() -> None:
    content = shipped()
    for kind in SuggestionKind:
        draft = ProposalDraft.of_fact(content, BIDS, kind)
        draft = replace(draft, problems={DraftField.REASON: "Say why."})
        view = suggestion_form(draft, content, has_channel=True, note="It has changed.")
        is_valid(view)
        focused = [each["block_id"] for each in view["blocks"] if each.get("element", {}).get("focus_on_load")]
        assert focused == ["reason"]
    is_valid(decline_form("x" * 32))


@pytest.mark.parametrize("forged", ["", "null", "[]", '{"kind":"theft"}', '{"kind":"correction","version":"x"}'])
def test_what_this_version_did_not_draw_is_too_old(forged: str) -> None:
    with pytest.raises(BriefingBotError, match="too old"):
        draft_in({"private_metadata": forged, "state": {"values": {}}})
