"""Votes: whether an answer was right, one for each person and answer, and why not.

No user is kept. `voter` is a hash of who and what on, keyed with a secret that is not in the database; it goes after
CHANGEABLE_FOR, and from then on nothing tells which votes are of one person. Times are UTC.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from bot.logging import redacted
from bot.lookup.language.text import question_key
from bot.outbox.delivery import new_id
from bot.store.engine import insert_into
from bot.store.maintainer_tables import feedback as table
from bot.text import storable, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import SecretStr

    from bot.clock import Clock
    from bot.messages import Asked
    from bot.store.database import Database

CHANGEABLE_FOR: Final = timedelta(days=30)
KEPT_FOR: Final = timedelta(days=90)
"""Votes and reports, with the words that were sent with them."""
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote as it is kept: on which day, on what, and why not. `words` are what was asked, where that was sent."""

    given_on: date
    is_right: bool
    outcome: str
    fact_id: str
    reason: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Voter:
    """Who votes: a user of a workspace, by Slack's ids."""

    team: str
    user: str


class Votes:
    """Takes votes. Methods raise StoreError."""

    def __init__(self, database: Database, clock: Clock, secret: SecretStr | None) -> None:
        """`secret` keys the hash of who voted, and is in no database."""
        self._database = database
        self._clock = clock
        self._key = hashlib.sha256(f"votes {secret.get_secret_value() if secret else ''}".encode()).digest()

    async def cast(self, voter: Voter, asked: Asked, *, is_right: bool) -> None:
        """Take a vote in place of the voter's former one; a reason stays as long as the vote is no."""
        kept: dict[str, Any] = {"is_right": is_right} | ({"reason": "", "words": ""} if is_right else {})
        await self._write(voter, asked, kept)

    async def explain(self, voter: Voter, asked: Asked, reason: str, words: str) -> None:
        """Say why an answer was not right, and what was asked, without what has the shape of a secret."""
        kept = {"is_right": False, "reason": _kept(reason[:LONGEST_REASON]), "words": _kept(words)}
        await self._write(voter, asked, kept)

    async def all(self) -> tuple[Vote, ...]:
        """Return every vote, the oldest day first."""
        columns = (getattr(table.c, name) for name in Vote.__slots__)
        async with self._database.reading() as connection:
            found = await connection.execute(select(*columns).order_by(table.c.given_on, table.c.id))
            return tuple(Vote(*row) for row in found)

    async def _write(self, voter: Voter, asked: Asked, kept: Mapping[str, Any]) -> None:
        given = {"given_on": self._clock.now().date(), **kept}
        fresh = {"reason": "", "words": "", **given, "outcome": asked.outcome.value, "fact_id": asked.fact}
        async with self._database.transaction() as connection:
            hashed = self._hash(voter, asked.fact, asked.key or question_key(asked.words))
            row = insert_into(connection, table).values(id=new_id(), voter=hashed, team=voter.team, **fresh)
            await connection.execute(row.on_conflict_do_update(index_elements=["voter"], set_=given))

    def hash_of(self, voter: Voter, fact_id: str, words: str) -> str:
        """Return what stands for a person in a vote on a fact, or on words for which nothing is held."""
        return self._hash(voter, fact_id, question_key(words))

    def _hash(self, voter: Voter, fact_id: str, key: str) -> str:
        """Stand for a person and what they vote on: a fact, whatever they asked, or words for which nothing is held."""
        about = fact_id or f"nothing {key}"
        return hmac.new(
            self._key, f"{voter.team}\0{voter.user}\0{about}".encode("utf-8", "replace"), hashlib.sha256
        ).hexdigest()


def by_answer(votes: Iterable[Vote]) -> Iterator[str]:
    """Yield a line for each answer that was voted on, the most doubted first, with its reasons below it."""
    answers: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        answers[vote.fact_id or "no answer"].append(vote)
    doubted = {name: sum(not vote.is_right for vote in each) for name, each in answers.items()}
    for name, each in sorted(answers.items(), key=lambda item: (-doubted[item[0]], item[0])):
        yield f"{visible(name)}: not right {doubted[name]}, right {len(each) - doubted[name]}"
        for vote in each:
            asked = f" (asked: {visible(vote.words)})" if vote.words else ""
            if vote.reason:
                yield f"  {vote.given_on}  {visible(vote.reason)}{asked}"


def _kept(text: str) -> str:
    return storable(redacted(text))
