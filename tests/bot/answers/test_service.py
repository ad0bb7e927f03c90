"""The middle of every flow, without Slack."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.actions import Action
from bot.answers.intents import command_meant
from bot.answers.service import Bot
from bot.changes.history import split_since
from bot.clock import SystemClock
from bot.config.maintainers import Maintainers
from bot.content.models import DatedReason
from bot.content.render import Renderer
from bot.errors import BriefingBotError
from bot.messages import Outcome, Reply, Subject
from bot.outbox.operators import Operators
from bot.publishing.publisher import Origin, Publisher
from bot.text import day
from tests.support.newsroom import shipped
from tests.support.publishing import published

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store.database import Database


@pytest.fixture
async def publisher(store: Database) -> Publisher:
    """Publish into the store."""
    return Publisher(store, SystemClock(), Operators(Maintainers(), SystemClock()))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    """Hold the shipped content as revision 1."""
    async with published(shipped(), tmp_path) as (database, _):
        yield database


@pytest.fixture
def bot(store: Database) -> Bot:
    return Bot(store, SystemClock())


_HELP = ["help", " HELP ", "help?", "Help!", "help me", "help please", "/help"]


@pytest.mark.parametrize("words", ["", "  ", *_HELP])
async def test_help(bot: Bot, words: str) -> None:
    for reply in (await bot.ask(words), await bot.fact(words)):
        assert reply.outcome is Outcome.HELP
        assert len(reply.choices) == 5


@pytest.mark.parametrize("words", _HELP)
async def test_help_behind_briefing(bot: Bot, words: str) -> None:
    assert (await bot.briefing(words)).outcome is Outcome.HELP


@pytest.mark.parametrize("words", ["?", "???", "helpful", "help infrastructure"])
async def test_other_words_are_no_call_for_help(bot: Bot, words: str) -> None:
    assert (await bot.ask(words)).outcome is not Outcome.HELP


@pytest.mark.parametrize(
    ("words", "area"),
    [
        ("briefing infrastructure", "infrastructure"),
        ("infrastructure briefing", "infrastructure"),
        ("Infrastructure brief?", "infrastructure"),
        ("brief me on infrastructure", "infrastructure"),
        ("briefing on 3", "infrastructure"),
        ("briefing", "agreement"),
        ("brief me", "agreement"),
    ],
)
async def test_a_briefing_may_be_asked_for_by_its_name(bot: Bot, words: str, area: str) -> None:
    reply = await bot.ask(words)
    assert reply.outcome is Outcome.BRIEFING
    assert reply.subject is not None
    assert reply.subject.area == area


@pytest.mark.parametrize("words", ["briefing 9", "Briefing on 9?", "brief me on area 9"])
async def test_a_number_of_no_area_is_answered_as_the_command_does(bot: Bot, words: str) -> None:
    reply = await bot.ask(words)
    assert reply.note.startswith("No area is called “9”. The areas are: 1 ")


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("subscribe infrastructure weekdays 09:00", "subscribe infrastructure weekdays 09:00"),
        ("Subscribe", "subscribe"),
        ("/briefing  unsubscribe\nall", "unsubscribe all"),
        ("subscriptions", "subscriptions"),
        ("pause", "subscriptions"),
        ("Mute the alerts, please!", "subscriptions"),
        ("stop posting here", "subscriptions"),
        ("pause for two weeks", "subscriptions"),
        ("/briefing pause the alerts, please", "subscriptions"),
        ("our subscriptions?", "subscriptions"),
        ("/briefing pause", "pause"),
        ("/briefing resume.", "resume"),
        ("Please pause until 5 January", "pause until 5 January"),
        ("mute all alerts until 2027-01-05!", "pause until 2027-01-05"),
        ("days off 24 December to 2 January", "days off 24 December to 2 January"),
        ("Days off: from December 24 to 2 January", "days off December 24 to 2 January"),
        ("days off", "days off"),
        ("days off clear", "days off clear"),
        ("Defaults infrastructure", "defaults infrastructure"),
        ("please subscribe all alerts, thanks!", "subscribe all alerts"),
        ("Subscribe: infrastructure alerts.", "subscribe infrastructure alerts"),
        ("`subscribe infrastructure alerts`", "subscribe infrastructure alerts"),
        ("“/briefing subscribe all alerts”", "subscribe all alerts"),
    ],
)
def test_what_a_subcommand_does_is_known_by_its_words(words: str, command: str) -> None:
    assert command_meant(words) == command


@pytest.mark.parametrize(
    "words",
    [
        "subscribers to ChatGPT",
        "who may subscribe",
        "subscribe " * 200,
        "pause for thought",
        "stop the deal",
        "was Stargate paused?",
        "OpenAI paused until 5 January",
        "pause until 5 January?",
        "Subscriptions paid by HMG for ChatGPT",
        "days off for teachers",
        "defaults on loans",
        "/briefing",
    ],
)
def test_other_words_on_subscribing_are_looked_up(words: str) -> None:
    assert command_meant(words) == ""


async def test_the_word_briefing_alone_makes_no_briefing(bot: Bot) -> None:
    assert (await bot.ask("growth zones briefing")).outcome is not Outcome.BRIEFING
    assert (await bot.ask("briefings of zebras")).outcome is Outcome.NO_ANSWER


async def test_a_briefing_in_which_nothing_changed_reads_as_the_command_prints_it(bot: Bot, store: Database) -> None:
    content = (await store.latest()).content
    for area in content.areas:
        assert (await bot.briefing(area.key)).markdown == Renderer(content).briefing(area.key, long=False)


async def last_change(bot: Bot, area: str) -> str:
    """Return what an area's briefing says of its last change, once the newest revision answers."""
    await bot.refresh()
    markdown = (await bot.briefing(area)).markdown
    return markdown.partition("## Changed since last time\n")[2].partition("\n\n\\[1\\]")[0]


