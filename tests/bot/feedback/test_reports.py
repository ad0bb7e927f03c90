"""Reports to the maintainers, on each kind of database: posted and dealt with once, told where they are not."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.config.maintainers import Maintainers
from bot.errors import BriefingBotError
from bot.feedback.report_messages import LONGEST_ANSWER, LONGEST_SAID, Report
from bot.feedback.reports import AGAIN_AFTER, MOST_AN_HOUR, TOLD_AFTER, ReportListener, Reports
from bot.feedback.votes import KEPT_FOR
from bot.lookup.answer import LONGEST_QUERY
from bot.outbox.delivery import DeliveryKind, ErrorClass
from bot.outbox.outbox import Outbox
from bot.store.maintainer_tables import reports
from bot.store.tables import deliveries
from handlers.rendering.replies import delivered
from tests.support.newsroom import Newsroom
from tests.support.outbox import MAINTAINERS, QUIET_S, NullTransport, refusal
from tests.support.retention import swept
from tests.support.waiting import PATIENCE_S
from workspace.blocks.pings import find_pings

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Row

    from bot.outbox.delivery import Attempt
    from bot.store.database import Database

BIDS, SECRET = "growth-zones-bids", "xoxb-1-2"
PROBLEM = Report(
    "T1",
    "U0ADA",
    "Ada",
    "C1 1.1",
    False,  # noqa: FBT003 — whether it is a question
    "answer",
    BIDS,
    "how many bids?",
    "There were 201.",
    "https://x.test/p1",
)
QUESTION = replace(PROBLEM, is_question=True, outcome="no_answer", fact_id="", words="Zebras?", said="", permalink="")


class Desk:
    """Reports with a database, an outbox and a clock that is moved by hand."""

    def __init__(self, newsroom: Newsroom) -> None:
        """Wire them."""
        self.database, self.clock = newsroom.database, newsroom.clock
        self.reports = Reports(self.database, self.clock, lambda: None, Maintainers(MAINTAINERS), awaited_s=0)
        listeners = [ReportListener(Maintainers(MAINTAINERS), self.clock)]
        self.outbox = Outbox(
            self.database,
            self.clock,
            NullTransport(),
            quiet_s=QUIET_S,
            maintainers=Maintainers(MAINTAINERS),
            listeners=listeners,
        )

    async def next(self) -> Attempt:
        """Claim the next delivery, which the pace of its channel allows by now."""
        self.clock.pass_by(seconds=1.1)
        (attempt,) = await self.outbox.claim(1)
        return attempt

    async def soon(self) -> Attempt:
        """Claim what is being enqueued meanwhile."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if claimed := await self.outbox.claim(1):
                    return claimed[0]
                await asyncio.sleep(0.01)

    async def kept(self) -> list[Row[Any]]:
        """Return the reports on record."""
        async with self.database.reading() as connection:
            return list(await connection.execute(select(reports)))

    async def all_kept(self) -> str:
        """Return everything on record as one text."""
        async with self.database.reading() as connection:
            return str(await self.kept()) + str(list(await connection.execute(select(deliveries))))


@pytest.fixture
async def desk(database: Database) -> Desk:
    return Desk(await Newsroom.opened(database))


async def test_a_report_is_posted_dealt_with_and_told_once(desk: Desk) -> None:
    assert await desk.reports.send("V1", PROBLEM) is False, "nobody has posted it yet"
    await desk.reports.send("V1", PROBLEM)
    posted = await desk.next()
    assert (posted.channel, posted.kind) == (MAINTAINERS, DeliveryKind.REPLY)
    for words in ("A problem is reported", "Ada", BIDS, "how many bids?", "There were 201.", "https://x.test/p1"):
        assert words in posted.message.markdown
    (button,) = posted.message.buttons
    assert (button.action, button.value) == ("dealt", posted.id)
    assert await desk.outbox.sent(posted, "7.7")
    await desk.reports.deal("T1", posted.id, "Grace", "Put right.")
    with pytest.raises(BriefingBotError, match="already dealt with"):
        await desk.reports.deal("T1", posted.id, "Joan", "Again.")
    with pytest.raises(BriefingBotError, match="too old"):
        await desk.reports.deal("T2", posted.id, "Joan", "Of another workspace.")
    told, edit = await desk.next(), await desk.next()
    assert (told.channel, told.kind) == ("U0ADA", DeliveryKind.REPLY)
    assert told.message.markdown.startswith("Your report of 3 December 2026 on “")
    assert told.message.markdown.endswith("was dealt with: Put right.")
    assert (edit.kind, edit.channel, edit.message.edits) == (DeliveryKind.EDIT, MAINTAINERS, "7.7")
    assert "**Dealt with** by Grace on 3 December 2026: Put right." in edit.message.markdown
    assert (edit.message.buttons, "how many bids?" in edit.message.markdown) == ((), True)
    assert await desk.outbox.sent(told, "8.8")
    assert await desk.outbox.sent(edit, "7.7")
    assert await desk.outbox.claim(8) == ()
    (row,) = await desk.kept()
    assert (row.user, row.name, row.words) == ("", "", "how many bids?"), "who sent it is forgotten"


