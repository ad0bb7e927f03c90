"""Conversations: which facts were answered last in a thread or direct message, never what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import or_, select, true, update

from bot.alerts import posts
from bot.alerts.post_log import digests_of
from bot.answers.follow_ups import LastAnswer, points_back
from bot.messages import Outcome
from bot.outbox.delivery import DeliveryState
from bot.outbox.queries import SKEW
from bot.store.engine import insert_into
from bot.store.errors import StoreError
from bot.store.tables import answers as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.messages import ChannelRef, Reply
    from bot.outbox.delivery import Attempt
    from bot.store.database import Database

KEPT_FOR: Final = timedelta(days=7)
_SHOWS_FACTS = frozenset({Outcome.ANSWER, Outcome.CLOSEST})
_LEAVES_SUBJECT = frozenset({Outcome.HELP, Outcome.NOTICE, Outcome.REFUSAL})
"""Replies after which a follow-up is still about the fact before them."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and where it is answered: `ts` is the question's id; `thread` is empty outside of one."""

    place: ChannelRef
    user: str
    ts: str
    thread: str = ""

    @property
    def begins_conversation(self) -> bool:
        """Whether it begins a thread of a direct message: what was answered last is what stands above it."""
        return self.place.is_direct and self.thread == self.ts


class Conversations:
    """Remembers the facts of each answer for KEPT_FOR. What fails here is logged: it keeps no answer back."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def last(self, turn: Turn, words: str) -> LastAnswer:
        """Return what an asker saw answered last where they ask; nothing for words that stand for themselves."""
        if not points_back(words):
            return LastAnswer()
        try:
            async with self._database.reading() as connection:
                return await _last(connection, turn, self._clock.now())
        except StoreError as error:
            _log.warning("conversation.unread", reason=error.message)
        except Exception as error:  # noqa: BLE001 — the words are looked up, whatever happens here
            _log.error("conversation.unread", exc_info=error)
        return LastAnswer()

    async def record(self, turn: Turn, reply: Reply, *, is_public: bool) -> None:
        """Record a reply before it is given; one that shows no fact ends the subject."""
        if reply.outcome in _LEAVES_SUBJECT:
            return
        try:
            shown = await digests_of(self._database, reply) if reply.outcome in _SHOWS_FACTS else {}
            leading = reply.subject.facts[: reply.subject.leading] if reply.subject and shown else ()
            facts = {each: shown[each] for each in leading if each in shown}
            async with self._database.transaction() as connection:
                await _record(connection, turn, facts, self._clock, is_public=is_public)
        except StoreError as error:
            _log.warning("conversation.not_recorded", reason=error.message)
        except Exception as error:  # noqa: BLE001 — the reply is given, whatever happens here
            _log.error("conversation.not_recorded", exc_info=error)

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Note as which message a reply was posted (DeliveryListener): a thread may be begun on it."""
        message = attempt.message
        if attempt.state is DeliveryState.SENT and attempt.ts and message.question and not message.part:
            columns = table.c
            here = (columns.team == attempt.team) & (columns.channel == attempt.channel)
            asked = here & (columns.asked_ts == message.question)
            await connection.execute(update(table).where(asked, columns.ts == "").values(ts=attempt.ts))


async def _last(connection: AsyncConnection, turn: Turn, now: datetime) -> LastAnswer:
    columns, place = table.c, turn.place
    # Not by a clock that was ahead: it would stay the last one.
    told = columns.answered_at.between(now - KEPT_FOR, now + SKEW)
    here = columns.thread == turn.thread
    if turn.thread:  # a thread may have been begun on the answer itself, or on its question
        here = or_(here, columns.ts == turn.thread, columns.asked_ts == turn.thread)
    if turn.begins_conversation:
        here = true()
    query = select(columns.facts).where(
        columns.team == place.team, columns.channel == place.channel, columns.user.in_(("", turn.user)), here, told
    )
    facts = await connection.scalar(query.order_by(columns.answered_at.desc()).limit(1))
    if facts is None and turn.thread:  # a thread below an alert or a post
        post = await posts.at(connection, place, turn.thread)
        shown = dict(post.fact_digests) if post else {}
        facts = {each: shown[each] for each in (post.answers[:1] if post and post.answers else shown) if each in shown}
        facts = facts if len(facts) == 1 else {}
    return LastAnswer(facts or {})


async def _record(
    connection: AsyncConnection, turn: Turn, facts: dict[str, str], clock: Clock, *, is_public: bool
) -> None:
    """Write an answer over what another process, or this one, recorded for the same question."""
    place, now = turn.place, clock.now()
    question = {"team": place.team, "channel": place.channel, "asked_ts": turn.ts}
    user = "" if is_public else turn.user
    answer = {"thread": turn.thread, "user": user, "facts": facts, "answered_at": now}
    row = insert_into(connection, table).values(**question, **answer, ts="")  # its `ts` is known once it is posted
    await connection.execute(row.on_conflict_do_update(index_elements=list(question), set_=answer))
