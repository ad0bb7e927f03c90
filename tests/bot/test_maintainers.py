"""What belongs to the maintainers is in their workspace alone: the same ids in another one are others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.answers.offers import Offers
from bot.answers.service import Bot
from bot.config.maintainers import ONE_WORKSPACE, Maintainers
from bot.errors import BriefingBotError
from bot.feedback.report_messages import Report
from bot.feedback.reports import ReportListener, Reports
from bot.gaps.recorder import GapRecorder
from bot.messages import offered
from bot.outbox.delivery import Delivery, DeliveryKind, ErrorClass, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.outbox.operators import Operators, remember_team, team_of_maintainers
from bot.outbox.outbox import Outbox
from bot.proposals.telling import CardListener
from bot.reviews.post import ReviewListener
from bot.store.maintainer_tables import gaps, gaps_dropped, reports
from bot.store.tables import deliveries
from tests.support.newsroom import HandClock, Newsroom
from tests.support.outbox import MAINTAINERS, QUIET_S, NullTransport, refusal

if TYPE_CHECKING:
    from bot.store.database import Database

OURS, THEIRS = "T1", "T2"
NAMED = Maintainers(MAINTAINERS, OURS, has_others=True)
UNNAMED = Maintainers(MAINTAINERS, has_others=True)


@pytest.mark.parametrize(
    ("maintainers", "ours", "theirs"),
    [(Maintainers(MAINTAINERS), True, True), (NAMED, True, False), (UNNAMED, False, False)],
)
def test_a_channel_is_read_in_one_workspace(maintainers: Maintainers, *, ours: bool, theirs: bool) -> None:
    for team, expected in ((OURS, ours), (THEIRS, theirs), ("", maintainers == Maintainers(MAINTAINERS))):
        assert maintainers.are_in(team) is expected
        assert maintainers.listen_to(team) is expected
        assert maintainers.read(team, MAINTAINERS) is expected
        assert not maintainers.read(team, "C1")
    assert not ONE_WORKSPACE.listen_to(OURS)
    assert not ONE_WORKSPACE.read(OURS, "")


async def test_answers_offer_what_reaches_maintainers_in_their_workspace_alone(database: Database) -> None:
    newsroom = await Newsroom.opened(database)
    bot = Bot(database, newsroom.clock, Offers(maintainers=NAMED))
    asks = {"ask", "report", "suggest"}
    for words in ("how many bids", "zebra crossings"):
        ours, theirs = [await bot.fact(words, team=team) for team in (OURS, THEIRS)]
        offers = [
            {*(each.action for each in offered(reply)), *(each.ask for each in reply.choices)}
            for reply in (ours, theirs)
        ]
        assert offers[0] & asks
        assert not offers[1] & asks
        assert offers[1] == offers[0] - asks
        assert theirs.markdown == ours.markdown


async def test_questions_of_other_workspaces_are_neither_kept_nor_counted(database: Database) -> None:
    newsroom = await Newsroom.opened(database)
    bot = Bot(database, newsroom.clock)
    recorder = GapRecorder(database, newsroom.clock, bot, keep_days=90, maintainers=NAMED)
    for team in (OURS, THEIRS):
        recorder.note(team, "U1", "will state pensions rise")
        for _ in range(200):
            recorder.note(team, "U2", "my card is 4929 1234 1234 1234")
    await recorder.flush()
    async with database.reading() as connection:
        assert set(await connection.scalars(select(gaps.c.team))) == {OURS}
        assert set(await connection.scalars(select(gaps_dropped.c.team))) == {OURS}


async def test_a_report_from_elsewhere_is_refused_and_not_kept(database: Database) -> None:
    newsroom = await Newsroom.opened(database)
    desk = Reports(database, newsroom.clock, lambda: None, NAMED, awaited_s=0)
    words = ("Ada", "about", False, "answer", "", "words", "said", "")
    with pytest.raises(BriefingBotError, match="nobody to send it to"):
        await desk.send("V1", Report(THEIRS, "U1", *words))
    await desk.send("V1", Report(OURS, "U1", *words))
    async with database.reading() as connection:
        assert list(await connection.scalars(select(reports.c.team))) == [OURS]


@pytest.mark.parametrize("maintainers", [NAMED, UNNAMED])
async def test_what_fails_elsewhere_is_told_to_no_channel(
    database: Database, maintainers: Maintainers, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = HandClock()
    told = [kind(maintainers, clock) for kind in (ReportListener, CardListener, ReviewListener)]
    transport = NullTransport()
    outbox = Outbox(database, clock, transport, quiet_s=QUIET_S, maintainers=maintainers, listeners=told)
    sent = [Delivery(team, "C7", DeliveryKind.ALERT, OutboxMessage("words")) for team in (OURS, THEIRS)]
    async with database.transaction() as connection:
        await enqueue(connection, sent, clock.now())
    for attempt in await outbox.claim(8):
        await outbox.refused(attempt, refusal(ErrorClass.CHANNEL, "is_archived"))
    async with database.reading() as connection:
        notices = (await connection.execute(select(deliveries).where(deliveries.c.kind == DeliveryKind.NOTE))).all()
    assert [(each.team, each.channel) for each in notices] == ([(OURS, MAINTAINERS)] if maintainers.team else [])
    assert THEIRS not in str([each.payload for each in notices])
    assert capsys.readouterr().out.count("delivery.failed") == 2, "the log has both"


async def test_notices_about_no_workspace_go_to_the_maintainers(database: Database) -> None:
    clock = HandClock()
    async with database.transaction() as connection:
        await remember_team(connection, THEIRS)
        assert await team_of_maintainers(connection, NAMED) == OURS
        assert await team_of_maintainers(connection, UNNAMED) == ""
        assert await team_of_maintainers(connection, replace(UNNAMED, has_others=False)) == THEIRS
        await Operators(NAMED, clock).notify(connection, "Faults", ["a.yaml:1"])
        await Operators(UNNAMED, clock).notify(connection, "Faults", ["b.yaml:1"])
        found = (await connection.execute(select(deliveries.c.team, deliveries.c.channel))).all()
    assert [tuple(each) for each in found] == [(OURS, MAINTAINERS)]