async def test_two_maintainers_at_once_answer_once(desk: Desk) -> None:
    await desk.reports.send("V1", QUESTION)
    posted = await desk.next()
    await desk.outbox.sent(posted, "7.7")
    results = await asyncio.gather(
        *(desk.reports.deal("T1", posted.id, name, name) for name in ("Grace", "Joan")), return_exceptions=True
    )
    assert sorted(isinstance(each, BriefingBotError) for each in results) == [False, True]
    told = await desk.next()
    assert told.message.markdown.startswith("Your question of 3 December 2026 on “Zebras?” was dealt with: ")
    assert told.message.buttons == ()


async def test_one_for_each_person_and_message_a_minute(desk: Desk) -> None:
    await desk.reports.send("V1", PROBLEM)
    with pytest.raises(BriefingBotError, match="Wait a minute"):
        await desk.reports.send("V2", replace(PROBLEM, said="And another thing."))
    await desk.reports.send("V3", replace(PROBLEM, user="U0GRACE"))
    await desk.reports.send("V4", replace(PROBLEM, about="C1 2.2"))
    desk.clock.at += AGAIN_AFTER
    await desk.reports.send("V5", PROBLEM)
    assert len(await desk.kept()) == 4


async def test_nobody_fills_the_channel(desk: Desk) -> None:
    for number in range(MOST_AN_HOUR):
        await desk.reports.send(f"V{number}", replace(PROBLEM, about=f"C1 {number}"))
    with pytest.raises(BriefingBotError, match="many of these"):
        await desk.reports.send("V", replace(PROBLEM, about="C1 one more"))
    desk.clock.pass_by(hours=1, seconds=1)
    await desk.reports.send("V", replace(PROBLEM, about="C1 one more"))


@pytest.mark.parametrize("code", ["is_archived", "not_in_channel", "channel_not_found"])
async def test_a_channel_that_takes_nothing_is_told_to_the_sender_and_once_to_operators(desk: Desk, code: str) -> None:
    with capture_logs() as logs:
        for number in range(2):
            await desk.reports.send(f"V{number}", replace(PROBLEM, about=f"C1 {number}"))
            await desk.outbox.refused(await desk.next(), refusal(ErrorClass.CHANNEL, code))
    assert [line["event"] for line in logs].count("operators.notified") == 1
    assert await desk.kept() == [], "nothing is kept of what nobody got"
    assert await desk.outbox.claim(8) == (), "the form may tell it first"
    desk.clock.at += TOLD_AFTER
    told = await desk.next()
    assert told.channel == "U0ADA"
    assert told.message.markdown.startswith("I could not give your report of 3 December 2026")
    assert "There were 201" not in await desk.all_kept()
    await desk.outbox.sent(told, "1.1")
    await desk.reports.send("V9", replace(PROBLEM, about="C1 9"))
    with capture_logs() as logs:
        while (attempt := await desk.next()).channel != MAINTAINERS:
            await desk.outbox.sent(attempt, "1.2")
        await desk.outbox.sent(attempt, "7.7")
        await desk.reports.send("V10", replace(PROBLEM, about="C1 10"))
        await desk.outbox.refused(await desk.next(), refusal(ErrorClass.CHANNEL, code))
    assert [line["event"] for line in logs].count("operators.notified") == 1, "it had come back meanwhile"


async def test_a_report_that_may_have_been_posted_is_kept_and_can_be_dealt_with(desk: Desk) -> None:
    with capture_logs() as logs:
        await desk.reports.send("V1", PROBLEM)
        posted = await desk.next()
        await desk.outbox.refused(posted, refusal(ErrorClass.CHANNEL, "unconfirmed: missing_scope"))
    assert "operators.notified" not in [line["event"] for line in logs], "the channel may take posts"
    desk.clock.at += TOLD_AFTER
    told = await desk.next()
    assert told.channel == "U0ADA"
    assert told.message.markdown.startswith("Slack did not confirm that your report of 3 December 2026 reached")
    await desk.outbox.sent(told, "1.1")
    await desk.reports.deal("T1", posted.id, "Grace", "Put right.")
    assert (await desk.next()).message.markdown.endswith("was dealt with: Put right.")


async def test_what_is_dealt_with_before_slack_confirms_it_is_told_once(desk: Desk) -> None:
    await desk.reports.send("V1", PROBLEM)
    posted = await desk.next()
    await desk.reports.deal("T1", posted.id, "Grace", "")
    await desk.outbox.refused(posted, refusal(ErrorClass.CHANNEL, "unconfirmed: missing_scope"))
    desk.clock.at += TOLD_AFTER
    told = await desk.next()
    assert told.message.markdown.endswith("was dealt with.")
    await desk.outbox.sent(told, "1.1")
    desk.clock.pass_by(seconds=2)
    assert await desk.outbox.claim(8) == ()
    assert len(await desk.kept()) == 1


