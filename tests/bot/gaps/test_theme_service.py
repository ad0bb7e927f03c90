"""What experts decide on themes stays, is audited, and counts once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update

from bot.errors import BriefingBotError
from bot.gaps.theme_decision import close_answered
from bot.gaps.theme_service import Themes
from bot.gaps.themes import StoredTheme, ThemeRef, ThemeState
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, OutboxMessage
from bot.outbox.enqueuing import enqueue_new
from bot.store.maintainer_tables import gaps
from bot.store.tables import deliveries
from tests.support.newsroom import WRONG
from tests.support.retention import swept
from tests.support.themes import ADA, BOB, PENSIONS, WATER, Bench, gap, question_id

if TYPE_CHECKING:
    from bot.gaps.theme_list import ThemeEntry
    from bot.store.database import Database

FACT = "growth-zones-bids"


@pytest.fixture
async def bench(database: Database) -> Bench:
    return await Bench.opened(database)


async def test_questions_sort_themselves_and_are_listed_by_how_much_they_are_asked(bench: Bench) -> None:
    await bench.ask(gap("biscuits", 50))
    listed = await bench.listed()
    assert [len(each.gaps) for each in listed.open] == [1, 4, 3]
    assert [each.count for each in listed.open] == [50, 9, 6]
    assert {each.words for each in listed.open[1].gaps} == set(WATER)
    assert listed.open[1].new_since(date(2026, 12, 1)) == 0
    assert listed.open[1].new_since(date(2026, 11, 30)) == 4
    assert not listed.decided


async def test_a_name_stays_and_new_questions_join_what_was_confirmed(bench: Bench) -> None:
    theme = await bench.themes.rename(ADA, await bench.ref("water"), "  Water use\n of data centres ")
    assert theme.name == "Water use of data centres"
    await bench.ask(gap("how much water do data centres use in summer", 9))
    entry = await bench.entry("water")
    assert (entry.name, len(entry.gaps), len(entry.examples)) == ("Water use of data centres", 5, 4)
    assert ("U1", "theme.named", "", "Water use of data centres") in await bench.audited()


async def test_what_a_fact_holds_is_no_gap_any_more(bench: Bench) -> None:
    with pytest.raises(BriefingBotError, match="Did you mean growth-zones-bids"):
        await bench.themes.hold(ADA, await bench.ref("water"), "growth-zones-bid")
    theme = await bench.themes.hold(ADA, await bench.ref("water"), f" {FACT} ")
    assert (theme.state, theme.fact_id) == (ThemeState.HELD, FACT)
    listed = await bench.listed()
    assert [{gap.words for gap in each.gaps} for each in listed.open] == [set(PENSIONS)]
    assert len(listed.decided[0].gaps) == 4
    await bench.newsroom.edit(replace(bench.newsroom.content.facts[FACT], withdrawn=WRONG))
    (entry,) = [each for each in (await bench.listed()).open if each.theme]
    assert entry.problem == f"{FACT}, which was to answer it, was withdrawn or superseded."
    with pytest.raises(BriefingBotError, match="withdrawn or superseded"):
        await bench.themes.hold(ADA, entry.ref, FACT)
    await bench.themes.refuse(ADA, entry.ref, "Ask Defra.")


async def test_a_theme_is_held_with_what_belongs_to_that_or_not_at_all(bench: Bench) -> None:
    async def fails(_: object, theme: StoredTheme) -> None:
        raise BriefingBotError(theme.state.value)

    with pytest.raises(BriefingBotError, match="held"):
        await bench.themes.hold(ADA, await bench.ref("water"), FACT, fails)
    assert (await bench.entry("water")).theme is None


async def test_a_decision_covers_no_question_that_is_only_near(database: Database) -> None:
    electricity, ombudsman = (
        "how much electricity will a growth zone use",
        "is there an ombudsman for complaints about the deal",
    )
    bench = await Bench.opened(database, gap(electricity), gap(ombudsman))
    await bench.themes.hold(ADA, await bench.ref("electricity"), FACT)
    await bench.themes.refuse(ADA, await bench.ref("ombudsman"), "Ask DSIT.")
    assert not (await bench.listed()).open
    others = ("how much water will a growth zone use", "does the deal cover nuclear reactors")
    await bench.ask(*map(gap, others), gap("about the deal, is there an ombudsman for complaints"))
    listed = await bench.listed()
    assert {entry.name for entry in listed.open} == set(others), "the same words are covered"
    assert f"Near “{electricity}” (held), which does not cover it." in [each.problem for each in listed.open]
    await bench.themes.refuse(BOB, await bench.ref("water"), "Ask Ofwat.")


async def test_what_a_fact_was_to_answer_and_does_not_is_shown_again(database: Database) -> None:
    asked = "how much electricity will a growth zone use"
    bench = await Bench.opened(database, gap(asked), gap("who may bid for a growth zone"))
    held = await bench.themes.hold(ADA, await bench.ref("electricity"), FACT)
    assert held.id not in {each.key for each in (await bench.listed()).open}
    await bench.ask(replace(gap(asked), last_on=date(2026, 12, 4)))
    entry = await bench.entry("electricity")
    assert (entry.key, entry.count) == (held.id, 2), "asked again on a later day, and not answered"
    assert entry.problem == f"{FACT} was to answer it and does not answer: “{asked}”"


async def test_what_is_not_for_us_says_that_a_fact_answers_by_now(database: Database) -> None:
    bench = await Bench.opened(database, gap("data centre water use"))
    await bench.themes.refuse(ADA, await bench.ref("water"), "Ask Ofwat.")
    reply = await bench.themes.reply("T1")
    assert "Not for us: Ask Ofwat. A fact answers it now" in reply.rows[0].text


async def test_what_is_not_for_us_keeps_its_reason_until_it_is_taken_back(bench: Bench) -> None:
    theme = await bench.themes.refuse(ADA, await bench.ref("pensions"), "Ask DWP: pensions are theirs.")
    assert [each.name for each in (await bench.listed()).decided] == [theme.name]
    with pytest.raises(BriefingBotError, match="Too late: Ada said on 3 December 2026 that this is not for us"):
        await bench.themes.rename(BOB, theme.ref, "Pensions")
    back = await bench.themes.reopen(BOB, theme.ref)
    assert (back.state, back.reason) == (ThemeState.OPEN, "")
    assert len((await bench.listed()).open) == 2
    actions = [(who, action) for who, action, _, _ in await bench.audited() if action.startswith("theme")]
    assert actions == [("U1", "theme.not_for_us"), ("U2", "theme.reopened")]


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("", "Say why"),
        ("  \n ", "Say why"),
        ("x" * 301, "300 characters: it has 301"),
        ("<!channel> no", "mentions"),
        ("ask <@U1>", "mentions"),
        ("ask @Here", "mentions"),
    ],
)
async def test_a_reason_is_short_and_pings_nobody(bench: Bench, reason: str, error: str) -> None:
    with pytest.raises(BriefingBotError, match=error):
        await bench.themes.refuse(ADA, await bench.ref("pensions"), reason)
    assert (await bench.entry("pensions")).theme is None, "nothing is stored"


async def test_themes_merge_and_split(bench: Bench) -> None:
    water, pensions = await bench.entry("water"), await bench.entry("pensions")
    with pytest.raises(BriefingBotError, match="one theme already"):
        await bench.themes.merge(ADA, ThemeRef(water.key, 0), water.key)
    both = await bench.themes.merge(ADA, ThemeRef(water.key, 0), pensions.key)
    (entry,) = (await bench.listed()).open
    assert (entry.key, len(entry.examples), len(entry.gaps)) == (both.id, 7, 7)
    chosen = [question_id(each) for each in WATER]
    with pytest.raises(BriefingBotError, match="at least one"):
        await bench.themes.split(ADA, ThemeRef(both.id, entry.ref.version), [], "Water")
    with pytest.raises(BriefingBotError, match="all its questions"):
        await bench.themes.split(ADA, ThemeRef(both.id, entry.ref.version), list(entry.questions), "Water")
    with pytest.raises(BriefingBotError, match="gone, or in another"):
        await bench.themes.split(ADA, ThemeRef(both.id, entry.ref.version), ["no such id"], "Water")
    await bench.themes.split(ADA, ThemeRef(both.id, entry.ref.version), chosen, "Water")
    assert {each.name: len(each.gaps) for each in (await bench.listed()).open} == {"Water": 4, pensions.name: 3}
    stored = await bench.entry("water"), await bench.entry("pensions")
    await bench.themes.merge(ADA, stored[0].ref, stored[1].key)
    assert len((await bench.listed()).open) == 1


async def test_a_confirmed_question_stays_where_an_expert_put_it(bench: Bench) -> None:
    first, water = question_id(PENSIONS[0]), await bench.entry("water")
    await bench.themes.confirm(ADA, await bench.ref("pensions"), [first], water.key)
    assert {each.id for each in (await bench.entry("data centre")).gaps} >= {first}
    await bench.themes.confirm(ADA, await bench.ref("water"), [question_id(WATER[0])])
    await bench.ask(*(gap(f"will state pensions rise in {year}") for year in range(2027, 2047)))
    entry = next(each for each in (await bench.listed()).open if first in each.questions)
    assert question_id(WATER[0]) in entry.questions, "twenty alike do not pull it away"


async def test_of_two_experts_at_the_same_second_one_wins_and_the_other_is_told(bench: Bench) -> None:
    ref = await bench.ref("water")
    other = Themes(bench.database, bench.clock)
    results = await asyncio.gather(
        bench.themes.refuse(ADA, ref, "Ask Defra."), other.hold(BOB, ref, FACT), return_exceptions=True
    )
    (error,) = [each for each in results if isinstance(each, BriefingBotError)]
    assert "Too late: " in error.message
    assert len([each for each in await bench.audited() if each[1].startswith("theme")]) == 1
    theme = await bench.themes.rename(ADA, await bench.ref("pensions"), "Pensions")
    ref = theme.ref
    results = await asyncio.gather(
        bench.themes.rename(ADA, ref, "State pensions"), other.refuse(BOB, ref, "Ask DWP."), return_exceptions=True
    )
    (error,) = [each for each in results if isinstance(each, BriefingBotError)]
    assert "Too late: " in error.message


async def test_of_two_who_draft_at_the_same_second_the_other_reads_who_does(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, other = await bench.entry("water"), Themes(bench.database, bench.clock)

    async def as_seen(*_: object) -> ThemeEntry:
        return seen

    monkeypatch.setattr(other, "entry", as_seen)  # read before Ada's is stored
    theme = await bench.themes.store(ADA, seen.ref)
    with pytest.raises(
        BriefingBotError, match=f"Too late: Ada is drafting a fact for “{theme.name}”. Look at it again."
    ):
        await other.store(BOB, seen.ref)


async def test_the_audit_of_themes_holds_no_question_that_somebody_asked(bench: Bench) -> None:
    theme = await bench.themes.store(ADA, await bench.ref("water"))
    entry = await bench.entry("water")
    theme = await bench.themes.confirm(ADA, entry.ref, [question_id(WATER[0])])
    await bench.themes.split(ADA, theme.ref, [question_id(WATER[0])], "One")
    entry = await bench.entry(WATER[1])
    both = await bench.themes.merge(ADA, entry.ref, (await bench.entry("pensions")).key)
    held = await bench.themes.hold(ADA, both.ref, FACT)
    opened = await bench.themes.reopen(BOB, held.ref)
    await bench.themes.refuse(BOB, opened.ref, "Not ours.")
    found = await bench.audited()
    assert len([each for each in found if each[1].startswith("theme.")]) == 7
    said = " ".join(" ".join(each) for each in found)
    assert not [each for each in (*WATER, *PENSIONS) if each in said]


async def test_with_zero_days_open_themes_go_with_their_questions(bench: Bench) -> None:
    await bench.themes.store(ADA, await bench.ref("water"))
    refused = await bench.themes.refuse(ADA, await bench.ref("pensions"), "Ask DWP.")
    await swept(bench.database, bench.clock)
    assert len((await bench.listed()).open) == 1
    await swept(bench.database, bench.clock, gaps=0)
    listed = await bench.listed()
    assert not listed.open
    assert [(each.key, len(each.examples)) for each in listed.decided] == [(refused.id, 3)]


async def test_a_weekly_post_that_was_never_posted_is_erased_with_its_questions(bench: Bench) -> None:
    ((channel, message),) = await bench.themes.weekly("C1", "T1", None)
    delivery = Delivery("T1", channel, DeliveryKind.NOTE, message, id="1" * 32)
    other = replace(delivery, message=OutboxMessage("a card"), id="2" * 32)
    async with bench.database.transaction() as connection:
        for each in (delivery, other):
            await enqueue_new(connection, each, bench.clock.now())
        await connection.execute(update(deliveries).values(state=DeliveryState.FAILED.value))
    for days, kept in ((29, [True, True]), (1, [False, True])):
        bench.clock.pass_by(days=days)
        await swept(bench.database, bench.clock, gaps=30)
        async with bench.database.reading() as connection:
            found = await connection.scalars(select(deliveries.c.payload).order_by(deliveries.c.id))
        assert [bool(each) for each in found] == kept


async def test_an_older_button_says_what_became_of_its_theme(bench: Bench) -> None:
    ref = await bench.ref("water")
    await bench.themes.refuse(ADA, ref, "Ask Defra.")
    with pytest.raises(BriefingBotError, match="Ask Defra"):
        await bench.themes.entry("T1", ref.key)
    for forged in ("", "new-", "new-x", "0" * 32, "x" * 2000, "\0", "’; drop table themes"):
        with pytest.raises(BriefingBotError, match="no longer there"):
            await bench.themes.entry("T1", forged)
        with pytest.raises(BriefingBotError, match="no longer there"):
            await bench.themes.reopen(ADA, ThemeRef(forged, 1))
    with pytest.raises(BriefingBotError, match="no longer there"):
        await bench.themes.entry("T2", (await bench.entry("pensions")).key)


async def test_examples_stay_when_their_gaps_are_erased(bench: Bench) -> None:
    theme = await bench.themes.rename(ADA, await bench.ref("water"), "Water")
    async with bench.database.transaction() as connection:
        await connection.execute(delete(gaps))
    listed = await bench.listed()
    assert not listed.open
    assert [(each.name, each.count, len(each.examples)) for each in listed.decided] == [("Water", 0, 4)]
    await bench.ask(gap("water use of a data centre"))
    assert (await bench.entry("water")).key == theme.id
    with pytest.raises(BriefingBotError, match="Too late"):
        await bench.themes.forget(BOB, ThemeRef(theme.id, theme.version + 1))
    await bench.themes.forget(BOB, theme.ref)
    entry = await bench.entry("water")
    assert (entry.theme, len(entry.examples), len(entry.gaps)) == (None, 0, 1)
    assert ("U2", "theme.forgotten", "", "") in await bench.audited()


async def test_noise_makes_no_trouble(bench: Bench) -> None:
    noise = ["", "   ", "?!", "🦀🦀🦀", "\u202e\u200b", "a" * 5000, "<!channel> *x* `y`", "'; drop table gaps; --"]
    await bench.ask(*(gap(each) for each in noise))
    listed = await bench.listed()
    assert sum(len(each.gaps) for each in listed.open) == 7 + len(noise)
    for each in listed.open:
        theme = await bench.themes.rename(ADA, each.ref, f"Theme {each.key[:60]}")
        await bench.themes.refuse(ADA, theme.ref, "No.")
    assert not (await bench.listed()).open


async def test_an_unnamed_theme_of_a_long_question_is_cut_and_named(bench: Bench) -> None:
    await bench.ask(gap("why " * 300))
    entry = await bench.entry("why why")
    theme = await bench.themes.refuse(ADA, ThemeRef(entry.key, 0), "No.")
    assert len(theme.name) <= 80


async def test_a_published_fact_closes_its_theme_unless_that_is_not_for_us(bench: Bench) -> None:
    theme = await bench.themes.store(ADA, await bench.ref("water"))
    assert await bench.themes.store(BOB, await bench.ref("water")) == theme, "two may draft for it"
    pensions = await bench.themes.refuse(ADA, await bench.ref("pensions"), "Ask DWP.")
    async with bench.database.transaction() as connection:
        for each in (theme.id, theme.id, pensions.id, "gone"):
            await close_answered(connection, each, FACT, BOB, bench.clock.now())
    listed = await bench.listed()
    assert not listed.open
    assert {each.name: each.theme and each.theme.state for each in listed.decided} == {
        theme.name: ThemeState.ANSWERED,
        pensions.name: ThemeState.NOT_FOR_US,
    }
    with pytest.raises(BriefingBotError, match=f"Bob closed it on 3 December 2026, as {FACT} answers"):
        await bench.themes.entry("T1", theme.id)
    answered = [each for each in await bench.audited() if each[1] == "theme.answered"]
    assert answered == [("bot", "theme.answered", "", FACT)]
