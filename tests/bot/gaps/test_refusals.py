"""Whoever asks what is not for us gets the reason, and nobody who asks something else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.answers.service import Bot
from bot.gaps.refusals import Refusals
from bot.messages import Outcome
from tests.support.themes import ADA, Bench, gap

if TYPE_CHECKING:
    from bot.store.database import Database

REASON = "Ask DWP: pensions are *theirs* <b>."


async def answering(database: Database) -> tuple[Bench, Bot]:
    bench = await Bench.opened(database)
    return bench, Bot(database, bench.clock, refusals=Refusals(database))


@pytest.mark.parametrize(
    ("asked", "is_told"),
    [
        ("will state pensions rise", True),
        ("Will state pensions rise?", True),
        ("please, when do pensions of the state rise", True),
        ("will state pensions fall", False),
        ("state pensions", False),
        ("pensions", False),
        ("will the pier in Brighton be mended", False),
        ("zebra crossings", False),
    ],
)
async def test_the_reason_stands_in_the_no_answer(database: Database, asked: str, *, is_told: bool) -> None:
    bench, bot = await answering(database)
    assert "We will not hold this" not in str(await bot.fact(asked, team="T1"))
    theme = await bench.themes.refuse(ADA, await bench.ref("pensions"), REASON)
    reply = await bot.fact(asked, team="T1")
    assert reply.outcome in (Outcome.NO_ANSWER, Outcome.CLOSEST)
    assert ("We will not hold this: Ask DWP" in f"{reply.markdown} {reply.note}") is is_told
    assert "<b>" not in reply.markdown
    bench.clock.at += timedelta(seconds=1)
    await bench.themes.reopen(ADA, theme.ref)
    assert "We will not hold this" not in str(await bot.fact(asked, team="T1")), "it was taken back"


async def test_a_reason_is_for_the_workspace_in_which_it_was_given(database: Database) -> None:
    bench, bot = await answering(database)
    await bench.themes.refuse(ADA, await bench.ref("pensions"), REASON)
    assert "Ask DWP" in str(await bot.fact("will state pensions rise", team="T1"))
    assert "Ask DWP" not in str(await bot.fact("will state pensions rise", team="T2"))


async def test_the_answer_needs_no_database_for_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, bot = await answering(database)
    await bot.snapshot()
    await bench.themes.refuse(ADA, await bench.ref("pensions"), REASON)

    def away() -> None:
        raise TimeoutError

    monkeypatch.setattr(database, "reading", away)
    assert (await bot.fact("will state pensions rise", team="T1")).outcome is Outcome.NO_ANSWER


async def test_the_reason_stands_above_what_is_only_the_closest_fact(database: Database) -> None:
    asked = "how much electricity will a growth zone use"
    bench = await Bench.opened(database, gap(asked))
    bot = Bot(database, bench.clock, refusals=Refusals(database))
    await bench.themes.refuse(ADA, await bench.ref("electricity"), "Ask Ofgem.")
    reply = await bot.fact(asked, team="T1")
    assert reply.outcome is Outcome.CLOSEST
    assert reply.markdown.startswith("We will not hold this: Ask Ofgem.\n\n")
    assert not reply.note