async def test_a_briefing_tells_its_last_change(bot: Bot, store: Database, publisher: Publisher) -> None:
    content = shipped()
    today = day((await store.first_published_at()).date())
    fact = replace(content.facts["growth-zones-bids"], statement="There were 201 bids.", short=None)
    digest = ((await bot.briefing("2")).subject or Subject()).digest
    await publisher.publish(replace(content, facts={**content.facts, fact.id: fact}))
    assert await last_change(bot, "3") == f"Last change on {today}. Updated: There were 201 bids."
    assert await last_change(bot, "0") == f"Last change on {today}. Updated: There were 201 bids.", "it prints the fact"
    assert "Changed since" not in (await bot.briefing("2")).markdown
    stale = replace(fact, statement="There were 202 bids.", short="There were 201 bids.")
    await publisher.publish(replace(content, facts={**content.facts, fact.id: stale}))
    assert await last_change(bot, "3") == f"Last change on {today}. Updated: There were 202 bids.", "as an answer reads"
    reason = DatedReason(on=date(2026, 12, 3), why="It was wrong.")
    gone = replace(content, facts={**content.facts, fact.id: replace(fact, withdrawn=reason)})
    await publisher.publish(gone)
    withdrawn = "Withdrawn: There were 201 bids. Do not quote it any more."
    assert await last_change(bot, "3") == f"Last change on {today}. {withdrawn}"
    assert ((await bot.briefing("2")).subject or Subject()).digest == digest, "the digest is that of the facts alone"


async def test_a_briefing_names_three_changes_and_counts_the_others(bot: Bot, publisher: Publisher) -> None:
    content = shipped()
    some = list(content.current_facts("infrastructure"))[:5]
    edited = {each.id: replace(each, statement=f"Site {number} opens.") for number, each in enumerate(some)}
    await publisher.publish(replace(content, facts={**content.facts, **edited}))
    lines = (await last_change(bot, "3")).split("\n")
    assert len(lines) == 5
    assert lines[0].endswith(": 5 facts.")
    assert lines[4] == "- 2 more: /briefing changes 3"


async def test_ask_gives_the_briefing_when_the_words_name_an_area(bot: Bot) -> None:
    reply = await bot.ask("Infrastructure")
    assert reply.outcome is Outcome.BRIEFING
    assert reply.subject == replace(reply.subject or Subject(), area="infrastructure", is_long=False)
    assert (await bot.ask("growth zones")).outcome is Outcome.ANSWER
    assert (await bot.ask("zebras")).outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    "words",
    [
        *(
            "what has happened since",
            "What's happened since then?",
            "what happened after the signing",
            "anything since?",
        ),
        *("any news since the announcement", "what came next after that", "later developments", "so what is new since"),
    ],
)
async def test_what_has_happened_since_is_in_the_overview(bot: Bot, words: str) -> None:
    for reply in (await bot.ask(words), await bot.fact(words)):
        assert (reply.outcome, reply.subject and reply.subject.area) == (Outcome.BRIEFING, "agreement")
        assert "After the signing" in reply.markdown


