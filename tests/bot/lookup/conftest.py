"""A little content to look things up in."""

from __future__ import annotations

from datetime import date

import pytest

from bot.content.certainty import Certainty
from bot.content.models import Area, Citation, Content, Fact, Memorandum, Source, SourceLocation
from bot.lookup.answer import Lookup

DAY = date(2025, 7, 21)
SOURCE = Source("harbour-gazette", "Harbour plans", "The Gazette", DAY, "https://example.org/harbour")
MEMORANDUM = Memorandum(
    title="Memorandum of Understanding between the Port and Ferryco on AI",
    short_title="Port–Ferryco memorandum",
    parties=("The Port", "Ferryco"),
    position_on=DAY,
    checked_on=DAY,
    contact="the harbour master",
    scope="one source",
    review_every=90,
    overview=Area("agreement", 0, "The agreement as a whole", ("memorandum", "the deal")),
    areas=(Area("quays", 1, "Quays and cranes", ("docks",)),),
)


def fact(fact_id: str, statement: str, *keywords: str, as_of: date = DAY) -> Fact:
    return Fact(
        id=fact_id,
        area="quays",
        statement=statement,
        certainty=Certainty.STATED,
        citations=(Citation(SOURCE, ""),),
        as_of=as_of,
        checked_on=DAY,
        place=SourceLocation("quays/quays.yaml", 1, 1),
        keywords=keywords,
    )


FACTS = (
    fact("crane-money", "The Port is putting up to £500 million into new cranes.", "crane fund"),
    fact("crane-maker", "Two cranes were built by Grabson in Sweden.", "who built the cranes"),
    fact("model", "Ferryco used GPT-4o in its timetable tool.", "model version"),
    fact("institute", "The Harbour Safety Institute (HSI) tests sovereign ferries.", "HSI"),
    fact("research", "Research and development (R&D) on hulls may follow.", "R&D"),
    fact("startups", "The Port supports start-ups and small businesses.", "SMEs"),
    fact("organisation", "A labour organisation analysed the licence programme at the data centre."),
    fact("who-visit", "The WHO visited the US in May 2025."),
)


def content(*facts: Fact) -> Content:
    return Content(MEMORANDUM, {SOURCE.id: SOURCE}, {each.id: each for each in facts}, {})


@pytest.fixture(scope="session")
def lookup() -> Lookup:
    return Lookup(content(*FACTS))
