"""What a card says: what nobody may miss is there whole, however long the rest is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from bot.messages import Author
from bot.proposals.card import LONGEST_CARD, card, whole
from bot.proposals.proposal import LEADS_END, Proposal
from bot.proposals.suggestion import FactFields, SuggestedSource, Suggestion, SuggestionKind

LEADS = "**More certain than before: growth.** It was _Possible_.\n\n**Hedges differ: growth.** Gone: _could_."
BASE = FactFields("The partnership could mean growth.", "possible", keywords=("growth", "AI tools"))
PROPOSAL = Proposal(
    "0123456789abcdef",
    Author("T1", "U0ADA", "Ada"),
    datetime(2026, 12, 3, tzinfo=UTC),
    Suggestion(
        SuggestionKind.CORRECTION,
        "growth",
        "growth",
        statement="The partnership will mean growth.",
        certainty="stated",
        new_source=SuggestedSource("A page", "DSIT", date(2026, 12, 3), "https://example.org/x"),
        reason="A new page says so.",
    ),
    BASE,
    f"{LEADS}\n\nThe check finds no fault.{LEADS_END}**The alert**\n\nIt would be posted.",
)


def test_leads_come_before_what_differs() -> None:
    text = card(PROPOSAL).markdown
    places = [text.index(each) for each in ("A correction", LEADS, "finds no fault", "Statement:", "Why:", "posted")]
    assert places == sorted(places)
    assert "Left out here" not in text


def test_long_fields_are_shortened_never_the_leads_and_the_card_says_so() -> None:
    words = tuple(f"what people may type {number}" for number in range(400))
    long = replace(
        PROPOSAL.suggestion, keywords=(*BASE.keywords, *words, "OpenAI will build it"), reason="So it says. " * 300
    )
    proposal = replace(PROPOSAL, suggestion=long, preview=PROPOSAL.preview + "\nAnother line." * 300)
    text = card(proposal).markdown
    assert len(text) <= LONGEST_CARD
    for each in (LEADS, "The check finds no fault.", "**will** mean growth", "https://example.org/x", "**Waiting**"):
        assert each in text
    assert "Keywords: added OpenAI will build it, what people" in text, "those that promise come first"
    assert "and 3" in text
    assert "**briefing-bot proposals show 01234567**" in text
    assert "Left out here:** parts of long fields" in text
    assert all(each in whole(proposal) for each in ("what people may type 399", "Another line.", LEADS))
    hostile = replace(long, statement="\\*_" * 2000, new_source=replace(long.new_source, title="t" * 9000))  # type: ignore[type-var]
    found = card(replace(proposal, suggestion=hostile)).markdown
    assert len(found) <= LONGEST_CARD
    assert LEADS in found


def test_a_card_of_keywords_shows_the_statement() -> None:
    suggestion = Suggestion(SuggestionKind.KEYWORDS, "growth", "growth", keywords=(*BASE.keywords, "OpenAI will build"))
    text = card(replace(PROPOSAL, suggestion=suggestion)).markdown
    assert "It says: The partnership could mean growth." in text
    assert "Keywords: added OpenAI will build" in text