@pytest.mark.parametrize("words", ["what has happened since the office opened", "since", "what is new", "growth after"])
async def test_a_subject_is_looked_up(bot: Bot, words: str) -> None:
    assert (await bot.fact(words)).outcome is not Outcome.BRIEFING


async def test_the_overview_offers_the_areas(bot: Bot) -> None:
    reply = await bot.briefing("")
    assert [choice.ask for choice in reply.choices] == [Action.BRIEFING] * 4
    assert (await bot.briefing("0")).markdown == reply.markdown


async def test_what_was_shown_can_be_shown_again_word_for_word(bot: Bot) -> None:
    for reply in (await bot.briefing("3"), await bot.fact("growth zones")):
        assert reply.subject is not None
        assert await bot.show(reply.subject) == replace(reply, choices=())


async def test_the_longer_form_is_another_subject(bot: Bot) -> None:
    short = await bot.briefing("3")
    assert short.has_more
    assert short.subject is not None
    long = await bot.show(replace(short.subject, is_long=True))
    assert len(long.markdown) > len(short.markdown)
    assert not long.has_more


async def test_what_is_no_longer_held_is_told(bot: Bot) -> None:
    gone = await bot.show(Subject(area="gone"))
    assert (gone.outcome, len(gone.choices)) == (Outcome.REFUSAL, 5)
    with pytest.raises(BriefingBotError, match="no longer hold"):
        await bot.show(Subject(facts=("gone",)))
    with pytest.raises(BriefingBotError, match="no longer hold"):
        await bot.show(Subject())


async def test_over_long_words(bot: Bot) -> None:
    for reply in (await bot.fact("x " * 300), await bot.ask("infrastructure " * 40), await bot.ask("x" * 501)):
        assert reply == Reply(Outcome.REFUSAL, "", note="The question is over 500 characters. Ask in a few words.")
    assert (await bot.fact("x" * 500)).outcome is Outcome.NO_ANSWER
    reply = await bot.briefing("infrastructure " * 40)
    assert reply.outcome is Outcome.REFUSAL
    assert reply.note == "No area has a name of 600 characters. Name one in a few words."


async def test_words_that_name_no_area_get_what_is_near_and_a_look_up(bot: Bot) -> None:
    reply = await bot.briefing("infrastrukture")
    assert [(choice.ask, choice.value) for choice in reply.choices] == [
        (Action.BRIEFING, "infrastructure"),
        (Action.LOOKUP, "infrastrukture"),
    ]
    assert len((await bot.briefing("zebras")).choices) == 6


async def test_a_withdrawn_fact_is_shown_as_withdrawn_by_its_id_only(store: Database, publisher: Publisher) -> None:
    content = shipped()
    fact = next(content.current_facts("infrastructure"))
    gone = replace(fact, withdrawn=DatedReason(on=date(2026, 11, 1), why="It was wrong."))
    await publisher.publish(replace(content, facts={**content.facts, fact.id: gone}))
    reply = await Bot(store, SystemClock()).fact(fact.id)
    assert "It was wrong" in reply.markdown


async def test_a_new_revision_answers_once_it_is_ready(bot: Bot, publisher: Publisher) -> None:
    content = shipped()
    before = await bot.fact("growth zones")
    assert before.subject is not None
    fact_id = before.subject.facts[0]
    facts = {**content.facts, fact_id: replace(content.facts[fact_id], statement="New words on growth zones.")}
    await publisher.publish(replace(content, facts=facts))
    assert await bot.show(before.subject) == replace(before, choices=()), "the revision before answers until then"
    await bot.refresh()
    after = await bot.show(before.subject)
    assert after.markdown.startswith("New words on growth zones")
    assert after.subject is not None
    assert after.subject.digest != before.subject.digest


