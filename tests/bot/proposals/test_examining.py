"""What is found in a suggestion: the faults that check finds, on their fields, and what it would change."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.alerts.alerts import Alerts
from bot.config.maintainers import ONE_WORKSPACE, Maintainers
from bot.errors import BriefingBotError
from bot.gaps.themes import StoredTheme, add_theme
from bot.messages import ChannelRef
from bot.proposals.examining import ContentExaminer
from bot.proposals.proposal import LEADS_END
from bot.proposals.suggestion import SuggestedSource, Suggestion, SuggestionKind
from bot.publishing.content_check import check_content
from tests.support.content_copy import copied
from tests.support.newsroom import POLICY, TODAY, Newsroom

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.store.database import Database

BIDS = "growth-zones-bids"
PLAINER = "There were over 200 bids for AI Growth Zones from across the country, DSIT said in July 2025."
CORRECTION = Suggestion(SuggestionKind.CORRECTION, "infrastructure", BIDS, statement=PLAINER, reason="Plainer words.")
NEW = Suggestion(
    SuggestionKind.NEW,
    "infrastructure",
    "fourth-zone",
    statement="DSIT opened an AI Growth Zone in Kent in November 2026.",
    certainty="stated",
    source_id="dsit-fourth",
    source_words="opened a fourth zone",
    new_source=SuggestedSource("A fourth zone", "DSIT", TODAY, "https://example.org/fourth"),
)


def examiner_in(folder: Path, newsroom: Newsroom, maintainers: Maintainers = ONE_WORKSPACE) -> ContentExaminer:
    clock = newsroom.clock
    check = partial(check_content, clock=clock)
    return ContentExaminer(newsroom.database, clock, Alerts(clock), lambda: folder, check, maintainers=maintainers)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copied(tmp_path_factory.mktemp("content") / "briefings")
    question = f'- {{ask: "how many bids were there", expect: {BIDS}}}\n'
    (folder / "questions.yaml").write_text(question, encoding="utf-8")
    return folder


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_repository_that_was_not_fetched_yet_is_no_fault_of_the_suggestion(
    database: Database, tmp_path: Path
) -> None:
    newsroom = await Newsroom.opened(database)
    examiner = examiner_in(tmp_path, newsroom)
    with pytest.raises(BriefingBotError, match="Try again in a minute"):
        await examiner.examine(CORRECTION, newsroom.content)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_faults_stand_on_their_fields_and_without_any_the_card_says_what_changes(
    database: Database, folder: Path
) -> None:
    newsroom = await Newsroom.opened(database)
    await newsroom.subscribe("infrastructure")
    content, examiner = (
        newsroom.content,
        examiner_in(folder, newsroom),
    )

    async def problems(**changed: object) -> Mapping[str, str]:
        return (await examiner.examine(replace(CORRECTION, **cast("Any", changed)), content)).problems

    assert (
        "“210” is in none of the fact's sources"
        in (await problems(statement=PLAINER.replace("200", "210")))["statement"]
    )
    wrong = await problems(statement="x" * 301, certainty="perhaps")
    assert "at most 300 are allowed" in wrong["statement"]
    assert "not one of the certainty words" in wrong["certainty"]
    assert "source_words" in await problems(source_id="dsit-press-release", source_words="purple bids over")
    for hostile in ("{{ 7 * 7 }}", "a\u202eb", "<!channel>", "x\n  certainty: stated\ny"):
        assert await problems(statement=hostile), hostile
    assert await problems(source_id="elsewhere") == {
        "source_id": "That is not one of our sources. Choose one, or add a new one."
    }
    assert await problems(area="elsewhere") == {"area": "We hold no such area."}
    assert await problems(fact_id="elsewhere") == {"statement": "We no longer hold that fact."}
    assert await problems(reason=" ") == {"reason": "Say why: readers see it."}
    assert await problems(statement=None) == {"statement": "Nothing is different from the fact as it is."}

    preview = (await examiner.examine(CORRECTION, content)).preview
    assert "The check finds no fault." in preview
    assert POLICY.channel in preview
    assert "Corrected" in preview
    assert len(preview) < 3000
    right = Suggestion(SuggestionKind.CHECKED_ON, "infrastructure", BIDS, checked_on=TODAY)
    leads = (await examiner.examine(right, content)).preview.partition(LEADS_END)[0]
    fact = content.facts[BIDS]
    assert "It is given as _" in leads
    assert all(each.link in leads and each.source.title in leads for each in fact.citations)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_card_lists_no_channel_of_another_workspace(database: Database, folder: Path) -> None:
    newsroom = await Newsroom.opened(database)
    maintainers = Maintainers("C9", POLICY.team, has_others=True)
    examiner = examiner_in(folder, newsroom, maintainers=maintainers)
    await newsroom.subscribe("infrastructure", place=ChannelRef("T2", "C0THEIRS"))
    preview = (await examiner.examine(CORRECTION, newsroom.content)).preview
    assert "C0THEIRS" not in preview
    assert "Channels of other workspaces get an alert too" in preview
    assert "No channel gets" not in preview
    await newsroom.subscribe("infrastructure")
    preview = (await examiner.examine(CORRECTION, newsroom.content)).preview
    assert POLICY.channel in preview
    assert "C0THEIRS" not in preview


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_new_fact_from_a_new_source_and_what_needs_no_words(database: Database, folder: Path) -> None:
    newsroom = await Newsroom.opened(database)
    examiner = examiner_in(folder, newsroom)
    examined = await examiner.examine(NEW, newsroom.content)
    assert examined.problems == {}
    assert "No briefing shows it" in examined.preview
    assert "Nothing was compared with the new source" in examined.preview
    withdrawn = replace(CORRECTION, kind=SuggestionKind.WITHDRAWAL, statement=None)
    assert (await examiner.examine(withdrawn, newsroom.content)).problems == {}
    held = newsroom.content.facts[BIDS].keywords
    found = Suggestion(SuggestionKind.KEYWORDS, "infrastructure", BIDS, keywords=(*held, "zone tenders"))
    assert (await examiner.examine(found, newsroom.content)).problems == {}
    right = Suggestion(SuggestionKind.CHECKED_ON, "infrastructure", BIDS, checked_on=TODAY)
    assert (await examiner.examine(right, newsroom.content)).problems == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_hedge_that_a_new_fact_loses_leads_its_card(database: Database, folder: Path) -> None:
    newsroom = await Newsroom.opened(database)
    examiner = examiner_in(folder, newsroom)
    said = "The partnership {} mean that major AI technology is developed in the UK."
    words = "could mean that world-changing AI tech"
    fact = replace(NEW, area="transformative-potential", statement=said.format("will"), source_words=words)
    held = replace(fact, source_id="dsit-press-release", new_source=None)
    for certainty in ("stated", "intended", "possible"):
        assert (await examiner.examine(replace(held, certainty=certainty), newsroom.content)).problems, certainty
    meant = replace(held, certainty="intended", statement=said.format("is to"))
    leads, _, _ = (await examiner.examine(meant, newsroom.content)).preview.partition(LEADS_END)
    assert leads.startswith("**The source says “could”; the statement has no hedge.**")
    careful = replace(held, certainty="possible", statement=said.format("could"))
    assert "The source says" not in (await examiner.examine(careful, newsroom.content)).preview


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_card_says_what_new_keywords_get_and_what_a_themes_questions_do_not(
    database: Database, folder: Path
) -> None:
    newsroom = await Newsroom.opened(database)
    theme = StoredTheme("a" * 32, "T1", "Whom to complain to", "Ada", newsroom.clock.now())
    async with database.transaction() as connection:
        assert await add_theme(connection, theme, {"b" * 32: "who hears complaints about zygomorphic walruses"})
    examiner = examiner_in(folder, newsroom)
    suggestion = replace(NEW, keywords=("nuclear",), theme_id=theme.id)
    preview = (await examiner.examine(suggestion, newsroom.content)).preview
    assert "The keyword “nuclear” would be answered with **fourth" in preview
    assert "The theme’s “who hears complaints about zygomorphic walruses” would still not be answered: " in preview
    assert "Sources, memorandum.yaml and templates: 1" in preview, "the new source"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_half_a_correction_is_said_first_on_the_card(database: Database, folder: Path) -> None:
    newsroom = await Newsroom.opened(database)
    examiner = examiner_in(folder, newsroom)
    statement = newsroom.content.facts[BIDS].statement.replace("bids", "applications")
    preview = (await examiner.examine(replace(CORRECTION, statement=statement), newsroom.content)).preview
    assert preview.startswith(f"**The briefing’s line of {BIDS}** (short) still says “bids”.")
