"""Whoever has messages read aloud hears all of it: each word that blocks show stands in the top-level text.

Screen readers read `text` and then the controls (Slack: chat.postMessage, "Accessibility"), so the words on buttons and
in menus are not repeated in it. Every kind of reply and of delivery is held to it; a new kind fails until it is here.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from bot.alerts import posts, watches
from bot.alerts.posts import PublicPost
from bot.alerts.replies import public_message
from bot.alerts.requested_posts import post_message
from bot.alerts.subscriptions import ALL
from bot.answers.claim_check import check_message
from bot.answers.replies import help_page
from bot.answers.search import more_related
from bot.answers.service import Bot
from bot.errors import BriefingBotError
from bot.messages import ChannelRef, Outcome, Poster
from bot.outbox.delivery import PRIVATE, DeliveryKind, OutboxMessage, ScheduledPostRequest, message_from_json
from bot.schedules.render import ScheduledPostRenderer
from handlers.errors import refusal
from handlers.rendering.replies import Audience, copied, delivered, edited, messages, plain
from tests.support.newsroom import POLICY, TODAY, Newsroom
from tests.support.subscribing import ADA, Office

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.messages import Reply
    from bot.store.database import Database

CONTROLS = frozenset({"actions", "button", "overflow"})
OTHER = ChannelRef("T1", "C2")


def shown(part: Any) -> Iterator[str]:  # noqa: ANN401 — any part of a message
    """Yield each text that blocks show, controls left out."""
    if isinstance(part, dict) and part.get("type") not in CONTROLS:
        if isinstance(part.get("text"), str):
            yield part["text"]
        for value in part.values():
            yield from shown(value)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from shown(each)


def unheard(payload: dict[str, Any]) -> list[str]:
    """Return what blocks show and the text does not say, whatever the white space."""
    heard = re.sub(r"\s+", " ", html.unescape(payload["text"]))
    return [words for words in shown(payload["blocks"]) if re.sub(r"\s+", " ", words).strip() not in heard]


def check(kind: str, payloads: Iterable[dict[str, Any]]) -> None:
    """Hold messages to it."""
    for payload in payloads:
        assert payload["text"].strip(), kind
        assert unheard(payload) == [], kind


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """Open an empty SQLite database."""
    return sqlite_database


async def replies(office: Office) -> dict[Outcome, list[Reply]]:
    """Return replies of each kind, as they are really made."""
    bot = Bot(office.database, office.clock)
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00 and alerts")
    await office.subscriptions.subscribe(ADA, "all alerts")
    watched = await office.subscriptions.watch(ADA, "growth-zones-bids")
    briefings = [await bot.briefing(area.key) for area in (await bot.snapshot()).content.areas]
    return {
        Outcome.BRIEFING: [*briefings, *[await bot.show(each.subject) for each in briefings if each.subject]],
        Outcome.ANSWER: [await bot.fact("growth zones"), await bot.fact("sovereigm"), await bot.fact("NHS data")],
        Outcome.CLOSEST: [
            await bot.fact("background growth zones"),
            await bot.fact("AI Growth Zones in <Sheffield> & *here*"),
        ],
        Outcome.NO_ANSWER: [await bot.fact("zebras"), await bot.fact("<Zebras> & *lions*")],
        Outcome.RELATED: [more_related(await bot.snapshot(), "3 growth zones")],
        Outcome.CHECK: [
            check_message(
                await bot.snapshot(), "OpenAI will *invest*. The memorandum is binding & signed. Zebras <run>."
            ),
            check_message(await bot.snapshot(), ""),
        ],
        Outcome.HELP: [help_page(await bot.snapshot())],
        Outcome.CHANGES: [await bot.changes(""), await bot.fact("history growth-zones-bids")],
        Outcome.SUBSCRIPTIONS: [*office.people.confirmations, await office.subscriptions.subscriptions(ADA)],
        Outcome.NOTICE: [watched],
        Outcome.REFUSAL: [
            refusal(BriefingBotError("No <such> thing.", "Try & see.")),
            refusal(ValueError("x")),
            await bot.briefing("infrastrukture"),
        ],
    }


async def test_every_reply(database: Database) -> None:
    told = await replies(await Office.opened(database))
    missing = set(Outcome) - set(told)
    assert missing == set(), "a kind of reply that nobody holds to this"
    for outcome, made in told.items():
        for reply in made:
            assert reply.outcome is outcome
            for audience in Audience:
                if audience is not Audience.EVERYBODY or reply.markdown:
                    check(outcome, messages(reply, audience))


async def test_every_delivery(database: Database) -> None:
    newsroom = await Newsroom.opened(database)
    bids = newsroom.content.facts["growth-zones-bids"]
    await newsroom.subscribe(ALL, place=OTHER)
    post = PublicPost(
        POLICY, "1.1", "answer", "Words.", posts.fact_digests([bids]), newsroom.clock.now(), answers=(bids.id,)
    )
    async with newsroom.database.transaction() as connection:
        await newsroom.corrections.posted(connection, post, 1)
        await watches.watch(connection, "T1", "U1", bids, newsroom.clock.now())
    await newsroom.correct(bids.id, "There were <exactly> 201 & not more bids for *them*.")
    told: dict[DeliveryKind, list[OutboxMessage]] = {}
    for row in await newsroom.deliveries():
        told.setdefault(DeliveryKind(row.kind), []).append(message_from_json(row.payload))
    await newsroom.post_all()
    await newsroom.reword("growth-zones-investment", "OpenAI could look & see.")
    told |= {
        DeliveryKind.ALERT: [message_from_json(row.payload) for row in await newsroom.deliveries(DeliveryKind.ALERT)]
    }
    async with newsroom.database.transaction() as connection:
        composer = ScheduledPostRenderer(newsroom.database, newsroom.clock)
        wanted = (
            ScheduledPostRequest("s1", TODAY, ("infrastructure", "adoption"), since=1),
            ScheduledPostRequest("s2", TODAY, (ALL,), is_digest=True, since=1),
            ScheduledPostRequest("s3", TODAY, ("infrastructure",), since=3, only_line=True),
        )
        due = [await composer.render(connection, each, team="T1", channel="C1") for each in wanted]
        told[DeliveryKind.SCHEDULED] = [each.message for each in due if each]
    answer = await Bot(newsroom.database, newsroom.clock).ask("growth zones bids")
    told[DeliveryKind.REPLY] = [public_message(answer)]
    elsewhere = {DeliveryKind.POST} | PRIVATE  # what a person asked for, and replies: the tests above
    missing = set(DeliveryKind) - elsewhere - {kind for kind, made in told.items() if made}
    assert missing == set(), "a kind of delivery that nobody holds to this"
    for kind, made in told.items():
        for message in made:
            check(kind, edited(message) if kind is DeliveryKind.EDIT else delivered(message))


async def test_every_post_that_somebody_asked_for(database: Database) -> None:
    newsroom = await Newsroom.opened(database)
    bot = Bot(newsroom.database, newsroom.clock)
    for reply in (await bot.briefing("3"), await bot.fact("growth zones")):
        poster = Poster("U1", "Ada <&> *Grace*")
        check("post", delivered(post_message(reply, poster, {})))
        check("copy", copied(post_message(reply, poster, {}, is_copy=True)))
    check("a line", [plain("Posted <here> & there.")])


def test_a_word_left_out_is_found() -> None:
    heard = plain("One.")
    assert unheard({**heard, "text": "Two."}) == ["One."]
    assert unheard({**heard, "blocks": [*heard["blocks"], {"type": "actions", "elements": [{"text": "Go"}]}]}) == []