async def test_changes_tells_old_words_beside_new(bot: Bot, publisher: Publisher) -> None:
    assert "No change of a fact is recorded." in (await bot.briefing("changes")).markdown
    content = shipped()
    fact = content.facts["growth-zones-investment"]
    reason = DatedReason(on=date(2026, 11, 1), why="The source says so.")
    new = replace(fact, statement=fact.statement.replace("could", "will"), corrected=reason)
    await publisher.publish(replace(content, facts={**content.facts, fact.id: new}), Origin(note="We reread it."))
    for words in ("changes", "Changes 3", "changes infrastructure since 2020-01-01", "changes since 1 January 2020"):
        reply = await bot.briefing(words)
        assert reply.outcome is Outcome.CHANGES
        for part in (
            "Was: OpenAI **could** look",
            "Now: OpenAI **will** look",
            "The source says so.",
            "We reread it.",
        ):
            assert part in reply.markdown, words
    for words in ("changes adoption", "changes since 2100-01-01"):
        assert "No change of a fact is recorded" in (await bot.briefing(words)).markdown
    assert (await bot.briefing("changes zebras")).outcome is Outcome.REFUSAL
    for words in ("changes since Christmas", "changes since 2026-02-30", "changes since"):
        with pytest.raises(BriefingBotError, match="is not a date"):
            await bot.briefing(words)


@pytest.mark.parametrize(
    "words",
    [
        "changes",
        "Changes infrastructure since 1 December",
        "changes in infrastructure",
        "what changed?",
        "What’s changed in area 3 since 2020-01-01?",
        "what has changed since 1 Jan 2020",
        "changes since 1 december",
    ],
)
async def test_what_changed_can_be_asked_for_without_a_command(bot: Bot, publisher: Publisher, words: str) -> None:
    content = shipped()
    fact = content.facts["growth-zones-investment"]
    new = replace(fact, statement="OpenAI could look at two zones.")
    await publisher.publish(replace(content, facts={**content.facts, fact.id: new}))
    reply = await bot.ask(words)
    assert reply.outcome is Outcome.CHANGES
    assert "two zones" in reply.markdown
    assert (await bot.ask("history growth-zones-investment")).outcome is Outcome.CHANGES


@pytest.mark.parametrize("words", ["changes to procurement", "what changed in zebras", "exchanges", "changes " * 200])
async def test_other_changes_are_looked_up(bot: Bot, words: str) -> None:
    assert (await bot.ask(words)).outcome is not Outcome.CHANGES


async def test_a_day_without_its_year_is_the_last_such_day() -> None:
    today = date(2026, 12, 3)
    for words, since in {
        "3 since 1 December": date(2026, 12, 1),
        "3 since 3 Dec": date(2026, 12, 3),
        "3 since 4 December": date(2025, 12, 4),
        "3 since 1 Dec. 2020": date(2020, 12, 1),
    }.items():
        named, moment = split_since(words, today)
        assert (named, moment and moment.date()) == ("3", since)
    for words in ("since 31 April", "since 29 February", "since 0 May", "since 1 Brumaire"):
        with pytest.raises(BriefingBotError, match="is not a date"):
            split_since(words, today)


@pytest.mark.parametrize("words", ["hello", "Hi!", "hey there", "Good morning everyone", "hi bot"])
async def test_a_greeting_is_returned_with_how_to_ask(bot: Bot, words: str) -> None:
    for reply in (await bot.ask(words), await bot.fact(words)):
        assert reply.outcome is Outcome.HELP
        assert reply.markdown.startswith("Hello. Ask me about the ")
        assert len(reply.choices) == 5


@pytest.mark.parametrize("words", ["thanks", "Thank you very much!", "cheers", "many thanks"])
async def test_thanks_are_returned(bot: Bot, words: str) -> None:
    assert (await bot.ask(words)).markdown.startswith("You are welcome. Ask me about the ")


@pytest.mark.parametrize("words", ["hello zebras", "thanks for growth zones", "hi " * 300, "highway"])
async def test_what_only_begins_like_a_greeting_is_looked_up(bot: Bot, words: str) -> None:
    assert (await bot.ask(words)).outcome is not Outcome.HELP