async def test_what_the_form_tells_is_not_told_again_and_can_be_sent_again(desk: Desk) -> None:
    desk.reports = Reports(desk.database, desk.clock, lambda: None, Maintainers(MAINTAINERS), awaited_s=PATIENCE_S)
    sending = asyncio.create_task(desk.reports.send("V1", PROBLEM))
    await desk.outbox.refused(await desk.soon(), refusal(ErrorClass.CHANNEL, "is_archived"))
    with pytest.raises(BriefingBotError, match="takes no posts at the moment"):
        await sending
    desk.clock.at += 2 * TOLD_AFTER
    assert await desk.outbox.claim(8) == ()
    again = asyncio.create_task(desk.reports.send("V1", PROBLEM))
    await desk.outbox.sent(await desk.soon(), "7.7")
    assert await again is True
    assert len(await desk.kept()) == 1


async def test_a_deactivated_sender_is_logged_once_and_troubles_nobody(desk: Desk) -> None:
    await desk.reports.send("V1", PROBLEM)
    posted = await desk.next()
    await desk.outbox.sent(posted, "7.7")
    await desk.reports.deal("T1", posted.id, "Grace", "")
    told = await desk.next()
    assert told.message.markdown.endswith("was dealt with.")
    with capture_logs() as logs:
        await desk.outbox.refused(told, refusal(ErrorClass.CHANNEL, "account_inactive"))
    assert [line["event"] for line in logs] == ["delivery.failed"]
    assert (await desk.next()).kind is DeliveryKind.EDIT
    assert await desk.outbox.claim(8) == ()


async def test_words_are_erased_after_ninety_days(desk: Desk) -> None:
    await desk.reports.send("V1", PROBLEM)
    posted = await desk.next()
    await desk.outbox.sent(posted, "7.7")
    await desk.reports.deal("T1", posted.id, "Grace", "Put right.")
    for _ in range(2):
        await desk.outbox.sent(await desk.next(), "8.8")
    desk.clock.at += KEPT_FOR - timedelta(minutes=1)
    await swept(desk.database, desk.clock)
    assert "There were 201" in await desk.all_kept()
    desk.clock.pass_by(minutes=1)
    await swept(desk.database, desk.clock)
    for words in ("There were 201", "how many bids", "Put right", "Grace"):
        assert words not in await desk.all_kept()
    with pytest.raises(BriefingBotError, match="too old"):
        await desk.reports.deal("T1", posted.id, "Grace", "")


async def test_no_words_of_a_sender_are_markup_a_mention_or_a_secret(desk: Desk) -> None:
    hostile = "<!channel> <@U0GRACE> [x](https://evil.test) **b** \n# h\n- l <script>&amp; @here 🎉\0\ud800\u202e"
    await desk.reports.send("V1", replace(PROBLEM, words=hostile, said=hostile + SECRET, name=hostile))
    posted = await desk.next()
    await desk.outbox.sent(posted, "7.7")
    await desk.reports.deal("T1", posted.id, hostile, hostile + SECRET)
    told, edit = await desk.next(), await desk.next()
    for message in (posted.message, told.message, edit.message):
        (shown,) = delivered(message)
        assert find_pings(shown["text"], shown["blocks"]) == ()
        assert SECRET not in str(shown)
        links = [
            each for each in str(shown["blocks"]).split("'url': ")[1:] if not each.startswith("'https://x.test/p1'")
        ]
        assert links == []


async def test_lines_stay_lines_and_none_is_markup(desk: Desk) -> None:
    said, shown_as = "One.\n\n- two\r\n# three\n1. four\n---\n> five", "One.\n- two\n# three\n1. four\n---\n&gt; five"
    await desk.reports.send("V1", replace(PROBLEM, said=said))
    posted = await desk.next()
    await desk.outbox.sent(posted, "7.7")
    await desk.reports.deal("T1", posted.id, "Grace", said)
    told, edit = await desk.next(), await desk.next()
    for message, before in ((posted.message, "is wrong: "), (told.message, "with: "), (edit.message, "2026: ")):
        (shown,) = delivered(message)
        assert f"{before}{shown_as}" in shown["text"]
    (shown,) = delivered(edit.message)
    assert f"is wrong: {shown_as}" in shown["text"]
    assert '{"type": "text", "text": "\\n"}, {"type": "text", "text": "# three"}' in json.dumps(shown["blocks"])


@pytest.mark.parametrize("said", ["_" * LONGEST_SAID, "_\n" * (LONGEST_SAID // 2)])
async def test_the_longest_words_fit_into_one_message(desk: Desk, said: str) -> None:
    longest = replace(PROBLEM, words="*" * LONGEST_QUERY, said=said)
    await desk.reports.send("V1", longest)
    posted = await desk.next()
    await desk.outbox.sent(posted, "7.7")
    await desk.reports.deal("T1", posted.id, "Grace", "<" * LONGEST_ANSWER)
    for message in (posted.message, (await desk.next()).message, (await desk.next()).message):
        (shown,) = delivered(message)
        assert said.strip() in shown["text"] or "&lt;" * LONGEST_ANSWER in shown["text"]
