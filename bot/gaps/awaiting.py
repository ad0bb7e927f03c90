"""“Tell me if answered”: what the button does, and the message once a published fact answers.

Questions that wait are looked up behind a publication, some at a time, and never in its transaction. A row is deleted
in the transaction that writes its message: whatever is killed, and whichever process comes first, there is one.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from bot.actions import Action, Choice
from bot.errors import BriefingBotError
from bot.gaps import awaited_answers
from bot.gaps.awaited_answers import AWAITED_FOR, MOST_AWAITED, AwaitedAnswer
from bot.gaps.normal_form import NormalForm, normal_form
from bot.messages import Outcome, Reply
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage, PersonalReply, Priority
from bot.outbox.enqueuing import enqueue_new
from bot.store.periodic import outages_logged
from bot.text import day, escape, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.lookup.answer import Lookup
    from bot.store.database import Database

AT_ONCE: Final = 50
"""Questions looked up in one go: some tens of milliseconds."""
PAUSE_S: Final = 0.25
"""Seconds between two goes: at most 200 questions a second, so that answers to people are no later."""
POLL_S: Final = 1.0
_EXPIRES_AFTER_S: Final = 7 * 24 * 60 * 60.0
"""Seconds for which a message waits for a Slack that takes none: nobody waits at the screen for it."""

_NOTED = (
    "I will write to you, once, if a published fact answers {words} before {until}. Until then I keep these words, and "
    "that you asked them."
)
_MANY = f"You wait for {MOST_AWAITED} answers already: App Home lists them. Forget one there first."
_NOT_KEPT = "I keep no words that may be private, so I cannot tell you about these."
_OFF = "Whoever runs me has said that I keep no questions, so I cannot tell you about this one."
_FORGOTTEN = "I have forgotten it: I will not write to you about that question."
_NOW_HELD = "You asked {words} on {on}. There is an answer now:"
_REFUSED = "You asked {words} on {on}. We will not hold this: {reason} You will not hear of that question again."


class Answers(Protocol):
    """What answers questions."""

    async def newest(self) -> tuple[int, Lookup]:
        """Return the number of the revision that answers now, and its look-up. Raises NothingPublishedError."""
        ...

    async def fact(self, words: str) -> Reply:
        """Answer words as `/fact` does. Raises BriefingBotError."""
        ...


class Awaiting:
    """Notes who awaits an answer, and writes to them. Methods for people raise BriefingBotError."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        answers: Answers,
        wake: Callable[[], None],
        *,
        is_on: bool = True,
    ) -> None:
        """`wake` lets the outbox's worker look at once; nobody begins to wait unless it `is_on`."""
        self._database = database
        self._clock = clock
        self._answers = answers
        self._wake = wake
        self._is_on = is_on
        self._done = 0
        self._changed = asyncio.Event()

    async def wait(self, team: str, user: str, words: str) -> Reply:
        """Note that a person awaits the answer to words, which a button carried."""
        if not self._is_on:
            raise BriefingBotError(_OFF)
        _, lookup = await self._answers.newest()
        form = normal_form(words, lookup)
        if not isinstance(form, NormalForm):
            raise BriefingBotError(_NOT_KEPT)
        now = self._clock.now()
        awaited = AwaitedAnswer(team, user, form.id_in(team), form.words, now, now + AWAITED_FOR)
        async with self._database.transaction() as connection:
            others = [
                each
                for each in await awaited_answers.of_user(connection, team, user, now)
                if each.question != awaited.question
            ]
            if len(others) >= MOST_AWAITED:
                raise BriefingBotError(_MANY)
            await awaited_answers.wait(connection, awaited)
        self._done = 0
        self._changed.set()
        note = _NOTED.format(words=shown(form.words), until=day(awaited.until.date()))
        return Reply(Outcome.NOTICE, "", note=note, choices=(Choice(Action.UNAWAIT, "Forget it", awaited.question),))

    async def forget(self, team: str, user: str, question: str) -> Reply:
        """Forget that a person awaits an answer; one that was given or forgotten already is gone too."""
        async with self._database.transaction() as connection:
            await awaited_answers.forget(connection, team, user, question)
        return Reply(Outcome.SUBSCRIPTIONS, "", note=_FORGOTTEN)

    async def run(self) -> None:
        """Look up what waits behind each revision, until cancelled."""
        while True:
            self._changed.clear()
            wait_s = POLL_S
            with outages_logged(self._database.outages, "awaited answers"):
                wait_s = PAUSE_S if await self.look_up_some() else POLL_S
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()

    async def look_up_some(self) -> bool:
        """Look up some of what waits, and write to those who have an answer; return whether there may be more.

        Raises StoreError.
        """
        revision, lookup = await self._answers.newest()
        if revision == self._done:
            return False
        self._done, before = revision, self._done
        try:
            async with self._database.reading() as connection:
                some = await awaited_answers.not_looked_up(connection, revision, self._clock.now(), AT_ONCE)
            if some:
                await self._settle(some, revision, lookup)
        except BaseException:
            self._done = before
            raise
        if len(some) == AT_ONCE:
            self._done = before
        return len(some) == AT_ONCE

    async def _settle(self, some: Sequence[AwaitedAnswer], revision: int, lookup: Lookup) -> None:
        replies = {each: reply for each in some if (reply := await self._reply(each.words, lookup))}
        async with self._database.transaction() as connection:
            for each, reply in replies.items():
                if await awaited_answers.forget(connection, each.team, each.user, each.question):
                    await enqueue_new(connection, _told(each, reply), self._clock.now())
            await awaited_answers.looked_up(connection, some, revision)
        if replies:
            self._wake()

    async def _reply(self, words: str, lookup: Lookup) -> Reply | None:
        """Return the answer to words; None where there is none yet."""
        await asyncio.sleep(0)  # between two of them others have their turn
        if lookup.ask(words).outcome != "answer":
            return None
        reply = await self._answers.fact(words)
        return reply if reply.outcome is Outcome.ANSWER else None


async def tell_refused(connection: AsyncConnection, some: Iterable[AwaitedAnswer], reason: str, now: datetime) -> None:
    """Write to these people, in the caller's transaction, why their question is not for us, and forget them."""
    for each in sorted(some, key=lambda each: each.delivery_id):
        if await awaited_answers.forget(connection, each.team, each.user, each.question):
            words, on = escape(shown(each.words)), day(each.asked_at.date())
            told = Reply(Outcome.NOTICE, _REFUSED.format(words=words, on=on, reason=escape(reason)))
            await enqueue_new(connection, _delivery(each, told), now)


def _told(awaited: AwaitedAnswer, reply: Reply) -> Delivery:
    """Return the direct message: what was asked and when, above the answer as anybody gets it."""
    intro = _NOW_HELD.format(words=escape(shown(awaited.words)), on=day(awaited.asked_at.date()))
    return _delivery(awaited, replace(reply, markdown=f"{intro}\n\n{reply.markdown}"))


def _delivery(awaited: AwaitedAnswer, told: Reply) -> Delivery:
    message = OutboxMessage(personal=PersonalReply(told, is_direct=True))
    return Delivery(
        awaited.team,
        awaited.user,
        DeliveryKind.REPLY,
        message,
        Priority.ALERT,
        expires_after_s=_EXPIRES_AFTER_S,
        id=awaited.delivery_id,
    )