async def test_history_answers_for_exactly_one_known_id(bot: Bot, publisher: Publisher) -> None:
    content = shipped()
    fact = content.facts["growth-zones-investment"]
    unchanged = await bot.fact("history growth-zones-investment")
    assert unchanged.outcome is Outcome.CHANGES
    assert "No change since" in unchanged.markdown
    await publisher.publish(replace(content, facts={**content.facts, fact.id: replace(fact, statement="OpenAI will.")}))
    await bot.refresh()
    assert "Now: OpenAI **will.**" in (await bot.fact("History growth-zones-investment ")).markdown
    gone = replace(content, facts={key: each for key, each in content.facts.items() if key != fact.id})
    await publisher.publish(gone)
    await bot.refresh()
    assert "Withdrawn" in (await bot.fact("history growth-zones-investment")).markdown
    for words in ("history", "history growth zones", "history of growth zones", "history nothing-of-this-id"):
        assert (await bot.fact(words)).outcome is not Outcome.CHANGES


@pytest.mark.parametrize("words", ["who are you", "What is this?", "what's this", "what can you do?", "are you a bot"])
async def test_what_this_is_gets_help(bot: Bot, words: str) -> None:
    assert (await bot.ask(words)).markdown == (await bot.fact("help")).markdown


@pytest.mark.parametrize(
    "words", ["ta", "many thanks :pray:", "that's great, thank you", "perfect, cheers", "nice one!", "thx"]
)
async def test_thanks_in_any_form_are_welcome(bot: Bot, words: str) -> None:
    assert (await bot.ask(words)).markdown.startswith("You are welcome.")


async def test_who_thinks_a_fact_wrong_sees_it_and_whom_to_tell(bot: Bot) -> None:
    reply = await bot.ask("I think the growth zone bids are wrong")
    assert reply.subject is not None
    assert reply.subject.facts[0] == "growth-zones-bids"
    assert "the team that looks after this bot" in reply.note
    assert (await bot.ask("that's wrong")).note == reply.note


@pytest.mark.parametrize("frame", ["{} please", "thanks, {}", ":wave: {}", "1. {}", "{}\u200b", "hi {} :pray:"])
@pytest.mark.parametrize("words", ["briefing on infrastructure", "area 2 briefing", "changes", "growth zones"])
async def test_courtesy_changes_no_answer(bot: Bot, frame: str, words: str) -> None:
    plain, framed = await bot.ask(words), await bot.ask(frame.format(words))
    assert (framed.outcome, framed.subject, framed.note) == (plain.outcome, plain.subject, plain.note)


async def test_the_line_above_the_closest_fact_is_kept_with_it(bot: Bot) -> None:
    reply = await bot.ask("background growth zone bids")
    assert reply.outcome is Outcome.CLOSEST
    assert reply.markdown.startswith("_No fact mentions “background”. The closest we hold:_")
    assert reply.subject is not None
    again = await bot.show(Subject.unpack(reply.subject.pack()))
    assert (again.markdown, again.subject) == (reply.markdown, reply.subject)


async def test_two_questions_are_answered_whole(bot: Bot) -> None:
    reply = await bot.ask("who signed it and how many bids were there?")
    assert reply.subject is not None
    assert reply.subject.leading == 2
    assert reply.markdown.count("Source: ") == 2
    again = await bot.show(Subject.unpack(reply.subject.pack()))
    assert again.markdown == reply.markdown


async def test_an_answer_ends_with_what_followed(bot: Bot) -> None:
    printed = (await bot.ask("data centres")).markdown
    assert "\n**Since then:** OpenAI announced Stargate UK" in printed
    assert printed.index("published 21 July 2025") < printed.index("Since then") < printed.index("## Related")


async def test_a_source_without_a_day_is_shown_by_its_month(bot: Bot) -> None:
    assert "Computer Weekly](https://www.computerweekly.com" in (await bot.ask("Liz Kendall")).markdown
    assert ", published September 2025" in (await bot.ask("Liz Kendall")).markdown


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("is it legally binding?", "As of July 2025; we hold nothing later."),
        ("how many bids are there", "As of July 2025; we hold nothing later."),
        ("who signed for the government?", ""),
        ("when was it signed", ""),
        ("is OpenAI investing in data centres", ""),
        ("Which minister is responsible for AI?", "As of July 2025; we hold nothing later."),
    ],
)
async def test_a_question_in_the_present_tense_is_told_until_when_facts_are_held(
    bot: Bot, words: str, note: str
) -> None:
    assert note == (await bot.ask(words)).note
